"""Cases and tasks: what opens them, who moves them, and what they do when a measure is suspended, ends or is void."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.casework.cases import close_case, file_event, file_finding, follow_case, follow_cases, open_case
from graph_service.casework.history import history
from graph_service.casework.machines import machines
from graph_service.casework.office import Office
from graph_service.casework.publication import publish
from graph_service.casework.tasks import TASKS, overdue, task_step, without_deadline
from graph_service.messages import BadValue
from graph_service.model.interval import day_text, parse_day
from graph_service.policy.loader import shipped_packs
from tests.casework.facts import RECORD, act, law, rows, world
from tests.casework.office import everything, made, office, opened, run, task_id, tasks, undoings

__all__ = ["office"]
ALL = {"E1 M1", "E1 M2", "E1 M3", "E1 M4", "P1 B1", "P1 D1"}


def late(office: Office, day: str) -> list[tuple[str, str, str]]:
    at = parse_day(day)
    found = overdue(everything(office, day=at), at)
    return [(one.thing.body.get("measure", one.thing.machine), one.step, day_text(one.last_day)) for one in found]


def test_a_serious_record_opens_a_case_and_its_measures_become_tasks(office: Office) -> None:
    case = opened(office)
    assert (case.state, case.body["initiator"], case.body["region"]) == ("open", "某局", "530102")
    assert tasks(office) == dict.fromkeys(ALL, "opened")
    kinds = {one.body["measure"]: one.machine for one in everything(office, *TASKS)}
    assert kinds == {**dict.fromkeys(("M1", "M3", "M4", "B1", "D1"), "must_feed_back"), "M2": "may_decline"}
    bank = next(one for one in everything(office, *TASKS) if one.body["measure"] == "M2")
    assert bank.body["implementer"] == {"en": "banks", "zh": "银行"}


def test_opening_a_case_twice_opens_it_once(office: Office) -> None:
    opened(office)
    before = len(everything(office))
    opened(office, "2019-03-12")
    assert len(everything(office)) == before


@pytest.mark.parametrize(("cells", "said"), [({"instrument_no": ""}, "lead"), ({"severity": "general"}, "opens no case")])
def test_a_lead_or_a_lesser_record_opens_no_case(tmp_path: Path, cells: dict[str, str], said: str) -> None:
    it = made(tmp_path, world(record={**RECORD, **cells}))
    with pytest.raises(BadValue, match=said):
        opened(it)
    assert everything(it) == []
    with pytest.raises(BadValue, match="no record"):
        open_case(it, act("2019-03-11"), "R9")
    with pytest.raises(BadValue, match="no case"):
        follow_case(it, act("2019-03-11"), "R1")


def test_a_mandatory_measure_must_be_fed_back_and_a_recommended_one_may_be_declined(office: Office) -> None:
    opened(office)
    assert run(office, "E1 M1", "push", "acknowledge", "execute", "feed_back").state == "fed_back"
    assert run(office, "E1 M2", "push", "decline").state == "declined"
    with pytest.raises(BadValue, match="not allowed"):
        run(office, "E1 M3", "push", "decline")
    with pytest.raises(BadValue, match="needs reason"):
        task_step(office, act("2019-03-12"), _fresh(office), "decline", {})


def _fresh(office: Office) -> str:
    """A recommended task that was pushed, of a second record."""
    office.ledger.append(rows(records=[{**RECORD, "id": "R2", "instrument_no": "n2"}]))
    open_case(office, act("2019-03-12"), "R2")
    task = next(one.id for one in everything(office, "may_decline") if one.body["record"] == "R2")
    task_step(office, act("2019-03-12"), task, "push")
    return task


@pytest.mark.parametrize("step", ["suspend", "resume", "withdraw", "open", "dance"])
def test_what_follows_from_the_engine_is_no_step_of_a_department(office: Office, step: str) -> None:
    opened(office)
    with pytest.raises(BadValue, match="by hand"):
        run(office, "E1 M1", step)
    with pytest.raises(BadValue, match="there is no"):
        task_step(office, act("2019-03-12"), "task:x", "push")


def test_an_objection_suspends_every_task_and_its_rejection_brings_each_back_to_where_it_was(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", "acknowledge", "execute")
    file_event(office, act("2019-03-13"), "R1", "objection_lodged", "2019-03-13", "异1")
    assert set(tasks(office).values()) == {"suspended"}
    with pytest.raises(BadValue, match="suspended"):
        run(office, "E1 M1", "feed_back")
    file_event(office, act("2019-03-20"), "R1", "objection_rejected", "2019-03-20", "异决1")
    assert tasks(office) == {**dict.fromkeys(ALL, "opened"), "E1 M1": "executed"}


def test_one_persons_objection_suspends_that_persons_tasks_only(office: Office) -> None:
    opened(office)
    file_event(office, act("2019-03-13"), "R1", "objection_lodged", "2019-03-13", "异1", person="P1")
    assert {key for key, state in tasks(office).items() if state == "suspended"} == {"P1 B1", "P1 D1"}


def test_an_annulment_withdraws_all_and_asks_restitution_for_exactly_what_was_executed(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", "acknowledge", "execute", "feed_back")
    run(office, "P1 D1", "push", "acknowledge", "execute")
    run(office, "E1 M2", "push", "decline")
    run(office, "E1 M3", "push", "acknowledge")
    file_event(office, act("2019-04-01"), "R1", "annulled", "2019-04-01", "撤1")
    assert tasks(office) == dict.fromkeys(ALL, "withdrawn")
    assert undoings(office) == {"E1 M1": "restitution", "P1 D1": "restitution"}
    undo = everything(office, "undoing")[0]
    assert undo.body["due:feed_back"] == "2019-04-04"
    for step in ("push", "acknowledge", "feed_back"):
        task_step(office, act("2019-04-02"), undo.id, step, {"note": "restored"})
    assert everything(office, "undoing")[0].state == "fed_back"


def test_what_was_executed_before_a_suspension_is_restored_too(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", "acknowledge", "execute")
    file_event(office, act("2019-03-13"), "R1", "objection_lodged", "2019-03-13", "异1")
    file_event(office, act("2019-03-20"), "R1", "objection_upheld", "2019-03-20", "异决1")
    assert undoings(office) == {"E1 M1": "restitution"}


def test_repair_and_the_end_of_a_term_lift_what_was_executed(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", "acknowledge", "execute")
    follow_cases(office, act("2022-03-01"))
    assert (tasks(office)["E1 M1"], tasks(office)["E1 M3"]) == ("withdrawn", "opened")
    assert undoings(office) == {"E1 M1": "lifting"}


def test_a_correction_of_the_facts_withdraws_and_restores(office: Office) -> None:
    opened(office)
    run(office, "P1 D1", "push", "acknowledge", "execute")
    office.ledger.append(rows(ties=[{"kind": "principal", "holder": "P3", "enterprise": "E1"}]), retract=_ties(office, "P1"))
    follow_case(office, act("2019-04-01"), "R1")
    assert (tasks(office)["P1 D1"], tasks(office)["P1 B1"], tasks(office)["E1 M1"]) == ("withdrawn", "withdrawn", "opened")
    assert undoings(office) == {"P1 D1": "restitution"}


def _ties(office: Office, holder: str) -> list[str]:
    with office.view() as view:
        return [tie.id for tie in view.ties_into(["E1"])["E1"] if tie.fact.holder == holder]


def test_an_annulment_that_was_a_mistake_opens_the_next_task_and_cancels_what_is_not_yet_undone(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", "acknowledge", "execute")
    fact = file_event(office, act("2019-04-01"), "R1", "annulled", "2019-04-01", "撤1")
    office.ledger.append([], retract=[fact])
    follow_case(office, act("2019-04-02"), "R1")
    assert task_id(office, "E1 M1").endswith("#2")
    assert tasks(office) == dict.fromkeys(ALL, "opened")
    assert [one.state for one in everything(office, "undoing")] == ["cancelled"]


def test_a_finding_that_is_filed_goes_to_the_ledger_once(office: Office) -> None:
    opened(office)
    one = file_finding(office, act("2019-03-12"), "R1", "P3", "directly_responsible", "某罚〔2019〕1号")
    before = len(everything(office)), office.ledger.last().number, _filed(office)
    assert file_finding(office, act("2019-03-13"), "R1", "P3", "directly_responsible", "某罚〔2019〕1号") == one
    assert (len(everything(office)), office.ledger.last().number, _filed(office)) == before
    with pytest.raises(BadValue, match="another instrument"):
        file_finding(office, act("2019-03-13"), "R1", "P3", "directly_responsible", "某罚〔2019〕2号")


def _filed(office: Office) -> int:
    with office.desk.read() as db:
        return len([step for step in history(db) if step.step != "follow"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("R1", "annulled", "2019-03-12", ""), "number of the instrument"),
        (("R1", "vanished", "2019-03-12", "n"), "vanished"),
        (("R9", "annulled", "2019-03-12", "n"), "no record"),
        (("R1", "annulled", "2019-03-13", "n"), "once it happened"),
    ],
)
def test_what_cannot_be_filed_changes_nothing(office: Office, arguments: tuple[str, str, str, str], said: str) -> None:
    opened(office)
    before = office.ledger.last()
    with pytest.raises(BadValue, match=said):
        file_event(office, act("2019-03-12"), *arguments)
    assert office.ledger.last() == before
    assert set(tasks(office).values()) == {"opened"}


def test_a_case_is_closed_when_nothing_waits_and_opens_again_when_something_is_filed(office: Office) -> None:
    opened(office)
    with pytest.raises(BadValue, match="still wait"):
        close_case(office, act("2019-03-12"), "R1")
    file_event(office, act("2019-03-12"), "R1", "annulled", "2019-03-12", "撤1")
    assert close_case(office, act("2019-03-12"), "R1").state == "closed"
    assert follow_case(office, act("2019-03-13"), "R1").state == "closed"
    file_event(office, act("2019-03-14"), "R1", "appealed", "2019-03-14", "诉1")
    assert follow_case(office, act("2019-03-14"), "R1").state == "open"


def test_a_closed_case_opens_again_when_a_measure_in_it_ends(office: Office) -> None:
    opened(office)
    for key in ALL:
        run(office, key, "push", "acknowledge", "execute", "feed_back")
    publish(office, act("2019-03-12"), "R1")
    assert close_case(office, act("2019-03-13"), "R1").state == "closed"
    before = len(everything(office))
    assert follow_cases(office, act("2020-03-13")) == 1
    assert (len(everything(office)), everything(office, "case")[0].state) == (before, "closed")
    follow_cases(office, act("2022-03-01"))
    assert (everything(office, "case")[0].state, undoings(office)) == ("open", {"E1 M1": "lifting"})


def test_deadlines_count_working_days_and_overdue_is_told_as_of_a_day(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", on="2019-03-11")  # a Monday
    assert ("M1", "acknowledge", "2019-03-14") not in late(office, "2019-03-14")
    assert ("M1", "acknowledge", "2019-03-14") in late(office, "2019-03-15")
    run(office, "E1 M1", "acknowledge", on="2019-03-18")
    assert late(office, "2019-03-25") == [("publication", "publish", "2019-03-12")]
    assert ("M1", "feed_back", "2019-03-25") in late(office, "2019-03-26")
    assert ("M1", "acknowledge", "2019-03-14") in late(office, "2019-03-15"), "a past day does not change"


def test_deadlines_begin_anew_when_a_suspension_ends(office: Office) -> None:
    opened(office)
    run(office, "E1 M1", "push", on="2019-03-11")
    file_event(office, act("2019-03-12"), "R1", "objection_lodged", "2019-03-12", "异1")
    assert all(one[0] == "publication" for one in late(office, "2019-04-11"))
    file_event(office, act("2019-04-15"), "R1", "objection_rejected", "2019-04-15", "异决1")
    assert ("M1", "acknowledge", "2019-04-18") in late(office, "2019-04-19")


def test_a_deadline_beyond_the_published_calendar_is_not_guessed(office: Office) -> None:
    opened(office, "2026-12-30")
    run(office, "E1 M3", "push", on="2026-12-30")
    found = without_deadline(everything(office))
    assert {(one.body["measure"], step, year) for one, step, year in found if one.machine in TASKS} == {
        ("M3", "acknowledge", "2027"),
        ("M3", "feed_back", "2027"),
    }


def test_the_deadlines_of_shipped_packs_name_steps_of_their_machines() -> None:
    for pack in (*shipped_packs().values(), law()):
        for one in pack.casework.deadlines if pack.casework else ():
            steps = {*machines()[one.machine].steps, "open"}
            assert {one.step, one.since} <= steps
