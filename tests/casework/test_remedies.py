"""Objections, repairs, appeals and annulments: by numbered decisions, within the days of the region, through facts."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.casework.office import Office
from graph_service.casework.remedies import (
    annul,
    appeal_step,
    apply_for_repair,
    decide_objection,
    decide_repair,
    extend_objection,
    lodge_appeal,
    lodge_objection,
    objecting,
    objection_step,
)
from graph_service.casework.tasks import overdue
from graph_service.messages import BadValue
from graph_service.model.interval import day_text, parse_day
from graph_service.policy.loader import shipped_pack
from tests.casework.facts import RECORD, act, world
from tests.casework.office import everything, made, office, opened, run, tasks, undoings

__all__ = ["office"]


def events(office: Office) -> list[tuple[str, str, str]]:
    with office.view() as view:
        found = view.events_of(["R1"])["R1"]
    return sorted((one.fact.kind, day_text(one.fact.on), one.fact.person) for one in found)


def due(office: Office, *keys: str, day: str = "2019-03-20") -> list[tuple[str, str]]:
    at = parse_day(day)
    return [(one.step, day_text(one.last_day)) for one in overdue(everything(office, *keys, day=at), at)]


def test_an_objection_suspends_at_once_and_has_the_days_of_its_region(tmp_path: Path) -> None:
    it = made(tmp_path, world(record={**RECORD, "region": "532301"}))
    opened(it)
    one = lodge_objection(it, act("2019-03-12"), "R1", "异1")
    assert set(tasks(it).values()) == {"suspended"}
    assert {key: value for key, value in one.body.items() if key.startswith("due")} == {
        "due:mark": "2019-03-13",
        "due:check": "2019-03-14",
        "due:decide": "2019-03-19",
    }
    assert due(it, "objection") == [("mark", "2019-03-13"), ("check", "2019-03-14"), ("decide", "2019-03-19")]
    objection_step(it, act("2019-03-13"), one.id, "mark")
    objection_step(it, act("2019-03-14"), one.id, "check")
    assert extend_objection(it, act("2019-03-18"), one.id, "files are far away").body["due:decide"] == "2019-03-22"
    with pytest.raises(BadValue, match="no \\(further\\) extension"):
        extend_objection(it, act("2019-03-18"), one.id, "again")
    assert due(it, "objection") == []


def test_the_smallest_region_decides_and_where_no_law_sets_days_that_is_said(office: Office) -> None:
    opened(office)
    assert lodge_objection(office, act("2019-03-12"), "R1", "异1").body["due:decide"] == "2019-03-14"
    law = objecting(office, "110000", parse_day("2019-03-12"))
    assert law is not None
    assert (law.region, law.decide) == ("", None)


def test_the_regions_of_the_yunnan_pack_are_found_by_their_codes(office: Office) -> None:
    yunnan = Office(office.ledger, office.desk, (shipped_pack("cn-yunnan-2016"),))
    day = parse_day("2024-03-12")
    found = {region: law.region for region in ("440305", "440100", "310000", "530102") if (law := objecting(yunnan, region, day))}
    assert found == {"440305": "4403", "440100": "", "310000": "31", "530102": ""}


def test_the_same_objection_twice_is_one_and_under_another_number_is_refused(office: Office) -> None:
    opened(office)
    one = lodge_objection(office, act("2019-03-12"), "R1", "异1", person="P1")
    assert lodge_objection(office, act("2019-03-12", "bob"), "R1", "异1", person="P1") == one
    with pytest.raises(BadValue, match="异1"):
        lodge_objection(office, act("2019-03-12"), "R1", "异2", person="P1")
    assert events(office) == [("objection_lodged", "2019-03-12", "P1")]


@pytest.mark.parametrize(("upheld", "state"), [(True, "withdrawn"), (False, "opened")])
def test_the_decision_on_an_objection_is_a_fact_and_the_tasks_follow_it(office: Office, upheld: bool, state: str) -> None:
    opened(office)
    one = lodge_objection(office, act("2019-03-12"), "R1", "异1")
    with pytest.raises(BadValue, match="needs instrument_no"):
        decide_objection(office, act("2019-03-14"), one.id, "", upheld=upheld)
    assert len(events(office)) == 1, "a refused step leaves nothing"
    decide_objection(office, act("2019-03-14"), one.id, "异决1", upheld=upheld)
    assert set(tasks(office).values()) == {state}
    with pytest.raises(BadValue, match="not allowed"):
        decide_objection(office, act("2019-03-15"), one.id, "异决2", upheld=not upheld)
    with pytest.raises(BadValue, match="by hand"):
        objection_step(office, act("2019-03-15"), one.id, "uphold")


def test_a_repair_waits_for_the_least_term_and_of_one_person_ends_that_persons_part_only(office: Office) -> None:
    opened(office)
    run(office, "P1 D1", "push", "acknowledge", "execute")
    one = apply_for_repair(office, act("2020-02-20"), "R1", person="P1", note="community service")
    with pytest.raises(BadValue, match="2020-03-01"):
        decide_repair(office, act("2020-02-29"), one.id, instrument_no="修1")
    decide_repair(office, act("2020-03-01"), one.id, instrument_no="修1")
    assert {key for key, state in tasks(office).items() if state == "withdrawn"} == {"P1 B1", "P1 D1"}
    assert undoings(office) == {"P1 D1": "lifting"}
    assert ("repaired", "2020-03-01", "P1") in events(office)


def test_a_repair_that_is_refused_says_why_and_changes_nothing(office: Office) -> None:
    opened(office)
    one = apply_for_repair(office, act("2020-03-20"), "R1")
    with pytest.raises(BadValue, match="needs reason"):
        decide_repair(office, act("2020-03-21"), one.id)
    assert decide_repair(office, act("2020-03-21"), one.id, reason="nothing was corrected").state == "refused"
    assert events(office) == []


def test_an_appeal_suspends_nothing_until_execution_is_stayed(office: Office) -> None:
    opened(office)
    one = lodge_appeal(office, act("2019-03-12"), "R1", "诉1", before="法院")
    assert set(tasks(office).values()) == {"opened"}
    appeal_step(office, act("2019-03-13"), one.id, "stay", "停1")
    assert set(tasks(office).values()) == {"suspended"}
    appeal_step(office, act("2019-03-14"), one.id, "allow", "判1")
    assert set(tasks(office).values()) == {"withdrawn"}
    assert [kind for kind, *_ in events(office)] == ["annulled", "appealed", "stayed"]


def test_an_appeal_that_is_dismissed_leaves_the_measures(office: Office) -> None:
    opened(office)
    one = lodge_appeal(office, act("2019-03-12"), "R1", "诉1", before="法院")
    assert appeal_step(office, act("2019-03-13"), one.id, "dismiss", "判1").state == "dismissed"
    assert set(tasks(office).values()) == {"opened"}


def test_an_annulment_is_filed_by_its_number_on_the_day_on_which_it_was_made(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", "acknowledge", "execute")
    annul(office, act("2019-04-10"), "R1", "撤1", on="2019-04-08")
    assert events(office) == [("annulled", "2019-04-08", "")]
    assert undoings(office) == {"E1 M1": "restitution"}


def test_a_remedy_that_is_not_there_is_refused(office: Office) -> None:
    opened(office)
    with pytest.raises(BadValue, match="there is no"):
        decide_objection(office, act("2019-03-12"), "objection:x", "n", upheld=True)
    with pytest.raises(BadValue, match="there is no"):
        decide_repair(office, act("2019-03-12"), "case:R1", instrument_no="n")
    with pytest.raises(BadValue, match="there is no"):
        appeal_step(office, act("2019-03-12"), "appeal:x", "stay", "n")
