"""Writes: taken once, logged before and after, under one key one body, and only what is the writer's own."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from graph_service.access.log import entries, verify
from tests.api.world import MARKET, RECORD_A, RECORD_B, TAX, A, B, Town, record_row

ROW = record_row("REC-NEW", A, "530102", MARKET)
FINDING = {"person": "PERSON-LONE", "finding": "directly_responsible"}


def test_a_record_and_its_finding_make_somebody_answer(own_town: Town) -> None:
    made = own_town.post("officer-a-market", "/v1/records", ROW)
    assert made.status_code == 201
    assert made.json() == {**made.json(), "outcome": "added", "complete": True, "left_out": []}
    assert own_town.post("officer-a-market", "/v1/records/REC-NEW/findings", FINDING).status_code == 201
    found = own_town.get("officer-a-market", f"/v1/enterprises/{A}/liable-persons").json()
    liable = {(row["person"], row["record"]) for row in found["persons"] if row["verdict"] == "liable"}
    assert ("PERSON-LONE", "REC-NEW") in liable
    event = {"kind": "annulled", "on": "2019-01-01"}
    assert own_town.post("officer-a-market", "/v1/records/REC-NEW/events", event).status_code == 201
    rows = own_town.get("admin", f"/v1/enterprises/{A}/consequences").json()["consequences"]
    assert {row["status"] for row in rows if row["record"] == "REC-NEW"} == {"ended"}
    again = own_town.post("admin", "/v1/records", ROW)
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    corrected = own_town.post("admin", "/v1/records", ROW | {"amount": "5"})
    assert (corrected.status_code, corrected.json()["outcome"]) == (200, "corrected")


def test_a_write_is_logged_before_it_is_done_and_with_what_came_of_it(own_town: Town) -> None:
    made = own_town.post("admin", f"/v1/records/{RECORD_A}/findings", FINDING).json()
    begun, done = (one.said for one in entries(own_town.service.desk)[-2:])
    assert begun["answer"] == {"status": 0, "begun": True}
    assert done["answer"] == {"status": 201, "outcome": "added", "position": made["position"]}
    assert begun["fact"] == done["fact"] == made["fact"]
    assert own_town.get("auditor", "/v1/log", person="PERSON-LONE").json()["entries"]
    assert verify(own_town.service.desk).fault is None


def test_one_key_is_one_write(own_town: Town) -> None:
    first = own_town.post("admin", "/v1/records", ROW, **{"Idempotency-Key": "k1"})
    position = own_town.service.ledger.last().number
    again = own_town.post("admin", "/v1/records", ROW, **{"Idempotency-Key": "k1"})
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    other = own_town.post("admin", "/v1/records", ROW | {"amount": "9"}, **{"Idempotency-Key": "k1"})
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    path = f"/v1/records/{RECORD_A}/findings"
    assert own_town.post("admin", path, FINDING, **{"Idempotency-Key": "k1"}).status_code == 422
    assert own_town.service.ledger.last().number == position
    theirs = own_town.post("officer-a-market", "/v1/records", ROW, **{"Idempotency-Key": "k1"})
    assert theirs.json()["outcome"] == "unchanged"


def test_many_at_once_under_one_key_get_one_answer(own_town: Town) -> None:
    answers: list[bytes] = []

    def write() -> None:
        answers.append(own_town.post("admin", "/v1/records", ROW, **{"Idempotency-Key": "k"}).content)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    assert b'"added"' in answers[0]


def test_a_write_that_was_cut_off_before_its_answer_can_be_repeated(own_town: Town) -> None:
    own_town.post("admin", "/v1/records", ROW, **{"Idempotency-Key": "k"})
    with own_town.service.desk.write() as db:
        db.execute("UPDATE writes SET status = 0, answer = ''")  # as it is between the ledger's commit and the desk's
    again = own_town.post("admin", "/v1/records", ROW, **{"Idempotency-Key": "k"})
    assert (again.status_code, again.json()["outcome"]) == (200, "unchanged")
    assert own_town.post("admin", "/v1/records", ROW, **{"Idempotency-Key": "k"}).content == again.content


@pytest.mark.parametrize("who", ["reader", "analyst", "auditor"])
def test_who_may_not_write_writes_nothing(shared_town: Town, who: str) -> None:
    position = shared_town.service.ledger.last().number
    assert shared_town.post(who, "/v1/records", ROW).status_code == 403
    assert shared_town.post(who, f"/v1/records/{RECORD_A}/findings", FINDING).status_code == 403
    assert shared_town.service.ledger.last().number == position


def test_an_officer_writes_for_their_region_and_department_only(shared_town: Town) -> None:
    position = shared_town.service.ledger.last().number
    post = shared_town.post
    for row, status, field in (
        (ROW | {"region": "520103"}, 403, "body.region"),
        (ROW | {"region": ""}, 403, "body.region"),
        (ROW | {"authority": TAX}, 403, "body.authority"),
        (record_row(RECORD_B, A, "530102", MARKET), 404, "body.id"),
    ):
        answer = post("officer-a-market", "/v1/records", row)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    theirs = post("officer-a-market", f"/v1/records/{RECORD_B}/findings", FINDING)
    nobodys = post("officer-a-market", "/v1/records/NOWHERE/findings", FINDING)
    assert theirs.status_code == 404
    assert theirs.content == nobodys.content
    assert shared_town.service.ledger.last().number == position


@pytest.mark.parametrize(
    "path,body,field",
    [
        ("/v1/records", {}, "body.id"),
        ("/v1/records", ROW | {"family": "nonsense"}, "body.family"),
        ("/v1/records", ROW | {"decided_on": "2018-13-01"}, "body.decided_on"),
        ("/v1/records", ROW | {"colour": "red"}, "body.colour"),
        ("/v1/records", ROW | {"subject": "360426199101010071"}, "body.subject"),
        ("/v1/records", ROW | {"id": "a\u0000b"}, "body.id"),
        ("/v1/records", ROW | {"id": 7}, "body.id"),
        ("/v1/records", [ROW], "body"),
        ("/v1/records", ROW | {"amount": "x" * 5000}, "body.amount"),
        (f"/v1/records/{RECORD_A}/findings", {"person": "P", "finding": "guessed"}, "body.finding"),
        (f"/v1/records/{RECORD_A}/events", {"kind": "repaired", "on": ""}, "body.on"),
        ("/v1/records/NOWHERE/events", {"kind": "repaired", "on": "2019-01-01"}, "id"),
    ],
)
def test_what_is_wrong_with_a_body_is_named(shared_town: Town, path: str, body: Any, field: str) -> None:
    answer = shared_town.post("admin", path, body)
    assert answer.status_code in (404, 422)
    assert answer.json()["errors"][0]["field"] == field
    assert "360426199101010071" not in answer.text


@pytest.mark.parametrize("content,kind", [(b"{", "application/json"), (b"\xff", "application/json"), (b"{}", "text/plain")])
def test_a_body_that_is_no_json_is_refused(shared_town: Town, content: bytes, kind: str) -> None:
    headers = shared_town.headers("admin") | {"Content-Type": kind}
    answer = shared_town.client.post("/v1/records", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_person_may_be_named_by_the_pseudonym_of_a_masked_answer(own_town: Town) -> None:
    pseudonym = own_town.service.masks.pseudonym("PERSON-LONE")
    own_town.post("officer-a", f"/v1/records/{RECORD_A}/findings", FINDING | {"person": pseudonym})
    with own_town.service.ledger.read() as reader:
        assert [one.fact.record for one in reader.findings_naming(["PERSON-LONE"])] == [RECORD_A]


def test_the_feed_tells_every_change_once_and_in_order(own_town: Town) -> None:
    own_town.post("admin", "/v1/records", ROW)
    own_town.post("admin", "/v1/records", ROW | {"amount": "7"})
    since, seen = 0, []
    while True:
        page = own_town.get("admin", "/v1/changes", since=str(since), limit="5").json()
        assert len(page["changes"]) <= 5
        seen += page["changes"]
        since = page["next"]
        if not page["more"]:
            break
    assert [one["position"] for one in seen] == list(range(1, own_town.service.ledger.last().number + 1))
    assert [(one["change"], one["table"]) for one in seen[-3:]] == [
        ("added", "records"),
        ("retracted", "records"),
        ("added", "records"),
    ]
    assert seen[-1]["row"]["amount"] == "7"
    beyond = own_town.get("admin", "/v1/changes", since=str(since + 1))
    assert (beyond.status_code, beyond.json()["errors"][0]["field"]) == (422, "since")
    assert own_town.get("admin", "/v1/changes", since=str(since)).json()["changes"] == []
    assert B in {one["row"].get("id") for one in seen}
