"""Tasks: what a measure asks of the department that implements it (联合惩戒任务), and what undoes it when it ends.

* an active consequence of a kind that the law makes a task has one; by its nature it must be fed back or may be declined;
* the task follows the engine: a suspended measure suspends it, one that ended or is no longer imposed withdraws it, an active one
  resumes it or opens the next;
* a withdrawn task whose measure had been carried out opens an undoing, as the law says for the cause: restitution (恢复名誉)
  after an annulment, an objection upheld or a correction, lifting (解除) after repair or expiry;
* departments push, acknowledge, execute, feed back and decline; they never suspend or withdraw;
* deadlines count from one step to another; after a suspension they count anew from the day on which it ended.

Invariants (must never happen): an open task of a measure that is not active; an undoing of what was never carried out, or none of
what was and is void.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_service.casework.calendar import due
from graph_service.casework.history import Act, Thing, begin, find, take, things
from graph_service.casework.machines import OPEN
from graph_service.casework.office import Office, case_of, in_force, today
from graph_service.engine.answers import Consequence
from graph_service.engine.trace import trace
from graph_service.messages import BadValue
from graph_service.model.facts import Record, Stored
from graph_service.model.interval import day_text, parse_day
from graph_service.model.verdict import Status
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

TASKS = ("must_feed_back", "may_decline")
UNDOING = "undoing"
BY_DEPARTMENTS = frozenset({"push", "acknowledge", "execute", "feed_back", "decline"})
"""The steps that a department takes; all others follow from the engine's answer."""
CORRECTED = "corrected"
"""The cause of the end of a task whose consequence the facts no longer support."""


def follow_tasks(office: Office, db: sqlite3.Connection, view: View, act: Act, record: str) -> None:
    """Bring the tasks of a record's case to what the engine says on the day of an act, inside a transaction.

    A record that the ledger no longer holds, or that lost its instrument, supports nothing any more.
    """
    day = today(db, act)
    found = [one for one in view.records([record]) if one.fact.instrument_no]
    answer = trace(view, found[0].fact.subject, office.packs, day, found).consequences if found else ()
    wanted = {one.id: one for one in answer if one.record == record and _machine(office, one, day)}
    latest: dict[str, Thing] = {}
    undoing: dict[str, Thing] = {}
    for thing in things(db, *TASKS, UNDOING, parent=case_of(record)):
        (undoing if thing.machine == UNDOING else latest)[thing.body["consequence"]] = thing
    for key in sorted({*wanted, *latest}):
        _bring(office, db, act, day, wanted.get(key), latest.get(key), undoing.get(key), found)


def _machine(office: Office, one: Consequence, day: int) -> str:
    """The machine of a consequence's task; empty where the law makes it none."""
    law = office.pack(one.pack).casework
    if law is None or law.tasks is None or one.kind not in law.tasks.kinds or not in_force(law.tasks.cited, day):
        return ""
    return law.tasks.answers.get(one.nature, "")


def _bring(
    office: Office,
    db: sqlite3.Connection,
    act: Act,
    day: int,
    one: Consequence | None,
    task: Thing | None,
    undo: Thing | None,
    records: Sequence[Stored[Record]],
) -> None:
    live = task is not None and task.state != "withdrawn"
    status = Status.ENDED if one is None else one.standing.status
    if one is not None and status is Status.ACTIVE:
        if task is None or not live:
            if undo is not None and undo.open:
                take(db, act, undo.id, "cancel", {"cause": "active"})
            _open(office, db, act, day, one, task, records[0].fact)
        elif task.state == "suspended":
            pack = office.pack(one.pack)
            take(db, act, task.id, "resume", _recounted(pack, task, day))
    elif task is not None and live and status is Status.SUSPENDED:
        if task.state != "suspended" and one is not None:
            take(db, act, task.id, "suspend", {"cause": one.standing.cause})
    elif task is not None and live:
        cause = CORRECTED if one is None else one.standing.cause
        gone = take(db, act, task.id, "withdraw", {"cause": cause})
        if task.done:
            _undo(office, db, act, day, gone, cause)


def _open(
    office: Office,
    db: sqlite3.Connection,
    act: Act,
    day: int,
    one: Consequence,
    earlier: Thing | None,
    record: Record,
) -> None:
    """Open the task of an active consequence; the next one where an earlier was withdrawn."""
    times = earlier.body["times"] + 1 if earlier else 1
    pack = office.pack(one.pack)
    rule = next((rule for rule in pack.rules if rule.id == one.rule and rule.version == one.rule_version), None)
    machine = _machine(office, one, day)
    body = {
        "consequence": one.id,
        "times": times,
        "record": record.id,
        "subject": one.subject,
        "pack": one.pack,
        "rule": one.rule,
        "kind": one.kind,
        "measure": one.code,
        "nature": one.nature,
        "implementer": {"en": one.implementer.en, "zh": one.implementer.zh} if one.implementer else {},
        "initiator": record.authority or (rule.initiator.zh if rule else ""),
        "region": record.region,
        "article": {"en": one.basis.article.en, "zh": one.basis.article.zh},
        **_deadlines(pack, machine, OPEN, day),
    }
    begin(db, act, machine, f"task:{one.id}" + (f"#{times}" if times > 1 else ""), body, case_of(record.id))


