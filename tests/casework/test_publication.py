"""Publication within the days of the law, withdrawal, what the public sees, and the calendar behind the days."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from graph_service.casework.calendar import due, is_working_day, last_day, later, published_years
from graph_service.casework.cases import file_event, file_finding, follow_case
from graph_service.casework.office import Office
from graph_service.casework.publication import mask, public_view, publish, withdraw
from graph_service.casework.tasks import overdue
from graph_service.engine.shapes import to_json
from graph_service.messages import BadValue
from graph_service.model.interval import day_text, parse_day
from graph_service.policy.desk_table import Days, Length
from tests.casework.facts import RECORD, act, rows, world
from tests.casework.office import everything, made, office, opened

__all__ = ["office"]


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        ("2019-03-11", True),
        ("2019-03-16", False),
        ("2024-10-01", False),
        ("2024-10-12", True),
        ("2024-02-04", True),
        ("2024-06-10", False),
    ],
)
def test_working_days_are_those_of_the_yearly_notices(day: str, worked: bool) -> None:
    assert is_working_day(parse_day(day)) is worked


def test_outside_the_published_years_no_working_day_is_guessed() -> None:
    first, last = published_years()
    assert first <= 2016 < 2026 <= last
    for year in (first - 1, last + 1):
        with pytest.raises(BadValue, match="not guessed"):
            is_working_day(date(year, 6, 1).toordinal())
    assert due(date(last, 12, 30).toordinal(), Days(30, working=True)).unknown == str(last + 1)
    assert due(date(last, 12, 30).toordinal(), Days(30, working=False)).day is not None


def test_a_penalty_annulled_on_a_monday_is_withdrawn_by_thursday() -> None:
    assert day_text(last_day(parse_day("2024-06-03"), Days(3, working=True))) == "2024-06-06"


def test_a_length_of_time_ends_by_the_calendar() -> None:
    assert day_text(later(parse_day("2020-02-29"), Length(years=1))) == "2021-02-28"
    assert day_text(later(parse_day("2020-01-31"), Length(months=1))) == "2020-02-29"


def late(office: Office, day: str) -> list[tuple[str, str]]:
    at = parse_day(day)
    return [(one.step, day_text(one.last_day)) for one in overdue(everything(office, "publication", day=at), at)]


def test_a_record_is_published_within_seven_working_days_of_the_decision(office: Office) -> None:
    opened(office, "2019-03-04")
    (thing,) = everything(office, "publication")
    assert (thing.state, thing.body["due:publish"]) == ("due", "2019-03-12")
    assert (late(office, "2019-03-12"), late(office, "2019-03-13")) == ([], [("publish", "2019-03-12")])
    assert publish(office, act("2019-03-14"), "R1").state == "published"
    assert late(office, "2019-03-14") == []


def test_a_decision_of_which_the_day_is_not_known_has_no_last_day(tmp_path: Path) -> None:
    it = made(tmp_path, world(record={**RECORD, "decided_on": "2019"}))
    opened(it)
    (thing,) = everything(it, "publication")
    assert "due:publish" not in thing.body
    assert thing.body["due_unknown:publish"] == "?"


def test_a_record_on_a_person_is_not_published(tmp_path: Path) -> None:
    it = made(tmp_path, world(record={**RECORD, "subject": "P1"}))
    opened(it)
    assert everything(it, "publication") == []


def test_an_annulled_publication_is_withdrawn_within_three_working_days_with_a_reason(office: Office) -> None:
    opened(office, "2019-03-04")
    publish(office, act("2019-03-05"), "R1")
    with pytest.raises(BadValue, match="not allowed"):
        withdraw(office, act("2019-03-06"), "R1", "a whim")
    file_event(office, act("2019-03-08"), "R1", "annulled", "2019-03-08", "撤1")
    (thing,) = everything(office, "publication")
    assert (thing.state, thing.body["due:withdraw"]) == ("to_withdraw", "2019-03-13")
    assert late(office, "2019-03-14") == [("withdraw", "2019-03-13")]
    assert public_view(office, "E1", parse_day("2019-03-08"))["records"] == [], "gone from view at once"
    with pytest.raises(BadValue, match="needs reason"):
        withdraw(office, act("2019-03-11"), "R1", "")
    assert withdraw(office, act("2019-03-11"), "R1", "the penalty was annulled").state == "withdrawn"


def test_what_is_annulled_before_it_is_published_is_not_published(office: Office) -> None:
    opened(office, "2019-03-04")
    file_event(office, act("2019-03-05"), "R1", "annulled", "2019-03-05", "撤1")
    assert [one.state for one in everything(office, "publication")] == ["dropped"]
    follow_case(office, act("2019-03-06"), "R1")
    assert [one.state for one in everything(office, "publication")] == ["dropped"]


def test_the_public_sees_enterprises_by_their_code_and_persons_masked(office: Office) -> None:
    opened(office, "2019-03-04")
    file_finding(office, act("2019-03-04"), "R1", "P3", "directly_responsible", "某罚〔2019〕1号")
    day = parse_day("2019-03-06")
    assert public_view(office, "E1", day)["records"] == []
    publish(office, act("2019-03-06"), "R1")
    shape: dict[str, Any] = public_view(office, "E1", day)
    (record,) = shape["records"]
    assert record["persons"] == [{"name": "张*", "role": "legal_representative"}]
    assert {one["code"] for one in record["measures"]} == {"M1", "M2", "M3", "M4"}
    text = to_json(shape)
    for hidden in ("张三", "李四", "P1", "P3"):
        assert hidden not in text
    assert public_view(office, "P1", day) == {"subject": {"id": "P1", "name": ""}, "at": "2019-03-06", "records": []}


def test_what_is_shown_ends_with_the_term_of_display(office: Office) -> None:
    opened(office, "2019-03-04")
    publish(office, act("2019-03-06"), "R1")
    shown: dict[str, Any] = public_view(office, "E1", parse_day("2022-02-28"))
    assert [one["shown_until"] for one in shown["records"]] == ["2022-03-01"]
    assert public_view(office, "E1", parse_day("2022-03-01"))["records"] == []


def test_an_objection_is_marked_and_a_repair_ends_the_display(office: Office) -> None:
    opened(office, "2019-03-04")
    publish(office, act("2019-03-06"), "R1")
    file_event(office, act("2019-03-07"), "R1", "objection_lodged", "2019-03-07", "异1")

    def shown(day: str) -> list[bool]:
        shape: dict[str, Any] = public_view(office, "E1", parse_day(day))
        return [one["objected"] for one in shape["records"]]

    assert (shown("2019-03-06"), shown("2019-03-07")) == ([False], [True])
    file_event(office, act("2020-03-02"), "R1", "repaired", "2020-03-02", "修1")
    assert (shown("2020-03-01"), shown("2020-03-02")) == ([True], [])
    assert [one.state for one in everything(office, "publication")] == ["to_withdraw"]


def test_a_lead_is_never_shown(tmp_path: Path) -> None:
    it = made(tmp_path, world())
    opened(it, "2019-03-04")
    publish(it, act("2019-03-06"), "R1")
    it.ledger.append(rows(records=[{**RECORD, "instrument_no": ""}]))
    assert public_view(it, "E1", parse_day("2019-03-07"))["records"] == []


def test_a_mask_leaves_one_character() -> None:
    assert [mask(name) for name in ("张", "张三", "欧阳娜娜", "")] == ["张*", "张*", "欧**", "*"]
