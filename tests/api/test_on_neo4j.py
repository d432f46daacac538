"""The service on a ledger in Neo4j: the same answers, masks and writes as on SQLite."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.api.app import AREAS
from graph_service.api.asking import Service
from graph_service.api.settings import Settings
from graph_service.desk.base import Desk
from graph_service.ledger.neo4j import Neo4jLedger
from tests.api.test_access import EVERYBODY, unseen
from tests.api.world import MARKET, A, Town, facts, on, record_row
from tests.neo4j_fixtures import GROUP, Neo4j

pytestmark = GROUP


def test_answers_are_the_same_on_either_ledger(
    neo4j: Neo4j, shared_town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPH_SERVICE_KEY", "one secret for both, so that pseudonyms are the same")
    ledger = Neo4jLedger.open(neo4j.uri, create=True)
    desk = Desk.open(tmp_path / "desk.db", AREAS)
    service = Service(Settings(store=neo4j.uri, rate=10_000, burst=10_000), ledger, desk)
    other = Service(shared_town.service.settings, shared_town.service.ledger, shared_town.service.desk)
    try:
        ledger.append(facts())
        with on(service) as made, on(other) as same:
            for who in ("admin", "analyst", "officer-a", "reader"):
                for path in (f"/v1/enterprises/{A}/liable-persons", f"/v1/enterprises/{A}/related"):
                    one, two = (town.get(who, path) for town in (made, same))
                    assert one.status_code == two.status_code == 200
                    assert {**one.json(), "known": ""} == {**two.json(), "known": ""}
                    if who in ("analyst", "reader"):
                        assert unseen(one.content, {}, path, EVERYBODY) == []
            row = record_row("REC-NEW", A, "530102", MARKET)
            assert made.post("officer-a", "/v1/records", row).status_code == 201
            assert made.get("admin", "/v1/changes", since=str(len(facts()))).json()["changes"][0]["row"]["id"] == "REC-NEW"
    finally:
        service.close()
        other.close()
        desk.close()
        ledger.close()
