"""Plain Python: dictionaries, lists and integers, as one would write it without any library for the work.

* `control`: see `graph_service.engine.control`, without joint arrangements; exact, both bounds, any denominators;
* `propagate` (`benchmarks.peers.dicts_verdicts`): every verdict and where every effect of the certain ones stands.

It leaves out what the kernel leaves out: carriage to other enterprises, cascades, and the facts of a proof that rests on several
ties.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from typing import NamedTuple

import polars as pl

from benchmarks.peers import CERTAIN, CONTROL, HALF, POSSIBLE
from benchmarks.peers.dicts_verdicts import propagate
from graph_service.engine.holdings import MOST_UNSURE_TIES
from graph_service.model.facts import Tie
from graph_service.model.share import UNKNOWN_SHARE
from graph_service.model.words import SHARES
from graph_service.snapshot.columns import KINDS, Columns

__all__ = ["control", "holdings_on", "propagate"]

Number = int | Fraction
Range = tuple[Number, bool, Number, bool]
"""``(lo, lo_open, hi, hi_open)``."""


class Stated(NamedTuple):
    """One holding as it is stated; ``sure``: certainly valid on the day."""

    sure: bool
    source: int
    range: Range


class Holding(NamedTuple):
    """What a holder holds in a company on the day: numerators over the company's denominator."""

    holder: int
    company: int
    lo: Number
    lo_open: bool
    hi: Number
    whole: int


@dataclass(slots=True)
class Company:
    """What all holders of a company hold together for certain."""

    whole: int
    total: Number = 0
    open_bounds: int = 0
    gap: bool = False

    @property
    def room(self) -> Number | None:
        """What nobody certainly holds; None where the minima exceed the whole, a data fault that caps nothing."""
        over = self.total > self.whole or (self.total == self.whole and self.open_bounds > 0)
        return None if over else self.whole - self.total


@dataclass(slots=True)
class Held:
    """The holdings of a day: by holder, and the companies."""

    of: dict[int, list[Holding]] = field(default_factory=lambda: defaultdict(list))
    companies: dict[int, Company] = field(default_factory=dict)


