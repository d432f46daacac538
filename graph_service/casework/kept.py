"""Checks that are kept: every must-check with its answer, what was then decided on it, and written promises (容缺受理).

* a check is kept as it was answered, with who asked, for what, and when; it is never answered anew;
* once somebody decides the procedure, that is kept beside it, with the reason, also against the answer;
* a promise for missing papers is taken only where the check's own answer grants the incentive for it; it has a deadline, and
  whether it was kept or broken is a step of its own.

Invariant: what is kept of a check is what was answered, byte for byte.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from graph_service.casework.history import Act, Thing, begin, find, take, things
from graph_service.desk.base import Desk
from graph_service.engine.shapes import Shape, to_json
from graph_service.messages import BadValue
from graph_service.model.facts import digest
from graph_service.model.interval import day_text, parse_day

DECISIONS = ("approved", "refused", "deferred")
"""What may be decided on a check."""


def keep_check(desk: Desk, act: Act, answer: Shape, purpose: str = "") -> str:
    """Keep an answered check; gives its id, which is of this asking alone.  The same asking twice is kept once."""
    with desk.write() as db:
        return keep_check_in(db, act, answer, purpose)


def keep_check_in(db: sqlite3.Connection, act: Act, answer: Shape, purpose: str = "", seen_as: str = "") -> str:
    """`keep_check` inside a transaction; ``seen_as``: with whose eyes it was answered, where not everybody sees the same."""
    made = digest(str(answer["decision_id"]), act.actor, act.moment.isoformat(), purpose, size=12)
    thing = f"check:{made}"
    if find(db, thing) is None:
        body = {"answer": to_json(dict(answer)), "purpose": purpose, **_about(answer)}
        begin(db, act, "check", thing, body | ({"seen_as": seen_as} if seen_as else {}))
    return made


def _about(answer: Shape) -> dict[str, object]:
    subject: Any = answer["subject"]
    return {"subject": subject["id"], "procedure": answer["procedure"], "at": answer["at"], "answered": answer["decision"]}


def decide_check(desk: Desk, act: Act, check_id: str, decision: str, reason: str) -> Thing:
    """Keep what was decided on a check: ``approved``, ``refused`` or ``deferred``, and why.  Raises `BadValue`."""
    with desk.write() as db:
        return decide_check_in(db, act, check_id, decision, reason)


def decide_check_in(db: sqlite3.Connection, act: Act, check_id: str, decision: str, reason: str) -> Thing:
    """`decide_check` inside a transaction."""
    if decision not in DECISIONS:
        raise BadValue("bad_word", value=decision[:64], allowed=", ".join(DECISIONS))
    return take(db, act, f"check:{check_id}", "decide", {"decision": decision, "reason": reason}, "check")


def kept_check(desk: Desk, check_id: str) -> Thing:
    """A kept check.  Raises `BadValue`."""
    with desk.read() as db:
        found = find(db, f"check:{check_id}")
    if found is None or found.machine != "check":
        raise BadValue("thing_unknown", thing=check_id[:64])
    return found


def kept_checks(desk: Desk, *, subject: str | None = None, day: int | None = None) -> list[Thing]:
    """The kept checks, of one subject or of all, as they were on a day."""
    with desk.read() as db:
        return [one for one in things(db, "check", day=day) if subject in (None, one.body["subject"])]


def promise(desk: Desk, act: Act, check_id: str, papers: Sequence[str], deadline: str) -> Thing:
    """Take a written promise for missing papers on a check, until a day.  Raises `BadValue` if nothing grants it."""
    import json

    last = parse_day(deadline)
    if last < act.day:
        raise BadValue("promise_late", deadline=deadline)
    if not [paper for paper in papers if paper.strip()]:
        raise BadValue("promise_empty")
    kept = kept_check(desk, check_id)
    granted = [one for one in json.loads(kept.body["answer"])["incentives"] if one["granted"] and one["promise"]]
    if not granted:
        raise BadValue("promise_not_granted", check=check_id)
    body = {
        "subject": kept.body["subject"],
        "procedure": kept.body["procedure"],
        "incentive": granted[0]["code"],
        "papers": list(papers),
        "deadline": day_text(last),
    }
    with desk.write() as db:
        return begin(db, act, "promise", f"promise:{check_id}", body, f"check:{check_id}")


def end_promise(desk: Desk, act: Act, check_id: str, *, kept: bool, reason: str = "") -> Thing:
    """Say that a promise was kept, or was broken and how.  Raises `BadValue`."""
    with desk.write() as db:
        step = "keep" if kept else "break"
        return take(db, act, f"promise:{check_id}", step, {"reason": reason} if reason else {}, "promise")


def overdue_promises(found: Iterable[Thing], day: int) -> list[Thing]:
    """Promises that are open although their last day is over."""
    return [one for one in found if one.machine == "promise" and one.open and parse_day(one.body["deadline"]) < day]
