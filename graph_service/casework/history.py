"""The history of casework: steps with an actor and a moment, and what they make of each thing.

* a *thing* (case, task, objection, check, ...) is opened once and moves by steps that its machine allows;
* whatever is asked of a past day, or of a past point of the history, is folded from the steps up to there, and so comes out as it
  did then;
* moments are given by the caller; one that lies before the last step is lifted to it, so that a past day never changes.

Invariants (must never happen): a step is changed or taken away; two callers both take a step that only one may take; a state that
its steps do not give.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from graph_service.casework.machines import OPEN, machine_of, moved
from graph_service.desk.base import Area, Desk
from graph_service.ledger.changes import micros, moment_text
from graph_service.messages import BadValue

AREA = Area(
    "casework",
    tuple(resources.files(__package__).joinpath(name).read_text("utf-8") for name in ("schema.sql", "sources.sql")),
)
Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something, and when: an aware moment; its day is that of its own time zone."""

    actor: str
    moment: datetime

    def __post_init__(self) -> None:
        if not self.actor.strip():
            raise BadValue("actor_missing")
        if self.moment.utcoffset() is None:
            raise BadValue("bad_moment", value=str(self.moment))

    @property
    def day(self) -> int:
        """The day of the moment."""
        return self.moment.date().toordinal()


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the history; ``day`` is an ordinal."""

    number: int
    at: str
    day: int
    actor: str
    thing: str
    machine: str
    step: str
    state: str
    parent: str
    body: Body


@dataclass(frozen=True, slots=True)
class Thing:
    """What its steps make of a thing: its state, the one before a state that holds, all that the steps brought (later wins).

    ``days`` maps each step that was taken to the day on which it was last taken.
    """

    id: str
    machine: str
    state: str
    before: str
    parent: str
    body: Body
    actor: str
    days: Mapping[str, int]
    number: int

    @property
    def open(self) -> bool:
        """Whether somebody must still do something."""
        return machine_of(self.machine).states[self.state].open

    @property
    def done(self) -> bool:
        """Whether the measure was carried out; of a thing on hold, whether it was before."""
        states = machine_of(self.machine).states
        return states[self.before if states[self.state].holds else self.state].done


def open_desk(path: str | Path) -> Desk:
    """The desk at a path with the tables of casework, made if there is none.  Raises `LedgerError`."""
    return Desk.open(path, [AREA])


def begin(db: sqlite3.Connection, act: Act, machine: str, thing: str, body: Body, parent: str = "") -> Thing:
    """Open a thing, inside a transaction.  Raises `BadValue` if it is there already."""
    if find(db, thing) is not None:
        raise BadValue("thing_there", thing=thing)
    return _append(db, act, Step(0, "", 0, act.actor, thing, machine, OPEN, machine_of(machine).start, parent, body), None)


def take(db: sqlite3.Connection, act: Act, thing: str, step: str, body: Body | None = None, machine: str = "") -> Thing:
    """Take a step, inside a transaction.  Raises `BadValue` if there is none (of the machine), or it is refused."""
    found = find(db, thing)
    if found is None or (machine and found.machine != machine):
        raise BadValue("thing_unknown", thing=thing[:200])
    brought = body or {}
    state = moved(found.machine, found.state, step, found.before, brought)
    return _append(db, act, Step(0, "", 0, act.actor, thing, found.machine, step, state, found.parent, brought), found)


def _append(db: sqlite3.Connection, act: Act, step: Step, before: Thing | None) -> Thing:
    last = db.execute("SELECT at, day FROM steps ORDER BY number DESC LIMIT 1").fetchone()
    at, day = moment_text(micros(act.moment)), act.day
    if last is not None:
        at, day = max(at, last["at"]), max(day, last["day"])
    text = json.dumps(step.body, ensure_ascii=False, sort_keys=True)
    row = (at, day, step.actor, step.thing, step.machine, step.step, step.state, step.parent, text)
    number = db.execute(
        "INSERT INTO steps (at, day, actor, thing, machine, step, state, parent, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row
    ).lastrowid
    return _fold(before, replace(step, number=number or 0, at=at, day=day, body=json.loads(text)))


def find(db: sqlite3.Connection, thing: str, *, day: int | None = None, upto: int | None = None) -> Thing | None:
    """A thing as it is, or was at the end of a day, or after step ``upto``; None if it is not there."""
    return fold(history(db, thing=thing, day=day, upto=upto)).get(thing)


def things(
    db: sqlite3.Connection,
    *machines: str,
    parent: str | None = None,
    day: int | None = None,
    upto: int | None = None,
) -> list[Thing]:
    """Things of some machines (none: all), of a parent or of all, as they were; in the order in which they were opened."""
    return list(fold(history(db, machines=machines, parent=parent, day=day, upto=upto)).values())


def history(
    db: sqlite3.Connection,
    *,
    thing: str | None = None,
    machines: Iterable[str] = (),
    parent: str | None = None,
    day: int | None = None,
    upto: int | None = None,
) -> list[Step]:
    """Steps in order, as far as asked."""
    wanted = list(machines)
    conditions, values = ["1"], list[object]()
    for column, value in (("thing = ?", thing), ("parent = ?", parent), ("day <= ?", day), ("number <= ?", upto)):
        if value is not None:
            conditions.append(column)
            values.append(value)
    if wanted:
        conditions.append(f"machine IN ({', '.join('?' * len(wanted))})")
        values += wanted
    rows = db.execute(f"SELECT * FROM steps WHERE {' AND '.join(conditions)} ORDER BY number", values)  # noqa: S608 (places only)
    return [Step(**{**dict(row), "body": json.loads(row["body"])}) for row in rows]


def last_number(db: sqlite3.Connection) -> int:
    """The number of the last step; 0 where there is none."""
    return int(db.execute("SELECT coalesce(max(number), 0) FROM steps").fetchone()[0])


def fold(steps: Iterable[Step]) -> dict[str, Thing]:
    """What steps make of each thing, in the order in which they were opened."""
    found: dict[str, Thing] = {}
    for step in steps:
        found[step.thing] = _fold(found.get(step.thing), step)
    return found


def _fold(before: Thing | None, step: Step) -> Thing:
    if before is None:
        return Thing(
            step.thing, step.machine, step.state, "", step.parent, step.body, step.actor, {step.step: step.day}, step.number
        )
    holds = machine_of(step.machine).states[step.state].holds
    return replace(
        before,
        state=step.state,
        before=before.state if holds else "",
        body={**before.body, **step.body},
        days={**before.days, step.step: step.day},
        number=step.number,
    )
