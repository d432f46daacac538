"""Whatever kills the service under load: no acknowledged write is lost, the log is whole, every change is pushed, none invented.

GRAPH_SERVICE_KILL_ROUNDS says how often (default 4).
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import psutil
import pytest

from graph_service.access.keys import add_key
from graph_service.access.log import entries, verify
from graph_service.api.app import AREAS
from graph_service.api.asking import Service
from graph_service.api.settings import Settings
from graph_service.api.webhooks import Outbox, add_webhook
from graph_service.desk.base import Desk
from graph_service.ledger.sqlite import SqliteLedger
from tests.api.test_webhooks import Receiver
from tests.api.world import MARKET, A, facts, record_row

ROUNDS = int(os.environ.get("GRAPH_SERVICE_KILL_ROUNDS", "4"))


def serving(store: str, port: int, **more: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "GRAPH_SERVICE_RATE": "100000", "GRAPH_SERVICE_BURST": "100000", **more}
    command = [sys.executable, "-m", "graph_service", "serve", "--store", store, "--port", str(port)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1500):
        assert process.poll() is None
        try:
            if httpx.get(f"{address}/ready", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.02)
    raise AssertionError("never ready")


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_killed_at_any_moment_loses_nothing_that_it_acknowledged(tmp_path: Path, workers: str) -> None:
    store = f"sqlite:///{tmp_path / 'facts.db'}"
    ledger = SqliteLedger.open(tmp_path / "facts.db")
    ledger.append(facts())
    ledger.close()
    desk = Desk.open(tmp_path / "facts.desk.db", AREAS)
    _, key = add_key(desk, "writer", "admin")
    headers = {"Authorization": f"Bearer {key}", "X-Purpose": "load"}
    acknowledged: dict[str, bytes] = {}
    answered: set[str] = set()
    moments = random.Random(7)
    port = free_port()
    address = f"http://127.0.0.1:{port}"

    def load(name: str, stop: threading.Event) -> None:
        with httpx.Client(base_url=address, headers=headers, timeout=5, trust_env=False) as client:
            number = 0
            while not stop.is_set():
                record, number = f"{name}-{number}", number + 1
                try:
                    made = client.post(
                        "/v1/records", json=record_row(record, A, "530102", MARKET), headers={"Idempotency-Key": record}
                    )
                    if made.status_code == 201:
                        acknowledged[record] = made.content
                    read = client.get(f"/v1/enterprises/{record}/liable-persons", params={"at": "2019-12-31"})
                    if read.status_code == 200:
                        answered.add(read.headers["x-request-id"])
                except httpx.HTTPError:
                    return

    with Receiver().running() as receiver:
        add_webhook(desk, receiver.url, 0)
        for turn in range(max(1, ROUNDS // 2)):
            process = serving(store, port, GRAPH_SERVICE_WORKERS=workers)
            until_ready(address, process)
            stop = threading.Event()
            threads = [threading.Thread(target=load, args=(f"R{turn}-{name}", stop)) for name in range(3)]
            for thread in threads:
                thread.start()
            time.sleep(0.2 + moments.random() * 0.5)
            workers_of = psutil.Process(process.pid).children(recursive=True)
            process.kill()
            for one in workers_of:
                one.kill()
            process.wait()
            psutil.wait_procs(workers_of)
            stop.set()
            for thread in threads:
                thread.join()
            assert verify(desk).fault is None
        ledger = SqliteLedger.open(tmp_path / "facts.db")
        with ledger.read() as reader:
            held = {one.fact.id for one in reader.records(list(acknowledged))}
        assert held == acknowledged.keys()
        assert len(acknowledged) > ROUNDS
        logged: list[str] = []
        after = 0
        while page := entries(desk, after, 1000):
            after = page[-1].seq
            logged += [str(one.said["request"]) for one in page if "begun" not in one.said["answer"]]  # type: ignore[operator]
        assert answered <= set(logged)
        changes = {one.position: one.fact_id for one in ledger.since(0)}
        service = Service(Settings(store=store), ledger, desk)
        _drain(service)
        pushed = [change for _, body in receiver.taken for change in json.loads(body)["changes"]]
        service.close()
        ledger.close()
    # A message that was taken just before the end may come again, under the same delivery id; nothing else is there twice.
    by_delivery = {headers["x-delivery"]: body for headers, body in receiver.taken}
    positions = [change["position"] for body in by_delivery.values() for change in json.loads(body)["changes"]]
    assert sorted(positions) == list(changes)
    assert {change["position"] for change in pushed} == changes.keys()
    assert {one["fact"] for one in pushed if not one["fact"].startswith("f~")} <= set(changes.values())
    desk.close()


def _drain(service: Service) -> None:
    outbox = Outbox(service, clock=lambda: time.time() + 7200)
    with httpx.Client(timeout=5, trust_env=False) as client:
        while outbox.fill() + outbox.send(client):
            pass
    assert outbox.waiting() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_asked_to_stop_the_service_ends_what_it_does_and_exits(tmp_path: Path, workers: str) -> None:
    store = f"sqlite:///{tmp_path / 'facts.db'}"
    ledger = SqliteLedger.open(tmp_path / "facts.db")
    ledger.append(facts())
    ledger.close()
    port = free_port()
    process = serving(store, port, GRAPH_SERVICE_WORKERS=workers)
    address = f"http://127.0.0.1:{port}"
    until_ready(address, process)
    for _ in range(20):
        assert httpx.get(f"{address}/health", trust_env=False).status_code == 200
    figures = httpx.get(f"{address}/metrics", trust_env=False).text
    assert 'graph_service_requests_total{method="GET",route="/health",status="200"} 20.0' in figures  # of all processes
    assert "graph_service_outbox_waiting 0" in figures
    running = psutil.Process(process.pid).children(recursive=True)
    assert len(running) == (2 if workers == "2" else 0)
    process.terminate()
    assert process.wait(15) in (0, -15)
    assert psutil.wait_procs(running, timeout=1)[1] == []
    desk = Desk.open(tmp_path / "facts.desk.db", AREAS)
    assert verify(desk).fault is None
    desk.close()
