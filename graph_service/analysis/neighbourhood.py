"""Neighbourhoods and connections, walked over ties that are valid on the date asked.

* a hop is a tie, in either direction, that certainly or possibly holds on the date;
* bodies of the state are shown but not walked through unless asked: common state holding relates nobody;
* what a bound left out is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph_service.engine.answers import LeftOut
from graph_service.engine.carriage import is_state_body
from graph_service.model.facts import Stored, Tie
from graph_service.model.interval import covers
from graph_service.model.words import TIE_KINDS
from graph_service.snapshot.view import View

ALL_KINDS = frozenset(TIE_KINDS)
NEIGHBOURS_LIMIT = 2000
"""How many subjects a neighbourhood holds before the rest is left out."""
PATH_HOPS_LIMIT = 16
"""How many hops long a chain is at most before the search for one ends."""
PATH_BREADTH_LIMIT = 50_000
"""How many subjects a search for a chain visits before it ends."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A subject near another: how many hops away, and the tie by which it was first met."""

    subject: str
    hops: int
    tie: Stored[Tie]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What is within some hops of a subject."""

    subject: str
    neighbours: tuple[Neighbour, ...]
    stopped_at: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def covering(view: View, keys: Iterable[str], at: int) -> list[Stored[Tie]]:
    """The ties of some subjects in both directions that hold on a day, in the order of their ids."""
    wanted = sorted(set(keys))
    read = [*view.ties_of(wanted, ALL_KINDS).values(), *view.ties_into(wanted).values()]
    found = {tie.id: tie for part in read for tie in part if covers(tie.fact.valid, at)}
    return [found[key] for key in sorted(found)]


def walkable(view: View, keys: Iterable[str], *, through_state: bool) -> tuple[list[str], list[str]]:
    """The subjects that may be walked through, and those that may not."""
    ordered = sorted(keys)
    if through_state:
        return ordered, []
    view.fetch_subjects(ordered)
    stopped = [key for key in ordered if is_state_body(view.subject(key), key)]
    return [key for key in ordered if key not in set(stopped)], stopped


def related(view: View, subject: str, at: int, hops: int = 1, *, through_state: bool = False) -> Neighbourhood:
    """Everything within some hops of a subject.  Costs the ties of what is nearer than the last hop."""
    found: dict[str, Neighbour] = {}
    stopped: list[str] = []
    left_out: list[LeftOut] = []
    frontier = [subject]
    for hop in range(1, hops + 1):
        reached: dict[str, Neighbour] = {}
        inside = set(frontier)
        for tie in covering(view, frontier, at):
            ends = (tie.fact.holder, tie.fact.enterprise)
            for here, there in (ends, ends[::-1]):
                if here in inside and there != subject and there not in found and there not in reached:
                    reached[there] = Neighbour(there, hop, tie)
        room = NEIGHBOURS_LIMIT - len(found)
        if len(reached) > room:
            left_out.append(LeftOut("neighbours", subject, {"shown": NEIGHBOURS_LIMIT, "hops": hop}))
        found.update((key, reached[key]) for key in sorted(reached)[:room])
        frontier, halted = walkable(view, [key for key in reached if key in found], through_state=through_state)
        stopped.extend(halted)
        if left_out or not frontier:
            break
    neighbours = tuple(sorted(found.values(), key=lambda one: (one.hops, one.subject)))
    return Neighbourhood(subject, neighbours, tuple(stopped), tuple(left_out))


@dataclass(frozen=True, slots=True)
class Connection:
    """How two subjects are connected: the chain of ties (None if none was found), and where the search stopped."""

    ends: tuple[str, str]
    chain: tuple[Stored[Tie], ...] | None
    stopped_at: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def path(view: View, start: str, goal: str, at: int, *, through_state: bool = False) -> Connection:
    """A shortest chain of ties between two subjects, and the state holders at which the walk stopped.

    Walks from both ends, the smaller frontier first.  Of several shortest chains the same one is always given.  Costs the ties of
    at most some `PATH_BREADTH_LIMIT` subjects.
    """
    ends = (start, goal)
    if start == goal:
        return Connection(ends, ())
    sides: list[dict[str, tuple[str, Stored[Tie]] | None]] = [{start: None}, {goal: None}]
    frontiers = [[start], [goal]]
    stopped: set[str] = set()
    for _ in range(PATH_HOPS_LIMIT):
        turn = 0 if len(frontiers[0]) <= len(frontiers[1]) else 1
        inside = set(frontiers[turn])
        fresh: dict[str, None] = {}
        for tie in covering(view, frontiers[turn], at):
            pair = (tie.fact.holder, tie.fact.enterprise)
            for here, there in (pair, pair[::-1]):
                if here in inside and there not in sides[turn]:
                    sides[turn][there] = (here, tie)
                    fresh[there] = None
        frontiers[turn], halted = walkable(view, fresh, through_state=through_state)
        met = sorted(key for key in fresh if key in sides[1 - turn] and (key not in halted or key in ends))
        if met:
            chain = (*reversed(_back(sides[0], met[0])), *_back(sides[1], met[0]))
            return Connection(ends, chain, tuple(sorted(stopped)))
        stopped.update(halted)
        if not all(frontiers):
            return Connection(ends, None, tuple(sorted(stopped)))
        visited = sum(map(len, sides))
        if visited > PATH_BREADTH_LIMIT:
            return Connection(ends, None, tuple(sorted(stopped)), (LeftOut("path_breadth", start, {"visited": visited}),))
    return Connection(ends, None, tuple(sorted(stopped)), (LeftOut("path_hops", start, {"hops": PATH_HOPS_LIMIT}),))


def _back(side: dict[str, tuple[str, Stored[Tie]] | None], key: str) -> list[Stored[Tie]]:
    """The ties from a subject back to where a side began."""
    chain = []
    step = side[key]
    while step is not None:
        chain.append(step[1])
        step = side[step[0]]
    return chain
