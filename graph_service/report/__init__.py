"""What people look at: plain answers turned into one self-contained HTML file.

    reading    the network of a trace as typed, sorted values
    gathering  what is drawn: one line a pair, and past some three hundred nodes "n more"
    layout     where everything stands: the same place each time
    marks      shapes, colours and glyphs, one source for both pictures
    texts      names made safe to show, wrapped and measured
    still      the picture that needs no script: SVG, for paper and for browsers without scripts
    live       the picture to click on: pyvis data for vis-network
    rows       the tables: who answers, what follows, why
    page       the file

Invariants: nothing is shown that the answers do not hold; every text is escaped; a file asks nobody for anything; the same
answers give the same bytes.
"""

from __future__ import annotations

from graph_service.report.page import html, picture

__all__ = ["html", "picture"]
