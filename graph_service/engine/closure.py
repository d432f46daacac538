"""What an actor holds through others: the least fixed point behind control and every ownership cascade.

* an actor is one subject, or several that count as one (all listed subjects of an aggregating rule; a joint arrangement);
* a company is inside when the actor and the companies inside hold together at least (or more than) the threshold of it, in one
  measure by itself, or when one of them directs it by a tie that counts as control;
* each owner inside counts its whole holding once: full weight at every level, never multiplied;
* *certain* counts what is certainly held, *possible* what may be held and is not certainly held by others.

Invariants: the least such set (a cycle never lifts itself); certain is contained in possible; the order of ties changes
nothing.  Cost: every tie out of the actor and of what is inside, once; possible also reads all holders of the companies touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from graph_service.engine.holdings import Certainly, Holding, Sum, certainly, holdings
from graph_service.model.facts import Stored, Tie
from graph_service.model.interval import covers
from graph_service.model.words import SHARES
from graph_service.snapshot.view import View


class Ties(Protocol):
    """Where the closure reads ties from."""

    def of(self, holders: Sequence[str]) -> list[Stored[Tie]]:
        """The ties that these holders have."""
        ...

    def into(self, companies: Sequence[str]) -> list[Stored[Tie]]:
        """All ties into these companies."""
        ...


class TiesAtHand:
    """Ties held in memory."""

    def __init__(self, ties: Iterable[Stored[Tie]]) -> None:
        self._of: dict[str, list[Stored[Tie]]] = defaultdict(list)
        self._into: dict[str, list[Stored[Tie]]] = defaultdict(list)
        for tie in ties:
            self._of[tie.fact.holder].append(tie)
            self._into[tie.fact.enterprise].append(tie)

    def holders(self) -> list[str]:
        """Every holder, in order."""
        return sorted(self._of)

    def of(self, holders: Sequence[str]) -> list[Stored[Tie]]:
        """The ties that these holders have."""
        return [tie for holder in holders for tie in self._of.get(holder, ())]

    def into(self, companies: Sequence[str]) -> list[Stored[Tie]]:
        """All ties into these companies."""
        return [tie for company in companies for tie in self._into.get(company, ())]


class TiesOfView:
    """Ties fetched from a view as the closure walks."""

    def __init__(self, view: View, kinds: frozenset[str]) -> None:
        self._view, self._kinds = view, kinds

    def of(self, holders: Sequence[str]) -> list[Stored[Tie]]:
        """The ties that these holders have."""
        return [tie for ties in self._view.ties_of(holders, self._kinds).values() for tie in ties]

    def into(self, companies: Sequence[str]) -> list[Stored[Tie]]:
        """All ties into these companies."""
        return [tie for ties in self._view.ties_into(companies).values() for tie in ties]


@dataclass(frozen=True, slots=True)
class Test:
    """When a company is inside: the parameters of a rule."""

    threshold: Fraction
    strict: bool
    measures: tuple[frozenset[str], ...]
    control: frozenset[str] = frozenset()
    possible_control: frozenset[str] = frozenset()

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of tie that the test reads."""
        return frozenset().union(*self.measures, self.control, self.possible_control)


def majority(threshold: Fraction) -> Test:
    """Control as `graph-service control` means it: more than the threshold of the shares."""
    return Test(threshold, strict=True, measures=(SHARES,))


@dataclass(frozen=True, slots=True)
class Owner:
    """One owner inside that holds in a company inside; ``measure`` is -1 for a tie of control."""

    holding: Holding
    measure: int


@dataclass(frozen=True, slots=True)
class Closure:
    """What is inside: each company with the round in which it came in (from 1), and who holds it from inside."""

    actor: frozenset[str]
    rounds: dict[str, int]
    owners: dict[str, list[Owner]]


def closure(ties: Ties, day: int, actor: Iterable[str], test: Test, *, possible: bool) -> Closure:
    """The least set of companies that an actor holds through others on a day."""
    members = frozenset(actor)
    rounds: dict[str, int] = {}
    sums: dict[tuple[int, str], Sum] = {}
    owners: dict[str, list[Owner]] = defaultdict(list)
    directed: set[str] = set()
    caps: dict[tuple[int, str], Certainly] = {}
    frontier = sorted(members)
    level = 0
    while frontier:
        level += 1
        touched: dict[str, None] = {}
        read = ties.of(frontier)
        for measure, kinds in enumerate(test.measures):
            for one in holdings(read, day, kinds):
                total = sums.get((measure, one.company))
                if total is None:
                    sums[measure, one.company] = Sum.of(one)
                else:
                    total.add(one)
                owners[one.company].append(Owner(one, measure))
                touched[one.company] = None
        for one in _control_links(read, day, test, possible=possible):
            directed.add(one.company)
            owners[one.company].append(Owner(one, -1))
            touched[one.company] = None
        fresh = [company for company in sorted(touched) if company not in rounds and company not in members]
        if possible:
            caps.update(_caps(ties, day, test, [company for company in fresh if (0, company) not in caps]))
        frontier = []
        for company in fresh:
            if company in directed or any(
                _passes(sums.get((measure, company)), caps.get((measure, company)), test, possible=possible)
                for measure in range(len(test.measures))
            ):
                rounds[company] = level
                frontier.append(company)
    return Closure(members, rounds, {company: owners[company] for company in rounds})


