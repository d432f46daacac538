"""Lists, the public view and figures over HTTP: for everybody what they may see, the same in every page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from graph_service.access.log import entries
from graph_service.api.officers import ZONE, office_of
from graph_service.api.schemas_casework import EXAMPLES, CreditList, PublicView, Statistics
from graph_service.casework.asking import look_for
from graph_service.casework.cases import open_case
from graph_service.casework.history import Act
from graph_service.casework.lists import enter
from graph_service.casework.publication import publish
from graph_service.casework.remedies import lodge_objection
from graph_service.casework.tasks import TASKS, task_step
from tests.api.test_access import EVERYBODY, unseen
from tests.api.world import NAMES, OFFICES, RECORD_A, RECORD_B, A, B, Town, town

DAY = "2018-12-31"
C = "91530000MATEXT01X1"
MAY = [who for who in OFFICES if who != "auditor"]
LONE = frozenset({"PERSON-LONE"})
SEES_LONE = ("officer-a", "officer-a-tax", "admin")
"""Whose the record of PERSON-LONE is."""


def act(on: str) -> Act:
    """Somebody of the office on a day."""
    return Act("office", datetime.fromisoformat(f"{on}T09:00:00").replace(tzinfo=ZONE))


@pytest.fixture(scope="module")
def desk_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Both towns with a case each, published, its tasks pushed, an objection to one; a red list."""
    with town(tmp_path_factory.mktemp("desk")) as made:
        office = office_of(made.service)
        for record in (RECORD_A, RECORD_B):
            open_case(office, act("2018-09-12"), record)
            publish(office, act("2018-09-12"), record)
        for one in look_for(made.service.desk, TASKS, act("2018-09-12").day):
            task_step(office, act("2018-09-12"), str(one["id"]), "push")
        lodge_objection(office, act("2018-09-12"), RECORD_B, "No-O")
        red = next(law["id"] for pack in office.packs for law in pack.lists if law["colour"] == "red")
        enter(office, act("2018-09-12"), str(red), "PERSON-BRAVO", "上官丙寅 paid")
        enter(office, act("2018-09-12"), str(red), C, "paid in time")
        yield made


def get(town: Town, who: str, path: str, at: str | None = DAY, **more: Any) -> httpx.Response:
    """What a caller gets."""
    headers = town.headers(who) | more.pop("headers", {})
    return town.client.get(path, headers=headers, params=({"at": at} if at else {}) | more)


PATHS = (
    *(f"/v1/lists/{colour}" for colour in ("black", "red", "reference")),
    *(f"/v1/public/{key}" for key in (A, B, "PERSON-LONE", "NOBODY")),
    "/v1/statistics",
)


@pytest.mark.parametrize("who", OFFICES)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("history", [False, True])
def test_what_may_not_be_seen_is_not_in_the_bytes(desk_town: Town, who: str, path: str, history: bool) -> None:
    more = {"history": "true"} if history and "lists" in path else {}
    answer = get(desk_town, who, path, **more)
    if who == "auditor":
        assert answer.status_code == 403
        return
    assert answer.status_code == 200
    if "statistics" in path:
        seen = {"officer-a": ("A", "LONE"), "officer-a-market": ("A",), "officer-b": ("B",), "admin": ("A", "B")}.get(who, ())
        records = {one["record"] for one in answer.json()["overdue"] + answer.json()["without_deadline"]}
        assert records <= {f"REC-{one}" for one in seen}
        assert answer.json()["complete"] is (who == "admin" or not answer.json()["left_out"])
        hidden = frozenset() if who == "admin" else EVERYBODY if not seen else frozenset()
        for record, other in ((RECORD_A, "A"), (RECORD_B, "B")):
            assert (record in answer.text) <= (other in seen)
    elif "lists" in path:
        hidden = EVERYBODY - (EVERYBODY if who == "admin" else LONE if who in SEES_LONE else frozenset())
        CreditList.model_validate(answer.json())
    else:
        hidden = EVERYBODY
        PublicView.model_validate(answer.json())
        assert answer.content == get(desk_town, "admin", path).content
    assert unseen(answer.content, {}, path, hidden) == []


def test_the_black_list_names_each_as_its_reader_may_see_them(desk_town: Town) -> None:
    rows = {who: get(desk_town, who, "/v1/lists/black").json()["entries"] for who in MAY}
    assert {row["record"] for row in rows["admin"]} == {RECORD_A, RECORD_B, "REC-LONE"}
    lone = {who: next(row for row in rows[who] if row["record"] == "REC-LONE") for who in MAY}
    for who in MAY:
        assert len(rows[who]) == len(rows["admin"])
        if who in SEES_LONE:
            assert (lone[who]["subject"], lone[who]["name"]) == ("PERSON-LONE", NAMES["PERSON-LONE"])
        else:
            assert lone[who]["name"] == ("**" if who == "reader" else "慕**")
            assert lone[who]["subject"] == ("withheld" if who == "reader" else desk_town.service.masks.pseudonym("PERSON-LONE"))


