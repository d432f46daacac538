"""Webhooks: every change once, in order, signed, masked, until it is taken, whatever fails on the way."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph_service.api.app import AREAS
from graph_service.api.asking import Service
from graph_service.api.settings import Settings
from graph_service.api.webhooks import Outbox, add_webhook, alone, list_webhooks, remove_webhook, secret_of, signature
from graph_service.desk.base import Desk
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import BadValue
from graph_service.model.facts import Tie
from tests.api.world import NAMES, facts


class Receiver:
    """A server that takes messages, or answers with the next of ``statuses``."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.seen = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.seen += 1
                status = outer.statuses.pop(0) if outer.statuses else 204
                if status < 300:
                    outer.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        self._thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    @property
    def positions(self) -> list[int]:
        return [change["position"] for _, body in self.taken for change in json.loads(body)["changes"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver().running() as made:
        yield made


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    ledger = SqliteLedger.open(tmp_path / "facts.db")
    ledger.append(facts())
    desk = Desk.open(tmp_path / "desk.db", AREAS)
    made = Service(Settings(store=f"sqlite:///{tmp_path}/facts.db"), ledger, desk)
    yield made
    made.close()
    desk.close()
    ledger.close()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=5, trust_env=False) as made:
        yield made


def test_every_change_is_pushed_once_in_order_signed_and_masked(
    service: Service, receiver: Receiver, client: httpx.Client
) -> None:
    hook = add_webhook(service.desk, receiver.url, 0)
    outbox = Outbox(service)
    assert outbox.fill() == 1
    assert outbox.fill() == 0
    assert outbox.waiting() == 1
    assert outbox.send(client) == 1
    assert outbox.send(client) == 0
    last = service.ledger.last().number
    assert receiver.positions == list(range(1, last + 1))
    headers, body = receiver.taken[0]
    at = int(re.fullmatch(r"t=(\d+),v1=[0-9a-f]{64}", headers["x-signature"])[1])  # type: ignore[index]
    assert headers["x-signature"] == signature(secret_of(service.push_secret, hook.id), at, body)
    assert headers["x-signature"] != signature(secret_of(service.push_secret, "another"), at, body)
    assert not any(key in body.decode() or name in body.decode() for key, name in NAMES.items())
    assert b"p~" in body


def test_a_message_that_is_not_taken_waits_longer_each_time_and_holds_those_behind_it(
    service: Service, receiver: Receiver, client: httpx.Client
) -> None:
    now = [1_000_000.0]
    add_webhook(service.desk, receiver.url, service.ledger.last().number)
    outbox = Outbox(service, clock=lambda: now[0])
    for number in (1, 2):
        service.ledger.append([Tie(f"N{number}", "director", "PERSON-LONE", "ENT-A")])
        outbox.fill()
    receiver.statuses = [500, 302, 404]
    pauses = []
    for _ in range(3):
        assert outbox.send(client) == 0
        assert outbox.send(client) == 0  # not before its time
        with service.desk.read() as db:
            pauses.append(db.execute("SELECT min(next_at) FROM outbox WHERE next_at > 0").fetchone()[0] - now[0])
        now[0] += 4000
    assert receiver.seen == 3
    assert 0.5 <= pauses[0] <= 1 <= pauses[1] <= 2 <= pauses[2] <= 4
    assert [outbox.send(client) for _ in range(3)] == [1, 1, 0]
    assert receiver.positions == sorted(receiver.positions)
    assert len(receiver.positions) == 2
    assert len({headers["x-delivery"] for headers, _ in receiver.taken}) == 2


def test_an_address_that_does_not_answer_keeps_no_other_from_its_messages(
    service: Service, receiver: Receiver, client: httpx.Client
) -> None:
    add_webhook(service.desk, "http://127.0.0.1:9/nobody", 0)
    add_webhook(service.desk, receiver.url, 0)
    outbox = Outbox(service)
    outbox.fill()
    assert outbox.send(client) == 1
    assert outbox.waiting() == 1


def test_two_that_fill_at_once_put_no_change_in_twice(service: Service, receiver: Receiver) -> None:
    hook = add_webhook(service.desk, receiver.url, 0)
    for number in range(40):
        service.ledger.append([Tie(f"N{number}", "director", "PERSON-LONE", "ENT-A")])
    threads = [threading.Thread(target=Outbox(service).fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with service.desk.read() as db:
        rows = db.execute("SELECT after_position, to_position FROM outbox WHERE webhook = ? ORDER BY seq", (hook.id,)).fetchall()
    spans = [(row[0], row[1]) for row in rows]
    assert [one[0] for one in spans] == [0, *(one[1] for one in spans[:-1])]
    assert spans[-1][1] == service.ledger.last().number == list_webhooks(service.desk)[0].position


def test_a_removed_webhook_gets_nothing_more(service: Service, receiver: Receiver, client: httpx.Client) -> None:
    hook = add_webhook(service.desk, receiver.url, 0)
    outbox = Outbox(service)
    outbox.fill()
    remove_webhook(service.desk, hook.id)
    assert (outbox.fill(), outbox.send(client), outbox.waiting()) == (0, 0, 0)
    with pytest.raises(BadValue, match="no webhook"):
        remove_webhook(service.desk, "nobody")


def test_only_one_process_pushes_and_another_takes_over(service: Service) -> None:
    stopping = threading.Event()
    with alone(service.desk.path, stopping) as first:
        assert first
        later = threading.Timer(0.1, stopping.set)
        later.start()
        with alone(service.desk.path, stopping) as second:
            assert not second
        later.join()
    with alone(service.desk.path, threading.Event()) as third:
        assert third


def test_while_the_service_runs_a_change_arrives_by_itself(service: Service, receiver: Receiver) -> None:
    add_webhook(service.desk, receiver.url, 0)
    outbox = Outbox(service, poll=0.01)
    outbox.start()
    done = threading.Event()
    for _ in range(500):
        if receiver.positions == list(range(1, service.ledger.last().number + 1)):
            break
        done.wait(0.01)
    outbox.stop()
    assert receiver.positions == list(range(1, service.ledger.last().number + 1))


@pytest.mark.parametrize(
    "url",
    ["http://example.org/x", "ftp://example.org", "https://", "https://user:secret@example.org/", "nonsense", "https://a\n.b"],
)
def test_an_address_that_is_not_safe_is_refused_and_its_secret_is_not_repeated(service: Service, url: str) -> None:
    with pytest.raises(BadValue) as raised:
        add_webhook(service.desk, url, 0)
    assert "secret" not in str(raised.value)
    assert add_webhook(service.desk, "https://example.org/hook", 0).id
