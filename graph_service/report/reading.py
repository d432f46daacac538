"""The network of a trace as typed values in a fixed order, whatever order they came in.

A node is a subject of the register, an edge one fact between two of them.  An edge to a subject that is no node of the
network is left out of the picture; its sentence still stands in the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph_service.engine.shapes import Shape

PARTS = ("subject", "liable", "caught", "candidate", "possibly_caught", "related", "listed", "connected")
"""What a subject has to do with the answer, the most important first."""
FIRM = frozenset({"subject", "liable", "candidate", "caught", "possibly_caught"})
"""Parts that are always drawn one by one."""
FAR = 99
"""The distance of what nothing ties to the subject."""
KINDS = ("enterprise", "person", "practitioner", "unknown")


@dataclass(frozen=True, slots=True)
class Node:
    """A subject: its key, name, kind, part in the answer, ties away from the subject asked about, records on it."""

    key: str
    name: str
    kind: str
    part: str
    hops: int
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A fact between two subjects.  Dates and share are texts as told, None where open or not stated."""

    fact: str
    kind: str
    start: str
    end: str
    title: str
    valid_from: str | None
    valid_to: str | None
    share: str | None
    text: str
    current: bool
    may_hold: bool
    in_proof: bool


@dataclass(frozen=True, slots=True)
class Network:
    """Nodes, the most important first; edges between them; the sentence of each fact that the answer names."""

    subject: str
    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    facts: Mapping[str, str]
    at: str
    known: str
    position: str
    decision_id: str
    packs: tuple[tuple[str, str], ...]
    complete: bool
    left_out: tuple[str, ...]


def read(network: Shape) -> Network:
    """The network of a shape; a key that is missing is an empty value."""
    subject = mapping(network.get("subject"))
    nodes = sorted({one.key: one for one in map(_node, mappings(network.get("nodes")))}.values(), key=_node_order)
    there = {one.key for one in nodes}
    edges = {one for one in map(_edge, mappings(network.get("edges"))) if one.start in there and one.end in there}
    place = {one.key: number for number, one in enumerate(nodes)}
    return Network(
        subject=text(subject.get("id")),
        name=text(subject.get("name")),
        nodes=tuple(nodes),
        edges=tuple(sorted(edges, key=lambda one: _edge_order(one, place))),
        facts={str(key): text(value) for key, value in mapping(network.get("facts")).items()},
        at=text(network.get("at")),
        known=text(network.get("known")),
        position=text(network.get("position")),
        decision_id=text(network.get("decision_id")),
        packs=tuple((text(one.get("id")), text(one.get("version"))) for one in mappings(network.get("packs"))),
        complete=bool(network.get("complete", True)),
        left_out=tuple(text(one.get("text")) for one in mappings(network.get("left_out"))),
    )


def _node(one: Mapping[str, Any]) -> Node:
    part, kind, hops = text(one.get("part")), text(one.get("kind")), one.get("hops")
    return Node(
        key=text(one.get("id")),
        name=text(one.get("name")),
        kind=kind if kind in KINDS else "unknown",
        part=part if part in PARTS else "connected",
        hops=FAR if hops is None else int(hops),
        records=tuple(sorted(map(str, one.get("records") or ()))),
    )


def _node_order(one: Node) -> tuple[object, ...]:
    return PARTS.index(one.part), one.hops, one.kind, one.name, one.key


def _edge(one: Mapping[str, Any]) -> Edge:
    return Edge(
        fact=text(one.get("fact")),
        kind=text(one.get("kind")),
        start=text(one.get("from")),
        end=text(one.get("to")),
        title=text(one.get("title")),
        valid_from=_or_none(one.get("valid_from")),
        valid_to=_or_none(one.get("valid_to")),
        share=_or_none(one.get("share")),
        text=text(one.get("text")),
        current=bool(one.get("current")),
        may_hold=one.get("holds") == "possible",
        in_proof=bool(one.get("in_proof")),
    )


def _edge_order(one: Edge, place: Mapping[str, int]) -> tuple[object, ...]:
    return place[one.start], place[one.end], not one.current, one.kind, one.valid_from or "", one.fact, one.text


def text(value: object) -> str:
    """A value as text; nothing is an empty text."""
    return "" if value is None else str(value)


def _or_none(value: object) -> str | None:
    return text(value) or None


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object; anything else is an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The objects of a JSON list; anything else is an empty list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, Iterable) else []
