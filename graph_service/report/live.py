"""The picture to click on: pyvis makes the data and options of vis-network, which is drawn by the script of the file.

Of pyvis only its values and the vis-network that it carries are used, not its page: that links to the outside and does not escape
its heading.  Marks and labels are drawn by the report's own script, so that both pictures look alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from graph_service.engine.shapes import Shape, word
from graph_service.messages import Lang, say
from graph_service.report.gathering import Drawn, Line
from graph_service.report.marks import size
from graph_service.report.reading import Edge, Network
from graph_service.report.rows import dates, share
from graph_service.report.texts import isolated, lines, short

TOLD = 2
"""How many ties, or kinds of ties, are told on one line; the others are counted."""


@lru_cache(maxsize=1)
def library() -> str:
    """vis-network as pyvis carries it, without the addresses in its comments; those of its licences stand as names."""
    found = resources.files("pyvis") / "templates" / "lib" / "vis-9.1.2" / "vis-network.min.js"
    script = found.read_text("utf-8")
    # The namespace of SVG is a name and no place, but it reads like one: whoever searches the file for addresses finds none.
    script = script.replace('"http://www.w3.org/2000/svg"', '"http:"+"//www.w3.org/2000/svg"')
    return re.sub(r"https?://", "", script).replace("</script", "<\\/script").replace("<!--", "<\\!--")


def spot_lines(drawn: Drawn, number: int, lang: Lang) -> list[str]:
    """The label of a spot, line by line."""
    spot = drawn.spots[number]
    return [say("report_more", lang, count=len(spot.members))] if spot.gathered else lines(spot.name)


def line_words(network: Network, line: Line, lang: Lang) -> tuple[list[str], list[str]]:
    """The ties of a line in few words, line by line: with dates, and without for where there is no room for those."""
    ties = [network.edges[one] for one in line.edges]
    kinds = list(dict.fromkeys(", ".join(filter(None, (_office(tie, lang), share(tie)))) for tie in ties))
    if len(kinds) > TOLD:
        kinds = list(dict.fromkeys(_office(tie, lang) for tie in ties))
    few = kinds if len(kinds) <= TOLD else [*kinds[:TOLD], f"+{len(kinds) - TOLD}"]
    if len(ties) == 1:
        told = [few[0], dates(ties[0])]
    else:
        told = list(
            dict.fromkeys(", ".join(filter(None, (f"{_office(tie, lang)} {dates(tie)}".strip(), share(tie)))) for tie in ties)
        )
    full = [short(one, 48) for one in told if one] if len(told) <= TOLD else few
    return full, [short(one, 48) for one in few]


def _office(tie: Edge, lang: Lang) -> str:
    """What a tie is, in words: as the network names it, or by its kind."""
    return tie.title or word(tie.kind, lang)


def data(network: Network, drawn: Drawn, places: Sequence[tuple[int, int]], lang: Lang) -> Shape:
    """Nodes, edges and options for vis-network: ``members`` and ``ties`` are numbers of rows in the tables of the file."""
    from pyvis.network import Network as Picture

    picture = Picture(directed=True, cdn_resources="in_line")
    for number, (spot, (x, y)) in enumerate(zip(drawn.spots, places, strict=True)):
        picture.add_node(
            number,
            label="\n".join(isolated(one) for one in spot_lines(drawn, number, lang)),
            shape="custom",
            group=spot.part,
            kind=spot.kind,
            half=size(spot.part, len(spot.members)),
            members=list(spot.members),
            x=x,
            y=y,
        )
    for number, line in enumerate(drawn.lines):
        picture.add_edge(
            line.a,
            line.b,
            id=number,
            width=2.6 if line.in_proof else 1.2,
            dashes=False if line.current else [6, 5],
            arrows={"to": {"enabled": line.forward}, "from": {"enabled": line.backward}},
            proof=line.in_proof,
            current=line.current,
            words=list(dict.fromkeys("\n".join(map(isolated, told)) for told in line_words(network, line, lang))),
            ties=list(line.edges),
        )
    picture.options = _options(len(drawn.spots))
    nodes, edges, _, _, _, options = picture.get_network_data()
    return {"nodes": nodes, "edges": edges, "options": json.loads(options)}


def _options(count: int) -> dict[str, Any]:
    """Nothing moves by itself; a large picture leaves its lines out while it is dragged."""
    return {
        "physics": {"enabled": False},
        "layout": {"improvedLayout": False},
        "nodes": {"shapeProperties": {"interpolation": False}, "chosen": False},
        "edges": {"smooth": False, "arrowStrikethrough": False, "selectionWidth": 1.5, "hoverWidth": 0, "chosen": False}
        | {"arrows": {"to": {"scaleFactor": 0.5}, "from": {"scaleFactor": 0.5}}},
        "interaction": {
            "hover": True,
            "dragNodes": False,
            "zoomView": False,
            "hideEdgesOnDrag": count > 200,
            "tooltipDelay": 100_000_000,
        },
    }
