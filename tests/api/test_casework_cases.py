"""Cases and remedies over HTTP: an officer's own, filed once with a line of the log before, refused with what is allowed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

import graph_service.api.officers as officers
from graph_service.access.log import entries, verify
from graph_service.api.cases import BY_HAND
from graph_service.api.officers import ZONE
from graph_service.api.schemas_casework import EXAMPLES, Annulled, Case, Cases, CaseTold, Moving
from graph_service.casework.machines import machines
from graph_service.model.rows import to_fact
from tests.api.test_access import EVERYBODY, unseen
from tests.api.world import MARKET, OFFICES, RECORD_A, RECORD_B, A, Town, record_row

TODAY = datetime(2018, 9, 12, 10, tzinfo=ZONE)
NOBODY = ("reader", "analyst", "auditor")
NUMBER = {"instrument_no": "No-1"}
FILINGS: dict[str, dict[str, str]] = {
    "objections": NUMBER | {"person": "PERSON-ALPHA"},
    "repairs": {"person": "PERSON-ALPHA"},
    "appeals": NUMBER | {"before": "court"},
    "annulments": NUMBER,
}


class Clock:
    """The moment of the tests."""

    now = TODAY


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The days after the decisions, each act a minute later."""
    made = Clock()

    def tick() -> datetime:
        made.now += timedelta(minutes=1)
        return made.now

    monkeypatch.setattr(officers, "now", tick)
    return made


def post(town: Town, who: str, path: str, key: str = "", **body: str) -> httpx.Response:
    """What a caller gets for something that they file."""
    return town.post(who, f"/v1/cases{path}", body, **({"Idempotency-Key": key} if key else {}))


def get(town: Town, who: str, path: str = "", **params: Any) -> httpx.Response:
    """What a caller gets."""
    return town.client.get(f"/v1/cases{path}", headers=town.headers(who), params=params)


def step(town: Town, thing: str, name: str, who: str = "officer-a", **brought: str) -> httpx.Response:
    """A step in the case of A's record."""
    return post(town, who, f"/{RECORD_A}/steps", thing=thing, step=name, **brought)


def test_a_case_of_others_looks_like_one_that_is_not_there(own_town: Town) -> None:
    mine = {"officer-a": {RECORD_A}, "officer-a-market": {RECORD_A}, "officer-b": {RECORD_B}, "admin": {RECORD_A, RECORD_B}}
    for record in (RECORD_A, RECORD_B):
        made = post(own_town, "admin", "", record=record)
        assert made.status_code == 201
        Case.model_validate(made.json())
    for who in OFFICES:
        answers = [get(own_town, who), get(own_town, who, f"/{RECORD_A}"), get(own_town, who, "/REC-NONE")]
        filed = [post(own_town, who, f"/{RECORD_A}/{name}", **{**body, "on": "x"}) for name, body in FILINGS.items()]
        none = [post(own_town, who, f"/REC-NONE/{name}", **{**body, "on": "x"}) for name, body in FILINGS.items()]
        opened, gone = post(own_town, who, "", record=RECORD_A), post(own_town, who, "", record="REC-NONE")
        steps = step(own_town, "objection:none", "mark", who)
        every = b"".join(one.content for one in (*answers, *filed, *none, opened, gone, steps))
        if who in NOBODY:
            assert {one.status_code for one in (*answers, opened, gone, steps)} == {403}
            assert unseen(every, {}, "PERSON-ALPHA", EVERYBODY) == []
            continue
        Cases.model_validate(answers[0].json())
        assert {row["record"] for row in answers[0].json()["cases"]} == mine.get(who, set())
        assert (answers[2].status_code, gone.status_code, steps.status_code) == (404, 404, 404)
        if RECORD_A in mine.get(who, set()):
            assert (answers[1].status_code, opened.status_code) == (200, 201)
            CaseTold.model_validate(answers[1].json())
            assert {one.status_code for one in filed} == {422}
        else:
            assert (answers[1].content, opened.content) == (answers[2].content, gone.content)
            assert RECORD_A not in answers[0].text
            # The fields that a body may have are known to all; whether a record is there is not.
            assert [(one.status_code, one.content) for one in filed] == [(one.status_code, one.content) for one in none]
            if who != "officer-b":
                assert unseen(every, {}, "PERSON-ALPHA", EVERYBODY) == []


