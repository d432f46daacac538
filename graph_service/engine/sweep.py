"""The checker's arithmetic of ownership: what an actor certainly holds through others, by plain repeated sweeps.

The problem: the engine walks outwards from the actor and keeps running sums; whoever checks it must not.  The rules:

* a sweep looks at every company that is not inside yet and adds up, from nothing, what the actor and those inside at least hold;
* a company over the threshold in one measure, or directed by a certain tie of a kind that counts as control, comes in;
* sweeps go on until one brings nothing new: the least fixed point;
* ties that do not certainly hold on the day count with nothing; the blocks of one source add up; several sources tell the same
  holding, so their ranges intersect, and where they cannot, the lowest counts.

Invariants: exact fractions only; an open bound stays open through sums; the order of ties changes nothing.
Cost: companies x ties for each level of a chain, meant for the few ties of a proof.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from fractions import Fraction

from graph_service.model.facts import Tie
from graph_service.model.interval import Interval
from graph_service.model.share import UNKNOWN_SHARE
from graph_service.model.words import SHARES

Least = tuple[Fraction, bool]
"""A minimum, and whether the share is certainly above it (an open bound)."""


def certain_on(valid: Interval, day: int) -> bool:
    """Whether an interval, at its latest beginning, has begun by a day and, at its soonest end, is not over on it."""
    latest_begun = min(valid.start.hi, valid.end.hi - 1)
    soonest_over = max(valid.end.lo, valid.start.lo + 1)
    return latest_begun <= day < soonest_over


def together(members: frozenset[str], ties: Iterable[Tie], at: int) -> frozenset[str]:
    """Some subjects with all who certainly act with them on a day in joint arrangements, and so on."""
    joint = [{tie.holder, tie.enterprise} for tie in ties if tie.kind == "joint_arrangement" and certain_on(tie.valid, at)]
    while more := frozenset(key for pair in joint if pair & members for key in pair) - members:
        members |= more
    return members


def inside(
    actor: frozenset[str],
    ties: Collection[Tie],
    at: int,
    threshold: Fraction,
    *,
    strict: bool,
    measures: Iterable[frozenset[str]] = (SHARES,),
    control: frozenset[str] = frozenset(),
) -> frozenset[str]:
    """Every company that an actor certainly holds on a day, in one of the measures over (or at) a threshold, or directs."""
    found: frozenset[str] = frozenset()
    companies = {tie.enterprise for tie in ties} - actor

    def comes_in(company: str) -> bool:
        held = [tie for tie in ties if tie.enterprise == company and tie.holder in actor | found]
        if any(tie.kind in control and certain_on(tie.valid, at) for tie in held):
            return True
        sums = [_at_least([tie for tie in held if tie.kind in kinds], at) for kinds in measures]
        return any(least > threshold or (least == threshold and (above or not strict)) for least, above in sums)

    while fresh := {company for company in companies - found if comes_in(company)}:
        found |= fresh
    return found


def _at_least(ties: Collection[Tie], at: int) -> Least:
    """What the holders of some ties in one company hold together at least: each holder's minimum once."""
    parts = [_told([tie for tie in ties if tie.holder == holder], at) for holder in {tie.holder for tie in ties}]
    return sum((least for least, _ in parts), Fraction(0)), any(above for _, above in parts)


def _told(ties: Iterable[Tie], at: int) -> Least:
    """What one holder at least holds in one company, as its sources tell it."""
    by_source: dict[str, list[Tie]] = defaultdict(list)
    for tie in ties:
        if tie.valid.start.lo <= at < tie.valid.end.hi:
            by_source[tie.source].append(tie)
    if not by_source:
        return Fraction(0), False
    lows: list[Least] = []
    highs: list[tuple[Fraction, bool]] = []
    for blocks in by_source.values():
        sure = [tie.share or UNKNOWN_SHARE for tie in blocks if certain_on(tie.valid, at)]
        most = [tie.share or UNKNOWN_SHARE for tie in blocks]
        lows.append((sum((share.lo for share in sure), Fraction(0)), any(share.lo_open for share in sure)))
        highs.append((sum((share.hi for share in most), Fraction(0)), not any(share.hi_open for share in most)))
    (low, above), (high, attained) = max(lows), min(highs)
    agree = low < high or (low == high and attained and not above)
    return (low, above) if agree else min(lows)
