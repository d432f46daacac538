"""What officers look for on the desk: cases, tasks and remedies, as they are or were on a day, and what each has been through."""

from __future__ import annotations

from collections.abc import Sequence

from graph_service.casework.history import Thing, find, history, things
from graph_service.casework.machines import machine_of
from graph_service.casework.shapes import thing_shape
from graph_service.casework.tasks import overdue
from graph_service.desk.base import Desk
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue, Lang
from graph_service.model.interval import day_text

WANTED = ("record", "subject", "measure", "nature", "region", "initiator", "pack", "person", "procedure")
"""By what things can be looked for beside machine and state: what their steps brought under these names."""


def look_for(
    desk: Desk,
    machines: Sequence[str],
    day: int,
    *,
    state: str = "",
    implementer: str = "",
    only_open: bool = False,
    only_late: bool = False,
    upto: int | None = None,
    lang: Lang = "en",
    **wanted: str,
) -> list[Shape]:
    """Things of some machines as of the end of a day, in the order in which they were opened.

    ``wanted``: values of `WANTED` that must match; ``implementer`` in either language; ``late`` of each thing names the steps
    whose last day is over; ``upto``: the last step of the history that counts.  A region matches all within it.

    Raises `BadValue` for a machine or a name that there is not.
    """
    for machine in machines:
        machine_of(machine)
    for name in wanted:
        if name not in WANTED:
            raise BadValue("bad_word", value=name[:64], allowed=", ".join(WANTED))
    with desk.read() as db:
        found = things(db, *machines, day=day, upto=upto)
    late: dict[str, list[str]] = {}
    for waiting in overdue(found, day):
        late.setdefault(waiting.thing.id, []).append(waiting.step)
    kept = [
        one
        for one in found
        if state in ("", one.state)
        and (one.open or not only_open)
        and (one.id in late or not only_late)
        and (not implementer or implementer in one.body.get("implementer", {}).values())
        and all(_matches(one, name, value) for name, value in wanted.items())
    ]
    return [thing_shape(one, lang) | {"late": late.get(one.id, [])} for one in kept]


def _matches(one: Thing, name: str, value: str) -> bool:
    held = str(one.body.get(name, ""))
    return held.startswith(value) if name == "region" else held == value


def told(desk: Desk, thing: str, *, day: int | None = None, upto: int | None = None, lang: Lang = "en") -> Shape:
    """A thing with every step that it took, as of a day.  Raises `BadValue` if it was not there."""
    with desk.read() as db:
        found = find(db, thing, day=day, upto=upto)
        steps = history(db, thing=thing, day=day, upto=upto)
    if found is None:
        raise BadValue("thing_unknown", thing=thing[:200])
    rows = [{"step": one.step, "state": one.state, "day": day_text(one.day), "at": one.at, "by": one.actor} for one in steps]
    return thing_shape(found, lang) | {"steps": rows}
