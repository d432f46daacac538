"""Cases (联合惩戒案件): a serious record opens one, and everything that officers file about the record goes through it.

* a record of a severity that the law names opens a case, once; a lead or a lesser record opens none;
* the case is followed: its tasks and its publication are brought to what the engine says (`follow_case`);
* findings and events are filed with their instrument number and go to the ledger; what follows from them the engine says;
* a case is closed when nothing in it waits for anybody, and opens again when something is filed or a measure in it ends.

Invariant: filing the same twice is filing it once.
"""

from __future__ import annotations

import sqlite3

from graph_service.casework.history import Act, Thing, begin, find, last_number, take, things
from graph_service.casework.office import Office, case_of, file, has_case, in_force, record_of, today
from graph_service.casework.publication import follow_publication
from graph_service.casework.tasks import TASKS, follow_tasks
from graph_service.messages import BadValue
from graph_service.model.facts import Event, Finding, fact_id
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import parse_day
from graph_service.snapshot.view import View


def open_case(office: Office, act: Act, record: str) -> Thing:
    """Open the case of a serious record and its tasks; of a case that is there, follow it.  Raises `BadValue`."""
    with office.desk.write() as db:
        return open_case_in(office, db, act, record)


def open_case_in(office: Office, db: sqlite3.Connection, act: Act, record: str) -> Thing:
    """`open_case` inside a transaction."""
    with office.view() as view:
        found = record_of(view, record)
        severe = any(
            law.cases is not None and found.fact.severity in law.cases.severities and in_force(law.cases.cited, today(db, act))
            for law in office.laws()
        )
        if not severe:
            raise BadValue("case_not_serious", record=record, severity=found.fact.severity or "-")
        if not has_case(db, record):
            fact = found.fact
            body = {
                "record": fact.id,
                "fact": found.id,
                "subject": fact.subject,
                "family": fact.family,
                "severity": fact.severity,
                "initiator": fact.authority,
                "instrument_no": fact.instrument_no,
                "region": fact.region,
                "decided_on": str(fact.decided_on),
            }
            begin(db, act, "case", case_of(record), body)
        return follow(office, db, view, act, record)


def follow_case(office: Office, act: Act, record: str) -> Thing:
    """Bring a case to what the ledger and the law say on the day of an act.  Raises `BadValue` if there is none."""
    with office.desk.write() as db, office.view() as view:
        return follow(office, db, view, act, record)


def follow_cases(office: Office, act: Act) -> int:
    """Follow every case in which something runs: terms end and laws change without anybody filing anything.

    A closed case whose measures run on is followed too, and opens again when one of them ends.  Gives how many were followed.
    """
    with office.desk.read() as db:
        running = {one.parent for one in things(db, *TASKS) if one.state != "withdrawn"}
        records = [one.body["record"] for one in things(db, "case") if one.state == "open" or one.id in running]
    for record in records:
        follow_case(office, act, record)
    return len(records)


def follow(office: Office, db: sqlite3.Connection, view: View, act: Act, record: str) -> Thing:
    """`follow_case` inside a transaction."""
    found = find(db, case_of(record))
    if found is None:
        raise BadValue("case_unknown", record=record[:200])
    before = last_number(db)
    follow_tasks(office, db, view, act, record)
    follow_publication(office, db, view, act, record)
    if last_number(db) == before:
        return found
    if found.state == "closed":
        take(db, act, found.id, "reopen")
    return take(db, act, found.id, "follow", {"position": view.position.number})


def file_event(office: Office, act: Act, record: str, kind: str, on: str, instrument_no: str, person: str = "") -> str:
    """File an event of a record (an annulment, a repair, ...) and follow its case; gives the fact's id.  Raises `BadValue`."""
    with office.desk.write() as db:
        return filed(office, db, act, Event(record, kind, parse_day(on), subject_key(person), instrument_no))


def file_finding(office: Office, act: Act, record: str, person: str, finding: str, instrument_no: str, found_on: str = "") -> str:
    """File an authority's finding on a person and follow the record's case; gives the fact's id.  Raises `BadValue`."""
    day = parse_day(found_on) if found_on else None
    with office.desk.write() as db:
        return filed(office, db, act, Finding(record, subject_key(person), finding, instrument_no, day))


def filed(office: Office, db: sqlite3.Connection, act: Act, fact: Event | Finding) -> str:
    """File a fact and follow the case, inside a transaction; what was filed before leaves no second trace."""
    _check_words(fact)
    if isinstance(fact, Event) and fact.on > today(db, act):
        raise BadValue("event_to_come", on=str(fact.kind))
    file(office, db, act, fact)
    key = fact_id(fact)
    found = find(db, case_of(fact.record))
    if found is not None:
        if key not in found.body.get("facts", ()):
            take(db, act, found.id, "file", {"fact": key, "facts": [*found.body.get("facts", ()), key]})
        with office.view() as view:
            follow(office, db, view, act, fact.record)
    return key


def _check_words(fact: Event | Finding) -> None:
    from graph_service.model.words import EVENTS, FINDINGS

    word, allowed = (fact.kind, EVENTS) if isinstance(fact, Event) else (fact.finding, FINDINGS)
    if word not in allowed:
        raise BadValue("bad_word", value=word[:64], allowed=", ".join(allowed))


def close_case(office: Office, act: Act, record: str) -> Thing:
    """Close a case in which nothing waits for anybody.  Raises `BadValue`."""
    with office.desk.write() as db:
        return close_case_in(office, db, act, record)


def close_case_in(office: Office, db: sqlite3.Connection, act: Act, record: str) -> Thing:
    """`close_case` inside a transaction."""
    with office.view() as view:
        follow(office, db, view, act, record)
    waiting = [one.id for one in things(db, parent=case_of(record)) if one.open]
    if waiting:
        raise BadValue("case_waits", count=len(waiting), first=waiting[0])
    return take(db, act, case_of(record), "close")
