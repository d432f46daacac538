"""Two towns, each with an enterprise, its people, and a record by its own authority; and callers of every role."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp

from graph_service.access.keys import add_key
from graph_service.api.app import AREAS, make_app
from graph_service.api.asking import Service
from graph_service.api.settings import Settings
from graph_service.desk.base import Desk
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Fact
from graph_service.model.rows import to_fact

DAY = "2019-12-31"
PACK = "cn-yunnan-2016"
ASK = {"at": DAY, "pack": PACK}
A, B = "ENT-A", "ENT-B"
RECORD_A, RECORD_B = "REC-A", "REC-B"
MARKET, TAX = "Market Office", "Tax Office"
NAMES = {
    "PERSON-ALPHA": "欧阳甲子",
    "PERSON-ANNEX": "司徒乙丑",
    "PERSON-BRAVO": "上官丙寅",
    "PERSON-BOTH": "诸葛丁卯",
    "PERSON-LONE": "慕容戊辰",
}
PEOPLE_A, PEOPLE_B = ("PERSON-ALPHA", "PERSON-ANNEX", "PERSON-BOTH"), ("PERSON-BRAVO", "PERSON-BOTH")
OFFICES = {
    "reader": {"role": "reader"},
    "analyst": {"role": "analyst"},
    "officer-a": {"role": "officer", "regions": ["530000"]},
    "officer-a-market": {"role": "officer", "regions": ["530100"], "departments": [MARKET]},
    "officer-a-tax": {"role": "officer", "regions": ["530100"], "departments": [TAX]},
    "officer-b": {"role": "officer", "regions": ["520000"]},
    "auditor": {"role": "auditor"},
    "admin": {"role": "admin"},
}


def facts() -> list[Fact]:
    """What the ledger holds."""
    made: list[Fact] = []
    for key, region in ((A, "530102"), (B, "520103")):
        made.append(to_fact("enterprises", {"id": key, "name": f"{key} Trading", "region": region}))
    made += [to_fact("persons", {"id": key, "name": name}) for key, name in NAMES.items()]
    ties = [
        ("T-PERSON-ALPHA-1", "legal_representative", "PERSON-ALPHA", A),
        ("T-PERSON-ANNEX-1", "director", "PERSON-ANNEX", A),
        ("T-PERSON-BOTH-1", "principal", "PERSON-BOTH", A),
        ("T-PERSON-BRAVO-1", "legal_representative", "PERSON-BRAVO", B),
        ("T-PERSON-BOTH-2", "director", "PERSON-BOTH", B),
        ("T-NOBODY-1", "supervisor", "PERSON-UNDESCRIBED", B),
    ]
    made += [
        to_fact(
            "ties",
            {"id": i, "kind": k, "holder": h, "enterprise": e, "valid_from": "2015-01-01", "credential": f"C-{h}"},
        )
        for i, k, h, e in ties
    ]
    made.append(to_fact("ties", {"id": "T-HOLD", "kind": "shareholder", "holder": A, "enterprise": B, "share": "30"}))
    rows = ((RECORD_A, A, "530102", MARKET), (RECORD_B, B, "520103", TAX), ("REC-LONE", "PERSON-LONE", "530102", TAX))
    for record, subject, region, authority in rows:
        made.append(to_fact("records", record_row(record, subject, region, authority)))
    made.append(to_fact("findings", {"record": RECORD_A, "person": "PERSON-ANNEX", "finding": "directly_responsible"}))
    made.append(to_fact("findings", {"record": RECORD_B, "person": "PERSON-BRAVO", "finding": "directly_responsible"}))
    made.append(to_fact("events", {"record": RECORD_B, "kind": "objection_lodged", "on": "2019-05-01", "person": "PERSON-BRAVO"}))
    return made


def record_row(record: str, subject: str, region: str, authority: str) -> dict[str, str]:
    """A row of a serious record."""
    return {
        "id": record,
        "subject": subject,
        "family": "health_safety",
        "behaviour": "food",
        "severity": "serious",
        "act_from": "2018-03-01",
        "act_to": "2018-06-01",
        "decided_on": "2018-09-10",
        "authority": authority,
        "instrument_no": f"No-{record}",
        "region": region,
    }


@dataclass
class Town:
    """A running service, its stores, and the keys of its callers."""

    service: Service
    client: httpx.Client
    keys: dict[str, str]
    lines: list[dict[str, object]]

    def headers(self, who: str, purpose: str | None = "casework") -> dict[str, str]:
        """The headers of a caller."""
        named = {"Authorization": f"Bearer {self.keys[who]}"} if who else {}
        return named | ({"X-Purpose": purpose} if purpose else {})

    def get(self, who: str, path: str, purpose: str | None = "casework", **more: Any) -> httpx.Response:
        """What a caller gets."""
        headers = self.headers(who, purpose) | more.pop("headers", {})
        return self.client.get(path, headers=headers, params={**ASK, **more} if "/v1/" in path else more)

    def post(self, who: str, path: str, body: object, **headers: str) -> httpx.Response:
        """What a caller gets for a write."""
        return self.client.post(path, json=body, headers=self.headers(who) | headers)


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """A real server for an application, on a free port of this machine; its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, proxy_headers=False, ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.005)
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def on(service: Service, *, keys: bool = True) -> Iterator[Town]:
    """A running application of a service, with a key of every role."""
    lines: list[dict[str, object]] = []
    made = {name: add_key(service.desk, name, **what)[1] for name, what in OFFICES.items()} if keys else {}  # type: ignore[arg-type]
    with running(make_app(service, tell=lines.append)) as address, httpx.Client(base_url=address, trust_env=False) as client:
        yield Town(service, client, made, lines)


@contextmanager
def town(folder: Path, *, keys: bool = True, **settings: Any) -> Iterator[Town]:
    """A service with the world in it."""
    ledger = SqliteLedger.open(folder / "facts.db")
    ledger.append(facts())
    desk = Desk.open(folder / "facts.desk.db", AREAS)
    given = {"store": f"sqlite:///{folder / 'facts.db'}", "rate": 10_000, "burst": 10_000} | settings
    service = Service(Settings.model_validate(given), ledger, desk)
    try:
        with on(service, keys=keys) as made:
            yield made
    finally:
        service.close()
        desk.close()
        ledger.close()
