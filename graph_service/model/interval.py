"""Bounds and intervals of whole days, with gaps.

A day is an integer: ``datetime.date.toordinal()``.  A *bound* is the range of days that it may admissibly be; a known
date is a range of one.  *Open* is a known bound beyond every date (``FIRST`` or ``LAST``); *unknown* is the whole line.
An interval is ``[start, end)`` and is never empty: a *reading* of it picks a start and an end inside their ranges with
``start < end``.

What is asked of an interval is asked under every reading, so the answer is a `Verdict`:

* it is CERTAIN that an interval overlaps another if it does under all readings of both;
* POSSIBLE if it does under some.

The closed forms below rest on one fact: a longer interval overlaps more, so only the *shortest* readings matter for
certainty and only the *longest* for possibility.  The shortest readings are one interval (its certain core), or, where
start and end ranges meet, single days.

Invariants: a narrower gap never turns CERTAIN into less, nor EXCLUDED into more (tests/properties).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from functools import lru_cache
from typing import Literal

from graph_service.messages import BadValue
from graph_service.model.verdict import Verdict

FIRST = 0
"""The day before every date: an open start."""
LAST = date.max.toordinal() + 1
"""The day after every date: an open end."""

Side = Literal["start", "end"]

_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})$")
_PART = re.compile(r"^(\d{4})(?:-(\d{2}))?$")


def parse_day(text: str) -> int:
    """The day that an ISO date names.

    >>> parse_day("2024-03-01")
    738946
    >>> parse_day("2024-13-45")
    Traceback (most recent call last):
    ...
    graph_service.messages.BadValue: "2024-13-45" is not a date; write YYYY-MM-DD, for example 2024-03-01
    """
    found = _DATE.match(text)
    if found:
        try:
            return date(int(found[1]), int(found[2]), int(found[3])).toordinal()
        except ValueError:
            pass
    raise BadValue("bad_date", value=text)


def day_text(day: int) -> str:
    """The ISO date of a day; empty for an open bound.

    >>> day_text(738946), day_text(LAST)
    ('2024-03-01', '')
    """
    return date.fromordinal(day).isoformat() if FIRST < day < LAST else ""


@dataclass(frozen=True, slots=True)
class Bound:
    """One end of an interval: any day from ``lo`` to ``hi``, both included.

    >>> Bound.parse("2024-03-01", "start").known
    True
    >>> Bound.parse("?", "start")
    Bound(lo=0, hi=3652060)
    >>> Bound.parse("", "end") == Bound(LAST, LAST)
    True
    >>> str(Bound.parse("2024-02", "start"))
    '2024-02-01..2024-02-29'
    """

    lo: int
    hi: int

    def __post_init__(self) -> None:
        if not FIRST <= self.lo <= self.hi <= LAST:
            raise BadValue("bad_bound", value=f"{self.lo}..{self.hi}")

    @property
    def known(self) -> bool:
        """Whether there is only one reading."""
        return self.lo == self.hi

    @property
    def unknown(self) -> bool:
        """Whether nothing at all is known of it."""
        return self.lo == FIRST and self.hi == LAST

    @property
    def dated(self) -> bool:
        """Whether it is one date (known and not open)."""
        return self.lo == self.hi and FIRST < self.lo < LAST

    @classmethod
    def on(cls, day: int | date) -> Bound:
        """The bound at a known day."""
        day = day if isinstance(day, int) else day.toordinal()
        return cls(day, day)

    @classmethod
    def parse(cls, text: str, side: Side) -> Bound:
        """Read a bound as registers write it.

        ``""`` is open on its side, ``?`` unknown, ``2024-03-01`` a date; a gap narrower than unknown is a month
        ``2024-03``, a year ``2024``, or a range ``2024-03-01..2024-05-31`` of which one end may be left out.
        Raises `BadValue`.
        """
        return _parse_bound(text.strip(), side)

    def __str__(self) -> str:
        """The canonical text; `parse` reads it back."""
        if self.unknown:
            return "?"
        if self.known:
            return day_text(self.lo)
        return f"{day_text(self.lo)}..{day_text(self.hi)}"


def _range_end(day: str, whole: str) -> int:
    try:
        return parse_day(day)
    except BadValue:
        raise BadValue("bad_range_end", value=whole) from None


@lru_cache(maxsize=65536)
def _parse_bound(text: str, side: Side) -> Bound:
    if text == "":
        return OPEN_START if side == "start" else OPEN_END
    if text == "?":
        return UNKNOWN
    if ".." in text:
        low, _, high = text.partition("..")
        lo = _range_end(low, text) if low else FIRST
        hi = _range_end(high, text) if high else LAST
        if lo > hi:
            raise BadValue("bad_range_of_dates", value=text)
        return Bound(lo, hi)
    part = _PART.match(text)
    if part and part[1] >= "0001" and (part[2] is None or "01" <= part[2] <= "12"):
        year, month = int(part[1]), int(part[2] or 1)
        first = date(year, month, 1).toordinal()
        whole = part[2] is None or month == 12
        ahead = LAST if year == MAXYEAR and whole else date(year + whole, 1 if whole else month + 1, 1).toordinal()
        # An end is the first day *after*: what ended in February may have ended on 1 March's eve.
        return Bound(first, min(ahead, LAST - 1) if side == "end" else ahead - 1)
    try:
        return Bound.on(parse_day(text))
    except BadValue:
        raise BadValue("bad_bound_date", value=text) from None


OPEN_START = Bound(FIRST, FIRST)
OPEN_END = Bound(LAST, LAST)
UNKNOWN = Bound(FIRST, LAST)

Days = tuple[int, int]
"""A run of days ``[first, after)``."""


@dataclass(frozen=True, slots=True)
class Interval:
    """``[start, end)`` with gaps; at least one reading is not empty.

    >>> Interval.parse("2020-01-01", "2020-06-01").shortest() == (parse_day("2020-01-01"), parse_day("2020-06-01"))
    True
    >>> Interval.parse("2021-01-01", "2020-01-01")
    Traceback (most recent call last):
    ...
    graph_service.messages.BadValue: it ends (2020-01-01) before or when it begins (2021-01-01); the end is the first day after
    """

    start: Bound
    end: Bound

    def __post_init__(self) -> None:
        if self.start.lo >= self.end.hi:
            raise BadValue("empty_interval", start=str(self.start), end=str(self.end))

    @classmethod
    def parse(cls, start: str, end: str) -> Interval:
        """Read the two bounds as `Bound.parse` does."""
        return cls(Bound.parse(start, "start"), Bound.parse(end, "end"))

    @property
    def known(self) -> bool:
        """Whether there is only one reading."""
        return self.start.known and self.end.known

    def longest(self) -> Days:
        """The days of the longest reading: what may be covered."""
        return self.start.lo, self.end.hi

    def shortest(self) -> Days | None:
        """The one shortest reading, if there is one: the days covered under every reading.

        Where the ranges of start and end meet, the shortest readings are single days (`single_days`) and, unless
        there is only one of these, no day is certain.
        """
        if self.start.hi < self.end.lo:
            return self.start.hi, self.end.lo
        first, last = self.single_days()
        return (first, first + 1) if first == last else None

    def single_days(self) -> tuple[int, int]:
        """First and last of the days that alone may be the whole interval; only where start and end ranges meet."""
        return max(self.start.lo, self.end.lo - 1), min(self.start.hi, self.end.hi - 1)

    def __str__(self) -> str:
        return f"[{self.start}, {self.end})"


ALWAYS = Interval(OPEN_START, OPEN_END)
UNKNOWN_INTERVAL = Interval(UNKNOWN, UNKNOWN)


def covers(interval: Interval, day: int) -> Verdict:
    """Whether the interval holds a day.

    >>> office = Interval.parse("2020-01-01", "?")
    >>> covers(office, parse_day("2020-01-01")), covers(office, parse_day("2020-01-02"))
    (<Verdict.CERTAIN: 2>, <Verdict.POSSIBLE: 1>)
    >>> covers(office, parse_day("2019-12-31"))
    <Verdict.EXCLUDED: 0>
    """
    low, high = interval.longest()
    if not low <= day < high:
        return Verdict.EXCLUDED
    core = interval.shortest()
    return Verdict.of(always=core is not None and core[0] <= day < core[1], ever=True)


def overlaps(one: Interval, other: Interval) -> Verdict:
    """Whether two intervals with independent gaps share a day.

    >>> overlaps(Interval.parse("2020-01-01", "2021-01-01"), Interval.parse("2020-12-31", ""))
    <Verdict.CERTAIN: 2>
    >>> overlaps(Interval.parse("2020-01-01", "2021-01-01"), Interval.parse("2021-01-01", ""))
    <Verdict.EXCLUDED: 0>
    >>> overlaps(Interval.parse("2020-01-01", ""), Interval.parse("?", "2021-01-01"))
    <Verdict.CERTAIN: 2>
    """
    (low, high), (low2, high2) = one.longest(), other.longest()
    if max(low, low2) >= min(high, high2):
        return Verdict.EXCLUDED
    return Verdict.of(always=any_surely_overlaps([one], other), ever=True)


def any_surely_overlaps(held: Sequence[Interval], target: Interval) -> bool:
    """Whether under every reading of all of them at least one of ``held`` overlaps ``target``.

    The gaps of the held intervals are independent of each other, but all of them meet the *same* unknown target, so
    two intervals may together be certain where neither is.

    >>> first, then = Interval.parse("", "2020-01-01"), Interval.parse("2020-01-01", "")
    >>> any_surely_overlaps([first], UNKNOWN_INTERVAL), any_surely_overlaps([first, then], UNKNOWN_INTERVAL)
    (False, True)
    """
    if target.start.hi < target.end.lo:
        low, high = target.start.hi, target.end.lo
        return any(_meets_every_reading(one, low, high) for one in held)
    first, last = target.single_days()
    return all_days_covered((core for one in held if (core := one.shortest()) is not None), first, last)


def _meets_every_reading(one: Interval, low: int, high: int) -> bool:
    """Whether every reading of ``one`` shares a day with the known days ``[low, high)``."""
    if one.start.hi < one.end.lo:
        return max(one.start.hi, low) < min(one.end.lo, high)
    first, last = one.single_days()
    return low <= first and last < high


def all_days_covered(runs: Iterable[Days], first: int, last: int) -> bool:
    """Whether runs of days ``[a, b)`` together hold every day from ``first`` to ``last``, both included.

    Costs a sort of the runs.

    >>> all_days_covered([(5, 9), (1, 5)], 2, 8), all_days_covered([(1, 4), (5, 9)], 2, 8)
    (True, False)
    """
    need = first
    for low, high in sorted(runs):
        if low > need:
            return False
        need = max(need, high)
        if need > last:
            return True
    return need > last
