"""The peers (`benchmarks.peers`) as engines: what each is asked, and why it is not asked the rest.

A peer is imported when it is asked, so that the memory of one is not counted with another.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from benchmarks.answers import reached_answer
from benchmarks.engines import Absent, Engine, Entry
from benchmarks.engines_joins import asked, pairs_told, propagated_told, verdicts_told

_ALONE = Absent("a peer starts from the columns in memory: loading is not its work")
_ONE = Absent("a peer answers for a whole register at once")
_WHOLE = Absent("carriage to other enterprises and cascades are no part of the peers")
_REST = {
    "load_parquet": _ALONE, "load_csv": _ALONE, "open": _ALONE, "open_first": _ALONE, "everything": _WHOLE,
    "run": _WHOLE, "trace": _ONE,
    "trace_holders": _ONE,
    "follow_record": _ONE, "follow_objection": _ONE, "follow_tie": _ONE,
}  # fmt: skip
_SAME_PASS = "finds the standings in the same pass"
_NO_LAW = Absent("no part of it is a question to a graph library, which would only hold the ties")


def _peer(name: str) -> Any:
    return import_module(f"benchmarks.peers.{name}")


KERNEL = Engine(
    "compiled kernel (numba)",
    "loops over integer arrays in machine code, two threads: the compiled limit",
    {
        **_REST,
        "control": Entry(
            lambda context: (_peer("kernel").prepare_control(context.columns), context.at),
            lambda ready: _peer("kernel").run_control(*ready),
            pairs_told,
            compiles=True,
        ),
        "verdicts": Entry(
            lambda context: _peer("kernel").prepare_propagate(*asked(context)),
            lambda ready: _peer("kernel").run_propagate(ready),
            verdicts_told,
            compiles=True,
            note=_SAME_PASS,
        ),
        "propagate": Entry(
            lambda context: _peer("kernel").prepare_propagate(*asked(context)),
            lambda ready: _peer("kernel").run_propagate(ready),
            propagated_told,
            compiles=True,
        ),
    },
)
DICTS = Engine(
    "plain Python",
    "dictionaries, lists and integers",
    {
        **_REST,
        "control": Entry(asked, lambda given: _peer("dicts").control(given[0], given[2]), pairs_told),
        "verdicts": Entry(asked, lambda given: _peer("dicts").propagate(*given), verdicts_told, note=_SAME_PASS),
        "propagate": Entry(asked, lambda given: _peer("dicts").propagate(*given), propagated_told),
    },
)
NETWORKX = Engine(
    "graph library (networkx)",
    "holdings as the edges of a directed graph, walked from each actor",
    {
        **_REST,
        "control": Entry(
            lambda context: _peer("graphs").prepare_control(context.columns, context.at),
            lambda graph: _peer("graphs").run_control(graph),
            pairs_told,
            limit=1_500_000,
            beyond="takes many minutes, and more memory than the machine of the benchmark has",
        ),
        "verdicts": _NO_LAW,
        "propagate": _NO_LAW,
    },
)
DUCKDB = Engine(
    "SQL (DuckDB)",
    "statements over tables, looped to the fixed point",
    {
        **_REST,
        "control": Entry(
            lambda context: (_peer("sql").prepare_control(context.columns), context.at),
            lambda ready: _peer("sql").run_control(*ready),
            pairs_told,
        ),
        "verdicts": Entry(
            lambda context: (_peer("sql").prepare_verdicts(*asked(context)), context.at),
            lambda ready: _peer("sql").run_verdicts(*ready),
            lambda context, found: reached_answer(context.columns, context.packs, context.at, found),
            note="not what they rest on, not what is left open",
        ),
        "propagate": Absent("what a verdict rests on, and the order of events that ends or suspends, are not said in SQL here"),
    },
)
