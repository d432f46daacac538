"""One append in Neo4j, within its transaction: what is live, and what a plan writes.

Invariants: nothing of a fact is changed but its ``retracted``; every fact stands in the index of facts (`GsFact`) as well; what
nodes show of descriptions and records is what is live after the append.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from neo4j import ManagedTransaction

from graph_service.ledger.changes import Addition, Held, Plan
from graph_service.ledger.neo4j_codec import (
    DESCRIPTION,
    EVENT,
    LABELS,
    SUBJECT_KINDS,
    Properties,
    fact_kind,
    properties,
    shown_record,
    shown_subject,
    type_of,
)
from graph_service.ledger.neo4j_store import text
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, Tie

T = TypeVar("T")
ROWS = 10_000
"""How many keys or ids one statement takes."""
WRITTEN = 2_500
"""How many facts one statement writes: few enough that most rows are made while the server writes others."""


class LiveFacts:
    """The live facts that an append must know of, and where they lie."""

    def __init__(self) -> None:
        self.of_keys: dict[str, Held] = {}
        self.of_ids: dict[str, Held] = {}
        self.types: dict[int, str] = {}  # by position

    def look_up(self, tx: ManagedTransaction, facts: Sequence[Fact], retract: Sequence[str]) -> None:
        """Find the live facts of the keys of ``facts``, and of the fact ids ``retract``."""
        for ids in runs(list(dict.fromkeys(retract))):
            self._take(tx, "read/live_ids", {"ids": ids}, self.of_ids, by_id=True)
        for keys in runs(list({fact.key: None for fact in facts})):
            self._take(tx, "read/live_keys", {"keys": keys}, self.of_keys, by_id=False)

    def _take(self, tx: ManagedTransaction, name: str, parameters: Properties, into: dict[str, Held], *, by_id: bool) -> None:
        (row,) = tx.run(text(name), parameters)
        for key, identity, position, type_, kind in zip(*row.values(), strict=True):
            self.types[position] = type_
            subject_kind = SUBJECT_KINDS.get(kind) if type_ == DESCRIPTION else None
            into[identity if by_id else key] = Held(key, identity, position, fact_kind(type_), subject_kind)


def runs(rows: Sequence[T], size: int = ROWS) -> Iterator[Sequence[T]]:
    """Runs of at most so many."""
    for first in range(0, len(rows), size):
        yield rows[first : first + size]


def write_plan(tx: ManagedTransaction, made: Plan, live: LiveFacts, recorded: int, start: int) -> None:
    """Write what a plan says.  Costs some 30 microseconds a fact, most of it in the server, and as much for the commit."""
    left = _retract(tx, made, live, start)
    by_kind: dict[type[Fact], list[Addition]] = {}
    for one in made.additions:
        by_kind.setdefault(type(one.fact), []).append(one)
    _mention(tx, made.additions)
    _send(tx, _statements(by_kind, recorded))
    practice = {
        one.fact.holder: None for one in by_kind.get(Tie, ()) if isinstance(one.fact, Tie) and one.fact.kind == "practitioner"
    }
    for ids in runs([*dict.fromkeys((*practice, *left))]):
        tx.run(text("write/practitioners"), ids=ids).consume()


def _statements(by_kind: dict[type[Fact], list[Addition]], recorded: int) -> Iterator[tuple[str, list[Properties]]]:
    """The statements that write facts, each with its rows, which are made only as they are asked for."""
    for kind, additions in by_kind.items():
        name, row = _WRITERS[kind]
        for some in runs(additions, WRITTEN):
            yield name, [row(one, recorded) for one in some]


def _send(tx: ManagedTransaction, statements: Iterable[tuple[str, list[Properties]]]) -> None:
    """Run statements in their order, one at a time, each while the rows of the next one are made.

    The server answers a statement that writes only when it is done, so a thread of its own waits for it; nobody else uses the
    transaction meanwhile.  When this returns or raises, no statement is under way any more.
    """

    def run(name: str, rows: list[Properties]) -> None:
        tx.run(text(name), rows=rows).consume()

    with ThreadPoolExecutor(1, "neo4j-append") as worker:
        sent: Future[None] | None = None
        for name, rows in statements:
            if sent is not None:
                sent.result()
            sent = worker.submit(run, name, rows)
        if sent is not None:
            sent.result()


def _retract(tx: ManagedTransaction, made: Plan, live: LiveFacts, start: int) -> list[str]:
    """Retract what was there before this append; the holders of practice ties among it."""
    keys = {held.position: held.key for held in (*live.of_ids.values(), *live.of_keys.values())}
    old = [one for one in made.retractions if one.of <= start]
    by_type: dict[str, list[Properties]] = {}
    for one in old:
        by_type.setdefault(live.types[one.of], []).append({"key": keys[one.of], "of": one.of, "position": one.position})
    for some in runs([row for rows in by_type.values() for row in rows]):
        tx.run(text("write/retract_facts"), rows=some).consume()
    descriptions, _ = by_type.pop(DESCRIPTION, []), by_type.pop(EVENT, [])
    for some in runs(descriptions):
        tx.run(text("write/undescribe"), ids=[row["key"].removeprefix("subject:") for row in some]).consume()
    for some in runs(by_type.get("AGAINST", [])):
        tx.run(text("write/unstate"), ids=[row["key"].removeprefix("record:") for row in some]).consume()
    if not by_type:
        return []
    return [row["a"] for row in tx.run(text("write/retract_relationships"), rows=by_type) if row["type"] == "PRACTITIONER"]


def _mention(tx: ManagedTransaction, additions: Iterable[Addition]) -> None:
    """Make the nodes of subjects and records that the facts mention, but for ties and descriptions, which make their own."""
    subjects: dict[str, None] = {}
    records: dict[str, None] = {}
    for one in additions:
        match one.fact:
            case Tie() | Subject():  # most facts: a look-up less for each of their subjects
                pass
            case Listing(subject=subject):
                subjects[subject] = None
            case Record(id=record, subject=subject):
                records[record] = subjects[subject] = None
            case Finding(record=record, person=person):
                records[record] = subjects[person] = None
            case Event(record=record, person=person):
                records[record] = None
                if person:
                    subjects[person] = None
    for ids in runs(list(subjects)):
        tx.run(text("write/subjects"), ids=ids).consume()
    for ids in runs(list(records)):
        tx.run(text("write/records"), ids=ids).consume()


def _properties(one: Addition, recorded: int) -> Properties:
    return properties(one.fact, one.fact_id, one.position, recorded, one.retracted)


def _tie(one: Addition, recorded: int) -> Properties:
    fact = one.fact
    assert isinstance(fact, Tie)
    made = _properties(one, recorded)
    return {"holder": fact.holder, "enterprise": fact.enterprise, "type": type_of(fact), "key": fact.key, "fact": made}


def _subject(one: Addition, recorded: int) -> Properties:
    fact = one.fact
    assert isinstance(fact, Subject)
    return {"labels": [LABELS[fact.kind]], "shown": shown_subject(fact), "fact": _properties(one, recorded)}


def _record(one: Addition, recorded: int) -> Properties:
    fact = one.fact
    assert isinstance(fact, Record)
    made = {"record": fact.id, "subject": fact.subject, "key": fact.key, "fact": _properties(one, recorded)}
    return {**made, "shown": shown_record(fact), "authority": fact.authority or None}


def _finding(one: Addition, recorded: int) -> Properties:
    fact = one.fact
    assert isinstance(fact, Finding)
    return {"record": fact.record, "person": fact.person, "key": fact.key, "fact": _properties(one, recorded)}


def _event(one: Addition, recorded: int) -> Properties:
    fact = one.fact
    assert isinstance(fact, Event)
    return {"record": fact.record, "person": fact.person or None, "fact": _properties(one, recorded)}


def _listing(one: Addition, recorded: int) -> Properties:
    fact = one.fact
    assert isinstance(fact, Listing)
    return {"subject": fact.subject, "key": fact.key, "fact": _properties(one, recorded)}


_WRITERS: dict[type[Fact], tuple[str, Any]] = {
    Subject: ("write/descriptions", _subject),
    Tie: ("write/ties", _tie),
    Record: ("write/statements", _record),
    Finding: ("write/findings", _finding),
    Event: ("write/events", _event),
    Listing: ("write/listings", _listing),
}
