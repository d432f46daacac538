"""Every promise of the protocol is kept by every store: the fixture ``ledger`` is each of them in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger
from graph_service.ledger.sqlite import SqliteLedger


def in_memory(_: Path) -> Ledger:
    return MemoryLedger()


def in_sqlite(folder: Path) -> Ledger:
    return SqliteLedger.open(folder / "ledger.db")


STORES: tuple[Callable[[Path], Ledger], ...] = (in_memory, in_sqlite)


@pytest.fixture(params=STORES, ids=lambda make: make.__name__)
def ledger(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.delenv("GRAPH_SERVICE_IDENTITY_KEY", raising=False)
    made: Ledger = request.param(tmp_path)
    yield made
    made.close()
