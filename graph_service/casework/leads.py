"""Leads (线索): what somebody reports.  A lead is no record; it triggers nothing and is in no ledger.

* a report is kept with its source; a confidential source (举报人信息保密) is told to the officer who filed it and to whoever the
  caller says stands above that officer, and to nobody else;
* a lead is passed on to the authority that may look into it, or dropped with a reason; only what that authority then decides, by
  an instrument of its own, becomes a record.

Invariants (must never happen): a lead changes an answer; a confidential source stands in the history or in an answer to another.
"""

from __future__ import annotations

import sqlite3

from graph_service.casework.history import Act, Thing, begin, find, take, things
from graph_service.casework.shapes import thing_shape
from graph_service.desk.base import Desk
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import digest
from graph_service.model.identifiers import subject_key


def file_lead(desk: Desk, act: Act, subject: str, text: str, source: str = "", *, confidential: bool = True) -> Thing:
    """Keep a report about a subject; the same report of the same moment is kept once.  Raises `BadValue` if it says nothing."""
    with desk.write() as db:
        return file_lead_in(db, act, subject, text, source, confidential=confidential)


def file_lead_in(
    db: sqlite3.Connection, act: Act, subject: str, text: str, source: str = "", *, confidential: bool = True
) -> Thing:
    """`file_lead` inside a transaction."""
    if not text.strip():
        raise BadValue("lead_empty")
    subject = subject_key(subject)
    thing = f"lead:{digest(subject, text, source, act.actor, act.moment.isoformat(), size=12)}"
    held = find(db, thing)
    if held is not None:
        return held
    db.execute("INSERT INTO sources VALUES (?, ?, ?, ?)", (thing, act.actor, source, int(confidential)))
    return begin(db, act, "lead", thing, {"subject": subject, "text": text, "confidential": confidential})


def lead_step(desk: Desk, act: Act, lead: str, *, passed_to: str = "", reason: str = "") -> Thing:
    """Pass a lead on to an authority, or drop it with a reason.  Raises `BadValue`."""
    with desk.write() as db:
        return lead_step_in(db, act, lead, passed_to=passed_to, reason=reason)


def lead_step_in(db: sqlite3.Connection, act: Act, lead: str, *, passed_to: str = "", reason: str = "") -> Thing:
    """`lead_step` inside a transaction."""
    if passed_to:
        return take(db, act, lead, "pass_on", {"to": passed_to, "reason": reason}, "lead")
    return take(db, act, lead, "drop", {"reason": reason}, "lead")


def read_lead(desk: Desk, lead: str, reader: str, *, above: bool = False, upto: int | None = None, lang: Lang = "en") -> Shape:
    """A lead as one reader may see it; ``above``: the reader stands above the officer who filed it.  Raises `BadValue`."""
    with desk.read() as db:
        found = find(db, lead, upto=upto)
        row = db.execute("SELECT filed_by, source, confidential FROM sources WHERE thing = ?", (lead,)).fetchone()
    if found is None or found.machine != "lead" or row is None:
        raise BadValue("thing_unknown", thing=lead[:200])
    seen = not row["confidential"] or above or reader == row["filed_by"]
    return thing_shape(found, lang) | {"source": row["source"] if seen else None, "source_withheld": not seen}


def read_leads(
    desk: Desk,
    reader: str,
    *,
    subject: str | None = None,
    above: bool = False,
    day: int | None = None,
    upto: int | None = None,
    lang: Lang = "en",
) -> list[Shape]:
    """The leads, of a subject or all, as one reader may see them."""
    with desk.read() as db:
        found = [one.id for one in things(db, "lead", day=day, upto=upto) if subject in (None, one.body["subject"])]
    return [read_lead(desk, one, reader, above=above, upto=upto, lang=lang) for one in found]
