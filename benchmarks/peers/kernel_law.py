"""What the compiled verdicts read, as arrays: the law, the records, and the facts that bear on them.

Small tables are arrays of rows whose fields have names (``meetings[one].rule``); what is as large as the register stays in
columns, which are not copied.  ``first`` and ``after`` are where the rows of something begin and end in another table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.peers.compiled import Flags, Int8s, Int32s, as_array, read_only
from benchmarks.peers.frames import events_of, findings_of, records_of, ties_of
from graph_service.engine.bulk.cases import Cases, cases_of
from graph_service.engine.bulk.law import (
    CLOCKS,
    EVENT_RANK,
    Law,
    effects_frame,
    law_of,
    meetings,
    numbers_of,
)
from graph_service.policy.table import Pack, Term
from graph_service.snapshot.columns import FINDING_WORDS, Columns

SELF, ROLE, FINDING = range(3)
_REACHES = {"self": SELF, "role": ROLE, "finding": FINDING}

Table = NDArray[Any]
Row = Any
"""One row of a table, with named fields."""

_ASKING = {
    "reach": pl.Int32,
    "roles": pl.Int32,
    "clocks": pl.Int32,
    "named": pl.Boolean,
    "fault": pl.Boolean,
    "accepted": pl.Int32,
    "valid_from": pl.Int32,
    "valid_to": pl.Int32,
}
_FOOTING = {
    "in_force": pl.Boolean,
    "gated": pl.Boolean,
    "own": pl.Boolean,
    "ends": pl.Int32,
    "first": pl.Int32,
    "after": pl.Int32,
    "anchor": pl.Int32,
    "months": pl.Int32,
    "days": pl.Int32,
    "length": pl.Boolean,
}
_RECORD = (
    *("rec", "subject", "cls", "decided_lo", "decided_hi", "act_start_lo", "act_start_hi", "act_end_lo", "act_end_hi"),
    *("act_sl", "act_sh", "act_el", "act_eh", "described", "uscc", "kind_tie"),
)


class Rules(NamedTuple):
    """The law of a run.

    ``classes``: the rows of ``meetings`` of each class of records: which rules speak of it, those that ask alike side by side.
    ``askings``: what decides whom a rule reaches; ``roles``, ``clocks`` and ``accepted`` findings are bits.  ``rules``: the rows
    of ``effects`` that each rule gives.  ``footings``: what decides where a consequence stands, with its term (``anchor`` 0 the
    decision, 1 the start and 2 the end of the act), the kinds of events that end it as bits, and its rows of ``holds``: the kinds
    that hold it up, with the bits of those that undo them.  ``rank`` orders the kinds of events by their words.
    """

    at: int
    classes: Table
    meetings: Table
    askings: Table
    rules: Table
    effects: Table
    footings: Table
    holds: Table
    rank: Int32s


class Subjects(NamedTuple):
    """Of each subject its kind, when it ended or died, and whether its key is a code of enterprises."""

    kind: Int8s
    closed_lo: Int32s
    closed_hi: Int32s
    uscc: Flags


class Ties(NamedTuple):
    """All ties, sorted by enterprise and holder; ``rank`` orders those of one holder to one recorded enterprise by fact id."""

    kind: Int8s
    holder: Int32s
    enterprise: Int32s
    start_lo: Int32s
    start_hi: Int32s
    end_lo: Int32s
    end_hi: Int32s
    rank: Int32s


class Facts(NamedTuple):
    """The facts of a run; ``most`` is how many holders or persons one record may have to do with at most.

    ``records``: the cases (`graph_service.engine.bulk.cases.Cases`) with their rows of ``findings`` (those of one person in the
    order of fact ids) and of ``events`` (by day and fact id).
    """

    records: Table
    subjects: Subjects
    ties: Ties
    findings: Table
    events: Table
    most: int


def prepared(columns: Columns, packs: Sequence[Pack], at: int) -> tuple[Rules, Facts]:
    """The law and the facts of a run on a day as arrays.  Costs the records, and fact ids where several facts must be ordered."""
    law = law_of(packs, at)
    cases = cases_of(columns, at, law.areas)
    return _rules(law, cases), _facts(columns, law, cases)


def _table(frame: pl.DataFrame) -> Table:
    """A small frame as rows with named fields: flags as they are, numbers as 32 bits."""
    return read_only(frame.cast({pl.selectors.integer(): pl.Int32}).to_numpy(structured=True))


def _runs(owner: pl.Series, size: int, prefix: str = "") -> list[pl.Series]:
    """Where the rows of each owner begin and end in a column sorted by owner."""
    first = np.searchsorted(owner.to_numpy(), np.arange(size + 1))
    return [pl.Series(f"{prefix}first", first[:-1]), pl.Series(f"{prefix}after", first[1:])]


def _rules(law: Law, cases: Cases) -> Rules:
    meet = meetings(law, cases.classes).sort("cls", "asking", "rule")
    effects = effects_frame(law)
    footings, holds = _footings(law)
    return Rules(
        at=law.at,
        classes=_table(pl.DataFrame(_runs(meet["cls"], cases.classes.height))),
        meetings=_table(meet.drop("cls")),
        askings=_table(_askings(law)),
        rules=_table(pl.DataFrame(_runs(effects["rule"], len(law.rules)))),
        effects=_table(effects.select("footing", "entry")),
        footings=_table(footings),
        holds=_table(holds),
        rank=read_only(np.array([EVENT_RANK[kind] for kind in range(len(EVENT_RANK))], dtype=np.int32)),
    )


def _askings(law: Law) -> pl.DataFrame:
    rows = [
        (
            _REACHES[one.reach],
            _bits(numbers_of(one.roles)),
            _bits(place for place, clock in enumerate(CLOCKS) if clock in one.clocks),
            one.named,
            bool(one.fault),
            _bits(number for word, number in FINDING_WORDS.items() if not one.fault or word in one.fault),
            one.valid_from,
            one.valid_to,
        )
        for one in law.askings
    ]
    return pl.DataFrame(rows, schema=_ASKING, orient="row")


def _footings(law: Law) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The footings, and what holds consequences up."""
    holds: list[tuple[int, int]] = []
    leavings = []
    for leaving in law.leavings:
        first = len(holds)
        holds.extend((kind, _bits(undone)) for kind, undone in leaving.holds)
        leavings.append((leaving.own, _bits(leaving.ends), first, len(holds)))
    terms = [_term(term) for term in law.terms]
    rows = [(one.in_force, one.gated, *leavings[one.exits], *terms[one.term]) for one in law.footings]
    schema = {"kind": pl.Int32, "undone": pl.Int32}
    return pl.DataFrame(rows, schema=_FOOTING, orient="row"), pl.DataFrame(holds, schema=schema, orient="row")


