"""Effective shares: how much of a company belongs to somebody through all chains, exactly.

The rules (docs/semantics.md, section 6):

* an *effective share* is the sum, over every chain of holdings from a holder to a company, of the product of the shares along it;
* on cycles the chains are endless and the sum is the limit of the series, ``Y = W + W Y`` for the matrix ``W`` of direct shares;
* where the owners of a company sum to more than 100 %, where a total exceeds 100 %, or where the series has no limit, the
  answer says so instead of a number, there and for every company whose total rests on that one;
* a *close link* is a pair whose sum over *simple* paths (no company twice) is at least a threshold: on cycles this is another
  number than the effective share;
* a *beneficial owner* is a natural person whose effective share is at least a threshold (以上 includes the number itself).

Effective shares are not control: control counts a controlled owner's whole share and lives elsewhere.

Invariants: no float touches a share; no number is given where a fault forbids it; the answer does not depend on the order of
the edges; nothing recurses, so that a chain of any length is taken.

An edge ``(owner, owned): share`` is a fraction of the whole.  Holders and companies may be any hashable keys.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Generic, TypeVar

from graph_service.model.share import ONE, ZERO, Share
from graph_service.model.verdict import Verdict

H = TypeVar("H", bound=Hashable)
Graph = dict[H, dict[H, Fraction]]

LARGEST_CYCLE = 120
"""The most companies in one tangle of cycles (strongly connected component) that are solved exactly."""
PATHS_LIMIT = 100_000
"""The most simple paths that are walked from one holder."""

_HAIR = Fraction(1, 10**40)
"""Less than any difference that registers state: tells whether the end of a range is reached or only approached."""


class FaultCode(Enum):
    """Why there is no number."""

    OWNERS_OVER_WHOLE = "owners_over_whole"
    """The direct owners of the company sum to more than 100 % (for ranges: already at their minima)."""
    TOTAL_OVER_WHOLE = "total_over_whole"
    """The effective share exceeds 100 %: the holder is itself on a cycle and counts more than once."""
    NO_LIMIT = "no_limit"
    """The series grows without end: companies that own each other wholly."""
    CYCLE_TOO_LARGE = "cycle_too_large"
    """More than `LARGEST_CYCLE` companies own each other in one tangle."""


@dataclass(frozen=True, slots=True)
class Fault(Generic[H]):
    """Where a number is missing and why; ``total`` is the sum that is too large, where there is one."""

    code: FaultCode
    company: H
    total: Fraction | None = None


@dataclass(frozen=True, slots=True)
class EffectiveShares(Generic[H]):
    """The effective shares of one holder, or in one company, by the other end.

    ``limits`` are all limits of the series that exist, whatever they are worth; ``faults`` the causes for which some of them
    are worth nothing; ``unreliable`` every key whose total rests on such a cause.  Use `shares`.
    """

    limits: Mapping[H, Fraction]
    faults: tuple[Fault[H], ...]
    unreliable: frozenset[H]

    @property
    def shares(self) -> dict[H, Fraction]:
        """The totals that no fault touches."""
        return {key: total for key, total in self.limits.items() if key not in self.unreliable}


@dataclass(frozen=True, slots=True)
class EffectiveRanges(Generic[H]):
    """The effective share of one holder in each company as a range; ``unreliable`` companies have none."""

    ranges: Mapping[H, Share]
    faults: tuple[Fault[H], ...]
    unreliable: frozenset[H]


@dataclass(frozen=True, slots=True)
class CloseLinks(Generic[H]):
    """The pairs ``(holder, company)`` whose simple paths sum to the threshold or more, with that sum.

    ``unfinished`` are the holders with more paths than were walked.  Their pairs are true (a sum only grows), their sums are
    lower bounds, and pairs may be missing; ``complete`` says that there is no such holder.
    """

    pairs: Mapping[tuple[H, H], Fraction]
    unfinished: frozenset[H]

    @property
    def complete(self) -> bool:
        """Whether every path was walked."""
        return not self.unfinished


def effective_shares(edges: Mapping[tuple[H, H], Fraction], source: H) -> EffectiveShares[H]:
    """The total direct and indirect share of ``source`` in every company that it reaches.

    The source itself is among them only where a cycle leads back to it.  Costs one pass over the edges, plus the cube of the
    size of each tangle of cycles.

    >>> effective_shares({("X", "A"): Fraction("0.6"), ("A", "B"): Fraction("0.5"), ("X", "B"): Fraction("0.2")}, "X").shares["B"]
    Fraction(1, 2)
    >>> effective_shares({("X", "A"): Fraction(1, 2), ("A", "A"): Fraction(1, 5)}, "X").shares
    {'A': Fraction(5, 8)}
    """
    over = _owners_over_whole(edges)
    return _totals(_forward(edges), source, over, over)


def effective_owners(edges: Mapping[tuple[H, H], Fraction], target: H) -> EffectiveShares[H]:
    """The effective share of every direct and indirect holder in ``target``: `effective_shares`, seen from the other end.

    Costs one pass for all holders together.
    """
    over = _owners_over_whole(edges)
    backward = _forward({(owned, owner): share for (owner, owned), share in edges.items()})
    # What a holder's total rests on are the companies that its chains lead into, not the holder itself.
    suspects = {owner for company in over for owner in backward.get(company, {})}
    return _totals(backward, target, over, suspects, start_counts=True)


def beneficial_owners(
    edges: Mapping[tuple[H, H], Fraction], persons: Iterable[H], target: H, threshold: Fraction = Fraction(1, 4)
) -> EffectiveShares[H]:
    """Which of ``persons`` hold at least ``threshold`` of ``target``, directly and through chains, with their totals.

    The faults are those of all chains into the target; a person whose total they touch is in ``unreliable``, not in ``limits``.

    >>> chain = {("P", "H"): Fraction(1, 2), ("H", "T"): Fraction(1, 2), ("Q", "H"): Fraction(1, 5)}
    >>> beneficial_owners(chain, ["P", "Q"], "T").shares
    {'P': Fraction(1, 4)}
    """
    found, asked = effective_owners(edges, target), set(persons)
    owners = {person: total for person, total in found.shares.items() if person in asked and total >= threshold}
    return EffectiveShares(owners, found.faults, found.unreliable & asked)


def at_least(share: Share, threshold: Fraction) -> Verdict:
    """Whether a share of that range is at least the threshold.

    >>> at_least(Share.parse(">=25"), Fraction(1, 4)), at_least(Share.parse("<25"), Fraction(1, 4))
    (<Verdict.CERTAIN: 2>, <Verdict.EXCLUDED: 0>)
    """
    return Verdict.of(always=share.lo >= threshold, ever=share.hi > threshold or (share.hi == threshold and not share.hi_open))


def effective_ranges(edges: Mapping[tuple[H, H], Share], source: H) -> EffectiveRanges[H]:
    """The least and the greatest effective share of ``source`` in every company that it may reach, over all readings.

    A reading gives every edge a value of its range such that the owners of no company sum to more than 100 %.  A bound that
    readings approach and none reaches is open.  The source is left out, even where a cycle leads back to it.  Costs a few times
    `effective_shares`; on tangles, once for each round of improvement.

    >>> effective_ranges({("P", "H"): Share.parse("25-50"), ("H", "T"): Share.parse("<50")}, "P").ranges["T"]
    Share(lo=Fraction(0, 1), hi=Fraction(1, 4), lo_open=False, hi_open=True)
    """
    outer = {edge: (share.lo, share.hi) for edge, share in edges.items()}
    inner = {edge: _within(share) for edge, share in edges.items()}
    over = _owners_over_whole({edge: low for edge, (low, _) in inner.items()})
    low, low_inner = (
        _totals(_forward({edge: least for edge, (least, _) in box.items()}), source, over, over) for box in (outer, inner)
    )
    high, high_inner = (_totals(_greatest(box, source, over), source, over, over) for box in (outer, inner))
    faults = {fault for found in (low, high, high_inner) for fault in found.faults}
    # What some reading makes rest on a fault has no range, even if the extreme readings avoid it.
    unreliable = _reach(_forward({edge: most for edge, (_, most) in outer.items()}), {fault.company for fault in faults})
    ranges = {}
    for company, most in high.limits.items():
        if company not in unreliable and company != source:
            least = low.limits.get(company, ZERO)
            lo_open = low_inner.limits.get(company, ZERO) > least
            hi_open = high_inner.limits.get(company, ZERO) < most
            ranges[company] = Share(least, most, lo_open and least < most, hi_open and least < most)
    return EffectiveRanges(ranges, _ordered(faults), frozenset(unreliable - {source}))


def close_links(edges: Mapping[tuple[H, H], Fraction], threshold: Fraction, paths_limit: int = PATHS_LIMIT) -> CloseLinks[H]:
    """The pairs whose products along simple paths sum to at least ``threshold``.

    From each holder at most ``paths_limit`` paths are walked; their number grows exponentially with the tangle of the cycles
    and with the layers of a dense graph, so that is also the bound of the cost: a step for each path.

    >>> close_links({("A", "B"): Fraction(1, 2), ("B", "C"): Fraction(2, 5)}, Fraction(1, 5)).pairs[("A", "C")]
    Fraction(1, 5)
    """
    graph = _forward(edges)
    pairs: dict[tuple[H, H], Fraction] = {}
    unfinished = set()
    for source in graph:
        totals, complete = _simple_path_sums(graph, source, paths_limit)
        if not complete:
            unfinished.add(source)
        pairs.update({(source, company): total for company, total in totals.items() if total >= threshold})
    return CloseLinks(pairs, frozenset(unfinished))


def _simple_path_sums(graph: Graph[H], source: H, limit: int) -> tuple[dict[H, Fraction], bool]:
    totals: dict[H, Fraction] = {}
    on_path = {source}
    trail = [(source, ONE, iter(graph[source].items()))]
    walked = 0
    while trail:
        node, product, ahead = trail[-1]
        step = next(((owned, share) for owned, share in ahead if owned not in on_path), None)
        if step is None:
            trail.pop()
            on_path.discard(node)
            continue
        if walked == limit:
            return totals, False
        walked += 1
        owned, share = step
        totals[owned] = totals.get(owned, ZERO) + product * share
        on_path.add(owned)
        trail.append((owned, product * share, iter(graph.get(owned, {}).items())))
    return totals, True


def _forward(edges: Mapping[tuple[H, H], Fraction]) -> Graph[H]:
    graph: Graph[H] = {}
    for (owner, owned), share in edges.items():
        if share > 0:
            graph.setdefault(owner, {})[owned] = share
    return graph


def _owners_over_whole(edges: Mapping[tuple[H, H], Fraction]) -> dict[H, Fraction]:
    sums: dict[H, Fraction] = {}
    for (_, owned), share in edges.items():
        sums[owned] = sums.get(owned, ZERO) + share
    return {company: total for company, total in sums.items() if total > 1}


def _totals(
    graph: Graph[H], start: H, over: Mapping[H, Fraction], suspects: Iterable[H], start_counts: bool = False
) -> EffectiveShares[H]:
    """The limits of all chains from ``start``; what is reached through a suspect or through a fault found is unreliable.

    ``over`` are companies whose owners exceed 100 %; they are named if chains meet them, the start only if ``start_counts``.
    """
    limits: dict[H, Fraction] = {}
    broken: set[H] = set()
    inflow: dict[H, Fraction] = dict(graph.get(start, {}))
    faults: set[Fault[H]] = set()
    roots: set[H] = set()
    for component in _components(graph, start):
        if not broken.isdisjoint(component):
            broken.update(component)
        else:
            solved = _solve(graph, component, inflow)
            if isinstance(solved, FaultCode):
                broken.update(component)
                faults.update(Fault(solved, company) for company in component)
            else:
                limits.update({node: total for node, total in solved.items() if total})
        for node in component:
            for owned, share in graph.get(node, {}).items():
                if node in broken:
                    broken.add(owned)
                elif owned not in component:
                    inflow[owned] = inflow.get(owned, ZERO) + limits.get(node, ZERO) * share
    roots.update(node for node, total in limits.items() if total > 1)
    faults.update(Fault(FaultCode.TOTAL_OVER_WHOLE, node, limits[node]) for node in roots)
    met = limits.keys() | broken
    roots.update(met & set(suspects))
    named = met | {start} if start_counts else met
    faults.update(Fault(FaultCode.OWNERS_OVER_WHOLE, node, total) for node, total in over.items() if node in named)
    return EffectiveShares(limits, _ordered(faults), frozenset(_reach(graph, roots | broken)))


def _ordered(faults: Iterable[Fault[H]]) -> tuple[Fault[H], ...]:
    return tuple(sorted(faults, key=lambda fault: (fault.code.value, str(fault.company))))


def _reach(graph: Graph[H], roots: Iterable[H]) -> set[H]:
    found, ahead = set(roots), list(roots)
    while ahead:
        for owned in graph.get(ahead.pop(), {}):
            if owned not in found:
                found.add(owned)
                ahead.append(owned)
    return found


def _components(graph: Graph[H], start: H) -> list[set[H]]:
    """The strongly connected components that ``start`` reaches, owners before owned (Tarjan, without recursion)."""
    order: dict[H, int] = {start: 0}
    low: dict[H, int] = {start: 0}
    open_nodes = [start]
    closed: set[H] = set()
    found: list[set[H]] = []
    trail = [(start, iter(graph.get(start, {})))]
    while trail:
        node, ahead = trail[-1]
        for owned in ahead:
            if owned not in order:
                order[owned] = low[owned] = len(order)
                open_nodes.append(owned)
                trail.append((owned, iter(graph.get(owned, {}))))
                break
            if owned not in closed:
                low[node] = min(low[node], order[owned])
        else:
            trail.pop()
            if trail:
                low[trail[-1][0]] = min(low[trail[-1][0]], low[node])
            if low[node] == order[node]:
                component = {open_nodes.pop()}
                while node not in component:
                    component.add(open_nodes.pop())
                closed |= component
                found.append(component)
    return found[::-1]


def _solve(graph: Graph[H], component: set[H], inflow: Mapping[H, Fraction]) -> dict[H, Fraction] | FaultCode:
    """``x = inflow + x W`` within a component.

    Elimination without exchange of rows: the series converges exactly if every pivot of ``I - W`` is positive (a matrix with
    no positive entry off its diagonal has an inverse without negative entries if and only if its leading minors are positive).
    """
    if len(component) > LARGEST_CYCLE:
        return FaultCode.CYCLE_TOO_LARGE
    rows: dict[H, dict[H, Fraction]] = {node: {node: ONE} for node in component}
    right = {node: inflow.get(node, ZERO) for node in component}
    for owner in component:
        for owned, share in graph.get(owner, {}).items():
            if owned in component:
                rows[owned][owner] = rows[owned].get(owner, ZERO) - share
    order = sorted(component, key=lambda node: len(rows[node]))  # short rows first: they fill in less
    left = set(component)
    for pivot in order:
        row = rows[pivot]
        if row[pivot] <= 0:
            return FaultCode.NO_LIMIT
        left.discard(pivot)
        for node in left:
            if factor := rows[node].pop(pivot, ZERO):
                factor /= row[pivot]
                for key, value in row.items():
                    if key != pivot:
                        rows[node][key] = rows[node].get(key, ZERO) - factor * value
                right[node] -= factor * right[pivot]
    solved: dict[H, Fraction] = {}
    for pivot in reversed(order):
        rest = sum((value * solved[key] for key, value in rows[pivot].items() if key in solved), ZERO)
        solved[pivot] = (right[pivot] - rest) / rows[pivot][pivot]
    return solved


def _within(share: Share) -> tuple[Fraction, Fraction]:
    """Bounds that readings reach: a hair inside an open one."""
    return share.lo + _HAIR * share.lo_open, share.hi - _HAIR * share.hi_open


def _greatest(box: Mapping[tuple[H, H], tuple[Fraction, Fraction]], source: H, over: Mapping[H, Fraction]) -> Graph[H]:
    """The reading of the ranges under which the source has the most of every company at once.

    What is left of a company after all minima goes to the owners in which the source has most; on cycles this is repeated
    until nothing improves (policy iteration: each round is strictly better and there are finitely many, so that it ends).
    """
    least: dict[H, Fraction] = {}
    for (_, owned), (low, _) in box.items():
        least[owned] = least.get(owned, ZERO) + low
    weights: Graph[H] = {}
    room: Graph[H] = {}
    for (owner, owned), (low, high) in box.items():
        weights.setdefault(owned, {})[owner] = low
        room.setdefault(owned, {})[owner] = ZERO if owned in over else min(high - low, 1 - least[owned])
    reachable = _forward({(owner, owned): low + room[owned][owner] for (owner, owned), (low, _) in box.items()})
    worth: dict[H, Fraction] = {}

    def value(owner: H) -> Fraction:
        return worth.get(owner, ZERO) + (1 if owner == source else 0)

    for component in _components(reachable, source):
        companies = [node for node in component if node in weights]
        improved = True
        while improved:
            inside: Graph[H] = {}
            inflow: dict[H, Fraction] = {}
            for owned in companies:
                for owner, share in weights[owned].items():
                    if owner in component:
                        inside.setdefault(owner, {})[owned] = share
                    outside = value(owner) if owner not in component else ONE if owner == source else ZERO
                    inflow[owned] = inflow.get(owned, ZERO) + outside * share
            solved = _solve(inside, component, inflow)
            if isinstance(solved, FaultCode):
                worth.update(dict.fromkeys(component, Fraction(2)))  # more than any number: what rests on it is found faulty too
                break
            worth.update(solved)
            improved = False
            for owned in companies:
                best = _pour(box, room[owned], owned, 1 - least[owned], value)
                if sum(value(owner) * (share - weights[owned][owner]) for owner, share in best.items()) > 0:
                    weights[owned] = best
                    improved = True
    return _forward({(owner, owned): share for owned, owners in weights.items() for owner, share in owners.items()})


def _pour(
    box: Mapping[tuple[H, H], tuple[Fraction, Fraction]],
    room: Mapping[H, Fraction],
    owned: H,
    rest: Fraction,
    value: Callable[[H], Fraction],
) -> dict[H, Fraction]:
    """The minima of a company's owners, and the rest for those who are worth most, as far as each has room."""
    shares = {}
    for owner in sorted(room, key=value, reverse=True):
        more = max(min(room[owner], rest), ZERO)
        shares[owner] = box[owner, owned][0] + more
        rest -= more
    return shares
