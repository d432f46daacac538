"""Whatever kills a writer: every batch that it acknowledged is whole, no batch is half there, and the load can be repeated.

GRAPH_SERVICE_KILL_ROUNDS says how often (default 25).
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError
from graph_service.model.facts import Tie

ROUNDS = int(os.environ.get("GRAPH_SERVICE_KILL_ROUNDS", "25"))
SIZE = 40

# Every batch adds ties of its own and corrects those of the batch before.
WRITER = """
import sys
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Tie
path, size, batch = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
ledger = SqliteLedger.open(path)
print("open", flush=True)
while True:
    new = [Tie(f"{batch}-{i}", "director", f"P{i}", f"E{batch}") for i in range(size)]
    corrected = [Tie(f"{batch - 1}-{i}", "supervisor", f"P{i}", f"E{batch - 1}") for i in range(size if batch else 0)]
    ledger.append(new + corrected)
    print(batch, flush=True)
    batch += 1
"""


def batches(path: Path) -> int:
    """How many batches the ledger holds; each must be whole."""
    ledger = SqliteLedger.open(path)
    try:
        with ledger.read() as reader:
            kinds: dict[tuple[str, str], int] = {}
            for stored in reader.scan(Tie):
                assert isinstance(stored.fact, Tie)
                at = (stored.fact.enterprise, stored.fact.kind)
                kinds[at] = kinds.get(at, 0) + 1
        held = len(kinds)
        expected = {(f"E{batch}", "supervisor"): SIZE for batch in range(held - 1)}
        if held:
            expected[f"E{held - 1}", "director"] = SIZE
        assert kinds == expected
        assert [change.position for change in ledger.since(0)] == list(range(1, ledger.last().number + 1))
        return held
    finally:
        ledger.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_writer_killed_at_any_moment_loses_nothing_acknowledged_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    path, moments, held, acknowledged = tmp_path / "ledger.db", random.Random(7), 0, -1
    for _ in range(ROUNDS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(SIZE), str(held)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "open\n"
            time.sleep(moments.random() * 0.12)
            writer.kill()
            lines = writer.stdout.read().split("\n")[:-1]  # a line without its end was not yet said
        acknowledged = int(lines[-1]) if lines else acknowledged
        held = batches(path)
        assert acknowledged + 1 <= held <= acknowledged + 2
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        acknowledged = held - 1
    assert held > ROUNDS


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_process_killed_while_it_makes_the_ledger_leaves_a_place_where_it_can_be_made(tmp_path: Path) -> None:
    moments = random.Random(8)
    script = "import sys\nfrom graph_service.ledger.sqlite import SqliteLedger\nprint(flush=True)\nSqliteLedger.open(sys.argv[1])"
    for number in range(max(3, ROUNDS // 4)):
        path = tmp_path / f"{number}.db"
        with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as maker:
            assert maker.stdout is not None
            maker.stdout.readline()
            time.sleep(moments.random() * 0.02)
            maker.kill()
        assert batches(path) == 0


# Dies inside the transaction that makes the ledger, after parts of it reached the file.
HALF_MADE = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA cache_size = 1")
connection.execute("BEGIN EXCLUSIVE")
connection.execute("PRAGMA application_id = 1735609393")
for number in range(300):
    connection.execute(f"CREATE TABLE t{number} (x)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_half_made_file_is_rolled_back_and_made_again(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    subprocess.run([sys.executable, "-c", HALF_MADE, str(path)], check=False)
    assert path.stat().st_size > 0
    assert path.with_name("ledger.db-journal").stat().st_size > 0
    for ways in ({"create": False}, {"read_only": True}):
        with pytest.raises(LedgerError) as raised:
            SqliteLedger.open(path, **ways).close()
        assert raised.value.code in ("ledger_empty", "ledger_unmerged")
    assert batches(path) == 0
    assert batches(path) == 0
