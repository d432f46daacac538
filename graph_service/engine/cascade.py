"""Ownership cascades: which subjects are caught because listed ones hold them.

* y is caught if caught or listed owners hold it together at (or over) the threshold, full weight at every level;
* an aggregating rule counts all listed actors as one; otherwise each actor is tested apart, a joint arrangement with a listed
  member being one actor where the rule says so;
* control without shares catches only where the rule names the kinds of tie;
* listed subjects themselves are not reported: they are listed, not caught.

Invariants: a listed subsidiary never catches its owner; a cycle never lifts itself; certain is contained in possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph_service.engine.answers import Consequence, LeftOut, Standing, from_cascade
from graph_service.engine.closure import Closure, Test, Ties, TiesAtHand, TiesOfView, closure, joint_groups, support
from graph_service.engine.control import JOINT, upstream
from graph_service.model.facts import Listing, Stored, Tie, is_listing, is_tie
from graph_service.model.interval import Bound, covers
from graph_service.model.verdict import Status, Verdict
from graph_service.policy.table import Cascade
from graph_service.snapshot.view import View

Seeds = dict[str, tuple[Verdict, Stored[Listing]]]
"""The listed subjects: how surely each is listed on the day, and the listing that says so best."""


@dataclass(frozen=True, slots=True)
class Caught:
    """A subject caught by a cascade: its owners among the listed and the caught, with their shares as text.

    ``seeds`` are the listed subjects through whom it is caught; ``inside`` is the closure of the actor that catches it.
    """

    subject: str
    verdict: Verdict
    owners: tuple[tuple[str, str], ...]
    seeds: tuple[str, ...]
    inside: Closure


def test_of(cascade: Cascade) -> Test:
    """The closure's test under a cascade."""
    return Test(cascade.threshold, cascade.strict, cascade.measures, cascade.control, cascade.possible_control)


def in_force(cascades: Iterable[Cascade], day: int) -> list[Cascade]:
    """The versions that speak on a day."""
    return [one for one in cascades if one.basis.valid_from <= day < one.basis.valid_to]


def listed(listings: Iterable[Stored[Listing]], regimes: frozenset[str], day: int) -> Seeds:
    """The subjects on the lists of some regimes on a day."""
    found: Seeds = {}
    for one in sorted(listings, key=lambda stored: stored.id):
        verdict = covers(one.fact.listed, day)
        if one.fact.regime in regimes and verdict:
            best = found.get(one.fact.subject)
            if best is None or verdict.value > best[0].value:
                found[one.fact.subject] = (verdict, one)
    return found


def caught(ties: Ties, joint: Iterable[Stored[Tie]], seeds: Seeds, cascade: Cascade, day: int) -> list[Caught]:
    """Every subject that a cascade catches on a day, in order.

    Costs the ties out of everything caught; for a rule that does not aggregate, out of what each listed actor holds.
    """
    joint = list(joint)
    sure = {key for key, (verdict, _) in seeds.items() if verdict.certain}
    found: dict[str, Caught] = {}

    def collect(members: Iterable[str], verdict: Verdict, only: str = "") -> None:
        possible = verdict is Verdict.POSSIBLE
        for actor in _actors(sorted(members), joint, cascade, day, possible=possible):
            if only in actor:
                continue
            inside = closure(ties, day, actor, test_of(cascade), possible=possible)
            behind = _listed_behind(inside, seeds)
            for company in [only] if only in inside.rounds else [] if only else sorted(inside.rounds):
                if company not in found and company not in sure:
                    found[company] = Caught(company, verdict, _owners(inside, company), behind[company], inside)

    collect(sure, Verdict.CERTAIN)
    collect(seeds, Verdict.POSSIBLE)
    kinds = test_of(cascade).kinds
    for key in sorted(set(seeds) - sure - set(found)):
        # A subject that is only possibly listed is caught in the readings in which it is not listed and others are.
        if any(tie.fact.kind in kinds for tie in ties.into([key])):
            collect(set(seeds) - {key}, Verdict.POSSIBLE, only=key)
    return [found[key] for key in sorted(found)]


def _actors(
    members: Sequence[str], joint: Iterable[Stored[Tie]], cascade: Cascade, day: int, *, possible: bool
) -> list[frozenset[str]]:
    """The actors that listed subjects make under a rule."""
    groups = joint_groups(joint, day, possible=possible) if cascade.joint else {}
    apart = [groups.get(member, frozenset({member})) for member in members]
    if cascade.aggregate:
        return sorted({frozenset(members), frozenset().union(*apart)}, key=sorted) if members else []
    return sorted(set(apart) | {frozenset({member}) for member in members}, key=sorted)


