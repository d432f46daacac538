"""The must-check over HTTP: answered as its asker may see it, kept in one piece with its log line, and decided once."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph_service.access.log import entries, verify
from graph_service.api.schemas_casework import EXAMPLES, Check, KeptCheck
from graph_service.casework.history import things
from tests.api.test_access import EVERYBODY, OWN, unseen
from tests.api.world import DAY, OFFICES, A, B, Town, town

MAY = [who for who in OFFICES if who != "auditor"]


def ask(town: Town, who: str, subject: str = A, procedure: str = "licence", at: str | None = DAY, **more: Any) -> httpx.Response:
    """Ask a must-check."""
    headers = more.pop("headers", {})
    return town.post(who, "/v1/checks", {"subject": subject, "procedure": procedure, "at": at, **more}, **headers)


@pytest.mark.parametrize("who", OFFICES)
@pytest.mark.parametrize("place,subject", [(0, A), (1, B)])
def test_what_may_not_be_seen_is_not_in_the_bytes(shared_town: Town, who: str, place: int, subject: str) -> None:
    answer = ask(shared_town, who, subject)
    assert answer.status_code == (403 if who == "auditor" else 201)
    hidden = EVERYBODY - frozenset(OWN[who][place])
    assert unseen(answer.content, {}, "", hidden) == []
    if who == "auditor":
        return
    Check.model_validate(answer.json())
    made = answer.json()["check_id"]
    for other in OFFICES:
        kept = shared_town.client.get(f"/v1/checks/{made}", headers=shared_town.headers(other))
        unknown = shared_town.client.get(f"/v1/checks/{'0' * len(made)}", headers=shared_town.headers(other))
        decided = shared_town.post(other, f"/v1/checks/{'0' * 24}/decision", {"decision": "approved", "reason": "r"})
        if other == "auditor":
            assert (kept.status_code, unknown.status_code, decided.status_code) == (403, 403, 403)
        elif other in (who, "admin"):
            assert kept.status_code == 200
            KeptCheck.model_validate(kept.json())
            assert {key: kept.json()[key] for key in answer.json()} == answer.json()
            assert unseen(kept.content, {}, "", hidden) == []
        else:
            assert (kept.status_code, kept.content) == (unknown.status_code, unknown.content) == (404, unknown.content)
            mine = shared_town.post(other, f"/v1/checks/{made}/decision", {"decision": "approved", "reason": "r"})
            assert (mine.status_code, mine.content) == (decided.status_code, decided.content) == (404, decided.content)


@pytest.mark.parametrize("who", [who for who in MAY if who not in ("admin", "officer-b")])
def test_somebody_who_may_not_be_seen_looks_like_nobody(shared_town: Town, who: str) -> None:
    answers = [ask(shared_town, who, key, "appointment").text.replace(key, "") for key in ("PERSON-BRAVO", "PERSON-XXXXX")]
    one, other = ({**json.loads(text), "check_id": "", "decision_id": ""} for text in answers)
    assert one == other
    assert one["decision"] == "review"


def test_an_officer_sees_their_own_person_and_uses_a_pseudonym(shared_town: Town) -> None:
    clear = ask(shared_town, "officer-a", "PERSON-ALPHA", "appointment").json()
    assert {one["subject"] for one in clear["reasons"]} == {"PERSON-ALPHA"}
    pseudonym = shared_town.service.masks.pseudonym("PERSON-ALPHA")
    same = ask(shared_town, "officer-a", pseudonym, "appointment").json()
    assert same["reasons"] == clear["reasons"] != []
    masked = ask(shared_town, "analyst", pseudonym, "appointment")
    assert [one["code"] for one in masked.json()["reasons"]] == [one["code"] for one in clear["reasons"]]
    assert unseen(masked.content, {}, "", EVERYBODY) == []
    refused = ask(shared_town, "reader", pseudonym, "appointment")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "body.subject")


@pytest.mark.parametrize(
    "body,field",
    [
        ({"subject": A, "procedure": "nothing"}, "body.procedure"),
        ({"subject": A, "procedure": "licence", "at": "2019-13-01"}, "body.at"),
        ({"subject": A, "procedure": "licence", "bidders": [B]}, "body.bidders"),
        ({"subject": A, "procedure": "licence", "members": [B]}, "body.members"),
        ({"subject": " ", "procedure": "licence"}, "body.subject"),
        ({"subject": A, "procedure": "licence", "more": 1}, "body.more"),
        ({"procedure": "licence"}, "body.subject"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(shared_town: Town, body: dict[str, Any], field: str) -> None:
    answer = shared_town.post("admin", "/v1/checks", body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"][0]["field"] == field


def test_bidders_are_looked_at_and_a_purpose_is_asked_for(shared_town: Town) -> None:
    found = ask(shared_town, "admin", A, "tender", bidders=[A, B]).json()
    assert found["bidders"] == [A, B]
    bare = shared_town.client.post(
        "/v1/checks", json={"subject": A, "procedure": "licence"}, headers=shared_town.headers("officer-a", None)
    )
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (400, "X-Purpose")


def test_a_check_is_kept_with_its_log_line_or_not_at_all(own_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ask(own_town, "officer-a").json()
    line = entries(own_town.service.desk)[-1].said
    assert (line["question"], line["decision"], line["purpose"]) == ("check", made["decision_id"], "casework")
    assert "PERSON-ALPHA" not in json.dumps(line["about"])
    before = len(entries(own_town.service.desk, 0, 1000))

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("graph_service.access.log.chained", broken)
    assert ask(own_town, "officer-a").status_code == 500
    monkeypatch.undo()
    with own_town.service.desk.read() as db:
        assert len(things(db, "check")) == 1
    assert len(entries(own_town.service.desk, 0, 1000)) == before
    assert verify(own_town.service.desk).fault is None


def test_who_may_see_less_than_before_reads_no_check_of_before(own_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = {"Idempotency-Key": "k1"}
    made = ask(own_town, "officer-a", headers=headers).json()
    path = f"/v1/checks/{made['check_id']}"
    assert own_town.client.get(path, headers=own_town.headers("officer-a")).status_code == 200
    found = own_town.service.caller
    monkeypatch.setattr(own_town.service, "caller", lambda request: replace(found(request), regions=("520000",)))
    assert own_town.client.get(path, headers=own_town.headers("officer-a")).status_code == 404
    again = ask(own_town, "officer-a", headers=headers)
    assert (again.status_code, "PERSON-ALPHA" in again.text) == (422, False)


def test_one_key_keeps_one_check(own_town: Town) -> None:
    answers: list[bytes] = []
    headers = {"Idempotency-Key": "k1"}
    asking = [threading.Thread(target=lambda: answers.append(ask(own_town, "admin", headers=headers).content)) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join()
    assert len(answers) == 4
    assert len(set(answers)) == 1
    with own_town.service.desk.read() as db:
        assert len(things(db, "check")) == 1
    other = ask(own_town, "admin", B, headers=headers)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert ask(own_town, "officer-a", B, headers=headers).status_code == 201  # a key is its caller's own


def test_a_check_and_its_decision_survive_a_restart(tmp_path: Path) -> None:
    with town(tmp_path) as first:
        made = ask(first, "admin").json()
    with town(tmp_path) as second:
        path = f"/v1/checks/{made['check_id']}"
        kept = second.client.get(path, headers=second.headers("admin"))
        assert {key: kept.json()[key] for key in made} == made
        assert (kept.json()["state"], kept.json()["decided"]) == ("answered", None)
        same = second.client.get(path, headers=second.headers("admin") | {"If-None-Match": kept.headers["etag"]})
        assert same.status_code == 304
        body = {"decision": "approved", "reason": "papers to follow"}
        done = second.post("admin", f"{path}/decision", body, **{"Idempotency-Key": "d1"})
        assert (done.status_code, done.json()["decided"]["decision"]) == (200, "approved")
        assert second.post("admin", f"{path}/decision", body, **{"Idempotency-Key": "d1"}).content == done.content
        again = second.post("admin", f"{path}/decision", body)
        assert again.status_code == 409
        assert again.json()["type"] == "urn:graph-service:problem:step_forbidden"
        assert again.json()["errors"][0]["field"] == "body.decision"
        wrong = second.post("admin", f"{path}/decision", {"decision": "perhaps", "reason": "r"})
        assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "body.decision")
        assert second.client.get(path, headers=second.headers("admin")).headers["etag"] != kept.headers["etag"]


def test_examples_have_the_shapes_that_they_stand_for() -> None:
    Check.model_validate(EXAMPLES["Check"])
    KeptCheck.model_validate(EXAMPLES["KeptCheck"])
