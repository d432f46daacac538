"""A graph library (networkx): holdings as the edges of a directed graph, walked from each actor.

`prepare_control` and `run_control`: see `graph_service.engine.control`, without joint arrangements; exact, both bounds, any
denominators.  What a holder holds in a company on the day is read as in `benchmarks.peers.dicts`; the graph is the library's.

It leaves out verdicts and consequences: no part of them is a question to a graph library, which would only hold the ties.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

import networkx as nx
import polars as pl

from benchmarks.peers import CERTAIN, CONTROL, HALF, POSSIBLE
from benchmarks.peers.dicts import holdings_on
from graph_service.snapshot.columns import Columns

Graph: TypeAlias = "nx.DiGraph[int]"


def prepare_control(columns: Columns, day: int) -> Graph:
    """The holdings of a day as a graph, from holder to company.

    Edges have ``lo``, ``lo_open`` and ``hi``; a company has ``whole``, ``total``, ``bounds`` (open ones) and ``gap``.
    """
    graph: Graph = nx.DiGraph()
    for one in holdings_on(columns, day):
        graph.add_edge(one.holder, one.company, lo=one.lo, lo_open=one.lo_open, hi=one.hi)
        company = graph.nodes[one.company]
        company["whole"] = one.whole
        company["total"] = company.get("total", 0) + one.lo
        company["bounds"] = company.get("bounds", 0) + one.lo_open
        company["gap"] = company.get("gap", False) or one.lo_open or one.lo != one.hi
    return graph


def run_control(graph: Graph, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair of a graph: the columns of `CONTROL`, sorted."""
    rows: list[tuple[int, int, int]] = []
    for actor in sorted(graph):
        if not any(_passes(held, graph.nodes[company], threshold, possible=True) for company, held in graph.adj[actor].items()):
            continue
        sure, gap = _controlled(graph, actor, threshold, possible=False)
        ever = _controlled(graph, actor, threshold, possible=True)[0] if gap else sure
        rows.extend((actor, company, CERTAIN if company in sure else POSSIBLE) for company in sorted(sure | ever))
    return pl.DataFrame(rows, schema=CONTROL, orient="row")


def control(columns: Columns, day: int, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair of a register on a day, prepared and computed."""
    return run_control(prepare_control(columns, day), threshold)


def _controlled(graph: Graph, actor: int, threshold: Fraction, *, possible: bool) -> tuple[set[int], bool]:
    """What an actor controls, and whether it met a company with a gap."""
    inside: set[int] = set()
    sums: dict[int, dict[str, Any]] = {}
    todo, gap = [actor], False
    while todo:
        for company, held in graph.adj[todo.pop()].items():
            if company == actor or company in inside:
                continue
            so_far = sums.get(company)
            total = held if so_far is None else {key: so_far[key] + held[key] for key in ("lo", "lo_open", "hi")}
            sums[company] = total
            about = graph.nodes[company]
            gap = gap or about["gap"]
            if _passes(total, about, threshold, possible=possible):
                inside.add(company)
                todo.append(company)
    return inside, gap


def _passes(held: dict[str, Any], company: dict[str, Any], threshold: Fraction, *, possible: bool) -> bool:
    """Whether what is held of a company passes the threshold; ``possible``: maxima, capped by what others certainly hold."""
    bottom, limit, whole = threshold.denominator, threshold.numerator * company["whole"], company["whole"]
    if not possible:
        return bool(held["lo"] * bottom > limit or (held["lo"] * bottom == limit and held["lo_open"]))
    over = company["total"] > whole or (company["total"] == whole and company["bounds"] > 0)
    most = held["hi"] if over else min(held["hi"], whole - company["total"] + held["lo"])
    return bool(most * bottom > limit)
