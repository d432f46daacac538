"""Certain verdicts that no single tie proves: cut to the least, as `graph_service.engine.liability.minimal` cuts them.

Two offices may reach under different clocks, or between them cover an act of unknown days.  In the order of fact ids each tie is
dropped that the others can do without.  Where each clock is met by some tie alone this is counting, done for all verdicts
together; where only several meet a clock, which is rare, the engine's own functions judge, one verdict at a time.

Invariant: the same ties as a trace's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import polars as pl

from graph_service.engine.bulk.law import CLOCKS, Law
from graph_service.engine.liability import Case, Held, enough, held_days, minimal, touches
from graph_service.model.facts import Fact, Record, Stored, Subject, Tie, is_tie
from graph_service.policy.table import Rule
from graph_service.snapshot.columns import UNDESCRIBED, Columns

GROUPS = (
    "key",
    "tie",
    "rec",
    "asking",
    "code",
    "touches",
    *(f"c_{clock}" for clock in CLOCKS),
    *(f"asks_{clock}" for clock in CLOCKS),
)
"""The columns of ties that count under an asking: ``c_`` whether one meets a clock alone, ``code`` in the order of fact ids."""


def least_ties(columns: Columns, law: Law, groups: pl.DataFrame) -> pl.DataFrame:
    """A minimal set of ties for each group: ``(key, tie)``.  ``groups`` has the columns of `GROUPS`, all ties of each holder."""
    met = [(~pl.col(f"asks_{clock}") | pl.col(f"c_{clock}").any()).over("key") for clock in CLOCKS]
    plain = groups.with_columns(plain=pl.all_horizontal(met))
    counted = _counted(plain.filter(pl.col("plain") & pl.col("touches")))
    found = list(_judged(columns, law, plain.filter(~pl.col("plain"))))
    return pl.concat([counted, pl.DataFrame(found, schema={"key": pl.Int64, "tie": pl.Int64}, orient="row")])


def _counted(ties: pl.DataFrame) -> pl.DataFrame:
    """Drop in order what can be dropped while each clock that is asked is still met.  Costs a pass for each place in a group."""
    ties = ties.sort("key", "code")
    group = (ties["key"].rank("dense") - 1).cast(pl.Int64).to_numpy() if ties.height else np.zeros(0, dtype=np.int64)
    place = ties.select(pl.int_range(pl.len()).over("key")).to_series().to_numpy()
    asks = ties.select(f"asks_{clock}" for clock in CLOCKS).to_numpy().astype(bool)
    meets = ties.select(f"c_{clock}" for clock in CLOCKS).to_numpy().astype(bool) & asks
    left = np.zeros((int(group.max()) + 1 if group.size else 0, len(CLOCKS)), dtype=np.int64)
    np.add.at(left, group, meets)
    kept = np.ones(ties.height, dtype=bool)
    for number in range(int(place.max()) + 1 if place.size else 0):
        rows = np.flatnonzero(place == number)
        rest = left[group[rows]] - meets[rows]
        spare = (~asks[rows] | (rest > 0)).all(axis=1)
        dropped = rows[spare]
        kept[dropped] = False
        left[group[dropped]] -= meets[dropped]
    return ties.filter(pl.Series(kept)).select("key", pl.col("tie").cast(pl.Int64))


def _judged(columns: Columns, law: Law, groups: pl.DataFrame) -> Iterator[tuple[int, int]]:
    rules = _rules(law)
    kinds = columns.frames["subjects"]["kind"]
    holders = columns.frames["ties"]["holder"]
    for (key,), group in groups.group_by("key", maintain_order=True):
        rows: list[int] = group["tie"].to_list()
        ties = {stored.id: (stored, row) for stored, row in zip(columns.facts("ties", rows), rows, strict=True) if is_tie(stored)}
        (record,) = columns.facts("records", [group["rec"][0]])
        holder = holders[rows[0]]
        subject = columns.facts("subjects", [holder]) if kinds[holder] != UNDESCRIBED else []
        case = _case(record, [tie for tie, _ in ties.values()], subject, law.at)
        rule = rules[group["asking"][0]]
        held = [one for tie, _ in ties.values() if (one := held_days(case, tie)) is not None]
        for tie in _minimal(case, rule, held):
            yield int(key), ties[tie.id][1]


def _rules(law: Law) -> dict[int, Rule]:
    """A rule for each asking: all that ask alike judge a holder's ties alike."""
    return {law.asking_of(rule): rule for _, rule in reversed(law.rules)}


def _case(record: Stored[Fact], ties: Sequence[Stored[Tie]], described: Sequence[Stored[Fact]], at: int) -> Case:
    known = {one.fact.id: cast("Stored[Subject]", one) for one in described if isinstance(one.fact, Subject)}
    return Case(record=cast("Stored[Record]", record), ties=tuple(ties), findings=(), subjects=known, at=at)


def _minimal(case: Case, rule: Rule, held: list[Held]) -> list[Stored[Tie]]:
    touching = [one.tie for one in held if touches(case, rule, one.maybe)]
    return minimal(touching, lambda part: enough(case, rule, held, part))
