"""Much of a Neo4j ledger at one position at once: rows collected into lists by the server, a window of positions at a time.

One record for many facts costs a third of one record a fact.

Invariant: the rows are those live at the reader's position, each once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neo4j import Session

from graph_service.ledger.changes import moment_text
from graph_service.ledger.neo4j_codec import DESCRIPTION, KINDS, decode, interval_of
from graph_service.ledger.neo4j_store import read
from graph_service.ledger.sqlite_codec import share_of
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie

WINDOW = 50_000
"""How many positions are read at once."""

Lists = Mapping[str, Sequence[Any]]

_SCANS: dict[type[Fact], str] = {
    Record: "read/scan_records",
    Finding: "read/scan_findings",
    Event: "read/scan_events",
    Listing: "read/scan_listings",
}


def windows(session: Session, name: str, at: int, size: int = WINDOW) -> Iterator[list[Any]]:
    """The records of a statement that takes ``after``, ``to`` and ``at``, a window of positions at a time."""
    for after in range(0, at, size):
        yield read(session, name, {"after": after, "to": min(after + size, at), "at": at})


def live_ties(session: Session, at: int) -> Iterator[Lists]:
    """The live ties as lists of one length (``cypher/read/bulk_ties.cypher``).  Costs some 6 microseconds a tie."""
    for (row,) in windows(session, "read/bulk_ties", at):
        if row["id"]:
            yield dict(row.items())


def live_descriptions(session: Session, at: int) -> Iterator[Lists]:
    """The live descriptions of subjects as lists of one length (``cypher/read/bulk_descriptions.cypher``)."""
    for (row,) in windows(session, "read/bulk_descriptions", at):
        if row["subject"]:
            yield dict(row.items())


def scan(session: Session, kind: type[Fact], at: int) -> Iterator[Stored[Fact]]:
    """Every fact of a kind that is live at a position, streamed."""
    if kind is Tie:
        for lists in live_ties(session, at):
            yield from _ties(lists)
    elif kind is Subject:
        for lists in live_descriptions(session, at):
            columns = list(lists)
            for row in zip(*lists.values(), strict=True):
                yield decode(DESCRIPTION, dict(zip(columns, row, strict=True)), "", "")
    else:
        for records in windows(session, _SCANS[kind], at):
            for row in records:
                yield decode(row["type"], row["fact"], row["a"], row["b"])


def _ties(lists: Lists) -> Iterator[Stored[Fact]]:
    for row in zip(*lists.values(), strict=True):
        name, kind, identity, holder, enterprise, *rest = row
        share = rest[4]
        tie = Tie(
            identity,
            KINDS.get(name, kind),
            holder,
            enterprise,
            interval_of(*rest[:4]),
            None if share == "-" else share_of(share),
            *rest[5:8],
        )
        yield Stored(tie, rest[10], rest[8], moment_text(rest[9]))