def test_an_objection_is_lodged_once_suspends_and_is_decided(own_town: Town) -> None:
    post(own_town, "officer-a", "", record=RECORD_A)
    pseudonym = own_town.service.masks.pseudonym("PERSON-ALPHA")
    body = NUMBER | {"person": pseudonym}
    first = post(own_town, "officer-a", f"/{RECORD_A}/objections", "o1", **body)
    assert first.status_code == 201
    Moving.model_validate(first.json())
    assert (first.json()["person"], first.json()["state"]) == ("PERSON-ALPHA", "lodged")
    assert post(own_town, "officer-a", f"/{RECORD_A}/objections", "o1", **body).content == first.content
    other = post(own_town, "officer-a", f"/{RECORD_A}/objections", "o1", instrument_no="No-2")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    clash = post(own_town, "officer-a", f"/{RECORD_A}/objections", **(body | {"instrument_no": "No-2"}))
    assert (clash.status_code, clash.json()["errors"][0]["field"]) == (409, "body.instrument_no")
    things = get(own_town, "officer-a", f"/{RECORD_A}", limit=1000).json()["things"]
    states = {one["id"]: one["state"] for one in things if one["machine"] in ("must_feed_back", "may_decline")}
    assert any(state == "suspended" for key, state in states.items() if "PERSON-ALPHA" in key) or not states
    thing = first.json()["id"]
    bare = step(own_town, thing, "uphold")
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "body.instrument_no")
    assert step(own_town, thing, "mark").json()["state"] == "marked"
    done = step(own_town, thing, "uphold", instrument_no="No-3")
    assert (done.status_code, done.json()["state"], done.json()["next"]) == (200, "upheld", [])
    again = step(own_town, thing, "uphold", instrument_no="No-3")
    assert (again.status_code, again.json()["type"]) == (409, "urn:graph-service:problem:step_forbidden")
    with own_town.service.ledger.read() as reader:
        assert sorted(one.fact.kind for one in reader.events_of([RECORD_A])) == ["objection_lodged", "objection_upheld"]
    said = [one.said["answer"] for one in entries(own_town.service.desk, 0, 1000) if one.said["question"] == "objection"]
    assert [one["status"] for one in said] == [0, 201, 201, 422, 0, 409]  # type: ignore[index]
    assert verify(own_town.service.desk).fault is None


def test_every_step_that_is_not_allowed_is_refused_with_those_that_are(own_town: Town) -> None:
    post(own_town, "officer-a", "", record=RECORD_A)
    for name, body in FILINGS.items():
        if name != "annulments":
            assert post(own_town, "officer-a", f"/{RECORD_A}/{name}", **body).status_code == 201
    told = get(own_town, "officer-a", f"/{RECORD_A}", limit=1000).json()
    steps = sorted({name for one in machines().values() for name in one.steps})
    seen = set()
    for thing in [told["case"], *told["things"]]:
        if thing["machine"] not in BY_HAND:
            assert step(own_town, thing["id"], "push").status_code == 404
            continue
        seen.add(thing["machine"])
        assert set(thing["next"]) <= BY_HAND[thing["machine"]]
        for name in sorted(set(steps) - set(thing["next"])):
            refused = step(own_town, thing["id"], name, instrument_no="No-9", reason="r")
            wrong = refused.json()["errors"][0]
            assert (refused.status_code, wrong["field"]) == (409, "body.step")
            assert wrong["detail"].endswith(f"allowed are: {', '.join(thing['next']) or '-'}")
    assert seen == set(BY_HAND)
    after = get(own_town, "officer-a", f"/{RECORD_A}", limit=1000).json()
    assert {one["id"]: one["state"] for one in after["things"]} == {one["id"]: one["state"] for one in told["things"]}


