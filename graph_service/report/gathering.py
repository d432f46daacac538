"""What is drawn of a network: one line for each pair of subjects, and past some three hundred subjects "n more".

* The subject asked about, whoever is liable or a candidate and whoever is caught are always drawn one by one.
* The others are gathered by the neighbour that they hang on and by their tie to it, largest gathering first, until what is
  left is few enough; where that does not do, all of one part and distance that are still there become one.
* A gathering is of one part, so that the legend tells the truth about it.  Ties inside a gathering are not drawn.
* Every subject is in exactly one spot; the tables name each, gathered or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from graph_service.report.reading import FIRM, PARTS, Edge, Network, Node

DRAWN = 300
"""About how many spots a picture holds before it gathers."""
LEAST = 3
"""How many subjects a gathering holds at least."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Something drawn: one subject, or several gathered (``members`` by their number in the network)."""

    part: str
    kind: str
    hops: int
    name: str
    members: tuple[int, ...]

    @property
    def gathered(self) -> bool:
        """Whether it stands for several."""
        return len(self.members) > 1


@dataclass(frozen=True, slots=True)
class Line:
    """All ties between two spots (by number, ``a < b``): which edges, which ways, whether one holds on the day, or proves."""

    a: int
    b: int
    edges: tuple[int, ...]
    forward: bool
    backward: bool
    current: bool
    in_proof: bool


@dataclass(frozen=True, slots=True)
class Drawn:
    """The spots, the most important first, and the lines between them."""

    spots: tuple[Spot, ...]
    lines: tuple[Line, ...]


def gather(network: Network, most: int = DRAWN) -> Drawn:
    """What is drawn of a network; with at most so many subjects each is a spot of its own."""
    place = {node.key: number for number, node in enumerate(network.nodes)}
    ends = [(place[edge.start], place[edge.end]) for edge in network.edges]
    groups = _groups(network, ends, most)
    together = {member for group in groups for member in group}
    spots = [_alone(number, node) for number, node in enumerate(network.nodes) if number not in together]
    spots += [_several(network.nodes, group) for group in groups]
    spots.sort(key=lambda spot: (PARTS.index(spot.part), spot.hops, spot.members))
    where = {member: number for number, spot in enumerate(spots) for member in spot.members}
    return Drawn(tuple(spots), tuple(_lines(network.edges, [(where[a], where[b]) for a, b in ends])))


def _alone(number: int, node: Node) -> Spot:
    return Spot(node.part, node.kind, node.hops, node.name or node.key, (number,))


def _several(nodes: tuple[Node, ...], group: tuple[int, ...]) -> Spot:
    kinds = {nodes[one].kind for one in group}
    hops = min(nodes[one].hops for one in group)
    return Spot(nodes[group[0]].part, kinds.pop() if len(kinds) == 1 else "unknown", hops, "", group)


def _lines(edges: Iterable[Edge], ends: list[tuple[int, int]]) -> list[Line]:
    """One line a pair; what begins and ends in one spot is no line."""
    pairs: dict[tuple[int, int], list[tuple[int, Edge, bool]]] = defaultdict(list)
    for number, (edge, (start, end)) in enumerate(zip(edges, ends, strict=True)):
        if start != end:
            pairs[min(start, end), max(start, end)].append((number, edge, start < end))
    return [
        Line(
            a=a,
            b=b,
            edges=tuple(number for number, _, _ in found),
            forward=any(onward for _, _, onward in found),
            backward=not all(onward for _, _, onward in found),
            current=any(edge.current for _, edge, _ in found),
            in_proof=any(edge.in_proof for _, edge, _ in found),
        )
        for (a, b), found in sorted(pairs.items(), key=lambda pair: pair[0])
    ]


def _groups(network: Network, ends: list[tuple[int, int]], most: int) -> list[tuple[int, ...]]:
    """Which subjects (by number) are drawn as one."""
    nodes = network.nodes
    too_many = len(nodes) - most
    if too_many <= 0:
        return []
    free = [number for number, node in enumerate(nodes) if node.part not in FIRM]
    taken: list[tuple[int, ...]] = []
    for groups in (_by_neighbour(nodes, network.edges, ends, free), _by_distance(nodes, free)):
        gone = {member for group in taken for member in group}
        for group in groups:
            left = tuple(member for member in group if member not in gone)
            if too_many > 0 and len(left) >= LEAST:
                taken.append(left)
                too_many -= len(left) - 1
    return taken


def _by_neighbour(
    nodes: tuple[Node, ...], edges: tuple[Edge, ...], ends: list[tuple[int, int]], free: list[int]
) -> list[tuple[int, ...]]:
    """Those with the same part, the same first neighbour and the same ties to it, the most first."""
    touching: dict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    for edge, (start, end) in zip(edges, ends, strict=True):
        touching[start].append((end, edge.kind, True))
        touching[end].append((start, edge.kind, False))
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number in free:
        others = touching.get(number)
        if others:
            nearest = min(others, key=lambda one: (nodes[one[0]].hops, one[0]))[0]
            ties = tuple(sorted({(kind, onward) for other, kind, onward in others if other == nearest}))
            found[nodes[number].part, nearest, ties].append(number)
    return _most_first(found)


def _by_distance(nodes: tuple[Node, ...], free: list[int]) -> list[tuple[int, ...]]:
    found: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number in free:
        found[nodes[number].part, nodes[number].hops].append(number)
    return _most_first(found)


def _most_first(found: Mapping[tuple[object, ...], list[int]]) -> list[tuple[int, ...]]:
    return sorted((tuple(group) for group in found.values()), key=lambda group: (-len(group), group))


def counted(drawn: Drawn) -> dict[str, int]:
    """How many subjects of each part a picture stands for."""
    counts: Counter[str] = Counter()
    for spot in drawn.spots:
        counts[spot.part] += len(spot.members)
    return {part: counts[part] for part in PARTS if counts[part]}
