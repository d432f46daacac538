"""What the tests of ingest share: a ledger with a fixed key, files, and the rejects of a load."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest

from graph_service.ingest import LoadReport, load
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import FACT_TYPES, Fact

SHARED = Path(__file__).parents[2].parent / "shared"
TIES = "id,kind,holder,enterprise,valid_from,valid_to,share,title"


def ledger() -> MemoryLedger:
    return MemoryLedger(b"a key that only tests have, thirty-two bytes")


def held(store: MemoryLedger) -> set[Fact]:
    """Every live fact."""
    with store.read() as reader:
        return {stored.fact for kind in FACT_TYPES for stored in reader.scan(kind)}


def write(folder: Path, **tables: str | bytes) -> Path:
    """A register folder of these tables."""
    folder.mkdir(exist_ok=True)
    for table, text in tables.items():
        (folder / f"{table}.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def take(path: Path, store: MemoryLedger | None = None) -> tuple[LoadReport, MemoryLedger, list[dict[str, str]]]:
    """Load a path: the report, the ledger, the rejects."""
    store = store or ledger()
    report = load([path], store, rejects=path.parent / "rejected.csv")
    return report, store, rejected(report)


def rejected(report: LoadReport) -> list[dict[str, str]]:
    if report.rejects is None:
        return []
    with report.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def fixture(*parts: str) -> Path:
    path = SHARED.joinpath("fixtures", *parts)
    if not path.exists():
        pytest.skip(f"the shared fixtures are not here: {'/'.join(parts)}")
    return path


def lines(rows: Iterable[dict[str, str]]) -> list[int]:
    return [int(row["line"]) for row in rows]
