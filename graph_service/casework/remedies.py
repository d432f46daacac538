"""Remedies (救济): objection, repair, appeal, annulment.  What they change, they change through facts in the ledger.

* an **objection** (异议) is lodged with its receipt number, suspends at once what the semantics says, and has the deadlines of
  the record's region, if its law sets any; it is upheld or rejected by a numbered decision, and may be extended
  once where the law allows it;
* a **repair** (信用修复) is applied for and granted by a numbered decision, not before the least term of display is over; for one
  person alone, it ends that person's consequences alone;
* an **appeal** (行政复议、行政诉讼) suspends nothing until execution is stayed; if it is allowed, the record is annulled;
* an **annulment** (撤销) ends all that the record supports, and what had been carried out is undone.

Invariant: one remedy, one fact a step: the same step twice is refused by its machine and changes nothing in the ledger.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from graph_service.casework.calendar import due, later
from graph_service.casework.cases import filed
from graph_service.casework.history import Act, Thing, begin, find, take
from graph_service.casework.office import Office, case_of, in_force, record_of, today
from graph_service.casework.publication import display_of
from graph_service.messages import BadValue
from graph_service.model.facts import Event, Record
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import day_text, parse_day
from graph_service.policy.desk_table import Days, Objecting


def _key(kind: str, record: str, person: str, on: str) -> str:
    return ":".join((kind, *(part.replace("%", "%25").replace(":", "%3A") for part in (record, person, on))))


def _record(office: Office, record: str) -> Record:
    with office.view() as view:
        return record_of(view, record).fact


def objecting(office: Office, region: str, day: int) -> Objecting | None:
    """The law of objections in a region on a day: that of the smallest area that holds it."""
    rules = (rule for law in office.laws() for rule in law.objections)
    met = [one for one in rules if region.startswith(one.region) and in_force(one.cited, day)]
    return max(met, key=lambda one: len(one.region), default=None)


def lodge_objection(office: Office, act: Act, record: str, instrument_no: str, *, person: str = "", on: str = "") -> Thing:
    """Lodge an objection of a person (or against the whole record), on a day (default: that of the act).

    The same objection twice is the same one.  Raises `BadValue`.
    """
    with office.desk.write() as db:
        return lodge_objection_in(office, db, act, record, instrument_no, person=person, on=on)


def lodge_objection_in(
    office: Office, db: sqlite3.Connection, act: Act, record: str, instrument_no: str, *, person: str = "", on: str = ""
) -> Thing:
    """`lodge_objection` inside a transaction."""
    fact, person = _record(office, record), subject_key(person)
    day = parse_day(on) if on else today(db, act)
    thing = _key("objection", record, person, day_text(day))
    held = find(db, thing)
    if held is not None:
        if held.body["instrument_no"] != instrument_no:
            raise BadValue("fact_differs", instrument=held.body["instrument_no"])
        return held
    filed(office, db, act, Event(record, "objection_lodged", day, person, instrument_no))
    body: dict[str, Any] = {"record": record, "person": person, "on": day_text(day), "region": fact.region}
    body |= {"instrument_no": instrument_no, "initiator": fact.authority}
    law = objecting(office, fact.region, day)
    for step, within in (("mark", law.mark), ("check", law.check_within), ("decide", law.decide)) if law else ():
        body |= _last(step, day, within)
    if "due:decide" not in body and "due_unknown:decide" not in body:
        body["due_unknown:decide"] = "-"
    return begin(db, act, "objection", thing, body, case_of(record))


def _last(step: str, day: int, within: Days | None) -> dict[str, Any]:
    if within is None:
        return {}
    last = due(day, within)
    return {f"due_unknown:{step}": last.unknown} if last.day is None else {f"due:{step}": day_text(last.day)}


def objection_step(office: Office, act: Act, objection: str, step: str) -> Thing:
    """Say that an objection was marked (``mark``) or checked by the platform (``check``).  Raises `BadValue`."""
    with office.desk.write() as db:
        return objection_step_in(office, db, act, objection, step)


def objection_step_in(office: Office, db: sqlite3.Connection, act: Act, objection: str, step: str) -> Thing:
    """`objection_step` inside a transaction."""
    if step not in ("mark", "check"):
        raise BadValue("step_not_yours", step=step[:64], allowed="check, mark")
    return take(db, act, objection, step, {}, "objection")


def extend_objection(office: Office, act: Act, objection: str, reason: str) -> Thing:
    """Extend the decision on an objection, once, as far as the law of the region allows.  Raises `BadValue`."""
    with office.desk.write() as db:
        return extend_objection_in(office, db, act, objection, reason)


def extend_objection_in(office: Office, db: sqlite3.Connection, act: Act, objection: str, reason: str) -> Thing:
    """`extend_objection` inside a transaction."""
    held = _held(db, objection, "objection")
    law = objecting(office, held.body["region"], today(db, act))
    last = held.body.get("due:decide")
    if law is None or law.extend is None or last is None or "extend" in held.days:
        raise BadValue("objection_not_extended")
    return take(db, act, objection, "extend", {"reason": reason, **_last("decide", parse_day(last), law.extend)}, "objection")


def decide_objection(office: Office, act: Act, objection: str, instrument_no: str, *, upheld: bool) -> Thing:
    """Uphold or reject an objection by a numbered decision; the case follows from the fact.  Raises `BadValue`."""
    with office.desk.write() as db:
        return decide_objection_in(office, db, act, objection, instrument_no, upheld=upheld)


def decide_objection_in(
    office: Office, db: sqlite3.Connection, act: Act, objection: str, instrument_no: str, *, upheld: bool
) -> Thing:
    """`decide_objection` inside a transaction."""
    held = _held(db, objection, "objection")
    done = take(db, act, objection, "uphold" if upheld else "reject", {"instrument_no": instrument_no}, "objection")
    kind = "objection_upheld" if upheld else "objection_rejected"
    filed(office, db, act, Event(held.body["record"], kind, today(db, act), held.body["person"], instrument_no))
    return done


def apply_for_repair(office: Office, act: Act, record: str, *, person: str = "", note: str = "") -> Thing:
    """Take an application for repair of a record, or of one person's part in it.  Raises `BadValue`."""
    with office.desk.write() as db:
        return apply_for_repair_in(office, db, act, record, person=person, note=note)


