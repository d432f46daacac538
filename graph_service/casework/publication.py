"""Publication (公示): what must be shown and by when, what must be withdrawn, and what the public sees.

* the record of a case on an enterprise is published within the days that the law gives after the decision; a decision whose
  day is not known has no last day, and says so;
* an event that the law names makes a publication that stands one to withdraw, within its days after the event, with a reason;
* shown is what was published, is not called back and is within the term of display in force on the day somebody looks; an
  objection that waits for its answer is marked;
* the public sees enterprises by their Unified Social Credit Code and persons masked: the first character of a name, no key.

Invariants (must never happen): a person's key or whole name in the public view; a record on a person in it; a lead in it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from graph_service.casework.calendar import due, later
from graph_service.casework.history import Act, Thing, begin, find, take
from graph_service.casework.office import Office, case_of, in_force, today
from graph_service.engine.shapes import Shape
from graph_service.messages import Lang
from graph_service.model.facts import Event, Record, Stored, SubjectKind
from graph_service.model.identifiers import is_uscc, subject_key
from graph_service.model.interval import day_text
from graph_service.policy.desk_table import Display, Publishing, Withdrawing
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


def publication_of(record: str) -> str:
    """The key of the publication of a record."""
    return f"publication:{record}"


def follow_publication(office: Office, db: sqlite3.Connection, view: View, act: Act, record: str) -> None:
    """Bring the publication of a record's case to what the law says, inside a transaction."""
    day = today(db, act)
    found = [one for one in view.records([record]) if one.fact.instrument_no]
    thing = find(db, publication_of(record))
    if not found:
        if thing is not None:
            _call_back(db, act, thing, "corrected", {})
        return
    fact = found[0].fact
    rule = _publishing(office, fact, day)
    if thing is None:
        if rule is None or not _is_enterprise(view, fact.subject):
            return
        body = {"record": record, "subject": fact.subject, "region": fact.region, "initiator": fact.authority}
        thing = begin(db, act, "publication", publication_of(record), body | _last_day(fact, rule), case_of(record))
    void = _voiding(office, view.events_of([record])[record], day)
    if void is not None:
        event, law = void
        last = due(event.on, law.within)
        bound = {"due_unknown:withdraw": last.unknown} if last.day is None else {"due:withdraw": day_text(last.day)}
        _call_back(db, act, thing, event.kind, bound)


def _call_back(db: sqlite3.Connection, act: Act, thing: Thing, cause: str, bound: dict[str, Any]) -> None:
    if thing.state == "due":
        take(db, act, thing.id, "drop", {"cause": cause})
    elif thing.state == "published":
        take(db, act, thing.id, "call_back", {"cause": cause, **bound})


def _publishing(office: Office, record: Record, day: int) -> Publishing | None:
    rules = (rule for law in office.laws() for rule in law.publication)
    return next(
        (one for one in rules if in_force(one.cited, day) and (not one.severities or record.severity in one.severities)), None
    )


def _last_day(record: Record, rule: Publishing) -> dict[str, Any]:
    if not record.decided_on.known:
        return {"due_unknown:publish": "?"}
    last = due(record.decided_on.lo, rule.within)
    return {"due_unknown:publish": last.unknown} if last.day is None else {"due:publish": day_text(last.day)}


def _voiding(office: Office, events: Sequence[Stored[Event]], day: int) -> tuple[Event, Withdrawing] | None:
    """The first event of a record as a whole that calls its publication back, and the law that says so."""
    met = [
        (event.fact, rule)
        for law in office.laws()
        for rule in law.withdrawal
        for event in events
        if event.fact.kind in rule.events
        and not event.fact.person
        and event.fact.on <= day
        and in_force(rule.cited, event.fact.on)
    ]
    return min(met, key=lambda one: (one[0].on, one[0].kind), default=None)


def publish(office: Office, act: Act, record: str) -> Thing:
    """Say that a record was published.  Raises `BadValue`."""
    with office.desk.write() as db:
        return publish_in(office, db, act, record)


def publish_in(office: Office, db: sqlite3.Connection, act: Act, record: str) -> Thing:
    """`publish` inside a transaction."""
    return take(db, act, publication_of(record), "publish", {}, "publication")


def withdraw(office: Office, act: Act, record: str, reason: str) -> Thing:
    """Say that a publication was withdrawn, with the reason made public (并公开说明理由).  Raises `BadValue`."""
    with office.desk.write() as db:
        return withdraw_in(office, db, act, record, reason)


