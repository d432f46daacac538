"""Holdings, control and cascades, by enumeration of readings (semantics, section 6).

A reading says of every possibly valid tie or listing whether it is valid, of every right that is only possibly control whether
it is, and gives every holding an exact share such that no company is held to more than 100 %.  For each reading there is one
plain least fixed point; certain is what holds under all of them, possible what holds under one.

Why corners suffice.  The shares of a company range over a polytope (a box, cut by the total).  Suppose that under some reading
a company is caught.  In the order in which its least fixed point grew, give each company the corner that is greatest for the
owners that were caught before it: everything is still caught.  Suppose that it is not caught.  Give each company the corner
that is least for the owners that are caught: nothing more is caught.  So whatever happens in the middle happens in a corner.
`grid` readings look at the middle all the same; a test holds both equal.

Open bounds are never reached: readings stay `EPSILON` inside, which is less than any difference between stated shares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from graph_service.model.facts import Fact, Listing, Tie
from graph_service.model.share import UNKNOWN_SHARE
from graph_service.model.verdict import Verdict
from graph_service.policy.table import Cascade
from tests.reference.readings import validity, verdict

EPSILON = Fraction(1, 10**9)
SHARES = frozenset({"shareholder", "general_partner", "investor"})
"""The kinds of the measure *shares*; votes stated apart are a measure of their own and never added."""
MOST_READINGS = 60_000

Pair = tuple[str, str]
Shares = dict[Pair, Fraction]


class TooManyReadings(ValueError):
    """The example has more readings than a test should enumerate."""


@dataclass(frozen=True)
class Range:
    """A holding: from ``lo`` to ``hi``, each reached unless open.  Sums of blocks may exceed 1."""

    lo: Fraction
    hi: Fraction
    lo_open: bool
    hi_open: bool

    @property
    def empty(self) -> bool:
        return self.lo > self.hi or (self.lo == self.hi and (self.lo_open or self.hi_open))

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """The least and the greatest share of a reading."""
        return self.lo + EPSILON * self.lo_open, self.hi - EPSILON * self.hi_open


def holding_ranges(facts: Sequence[Fact], at: int, kinds: Iterable[str] = SHARES) -> dict[Pair, Range]:
    """The share of each holder in each company of one measure, as section 6 puts it together from ties.

    In each reading of which ties are valid, ties of one source add up; sources are intersected; sources that contradict each
    other span.  The range of a pair spans all of these readings.
    """
    told: dict[Pair, list[tuple[Tie, set[bool]]]] = {}
    wanted = set(kinds)
    for tie in facts:
        if isinstance(tie, Tie) and tie.kind in wanted and (valid := validity(tie.valid, at)) != {False}:
            told.setdefault((tie.holder, tie.enterprise), []).append((tie, valid))
    found = {}
    for pair, ties in told.items():
        readings = []
        for there in product(*(sorted(valid) for _, valid in ties)):
            sources: dict[str, Range] = {}
            for (tie, _), valid_now in zip(ties, there, strict=True):
                if valid_now:
                    share = tie.share or UNKNOWN_SHARE
                    block = Range(share.lo, share.hi, share.lo_open, share.hi_open)
                    sources[tie.source] = _added(sources[tie.source], block) if tie.source in sources else block
            readings.append(_reconciled(list(sources.values()) or [Range(Fraction(0), Fraction(0), False, False)]))
        found[pair] = _span(readings)
    return found


def _added(one: Range, other: Range) -> Range:
    return Range(one.lo + other.lo, one.hi + other.hi, one.lo_open or other.lo_open, one.hi_open or other.hi_open)


def _reconciled(told: list[Range]) -> Range:
    lo, hi = max(one.lo for one in told), min(one.hi for one in told)
    common = Range(lo, hi, any(one.lo == lo and one.lo_open for one in told), any(one.hi == hi and one.hi_open for one in told))
    if not common.empty:
        return common
    return _span(told)


def _span(told: list[Range]) -> Range:
    lo, hi = min(one.lo for one in told), max(one.hi for one in told)
    return Range(lo, hi, all(one.lo_open for one in told if one.lo == lo), all(one.hi_open for one in told if one.hi == hi))


def corner_readings(ranges: Sequence[Range]) -> list[tuple[Fraction, ...]]:
    """The corners of what the holders of one company may hold together: at an end each, but one who takes what is left."""
    ends = [one.ends for one in ranges]
    if sum(lo for lo, _ in ends) > 1:  # a data fault: nothing is capped
        return sorted(set(product(*ends)))
    found = set()
    for corner in product(*ends):
        if sum(corner) <= 1:
            found.add(corner)
        for place, (lo, hi) in enumerate(ends):
            rest = 1 - sum(corner, Fraction(0)) + corner[place]
            if lo <= rest <= hi:
                found.add((*corner[:place], rest, *corner[place + 1 :]))
    return sorted(found)


def grid_readings(ranges: Sequence[Range], step: Fraction = Fraction(1, 20)) -> list[tuple[Fraction, ...]]:
    """The corners, and whatever lies between them on a grid."""
    steps = [step * count for count in range(int(1 / step) + 1)]
    values = [sorted({lo, hi} | {value for value in steps if lo < value < hi}) for lo, hi in (one.ends for one in ranges)]
    capped = sum(one.ends[0] for one in ranges) <= 1
    return sorted({*corner_readings(ranges)} | {point for point in product(*values) if not capped or sum(point) <= 1})


def share_readings(ranges: Mapping[Pair, Range], grid: bool = False) -> Iterator[Shares]:
    """Every corner (or grid) reading of all companies."""
    companies: dict[str, list[Pair]] = {}
    for pair in sorted(ranges):
        companies.setdefault(pair[1], []).append(pair)
    choices = []
    for pairs in companies.values():
        told = [ranges[pair] for pair in pairs]
        points = grid_readings(told) if grid else corner_readings(told)
        choices.append([dict(zip(pairs, point, strict=True)) for point in points])
    _bounded(*choices)
    for chosen in product(*choices):
        yield {pair: share for one in chosen for pair, share in one.items()}


def _bounded(*choices: Sequence[object]) -> None:
    size = 1
    for one in choices:
        size *= len(one)
    if size > MOST_READINGS:
        raise TooManyReadings(f"{size} readings")


def closure(
    actor: frozenset[str], measures: Sequence[Shares], threshold: Fraction, strict: bool, controls: Iterable[Pair] = ()
) -> set[str]:
    """The least set of the companies that the actor and the set together hold beyond the threshold, or control by a tie."""
    controls = set(controls)
    companies = {owned for shares in measures for _, owned in shares} | {owned for _, owned in controls}
    found: set[str] = set()
    while True:
        holders = actor | found
        more = set()
        for company in companies - found:
            for shares in measures:
                held = sum(
                    (share for (owner, owned), share in shares.items() if owned == company and owner in holders), Fraction(0)
                )
                if held > threshold or (held == threshold and not strict):
                    more.add(company)
            if any(owner in holders and owned == company for owner, owned in controls):
                more.add(company)
        if not more:
            return found
        found |= more


def _joint_actors(ties: Iterable[Pair]) -> list[frozenset[str]]:
    """Who acts together: whoever is linked by joint arrangements, however many."""
    groups: list[frozenset[str]] = []
    for pair in ties:
        touched = [group for group in groups if not group.isdisjoint(pair)]
        groups = [group for group in groups if group not in touched] + [frozenset(pair).union(*touched)]
    return groups


def _tie_readings(facts: Sequence[Fact], kinds: Iterable[str], at: int) -> list[list[tuple[Pair, bool]]]:
    """For each tie of these kinds: the pair that it joins and whether it is valid, under each reading."""
    wanted = set(kinds)
    return [
        [((tie.holder, tie.enterprise), valid) for valid in sorted(validity(tie.valid, at))]
        for tie in facts
        if isinstance(tie, Tie) and tie.kind in wanted
    ]


def reference_control(
    facts: Sequence[Fact], at: int, threshold: Fraction = Fraction(1, 2), grid: bool = False
) -> dict[Pair, Verdict]:
    """Who controls whom, ``(controller, controlled)``: more than the threshold, by shares; nobody controls itself.

    A joint arrangement makes its members one actor besides each alone; what it controls is said of each member, and none of the
    members is among it.  Raises `TooManyReadings`.
    """
    ranges = holding_ranges(facts, at)
    joints = _tie_readings(facts, {"joint_arrangement"}, at)
    shares = list(share_readings(ranges, grid))
    holders = {owner for owner, _ in ranges}
    _bounded(shares, *joints)
    readings = []
    for reading in shares:
        alone = {
            (owner, company) for owner in holders for company in closure(frozenset({owner}), [reading], threshold, True) - {owner}
        }
        for valid in product(*joints):
            together = {
                (member, company)
                for group in _joint_actors(pair for pair, there in valid if there)
                for company in closure(group, [reading], threshold, True) - group
                for member in group
            }
            readings.append(alone | together)
    return {pair: verdict(pair in reading for reading in readings) for pair in set().union(*readings)}


def reference_caught(facts: Sequence[Fact], cascade: Cascade, at: int, grid: bool = False) -> dict[str, Verdict]:
    """Whom a cascade catches; who is certainly listed is not among them.

    Actors: all listed together (``aggregate``), or each apart.  With ``joint``, who acts jointly with a listed subject is one
    actor with it.  Raises `TooManyReadings`.
    """
    listings = [
        [(fact.subject, listed) for listed in sorted(validity(fact.listed, at))]
        for fact in facts
        if isinstance(fact, Listing) and fact.regime in cascade.regimes
    ]
    joints = _tie_readings(facts, {"joint_arrangement"} if cascade.joint else (), at)
    controls = _tie_readings(facts, cascade.control, at)
    hints = [
        sorted({(pair, there), (pair, False)})
        for tie in _tie_readings(facts, cascade.possible_control, at)
        for pair, there in tie
    ]
    measures = [list(share_readings(holding_ranges(facts, at, kinds), grid)) for kinds in cascade.measures]
    _bounded(*measures, *listings, *joints, *controls, *hints)
    readings = []
    for states, links, rights, maybes in product(product(*listings), product(*joints), product(*controls), product(*hints)):
        listed = {subject for subject, there in states if there}
        groups = _joint_actors(pair for pair, there in links if there)
        actors = {frozenset({subject}) for subject in listed} | {group for group in groups if group & listed}
        if cascade.aggregate:
            actors = {frozenset(listed), frozenset().union(*actors)}
        ties = [pair for pair, there in (*rights, *maybes) if there]
        for chosen in product(*measures):
            caught: set[str] = set()
            for actor in actors:
                caught |= closure(actor, chosen, cascade.threshold, cascade.strict, ties) - actor
            readings.append(caught)
    certainly_listed = {state[0][0] for state in listings if all(there for _, there in state)}
    everybody = set().union(*readings) - certainly_listed
    return {company: verdict(company in caught for caught in readings) for company in everybody}
