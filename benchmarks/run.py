"""Every benchmark beside its peers, in one run.

    python -m benchmarks.run [--sizes 100000,1500000,5000000] [--quick] [--only control,trace] [--engines joins,kernel]
                             [--data DIR] [--out DIR] [--store-limit N]

For each size the province is made once, and loaded into a store up to ``--store-limit`` enterprises; then each engine answers the
questions in a process of its own (`benchmarks.measure`).  Answers are compared before any time is shown: where two engines
differ the run says which and fails.  Writes RESULTS.md and results.png to ``--out`` (default: beside this file; with
``--quick``, which takes small sizes and minutes, to the data folder).  What was made is kept in ``--data`` and used again.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.engines import ENGINES, Absent, Entry, engine
from benchmarks.kept import is_kept
from benchmarks.measure import Measured, from_json, to_json
from benchmarks.province import source_digest
from benchmarks.report import write_report
from benchmarks.workload import QUESTIONS, QUICK_SIZES, SEED, SIZES, STORE_LIMIT

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Made:
    """A province on disk: what making it took in seconds and bytes, rows by table, seconds of loading a store (0: none).

    ``source`` is the digest of the text that made it.
    """

    enterprises: int
    making: float
    writing: float
    peak: int
    rows: dict[str, int]
    storing: float = 0.0
    store_bytes: int = 0
    source: str = ""


def prepare(data: Path, enterprises: int, *, store: bool) -> Made:
    """Make the province of a size, as Parquet and as CSV, and its store if it is wanted; what is there already is kept."""
    place = data / str(enterprises)
    noted = place / "made.json"
    made = Made(**json.loads(noted.read_text())) if noted.exists() else None
    if made is None or made.source != source_digest() or (store and not made.storing):
        command = [sys.executable, "-m", "benchmarks.run_make", str(place), str(enterprises), str(SEED)]
        subprocess.run([*command, "store"] if store else command, check=True, cwd=HERE.parent)
        made = Made(**json.loads(noted.read_text()))
    if not is_kept(place / "columns"):
        subprocess.run([sys.executable, "-m", "benchmarks.run_make", str(place), "columns"], check=True, cwd=HERE.parent)
    return made


def ask(data: Path, enterprises: int, name: str, questions: Sequence[str], *, store: bool) -> Iterator[Measured]:
    """One engine's answers to some questions at one size, each group in a process of its own."""
    place, asked = data / str(enterprises), engine(name)
    for question in questions:
        entry = asked.entries.get(question)
        if isinstance(entry, Absent):
            yield Measured(asked.title, question, enterprises, absent=entry.reason)
    for group in _groups([question for question in questions if isinstance(asked.entries.get(question), Entry)]):
        command = [
            sys.executable, "-m", "benchmarks.measure", name, ",".join(group), "--folder", str(place), "--enterprises",
            str(enterprises), *(["--store", str(place / "store.db")] if store else []),
        ]  # fmt: skip
        done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False)
        lines = done.stdout.splitlines()
        yield from map(from_json, lines)
        for question in group[len(lines) :]:
            reason = _reason(done)
            yield Measured(asked.title, question, enterprises, absent=f"failed: {reason}", failed=True)


def _reason(done: subprocess.CompletedProcess[str]) -> str:
    """Why a process failed: the last line that names an exception, or how it ended."""
    named = [line for line in done.stderr.splitlines() if re.match(r"[\w.]+(Error|Exception|Expressible)\b", line)]
    return named[-1] if named else f"ended with {done.returncode}"


def _groups(questions: Sequence[str]) -> list[list[str]]:
    """The questions that are asked of columns go together, so that the register is read once; every other one goes alone."""
    together = [name for name in questions if QUESTIONS[name].needs == "columns"]
    return [*([together] if together else []), *([name] for name in questions if name not in together)]


def disagreements(measured: Iterable[Measured]) -> list[str]:
    """Where two engines gave different answers to one question at one size; empty when all agree."""
    first: dict[tuple[str, int, str], tuple[Measured, tuple[int, str]]] = {}
    found = []
    for one in measured:
        for table, print_ in one.prints.items():
            other, expected = first.setdefault((one.question, one.enterprises, table), (one, print_))
            if expected[0] != print_[0] or (expected[1] != print_[1] and expected[1] and print_[1]):
                found.append(
                    f"{one.question} at {one.enterprises:,}: {one.engine} gives {print_[0]:,} {table} ({print_[1][:8]}), "
                    f"{other.engine} {expected[0]:,} ({expected[1][:8]})"
                )
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 if engines differ or one failed."""
    given = _parse(arguments)
    begin, measured, made = time.time(), [], []
    for enterprises in given.sizes:
        store = enterprises <= given.store_limit
        made.append(prepare(given.data, enterprises, store=store))
        print(f"{enterprises:,} enterprises, {made[-1].rows['ties']:,} ties", flush=True)
        for name in given.engines:
            for one in ask(given.data, enterprises, name, given.only, store=store):
                measured.append(one)
                print(f"  {_line(one)}", flush=True)
    given.data.mkdir(parents=True, exist_ok=True)
    kept = {"made": [asdict(one) for one in made], "measured": [json.loads(to_json(one)) for one in measured]}
    (given.data / "measured.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1))
    wrong = disagreements(measured) + [f"{one.question}: {one.engine}: {one.absent}" for one in measured if one.failed]
    for line in wrong:
        print(f"NOT EQUAL  {line}" if "gives" in line else f"FAILED  {line}", file=sys.stderr)
    if wrong:
        return 1
    print(f"written to {write_report(given.out, made, measured)} after {(time.time() - begin) / 60:.0f} minutes")
    return 0


def _line(one: Measured) -> str:
    told = one.absent or f"{one.median:.3f} s (of {len(one.times)}), peak {one.peak / 1e9:.2f} GB"
    return f"{one.question:16} {one.engine:24} {told}"


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=lambda text: [int(part) for part in text.split(",")])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(QUESTIONS))
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(ENGINES))
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "graph-service-benchmark")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--store-limit", type=int)
    given = parser.parse_args(arguments)
    unknown = [*(set(given.only) - set(QUESTIONS)), *(set(given.engines) - set(ENGINES))]
    if unknown:
        parser.error(f"nothing is called {', '.join(sorted(unknown))}; there are {', '.join([*QUESTIONS, *ENGINES])}")
    given.sizes = given.sizes or list(QUICK_SIZES if given.quick else SIZES)
    given.out = given.out or (given.data if given.quick else HERE)
    if given.store_limit is None:
        given.store_limit = min(QUICK_SIZES) if given.quick else STORE_LIMIT
    return given


if __name__ == "__main__":
    sys.exit(main())