def withdraw_in(office: Office, db: sqlite3.Connection, act: Act, record: str, reason: str) -> Thing:
    """`withdraw` inside a transaction."""
    return take(db, act, publication_of(record), "withdraw", {"reason": reason}, "publication")


def display_of(packs: Sequence[Pack], severity: str, day: int) -> Display | None:
    """The term of display for a severity in force on a day."""
    rules = (rule for pack in packs if pack.casework for rule in pack.casework.display)
    return next((one for one in rules if severity in one.severities and in_force(one.cited, day)), None)


def displayed_until(packs: Sequence[Pack], record: Record, day: int) -> int | None:
    """The first day on which a record is no longer shown, by the law in force on a day; None while no law ends it."""
    rule = display_of(packs, record.severity, day)
    if rule is None or rule.most is None:
        return None
    return later(record.decided_on.lo, rule.most) if record.decided_on.known else None


def public_view(office: Office, uscc: str, day: int, lang: Lang = "en") -> Shape:
    """What the public sees of an enterprise on a day: its published records, those who answer for them masked."""
    uscc = subject_key(uscc)
    with office.view() as view, office.desk.read() as db:
        records = view.records_of([uscc]) if _is_enterprise(view, uscc) else ()
        shown = []
        for record in sorted(records, key=lambda one: one.fact.id):
            thing = find(db, publication_of(record.fact.id), day=day)
            until = displayed_until(office.packs, record.fact, day)
            if thing is None or thing.state != "published" or (until is not None and day >= until):
                continue
            if not record.fact.instrument_no or _voiding(office, view.events_of([record.fact.id])[record.fact.id], day):
                continue  # what is called back is not shown while somebody has yet to take it down
            shown.append(_public_record(office, view, record, day, until, lang))
        described = view.subject(uscc)
        name = described.fact.name if described is not None and _is_enterprise(view, uscc) else ""
        return {"subject": {"id": uscc, "name": name}, "at": day_text(day), "records": shown}


def _public_record(office: Office, view: View, record: Stored[Record], day: int, until: int | None, lang: Lang) -> Shape:
    from graph_service.engine.trace import trace

    fact = record.fact
    answer = trace(view, fact.subject, office.packs, day, [record])
    view.fetch_subjects(one.subject for one in answer.persons)
    events = [one.fact for one in view.events_of([fact.id])[fact.id] if not one.fact.person and one.fact.on <= day]
    sure = [one for one in answer.persons if one.verdict.certain and _person(view, one.subject)]
    persons = sorted({(mask(_name(view, one.subject)), one.roles) for one in sure})
    names = {pack.id: pack.names for pack in office.packs}
    measures = {
        (one.code, names[one.pack][one.code][lang])
        for one in answer.consequences
        if one.subject == fact.subject and one.kind == "measure" and one.standing.status.word == "active"
    }
    return {
        "family": fact.family,
        "behaviour": fact.behaviour,
        "authority": fact.authority,
        "instrument_no": fact.instrument_no,
        "decided_on": str(fact.decided_on),
        "objected": objected(events),
        "shown_until": None if until is None else day_text(until),
        "measures": [{"code": code, "title": title} for code, title in sorted(measures)],
        "persons": [{"name": name, "role": "+".join(roles)} for name, roles in persons],
    }


def objected(events: Iterable[Event]) -> bool:
    """Whether an objection to a record as a whole waits for its answer: shown beside the record (异议标注)."""
    held = list(events)
    lodged = max((one.on for one in held if one.kind == "objection_lodged"), default=None)
    answered = max((one.on for one in held if one.kind in ("objection_upheld", "objection_rejected")), default=None)
    return lodged is not None and (answered is None or answered < lodged)


def mask(name: str) -> str:
    """A name as the public may see it: its first character.

    >>> mask("张三丰"), mask("")
    ('张**', '*')
    """
    return f"{name[:1]}{'*' * max(1, min(len(name) - 1, 2))}"


def _name(view: View, key: str) -> str:
    found = view.subject(key)
    return found.fact.name if found else ""


def _person(view: View, key: str) -> bool:
    found = view.subject(key)
    return found is not None and found.fact.kind is SubjectKind.PERSON


def _is_enterprise(view: View, key: str) -> bool:
    """Whether a subject is an enterprise; one that nobody describes, if its key is a valid code."""
    found = view.subject(key)
    return is_uscc(key) if found is None else found.fact.kind is SubjectKind.ENTERPRISE