def _passes(total: Sum | None, cap: Certainly | None, test: Test, *, possible: bool) -> bool:
    if total is None:
        return False
    if not possible:
        return total.surely(test.threshold, strict=test.strict)
    return total.possibly(test.threshold, cap or Certainly(Fraction(0), 0), strict=test.strict)


def _caps(ties: Ties, day: int, test: Test, companies: list[str]) -> dict[tuple[int, str], Certainly]:
    """What all holders of each company certainly hold in each measure."""
    nothing = Certainly(Fraction(0), 0)
    caps = {(measure, company): nothing for company in companies for measure in range(len(test.measures))}
    read = ties.into(companies) if companies else []
    for measure, kinds in enumerate(test.measures):
        for company, total in certainly(holdings(read, day, kinds)).items():
            caps[measure, company] = total
    return caps


def _control_links(read: list[Stored[Tie]], day: int, test: Test, *, possible: bool) -> list[Holding]:
    """Ties by which a holder directs a company whatever its share."""
    links = []
    for tie in sorted(read, key=lambda one: one.id):
        valid = covers(tie.fact.valid, day)
        sure = tie.fact.kind in test.control
        if (sure and valid.certain) or (possible and valid and (sure or tie.fact.kind in test.possible_control)):
            links.append(Holding(tie.fact.holder, tie.fact.enterprise, Fraction(0), Fraction(0), False, False, (tie,)))
    return links


def support(found: Closure, company: str, test: Test, day: int) -> list[Stored[Tie]]:
    """A minimal set of ties by which a company is certainly inside, under the actor of the closure.

    For each company on the way some owners that came in earlier are taken, none of whose ties can be spared: without any one of
    them that company is not inside, nor whatever hangs on it up to the first.  Costs the owners of the companies on the way.
    """
    ties: dict[str, Stored[Tie]] = {}
    todo, seen = [company], {company}
    while todo:
        for tie in _enough(found, todo.pop(), test, day):
            ties[tie.id] = tie
            holder = tie.fact.holder
            if holder not in found.actor and holder not in seen:
                seen.add(holder)
                todo.append(holder)
    return [ties[key] for key in sorted(ties)]


def _enough(found: Closure, company: str, test: Test, day: int) -> list[Stored[Tie]]:
    """Ties of owners that came in earlier, enough for one company and none to spare: the largest holdings first."""
    level = found.rounds[company]
    earlier = [one for one in found.owners[company] if found.rounds.get(one.holding.holder, 0) < level]
    directing = [one.holding.ties[0] for one in earlier if one.measure < 0]
    if directing:
        return [min(directing, key=lambda tie: tie.id)]
    for measure, kinds in enumerate(test.measures):
        held = sorted(
            (one.holding for one in earlier if one.measure == measure),
            key=lambda one: (-one.lo, found.rounds.get(one.holder, 0), one.holder),
        )
        ties: list[Stored[Tie]] = []
        total = Sum()
        for one in held:
            total.add(one)
            ties.extend(one.ties)
            if total.surely(test.threshold, strict=test.strict):
                return none_to_spare(ties, kinds, test, day)
    raise AssertionError(f"{company} is inside for no reason")


def none_to_spare(ties: list[Stored[Tie]], kinds: frozenset[str], test: Test, day: int) -> list[Stored[Tie]]:
    """The ties less all that can be dropped while what they hold together still passes, in the order of their ids."""
    kept = sorted(ties, key=lambda tie: tie.id)
    if len(kept) == 1:
        return kept
    for tie in list(kept):
        rest = [other for other in kept if other is not tie]
        total = Sum()
        for one in holdings(rest, day, kinds):
            total.add(one)
        if total.surely(test.threshold, strict=test.strict):
            kept = rest
    return kept


def joint_groups(ties: Iterable[Stored[Tie]], day: int, *, possible: bool) -> dict[str, frozenset[str]]:
    """The members that each member of a joint arrangement acts with on a day, itself included."""
    groups: dict[str, set[str]] = {}
    for tie in ties:
        valid = covers(tie.fact.valid, day)
        if tie.fact.kind == "joint_arrangement" and (valid.certain or (possible and valid)):
            one = groups.setdefault(tie.fact.holder, {tie.fact.holder})
            other = groups.setdefault(tie.fact.enterprise, {tie.fact.enterprise})
            if one is not other:
                one |= other
                for member in other:
                    groups[member] = one
    return {member: frozenset(group) for member, group in groups.items()}
