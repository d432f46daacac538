"""Whatever officers do, in whatever order: tasks follow the engine, a past day stays as it was, many hands make one order."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.casework.cases import file_event, follow_cases
from graph_service.casework.history import Thing, find, fold, history
from graph_service.casework.machines import machine_of, moved
from graph_service.casework.office import Office
from graph_service.casework.remedies import lodge_objection
from graph_service.casework.statistics import figures
from graph_service.casework.tasks import TASKS, overdue, task_step
from graph_service.engine.trace import trace
from graph_service.ledger.open import open_ledger
from graph_service.messages import BadValue
from graph_service.model.interval import day_text
from tests.casework.facts import act, law, world
from tests.casework.office import everything, made, opened, task_id

KEYS = ("E1 M1", "E1 M2", "P1 D1")
MOVES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(KEYS), st.sampled_from(["push", "acknowledge", "execute", "feed_back", "decline"])),
        st.tuples(
            st.sampled_from(["", "P1"]),
            st.sampled_from(["objection_lodged", "objection_rejected", "objection_upheld", "repaired", "annulled", "stayed"]),
        ),
        st.tuples(st.just("wait"), st.sampled_from(["1", "40", "400"])),
    ),
    max_size=14,
)
VOID = {"annulled", "objection_upheld", "corrected"}


def step(office: Office, who: str, what: str, day: int) -> None:
    """One move; a step that is refused changes nothing."""
    try:
        if who in KEYS:
            task_step(office, act(day_text(day)), task_id(office, who), what, {"note": "n", "reason": "r"})
        else:
            file_event(office, act(day_text(day)), "R1", what, day_text(day), f"号{what}", person=who)
    except BadValue:
        pass


def follows_the_engine(office: Office, day: int) -> None:
    with office.view() as view:
        answer = trace(view, "E1", office.packs, day, view.records(["R1"]))
    status = {one.id: one.standing.status.word for one in answer.consequences if one.kind != "flag"}
    latest = {one.body["consequence"]: one for one in everything(office, *TASKS)}
    for key, one in latest.items():
        wanted = status.get(key, "ended")
        assert not one.open or wanted == "active"
        assert (one.state == "suspended") == (wanted == "suspended" and one.state != "withdrawn")
        assert (one.state == "withdrawn") == (wanted in ("ended", "inactive")), (key, wanted)
    assert {key for key, word in status.items() if word == "active"} <= set(latest)


def undone_exactly(office: Office, executed: set[str]) -> None:
    """Each void task that had been carried out is restored, and none else."""
    gone = {one.id: one for one in everything(office, *TASKS) if one.state == "withdrawn"}
    undone = {one.body["task"]: one.body["kind"] for one in everything(office, "undoing")}
    assert set(undone) == {key for key in gone if key in executed}
    assert all((kind == "restitution") == (gone[key].body["cause"] in VOID) for key, kind in undone.items())


@settings(max_examples=25)
@given(MOVES)
def test_tasks_follow_the_engine_and_a_past_day_stays_as_it_was(moves: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = made(Path(folder), world())
        day = date(2019, 3, 11)
        opened(office, day.isoformat())
        then: dict[int, tuple[list[Thing], object, object]] = {}
        executed: set[str] = set()
        for who, what in moves:
            if who == "wait":
                at = day.toordinal()
                then[at] = _seen(office, at)
                day += timedelta(days=int(what))
                follow_cases(office, act(day.isoformat()))
            else:
                step(office, who, what, day.toordinal())
            executed |= {one.id for one in everything(office, *TASKS) if "execute" in one.days}
            follows_the_engine(office, day.toordinal())
            undone_exactly(office, executed)
        for at, seen in then.items():
            assert _seen(office, at) == seen
        with office.desk.read() as db:
            steps = history(db)
            assert {key: find(db, key) for key in fold(steps)} == fold(steps)
        _legal(office)
        office.desk.close()


def _seen(office: Office, day: int) -> tuple[list[Thing], object, object]:
    found = everything(office, day=day)
    shape = figures(office.desk, day)
    return found, [(one.thing.id, one.step) for one in overdue(found, day)], shape


def _legal(office: Office) -> None:
    """Every recorded step leads, in the recorded order, from the state before it to the recorded one."""
    with office.desk.read() as db:
        steps = history(db)
    now: dict[str, Thing] = {}
    for one in steps:
        before = now.get(one.thing)
        if before is None:
            assert one.state == machine_of(one.machine).start
        else:
            assert one.state == moved(one.machine, before.state, one.step, before.before, one.body)
        now = {**now, **fold([*(_ for _ in steps if _.thing == one.thing and _.number <= one.number)])}


def together(*jobs: Callable[[], object]) -> list[object]:
    """Run jobs at once; what each gave, or the error that it met."""
    start = threading.Barrier(len(jobs))
    results: list[object] = [None] * len(jobs)

    def run(place: int, job: Callable[[], object]) -> None:
        start.wait()
        try:
            results[place] = job()
        except BadValue as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def in_a_file(folder: Path) -> Office:
    ledger = open_ledger(f"sqlite:///{folder / 'facts.db'}", create=True)
    ledger.append(world())
    return made(folder, ledger=ledger)


def test_of_many_hands_on_one_task_one_takes_the_step(tmp_path: Path) -> None:
    office = in_a_file(tmp_path)
    opened(office)
    task = task_id(office, "E1 M1")
    found = together(*(lambda n=n: task_step(office, act("2019-03-12", f"dept{n}"), task, "push") for n in range(6)))
    assert len([one for one in found if isinstance(one, Thing)]) == 1
    assert all(isinstance(one, Thing) or "not allowed" in str(one) for one in found)
    office.desk.close()


def test_many_hands_filing_one_objection_file_it_once_while_others_work_on(tmp_path: Path) -> None:
    office = in_a_file(tmp_path)
    opened(office)
    tasks = [one.id for one in everything(office, *TASKS)]
    found = together(
        *(lambda n=n: lodge_objection(office, act("2019-03-12", f"o{n}"), "R1", "异1") for n in range(3)),
        *(lambda key=key: task_step(office, act("2019-03-12", "dept"), key, "push") for key in tasks),
    )
    assert len({one.id for one in found[:3] if isinstance(one, Thing)}) == 1
    with office.view() as view:
        assert len(view.events_of(["R1"])["R1"]) == 1
    assert {one.state for one in everything(office, *TASKS)} == {"suspended"}
    _legal(office)
    office.desk.close()


def test_cases_that_are_opened_at_once_are_one(tmp_path: Path) -> None:
    office = in_a_file(tmp_path)
    together(*(lambda n=n: opened(office) for n in range(4)))
    assert len(everything(office, "case")) == 1
    assert len({one.id for one in everything(office, *TASKS)}) == 6
    assert law().casework is not None
    office.desk.close()
