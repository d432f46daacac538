"""How long one trace takes, and what it costs beside plain look-ups of the same facts.

    python benchmarks/trace.py [--enterprises 100000] [--traces 2000] [--store bench.db]

Makes the sample register (kept in the store if it is there already), then traces random records with proofs under
the Chinese pack and under all packs, the largest holders, and, as the floor, only reads the facts that a trace reads.  Prints a
table: median, 99th percentile and maximum in milliseconds, and the median as a multiple of the floor.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from graph_service.engine.trace import trace
from graph_service.graph import Graph, choose_packs
from graph_service.graph import open as open_graph
from graph_service.ingest import load
from graph_service.model.facts import Record, Tie, is_tie
from graph_service.model.interval import parse_day
from graph_service.model.words import TIE_KINDS
from graph_service.policy.table import Pack
from graph_service.sample import generate, write
from graph_service.snapshot.view import View

AT = parse_day("2020-06-30")


def prepare(store: Path, enterprises: int) -> None:
    """The sample register in a store."""
    if store.exists():
        return
    with tempfile.TemporaryDirectory() as folder, open_graph(f"sqlite:///{store}", create=True) as graph:
        write(Path(folder), generate(enterprises, dirty=False))
        begin = time.perf_counter()
        report = load([Path(folder)], graph.ledger, rejects=Path(folder) / "rejects.csv", batch=50_000)
        taken = time.perf_counter() - begin
        print(f"loaded {report.total.taken} facts in {taken:.1f} s ({report.total.taken / taken:,.0f} a second)")


def records(graph: Graph) -> list[str]:
    with graph.ledger.read() as reader:
        return sorted(stored.fact.id for stored in reader.scan(Record) if isinstance(stored.fact, Record))


def largest_holders(graph: Graph, count: int) -> list[str]:
    with graph.ledger.read() as reader:
        held = Counter(tie.fact.holder for tie in reader.scan(Tie) if is_tie(tie) and tie.fact.share is not None)
    return [key for key, _ in held.most_common(count)]


def floor(graph: Graph, record: str) -> None:
    """The reads that no trace can do without: the record, the ties into its subject, findings, events, holders."""
    with graph.ledger.read() as reader:
        (found,) = reader.records([record])
        ties = reader.ties_into([found.fact.subject])
        reader.findings_of([record])
        reader.events_of([record])
        reader.subjects([tie.fact.holder for tie in ties])


def whole(graph: Graph, record: str, packs: Sequence[Pack]) -> None:
    with graph.ledger.read() as reader:
        view = View(reader)
        found = view.records([record])
        trace(view, found[0].fact.subject, packs, AT, found)


def holdings(graph: Graph, holder: str, packs: Sequence[Pack]) -> None:
    """A trace of the holder itself, with everything it holds upstream and downstream."""
    with graph.ledger.read() as reader:
        view = View(reader)
        view.ties_of([holder], frozenset(TIE_KINDS))
        trace(view, holder, packs, AT)


def measure(name: str, keys: Sequence[str], work: Callable[[str], None], base: float | None) -> float:
    for key in keys[:20]:
        work(key)
    times = []
    for key in keys:
        begin = time.perf_counter()
        work(key)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    middle = statistics.median(times)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    print(f"| {name} | {len(times)} | {middle:.2f} | {p99:.1f} | {times[-1]:.1f} | {middle / base if base else 1:.1f} |")
    return middle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--enterprises", type=int, default=100_000)
    parser.add_argument("--traces", type=int, default=2000)
    parser.add_argument("--store", type=Path, default=Path("bench.db"))
    given = parser.parse_args()
    prepare(given.store, given.enterprises)
    chinese, every = choose_packs(["cn-yunnan-2016"]), choose_packs(())
    with open_graph(f"sqlite:///{given.store}") as graph:
        keys = random.Random(7).sample(records(graph), given.traces)
        print(f"Python {sys.version.split()[0]}, {given.enterprises} enterprises\n")
        print("| what | times | median ms | p99 ms | max ms | of the floor |\n|---|---|---|---|---|---|")
        base = measure("reading the facts alone", keys, lambda key: floor(graph, key), None)
        measure("one trace, cn-yunnan-2016", keys, lambda key: whole(graph, key, chinese), base)
        measure("one trace, all packs", keys, lambda key: whole(graph, key, every), base)
        measure("the 20 largest holders, all packs", largest_holders(graph, 20), lambda key: holdings(graph, key, every), base)


if __name__ == "__main__":
    main()
