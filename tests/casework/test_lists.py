"""Black and red lists: who is on them, since when and until when, and what holds on both.  Leads are on none."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from graph_service.casework.cases import file_event
from graph_service.casework.checks import check
from graph_service.casework.leads import file_lead, lead_step, read_lead, read_leads
from graph_service.casework.lists import enter, listed, remove
from graph_service.casework.office import Office
from graph_service.casework.shapes import thing_shape
from graph_service.engine.shapes import to_json
from graph_service.messages import BadValue
from graph_service.model.interval import parse_day
from graph_service.policy.loader import shipped_pack
from tests.casework.facts import RECORD, act, law, rows, world
from tests.casework.office import everything, made, office, opened

__all__ = ["office"]


def on(office: Office, colour: Any, day: str, **more: Any) -> list[dict[str, Any]]:
    shape: dict[str, Any] = listed(office, colour, parse_day(day), **more)
    return list(shape["entries"])


def test_a_serious_record_is_on_the_black_list_from_its_decision_until_its_term(office: Office) -> None:
    assert on(office, "black", "2019-02-28") == []
    (entry,) = on(office, "black", "2019-03-01")
    assert (entry["subject"], entry["record"], entry["from"], entry["to"]) == ("E1", "R1", "2019-03-01", "2022-03-01")
    assert entry["basis"]["article"] == "art. 6"
    assert len(on(office, "black", "2022-02-28")) == 1
    assert on(office, "black", "2022-03-01") == []
    (left,) = on(office, "black", "2022-03-01", history=True)
    assert (left["status"], left["cause"]) == ("left", "expired")


@pytest.mark.parametrize("kind", ["repaired", "annulled", "objection_upheld"])
def test_what_the_list_names_ends_an_entry(office: Office, kind: str) -> None:
    file_event(office, act("2020-04-01"), "R1", kind, "2020-04-01", "号1")
    assert len(on(office, "black", "2020-03-31")) == 1
    assert on(office, "black", "2020-04-01", subject="E1") == []
    assert [one["cause"] for one in on(office, "black", "2020-04-01", history=True)] == [kind]


def test_one_persons_event_takes_nobody_else_off_the_list(office: Office) -> None:
    file_event(office, act("2020-04-01"), "R1", "repaired", "2020-04-01", "号1", person="P1")
    assert len(on(office, "black", "2020-04-01")) == 1


def test_an_objection_is_marked_until_it_is_decided(office: Office) -> None:
    file_event(office, act("2019-04-01"), "R1", "objection_lodged", "2019-04-01", "号1")
    assert [one["objected"] for one in on(office, "black", "2019-04-02")] == [True]
    file_event(office, act("2019-04-05"), "R1", "objection_rejected", "2019-04-05", "号2")
    assert [one["objected"] for one in on(office, "black", "2019-04-05")] == [False]


@pytest.mark.parametrize(
    "cells", [{"instrument_no": ""}, {"severity": "general"}, {"decided_on": "2019"}, {"family": "health_safety"}]
)
def test_a_lead_a_lesser_record_or_one_that_may_be_later_is_no_entry(tmp_path: Path, cells: dict[str, str]) -> None:
    it = made(tmp_path, world(record={**RECORD, **cells}))
    assert on(it, "black", "2019-06-01") == []


def test_a_red_list_is_written_with_a_reason_and_a_term(office: Office) -> None:
    one = enter(office, act("2019-05-01"), "red", "E3", "model of the year", until="2020-05-01")
    (entry,) = on(office, "red", "2019-05-01")
    assert (entry["subject"], entry["reason"], entry["to"]) == ("E3", "model of the year", "2020-05-01")
    assert on(office, "red", "2019-04-30") == on(office, "red", "2020-05-01") == []
    with pytest.raises(BadValue, match="there already"):
        enter(office, act("2019-06-01"), "red", "E3", "again")
    with pytest.raises(BadValue, match="needs reason"):
        remove(office, act("2019-07-01"), one.id, "")
    remove(office, act("2019-07-01"), one.id, "a bad record")
    assert on(office, "red", "2019-07-01") == []
    assert len(on(office, "red", "2019-06-30")) == 1
    assert enter(office, act("2019-08-01"), "red", "E3", "again a model").id.endswith(":2")


def test_nobody_is_written_on_a_black_list_or_for_a_term_that_is_over(office: Office) -> None:
    with pytest.raises(BadValue, match="red, third"):
        enter(office, act("2019-05-01"), "black", "E3", "hearsay")
    with pytest.raises(BadValue, match="to come"):
        enter(office, act("2019-05-01"), "red", "E3", "x", until="2019-05-01")
    with pytest.raises(BadValue, match="needs reason"):
        enter(office, act("2019-05-01"), "red", "E3", " ")
    with pytest.raises(BadValue, match="black, red, reference"):
        on(office, "green", "2019-05-01")


def test_black_prevails_over_red_and_red_comes_back_when_black_ends(office: Office) -> None:
    enter(office, act("2019-02-01"), "red", "E1", "a model, once")
    assert [one["status"] for one in on(office, "red", "2019-02-15")] == ["on"]
    (entry,) = on(office, "red", "2019-03-01")
    assert (entry["status"], entry["cause"], entry["on_both"]) == ("suspended", "on_black_list", True)
    assert on(office, "red", "2019-03-01", public=True) == []
    assert [one["status"] for one in on(office, "red", "2022-03-01")] == ["on"]
    with pytest.raises(BadValue, match="prevails"):
        enter(office, act("2019-05-01"), "red", "E1", "x")


def test_where_the_policy_asks_for_a_look_both_are_shown_and_marked(office: Office) -> None:
    from dataclasses import replace

    desk_law = law().casework
    assert desk_law is not None
    assert desk_law.both_lists is not None
    looking = replace(law(), casework=replace(desk_law, both_lists=replace(desk_law.both_lists, policy="review")))
    other = Office(office.ledger, office.desk, (looking,))
    enter(other, act("2019-04-01"), "red", "E1", "chosen")
    assert [(one["status"], one["on_both"]) for one in on(other, "red", "2019-04-01")] == [("on", True)]


def test_the_list_of_a_third_party_is_for_reference_only(office: Office) -> None:
    enter(office, act("2019-05-01"), "third", "E1", "rated C")
    assert [one["reference_only"] for one in on(office, "reference", "2019-05-01")] == [True]
    assert [one["subject"] for one in on(office, "black", "2019-05-01")] == ["E1"]
    with office.view() as view:
        assert check(view, "E3", "licence", office.packs, parse_day("2019-05-01")).decision == "allow"


def test_the_public_sees_enterprises_on_lists_and_officers_see_persons_masked(tmp_path: Path) -> None:
    it = made(tmp_path, world(*rows(records=[{**RECORD, "id": "R2", "subject": "P1"}])))
    assert [one["subject"] for one in on(it, "black", "2019-05-01", public=True)] == ["E1"]
    assert [(one["subject"], one["name"]) for one in on(it, "black", "2019-05-01")] == [("E1", "企业E1"), ("P1", "张*")]


def test_the_yunnan_black_list_ends_by_the_rules_of_2026_for_older_records_too(tmp_path: Path) -> None:
    it = made(tmp_path)
    yunnan = Office(it.ledger, it.desk, (shipped_pack("cn-yunnan-2016"),))
    assert len(on(yunnan, "black", "2026-03-31")) == 1
    assert on(yunnan, "black", "2026-04-01") == []


def test_a_confidential_source_is_told_to_whoever_filed_it_and_above_only(office: Office) -> None:
    lead = file_lead(office.desk, act("2019-05-01", "ann"), "E3", "they water the milk", "a driver, 张三")
    assert file_lead(office.desk, act("2019-05-01", "ann"), "E3", "they water the milk", "a driver, 张三") == lead
    assert read_lead(office.desk, lead.id, "ann")["source"] == "a driver, 张三"
    assert read_lead(office.desk, lead.id, "chief", above=True)["source"] == "a driver, 张三"
    other = read_lead(office.desk, lead.id, "bob")
    assert (other["source"], other["source_withheld"]) == (None, True)
    for shown in (other, read_leads(office.desk, "bob", subject="E3"), *(thing_shape(one, "en") for one in everything(office))):
        assert "driver" not in to_json(shown)
    with office.desk.read() as db:
        assert "driver" not in "".join(row["body"] for row in db.execute("SELECT body FROM steps"))
    open_one = file_lead(office.desk, act("2019-05-01", "ann"), "E3", "seen by all", "the press", confidential=False)
    assert read_lead(office.desk, open_one.id, "bob")["source"] == "the press"


def test_a_lead_triggers_nothing(office: Office) -> None:
    before = office.ledger.last()
    lead = file_lead(office.desk, act("2019-05-01"), "E3", "they water the milk")
    assert lead_step(office.desk, act("2019-05-02"), lead.id, passed_to="the market authority").state == "passed_on"
    with pytest.raises(BadValue, match="not allowed"):
        lead_step(office.desk, act("2019-05-02"), lead.id, reason="no")
    assert office.ledger.last() == before
    with office.view() as view:
        assert check(view, "E3", "licence", office.packs, parse_day("2019-06-01")).decision == "allow"
    assert on(office, "black", "2019-06-01", subject="E3") == []
    with pytest.raises(BadValue, match="says something"):
        file_lead(office.desk, act("2019-05-01"), "E3", " ")
    with pytest.raises(BadValue, match="there is no"):
        read_lead(office.desk, "lead:x", "ann")


def test_what_moves_by_steps_is_told_in_words_with_what_may_follow(office: Office) -> None:
    opened(office, "2019-03-11")
    shape = next(thing_shape(one, "zh") for one in everything(office, "may_decline"))
    assert (shape["state_text"], shape["next"], shape["implementer"]) == ("已生成", ["push", "suspend", "withdraw"], "银行")
    publication = next(thing_shape(one, "en") for one in everything(office, "publication"))
    assert publication["due"] == {"publish": "2019-03-12"}


def test_the_history_is_never_changed(office: Office) -> None:
    opened(office, "2019-03-11")
    for statement in ("UPDATE steps SET actor = 'x'", "DELETE FROM steps"):
        with pytest.raises(sqlite3.IntegrityError, match="not changed"), office.desk.write() as db:
            db.execute(statement)
