"""Where consequences stand, in plain Python: `graph_service.engine.standing` on integers, for one record after another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import polars as pl

from benchmarks.peers.frames import events_of
from graph_service.engine.bulk.law import EVENT_RANK, Footing, Law, Leaving
from graph_service.engine.bulk.standings import DIED, EXPIRED, NO_BASIS, NOT_IN_FORCE, TERM_UNKNOWN
from graph_service.engine.standing import after
from graph_service.model.interval import FIRST, LAST
from graph_service.model.verdict import Status
from graph_service.policy.table import Term
from graph_service.snapshot.columns import Columns

_after = lru_cache(maxsize=1 << 16)(after)
Stand = tuple[int, int, int, int, int]
"""``(end_lo, end_hi, status, cause, event)``."""


class Event(NamedTuple):
    """An event by the day asked; ``person`` -1: everybody's."""

    row: int
    kind: int
    on: int
    person: int


def events_by_record(columns: Columns, records: pl.DataFrame, day: int) -> dict[int, list[Event]]:
    """The events of each record by its place, by day and fact id."""
    found: dict[int, list[Event]] = {}
    for place, *event in events_of(columns, records, day).iter_rows():
        found.setdefault(place, []).append(Event(*event))
    return found


class Standings:
    """Where things stand for one record.  What touches no person in particular is worked out once."""

    def __init__(self, law: Law, row: Mapping[str, Any], events: Sequence[Event], closed: Mapping[int, tuple[int, int]]) -> None:
        self._at, self._row, self._events, self._closed = law.at, row, events, closed
        self._footings, self._leavings, self._terms = list(law.footings), list(law.leavings), list(law.terms)
        self._persons = {event.person for event in events} - {-1}
        self._known: dict[tuple[int, int], Stand] = {}

    def of(self, footing: int, person: int) -> Stand:
        """Where what stands on a footing stands for a person."""
        died = self._closed.get(person)
        if died is not None and died[1] > self._at:
            died = None
        key = footing, person if died or person in self._persons else -1
        if key not in self._known:
            self._known[key] = self._stand(self._footings[footing], person, died)
        return self._known[key]

    def _stand(self, footing: Footing, person: int, died: tuple[int, int] | None) -> Stand:
        leaving = self._leavings[footing.exits]
        events = [event for event in self._events if not leaving.own or event.person in (-1, person)]
        end_lo, end_hi = self._term_end(self._terms[footing.term])
        ending = min(
            (event for event in events if event.kind in leaving.ends),
            key=lambda event: (event.on, EVENT_RANK[event.kind]),
            default=None,
        )
        over: list[tuple[int, int, int, int]] = []
        if ending is not None:
            over.append((ending.on, ending.on, ending.kind + 1, ending.row))
        if end_hi <= self._at:
            over.append((end_hi, end_lo, EXPIRED, -1))
        if died is not None:
            over.append((died[1], died[0], DIED, -1))
        if over:
            hi, lo, cause, row = min(over, key=lambda one: one[:2])
            return min(end_lo, lo), hi, Status.ENDED, cause, row
        if not footing.in_force:
            return end_lo, end_hi, Status.INACTIVE, NOT_IN_FORCE, -1
        if footing.gated:
            return end_lo, end_hi, Status.INACTIVE, NO_BASIS, -1
        if end_lo <= self._at:
            return end_lo, end_hi, Status.INACTIVE, TERM_UNKNOWN, -1
        holding = _holding(leaving, events)
        if holding is not None:
            return end_lo, end_hi, Status.SUSPENDED, holding.kind + 1, holding.row
        return end_lo, end_hi, Status.ACTIVE, 0, -1

    def _term_end(self, term: Term) -> tuple[int, int]:
        """The day after the last of a term, as a range."""
        if term.permanent or (term.years, term.months, term.days) == (None, None, None):
            return LAST, LAST
        low, high = self._row["decided_lo"], self._row["decided_hi"]
        if term.anchor == "decision":
            return _after(low, term), _after(high, term)
        acts = [self._act_by(day) for day in ((low, high) if low > FIRST and high < LAST else (LAST,))]
        if term.anchor == "act_start":
            begin, until = min(act[0] for act in acts), max(min(act[1], act[3] - 1) for act in acts)
        else:
            begin, until = min(max(act[2], act[0] + 1) for act in acts), max(act[3] for act in acts)
        return _after(begin, term), _after(until, term)

    def _act_by(self, day: int) -> tuple[int, int, int, int]:
        """The act if it was decided on a day: cut at the day after, as stated where it begins only then."""
        row, cut = self._row, day + 1
        start_lo, start_hi, end_lo, end_hi = row["act_start_lo"], row["act_start_hi"], row["act_end_lo"], row["act_end_hi"]
        if start_lo >= cut:
            return start_lo, start_hi, end_lo, end_hi
        return start_lo, min(start_hi, day), min(end_lo, cut), min(end_hi, cut)


def _holding(leaving: Leaving, events: Sequence[Event]) -> Event | None:
    """The event that holds up, of several the one that began first; events are in the order of days and fact ids."""
    last: dict[tuple[int, int], int] = {}
    undone: dict[tuple[int, int], int] = {}
    for place, event in enumerate(events):
        last[event.person, event.kind] = place
        for kind, undoing in leaving.holds:
            if event.kind in undoing:
                undone[event.person, kind] = event.on
    places = [
        place
        for (person, kind), place in last.items()
        if any(kind == one for one, _ in leaving.holds) and events[place].on > undone.get((person, kind), FIRST)
    ]
    return events[min(places)] if places else None
