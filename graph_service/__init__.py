"""Who answers for a company's serious dishonesty, why, under which article, since when and until when.

    import graph_service as gs

    with gs.open("sqlite:///graph-service.db") as graph:          # or gs.read_register("folder"), gs.sample_register()
        trace = graph.trace("91530000MATEXT01X1", at="2019-12-31", packs=["cn-yunnan-2016"])
        trace.persons                                             # a pandas DataFrame
        trace.report("report.html")                               # one self-contained page

What is named here loads when it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph_service.graph import Graph, Person, Trace, WhatIf, open, read_register, sample_register

__version__ = "0.1.0"
__all__ = ["Graph", "Person", "Trace", "WhatIf", "open", "read_register", "sample_register"]


def __getattr__(name: str) -> object:
    """The public face, loaded on first use."""
    if name in __all__:
        from graph_service import graph

        return getattr(graph, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
