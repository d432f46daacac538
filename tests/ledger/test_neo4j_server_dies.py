"""A server of its own that is killed in mid-load, and one that may only be read.  Three starts of a server: half a minute."""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.protocol import Outcome, Position
from graph_service.messages import LedgerError
from graph_service.model.facts import Tie
from scripts.neo4j_server import PLACE, Server, libraries, start, stop
from tests.neo4j_fixtures import GROUP

pytestmark = [GROUP, pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")]

SIZE = 50


@pytest.fixture
def home() -> Iterator[Path]:
    """A home for servers that follow each other."""
    lib = libraries()  # makes PLACE
    assert lib.is_dir()
    made = Path(tempfile.mkdtemp(dir=PLACE, prefix="run-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def batch(number: int) -> list[Tie]:
    return [Tie(f"{number}-{one}", "director", f"P{one}", f"E{number}") for one in range(SIZE)]


def opened(server: Server, monkeypatch: pytest.MonkeyPatch) -> Neo4jLedger:
    monkeypatch.setenv("NEO4J_USER", server.user)
    monkeypatch.setenv("NEO4J_PASSWORD", server.password)
    return Neo4jLedger.open(server.uri)


def test_a_server_killed_in_mid_load_has_whole_batches_and_may_be_read_only_afterwards(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graph_service.ledger.neo4j_store.RETRY_SECONDS", 1.0)
    lib = libraries()
    server = start(lib, home)
    acknowledged = 0
    with closing(opened(server, monkeypatch)) as ledger:
        ledger.begin_load("register")
        killer = threading.Timer(1, server.process.kill)
        with pytest.raises(LedgerError) as raised:
            for number in range(100_000):
                ledger.append(batch(number))
                acknowledged = number + 1
                if number == 2:
                    killer.start()
        killer.join()
        assert raised.value.code in ("neo4j_no_server", "neo4j_lost")
    server.process.wait()

    server = start(lib, home)
    try:
        with closing(opened(server, monkeypatch)) as ledger:
            last = ledger.last().number
            assert last % SIZE == 0
            assert last >= acknowledged * SIZE
            assert ledger.unfinished_loads() == ["register"]
            again = [ledger.append(batch(number)) for number in range(acknowledged + 2)]
            assert {one for receipt in again[:acknowledged] for one in receipt.outcomes} == {Outcome.UNCHANGED}
            assert ledger.last().number == again[-1].position == (acknowledged + 2) * SIZE
            assert [change.position for change in ledger.since(0)] == list(range(1, ledger.last().number + 1))
            ledger.end_load("register")
    finally:
        stop(server)

    server = start(lib, home, "server.databases.read_only=neo4j\n")
    try:
        with closing(opened(server, monkeypatch)) as ledger:
            with ledger.read(Position(SIZE, "")) as reader:
                assert len(reader.ties_into(["E0"])) == SIZE
            assert ledger.unfinished_loads() == []
            for write in (lambda: ledger.append(batch(10**6)), lambda: ledger.begin_load("more")):
                with pytest.raises(LedgerError) as raised:
                    write()
                assert raised.value.code == "neo4j_read_only"
    finally:
        stop(server)
