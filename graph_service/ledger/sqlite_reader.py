"""The facts of a SQLite ledger that were live at one position: each look-up is one indexed statement for each chunk of keys.

A reader holds no transaction: rows are never changed but for the position of their retraction, so "live at P" gives the same rows
for ever, and a reader that stays open for hours keeps nobody from writing or from merging the log.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from graph_service.ledger.protocol import Position
from graph_service.ledger.sqlite_codec import (
    EVENTS,
    FINDINGS,
    KEYS_IN,
    LISTINGS,
    LIVE_AT,
    RECORDS,
    SUBJECTS,
    TABLES,
    TIES,
    WORDS_IN,
    Table,
    chunks,
    digest_of,
)
from graph_service.ledger.sqlite_file import LedgerFile
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie

F = TypeVar("F", bound=Fact)

PAGE = 4096

# At most so many ties of each holder, by id: the inner statement runs for each holder along the index (holder, id) and stops.
_FIRST_TIES = (
    f"{TIES.select.replace('FROM tie t', 'FROM keys a CROSS JOIN tie t')} "  # noqa: S608 (constants)
    "WHERE t.position IN ("
    "SELECT s.position FROM tie s WHERE s.holder = a.id AND +s.position <= ?1 AND (s.retracted IS NULL OR s.retracted > ?1)"
    "{kinds} ORDER BY s.id LIMIT ?) AND a.text IN {places}"
)


class SqliteReader:
    """See `graph_service.ledger.protocol.Reader`.  For one thread at a time."""

    def __init__(self, file: LedgerFile, connection: sqlite3.Connection, position: Position) -> None:
        self._file = file
        self._connection = connection
        self._at = position

    @property
    def position(self) -> Position:
        """Where this reader stands."""
        return self._at

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        """See `Reader.subjects`."""
        return self._find(SUBJECTS, f"t.subject IN {KEYS_IN}", ids)

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_into`."""
        return self._find(TIES, f"t.enterprise IN {KEYS_IN}", enterprises, kinds)

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_of`.  With a limit the cost is that of the ties given, however many there are."""
        if limit is None:
            return self._find(TIES, f"t.holder IN {KEYS_IN}", holders, kinds)
        with_kinds, words = ("", ()) if kinds is None else _kinds_among("s", kinds)
        found: list[Stored[Tie]] = []
        for places, run in chunks(tuple(dict.fromkeys(holders))):
            statement = _FIRST_TIES.format(places=places, kinds=with_kinds)
            found += TIES.decode(self._rows(statement, (self._at.number, *words, max(limit, 0), *run)))
        return found

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        """See `Reader.ties`."""
        return self._find(TIES, "t.id IN {places}", ids)

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records`."""
        return self._find(RECORDS, f"t.record IN {KEYS_IN}", ids)

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records_of`."""
        return self._find(RECORDS, f"t.subject IN {KEYS_IN}", subjects)

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_of`."""
        return self._find(FINDINGS, f"t.record IN {KEYS_IN}", records)

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_naming`."""
        return self._find(FINDINGS, f"t.person IN {KEYS_IN}", persons)

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        """See `Reader.events_of`."""
        return self._find(EVENTS, f"t.record IN {KEYS_IN}", records)

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        """See `Reader.listings_of`."""
        return self._find(LISTINGS, f"t.subject IN {KEYS_IN}", subjects)

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        """See `Reader.facts`."""
        wanted: dict[str, tuple[Table[Any], list[bytes]]] = {}
        for identity in dict.fromkeys(ids):
            named = digest_of(identity)
            if named is not None:
                wanted.setdefault(named[0].name, (named[0], []))[1].append(named[1])
        return [stored for table, digests in wanted.values() for stored in self._find(table, "t.digest IN {places}", digests)]

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        """See `Reader.scan`.  In the order of positions, a page at a time."""
        table, after = TABLES[kind], 0
        statement = (
            f"{table.select} WHERE t.position > ?2 AND t.position <= ?1 AND (t.retracted IS NULL OR t.retracted > ?1) "
            f"ORDER BY t.position LIMIT {PAGE}"
        )
        while rows := self._rows(statement, (self._at.number, after)):
            yield from table.decode(rows)
            after = rows[-1][0]

    def pages(self, statement: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """The rows of a statement in runs of at most ``size``, for reading all there is.

        The statement takes this reader's position as ``?1`` and the first column of the last row so far as ``?2``, and is ordered
        by that column, an integer; it may end without a limit, which it gets here.
        """
        after = -1
        while rows := self._rows(f"{statement} LIMIT {size}", (self._at.number, after)):
            yield rows
            after = rows[-1][0]

    def _find(self, table: Table[F], where: str, keys: Iterable[object], kinds: Iterable[str] | None = None) -> list[Stored[F]]:
        with_kinds, words = ("", ()) if kinds is None else _kinds_among("t", kinds)
        found: list[Stored[F]] = []
        for places, run in chunks(tuple(dict.fromkeys(keys))):
            statement = f"{table.select} WHERE {LIVE_AT} AND {where.format(places=places)}{with_kinds}"
            found += table.decode(self._rows(statement, (self._at.number, *run, *words)))
        return found

    def _rows(self, statement: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._file.telling():
            return self._connection.execute(statement, parameters).fetchall()


def _kinds_among(table: str, kinds: Iterable[str]) -> tuple[str, tuple[object, ...]]:
    """The condition that a tie is of one of these kinds."""
    wanted = tuple(dict.fromkeys(kinds))
    if not wanted:
        return " AND 0", ()
    [(places, words)] = chunks(wanted)
    return f" AND {table}.kind IN {WORDS_IN.format(places=places)}", words
