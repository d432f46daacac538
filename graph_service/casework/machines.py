"""State machines as data: ``machines.yaml``, read and checked, and what a step leads to.

* a step is allowed from the states that it names, and from no other;
* ``to: back`` leads from a state that holds to the one before it, ``to: same`` leaves the state as it is;
* a step brings what it needs, or is refused.

Refused when loaded: a state or step that nobody defined, a state that nothing reaches, an end that something follows on, a way
back out of a state that does not hold.

Invariant: where a thing is depends on its steps alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from pydantic import Field

from graph_service.messages import BadValue
from graph_service.policy.document import Document, Folder, read_document
from graph_service.policy.schema import Model, Words

OPEN = "open"
"""The first step of everything: it comes to be."""


class State(Model):
    """A state, in words; ``open``: somebody must still act; ``end``: nothing follows; ``holds``, ``done``: see the file."""

    en: Words
    zh: Words
    open: bool = False
    end: bool = False
    holds: bool = False
    done: bool = False


class StepRule(Model):
    """A step: from which states, to which (or ``back``, or ``same``), and what it must bring."""

    from_: tuple[str, ...] = Field(alias="from", min_length=1)
    to: str
    needs: tuple[str, ...] = ()


class Machine(Model):
    """One state machine."""

    start: str
    states: dict[str, State] = Field(min_length=1)
    steps: dict[str, StepRule]

    def lead(self, state: str, step: str, before: str = "") -> str | None:
        """Where a step leads from a state (``before``: the state before the one that holds); None if it is not allowed."""
        rule = self.steps.get(step)
        if rule is None or state not in rule.from_:
            return None
        return {"back": before, "same": state}.get(rule.to, rule.to)


class MachinesFile(Model):
    """``machines.yaml``."""

    machines: dict[str, Machine] = Field(min_length=1)


@lru_cache(maxsize=1)
def machines() -> Mapping[str, Machine]:
    """The machines that come with the package."""
    return load_machines(resources.files(__package__))


def load_machines(folder: Folder, name: str = "machines.yaml") -> Mapping[str, Machine]:
    """The machines of a file, checked.  Raises `PackError`."""
    document = read_document(folder, name)
    found = document.read(MachinesFile).machines
    for key, machine in found.items():
        _check(document, key, machine)
    return found


def _check(document: Document, key: str, machine: Machine) -> None:
    at = ("machines", key)
    if machine.start not in machine.states:
        raise document.problem((*at, "start"), "machine_unknown_state", value=machine.start)
    reached = {machine.start}
    for name, step in machine.steps.items():
        place = (*at, "steps", name)
        for state in step.from_:
            if state not in machine.states:
                raise document.problem((*place, "from"), "machine_unknown_state", value=state)
            if machine.states[state].end:
                raise document.problem((*place, "from"), "machine_after_end", value=state)
            if step.to == "back" and not machine.states[state].holds:
                raise document.problem((*place, "to"), "machine_back", value=state)
        if step.to not in ("back", "same"):
            if step.to not in machine.states:
                raise document.problem((*place, "to"), "machine_unknown_state", value=step.to)
            reached.add(step.to)
    for state in machine.states:
        if state not in reached:
            raise document.problem((*at, "states", state), "machine_unreached", value=state)


def machine_of(name: str) -> Machine:
    """A machine by its name.  Raises `BadValue`."""
    found = machines().get(name)
    if found is None:
        raise BadValue("unknown_machine", value=name[:64], known=", ".join(machines()))
    return found


def moved(name: str, state: str, step: str, before: str, body: Mapping[str, object]) -> str:
    """The state after a step.  Raises `BadValue` if the step is not allowed there or does not bring what it needs."""
    machine = machine_of(name)
    to = machine.lead(state, step, before)
    if to is None:
        allowed = ", ".join(key for key in machine.steps if machine.lead(state, key, before) is not None)
        raise BadValue("step_forbidden", step=step[:64], state=state, allowed=allowed or "-")
    for need in machine.steps[step].needs:
        if body.get(need) in (None, ""):
            raise BadValue("step_needs", step=step, need=need)
    return to