def test_a_case_goes_its_way_until_it_is_closed(own_town: Town, clock: Clock) -> None:
    post(own_town, "officer-a", "", record=RECORD_A)
    waits = step(own_town, f"case:{RECORD_A}", "close")
    assert (waits.status_code, waits.json()["errors"][0]["field"]) == (409, "body.step")
    assert step(own_town, f"publication:{RECORD_A}", "publish").json()["state"] == "published"
    repair = post(own_town, "officer-a", f"/{RECORD_A}/repairs", note="paid").json()["id"]
    bare = step(own_town, repair, "grant")
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "body.instrument_no")
    assert step(own_town, repair, "refuse", reason="too early").json()["state"] == "refused"
    appeal = post(own_town, "officer-a", f"/{RECORD_A}/appeals", instrument_no="No-5", before="court").json()["id"]
    assert step(own_town, appeal, "stay", instrument_no="No-6").json()["state"] == "stayed"
    assert step(own_town, appeal, "dismiss", instrument_no="No-7").json()["state"] == "dismissed"
    made = post(own_town, "officer-a", f"/{RECORD_A}/annulments", instrument_no="No-8")
    assert made.status_code == 201
    Annulled.model_validate(made.json())
    same = post(own_town, "officer-a", f"/{RECORD_A}/annulments", instrument_no="No-8")
    assert same.json()["fact"] == made.json()["fact"]
    assert [one for one in get(own_town, "admin", f"/{RECORD_A}", limit=1000).json()["things"] if one["open"]] == []
    assert step(own_town, f"case:{RECORD_A}", "close").json()["state"] == "closed"
    assert get(own_town, "admin", open="true").json()["cases"] == []
    yesterday = get(own_town, "admin", at="2018-09-11").json()
    assert yesterday["cases"] == []
    seen, cursor = [], None
    while True:
        page = get(own_town, "admin", f"/{RECORD_A}", limit=4, **({"cursor": cursor} if cursor else {})).json()
        seen += [*page["steps"], *page["things"]]
        cursor = page["page"]["next"]
        if not cursor:
            break
    assert len(seen) == page["page"]["total"]


def test_a_publication_that_is_called_back_is_withdrawn_with_a_reason(own_town: Town, clock: Clock) -> None:
    clock.now = datetime(2025, 3, 5, 10, tzinfo=ZONE)
    row = record_row("REC-2025", A, "530102", MARKET) | {"decided_on": "2025-03-01", "act_from": "", "act_to": ""}
    own_town.service.ledger.append([to_fact("records", row)])
    assert post(own_town, "officer-a", "", record="REC-2025").status_code == 201
    thing = "publication:REC-2025"
    assert post(own_town, "officer-a", "/REC-2025/steps", thing=thing, step="publish").json()["next"] == []
    assert post(own_town, "officer-a", "/REC-2025/annulments", instrument_no="No-8").status_code == 201
    bare = post(own_town, "officer-a", "/REC-2025/steps", thing=thing, step="withdraw")
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "body.reason")
    done = post(own_town, "officer-a", "/REC-2025/steps", thing=thing, step="withdraw", reason="annulled")
    assert (done.status_code, done.json()["reason"]) == (200, "annulled")


@pytest.mark.parametrize(
    "path,body,status,field",
    [
        (f"/{RECORD_A}/objections", {"instrument_no": " "}, 422, "body.instrument_no"),
        (f"/{RECORD_A}/objections", NUMBER | {"on": "2018-13-01"}, 422, "body.on"),
        (f"/{RECORD_A}/objections", NUMBER | {"on": "2020-01-01"}, 422, "body.on"),
        (f"/{RECORD_A}/objections", {}, 422, "body.instrument_no"),
        (f"/{RECORD_A}/annulments", NUMBER | {"more": "x"}, 422, "body.more"),
        ("", {"record": "REC-LEAD"}, 422, "body.record"),
        ("", {"record": "REC-MINOR"}, 422, "body.record"),
        (f"/{RECORD_A}/steps", {"thing": f"case:{RECORD_B}", "step": "close"}, 404, "body.thing"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(own_town: Town, path: str, body: dict[str, str], status: int, field: str) -> None:
    rows = (record_row("REC-LEAD", A, "530102", "x") | {"instrument_no": ""}, record_row("REC-MINOR", A, "530102", "x"))
    own_town.service.ledger.append([to_fact("records", rows[0]), to_fact("records", rows[1] | {"severity": "minor"})])
    before = own_town.service.ledger.last()
    answer = post(own_town, "admin", path, **body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field), answer.text
    assert own_town.service.ledger.last() == before


def test_examples_have_the_shapes_that_they_stand_for() -> None:
    for model in (Case, Cases, CaseTold, Moving, Annulled):
        model.model_validate(EXAMPLES[model.__name__])
