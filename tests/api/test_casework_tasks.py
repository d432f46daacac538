"""Tasks over HTTP: to each officer their own, each step once and in its order, and nothing of them to anybody else."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

import graph_service.api.officers as officers
from graph_service.access.log import entries, verify
from graph_service.api.asking import FLOOR
from graph_service.api.officers import ZONE, office_of
from graph_service.api.schemas_casework import EXAMPLES, Task, Tasks, TaskTold
from graph_service.casework.asking import look_for
from graph_service.casework.cases import open_case
from graph_service.casework.history import Act
from graph_service.casework.tasks import BY_DEPARTMENTS, TASKS
from graph_service.model.rows import to_fact
from tests.api.test_access import EVERYBODY, unseen
from tests.api.world import MARKET, OFFICES, RECORD_A, RECORD_B, TAX, A, Town, record_row

TODAY = datetime(2018, 9, 12, 10, tzinfo=ZONE)
NOBODY = ("reader", "analyst", "auditor")


@pytest.fixture(autouse=True)
def in_2018(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day after the decisions."""
    monkeypatch.setattr(officers, "now", lambda: TODAY)


def opened(town: Town, *records: str) -> list[str]:
    """The tasks of records whose cases are opened."""
    office = office_of(town.service)
    for record in records or (RECORD_A,):
        open_case(office, Act("office", TODAY), record)
    return [str(one["id"]) for one in look_for(town.service.desk, TASKS, TODAY.date().toordinal())]


def get(town: Town, who: str, path: str = "/v1/tasks", **params: Any) -> httpx.Response:
    """What a caller gets."""
    return town.client.get(path, headers=town.headers(who), params=params)


def step(town: Town, who: str, task: str, step: str, **more: str) -> httpx.Response:
    """A caller takes a step."""
    headers = {"Idempotency-Key": more.pop("key")} if "key" in more else {}
    return town.post(who, f"/v1/tasks/{quote(task, safe='')}/steps", {"step": step, **more}, **headers)


def test_each_sees_their_own_tasks_and_nobody_elses(own_town: Town) -> None:
    own_town.service.ledger.append([to_fact("records", record_row("REC-TAX", A, "530102", TAX) | {"region": ""})])
    every = opened(own_town, RECORD_A, RECORD_B, "REC-TAX")
    task = next(one for one in every if RECORD_A in one and "PERSON-ALPHA" in one)
    path = f"/v1/tasks/{quote(task, safe='')}"
    sees = {
        "officer-a": {RECORD_A, "REC-TAX"},
        "officer-a-market": {RECORD_A},
        "officer-a-tax": {"REC-TAX"},
        "officer-b": {RECORD_B},
        "admin": {RECORD_A, RECORD_B, "REC-TAX"},
    }
    there = {one.split(":")[4] for one in every}
    for who in OFFICES:
        found, one, gone = get(own_town, who, limit=1000), get(own_town, who, path), get(own_town, who, "/v1/tasks/task%3Anone")
        push, none = step(own_town, who, task, "nothing"), step(own_town, who, "task:none", "nothing")
        body = own_town.post(who, "/v1/tasks", {"task": task, "step": "nothing"})
        if who in NOBODY:
            assert {one.status_code for one in (found, one, gone, push, none, body)} == {403}
            assert unseen(b"".join(one.content for one in (found, one, push, body)), {}, "", EVERYBODY) == []
            continue
        Tasks.model_validate(found.json())
        assert {row["record"] for row in found.json()["tasks"]} == sees[who] & there
        assert found.json()["page"]["total"] == len(found.json()["tasks"])
        if RECORD_A in sees[who]:
            assert (one.status_code, push.status_code, body.status_code) == (200, 409, 409)
            TaskTold.model_validate(one.json())
        else:
            assert (one.status_code, push.status_code, body.status_code) == (404, 404, 404)
            assert (one.content, push.content) == (gone.content, none.content)
            hidden = frozenset({"PERSON-ALPHA", "PERSON-ANNEX"} if who == "officer-b" else ())
            assert unseen(b"".join(one.content for one in (found, one, push, body)), {}, "", hidden) == []
        refused = step(own_town, who, "task:none", "push")
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (404, "id")


WAY: tuple[tuple[str, dict[str, str]], ...] = (
    ("push", {}),
    ("acknowledge", {}),
    ("execute", {}),
    ("feed_back", {"note": "done"}),
)


