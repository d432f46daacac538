"""Faults of the Neo4j ledger: connections that are cut, writers that are killed, many that write at once."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress

import pytest

from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.protocol import Outcome, Position
from graph_service.model.facts import Subject, SubjectKind, Tie
from tests.neo4j_fixtures import GROUP, Neo4j

DIRECTOR = Tie("T1", "director", "P1", "E1")
FIRM = Subject("E1", SubjectKind.ENTERPRISE, "Sample Trading Ltd")
PERSON = Subject("P1", SubjectKind.PERSON, "李某")


def opened(server: Neo4j, *, create: bool = True) -> Neo4jLedger:
    return Neo4jLedger.open(server.uri, create=create)


class Cut:
    """A way to the server that can be cut: before a message of the client's reaches it, or before its answer comes back."""

    COMMIT = b"\x00\x02\xb0\x12\x00\x00"
    BEGIN = b"\xb1\x11"
    RUN = b"\xb3\x10"

    def __init__(self, uri: str) -> None:
        self.target = ("127.0.0.1", int(uri.rpartition(":")[2]))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = f"bolt://127.0.0.1:{self.listener.getsockname()[1]}"
        self.cut_at: Callable[[bytes], bool] = lambda _: False
        self.keep_answer = False
        self.cuts = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as server:
            back = threading.Thread(target=self._back, args=(server, client), daemon=True)
            back.start()
            try:
                while data := client.recv(1 << 16):
                    if self.cut_at(data):
                        self.cuts += 1
                        if self.keep_answer:  # the server does it, and nobody hears of it
                            client.shutdown(socket.SHUT_RDWR)
                            server.sendall(data)
                            back.join(2)
                        return
                    server.sendall(data)
            except OSError:
                return
            finally:
                for one in (client, server):  # closing alone would not wake the other direction, and the server would wait on
                    with suppress(OSError):
                        one.shutdown(socket.SHUT_RDWR)

    def _back(self, server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(1 << 16):
                client.sendall(data)
        except OSError:
            return

    def once(self, message: bytes, *, after: int = 0, keep_answer: bool = False) -> None:
        """Cut at the next message that holds these bytes, after some others of its kind went through."""
        seen = [0]

        def cut_at(data: bytes) -> bool:
            seen[0] += message in data
            if seen[0] <= after or self.cuts:
                return False
            return message in data

        self.cuts, self.cut_at, self.keep_answer = 0, cut_at, keep_answer


@pytest.fixture
def cut(neo4j: Neo4j) -> Iterator[Cut]:
    made = Cut(neo4j.uri)
    yield made
    made.listener.close()


@GROUP
def test_an_append_whose_acknowledgement_was_lost_is_not_done_twice(cut: Cut) -> None:
    with closing(Neo4jLedger.open(cut.uri)) as ledger:
        ledger.append([FIRM])
        cut.once(Cut.COMMIT, keep_answer=True)
        receipt = ledger.append([DIRECTOR, PERSON])
        assert cut.cuts == 1
        assert receipt.outcomes == (Outcome.ADDED, Outcome.ADDED)
        assert receipt.position == ledger.last().number == 3
        assert [change.fact for change in ledger.since(0)] == [FIRM, DIRECTOR, PERSON]


@GROUP
@pytest.mark.parametrize(("message", "after"), [(Cut.BEGIN, 0), (Cut.RUN, 1), (Cut.RUN, 3), (Cut.COMMIT, 0), (Cut.COMMIT, 1)])
def test_an_append_that_was_cut_off_on_its_way_is_done_once(cut: Cut, message: bytes, after: int) -> None:
    with closing(Neo4jLedger.open(cut.uri)) as ledger:
        ledger.append([FIRM])
        cut.once(message, after=after)
        receipt = ledger.append([DIRECTOR, PERSON])
        assert cut.cuts == 1
        assert receipt.outcomes == (Outcome.ADDED, Outcome.ADDED)
        assert [change.position for change in ledger.since(0)] == [1, 2, 3]


@GROUP
def test_a_look_up_that_was_cut_off_is_repeated(cut: Cut) -> None:
    with closing(Neo4jLedger.open(cut.uri)) as ledger:
        ledger.append([FIRM, DIRECTOR])
        with ledger.read() as reader:
            cut.once(Cut.RUN)
            assert [one.fact for one in reader.ties_into(["E1"])] == [DIRECTOR]
            assert cut.cuts == 1


@GROUP
def test_an_append_that_nobody_published_is_whole_and_the_next_opening_publishes_it(neo4j: Neo4j) -> None:
    with closing(opened(neo4j)) as ledger:
        ledger.append([FIRM])
        ledger.append([DIRECTOR, PERSON])
        neo4j.driver.execute_query(
            "MATCH (l:GsLedger) SET l.position = 1"
        )  # as a writer leaves it that dies between its two commits
        assert ledger.last().number == 1
        with ledger.read() as reader:
            assert reader.ties_into(["E1"]) == []
        assert ledger.append([DIRECTOR]).outcomes == (Outcome.UNCHANGED,)
        assert ledger.last().number == 3
        neo4j.driver.execute_query("MATCH (l:GsLedger) SET l.position = 1")
    with closing(opened(neo4j)) as ledger:
        assert ledger.last().number == 3


WRITER = """
import sys
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.model.facts import Tie
ledger = Neo4jLedger.open(sys.argv[1])
for batch in range(int(sys.argv[3])):
    ledger.append([Tie(f"{sys.argv[2]}-{batch}-{i}", "director", f"P{i}", sys.argv[2]) for i in range(10)])
    print(batch, flush=True)
ledger.close()
"""


@GROUP
def test_processes_that_write_at_once_take_turns_and_readers_see_whole_batches(neo4j: Neo4j) -> None:
    ledger = opened(neo4j)
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, neo4j.uri, f"E{number}", "10"], stdout=subprocess.PIPE, text=True)
        for number in range(2)
    ]
    wrong: list[str] = []
    while any(writer.poll() is None for writer in writers):
        with ledger.read() as reader:
            found = len(reader.ties_into(["E0", "E1"]))
            if found != reader.position.number or found % 10:
                wrong.append(f"{found} of {reader.position.number}")
    assert [writer.communicate() and writer.returncode for writer in writers] == [0, 0]
    assert wrong == []
    changes = list(ledger.since(0))
    ledger.close()
    assert [change.position for change in changes] == list(range(1, 201))
    assert [change.recorded_at for change in changes] == sorted(change.recorded_at for change in changes)
    batches = [{change.fact.key.rpartition("-")[0] for change in changes[at : at + 10]} for at in range(0, 200, 10)]
    assert all(len(batch) == 1 for batch in batches)


@GROUP
@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_writer_that_is_killed_leaves_whole_batches_and_the_load_can_be_repeated(neo4j: Neo4j) -> None:
    opened(neo4j).close()
    with subprocess.Popen([sys.executable, "-c", WRITER, neo4j.uri, "E0", "100000"], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(7):
            acknowledged = int(writer.stdout.readline())
        writer.kill()
    with closing(opened(neo4j)) as ledger:
        last = ledger.last().number
        assert last % 10 == 0
        assert last >= 10 * (acknowledged + 1)
        again = [Tie(f"E0-{batch}-{i}", "director", f"P{i}", "E0") for batch in range(last // 10 + 1) for i in range(10)]
        assert ledger.append(again).position == last + 10
        with ledger.read(Position(last, "")) as reader:
            assert len(reader.ties_into(["E0"])) == last
