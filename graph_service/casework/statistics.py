"""Figures of casework (统计监测) and what is overdue, for any past day.

* counted are tasks: how many were opened, pushed, acknowledged, executed, fed back, declined, are suspended, were withdrawn, are
  overdue; by initiator, implementer, region, measure, nature and pack;
* the *feedback rate* is what was fed back of what was pushed; a task that was withdrawn before its feedback counts in neither;
* the *delay* is the number of days from the push to the feedback: how many, their sum, the longest; no rounded mean;
* everything is folded from the history up to the day (and, if asked, up to a step of it), so that the figures of a past day come
  out later as they did then.

Invariant (must never happen): the figures of a past day change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any

from graph_service.casework.history import Thing, fold, history
from graph_service.casework.tasks import TASKS, UNDOING, overdue, without_deadline
from graph_service.desk.base import Desk
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue, Lang
from graph_service.model.interval import day_text

GROUPS: Mapping[str, Callable[[Thing, Lang], str]] = {
    "initiator": lambda one, _: str(one.body["initiator"]),
    "implementer": lambda one, lang: str(one.body["implementer"].get(lang, "")),
    "region": lambda one, _: str(one.body["region"]),
    "measure": lambda one, _: str(one.body["measure"]),
    "nature": lambda one, _: str(one.body["nature"]),
    "pack": lambda one, _: str(one.body["pack"]),
}
"""By what figures are told apart."""
STEPS = ("push", "acknowledge", "execute", "feed_back", "decline")


def figures(desk: Desk, day: int, *, by: Iterable[str] = tuple(GROUPS), upto: int | None = None, lang: Lang = "en") -> Shape:
    """The figures as of the end of a day, whole and by each group.

    ``position`` is the last step that they rest on: given again as ``upto`` it gives the same figures, also for a day that is not
    over.  Raises `BadValue` for a group that there is not.
    """
    wanted = list(by)
    for one in wanted:
        if one not in GROUPS:
            raise BadValue("bad_word", value=one[:64], allowed=", ".join(GROUPS))
    with desk.read() as db:
        steps = history(db, day=day, upto=upto)
    things = list(fold(steps).values())
    found = [one for one in things if one.machine in TASKS]
    return {
        "at": day_text(day),
        "position": steps[-1].number if steps else 0,
        "total": _row(found, day),
        "undoing": {kind: _undone(things, kind) for kind in ("restitution", "lifting")},
        **{f"by_{key}": _grouped(found, GROUPS[key], day, lang) for key in wanted},
    }


def _undone(things: list[Thing], kind: str) -> Shape:
    """What executed measures that ended asked for, and how far it is done."""
    asked = [one for one in things if one.machine == UNDOING and one.body["kind"] == kind]
    done = sum("feed_back" in one.days for one in asked)
    return {"asked": len(asked), "open": sum(one.open for one in asked), "done": done}


def _grouped(found: list[Thing], key: Callable[[Thing, Lang], str], day: int, lang: Lang) -> list[Shape]:
    groups: dict[str, list[Thing]] = defaultdict(list)
    for one in found:
        groups[key(one, lang)].append(one)
    return [{"key": name, **_row(groups[name], day)} for name in sorted(groups)]


def _row(found: list[Thing], day: int) -> Shape:
    asked = [one for one in found if "push" in one.days and (one.state != "withdrawn" or "feed_back" in one.days)]
    answered = [one for one in asked if "feed_back" in one.days]
    delays = [one.days["feed_back"] - one.days["push"] for one in answered]
    rate = Fraction(len(answered), len(asked)) if asked else None
    return {
        "tasks": len(found),
        **{step: sum(step in one.days for one in found) for step in STEPS},
        "suspended": sum(one.state == "suspended" for one in found),
        "withdrawn": sum(one.state == "withdrawn" for one in found),
        "open": sum(one.open for one in found),
        "overdue": len({late.thing.id for late in overdue(found, day)}),
        "to_be_fed_back": len(asked),
        "feedback_rate": None if rate is None else str(rate),
        "delay_days": {"count": len(delays), "sum": sum(delays), "longest": max(delays, default=0)},
    }


def overdue_list(desk: Desk, day: int, *, machines: Iterable[str] = (), upto: int | None = None) -> Shape:
    """Everything that waits beyond its last day as of a day, the longest first; and what has no last day that can be told."""
    with desk.read() as db:
        steps = history(db, day=day, upto=upto, machines=machines)
    found = list(fold(steps).values())
    late = [
        {"id": one.thing.id, "step": one.step, "last_day": day_text(one.last_day), "days": day - one.last_day} | _about(one.thing)
        for one in overdue(found, day)
    ]
    unknown = [{"id": one.id, "step": step, "year": year} | _about(one) for one, step, year in without_deadline(found)]
    position = steps[-1].number if steps else 0
    return {"at": day_text(day), "position": position, "overdue": late, "without_deadline": unknown}


def _about(one: Thing) -> dict[str, Any]:
    keys = ("record", "subject", "measure", "nature", "initiator", "region")
    return {"machine": one.machine, "state": one.state, **{key: one.body.get(key, "") for key in keys}}
