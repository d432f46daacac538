"""The office: a ledger, a desk and the law, and how a fact that an officer files gets from the one to the other.

* what is a fact of the world (an event, a finding) goes to the ledger with its instrument number, once however often it is filed;
* the desk follows the engine's answer, never the officer's word: after every filed fact the case is worked out anew (`follow`);
* both happen inside one transaction of the desk.  If the process dies between the two, filing again completes it.

Invariant (must never happen): a task moves because of a fact that the ledger does not hold.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from graph_service.casework.history import Act, find
from graph_service.desk.base import Desk
from graph_service.ledger.protocol import Ledger
from graph_service.messages import BadValue
from graph_service.model.facts import Event, Finding, Record, Stored, fact_id
from graph_service.policy.desk_table import Casework, Cited
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


@dataclass(frozen=True, slots=True)
class Office:
    """Where officers work."""

    ledger: Ledger
    desk: Desk
    packs: tuple[Pack, ...]

    @contextmanager
    def view(self) -> Iterator[View]:
        """What the ledger holds now."""
        with self.ledger.read() as reader:
            yield View(reader)

    def pack(self, key: str) -> Pack:
        """A pack of the office.  Raises `BadValue`."""
        for pack in self.packs:
            if pack.id == key:
                return pack
        raise BadValue("no_such_pack", pack=key, known=", ".join(pack.id for pack in self.packs))

    def laws(self) -> list[Casework]:
        """The casework law of each pack that has any."""
        return [pack.casework for pack in self.packs if pack.casework is not None]


def in_force(cited: Cited, day: int) -> bool:
    """Whether a statement of law is in force on a day."""
    return cited.basis.valid_from <= day < cited.basis.valid_to


def today(db: sqlite3.Connection, act: Act) -> int:
    """The day on which a step of this act will be taken: that of the act, or of the last step if that is later."""
    row = db.execute("SELECT day FROM steps ORDER BY number DESC LIMIT 1").fetchone()
    return max(act.day, row["day"]) if row else act.day


def record_of(view: View, record: str) -> Stored[Record]:
    """A record that is one.  Raises `BadValue` for an unknown one, and for a lead, which triggers nothing."""
    found = view.records([record])
    if not found:
        raise BadValue("record_unknown", record=record[:200])
    if not found[0].fact.instrument_no:
        raise BadValue("record_is_lead", record=record)
    return found[0]


def case_of(record: str) -> str:
    """The key of the case of a record."""
    return f"case:{record}"


def file(office: Office, db: sqlite3.Connection, act: Act, fact: Event | Finding) -> str:
    """Put a fact into the ledger, inside a transaction of the desk; gives its id.

    Raises `BadValue` without an instrument number, for a record that is none, or if the ledger holds the same step under another
    instrument: a correction is not made by the way.
    """
    if not fact.instrument_no.strip():
        raise BadValue("instrument_missing")
    with office.view() as view:
        record_of(view, fact.record)
        events = view.events_of([fact.record])[fact.record]
        findings = view.findings_of([fact.record])[fact.record]
    held: Sequence[Stored[Event] | Stored[Finding]] = [*events, *findings]
    for one in held:
        if one.fact.key == fact.key and one.id != fact_id(fact):
            raise BadValue("fact_differs", instrument=one.fact.instrument_no)
    office.ledger.append([fact], recorded_at=act.moment)
    return fact_id(fact)


def has_case(db: sqlite3.Connection, record: str) -> bool:
    """Whether a record has a case."""
    return find(db, case_of(record)) is not None