def control(columns: Columns, day: int, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair of a register on a day: the columns of `CONTROL`, sorted."""
    held = _held(holdings_on(columns, day))
    rows: list[tuple[int, int, int]] = []
    for actor in sorted(held.of):
        if not any(_passes(one.lo, one.lo_open, one.hi, held.companies[one.company], threshold) for one in held.of[actor]):
            continue
        sure, gap = _controlled(held, actor, threshold, possible=False)
        ever = _controlled(held, actor, threshold, possible=True)[0] if gap else sure
        rows.extend((actor, company, CERTAIN if company in sure else POSSIBLE) for company in sorted(sure | ever))
    return pl.DataFrame(rows, schema=CONTROL, orient="row")


def _controlled(held: Held, actor: int, threshold: Fraction, *, possible: bool) -> tuple[set[int], bool]:
    """What an actor controls, and whether it met a company with a gap."""
    inside: set[int] = set()
    sums: dict[int, tuple[Number, int, Number]] = {}
    todo, gap = [actor], False
    while todo:
        for one in held.of.get(todo.pop(), ()):
            company = one.company
            if company == actor or company in inside:
                continue
            lo, open_bounds, hi = sums.get(company, (0, 0, 0))
            lo, open_bounds, hi = lo + one.lo, open_bounds + one.lo_open, hi + one.hi
            sums[company] = lo, open_bounds, hi
            about = held.companies[company]
            gap = gap or about.gap
            if _passes(lo, open_bounds > 0, hi if possible else None, about, threshold):
                inside.add(company)
                todo.append(company)
    return inside, gap


def _passes(lo: Number, lo_open: bool, hi: Number | None, company: Company, threshold: Fraction) -> bool:
    """Whether a sum passes the threshold of a company: for certain, or, where a maximum is given, possibly."""
    bottom, limit = threshold.denominator, threshold.numerator * company.whole
    if hi is None:
        return lo * bottom > limit or (lo * bottom == limit and lo_open)
    room = company.room
    return (hi if room is None else min(hi, room + lo)) * bottom > limit


def _held(holdings: Iterable[Holding]) -> Held:
    held = Held()
    for one in holdings:
        held.of[one.holder].append(one)
        company = held.companies.setdefault(one.company, Company(one.whole))
        company.total += one.lo
        company.open_bounds += one.lo_open
        company.gap = company.gap or one.lo_open or one.lo != one.hi
    return held


def holdings_on(columns: Columns, day: int) -> Iterator[Holding]:
    """The holdings that give control on a day, one a holder and company."""
    frame = columns.frames["holdings"].filter(
        pl.col("kind").is_in([KINDS[kind] for kind in SHARES]) & (pl.col("start_lo") <= day) & (pl.col("end_hi") > day)
    )
    stated: dict[tuple[int, int], list[Stated]] = {}
    wholes: dict[int, int] = {}
    names = ("tie", "holder", "enterprise", "start_lo", "start_hi", "end_lo", "end_hi")
    days = zip(*(frame[name].to_list() for name in names), strict=True)
    shares = zip(*(frame[name].to_list() for name in ("lo", "lo_open", "hi", "hi_open", "den", "source")), strict=True)
    for (tie, holder, company, *valid), (lo, lo_open, hi, hi_open, den, source) in zip(days, shares, strict=True):
        told: Range = (lo, lo_open, hi, hi_open) if den else _exact(columns, tie)
        wholes[company] = den or 1
        stated.setdefault((holder, company), []).append(Stated(_surely(day, *valid), source, told))
    for (holder, company), found in stated.items():
        lo, lo_open, hi = _together(found, wholes[company])
        yield Holding(holder, company, lo, lo_open, hi, wholes[company])


def _exact(columns: Columns, tie: int) -> Range:
    """A share as fractions of the whole, where the shares of its company have no common denominator."""
    (stored,) = columns.facts("ties", [tie])
    share = (stored.fact.share if isinstance(stored.fact, Tie) else None) or UNKNOWN_SHARE
    return share.lo, share.lo_open, share.hi, share.hi_open


def _surely(day: int, start_lo: int, start_hi: int, end_lo: int, end_hi: int) -> bool:
    """Whether an interval that may hold a day certainly does."""
    if start_hi < end_lo:
        return start_hi <= day < end_lo
    return max(start_lo, end_lo - 1) == min(start_hi, end_hi - 1) == day


def _together(stated: Sequence[Stated], whole: int) -> tuple[Number, bool, Number]:
    """All that is stated of one holder and company as one range: ``(lo, lo_open, hi)``."""
    if len(stated) == 1:
        sure, _, (lo, lo_open, hi, _) = stated[0]
        return (lo, lo_open, hi) if sure else (0, False, hi)
    if len({one.source for one in stated}) == 1:
        lo, lo_open, _, _ = _added([one.range for one in stated if one.sure])
        _, _, hi, _ = _added([one.range for one in stated])
        return lo, lo_open, min(hi, whole)
    unsure = [one for one in stated if not one.sure]
    if len(unsure) > MOST_UNSURE_TIES:
        return 0, False, whole
    surely = [one for one in stated if one.sure]
    readings = [
        _told([*surely, *(one for one, there in zip(unsure, picked, strict=True) if there)])
        for picked in product((False, True), repeat=len(unsure))
    ]
    lo, lo_open = min((lo, lo_open) for lo, lo_open, _, _ in readings)
    return lo, lo_open, min(max(hi for _, _, hi, _ in readings), whole)


def _added(ranges: Sequence[Range]) -> Range:
    return (
        sum(one[0] for one in ranges),
        any(one[1] for one in ranges),
        sum(one[2] for one in ranges),
        any(one[3] for one in ranges),
    )


def _told(stated: Sequence[Stated]) -> Range:
    """What the holdings of one reading say: the sources intersected, or spanned where they contradict each other."""
    if not stated:
        return 0, False, 0, False
    by_source: dict[int, list[Range]] = defaultdict(list)
    for one in stated:
        by_source[one.source].append(one.range)
    ranges = [_added(told) for told in by_source.values()]
    lows = [(lo, lo_open) for lo, lo_open, _, _ in ranges]
    highs = [(hi, not hi_open) for _, _, hi, hi_open in ranges]
    (lo, lo_open), (hi, hi_closed) = max(lows), min(highs)
    if lo < hi or (lo == hi and not lo_open and hi_closed):
        return lo, lo_open, hi, not hi_closed
    (lo, lo_open), (hi, hi_closed) = min(lows), max(highs)
    return lo, lo_open, hi, not hi_closed
