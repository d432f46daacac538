"""What each holder holds in a company on a day, in one measure, from facts with gaps.

* ties certainly valid on the day count with their minimum and maximum, ties possibly valid with nothing and their maximum;
* ties of one source add up (blocks of shares); ties of different sources are the same holding told more than once: the ranges are
  intersected, and where they contradict each other the range spans both and a fault says so;
* an open bound (``>25``) is kept open through sums, so that two of them are certainly more than 50.

Invariants: no float; a wider range in gives a range at least as wide out; the order of ties changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from graph_service.model.facts import Stored, Tie
from graph_service.model.interval import covers
from graph_service.model.share import ONE, UNKNOWN_SHARE, ZERO, Share, percent_text
from graph_service.model.verdict import Verdict

MOST_UNSURE_TIES = 8
"""How many possibly valid ties of one holder told by several sources are enumerated; with more, nothing is taken as certain."""


@dataclass(frozen=True, slots=True)
class Holding:
    """What one holder holds in one company on one day in one measure: between ``lo`` and ``hi``, bounds open where marked.

    ``ties`` are the fact ids of the ties behind it; ``contradictory`` where sources cannot all be right.
    """

    holder: str
    company: str
    lo: Fraction
    hi: Fraction
    lo_open: bool
    hi_open: bool
    ties: tuple[Stored[Tie], ...]
    contradictory: bool = False

    def text(self) -> str:
        """The share in per cent as registers write it; the minimum alone where the facts add up to more than the whole."""
        if self.lo <= self.hi:
            return str(Share(self.lo, self.hi, self.lo_open and self.lo < self.hi, self.hi_open and self.lo < self.hi))
        return f">={percent_text(self.lo)}"


Range = tuple[Fraction, bool, Fraction, bool]
"""``(lo, lo_open, hi, hi_open)``."""


def holdings(ties: Iterable[Stored[Tie]], day: int, kinds: frozenset[str]) -> list[Holding]:
    """The holdings that ties of some kinds make on a day, by holder and company.  Costs the ties."""
    pairs: dict[tuple[str, str], list[tuple[Stored[Tie], Verdict]]] = defaultdict(list)
    for tie in ties:
        fact = tie.fact
        if fact.kind in kinds and (valid := covers(fact.valid, day)):
            pairs[fact.holder, fact.enterprise].append((tie, valid))
    return [_pair(holder, company, held) for (holder, company), held in sorted(pairs.items())]


def _pair(holder: str, company: str, held: list[tuple[Stored[Tie], Verdict]]) -> Holding:
    if len(held) == 1:
        tie, valid = held[0]
        share = tie.fact.share or UNKNOWN_SHARE
        lo, lo_open = (share.lo, share.lo_open) if valid.certain else (ZERO, False)
        return Holding(holder, company, lo, share.hi, lo_open, share.hi_open, (tie,))
    held.sort(key=lambda one: one[0].id)
    ties = tuple(tie for tie, _ in held)
    sources = {tie.fact.source for tie in ties}
    if len(sources) == 1:
        sure = [tie for tie, valid in held if valid.certain]
        lo, lo_open, _, _ = _sum(sure)
        _, _, hi, hi_open = _sum(ties)
        return Holding(holder, company, lo, *_at_most_all(hi, lo_open, hi_open), ties)
    unsure = [tie for tie, valid in held if not valid.certain]
    if len(unsure) > MOST_UNSURE_TIES:
        return Holding(holder, company, ZERO, ONE, False, False, ties)
    readings = []
    contradictory = False
    for picked in product((False, True), repeat=len(unsure)):
        absent = {tie.id for tie, there in zip(unsure, picked, strict=True) if not there}
        told, contradiction = _told([tie for tie in ties if tie.id not in absent])
        readings.append(told)
        contradictory |= contradiction and not absent
    (lo, lo_open), (hi, hi_open) = _lowest(readings), _highest(readings)
    return Holding(holder, company, lo, *_at_most_all(hi, lo_open, hi_open), ties, contradictory)


def _at_most_all(hi: Fraction, lo_open: bool, hi_open: bool) -> tuple[Fraction, bool, bool]:
    """``(hi, lo_open, hi_open)`` with the maximum cut at the whole."""
    return (hi, lo_open, hi_open) if hi <= ONE else (ONE, lo_open, False)


def _sum(ties: Sequence[Stored[Tie]]) -> Range:
    shares = [tie.fact.share or UNKNOWN_SHARE for tie in ties]
    return (
        sum((share.lo for share in shares), ZERO),
        any(share.lo_open for share in shares),
        sum((share.hi for share in shares), ZERO),
        any(share.hi_open for share in shares),
    )


def _told(ties: Sequence[Stored[Tie]]) -> tuple[Range, bool]:
    """What valid ties say of one holding, and whether their sources contradict each other."""
    if not ties:
        return (ZERO, False, ZERO, False), False
    by_source: dict[str, list[Stored[Tie]]] = defaultdict(list)
    for tie in ties:
        by_source[tie.fact.source].append(tie)
    ranges = [_sum(told) for told in by_source.values()]
    lo, lo_open = max(((low, is_open) for low, is_open, _, _ in ranges), key=lambda one: (one[0], one[1]))
    hi, hi_open = min(((high, is_open) for _, _, high, is_open in ranges), key=lambda one: (one[0], not one[1]))
    if lo < hi or (lo == hi and not lo_open and not hi_open):
        return (lo, lo_open, hi, hi_open), False
    return (*_lowest(ranges), *_highest(ranges)), True


def _lowest(ranges: Sequence[Range]) -> tuple[Fraction, bool]:
    return min(((low, is_open) for low, is_open, _, _ in ranges), key=lambda one: (one[0], one[1]))


def _highest(ranges: Sequence[Range]) -> tuple[Fraction, bool]:
    return max(((high, is_open) for _, _, high, is_open in ranges), key=lambda one: (one[0], not one[1]))


@dataclass(frozen=True, slots=True)
class Certainly:
    """What all holders of a company certainly hold together, for the cap on what the others may hold."""

    total: Fraction
    open_bounds: int

    @property
    def over_whole(self) -> bool:
        """Whether this is more than there is: a data fault."""
        return self.total > ONE or (self.total == ONE and self.open_bounds > 0)


def certainly(held: Iterable[Holding]) -> dict[str, Certainly]:
    """The sum of the minima of each company."""
    totals: dict[str, tuple[Fraction, int]] = {}
    for one in held:
        total, bounds = totals.get(one.company, (ZERO, 0))
        totals[one.company] = (total + one.lo, bounds + one.lo_open)
    return {company: Certainly(*pair) for company, pair in totals.items()}


@dataclass(slots=True)
class Sum:
    """A running sum of holdings of a set of owners in one company: minima and maxima, with how many bounds are open."""

    lo: Fraction = ZERO
    lo_open: int = 0
    hi: Fraction = ZERO
    hi_open: int = 0

    @classmethod
    def of(cls, one: Holding) -> Sum:
        """The sum of one holding: most companies have a single owner inside, and fractions are slow to add."""
        return cls(one.lo, int(one.lo_open), one.hi, int(one.hi_open))

    def add(self, one: Holding) -> None:
        """Count one more owner's whole holding."""
        self.lo += one.lo
        self.lo_open += one.lo_open
        self.hi += one.hi
        self.hi_open += one.hi_open

    def surely(self, threshold: Fraction, *, strict: bool) -> bool:
        """Whether the sum passes a threshold under every reading."""
        if strict:
            return self.lo > threshold or (self.lo == threshold and self.lo_open > 0)
        return self.lo >= threshold

    def possibly(self, threshold: Fraction, all_hold: Certainly, *, strict: bool) -> bool:
        """Whether it passes under some reading, given what all holders of the company certainly hold.

        What others certainly hold cannot be held by these; where even the minima exceed the whole, the data are at fault and
        nothing is capped.
        """
        most, attained = self.hi, self.hi_open == 0
        if not all_hold.over_whole:
            cap, reached = ONE - (all_hold.total - self.lo), all_hold.open_bounds - self.lo_open == 0
            if cap < most:
                most, attained = cap, reached
            elif cap == most:
                attained = attained and reached
        return most > threshold or (not strict and most == threshold and attained)


def by_company(held: Iterable[Holding]) -> Mapping[str, list[Holding]]:
    """Holdings grouped by company, in their order."""
    grouped: dict[str, list[Holding]] = defaultdict(list)
    for one in held:
        grouped[one.company].append(one)
    return grouped
