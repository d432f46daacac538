"""Every promise of the protocol is kept by every store: the fixture ``ledger`` is each of them in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.protocol import Ledger
from graph_service.ledger.sqlite import SqliteLedger
from tests.neo4j_fixtures import GROUP, Neo4j


def in_memory(_: Path) -> Ledger:
    return MemoryLedger()


def in_sqlite(folder: Path) -> Ledger:
    return SqliteLedger.open(folder / "ledger.db")


def in_neo4j(server: Neo4j, _: Path) -> Ledger:
    server.empty()
    return Neo4jLedger.open(server.uri)


Make = Callable[[Path], Ledger]


@pytest.fixture(params=["memory", "sqlite", pytest.param("neo4j", marks=GROUP)])
def make(request: pytest.FixtureRequest) -> Make:
    """What makes an empty ledger of each store in turn; in Neo4j there is one at a time."""
    if request.param == "neo4j":
        return partial(in_neo4j, request.getfixturevalue("neo4j"))
    return {"memory": in_memory, "sqlite": in_sqlite}[request.param]


@pytest.fixture
def ledger(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """An empty ledger of each store in turn."""
    monkeypatch.delenv("GRAPH_SERVICE_IDENTITY_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made = make(tmp_path)
    yield made
    made.close()
