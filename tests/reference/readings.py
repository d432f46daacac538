"""Readings of bounds and intervals, by enumeration of days (semantics, section 2).

Why finitely many days suffice.  Let the *mentioned* days be all finite days that a question names (bounds of facts, bounds of
rules, the day asked).  Two days with no mentioned day between them are admitted by the same bounds and compare alike with
every mentioned day.  All that is ever asked is how at most four chosen days compare with each other (start and end of one
tie, start and end of one anchor: the ties of a question are read independently, given the anchor).  So it is enough that
between two mentioned days, before the first and after the last there are either all days or at least four.  `days` takes
every day that is at most four away from a mentioned one, and the two open bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, Tie
from graph_service.model.interval import FIRST, LAST, Bound, Days, Interval
from graph_service.model.verdict import Verdict

MARGIN = 4


def days(mentioned: Iterable[int]) -> list[int]:
    """The days that readings choose from, in order, the open bounds included."""
    near = {day + step for day in mentioned if FIRST < day < LAST for step in range(-MARGIN, MARGIN + 1)}
    return sorted({FIRST, LAST} | {day for day in near if FIRST < day < LAST})


def mentioned_days(facts: Iterable[Fact]) -> Iterator[int]:
    """Every day that facts name, the open bounds among them."""
    for fact in facts:
        match fact:
            case Subject():
                yield from _bounds(Interval(fact.opened_on, fact.closed_on) if fact.opened_on.lo < fact.closed_on.hi else None)
            case Tie():
                yield from _bounds(fact.valid)
            case Record():
                yield from (*_bounds(fact.act), fact.decided_on.lo, fact.decided_on.hi)
            case Finding():
                if fact.found_on is not None:
                    yield fact.found_on
            case Event():
                yield fact.on
            case Listing():
                yield from _bounds(fact.listed)


def _bounds(interval: Interval | None) -> tuple[int, ...]:
    return () if interval is None else (interval.start.lo, interval.start.hi, interval.end.lo, interval.end.hi)


def bound_readings(bound: Bound, domain: Iterable[int]) -> list[int]:
    """Every day of the domain that the bound may be."""
    return [day for day in domain if bound.lo <= day <= bound.hi]


def interval_readings(interval: Interval, domain: list[int]) -> list[Days]:
    """Every reading of an interval: a start and an end inside their ranges such that it is not empty."""
    starts, ends = bound_readings(interval.start, domain), bound_readings(interval.end, domain)
    return [(start, end) for start in starts for end in ends if start < end]


def share_a_day(one: Days, other: Days) -> bool:
    """Whether two runs of days have a day in common."""
    return max(one[0], other[0]) < min(one[1], other[1])


def validity(interval: Interval, at: int) -> set[bool]:
    """Whether an interval holds a day, under each of its readings."""
    domain = days([at, *_bounds(interval)])
    return {start <= at < end for start, end in interval_readings(interval, domain)}


def verdict(outcomes: Iterable[bool]) -> Verdict:
    """Certain if it holds under every reading, possible if under some (there is always one reading)."""
    seen = list(outcomes)
    assert seen
    return Verdict.of(always=all(seen), ever=any(seen))
