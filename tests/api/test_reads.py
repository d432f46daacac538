"""Questions over HTTP: the same answers as the questions themselves, in pages that lose nothing, told apart by their decision."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from graph_service.access.log import entries, verify
from graph_service.api import schemas
from graph_service.api.examples import EXAMPLES
from graph_service.model.rows import to_fact
from graph_service.questions.ask import Questions
from tests.api.world import ASK, DAY, NAMES, PACK, RECORD_A, A, Town, record_row, town

WHERE = {"at": DAY, "packs": [PACK]}
CONSEQUENCE = f"{PACK}:item12-heads:D01:{RECORD_A}:PERSON-ALPHA"


def same(answer: dict[str, Any], shape: dict[str, object], *but: str) -> bool:
    told = {name: value for name, value in shape.items() if name not in but}
    found: dict[str, Any] = json.loads(json.dumps(told))
    return {name: answer[name] for name in told} == found


def test_an_administrator_gets_what_the_questions_answer(shared_town: Town) -> None:
    q = Questions(shared_town.service.ledger)
    get = shared_town.get
    traced = q.trace(A, **WHERE)  # type: ignore[arg-type]
    assert same(get("admin", f"/v1/enterprises/{A}/liable-persons").json(), traced, "consequences")
    assert same(get("admin", f"/v1/enterprises/{A}/consequences").json(), traced, "persons", "subjects")
    assert same(get("admin", f"/v1/enterprises/{A}/related", hops="2").json(), q.related(A, hops=2, at=DAY))
    person = q.person("PERSON-ALPHA", **WHERE)  # type: ignore[arg-type]
    assert same(get("admin", "/v1/persons/PERSON-ALPHA/credit-record").json(), person)
    why = q.why(CONSEQUENCE, **WHERE)  # type: ignore[arg-type]
    assert why["check"] == "holds"
    assert same(get("admin", f"/v1/consequences/{quote(CONSEQUENCE, safe='')}/why").json(), why)
    why_not = q.why_not("PERSON-ANNEX", RECORD_A, **WHERE)  # type: ignore[arg-type]
    assert same(get("admin", "/v1/why-not", person="PERSON-ANNEX", record=RECORD_A).json(), why_not)


@pytest.mark.parametrize("who", ["admin", "analyst"])
@pytest.mark.parametrize(
    "path,lists",
    [
        (f"/v1/enterprises/{A}/liable-persons", ["persons"]),
        (f"/v1/enterprises/{A}/consequences", ["consequences"]),
        (f"/v1/enterprises/{A}/related?hops=2", ["related"]),
        ("/v1/persons/{}/credit-record", ["verdicts", "entries", "measures"]),
    ],
)
def test_pages_hold_every_row_once_and_say_how_many_there_are(shared_town: Town, who: str, path: str, lists: list[str]) -> None:
    person = "PERSON-ALPHA" if who == "admin" else shared_town.service.masks.pseudonym("PERSON-ALPHA")
    path, _, query = path.format(person).partition("?")
    more = dict([query.split("=")]) if query else {}
    whole = shared_town.get(who, path, **more).json()
    assert whole["page"]["next"] is None
    rows: dict[str, list[Any]] = {name: [] for name in lists}
    cursor: dict[str, str] = {}
    pages = 0
    while True:
        answer = shared_town.get(who, path, limit="2", **more, **cursor)
        found = answer.json()
        assert found["page"]["total"] == whole["page"]["total"]
        assert sum(len(found[name]) for name in lists) <= 2
        for name in lists:
            rows[name] += found[name]
        pages += 1
        if found["page"]["next"] is None:
            break
        cursor = {"cursor": found["page"]["next"]}
    assert pages > 1
    assert rows == {name: whole[name] for name in lists}


def test_all_pages_are_of_one_moment_whatever_is_recorded_meanwhile(own_town: Town) -> None:
    path = f"/v1/enterprises/{A}/liable-persons"
    first = own_town.get("admin", path, limit="1").json()
    tie = {"id": "NEW", "kind": "principal", "holder": "PERSON-LONE", "enterprise": A, "valid_from": "2015-01-01"}
    own_town.service.ledger.append([to_fact("ties", tie)])
    second = own_town.get("admin", path, limit="100", cursor=first["page"]["next"]).json()
    assert second["decision_id"] == first["decision_id"]
    rows = [row for page in (first, second) for name in ("persons", "subjects") for row in page[name]]
    assert len(rows) == first["page"]["total"] == second["page"]["total"]
    assert "PERSON-LONE" not in {row["person"] for row in rows}
    now = own_town.get("admin", path).json()
    assert now["decision_id"] != first["decision_id"]
    assert "PERSON-LONE" in {row["person"] for row in now["persons"]}


@pytest.mark.parametrize("change", [lambda c: "x" + c, lambda c: c[:-1], lambda c: "", lambda c: "é", lambda c: c[::-1]])
def test_a_cursor_that_we_did_not_make_is_refused_by_name(shared_town: Town, change: Any) -> None:
    path = f"/v1/enterprises/{A}/liable-persons"
    cursor = shared_town.get("admin", path, limit="1").json()["page"]["next"]
    if change(cursor):
        answer = shared_town.get("admin", path, cursor=change(cursor))
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")
    other = shared_town.get("admin", f"/v1/enterprises/{A}/consequences", cursor=cursor)
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "cursor")


def test_an_answer_that_the_caller_has_is_not_sent_again_and_still_logged(shared_town: Town) -> None:
    path = f"/v1/enterprises/{A}/liable-persons"
    first = shared_town.get("analyst", path)
    tag = first.headers["etag"]
    assert first.json()["decision_id"] in tag
    again = shared_town.get("analyst", path, headers={"If-None-Match": f'"x", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    last = entries(shared_town.service.desk, limit=10_000)[-1].said
    assert last["answer"] == {**last["answer"], "status": 304, "decision": first.json()["decision_id"]}  # type: ignore[dict-item]
    for who, more in (("admin", {}), ("reader", {}), ("analyst", {"lang": "zh"}), ("analyst", {"at": "2024-01-01"})):
        other = shared_town.get(who, path, headers={"If-None-Match": tag}, **more)
        assert other.status_code == 200
        assert other.headers["etag"] != tag


def test_an_answer_follows_the_ledger_at_once(own_town: Town) -> None:
    path = f"/v1/enterprises/{A}/liable-persons"
    first = own_town.get("analyst", path)
    assert own_town.get("analyst", path).content == first.content
    own_town.service.ledger.append([to_fact("records", record_row("REC-NEW", A, "530102", "Another Office"))])
    second = own_town.get("analyst", path, headers={"If-None-Match": first.headers["etag"]})
    assert second.status_code == 200
    assert {row["record"] for row in second.json()["persons"]} == {RECORD_A, "REC-NEW"}
    known = own_town.get("analyst", path, known=first.json()["known"]).json()
    assert known["decision_id"] == first.json()["decision_id"]


@pytest.mark.parametrize(
    "more,field",
    [
        ({"at": "2024-13-01"}, "at"),
        ({"known": "never"}, "known"),
        ({"pack": "nowhere"}, "pack"),
        ({"pack": "/etc"}, "pack"),
        ({"limit": "0"}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"limit": "1001"}, "limit"),
    ],
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_wrong_is_named_in_a_problem_document(shared_town: Town, more: dict[str, str], field: str, lang: str) -> None:
    answer = shared_town.get("admin", f"/v1/enterprises/{A}/liable-persons", lang=lang, **more)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert {"type", "title", "status", "detail"} <= said.keys()
    assert [one["field"] for one in said["errors"]] == [field]
    assert ("参数" in said["title"]) == (lang == "zh") == (answer.headers["content-language"] == "zh")


def test_an_identity_number_is_no_key_and_stands_in_no_log(shared_town: Town) -> None:
    number = "360426199101010071"
    for path in (f"/v1/enterprises/{number}/liable-persons", f"/v1/persons/{number}/credit-record"):
        answer = shared_town.get("admin", path, purpose=f"look for {number}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "id")
        assert number not in answer.text
    assert number not in repr(entries(shared_town.service.desk, limit=10_000)) + repr(shared_town.lines)


def test_a_key_with_characters_that_no_key_has_is_refused_by_the_name_of_its_place(shared_town: Town) -> None:
    for path in ("/v1/enterprises/%00/related", "/v1/persons/a%0Ab/credit-record"):
        answer = shared_town.get("admin", path)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "id")
    blank = shared_town.get("admin", "/v1/why-not", person=" ", record="x")
    assert (blank.status_code, blank.json()["errors"][0]["field"]) == (422, "person")


@pytest.mark.parametrize("path", ["/nowhere", "/v1/enterprises/x", "/v1/enterprises/"])
def test_an_address_that_is_none_is_a_problem_too(shared_town: Town, path: str) -> None:
    answer = shared_town.get("admin", path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    wrong = shared_town.client.delete("/v1/changes", headers=shared_town.headers("admin"))
    assert (wrong.status_code, wrong.headers["content-type"]) == (405, "application/problem+json")


def test_a_purpose_is_kept_in_whatever_script_it_is_written(shared_town: Town) -> None:
    headers = [(b"authorization", f"Bearer {shared_town.keys['admin']}".encode()), (b"x-purpose", "审批".encode())]
    assert shared_town.client.get(f"/v1/enterprises/{A}/related", headers=headers).status_code == 200
    last = entries(shared_town.service.desk, limit=10_000)[-1].said
    assert (last["purpose"], last["question"]) == ("审批", "related")
    assert shared_town.get("admin", f"/v1/enterprises/{A}/related", purpose="x" * 201).status_code == 400


def test_every_answer_is_in_the_log_with_who_whom_why_and_what(own_town: Town) -> None:
    found = own_town.get("officer-a", "/v1/persons/PERSON-ALPHA/credit-record", purpose="case 7").json()
    said = entries(own_town.service.desk)[-1].said
    assert said["who"]["name"] == "officer-a"  # type: ignore[index]
    assert (said["question"], said["about"], said["purpose"]) == ("credit-record", {"person": "PERSON-ALPHA"}, "case 7")
    assert said["answer"] == {"status": 200, "decision": found["decision_id"], "position": found["position"]}
    assert said["persons"] == ["PERSON-ALPHA"]
    own_town.get("analyst", f"/v1/enterprises/{A}/liable-persons")
    assert entries(own_town.service.desk)[-1].said["persons"] == []
    own_town.get("reader", "/v1/persons/PERSON-ALPHA/credit-record")
    refused = entries(own_town.service.desk)[-1].said
    assert refused["answer"] == {"status": 403, "problem": "forbidden"}
    pseudonym = own_town.service.masks.pseudonym("PERSON-ALPHA")
    own_town.get("analyst", f"/v1/persons/{pseudonym}/credit-record")
    looked = own_town.get("auditor", "/v1/log", person="PERSON-ALPHA").json()["entries"]
    assert [one["entry"]["who"]["name"] for one in looked] == ["officer-a", "analyst"]
    assert verify(own_town.service.desk).fault is None


def test_whoever_stands_in_a_sentence_of_a_proof_only_is_logged_as_shown_too(own_town: Town) -> None:
    own_town.get("officer-a", f"/v1/enterprises/{A}/related", hops="1")
    assert entries(own_town.service.desk)[-1].said["persons"] == ["PERSON-ALPHA", "PERSON-ANNEX", "PERSON-BOTH"]
    own_town.get("officer-a", f"/v1/consequences/{quote(CONSEQUENCE, safe='')}/why")
    shown = entries(own_town.service.desk)[-1].said["persons"]
    assert shown == ["PERSON-ALPHA"]


def test_the_log_comes_in_pages(own_town: Town) -> None:
    for _ in range(5):
        own_town.get("reader", f"/v1/enterprises/{A}/related")
    first = own_town.get("auditor", "/v1/log", limit="3").json()
    second = own_town.get("auditor", "/v1/log", limit="3", after=str(first["next"])).json()
    assert (first["more"], second["more"]) == (True, False)
    assert [one["seq"] for one in first["entries"] + second["entries"]] == list(range(1, 7))


def test_too_many_requests_are_held_back_for_this_caller_only(tmp_path: Path) -> None:
    with town(tmp_path, rate=0.1, burst=3) as made:
        answers = [made.get("reader", f"/v1/enterprises/{A}/related") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[3].headers["retry-after"]) <= 11
        assert made.get("analyst", f"/v1/enterprises/{A}/related").status_code == 200
        assert made.get("", "/health").status_code == 200


def test_strangers_are_held_back_by_their_address(tmp_path: Path) -> None:
    with town(tmp_path) as made:
        statuses = {made.get("", "/v1/changes").status_code for _ in range(40)}
        assert statuses == {401, 429}
        assert made.get("reader", f"/v1/enterprises/{A}/related").status_code == 200


def test_before_any_key_is_made_only_this_machine_itself_may_ask(tmp_path: Path) -> None:
    from graph_service.access.keys import add_key

    with town(tmp_path, keys=False) as made:
        path, place = f"/v1/enterprises/{A}/liable-persons", made.client.base_url
        answer = httpx.get(f"{place}{path}", params=ASK, trust_env=False)
        assert {row["person"] for row in answer.json()["persons"]} <= NAMES.keys()
        for headers in (
            {"Host": "evil.example.org"},
            {"X-Forwarded-For": "203.0.113.7"},
            {"Forwarded": "for=203.0.113.7"},
            {"Origin": "https://evil.example.org"},
            {"Authorization": "Bearer nonsense"},
        ):
            assert httpx.get(f"{place}{path}", headers=headers, trust_env=False).status_code == 401
        _, key = add_key(made.service.desk, "first", "reader")
        assert httpx.get(f"{place}{path}", trust_env=False).status_code == 401
        assert httpx.get(f"{place}{path}", headers={"Authorization": f"Bearer {key}"}, trust_env=False).status_code == 200


def test_health_readiness_and_figures(own_town: Town) -> None:
    own_town.get("reader", f"/v1/enterprises/{A}/related")
    assert own_town.get("", "/health").json() == {"status": "ok"}
    assert own_town.get("", "/ready").json() == {"status": "ok"}
    assert own_town.get("", "/metrics").status_code == 401
    text = own_town.get("reader", "/metrics").text
    assert 'graph_service_requests_total{method="GET",route="/v1/enterprises/{id}/related",status="200"} 1.0' in text
    assert "graph_service_ledger_position 2" in text
    assert A not in text
    own_town.service.log.close()
    assert own_town.get("", "/ready").status_code == 503


def test_browsers_are_kept_safe_and_the_page_loads_nothing_from_elsewhere(shared_town: Town) -> None:
    page = shared_town.get("", "/docs")
    assert page.status_code == 200
    assert "/v1/enterprises/{id}/liable-persons" in page.text
    assert "://" not in page.text
    for header in ("content-security-policy", "x-content-type-options", "x-frame-options", "referrer-policy"):
        assert header in page.headers
    assert shared_town.get("", "/docs.css").status_code == 200
    assert "access-control-allow-origin" not in shared_town.get("", "/health", headers={"Origin": "https://a.example"}).headers
    assert "server" not in page.headers


def test_other_origins_are_let_in_only_where_set(tmp_path: Path) -> None:
    with town(tmp_path, cors_origins=("https://a.example",)) as made:
        headers = {"Origin": "https://a.example"}
        assert made.get("", "/health", headers=headers).headers["access-control-allow-origin"] == "https://a.example"
        assert "access-control-allow-origin" not in made.get("", "/health", headers={"Origin": "https://b.example"}).headers


def test_a_body_that_is_too_large_is_refused_however_it_is_sent(shared_town: Town) -> None:
    headers = shared_town.headers("admin") | {"Content-Type": "application/json"}
    for body in (b"x" * 70_000, iter([b"x" * 40_000, b"x" * 40_000])):
        answer = shared_town.client.post("/v1/records", content=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_answers_of_their_shape(name: str) -> None:
    getattr(schemas, name).model_validate(EXAMPLES[name])