def apply_for_repair_in(
    office: Office, db: sqlite3.Connection, act: Act, record: str, *, person: str = "", note: str = ""
) -> Thing:
    """`apply_for_repair` inside a transaction."""
    _record(office, record)
    person = subject_key(person)
    day = day_text(today(db, act))
    body = {"record": record, "person": person, "on": day, "note": note}
    return begin(db, act, "repair", _key("repair", record, person, day), body, case_of(record))


def decide_repair(office: Office, act: Act, repair: str, *, instrument_no: str = "", reason: str = "") -> Thing:
    """Grant a repair by a numbered decision, or refuse it with a reason.

    Raises `BadValue`, also where the least term before repair is not over.
    """
    with office.desk.write() as db:
        return decide_repair_in(office, db, act, repair, instrument_no=instrument_no, reason=reason)


def decide_repair_in(
    office: Office, db: sqlite3.Connection, act: Act, repair: str, *, instrument_no: str = "", reason: str = ""
) -> Thing:
    """`decide_repair` inside a transaction."""
    held = _held(db, repair, "repair")
    if not instrument_no:
        return take(db, act, repair, "refuse", {"reason": reason}, "repair")
    day = today(db, act)
    earliest = _earliest_repair(office, held.body["record"], day)
    if earliest is not None and day < earliest:
        raise BadValue("repair_too_early", earliest=day_text(earliest))
    done = take(db, act, repair, "grant", {"instrument_no": instrument_no}, "repair")
    filed(office, db, act, Event(held.body["record"], "repaired", day, held.body["person"], instrument_no))
    return done


def _earliest_repair(office: Office, record: str, day: int) -> int | None:
    """The first day on which a record may be repaired by the law in force; None where none sets one."""
    fact = _record(office, record)
    rule = display_of(office.packs, fact.severity, day)
    return None if rule is None or rule.least is None else later(fact.decided_on.hi, rule.least)


def lodge_appeal(office: Office, act: Act, record: str, instrument_no: str, *, before: str) -> Thing:
    """Take note of an appeal and before whom it is; it suspends nothing by itself.  Raises `BadValue`."""
    with office.desk.write() as db:
        return lodge_appeal_in(office, db, act, record, instrument_no, before=before)


def lodge_appeal_in(office: Office, db: sqlite3.Connection, act: Act, record: str, instrument_no: str, *, before: str) -> Thing:
    """`lodge_appeal` inside a transaction."""
    _record(office, record)
    day = today(db, act)
    filed(office, db, act, Event(record, "appealed", day, "", instrument_no))
    body = {"record": record, "before": before, "instrument_no": instrument_no, "on": day_text(day)}
    return begin(db, act, "appeal", _key("appeal", record, before, day_text(day)), body, case_of(record))


def appeal_step(office: Office, act: Act, appeal: str, step: str, instrument_no: str) -> Thing:
    """``stay`` execution, ``allow`` or ``dismiss`` an appeal, by a numbered decision.  Raises `BadValue`."""
    with office.desk.write() as db:
        return appeal_step_in(office, db, act, appeal, step, instrument_no)


def appeal_step_in(office: Office, db: sqlite3.Connection, act: Act, appeal: str, step: str, instrument_no: str) -> Thing:
    """`appeal_step` inside a transaction."""
    held = _held(db, appeal, "appeal")
    done = take(db, act, appeal, step, {"instrument_no": instrument_no}, "appeal")
    kind = {"stay": "stayed", "allow": "annulled"}.get(step)
    if kind is not None:
        filed(office, db, act, Event(held.body["record"], kind, today(db, act), "", instrument_no))
    return done


def annul(office: Office, act: Act, record: str, instrument_no: str, *, on: str = "", person: str = "") -> str:
    """File that a record was annulled; gives the fact's id.  Raises `BadValue`."""
    with office.desk.write() as db:
        return annul_in(office, db, act, record, instrument_no, on=on, person=person)


def annul_in(
    office: Office, db: sqlite3.Connection, act: Act, record: str, instrument_no: str, *, on: str = "", person: str = ""
) -> str:
    """`annul` inside a transaction."""
    day = parse_day(on) if on else today(db, act)
    return filed(office, db, act, Event(record, "annulled", day, subject_key(person), instrument_no))


def _held(db: sqlite3.Connection, thing: str, machine: str) -> Thing:
    found = find(db, thing)
    if found is None or found.machine != machine:
        raise BadValue("thing_unknown", thing=thing[:200])
    return found
