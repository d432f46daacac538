"""Certain verdicts that no single tie proves: cut to the least by the engine's own functions, one verdict at a time.

Two offices may between them cover an act of unknown days, or reach under different clocks.  Such verdicts are few, and their
proof must be exactly that of a trace, so it is made by the same code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import polars as pl

from graph_service.engine.bulk.law import Law
from graph_service.engine.liability import Case, Held, enough, held_days, minimal, touches
from graph_service.model.facts import Fact, Record, Stored, Subject, Tie, is_tie
from graph_service.policy.table import Rule
from graph_service.snapshot.columns import UNDESCRIBED, Columns


def least_ties(columns: Columns, law: Law, groups: pl.DataFrame) -> pl.DataFrame:
    """A minimal set of ties for each group: ``(key, tie)``.

    ``groups`` has the columns ``key tie rec asking``, all ties of the holder that count under the asking.
    """
    found = list(_least(columns, law, groups)) if groups.height else []
    return pl.DataFrame(found, schema={"key": pl.Int64, "tie": pl.Int64}, orient="row")


def _least(columns: Columns, law: Law, groups: pl.DataFrame) -> Iterator[tuple[int, int]]:
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
