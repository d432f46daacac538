"""Networks as networkx graphs, with attributes that its writers can save (GraphML, GEXF, JSON), and measures on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import networkx as nx

from graph_service.engine.shapes import Shape

EXACT_LIMIT = 600
"""Up to how many subjects betweenness is exact; above, it is estimated from so many pivots, chosen the same each time."""


def as_networkx(network: Shape) -> nx.MultiDiGraph[str]:
    """A network's shape as a graph: holders point to enterprises, each edge is keyed by its fact.

    Node attributes: ``name kind part hops records``; of edges: ``kind title valid_from valid_to share text holds in_proof``.
    All are texts, integers or booleans (lists are joined by spaces; what is unknown or open is an empty text, hops -1).
    The graph's own attributes say where it came from: ``decision_id at known position packs complete left_out
    notices not_walked_through``.  ``holds`` (on the day): ``certain possible no``.
    """
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    packs = cast("list[Mapping[str, str]]", network.get("packs", []))
    left_out = cast("list[Mapping[str, str]]", network.get("left_out", []))
    notices = cast("list[Mapping[str, str]]", network.get("notices", []))
    graph.graph.update(
        decision_id=network.get("decision_id", ""),
        at=network["at"],
        known=network["known"],
        position=network["position"],
        packs=" ".join(f"{pack['id']}@{pack['version']}" for pack in packs),
        complete=bool(network["complete"]),
        left_out="; ".join(one["text"] for one in left_out),
        notices="; ".join(one["text"] for one in notices),
        not_walked_through=" ".join(cast("list[str]", network.get("not_walked_through", []))),
    )
    for node in cast("list[dict[str, Any]]", network["nodes"]):
        hops = node["hops"]
        graph.add_node(
            node["id"],
            name=node["name"],
            kind=node["kind"],
            part=node["part"],
            hops=-1 if hops is None else hops,
            records=" ".join(node["records"]),
        )
    for edge in cast("list[dict[str, Any]]", network["edges"]):
        told = {name: edge[name] if edge[name] is not None else "" for name in ("valid_from", "valid_to", "share")}
        rest = {name: edge[name] for name in ("kind", "title", "text", "holds", "in_proof")}
        graph.add_edge(edge["from"], edge["to"], key=edge["fact"], **told, **rest)
    return graph


def measures(graph: nx.MultiDiGraph[str]) -> list[dict[str, Any]]:
    """Measures of every node of a network, the most central first, ties counted once between two subjects and without direction.

    ``degree`` neighbours; ``betweenness`` and ``closeness`` as networkx has them; ``clustering``; ``component`` the number of its
    connected component, the largest is 0; ``articulation`` whether taking it away would part the network.
    """
    flat: nx.Graph[str] = nx.Graph(graph)
    flat.remove_edges_from(nx.selfloop_edges(flat))
    pivots = None if len(flat) <= EXACT_LIMIT else EXACT_LIMIT
    between = nx.betweenness_centrality(flat, k=pivots, seed=0)
    closeness = nx.closeness_centrality(flat)
    clustering = cast("dict[str, float]", nx.clustering(flat))
    parts = sorted(nx.connected_components(flat), key=lambda part: (-len(part), min(part)))
    component = {key: number for number, part in enumerate(parts) for key in part}
    cut = set(nx.articulation_points(flat))
    rows = [
        {
            "subject": key,
            **{name: graph.nodes[key][name] for name in ("name", "kind", "hops")},
            "degree": flat.degree(key),
            "betweenness": between[key],
            "closeness": closeness[key],
            "clustering": clustering[key],
            "component": component[key],
            "articulation": key in cut,
        }
        for key in sorted(flat)
    ]
    return sorted(rows, key=lambda row: (-row["betweenness"], -row["degree"], row["subject"]))
