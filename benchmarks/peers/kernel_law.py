"""What the compiled verdicts read, as arrays: the law, the records, and the facts that bear on them.

Each is a tuple of columns; ``x_first[i]`` to ``x_first[i + 1]`` are the rows that belong to ``i``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.peers.compiled import Flags, Int8s, Int32s, as_array
from benchmarks.peers.frames import events_of, findings_of, records_of, ties_of
from graph_service.engine.bulk.cases import Cases, cases_of
from graph_service.engine.bulk.law import (
    CLOCKS,
    EVENT_RANK,
    Law,
    effects_frame,
    footings_frame,
    law_of,
    leavings_frames,
    meetings,
    numbers_of,
)
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import FINDING_WORDS, Columns

SELF, ROLE, FINDING = range(3)
_REACHES = {"self": SELF, "role": ROLE, "finding": FINDING}


class Meetings(NamedTuple):
    """The rules that speak of each class of records, those that ask alike side by side."""

    first: Int32s
    rule: Int32s
    asking: Int32s
    sure: Flags
    gaps: Int32s
    kind_asked: Int32s
    valid_from: Int32s
    valid_to: Int32s


class Askings(NamedTuple):
    """What each asking asks; ``roles``, ``clocks`` and ``accepted`` findings are bits."""

    reach: Int32s
    roles: Int32s
    clocks: Int32s
    named: Flags
    fault: Flags
    accepted: Int32s
    valid_from: Int32s
    valid_to: Int32s


class Effects(NamedTuple):
    """What each rule gives."""

    first: Int32s
    footing: Int32s
    entry: Flags


class Footings(NamedTuple):
    """What decides where a consequence stands; ``ends`` and ``own`` are of its leaving."""

    leaving: Int32s
    term: Int32s
    in_force: Flags
    gated: Flags
    own: Flags


class Leavings(NamedTuple):
    """``ends``: the kinds of events that end, as bits; of each kind that holds up (``holds``), those that undo it, as bits."""

    ends: Int32s
    first: Int32s
    holds: Int32s
    undone: Int32s


class Terms(NamedTuple):
    """``anchor`` 0 the decision, 1 the start and 2 the end of the act; ``length`` tells whether it ends by itself."""

    anchor: Int32s
    months: Int32s
    days: Int32s
    length: Flags


class Rules(NamedTuple):
    """The law of a run."""

    at: int
    meetings: Meetings
    askings: Askings
    effects: Effects
    footings: Footings
    leavings: Leavings
    terms: Terms
    event_rank: Int32s


class Records(NamedTuple):
    """The records that any rule may speak of: the columns of `graph_service.engine.bulk.cases.Cases`."""

    rec: Int32s
    subject: Int32s
    cls: Int32s
    decided_lo: Int32s
    decided_hi: Int32s
    act_start_lo: Int32s
    act_start_hi: Int32s
    act_end_lo: Int32s
    act_end_hi: Int32s
    act_sl: Int32s
    act_sh: Int32s
    act_el: Int32s
    act_eh: Int32s
    described: Int8s
    uscc: Flags
    kind_tie: Int32s


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


class Findings(NamedTuple):
    """The findings made by the day, of one person in the order of fact ids; ``first`` by place in `Records`."""

    first: Int32s
    row: Int32s
    person: Int32s
    finding: Int32s


class Events(NamedTuple):
    """The events by the day, by record, day and fact id; ``first`` by place in `Records`."""

    first: Int32s
    row: Int32s
    kind: Int32s
    on: Int32s
    person: Int32s


class Facts(NamedTuple):
    """The facts of a run; ``most`` is how many holders or persons one record may have to do with at most."""

    records: Records
    subjects: Subjects
    ties: Ties
    findings: Findings
    events: Events
    most: int


def prepared(columns: Columns, packs: Sequence[Pack], at: int) -> tuple[Rules, Facts]:
    """The law and the facts of a run on a day as arrays.  Costs the records, and fact ids where several facts must be ordered."""
    law, cases = law_of(packs, at), cases_of(columns, at)
    rules = _rules(law, cases)
    return rules, _facts(columns, cases, at)


def _ints(values: Sequence[int] | pl.Series) -> Int32s:
    return as_array(pl.Series(values, dtype=pl.Int32) if not isinstance(values, pl.Series) else values.cast(pl.Int32))


def _flags(values: Sequence[bool]) -> Flags:
    return as_array(pl.Series(values, dtype=pl.Boolean))


def _first(owner: pl.Series, size: int) -> Int32s:
    """Where the rows of each owner begin in a column sorted by owner."""
    return _ints(pl.Series(np.searchsorted(owner.to_numpy(), np.arange(size + 1))))


def _rules(law: Law, cases: Cases) -> Rules:
    meet = meetings(law, cases.classes).sort("cls", "asking", "rule")
    askings = list(law.askings)
    effects = effects_frame(law)
    footings = footings_frame(law)
    ends, holds = leavings_frames(law)
    pairs = holds.filter(pl.col("undone_by") < 0).select("leaving", "kind").sort("leaving", maintain_order=True)
    undone = [
        sum(1 << one for one in holds.filter((pl.col("leaving") == leaving) & (pl.col("kind") == kind))["undone_by"] if one >= 0)
        for leaving, kind in pairs.iter_rows()
    ]
    size, terms = len(law.leavings), list(law.terms)
    return Rules(
        at=law.at,
        meetings=Meetings(_first(meet["cls"], cases.classes.height), *_columns(meet, Meetings._fields[1:])),
        askings=Askings(
            reach=_ints([_REACHES[one.reach] for one in askings]),
            roles=_ints([sum(1 << kind for kind in numbers_of(one.roles)) for one in askings]),
            clocks=_ints([sum(1 << place for place, clock in enumerate(CLOCKS) if clock in one.clocks) for one in askings]),
            named=_flags([one.named for one in askings]),
            fault=_flags([bool(one.fault) for one in askings]),
            accepted=_ints(
                [sum(1 << n for word, n in FINDING_WORDS.items() if not one.fault or word in one.fault) for one in askings]
            ),
            valid_from=_ints([one.valid_from for one in askings]),
            valid_to=_ints([one.valid_to for one in askings]),
        ),
        effects=Effects(_first(effects["rule"], len(law.rules)), *_columns(effects, Effects._fields[1:])),
        footings=Footings(*_columns(footings, Footings._fields)),
        leavings=Leavings(
            ends=_ints([sum(1 << kind for kind in ends.filter(pl.col("leaving") == one)["kind"]) for one in range(size)]),
            first=_first(pairs["leaving"], size),
            holds=_ints(pairs["kind"]),
            undone=_ints(undone),
        ),
        terms=Terms(
            anchor=_ints([("decision", "act_start", "act_end").index(one.anchor) for one in terms]),
            months=_ints([12 * (one.years or 0) + (one.months or 0) for one in terms]),
            days=_ints([one.days or 0 for one in terms]),
            length=_flags([not one.permanent and (one.years, one.months, one.days) != (None, None, None) for one in terms]),
        ),
        event_rank=_ints([EVENT_RANK[kind] for kind in range(len(EVENT_RANK))]),
    )


def _columns(frame: pl.DataFrame, names: Sequence[str]) -> list[NDArray[Any]]:
    """Columns as arrays: flags as they are, numbers as 32 bits."""
    return [as_array(frame[name]) if frame.schema[name] == pl.Boolean else _ints(frame[name]) for name in names]


def _facts(columns: Columns, cases: Cases, at: int) -> Facts:
    records = records_of(cases)
    found, events, into = findings_of(columns, records, at), events_of(columns, records, at), ties_of(columns, records)
    most = max([0, *into.group_by("enterprise").len()["len"], *found.group_by("place").len()["len"]])
    subjects, ties = columns.frames["subjects"], columns.frames["ties"]
    rank = np.zeros(ties.height, dtype=np.int32)
    rank[into["tie"].to_numpy()] = into["rank"].to_numpy()
    rank.flags.writeable = False
    return Facts(
        records=Records(*(as_array(records[name]) for name in Records._fields)),
        subjects=Subjects(*(as_array(subjects[name]) for name in Subjects._fields)),
        ties=Ties._make([*(as_array(ties[name]) for name in Ties._fields[:-1]), rank]),
        findings=Findings(_first(found["place"], records.height), *_columns(found, Findings._fields[1:])),
        events=Events(_first(events["place"], records.height), *_columns(events, Events._fields[1:])),
        most=most + 1,
    )
