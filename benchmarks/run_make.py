"""Make a province on disk for a run: Parquet, CSV, and a store; in a process of its own, so that its memory is given back."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from shutil import rmtree

from benchmarks.measure import resident
from benchmarks.province import province, source_digest, write


def make(place: Path, enterprises: int, seed: int, *, store: bool) -> None:
    """Write a province to ``place/parquet`` and ``place/csv``, load it into ``place/store.db`` if asked; note what it took."""
    rmtree(place / "columns", ignore_errors=True)
    begin = time.perf_counter()
    tables = province(enterprises, seed)
    made = time.perf_counter()
    write(place / "parquet", tables, "parquet")
    wrote = time.perf_counter()
    write(place / "csv", tables, "csv")
    rows = {name: table.height for name, table in tables.items()}
    noted: dict[str, object] = {
        "enterprises": enterprises, "making": made - begin, "writing": wrote - made, "peak": resident("VmHWM"), "rows": rows,
        "source": source_digest(),
    }  # fmt: skip
    del tables
    if store:
        noted["storing"] = _store(place)
        noted["store_bytes"] = (place / "store.db").stat().st_size
    (place / "made.json").write_text(json.dumps(noted))


def make_columns(place: Path) -> None:
    """Keep the register of ``place/parquet`` in memory's form in ``place/columns``."""
    from benchmarks.kept import keep
    from graph_service.snapshot.intake import register_columns

    columns, report = register_columns([place / "parquet"])
    if report.total.rejected:
        raise SystemExit(f"{report.total.rejected} rows of the province were rejected")
    keep(place / "columns", columns)


def _store(place: Path) -> float:
    """Load the CSV files into a new store; seconds."""
    from graph_service.ingest import load
    from graph_service.questions.opening import open_store

    for part in place.glob("store.db*"):
        if part.is_file():
            part.unlink()
    with open_store(f"sqlite:///{place / 'store.db'}", create=True) as graph:
        begin = time.perf_counter()
        report = load([place / "csv"], graph.ledger, rejects=place / "rejects.csv", batch=50_000)
        took = time.perf_counter() - begin
    if report.total.rejected:
        raise SystemExit(f"{report.total.rejected} rows of the province were rejected: see {place / 'rejects.csv'}")
    return took


if __name__ == "__main__":
    if sys.argv[2] == "columns":
        make_columns(Path(sys.argv[1]))
    else:
        make(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), store="store" in sys.argv[4:])
