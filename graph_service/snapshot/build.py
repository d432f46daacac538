"""From a reader of facts to columns: a SQLite ledger by its rows (`sqlite_rows`), ties and subjects of a Neo4j ledger by lists
(`neo4j_rows`), whatever else by scanning it, fact by fact.

Invariant: the columns hold exactly the facts that are live at the reader's position.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import polars as pl

from graph_service.ledger.changes import micros
from graph_service.ledger.protocol import Reader
from graph_service.ledger.sqlite_codec import share_text
from graph_service.ledger.sqlite_reader import SqliteReader
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie
from graph_service.model.interval import Interval
from graph_service.snapshot.assemble import FACT_FRAMES, assemble, assemble_numbered, cold_part
from graph_service.snapshot.columns import EVENT_WORDS, FINDING_WORDS, KINDS
from graph_service.snapshot.held import HeldColumns, InMemory
from graph_service.snapshot.rows import SUBJECT_KINDS
from graph_service.snapshot.sqlite_rows import numbered_frames

TABLES: dict[str, type[Fact]] = {
    "subjects": Subject,
    "ties": Tie,
    "records": Record,
    "findings": Finding,
    "events": Event,
    "listings": Listing,
}
"""The kind of the facts of each frame."""

_BATCH = 200_000


def columns_of(reader: Reader) -> HeldColumns:
    """The columns of the facts that a reader sees, all in memory.

    Costs some 5 microseconds a fact from a SQLite ledger, three times as much from others.
    """
    if isinstance(reader, SqliteReader):
        parts = {table: [cold_part(table, pl.DataFrame(schema=schema))] for table, schema in FACT_FRAMES.items()}
        keys, frames = numbered_frames(reader, lambda table, part: parts[table].append(part))
        cold = InMemory({table: pl.concat(some) for table, some in parts.items()})
        return assemble_numbered(keys, frames, reader.position, cold)
    return assemble({table: _frame(table, reader) for table in TABLES}, reader.position)


def _frame(table: str, reader: Reader) -> pl.DataFrame:
    """The fact frame of what a reader sees."""
    if type(reader).__name__ == "Neo4jReader":  # by its name: Neo4j's driver is loaded only by those who use it
        from graph_service.snapshot import neo4j_rows

        if table in neo4j_rows.FRAMES:
            return neo4j_rows.FRAMES[table](reader)
    return fact_frame(table, reader.scan(TABLES[table]))


def fact_frame(table: str, facts: Iterable[Stored[Any]]) -> pl.DataFrame:
    """The fact frame (`FACT_FRAMES`) of stored facts of one kind."""
    schema, row = FACT_FRAMES[table], _ROWS[table]
    frames, rows = [pl.DataFrame(schema=schema)], []
    for stored in facts:
        tail = (stored.position, recorded_micros(stored.recorded_at), bytes.fromhex(stored.id.partition("-")[2]))
        rows.append((*row(stored.fact), *tail))
        if len(rows) == _BATCH:
            frames.append(pl.DataFrame(rows, schema, orient="row"))
            rows = []
    return pl.concat([*frames, pl.DataFrame(rows, schema, orient="row")])


@lru_cache(maxsize=65536)
def recorded_micros(moment: str) -> int:
    """Microseconds since 1970 of a recorded time."""
    return micros(datetime.fromisoformat(moment))


_KINDS = {kind: number for number, kind in SUBJECT_KINDS.items()}


def _days(value: Interval) -> tuple[int, int, int, int]:
    return value.start.lo, value.start.hi, value.end.lo, value.end.hi


def _worded(words: dict[str, int], word: str) -> tuple[int, str]:
    """The number of a word, and the word itself where it has none."""
    number = words.get(word, -1)
    return number, "" if number >= 0 else word


def _subject(fact: Subject) -> Sequence[object]:
    return (
        *(fact.id, _KINDS[fact.kind], fact.name, fact.form, fact.status, fact.region, fact.industry),
        *(fact.opened_on.lo, fact.opened_on.hi, fact.closed_on.lo, fact.closed_on.hi),
        *(fact.state_owned, fact.id_type, fact.id_hash, fact.note),
    )


def _tie(fact: Tie) -> Sequence[object]:
    share = None if fact.share is None else share_text(fact.share)
    return (
        *(fact.id, *_worded(KINDS, fact.kind), fact.holder, fact.enterprise, *_days(fact.valid)),
        *(share, fact.title, fact.credential, fact.source),
    )


def _record(fact: Record) -> Sequence[object]:
    return (
        *(fact.id, fact.subject, fact.family, fact.behaviour, fact.severity, *_days(fact.act)),
        *(fact.decided_on.lo, fact.decided_on.hi, fact.authority, fact.instrument_no, fact.region, fact.amount, fact.outcome),
    )


def _finding(fact: Finding) -> Sequence[object]:
    return fact.record, fact.person, *_worded(FINDING_WORDS, fact.finding), fact.instrument_no, fact.found_on


def _event(fact: Event) -> Sequence[object]:
    return fact.record, *_worded(EVENT_WORDS, fact.kind), fact.on, fact.person, fact.instrument_no


def _listing(fact: Listing) -> Sequence[object]:
    return fact.subject, fact.regime, *_days(fact.listed), fact.instrument_no


_ROWS: dict[str, Callable[[Any], Sequence[object]]] = {
    "subjects": _subject,
    "ties": _tie,
    "records": _record,
    "findings": _finding,
    "events": _event,
    "listings": _listing,
}
