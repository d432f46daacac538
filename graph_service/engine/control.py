"""Who controls whom.

* x controls y when x and the enterprises that x controls hold together more than the threshold of y (least fixed point);
* persons may be x; the members of a joint arrangement are one x, besides each alone;
* an *ultimate controller* is a controller that nobody controls; enterprises that control each other are one group.

Invariants: nobody controls itself; certain pairs are possible pairs; no multiplication along chains.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from graph_service.engine.answers import LeftOut
from graph_service.engine.closure import Ties, TiesAtHand, closure, joint_groups, majority
from graph_service.model.facts import Stored, Tie
from graph_service.model.verdict import Verdict
from graph_service.snapshot.view import View

HALF = Fraction(1, 2)
UPSTREAM_LIMIT = 5000
"""How many subjects upstream of one enterprise are read before the answer says that it left the rest out."""
JOINT = "joint_arrangement"


@dataclass(frozen=True, slots=True)
class Pair:
    """``controller`` controls ``controlled``; ``jointly_with`` names the rest of a joint arrangement where only together."""

    controller: str
    controlled: str
    verdict: Verdict
    jointly_with: tuple[str, ...] = ()


def control_pairs(ties: Iterable[Stored[Tie]], day: int, threshold: Fraction = HALF) -> list[Pair]:
    """Every control pair of a register's ties on a day, in order.

    Costs, for each holder that passes the threshold of something by itself, the ties of all it controls.
    """
    held = list(ties)
    at_hand = TiesAtHand(tie for tie in held if tie.fact.kind in majority(threshold).kinds)
    joint = [tie for tie in held if tie.fact.kind == JOINT]
    pairs: dict[tuple[str, str], Pair] = {}
    for possible in (False, True):
        groups = joint_groups(joint, day, possible=possible)
        for holder in at_hand.holders():
            _add(pairs, at_hand, day, threshold, frozenset({holder}), possible=possible)
        for group in sorted(set(groups.values()), key=sorted):
            _add(pairs, at_hand, day, threshold, group, possible=possible)
    return [pairs[key] for key in sorted(pairs)]


def _add(
    pairs: dict[tuple[str, str], Pair],
    ties: Ties,
    day: int,
    threshold: Fraction,
    actor: frozenset[str],
    *,
    possible: bool,
) -> None:
    found = closure(ties, day, actor, majority(threshold), possible=possible)
    verdict = Verdict.POSSIBLE if possible else Verdict.CERTAIN
    for company in found.rounds:
        for member in sorted(actor):
            # A pair already found is at least as certain, and alone comes before jointly.
            pairs.setdefault((member, company), Pair(member, company, verdict, tuple(sorted(actor - {member}))))


def upstream(view: View, subject: str, kinds: frozenset[str]) -> tuple[list[Stored[Tie]], list[LeftOut]]:
    """All ties of some kinds into a subject, into their holders, and so on upwards; and what the limit left out."""
    ties: list[Stored[Tie]] = []
    seen = {subject}
    frontier = [subject]
    while frontier:
        above: dict[str, None] = {}
        for found in view.ties_into(frontier).values():
            for tie in found:
                if tie.fact.kind in kinds:
                    ties.append(tie)
                    above[tie.fact.holder] = None
        frontier = sorted(key for key in above if key not in seen)
        if len(seen) + len(frontier) > UPSTREAM_LIMIT:
            return ties, [LeftOut("upstream", subject, {"limit": UPSTREAM_LIMIT})]
        seen.update(frontier)
    return ties, []


def controlled_by(ties: Ties, joint: Iterable[Stored[Tie]], subject: str, day: int, threshold: Fraction = HALF) -> list[Pair]:
    """What a subject controls on a day, alone or in a joint arrangement."""
    joint = list(joint)
    pairs: dict[tuple[str, str], Pair] = {}
    for possible in (False, True):
        alone = frozenset({subject})
        _add(pairs, ties, day, threshold, alone, possible=possible)
        group = joint_groups(joint, day, possible=possible).get(subject, alone)
        if group != alone:
            _add(pairs, ties, day, threshold, group, possible=possible)
    return [pairs[key] for key in sorted(pairs) if key[0] == subject]


def ultimate(pairs: Iterable[Pair], subject: str) -> list[tuple[str, ...]]:
    """The ultimate controllers of a subject among certain pairs: each a controller that nobody else controls.

    Enterprises that control each other are one group; ``pairs`` must hold all pairs upstream of the subject.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from((pair.controller, pair.controlled) for pair in pairs if pair.verdict.certain)
    if subject not in graph:
        return []
    above = nx.ancestors(graph, subject) | {subject}
    condensed = nx.condensation(graph.subgraph(above))
    tops = [tuple(sorted(condensed.nodes[node]["members"])) for node in condensed if condensed.in_degree(node) == 0]
    return sorted(top for top in tops if top != (subject,))
