"""Looking for things on the desk by what they are about, as of a day."""

from __future__ import annotations

from typing import Any

import pytest

from graph_service.casework.asking import look_for, told
from graph_service.casework.office import Office
from graph_service.messages import BadValue
from graph_service.model.interval import parse_day
from tests.casework.office import office, opened, run, task_id

__all__ = ["office"]
TASKS = ("must_feed_back", "may_decline")


def measures(office: Office, day: str, *machines: str, **wanted: Any) -> list[str]:
    return [str(one["measure"]) for one in look_for(office.desk, machines or TASKS, parse_day(day), **wanted)]


def test_tasks_are_found_by_what_they_are_about(office: Office) -> None:
    opened(office, "2019-03-11")
    run(office, "E1 M1", "push", on="2019-03-11")
    assert len(measures(office, "2019-03-11")) == 6
    assert measures(office, "2019-03-11", "may_decline") == ["M2"]
    assert measures(office, "2019-03-11", subject="P1") == ["B1", "D1"]
    assert measures(office, "2019-03-11", implementer="银行") == ["M2"]
    assert measures(office, "2019-03-11", state="pushed", region="53") == ["M1"]
    assert measures(office, "2019-03-11", region="31") == []
    assert measures(office, "2019-03-15", only_late=True) == ["M1"]
    assert measures(office, "2019-03-10") == []
    with pytest.raises(BadValue, match="subject"):
        measures(office, "2019-03-11", colour="red")
    with pytest.raises(BadValue, match="no kind"):
        measures(office, "2019-03-11", "wheel")


def test_what_is_done_is_left_out_where_only_the_open_is_asked_for(office: Office) -> None:
    opened(office, "2019-03-11")
    run(office, "E1 M2", "push", "decline", on="2019-03-11")
    assert "M2" not in measures(office, "2019-03-11", only_open=True)


def test_a_thing_is_told_with_every_step_that_it_took(office: Office) -> None:
    opened(office, "2019-03-11")
    run(office, "E1 M1", "push", "acknowledge", on="2019-03-12")
    shape: dict[str, Any] = told(office.desk, task_id(office, "E1 M1"))
    assert [(one["step"], one["state"], one["by"]) for one in shape["steps"]] == [
        ("open", "opened", "ann"),
        ("push", "pushed", "dept"),
        ("acknowledge", "acknowledged", "dept"),
    ]
    then: dict[str, Any] = told(office.desk, task_id(office, "E1 M1"), day=parse_day("2019-03-11"))
    assert (then["state"], len(then["steps"])) == ("opened", 1)
    with pytest.raises(BadValue, match="there is no"):
        told(office.desk, "task:x")
