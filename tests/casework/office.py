"""An office for tests: a ledger in memory or in a file, a desk, the invented law."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.casework.cases import open_case
from graph_service.casework.history import Thing, open_desk, things
from graph_service.casework.office import Office
from graph_service.casework.tasks import TASKS, UNDOING, task_step
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger
from graph_service.model.facts import Fact
from tests.casework.facts import act, law, world


def made(folder: Path, facts: list[Fact] | None = None, ledger: Ledger | None = None) -> Office:
    """An office with some facts."""
    held = ledger or MemoryLedger.of(world() if facts is None else facts)
    return Office(held, open_desk(folder / "desk.db"), (law(),))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office with the usual world."""
    it = made(tmp_path)
    yield it
    it.desk.close()


def everything(office: Office, *machines: str, day: int | None = None) -> list[Thing]:
    """The things of some machines."""
    with office.desk.read() as db:
        return things(db, *machines, day=day)


def tasks(office: Office, day: int | None = None) -> dict[str, str]:
    """The state of the latest task of each measure and subject: ``E1 M1`` -> ``opened``."""
    return {f"{one.body['subject']} {one.body['measure']}": one.state for one in everything(office, *TASKS, day=day)}


def undoings(office: Office) -> dict[str, str]:
    """What is to be undone: ``E1 M1`` -> ``restitution``."""
    return {f"{one.body['subject']} {one.body['measure']}": one.body["kind"] for one in everything(office, UNDOING)}


def task_id(office: Office, key: str) -> str:
    """The latest task of a measure and subject."""
    found = [one.id for one in everything(office, *TASKS) if f"{one.body['subject']} {one.body['measure']}" == key]
    return found[-1]


def run(office: Office, key: str, *steps: str, on: str = "2019-03-12") -> Thing:
    """Take steps of a task."""
    task = task_id(office, key)
    for step in steps:
        done = task_step(office, act(on, "dept"), task, step, {"note": "done", "reason": "not ours"})
    return done


def opened(office: Office, on: str = "2019-03-11") -> Thing:
    """The case of R1, opened on a day."""
    return open_case(office, act(on), "R1")