def _undo(office: Office, db: sqlite3.Connection, act: Act, day: int, task: Thing, cause: str) -> None:
    """Open what undoes an executed measure, if the law says so for the cause."""
    pack = office.pack(task.body["pack"])
    for rule in pack.casework.undoing if pack.casework else ():
        if cause in rule.causes and in_force(rule.cited, day):
            kept = ("consequence", "record", "subject", "pack", "measure", "nature", "implementer", "initiator", "region")
            body = {key: task.body[key] for key in kept} | {"task": task.id, "cause": cause, "kind": rule.task}
            begin(db, act, UNDOING, f"undo:{task.id}", body | _deadlines(pack, UNDOING, OPEN, day), task.parent)
            return


def _deadlines(pack: Pack, machine: str, since: str, day: int) -> dict[str, Any]:
    """The last days that a step brings with it: ``due:<step>``, or ``due_unknown:<step>`` with the year that is not published."""
    found: dict[str, Any] = {}
    for rule in pack.casework.deadlines if pack.casework else ():
        if rule.machine == machine and rule.since == since and in_force(rule.cited, day):
            last = due(day, rule.within)
            if last.day is None:
                found[f"due_unknown:{rule.step}"] = last.unknown
            else:
                found[f"due:{rule.step}"] = day_text(last.day)
    return found


def _recounted(pack: Pack, task: Thing, day: int) -> dict[str, Any]:
    """The deadlines of a task on its way back from a suspension, counted anew for the steps that were not taken."""
    again = [_deadlines(pack, task.machine, step, day) for step in task.days]
    return {key: value for part in again for key, value in part.items() if key.split(":", 1)[1] not in task.days}


def task_step(office: Office, act: Act, task: str, step: str, body: Mapping[str, Any] | None = None) -> Thing:
    """A department's step: push, acknowledge, execute, feed back or decline.

    The case is brought up to the ledger first, so that nobody executes what is suspended.  Raises `BadValue`.
    """
    _by_hand(step)
    found = brought_up(office, act, task)
    with office.desk.write() as db:
        return task_step_in(office, db, act, found, step, body)


def brought_up(office: Office, act: Act, task: str) -> Thing:
    """Bring the case of a task up to the ledger; gives the task as it was found.  Raises `BadValue` if there is none."""
    with office.desk.read() as db:
        found = find(db, task)
    if found is None or found.machine not in (*TASKS, UNDOING):
        raise BadValue("thing_unknown", thing=task[:200])
    with office.desk.write() as db, office.view() as view:
        follow_tasks(office, db, view, act, found.body["record"])
    return found


def task_step_in(
    office: Office, db: sqlite3.Connection, act: Act, found: Thing, step: str, body: Mapping[str, Any] | None = None
) -> Thing:
    """`task_step` inside a transaction, once the task was brought up (`brought_up`)."""
    _by_hand(step)
    pack = office.pack(found.body["pack"])
    brought = {**(body or {}), **_deadlines(pack, found.machine, step, today(db, act))}
    return take(db, act, found.id, step, brought)


def _by_hand(step: str) -> None:
    if step not in BY_DEPARTMENTS:
        raise BadValue("step_not_yours", step=step[:64], allowed=", ".join(sorted(BY_DEPARTMENTS)))


@dataclass(frozen=True, slots=True)
class Late:
    """A thing that waits for a step beyond its last day."""

    thing: Thing
    step: str
    last_day: int


def overdue(found: Iterable[Thing], day: int) -> list[Late]:
    """What waits for a step whose last day is over on a day; the longest overdue first."""
    late = [
        Late(one, step, parse_day(value))
        for one in found
        if one.open
        for step, value in _due(one, "due")
        if parse_day(value) < day
    ]
    return sorted(late, key=lambda one: (one.last_day, one.thing.id, one.step))


def without_deadline(found: Iterable[Thing]) -> list[tuple[Thing, str, str]]:
    """What is open and has a step whose last day cannot be told: the thing, the step, the year that is not published."""
    return [(one, step, year) for one in found if one.open for step, year in _due(one, "due_unknown")]


def _due(one: Thing, prefix: str) -> list[tuple[str, str]]:
    keys = [key for key in one.body if key.startswith(f"{prefix}:")]
    return [(step, one.body[key]) for key in keys if (step := key.split(":", 1)[1]) not in one.days]
