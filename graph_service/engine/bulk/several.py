"""Certain verdicts that no single tie proves: cut to the least, as `graph_service.engine.liability.minimal` cuts them.

Two offices may reach under different clocks, or between them cover an act of unknown days.  In the order of fact ids each tie is
dropped that the others can do without.  Where each clock is met by some tie alone this is counting, done for all verdicts
together; where only several meet a clock, which is rare, the engine's own functions judge, one verdict at a time.

Invariant: the same ties as a trace's.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    """A minimal set of ties for each group: ``(key, code)``.  ``groups`` has the columns of `GROUPS`, all ties of each holder."""
    met = [(~pl.col(f"asks_{clock}") | pl.col(f"c_{clock}").any()).over("key") for clock in CLOCKS]
    plain = groups.with_columns(plain=pl.all_horizontal(met))
    counted = _counted(plain.filter(pl.col("plain") & pl.col("touches")))
    found = list(_judged(columns, law, plain.filter(~pl.col("plain"))))
    return pl.concat([counted, pl.DataFrame(found, schema={"key": pl.Int64, "code": pl.Int64}, orient="row")])


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
    return ties.filter(pl.Series(kept)).select("key", "code")


def _judged(columns: Columns, law: Law, groups: pl.DataFrame) -> Iterator[tuple[int, int]]:
    """The engine's own judgement on each group.  Costs some microseconds a tie, and a look-up of all facts together."""
    if not groups.height:
        return
    rules = _rules(law)
    ties = _facts(columns, "ties", groups["tie"])
    records = _facts(columns, "records", groups["rec"])
    holder_of = columns.frames["ties"]["holder"]
    holders = holder_of.gather(groups["tie"])
    described = holders.filter(columns.frames["subjects"]["kind"].gather(holders) != UNDESCRIBED)
    subjects = _facts(columns, "subjects", described)
    for (key,), group in groups.group_by("key", maintain_order=True):
        codes = {ties[row].id: (ties[row], code) for row, code in zip(group["tie"], group["code"], strict=True)}
        known = subjects.get(holder_of[group["tie"][0]])
        case = Case(
            record=cast("Stored[Record]", records[group["rec"][0]]),
            ties=tuple(tie for tie, _ in codes.values() if is_tie(tie)),
            findings=(),
            subjects={known.fact.id: cast("Stored[Subject]", known)} if known and isinstance(known.fact, Subject) else {},
            at=law.at,
        )
        rule = rules[group["asking"][0]]
        held = [one for tie in case.ties if (one := held_days(case, tie)) is not None]
        for tie in _minimal(case, rule, held):
            yield int(key), codes[tie.id][1]


def _facts(columns: Columns, table: str, rows: pl.Series) -> dict[int, Stored[Fact]]:
    """The facts of some rows by their rows."""
    wanted = rows.unique().to_list()
    return dict(zip(wanted, columns.facts(table, wanted), strict=True))


def _rules(law: Law) -> dict[int, Rule]:
    """A rule for each asking: all that ask alike judge a holder's ties alike."""
    return {law.asking_of(rule): rule for _, rule in reversed(law.rules)}


def _minimal(case: Case, rule: Rule, held: list[Held]) -> list[Stored[Tie]]:
    touching = [one.tie for one in held if touches(case, rule, one.maybe)]
    return minimal(touching, lambda part: enough(case, rule, held, part))
