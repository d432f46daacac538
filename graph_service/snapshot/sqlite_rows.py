"""The rows of a SQLite ledger as numbered frames: a run of rows at a time, and no object for a fact.

Invariant: the rows are those that `graph_service.snapshot.build.fact_frame` makes of the same reader's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from graph_service.ledger.sqlite_bulk import COLUMNS, all_keys, all_words, live_rows
from graph_service.ledger.sqlite_reader import SqliteReader
from graph_service.snapshot.assemble import HOT_PARTS, NUMBERED_FRAMES, SUBJECT_COLUMNS, cold_part
from graph_service.snapshot.columns import EVENT_WORDS, FINDING_WORDS, KINDS
from graph_service.snapshot.rows import NAMES, SUBJECT_KINDS

Put = Callable[[str, pl.DataFrame], None]
"""What takes cold columns: the table, and a frame with ``position``; positions go up from call to call."""

_RENAMED = {"subjects": {"subject": "key"}, "records": {"record": "id"}, "events": {"happened_on": "on"}}
_WORDED: Mapping[str, tuple[str, Mapping[str, int]]] = {
    "subjects": ("kind", {kind.value: number for number, kind in SUBJECT_KINDS.items()}),
    "ties": ("kind", KINDS),
    "findings": ("finding", FINDING_WORDS),
    "events": ("kind", EVENT_WORDS),
}
"""The column of each table that holds a word, and the numbers of the words."""
_RECORD_KEYS = {"records": "id", "findings": "record", "events": "record"}
"""The column of each table that holds a record's key, which stays a text."""


def numbered_frames(reader: SqliteReader, put: Put) -> tuple[pl.Series, dict[str, pl.DataFrame]]:
    """The keys of a ledger, and its live facts over them as frames with the columns `HOT_PARTS`.

    The cold columns of each run go to ``put``, by position.  Costs some 3 microseconds a fact, and memory for the hot ones.
    """
    runs = [pl.DataFrame(run, {"id": pl.Int64, "text": pl.String}, orient="row") for run in all_keys(reader)]
    keys = pl.concat(runs) if runs else pl.DataFrame(schema={"id": pl.Int64, "text": pl.String})
    place = np.full(int(keys["id"].max() or 0) + 1, -1, dtype=np.int32)  # type: ignore[arg-type]
    place[keys["id"].to_numpy()] = np.arange(keys.height, dtype=np.int32)
    words = all_words(reader)
    frames = {}
    for table in NUMBERED_FRAMES:
        parts = [pl.DataFrame(schema=NUMBERED_FRAMES[table]).select(HOT_PARTS[table])]
        for run in _runs(reader, table):
            whole = _numbered(table, run, place, keys["text"], words)
            put(table, cold_part(table, whole))
            parts.append(whole.select(HOT_PARTS[table]))
        frames[table] = pl.concat(parts)
    return keys["text"], frames


def _runs(reader: SqliteReader, table: str) -> Iterator[pl.DataFrame]:
    """The rows of a table as they lie there, integers for keys and words."""
    renamed, (worded, _) = _RENAMED.get(table, {}), _WORDED.get(table, ("", {}))
    integers = {*SUBJECT_COLUMNS[table], worded, _RECORD_KEYS.get(table, "")}
    schema: dict[str, type[pl.DataType]] = {"position": pl.Int64, "recorded": pl.Int64, "digest": pl.Binary}
    for stored in COLUMNS[NAMES[table]]:
        name = renamed.get(stored, stored)
        kind = NUMBERED_FRAMES[table][name]
        schema[name] = pl.Int32 if name in integers else pl.Int8 if kind is pl.Boolean else kind
    for run in live_rows(reader, NAMES[table]):
        yield pl.DataFrame(run, schema, orient="row")


def _numbered(
    table: str, frame: pl.DataFrame, place: npt.NDArray[np.int32], keys: pl.Series, words: Mapping[int, str]
) -> pl.DataFrame:
    """A frame with places instead of the ledger's integers for subjects, keys for records, our numbers for words."""
    found = frame.with_columns(pl.Series(name, place[frame[name].to_numpy()]) for name in SUBJECT_COLUMNS[table])
    if table == "events":  # the empty key is everybody
        found = found.with_columns(person=pl.when(keys.gather(found["person"]) == "").then(-1).otherwise(pl.col("person")))
    if table in _RECORD_KEYS:
        name = _RECORD_KEYS[table]
        found = found.with_columns(keys.gather(pl.Series(place[frame[name].to_numpy()])).alias(name))
    if table in _WORDED:
        name, numbers = _WORDED[table]
        mine = pl.DataFrame(
            [(number, numbers.get(word, -1), "" if word in numbers else word) for number, word in words.items()],
            {name: pl.Int32, "number": pl.Int8, "other": pl.String},
            orient="row",
        )
        told = frame.select(name).join(mine, on=name, how="left", maintain_order="left")
        found = found.with_columns(told["number"].alias(name), told["other"])
    return found.select(pl.col(name).cast(kind) for name, kind in NUMBERED_FRAMES[table].items())
