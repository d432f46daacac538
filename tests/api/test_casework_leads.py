"""Leads over HTTP: to those whose they are, and the source of one to those alone who may know it."""

from __future__ import annotations

import json

from graph_service.access.log import entries
from graph_service.api.schemas_casework import EXAMPLES, Lead, Leads
from tests.api.world import OFFICES, A, B, Town

LEAD = {"subject": A, "text": "sells without a licence", "source": "the neighbour Xanthippe"}
MAY = ("officer-a", "officer-a-market", "officer-a-tax", "officer-b", "admin")


def test_a_confidential_source_is_told_to_its_officer_and_to_admins_alone(own_town: Town) -> None:
    made = own_town.post("officer-a-market", "/v1/leads", LEAD)
    assert made.status_code == 201
    Lead.model_validate(made.json())
    assert "Xanthippe" not in made.text
    for who in OFFICES:
        found = own_town.client.get("/v1/leads", headers=own_town.headers(who))
        if who not in MAY:
            assert found.status_code == 403
            continue
        Leads.model_validate(found.json())
        rows = found.json()["leads"]
        assert len(rows) == (1 if who in ("officer-a", "officer-a-market", "admin") else 0)
        assert ("Xanthippe" in found.text) is (who in ("officer-a-market", "admin"))
        assert [row["source_withheld"] for row in rows] == [who == "officer-a"] * len(rows)
        assert (A in found.text) is bool(rows)
    said = json.dumps([one.said for one in entries(own_town.service.desk, 0, 1000)])
    assert "Xanthippe" not in said
    open_source = own_town.post("officer-a-market", "/v1/leads", LEAD | {"confidential": False, "text": "again"})
    assert open_source.status_code == 201
    again = own_town.client.get("/v1/leads", headers=own_town.headers("officer-a"), params={"subject": A}).json()
    assert [row["source"] for row in again["leads"]] == [None, LEAD["source"]]


def test_a_lead_is_filed_once_and_passed_on_or_dropped_once(own_town: Town) -> None:
    key = {"Idempotency-Key": "l1"}
    made = own_town.post("officer-a", "/v1/leads", LEAD, **key)
    assert own_town.post("officer-a", "/v1/leads", LEAD, **key).content == made.content
    other = own_town.post("officer-a", "/v1/leads", LEAD | {"subject": B}, **key)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    path = f"/v1/leads/{made.json()['id']}/steps"
    for who in OFFICES:
        answer = own_town.post(who, path, {"step": "fly"})
        unknown = own_town.post(who, "/v1/leads/lead:0/steps", {"step": "fly"})
        if who in ("officer-a", "admin"):
            assert answer.status_code == 409
            assert answer.json()["errors"][0]["detail"].endswith("allowed are: pass_on, drop")
        else:
            assert (answer.status_code, answer.content) == (unknown.status_code, unknown.content)
            assert answer.status_code == (404 if who in MAY else 403)
    for step, need in (("pass_on", "to"), ("drop", "reason")):
        bare = own_town.post("officer-a", path, {"step": step})
        assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, f"body.{need}")
    done = own_town.post("officer-a", path, {"step": "pass_on", "to": "Market Office"})
    assert (done.status_code, done.json()["state"], done.json()["next"]) == (200, "passed_on", [])
    assert own_town.post("officer-a", path, {"step": "drop", "reason": "r"}).status_code == 409
    empty = own_town.post("officer-a", "/v1/leads", LEAD | {"text": " "})
    assert (empty.status_code, empty.json()["errors"][0]["field"]) == (422, "body.text")


def test_examples_have_the_shapes_that_they_stand_for() -> None:
    Lead.model_validate(EXAMPLES["Lead"])
    Leads.model_validate(EXAMPLES["Leads"])