def _bits(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in numbers)


def _term(term: Term) -> tuple[int, int, int, bool]:
    anchor = ("decision", "act_start", "act_end").index(term.anchor)
    length = not term.permanent and (term.years, term.months, term.days) != (None, None, None)
    return anchor, 12 * (term.years or 0) + (term.months or 0), term.days or 0, length


def _facts(columns: Columns, law: Law, cases: Cases) -> Facts:
    records = records_of(cases)
    found, events = findings_of(columns, records, law.at), events_of(columns, records, law.at)
    into = ties_of(columns, records, law)
    most = max([0, *into.group_by("enterprise").len()["len"], *found.group_by("place").len()["len"]])
    subjects, ties = columns.frames["subjects"], columns.frames["ties"]
    rank = np.zeros(ties.height, dtype=np.int32)
    rank[into["tie"].to_numpy()] = into["rank"].to_numpy()
    bearing = [*_runs(found["place"], records.height, "finding_"), *_runs(events["place"], records.height, "event_")]
    return Facts(
        records=_table(records.select(_RECORD).with_columns(bearing)),
        subjects=Subjects(*(as_array(subjects[name]) for name in Subjects._fields)),
        ties=Ties._make([*(as_array(ties[name]) for name in Ties._fields[:-1]), read_only(rank)]),
        findings=_table(found.drop("place")),
        events=_table(events.drop("place")),
        most=most + 1,
    )
