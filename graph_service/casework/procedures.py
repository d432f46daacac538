"""Procedures of the packs: the vocabulary, and which bidders may not act together (投标人之间的关联).

* a code is looked up in every pack asked; one that no pack knows is refused, and the known ones are named;
* two bidders are held together by a constraint certainly, possibly or not: by a head in common, or because one holds, controls or
  manages the other.  A common owner relates nobody, least of all the state (Company Law of China, article 265(4)), nor does
  kinship of two heads.

Invariant: a constraint holds between two bidders in either order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, permutations

from graph_service.engine.closure import Closure, TiesOfView, closure, majority
from graph_service.engine.control import HALF
from graph_service.engine.holdings import holdings
from graph_service.messages import BadValue
from graph_service.model.facts import Stored, SubjectKind, Tie
from graph_service.model.interval import covers
from graph_service.model.verdict import Verdict
from graph_service.policy.desk_table import Constraint, Procedure
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

Found = tuple[Verdict, tuple[str, ...]]
"""A verdict, and the facts that it rests on."""
NOTHING: Found = (Verdict.EXCLUDED, ())


def procedures_of(packs: Sequence[Pack], code: str) -> list[tuple[Pack, Procedure]]:
    """A procedure in each pack that has it.  Raises `BadValue`."""
    wanted = code.strip()
    found = [(pack, one) for pack in packs for one in pack.procedures if one.code == wanted]
    if not found:
        known = sorted({one.code for pack in packs for one in pack.procedures})
        raise BadValue("unknown_procedure", value=wanted[:64], known=", ".join(known) or "-")
    return found


@dataclass(frozen=True, slots=True)
class Together:
    """Two bidders that a constraint holds together, certainly or possibly."""

    one: str
    other: str
    constraint: Constraint
    verdict: Verdict
    facts: tuple[str, ...]

    @property
    def excluded(self) -> bool:
        """Whether they are excluded together: for certain, by a constraint that excludes and that somebody read."""
        read = self.constraint.cited.basis.confidence == "sourced"
        return self.verdict.certain and read and self.constraint.effect == "refuse"


def together(view: View, procedure: Procedure, bidders: Sequence[str], at: int) -> list[Together]:
    """Every pair of bidders that may not act together on a day, by each constraint in force.  Costs the ties into the bidders."""
    keys = sorted(set(bidders))
    into = view.ties_into(keys)
    view.fetch_subjects(tie.fact.holder for ties in into.values() for tie in ties)
    found = []
    for rule in procedure.constraints:
        if not rule.cited.basis.valid_from <= at < rule.cited.basis.valid_to:
            continue
        held = {key: [tie for tie in into[key] if tie.fact.kind in rule.roles and covers(tie.fact.valid, at)] for key in keys}
        for one, other in combinations(keys, 2):
            verdict, facts = _between(view, rule, one, other, held, at)
            if verdict:
                found.append(Together(one, other, rule, verdict, facts))
    # Where two are excluded for certain, what would only ask for a look at them adds nothing.
    excluded = {(pair.one, pair.other) for pair in found if pair.excluded}
    return [pair for pair in found if pair.excluded or (pair.one, pair.other) not in excluded]


def _between(view: View, rule: Constraint, one: str, other: str, held: dict[str, list[Stored[Tie]]], at: int) -> Found:
    if rule.by == "same_holder":
        return _same_holder(view, held[one], held[other], at)
    ways = [_over(view, rule, above, below, held[below], at) for above, below in permutations((one, other))]
    return max(ways, key=lambda way: way[0].value)


def _over(view: View, rule: Constraint, above: str, below: str, into: list[Stored[Tie]], at: int) -> Found:
    """Whether one bidder holds, controls or is tied to another."""
    ties = [tie for tie in into if tie.fact.holder == above]
    if rule.by == "control":
        return _controls(view, above, below, rule.threshold or HALF, at)
    if rule.by == "holding":
        return _holds(ties, rule, at)
    facts = tuple(sorted(tie.id for tie in ties))
    return Verdict.of(always=any(covers(tie.fact.valid, at).certain for tie in ties), ever=bool(ties)), facts


def _same_holder(view: View, one: list[Stored[Tie]], other: list[Stored[Tie]], at: int) -> Found:
    """Whether one person holds an office in both; a party that a source withholds is the same as nobody."""
    best = NOTHING
    for left in one:
        described = view.subject(left.fact.holder)
        if described is not None and described.fact.kind is SubjectKind.UNSPECIFIED:
            continue
        for right in other:
            verdict = covers(left.fact.valid, at) & covers(right.fact.valid, at)
            if left.fact.holder == right.fact.holder and verdict.value > best[0].value:
                best = verdict, tuple(sorted((left.id, right.id)))
    return best


def _holds(ties: list[Stored[Tie]], rule: Constraint, at: int) -> Found:
    """Whether ties of one bidder into another are more than a threshold together; one holding told twice counts once."""
    best = NOTHING
    for one in holdings(ties, at, rule.roles):
        limit = rule.threshold or HALF
        above = one.lo > limit or (one.lo == limit and one.lo_open)
        verdict = Verdict.of(always=above and not one.contradictory, ever=one.hi > limit)
        if verdict.value > best[0].value:
            best = verdict, tuple(sorted(tie.id for tie in one.ties))
    return best


def _controls(view: View, above: str, below: str, threshold: Fraction, at: int) -> Found:
    """Whether one bidder controls another, by itself or through what it controls."""
    test = majority(threshold)
    for verdict in (Verdict.CERTAIN, Verdict.POSSIBLE):
        inside = closure(TiesOfView(view, test.kinds), at, [above], test, possible=verdict is Verdict.POSSIBLE)
        if below in inside.rounds:
            return verdict, _chain(inside, below)
    return NOTHING


def _chain(inside: Closure, below: str) -> tuple[str, ...]:
    """The ties by which a company is inside, up to the actor."""
    facts: set[str] = set()
    seen, rest = {below}, [below]
    while rest:
        for owner in inside.owners[rest.pop()]:
            facts.update(tie.id for tie in owner.holding.ties)
            if owner.holding.holder in inside.rounds and owner.holding.holder not in seen:
                seen.add(owner.holding.holder)
                rest.append(owner.holding.holder)
    return tuple(sorted(facts))