def test_the_red_list_masks_whoever_was_entered_by_hand(desk_town: Town) -> None:
    rows = get(desk_town, "officer-a", "/v1/lists/red").json()["entries"]
    assert {row["reason"] for row in rows} == {None, "paid in time"}
    clear = get(desk_town, "admin", "/v1/lists/red").json()["entries"]
    assert {row["subject"] for row in clear} == {"PERSON-BRAVO", C}
    last = entries(desk_town.service.desk, 0, 10_000)[-1].said
    assert last["persons"] == ["PERSON-BRAVO"]


def test_the_public_sees_published_records_with_masked_persons(desk_town: Town) -> None:
    found = get(desk_town, "reader", f"/v1/public/{A}").json()
    assert [one["instrument_no"] for one in found["records"]] == [f"No-{RECORD_A}"]
    assert found["subject"] == {"id": A, "name": "ENT-A Trading"}
    assert {one["name"] for one in found["records"][0]["persons"]} == {"欧**", "司**", "诸**"}
    bare = [get(desk_town, "admin", f"/v1/public/{key}").json() for key in ("PERSON-LONE", "PERSON-XXXX")]
    assert [one["subject"]["name"] for one in bare] == ["", ""]
    assert [one["records"] for one in bare] == [[], []]


def test_figures_count_all_and_name_only_ones_own(desk_town: Town) -> None:
    at = "2019-03-01"
    admin = get(desk_town, "admin", "/v1/statistics", at, limit=1000).json()
    assert admin["total"]["tasks"] > 0
    assert admin["total"]["push"] == admin["total"]["tasks"]
    waiting = [row["record"] for row in admin["overdue"] + admin["without_deadline"]]
    assert set(waiting) == {RECORD_A, RECORD_B}
    mine = get(desk_town, "officer-a-market", "/v1/statistics", at, limit=1000).json()
    assert mine["total"] == admin["total"]
    assert len(mine["overdue"]) == [row["record"] for row in admin["overdue"]].count(RECORD_A)
    assert (mine["complete"], mine["left_out"][0]["code"]) == (False, "not_yours")
    assert get(desk_town, "officer-a-tax", "/v1/statistics", at).json()["overdue"] == []
    few = get(desk_town, "admin", "/v1/statistics", at, by=["region"]).json()
    assert "by_region" in few
    assert "by_measure" not in few
    wrong = get(desk_town, "admin", "/v1/statistics", at, by="colour")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "by")
    assert get(desk_town, "admin", "/v1/statistics", "x").json()["errors"][0]["field"] == "at"


def test_pages_are_of_one_moment_and_of_one_sight(own_town: Town) -> None:
    first = get(own_town, "admin", "/v1/lists/black", limit=1).json()
    assert (first["page"]["total"], first["complete"]) == (3, True)
    office_of(own_town.service)
    row = own_town.post("admin", "/v1/records/REC-A/events", {"kind": "annulled", "on": "2018-10-01"})
    assert row.status_code == 201
    seen, cursor = [one["subject"] for one in first["entries"]], first["page"]["next"]
    refused = get(own_town, "officer-b", "/v1/lists/black", limit=1, cursor=cursor)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "cursor")
    while cursor:
        page = get(own_town, "admin", "/v1/lists/black", limit=1, cursor=cursor).json()
        seen, cursor = seen + [one["subject"] for one in page["entries"]], page["page"]["next"]
    assert seen == [A, B, "PERSON-LONE"]
    again = get(own_town, "admin", "/v1/lists/black")
    assert [one["subject"] for one in again.json()["entries"]] == [B, "PERSON-LONE"]
    same = get(own_town, "admin", "/v1/lists/black", headers={"If-None-Match": again.headers["etag"]})
    assert same.status_code == 304
    gone = get(own_town, "admin", "/v1/lists/black", history="true").json()["entries"]
    assert [(one["subject"], one["cause"]) for one in gone if one["status"] == "left"] == [(A, "annulled")]


def test_examples_have_the_shapes_that_they_stand_for() -> None:
    CreditList.model_validate(EXAMPLES["CreditList"])
    PublicView.model_validate(EXAMPLES["PublicView"])
    Statistics.model_validate(EXAMPLES["Statistics"])
