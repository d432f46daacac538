"""One engine asked some questions at one size, in a process of its own: times, peak memory, fingerprints.

    python -m benchmarks.measure ENGINE QUESTION[,QUESTION] --folder DIR --enterprises N [--store FILE]

Prints one JSON object a question, one a line.  Rules:

* what an engine needs before it can start (its own arrays, tables, graphs) is *prepared* and timed apart; one call before the
  measured ones warms it up (and compiles what is compiled);
* a question is asked five times and the median counts; one that takes long is asked as often as fits into `BUDGET` seconds, at
  least once, and how often is said; the warm-up of such a one is the first measured call where nothing is compiled;
* a question asked of one subject after another (`each`) is timed one by one, within the same budget: median, 99th percentile,
  maximum;
* the peak is the resident memory's while the question is answered, the register in memory included.
"""

from __future__ import annotations

import argparse
import gc
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.engines import ENGINES, Absent, Context, Engine, Entry, engine
from benchmarks.workload import QUESTIONS, fingerprints

REPEATS = 5
BUDGET = 120.0
"""Seconds that the repetitions of one question may take together."""
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one engine needed for one question at one size.

    ``prepare`` and ``times`` are seconds; ``peak`` and ``held`` are bytes, ``held`` before the question was asked.
    ``prints`` are ``{table: [rows, digest]}``, empty for a floor.  ``absent`` says why there is nothing else, ``note`` what to
    know of it.
    """

    engine: str
    question: str
    enterprises: int
    prepare: float = 0.0
    times: tuple[float, ...] = ()
    peak: int = 0
    held: int = 0
    prints: dict[str, tuple[int, str]] = field(default_factory=dict)
    absent: str = ""
    note: str = ""
    failed: bool = False

    @property
    def median(self) -> float:
        """Seconds."""
        return statistics.median(self.times)

    @property
    def p99(self) -> float:
        """The time that one of a hundred exceeds, in seconds."""
        ordered = sorted(self.times)
        return ordered[-(-len(ordered) * 99 // 100) - 1]


def to_json(measured: Measured) -> str:
    """One line."""
    return json.dumps(asdict(measured), ensure_ascii=False)


def from_json(line: str) -> Measured:
    """What `to_json` wrote."""
    given = json.loads(line)
    given["times"] = tuple(given["times"])
    given["prints"] = {name: (rows, digest) for name, (rows, digest) in given["prints"].items()}
    return Measured(**given)


def resident(which: str = "VmRSS") -> int:
    """Bytes of memory of this process, now (``VmRSS``) or at the peak (``VmHWM``); the peak where only that is known."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith(f"{which}:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@contextmanager
def peak_of() -> Iterator[Callable[[], int]]:
    """Within it the peak counts from here on, where the system can forget an earlier one; gives what reads it."""
    gc.collect()
    with suppress(OSError):  # elsewhere than on Linux the peak of the whole process has to do
        _CLEAR.write_text("5")
    yield lambda: resident("VmHWM")


def repeated(run: Callable[[], Any], *, repeats: int = REPEATS, budget: float = BUDGET) -> tuple[Any, tuple[float, ...]]:
    """The last result of some calls and their times in seconds: ``repeats`` of them, fewer where they exceed the budget."""
    times: list[float] = []
    while True:
        result, took = timed(run)
        times.append(took)
        if len(times) >= repeats or sum(times) + took > budget:
            return result, tuple(times)
        del result


def timed(run: Callable[[], Any]) -> tuple[Any, float]:
    """The result of a call and how long it took, in seconds; what waited to be collected is collected before."""
    gc.collect()
    begin = time.perf_counter()
    result = run()
    return result, time.perf_counter() - begin


def measure(asked: Engine, question: str, context: Context, *, repeats: int = REPEATS, budget: float = BUDGET) -> Measured:
    """One engine's answer to one question that it has an entry for.  Raises ``KeyError`` for others."""
    entry = asked.entries[question]
    if isinstance(entry, Absent):
        return Measured(asked.title, question, context.enterprises, absent=entry.reason)
    reason = _beyond(entry, context)
    if reason:
        return Measured(asked.title, question, context.enterprises, absent=reason)
    if QUESTIONS[question].needs == "columns" and not entry.needs_store:
        _ = context.columns
    held, left = resident(), 0
    with peak_of() as peak:
        state, prepared = timed(lambda: entry.prepare(context))
        if QUESTIONS[question].each:
            result, times, left = _one_by_one(entry, state, budget)
        else:
            first = timed(lambda: entry.run(state))
            # What takes long is not done once more only to warm up, unless the first call compiled something.
            if first[1] > budget and not entry.compiles:
                result, times = first[0], (first[1],)
            else:
                del first
                result, times = repeated(lambda: entry.run(state), repeats=repeats, budget=budget)
        most = peak()
    prints = fingerprints({} if left else entry.answer(context, result))
    told = {name: (one.rows, one.digest) for name, one in prints.items()}
    notes = [entry.partial, entry.note, f"{left:,} more did not fit into the time, so not compared" if left else ""]
    note = "; ".join(filter(None, notes))
    return Measured(asked.title, question, context.enterprises, prepared, times, most, held, told, note=note)


def _beyond(entry: Entry, context: Context) -> str:
    """Why an entry is not asked at this size; empty if it is."""
    if entry.limit and context.enterprises > entry.limit:
        return entry.beyond
    if entry.needs_store and context.store is None:
        return "no store was made at this size"
    return ""


def _one_by_one(entry: Entry, state: Any, budget: float) -> tuple[Any, tuple[float, ...], int]:
    """The results and times of the items that fit into the budget, and how many did not."""
    items = entry.items(state)
    for item in () if entry.once else items[: min(20, len(items) // 10)]:
        entry.each(state, item)
    results: list[Any] = []
    times: list[float] = []
    spent = 0.0
    for item in items:
        if spent > budget:
            break
        begin = time.perf_counter()
        results.append(entry.each(state, item))
        times.append(time.perf_counter() - begin)
        spent += times[-1]
    return results, tuple(times), len(items) - len(times)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=sorted(ENGINES))
    parser.add_argument("questions")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--enterprises", type=int, required=True)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--budget", type=float, default=BUDGET)
    given = parser.parse_args(arguments)
    context = Context(given.folder, given.enterprises, given.store)
    found = engine(given.engine)
    for question in given.questions.split(","):
        print(to_json(measure(found, question, context, repeats=given.repeats, budget=given.budget)), flush=True)


if __name__ == "__main__":
    main()
