"""The pictures of docs/neo4j-looking.md: what queries give on the sample register, in the colours of cypher/browser.grass.

    python scripts/neo4j_pictures.py      needs what scripts/neo4j_server.py needs, and matplotlib (the extra ``bench``)

They are drawn here from real answers of a real server, and are no screenshots of Neo4j Browser.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx as nx
from neo4j import Driver, GraphDatabase

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from graph_service.cli.app import main as graph_service  # noqa: E402
from graph_service.ledger.cypher import statement  # noqa: E402
from graph_service.sample import generate, write  # noqa: E402
from scripts.neo4j_server import Missing, server  # noqa: E402

OUT = ROOT / "docs" / "pictures"
STYLE = ROOT / "cypher" / "browser.grass"
DAY = "2019-12-31"
LABELS = ("Consequence", "Run", "Record", "Authority", "Regime", "Event", "Person", "Enterprise", "Unspecified")


@dataclass(frozen=True)
class Picture:
    """A file and what it shows: a statement and its parameters."""

    name: str
    statement: str
    parameters: dict[str, object]


PICTURES = (
    Picture("neo4j-record", "explore/record_picture", {"record": "S1-RECORD"}),
    Picture("neo4j-group", "explore/owned_group", {"id": "TEXT0090000000000174", "day": 20191231}),
    Picture("neo4j-consequences", "explore/consequences_on", {"id": "S2-REP", "status": None}),
)


def parse_style(text: str) -> dict[str, dict[str, str]]:
    """The rules of a style file, by selector."""
    rules = re.findall(r"([\w.]+) \{(.*?)\n\}", text, re.DOTALL)
    return {name: dict(re.findall(r"([\w-]+): '?(.*?)'?;", body)) for name, body in rules}


def style_of(rules: dict[str, dict[str, str]], sort: str, *names: str) -> dict[str, str]:
    """What applies to a node with labels, or to a relationship of a type: the general rule, and those of its names."""
    made = dict(rules[sort])
    for name in names:
        made |= rules.get(f"{sort}.{name}", {})
    return made


def paths_of(driver: Driver, picture: Picture) -> list[Any]:
    """The paths that a statement gives."""
    with driver.session(default_access_mode="READ") as session:
        query: Any = statement(picture.statement)
        rows = session.run(query, picture.parameters)
        return [path for row in rows for path in (row["path"], *row.get("origins", []))]


def drawn(paths: list[Any]) -> nx.MultiDiGraph[str]:
    """The nodes and relationships of paths as a graph."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for path in paths:
        for node in path.nodes:
            graph.add_node(node.element_id, labels=[one for one in LABELS if one in node.labels], properties=dict(node))
        for one in path.relationships:
            ends = one.start_node.element_id, one.end_node.element_id
            graph.add_edge(*ends, key=one.element_id, type=one.type, properties=dict(one))
    return graph


def caption(rule: str, properties: dict[str, Any], type_: str = "") -> str:
    """What a style writes on a node or relationship; an id instead of a name that the picture's font cannot write."""
    if rule == "<type>":
        return type_.lower().replace("_", " ")
    text = str(properties.get(rule.strip("{}"), ""))
    text = text if text.isascii() else str(properties.get("id", "authority"))
    if len(text) > 12 and not re.search("[ _-]", text):
        return f"..{text[-6:]}"
    return re.sub("[ _]", "\n", text) if len(text) > 12 else text


def draw(graph: nx.MultiDiGraph[str], rules: dict[str, dict[str, str]], place: Path) -> None:
    """Draw a graph into a file."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    spots = nx.spring_layout(nx.Graph(graph), seed=4, k=2.4 / max(len(graph), 2) ** 0.5, iterations=600)
    figure, axis = pyplot.subplots(figsize=(9, 6), layout="constrained")
    axis.set_axis_off()
    axis.margins(0.08)
    between: dict[frozenset[str], int] = {}
    for start, end, one in graph.edges(data=True):
        rule = style_of(rules, "relationship", one["type"])
        (x1, y1), (x2, y2) = spots[start], spots[end]
        number = between[frozenset((start, end))] = between.get(frozenset((start, end)), -1) + 1
        bend = 0.14 * ((number + 1) // 2) * (1 if number % 2 else -1)
        arrow = {
            "arrowstyle": "-|>",
            "color": rule["color"],
            "linewidth": float(rule["shaft-width"].removesuffix("px")),
            "connectionstyle": f"arc3,rad={bend}",
            "shrinkA": 20,
            "shrinkB": 20,
        }
        axis.annotate("", xy=(x2, y2), xytext=(x1, y1), arrowprops=arrow)
        axis.text(
            (x1 + x2) / 2 + bend * (y2 - y1) / 2,
            (y1 + y2) / 2 - bend * (x2 - x1) / 2,
            caption(rule["caption"], one["properties"], one["type"]),
            fontsize=7,
            ha="center",
            va="center",
            bbox={"color": "white", "pad": 0.8},
        )
    for key, node in graph.nodes(data=True):
        rule = style_of(rules, "node", *node["labels"])
        x, y = spots[key]
        size = float(rule["diameter"].removesuffix("px"))
        axis.scatter(
            x,
            y,
            s=size**2 * 0.7,
            color=rule["color"],
            edgecolors=rule["border-color"],
            linewidths=float(rule["border-width"].removesuffix("px")) / 1.4,
            zorder=3,
        )
        text = caption(rule["caption"], node["properties"])
        axis.text(x, y, text, fontsize=6.5, ha="center", va="center", color=rule["text-color-internal"], zorder=4)
    place.parent.mkdir(exist_ok=True)
    figure.savefig(place, dpi=100)
    pyplot.close(figure)


def main() -> None:
    """Draw every picture."""
    rules = parse_style(STYLE.read_text("utf-8"))
    try:
        with server() as made, tempfile.TemporaryDirectory() as scratch:
            os.environ |= {"NEO4J_USER": made.user, "NEO4J_PASSWORD": made.password}
            write(Path(scratch) / "register", generate(20, seed=3, dirty=False))
            graph_service(["ingest", f"{scratch}/register", "--store", made.uri])
            run = ["run", "--write-back", "--store", made.uri, "--at", DAY, "--pack", "cn-yunnan-2016", "--out", f"{scratch}/run"]
            graph_service(run)
            with GraphDatabase.driver(made.uri, auth=(made.user, made.password)) as driver:
                for picture in PICTURES:
                    draw(drawn(paths_of(driver, picture)), rules, OUT / f"{picture.name}.png")
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
