"""Plots as SVG that stands inside a page: bars, drawn by matplotlib, with the page's own fonts and colour of text.

Texts stay texts (``svg.fonttype`` none), so that names of any script are drawn by the browser and can be searched; they and the
axes take the page's colour, so that one picture serves light, dark and paper.  The same figures give the same bytes.
"""

from __future__ import annotations

import io
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

INK = "#010203"
"""Stands for the colour of the page's text while matplotlib draws."""
COLOURS = ("#0072b2", "#e69f00", "#8390a0", "#b4538a")
"""Of the palette of Okabe and Ito, which colour-blind readers tell apart; hatches tell them apart on paper."""
HATCHES = ("", "///", "...", "xx")
WIDTH = 7.6
LABEL_CELLS = 40


def bars(labels: Sequence[str], series: Mapping[str, Sequence[int]], title: str) -> str:
    """Horizontal bars, one a label and stacked by series, with the number at its end; an SVG element, empty for no labels."""
    if not labels:
        return ""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    style: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "graph-service",
        "font.size": 11,
        "hatch.linewidth": 0.6,
        **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
    }
    shown = [_cut(label) for label in labels]
    with mpl.rc_context(style), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the font here may lack glyphs; the browser draws the texts
        figure = Figure(figsize=(WIDTH, 0.14 + 0.33 * len(labels) + (0.36 if len(series) > 1 else 0)))
        FigureCanvasSVG(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        left = [0] * len(labels)
        places = list(range(len(labels)))
        for (name, values), colour, hatch in zip(series.items(), COLOURS, HATCHES, strict=False):
            told = name if any(values) else None  # what never occurs needs no place in the legend
            axes.barh(places, values, 0.68, left=left, color=colour, label=told, hatch=hatch, edgecolor=INK, linewidth=0.4)
            left = [one + more for one, more in zip(left, values, strict=True)]
        for place, total in zip(places, left, strict=True):
            axes.annotate(f"{total:,}", (total, place), (5, 0), textcoords="offset points", va="center", ha="left")
        axes.set_yticks(places, shown)
        axes.invert_yaxis()
        axes.set_xlim(0, max(left) * 1.14 or 1)
        axes.xaxis.set_visible(False)
        axes.tick_params(axis="y", length=0)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        height = figure.get_figheight()
        margin = max(_cells(label) for label in shown) * 0.088 + 0.15
        bottom, top = 0.06, (0.42 if len(series) > 1 else 0.08)
        axes.set_position((margin / WIDTH, bottom / height, 1 - (margin + 0.1) / WIDTH, 1 - (bottom + top) / height))
        if len(series) > 1:
            anchor = (0, 1 + 0.06 / (height - bottom - top))
            axes.legend(loc="lower left", bbox_to_anchor=anchor, ncols=len(series), frameon=False, borderaxespad=0)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inside(drawn.getvalue(), title)


def _inside(svg: str, title: str) -> str:
    """The SVG element alone: no prolog, no metadata, no fixed size; its title for whoever cannot see it."""
    element = svg[svg.index("<svg") :].replace(INK, "currentColor")
    element = re.sub(r"<metadata>.*?</metadata>\s*", "", element, flags=re.DOTALL)
    element = re.sub(r"<style[^>]*>.*?</style>\s*", "", element, flags=re.DOTALL)
    element = re.sub(r'\s(?:width|height)="[\d.]+pt"', "", element, count=2)
    element = re.sub(r"\sxmlns(?::\w+)?=\"[^\"]*\"", "", element)
    # A policy that allows no inline style: the same as attributes.
    element = re.sub(r'style="([^"]*)"', lambda found: _attributes(found[1]), element)
    opening = f'<svg role="img" aria-label="{escape(title)}" class="plot"'
    return element.replace("<svg", opening, 1).strip()


def _attributes(style: str) -> str:
    """An inline style as presentation attributes of SVG."""
    told: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in style.split(";"))):
        name, _, value = part.partition(":")
        if name.strip() == "font":
            size = re.search(r"([\d.]+)px", value)
            told["font-size"] = size[1] if size else "9"
        else:
            told[name.strip()] = value.strip().replace('"', "'")
    return " ".join(f'{name}="{escape(value)}"' for name, value in told.items())


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)


def _cut(text: str) -> str:
    """A label that fits: at most so many cells; `$` would begin a formula."""
    text = text.replace("$", r"\$")
    if _cells(text) <= LABEL_CELLS:
        return text
    while _cells(text) > LABEL_CELLS - 1:
        text = text[:-1]
    return f"{text}…"