def test_a_task_goes_its_way_and_every_other_step_is_refused_with_what_is_allowed(own_town: Town) -> None:
    opened(own_town)
    rows = get(own_town, "officer-a-market", limit=1000).json()["tasks"]
    for machine in sorted({row["machine"] for row in rows}):
        task = next(row["id"] for row in rows if row["machine"] == machine)
        for name, brought in (*WAY, ("", {})):
            allowed = get(own_town, "officer-a-market", f"/v1/tasks/{quote(task, safe='')}").json()["task"]["next"]
            before = len(entries(own_town.service.desk, 0, 10_000))
            for other in sorted({*BY_DEPARTMENTS, "suspend", "withdraw", "resume", "fly"} - set(allowed)):
                refused = step(own_town, "officer-a-market", task, other, note="n", reason="r")
                assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
                wrong = refused.json()["errors"][0]
                assert wrong["field"] == "body.step"
                assert wrong["detail"].endswith(f"allowed are: {', '.join(allowed) or '-'}")
            assert len(entries(own_town.service.desk, 0, 10_000)) > before
            if not name:
                break
            if name == "feed_back":
                bare = step(own_town, "officer-a-market", task, name)
                assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "body.note")
            done = step(own_town, "officer-a-market", task, name, **brought)
            assert done.status_code == 200, done.text
            Task.model_validate(done.json())
        told = get(own_town, "admin", f"/v1/tasks/{quote(task, safe='')}").json()
        assert [one["step"] for one in told["steps"]] == ["open", *(name for name, _ in WAY)]
        assert told["task"]["state"] == "fed_back"
    assert verify(own_town.service.desk).fault is None


def test_a_step_is_taken_once_under_a_key(own_town: Town) -> None:
    task = opened(own_town)[0]
    first = step(own_town, "officer-a", task, "push", key="p1")
    assert first.status_code == 200
    assert step(own_town, "officer-a", task, "push", key="p1").content == first.content
    other = step(own_town, "officer-a", task, "acknowledge", key="p1")
    assert (other.status_code, other.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert step(own_town, "officer-a", task, "push").status_code == 409
    said = [one.said for one in entries(own_town.service.desk, 0, 10_000) if one.said["question"] == "task-step"]
    assert [one["answer"]["status"] for one in said] == [200, 200, 422, 409]  # type: ignore[index]
    assert said[0]["about"]["step"] == "push"  # type: ignore[index]


def test_nobody_executes_what_was_suspended_meanwhile(own_town: Town) -> None:
    task = next(one for one in opened(own_town) if "PERSON" not in one)
    assert step(own_town, "officer-a", task, "push").status_code == 200
    own_town.service.ledger.append(
        [to_fact("events", {"record": RECORD_A, "kind": "annulled", "on": "2018-09-12", "instrument_no": "No-X"})]
    )
    refused = step(own_town, "officer-a", task, "acknowledge")
    assert (refused.status_code, '"withdrawn"' in refused.json()["detail"]) == (409, True)
    assert get(own_town, "officer-a", f"/v1/tasks/{quote(task, safe='')}").json()["task"]["state"] == "withdrawn"


def test_it_takes_as_long_to_refuse_a_task_of_others_as_one_that_is_not_there(own_town: Town) -> None:
    for task in (opened(own_town)[0], "task:none"):
        begun = time.monotonic()
        assert step(own_town, "officer-b", task, "push").status_code == 404
        assert time.monotonic() - begun >= FLOOR


def test_tasks_are_found_by_what_they_are_about_and_come_in_pages(own_town: Town) -> None:
    every = opened(own_town)
    step(own_town, "officer-a", every[0], "push")
    assert [row["id"] for row in get(own_town, "admin", state="pushed").json()["tasks"]] == [every[0]]
    rows = get(own_town, "admin", region="530100", limit=1000).json()["tasks"]
    assert len(rows) == len(every)
    for nowhere in ("520000", "000000", "Yunnan"):
        assert get(own_town, "admin", region=nowhere).json()["tasks"] == []
    department = rows[0]["implementer"]
    same = get(own_town, "admin", department=department, limit=1000).json()["tasks"]
    assert {row["implementer"] for row in same} == {department}
    assert get(own_town, "admin", overdue="true").json()["tasks"] == []
    late = get(own_town, "admin", overdue="true", at="2019-03-01", limit=1000).json()["tasks"]
    assert all(row["late"] and row["open"] for row in late)
    seen, cursor = [], None
    while True:
        page = get(own_town, "admin", limit=3, **({"cursor": cursor} if cursor else {})).json()
        step(own_town, "admin", every[-1], "push")
        seen += [row["id"] for row in page["tasks"]]
        cursor = page["page"]["next"]
        if not cursor:
            break
    assert seen == every
    assert get(own_town, "admin", at="nonsense").json()["errors"][0]["field"] == "at"
    assert MARKET in {row["initiator"] for row in rows}


def test_examples_have_the_shapes_that_they_stand_for() -> None:
    Task.model_validate(EXAMPLES["Task"])
    Tasks.model_validate(EXAMPLES["Tasks"])
    TaskTold.model_validate(EXAMPLES["TaskTold"])