def _listed_behind(inside: Closure, seeds: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each company inside, the listed subjects through whom it came in."""
    listed_ones = inside.actor & set(seeds)
    behind: dict[str, frozenset[str]] = {key: frozenset({key}) & listed_ones for key in inside.actor}
    for company in sorted(inside.rounds, key=lambda key: (inside.rounds[key], key)):
        earlier = (owner.holding.holder for owner in inside.owners[company])
        before = inside.rounds[company]
        behind[company] = frozenset().union(*(behind[one] for one in earlier if inside.rounds.get(one, 0) < before))
    return {company: tuple(sorted(behind[company])) for company in inside.rounds}


def _owners(inside: Closure, company: str) -> tuple[tuple[str, str], ...]:
    """The owners inside with their shares; empty text for an owner that only directs."""
    owners: dict[str, str] = {}
    for owner in inside.owners[company]:
        text = owner.holding.text() if owner.measure >= 0 else ""
        owners[owner.holding.holder] = owners.get(owner.holding.holder) or text
    return tuple(sorted(owners.items()))


def screen(view: View, cascade: Cascade, day: int) -> list[Caught]:
    """Every subject of a register that a cascade catches on a day.

    Costs a scan of the listings and what they reach, not the register.
    """
    seeds = listed((stored for stored in view.reader.scan(Listing) if is_listing(stored)), cascade.regimes, day)
    joint = joint_ties(view, seeds) if cascade.joint else []
    return caught(TiesOfView(view, test_of(cascade).kinds), joint, seeds, cascade, day)


def joint_ties(view: View, members: Iterable[str]) -> list[Stored[Tie]]:
    """The joint arrangements that some subjects are in, with those of the other members, and so on."""
    kinds = frozenset({JOINT})
    found: dict[str, Stored[Tie]] = {}
    seen: set[str] = set()
    frontier = sorted(set(members))
    while frontier:
        seen.update(frontier)
        read = [*view.ties_of(frontier, kinds).values(), *view.ties_into(frontier).values()]
        ties = [tie for part in read for tie in part if tie.fact.kind == JOINT]
        found.update((tie.id, tie) for tie in ties)
        frontier = sorted({key for tie in ties for key in (tie.fact.holder, tie.fact.enterprise)} - seen)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class Screened:
    """Whether a cascade catches one subject, with what the verdict was made from."""

    caught: Caught | None
    seeds: Seeds
    joint: tuple[Stored[Tie], ...]
    left_out: tuple[LeftOut, ...]


def screen_one(view: View, subject: str, cascade: Cascade, day: int) -> Screened:
    """Whether a cascade catches one subject.  Costs what is upstream of it."""
    test = test_of(cascade)
    ties, left_out = upstream(view, subject, test.kinds)
    above = sorted({tie.fact.holder for tie in ties} - {subject})
    joint = joint_ties(view, above) if cascade.joint and above else []
    members = sorted({*above, *(key for tie in joint for key in (tie.fact.holder, tie.fact.enterprise))})
    own = [one for part in view.listings_of([subject, *members]).values() for one in part]
    seeds = listed(own, cascade.regimes, day)
    found = caught(TiesAtHand(ties), joint, seeds, cascade, day) if seeds else []
    one = next((one for one in found if one.subject == subject), None)
    return Screened(one, seeds, tuple(joint), tuple(left_out))


def derived_sanction(
    pack: str, cascade: Cascade, one: Caught, seeds: Seeds, joint: Iterable[Stored[Tie]], day: int
) -> Consequence:
    """The consequence of being certainly caught, with a minimal proof.

    It runs as long as the facts of the proof hold together: it may have begun earlier, or go on longer, on other facts.
    """
    proof = cascade_proof(cascade, one, seeds, joint, day)
    spans = [fact.fact.listed if isinstance(fact.fact, Listing) else fact.fact.valid for fact in proof]
    law = cascade.basis
    start = Bound(max(law.valid_from, *(one.start.lo for one in spans)), max(law.valid_from, *(one.start.hi for one in spans)))
    end = Bound(min(law.valid_to, *(one.end.lo for one in spans)), min(law.valid_to, *(one.end.hi for one in spans)))
    # It is certain on the day, so it has begun by then and is not over before the next.
    standing = Standing(Bound(start.lo, min(start.hi, day)), Bound(max(end.lo, day + 1), max(end.hi, day + 1)), Status.ACTIVE)
    listed_in_proof = sorted({fact.fact.subject for fact in proof if is_listing(fact)})
    return from_cascade(pack, cascade, one.subject, "+".join(listed_in_proof), standing, tuple(fact.id for fact in proof))


def cascade_proof(
    cascade: Cascade, one: Caught, seeds: Seeds, joint: Iterable[Stored[Tie]], day: int
) -> list[Stored[Listing] | Stored[Tie]]:
    """A minimal set of facts by which a subject is certainly caught.

    The ties are minimal under the actor; what is cut here is the actor: listings and arrangements that it can do without.
    """
    ties = support(one.inside, one.subject, test_of(cascade), day)
    actor = sorted(one.inside.actor & seeds.keys())
    acting: list[Stored[Listing] | Stored[Tie]] = [seeds[key][1] for key in actor if seeds[key][0].certain]
    arrangements = [tie for tie in joint if tie.fact.holder in one.inside.actor or tie.fact.enterprise in one.inside.actor]
    acting += arrangements if cascade.joint else []
    kept = sorted([*acting, *ties], key=lambda fact: fact.id)
    for fact in sorted(acting, key=lambda fact: fact.id):
        rest = [other for other in kept if other is not fact]
        if catches(rest, one.subject, cascade, day):
            kept = rest
    return kept


def catches(facts: Iterable[Stored[Listing] | Stored[Tie]], subject: str, cascade: Cascade, day: int) -> bool:
    """Whether some facts alone make a cascade certainly catch a subject."""
    given = list(facts)
    ties = [one for one in given if is_tie(one)]
    listings = [one for one in given if is_listing(one)]
    joint = [tie for tie in ties if tie.fact.kind == JOINT]
    seeds = listed(listings, cascade.regimes, day)
    found = caught(TiesAtHand(ties), joint, seeds, cascade, day)
    return any(one.subject == subject and one.verdict.certain for one in found)
