"""The workload as data: the questions, the day, the packs, the sizes; and how two answers are told to be equal.

WORKLOAD.md says in words what each question asks and what its answer holds.  An answer is one or more tables of text; its
*fingerprint* is how many rows each has and the SHA-256 of the sorted rows.  Two engines gave the same answer when the
fingerprints are the same; no time is shown otherwise.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import polars as pl

from graph_service.model.interval import parse_day

DAY = "2020-12-01"
"""The day asked: most records are decided, their objections lodged, and no basis of its own is asked for yet."""
AT = parse_day(DAY)
SEED = 1
SIZES = (100_000, 1_500_000, 5_000_000)
QUICK_SIZES = (5_000, 20_000)
STORE_LIMIT = 100_000
"""Up to which size the register is loaded into a store too, for the questions that are asked of one (loading takes minutes)."""

SAMPLE = 1500
"""How many records are drawn where the rows of a whole run are held against single traces."""
CHOICE = 7
"""The seed of what is drawn."""

HASH_LENGTH = 32


def drawn(keys: Sequence[str], count: int) -> list[str]:
    """So many keys at random, always the same ones."""
    return random.Random(CHOICE).sample(keys, min(count, len(keys)))


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the workload; ``needs`` is what it is asked of: the register ``folder``, a ``store``, or ``columns``.

    ``each`` questions are asked many times over, of another subject each time: what counts is the median and the 99th percentile.
    """

    name: str
    title: str
    needs: str
    each: bool = False


QUESTIONS: Mapping[str, Question] = {
    question.name: question
    for question in (
        Question("load_parquet", "LOAD: a register folder (Parquet) into memory, integer ids", "folder"),
        Question("load_csv", "LOAD: a register folder (CSV) into memory, integer ids", "folder"),
        Question("open", "OPEN: a store into memory, from its cache", "store"),
        Question("open_first", "OPEN: a store into memory, the first time", "store"),
        Question("control", "CONTROL: every certain and possible control pair over 50 %, each actor alone", "columns"),
        Question("verdicts", "VERDICTS: every verdict on every record with its proof or gaps", "columns"),
        Question("propagate", "PROPAGATE: every verdict, and where every effect of the certain ones stands", "columns"),
        Question(
            "everything",
            "EVERYTHING: every verdict and consequence, carried ones too, as rows of words",
            "columns",
        ),
        Question("sample", "SAMPLE: the same rows of 1,500 records drawn at random", "columns"),
        Question("run", "RUN: everything written into a folder, from a store, as the command `run` does", "store"),
        Question("trace", "TRACE: who answers for one record, and all that follows, with proofs", "store", each=True),
        Question("trace_holders", "TRACE: the subjects with the most holdings, with all that they hold", "store", each=True),
        Question("liable", "LIABLE: who certainly answers for one record under one set of roles", "store", each=True),
        Question("related", "RELATED: who controls a recorded enterprise, what else they control", "store", each=True),
        Question("append", "APPEND: 10,000 facts at once to a ledger that is empty at first", "store", each=True),
        Question("follow_record", "FOLLOW: one record appended, what changed", "store", each=True),
        Question("follow_objection", "FOLLOW: one objection appended, what changed", "store", each=True),
        Question("follow_tie", "FOLLOW: one tie appended, what changed", "store", each=True),
    )
}


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """How many rows a table has, and the digest of the sorted rows."""

    rows: int
    digest: str


def fingerprint(table: pl.DataFrame) -> Fingerprint:
    """The fingerprint of a table: cells as text separated by tabs, rows sorted bytewise, each ended by a line feed.

    Lists are their sorted items joined by ``+``; null is the empty text.  Costs a sort of the rows as text.
    """
    cells = [
        (pl.col(name).cast(pl.List(pl.String)).list.sort().list.join("+") if isinstance(kind, pl.List) else pl.col(name))
        .cast(pl.String)
        .fill_null("")
        for name, kind in table.schema.items()
    ]
    lines = table.select(pl.concat_str(cells, separator="\t").alias("line")).sort("line") if cells else table
    out = BytesIO()
    lines.write_csv(out, include_header=False, quote_style="never")
    return Fingerprint(table.height, sha256(out.getbuffer()).hexdigest()[:HASH_LENGTH])


def fingerprints(answer: Mapping[str, pl.DataFrame | int]) -> dict[str, Fingerprint]:
    """The fingerprint of every table of an answer; without a digest where the rows are only counted."""
    return {
        name: Fingerprint(table, "") if isinstance(table, int) else fingerprint(table) for name, table in sorted(answer.items())
    }
