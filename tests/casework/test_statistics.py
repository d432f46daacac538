"""Figures by initiator, implementer, region and measure, as they were on any past day."""

from __future__ import annotations

from typing import Any

import pytest

from graph_service.casework.cases import file_event
from graph_service.casework.office import Office
from graph_service.casework.statistics import GROUPS, figures, overdue_list
from graph_service.messages import BadValue
from graph_service.model.interval import parse_day
from tests.casework.facts import act
from tests.casework.office import office, opened, run

__all__ = ["office"]


def of(office: Office, day: str, **more: Any) -> dict[str, Any]:
    return figures(office.desk, parse_day(day), **more)


def worked(office: Office) -> None:
    opened(office, "2019-03-11")
    run(office, "E1 M1", "push", "acknowledge", "execute", on="2019-03-11")
    run(office, "E1 M2", "push", "decline", on="2019-03-11")
    run(office, "P1 D1", "push", on="2019-03-11")
    run(office, "E1 M1", "feed_back", on="2019-03-15")


def test_the_whole_is_counted_with_rate_and_delay(office: Office) -> None:
    worked(office)
    total = of(office, "2019-03-15")["total"]
    assert total == {
        "tasks": 6,
        "push": 3,
        "acknowledge": 1,
        "execute": 1,
        "feed_back": 1,
        "decline": 1,
        "suspended": 0,
        "withdrawn": 0,
        "open": 4,
        "overdue": 1,
        "to_be_fed_back": 3,
        "feedback_rate": "1/3",
        "delay_days": {"count": 1, "sum": 4, "longest": 4},
    }


def test_what_must_be_undone_is_counted_beside_it(office: Office) -> None:
    worked(office)
    file_event(office, act("2019-03-18"), "R1", "annulled", "2019-03-18", "撤1")
    assert of(office, "2019-03-15")["undoing"]["restitution"] == {"asked": 0, "open": 0, "done": 0}
    assert of(office, "2019-03-18")["undoing"] == {
        "restitution": {"asked": 1, "open": 1, "done": 0},
        "lifting": {"asked": 0, "open": 0, "done": 0},
    }


def test_it_is_told_apart_by_each_group(office: Office) -> None:
    worked(office)
    shape = of(office, "2019-03-15")
    assert [(row["key"], row["tasks"]) for row in shape["by_initiator"]] == [("某局", 6)]
    assert [(row["key"], row["tasks"]) for row in shape["by_implementer"]] == [("banks", 1), ("the departments", 5)]
    assert [row["key"] for row in of(office, "2019-03-15", lang="zh")["by_implementer"]] == ["各部门", "银行"]
    assert [(row["key"], row["tasks"]) for row in shape["by_region"]] == [("530102", 6)]
    assert {row["key"]: row["feed_back"] for row in shape["by_measure"]}["M1"] == 1
    for key in GROUPS:
        assert sum(row["tasks"] for row in shape[f"by_{key}"]) == 6
    with pytest.raises(BadValue, match="initiator"):
        of(office, "2019-03-15", by=["colour"])


def test_a_past_day_stays_as_it_was(office: Office) -> None:
    opened(office, "2019-03-11")
    run(office, "E1 M1", "push", on="2019-03-11")
    then = of(office, "2019-03-11")
    run(office, "E1 M1", "acknowledge", "execute", "feed_back", on="2019-03-20")
    assert of(office, "2019-03-11") == then
    assert of(office, "2019-03-10")["total"]["tasks"] == 0


def test_a_step_told_too_late_counts_on_the_day_on_which_it_was_told(office: Office) -> None:
    opened(office, "2019-03-11")
    run(office, "E1 M1", "push", on="2019-03-20")
    then = of(office, "2019-03-15")
    run(office, "E1 M3", "push", on="2019-03-12")
    assert of(office, "2019-03-15") == then


def test_a_day_that_is_not_over_is_told_again_by_its_position(office: Office) -> None:
    opened(office, "2019-03-11")
    then = of(office, "2019-03-11")
    run(office, "E1 M1", "push", on="2019-03-11")
    assert of(office, "2019-03-11") != then
    assert of(office, "2019-03-11", upto=then["position"]) == then


def test_the_list_of_what_is_overdue_names_who_waits_for_what(office: Office) -> None:
    worked(office)
    shape: dict[str, Any] = overdue_list(office.desk, parse_day("2019-03-15"))
    assert [(one["measure"], one["step"], one["days"], one["subject"]) for one in shape["overdue"]] == [
        ("", "publish", 3, "E1"),
        ("D1", "acknowledge", 1, "P1"),
    ]
    only: dict[str, Any] = overdue_list(office.desk, parse_day("2019-03-15"), machines=["must_feed_back"])
    assert [one["measure"] for one in only["overdue"]] == ["D1"]
    assert act("2019-03-15").day == parse_day("2019-03-15")
