"""Several ways in which two subjects are connected, and the ties among the subjects of a neighbourhood.

* a way is a chain of ties through offices, holdings and control; other kinds of tie only where they are asked for, and what was
  not walked over is said;
* bodies of the state are not walked through unless asked;
* shorter ways come first; the same ways are given each time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from graph_service.analysis.neighbourhood import PATH_BREADTH_LIMIT, covering, walkable
from graph_service.engine.answers import LeftOut
from graph_service.model.facts import Stored, Tie
from graph_service.model.interval import covers
from graph_service.model.words import CONTROLS, HOLDINGS, OFFICES, TIE_KINDS
from graph_service.snapshot.view import View

if TYPE_CHECKING:
    import networkx as nx

WALKED = frozenset((*OFFICES, *HOLDINGS, *CONTROLS, "branch_of", "executive_partner"))
"""Kinds of tie that a way goes over unless others are asked for."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Chains between two subjects: of each step all ties between its two ends.  ``excluded`` kinds were not walked over."""

    ends: tuple[str, str]
    ways: tuple[tuple[tuple[Stored[Tie], ...], ...], ...]
    excluded: tuple[str, ...]
    stopped_at: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def ways(
    view: View,
    start: str,
    goal: str,
    at: int,
    *,
    kinds: Collection[str] = WALKED,
    hops: int = 6,
    limit: int = 10,
    through_state: bool = False,
) -> Ways:
    """At most ``limit`` ways of at most ``hops`` steps between two subjects on a day, the shortest first.

    Costs the ties within half the hops of either end, at most some `PATH_BREADTH_LIMIT` subjects, and a search for each way.
    """
    import networkx as nx  # loads when it is used

    excluded = tuple(kind for kind in TIE_KINDS if kind not in kinds)
    between: dict[tuple[str, str], dict[str, Stored[Tie]]] = defaultdict(dict)
    stopped: set[str] = set()
    left_out: list[LeftOut] = []
    for end, depth in ((start, (hops + 1) // 2), (goal, hops // 2)):
        seen, frontier = {end}, [end]
        for _ in range(depth):
            fresh: set[str] = set()
            for tie in covering(view, frontier, at):
                if tie.fact.kind in kinds and tie.fact.holder != tie.fact.enterprise:
                    pair = (min(tie.fact.holder, tie.fact.enterprise), max(tie.fact.holder, tie.fact.enterprise))
                    between[pair][tie.id] = tie
                    fresh.update(key for key in pair if key not in seen)
            seen |= fresh
            frontier, halted = walkable(view, fresh, through_state=through_state)
            stopped.update(halted)
            if len(seen) > PATH_BREADTH_LIMIT:
                left_out.append(LeftOut("path_breadth", end, {"visited": len(seen)}))
                break
    graph: nx.Graph[str] = nx.Graph(sorted(between))
    graph.remove_nodes_from(sorted(stopped - {start, goal}))
    found = tuple(
        tuple(
            tuple(between[min(pair), max(pair)][key] for key in sorted(between[min(pair), max(pair)])) for pair in pairwise(way)
        )
        for way in _simple(graph, start, goal, hops, limit + 1)
    )
    if len(found) > limit:
        left_out.append(LeftOut("paths_limit", start, {"shown": limit}))
        found = found[:limit]
    return Ways((start, goal), found, excluded, tuple(sorted(stopped - {start, goal})), tuple(left_out))


def _simple(graph: nx.Graph[str], start: str, goal: str, hops: int, limit: int) -> list[list[str]]:
    import networkx as nx

    if start == goal or start not in graph or goal not in graph or not nx.has_path(graph, start, goal):
        return []
    shortest_first = nx.shortest_simple_paths(graph, start, goal)
    return [way for way in islice(shortest_first, limit) if len(way) - 1 <= hops]


def ties_among(view: View, keys: Iterable[str], at: int) -> list[Stored[Tie]]:
    """The ties between some subjects that hold or may hold on a day, in the order of their ids."""
    wanted = sorted(set(keys))
    inside = set(wanted)
    into = view.ties_into(wanted)
    found = (tie for key in wanted for tie in into[key] if tie.fact.holder in inside and covers(tie.fact.valid, at))
    return sorted(found, key=lambda tie: tie.id)
