"""The embedded ledger: one SQLite file, for one machine and any number of its processes.

Invariants (must never happen): a row is deleted, or changed but for the position of its retraction; a fact is written outside
the transaction that also writes its append; a position is given twice.

One process writes at a time (``BEGIN IMMEDIATE``; others wait), any number read meanwhile (write-ahead log).  An append that
returned is on the disk (``synchronous = FULL``).  Safe for several threads; not to be carried through a fork.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from graph_service.ledger.changes import Held, Plan, held, micros, moment_text, plan, recording_time
from graph_service.ledger.keys import fingerprint, key_file, key_from_environment, make_key_file, read_key_file
from graph_service.ledger.protocol import Change, Position, Reader, Receipt
from graph_service.ledger.sqlite_codec import BY_NAME, TABLES, Table, chunks, digest_of
from graph_service.ledger.sqlite_file import BUSY_SECONDS, LedgerFile, open_file
from graph_service.ledger.sqlite_reader import PAGE, SqliteReader
from graph_service.messages import LedgerError
from graph_service.model.facts import Fact, Stored, SubjectKind
from graph_service.model.identifiers import keyed_hash

_KINDS = {kind.value: kind for kind in SubjectKind}


_LOADING = "load:"
"""What the names of loads that are not over begin with, among the settings."""


class SqliteLedger:
    """A `graph_service.ledger.protocol.Ledger` in a SQLite file.  Made by `SqliteLedger.open`."""

    def __init__(self, file: LedgerFile) -> None:
        self._file = file
        self._key: bytes | None = None
        self._writing = Lock()
        self._writer: sqlite3.Connection | None = None
        self._pool = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        create: bool = True,
        read_only: bool = False,
        busy_seconds: float = BUSY_SECONDS,
    ) -> SqliteLedger:
        """The ledger in a file, made if ``create`` and there is none.

        ``read_only`` changes nothing, not even by making the ledger or its identity key; a write-protected file or folder is
        opened so in any case.  ``busy_seconds`` is how long an append waits for another process that writes.
        Raises `LedgerError`; then nothing was changed.
        """
        return cls(open_file(Path(path), create=create, read_only=read_only, busy_seconds=busy_seconds))

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._file.path

    @property
    def read_only(self) -> bool:
        """Whether nothing may be written, into the file or beside it."""
        return self._file.read_only

    def append(self, facts: Sequence[Fact], retract: Sequence[str] = (), recorded_at: datetime | None = None) -> Receipt:
        """See `Ledger.append`.  Costs some 30 microseconds a fact in large batches, and a sync of the disk for each call."""
        if self._file.read_only:
            raise LedgerError("ledger_read_only", path=self._file.path)
        with self._write() as connection:
            try:
                return _append(connection, facts, retract, recorded_at)
            except UnicodeEncodeError:
                raise LedgerError("ledger_bad_text", kind=_unstorable(facts)) from None

    def last(self) -> Position:
        """See `Ledger.last`."""
        with self._borrow() as connection, self._file.telling():
            return _last(connection)

    def position_at(self, moment: datetime) -> Position:
        """See `Ledger.position_at`."""
        statement = "SELECT last, recorded FROM appends WHERE recorded <= ? ORDER BY recorded DESC, last DESC LIMIT 1"
        with self._borrow() as connection, self._file.telling():
            return _position(connection.execute(statement, (micros(moment),)).fetchone())

    @contextmanager
    def read(self, at: Position | None = None) -> Iterator[Reader]:
        """See `Ledger.read`.  Costs some microseconds once connections are there."""
        with self._borrow() as connection:
            with self._file.telling():
                position = _last(connection) if at is None else _at(connection, at.number)
            yield SqliteReader(self._file, connection, position)

    def since(self, position: int, limit: int | None = None) -> Iterator[Change]:
        """See `Ledger.since`.  Changes come a page at a time and nothing is held open between pages."""
        after, end = max(position, 0), self.last().number
        if limit is not None:
            end = min(end, after + max(limit, 0))
        while after < end:
            to = min(after + PAGE, end)
            with self._borrow() as connection, self._file.telling():
                changes = _changes(connection, after, to)
            yield from changes
            after = to

    def begin_load(self, name: str) -> None:
        """See `Ledger.begin_load`.  The note is durable before the first fact of the load."""
        with self._write() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, '')", (f"{_LOADING}{name}",))

    def end_load(self, name: str) -> None:
        """See `Ledger.end_load`."""
        with self._write() as connection:
            connection.execute("DELETE FROM settings WHERE name = ?", (f"{_LOADING}{name}",))

    def unfinished_loads(self) -> list[str]:
        """See `Ledger.unfinished_loads`."""
        statement = "SELECT name FROM settings WHERE name >= ? AND name < ? ORDER BY name"
        with self._borrow() as connection, self._file.telling():
            found = connection.execute(statement, (_LOADING, _LOADING + "\U0010ffff")).fetchall()
        return [name.removeprefix(_LOADING) for (name,) in found]

    def identity_hash(self, id_type: str, number: str) -> str:
        """See `Ledger.identity_hash`.  The first call finds the key, or makes one.  Raises `LedgerError`."""
        if self._key is None:
            self._key = self._find_key()
        return keyed_hash(self._key, id_type, number)

    def identity_fingerprint(self) -> str | None:
        """See `Ledger.identity_fingerprint`."""
        with self._borrow() as connection, self._file.telling():
            return _fingerprint(connection)

    def close(self) -> None:
        """Release the file.  Readers that are still open are released when they end."""
        with self._pool:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        with self._writing:
            if self._writer is not None:
                self._writer.close()
                self._writer = None

    @contextmanager
    def _borrow(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading that nobody else has meanwhile."""
        with self._pool:
            self._check_open()
            connection = self._idle.pop() if self._idle else None
        if connection is None:
            connection = self._file.connect()
        try:
            yield connection
        finally:
            with self._pool:
                # A write-protected file may change its state (see `LedgerFile.connect`), so each reader looks anew.
                keep = not self._closed and not self._file.read_only
                if keep:
                    self._idle.append(connection)
            if not keep:
                connection.close()

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        """The writer's connection in a transaction that ends with the block: all of it, or nothing."""
        with self._writing, self._file.telling():
            self._check_open()
            if self._writer is None:
                self._writer = self._file.connect()
            connection = self._writer
            done = False
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
                done = True
            finally:
                if not done:
                    # Closing rolls back whatever state an error left behind; the next append starts afresh.
                    self._writer = None
                    connection.close()

    def _check_open(self) -> None:
        if self._closed:
            raise LedgerError("ledger_closed", path=self._file.path)

    def _find_key(self) -> bytes:
        path = key_file(self._file.path)
        with self._borrow() as connection, self._file.telling():
            known = _fingerprint(connection)
        key, source = key_from_environment(), "GRAPH_SERVICE_IDENTITY_KEY"
        if key is None:
            key, source = read_key_file(path), path.name
        if key is None:
            if known is not None or self._file.read_only:
                raise LedgerError("identity_key_missing", path=path)
            key = make_key_file(path)
        if known is None and not self._file.read_only:
            with self._write() as connection:
                connection.execute("INSERT OR IGNORE INTO settings VALUES ('identity_key', ?)", (fingerprint(key),))
                known = _fingerprint(connection)
        if known is not None and known != fingerprint(key):
            raise LedgerError("identity_key_differs", path=self._file.path, source=source)
        return key


def _fingerprint(connection: sqlite3.Connection) -> str | None:
    row = connection.execute("SELECT value FROM settings WHERE name = 'identity_key'").fetchone()
    return None if row is None else str(row[0])


def _last(connection: sqlite3.Connection) -> Position:
    return _position(connection.execute("SELECT last, recorded FROM appends ORDER BY last DESC LIMIT 1").fetchone())


def _at(connection: sqlite3.Connection, number: int) -> Position:
    last = _last(connection)
    if not 0 <= number <= last.number:
        raise LedgerError("ledger_no_position", number=number, last=last.number)
    if number == 0:
        return _position(None)
    # An append records one time for all its positions, under the last of them.
    row = connection.execute("SELECT recorded FROM appends WHERE last >= ? ORDER BY last LIMIT 1", (number,)).fetchone()
    return _position((number, row[0]))


def _position(row: tuple[int, int] | None) -> Position:
    return Position(0, "") if row is None else Position(row[0], moment_text(row[1]))


def _append(
    connection: sqlite3.Connection,
    facts: Sequence[Fact],
    retract: Sequence[str],
    recorded_at: datetime | None,
) -> Receipt:
    """Do one append inside a transaction."""
    last = connection.execute("SELECT last, recorded FROM appends ORDER BY last DESC LIMIT 1").fetchone()
    start = last[0] if last else 0
    made = plan(facts, _live_of_ids(connection, retract), _live_of_keys(connection, facts), start)
    if made.end > start:
        recorded = recording_time(recorded_at, last[1] if last else None)
        _write_plan(connection, made, recorded, start)
        connection.execute("INSERT INTO appends VALUES (?, ?)", (made.end, recorded))
    return Receipt(made.outcomes, made.end)


def _live_of_ids(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Held]:
    """The live facts of these fact ids, in the order of the ids."""
    wanted: dict[str, list[bytes]] = {}
    for identity in dict.fromkeys(ids):
        named = digest_of(identity)
        if named is not None:
            wanted.setdefault(named[0].name, []).append(named[1])
    found: dict[str, Held] = {}
    for name, digests in wanted.items():
        table = BY_NAME[name]
        for places, run in chunks(digests):
            statement = f"{table.select} WHERE t.retracted IS NULL AND t.digest IN {places}"
            for stored in table.decode(connection.execute(statement, run).fetchall()):
                found[stored.id] = held(stored.fact, stored.id, stored.position)
    return [found[identity] for identity in dict.fromkeys(ids) if identity in found]


def _live_of_keys(connection: sqlite3.Connection, facts: Sequence[Fact]) -> dict[str, Held]:
    """The live facts that have the key of one of these facts."""
    live: dict[str, Held] = {}
    for table, some in _by_table(facts):
        keys = {table.parts(fact): fact.key for fact in some}
        for places, run in chunks(tuple({parts[0]: None for parts in keys})):
            for row in connection.execute(f"{table.live} AND {table.found_by.format(places=places)}", run):
                key = keys.get(row[3:])
                if key is not None:
                    live[key] = Held(key, f"{table.name}-{row[1].hex()}", row[0], table.kind, _KINDS.get(row[2]))
    return live


def _by_table(facts: Iterable[Fact]) -> list[tuple[Table[Any], list[Any]]]:
    groups: dict[type[Fact], list[Fact]] = {}
    for fact in facts:
        groups.setdefault(type(fact), []).append(fact)
    return [(TABLES[kind], some) for kind, some in groups.items()]


def _write_plan(connection: sqlite3.Connection, made: Plan, recorded: int, start: int) -> None:
    # Retractions first: of one key only one row may be live at a time.
    for table in TABLES.values():
        old = [(one.position, one.of) for one in made.retractions if one.kind is table.kind and one.of <= start]
        connection.executemany(f"UPDATE {table.name} SET retracted = ? WHERE position = ?", old)  # noqa: S608 (our table names)
    connection.executemany(
        "INSERT INTO retractions VALUES (?, ?, ?, ?)",
        [(one.position, recorded, TABLES[one.kind].name, one.of) for one in made.retractions],
    )
    tables = [(addition, TABLES[type(addition.fact)]) for addition in made.additions]
    keys = _integers(connection, "keys", dict.fromkeys(text for one, table in tables for text in table.keys(one.fact)))
    words = _integers(connection, "words", dict.fromkeys(text for one, table in tables for text in table.words(one.fact)))
    rows: dict[str, list[tuple[object, ...]]] = {}
    for one, table in tables:
        digest = bytes.fromhex(one.fact_id[len(table.name) + 1 :])
        row = (one.position, one.retracted, recorded, digest, *table.encode(one.fact, keys, words))
        rows.setdefault(table.insert, []).append(row)
    for statement, some in rows.items():
        connection.executemany(statement, some)


def _integers(connection: sqlite3.Connection, table: str, texts: Iterable[str]) -> dict[str, int]:
    """The integers of texts in ``keys`` or ``words``; new texts get the next ones."""
    wanted = tuple(texts)
    known: dict[str, int] = {}
    for places, run in chunks(wanted):
        known.update(connection.execute(f"SELECT text, id FROM {table} WHERE text IN {places}", run))  # noqa: S608 (our tables)
    new = [text for text in wanted if text not in known]
    if new:
        first = connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM {table}").fetchone()[0]  # noqa: S608 (our tables)
        fresh = dict(zip(new, range(first, first + len(new)), strict=True))
        connection.executemany(f"INSERT INTO {table} (text, id) VALUES (?, ?)", fresh.items())  # noqa: S608 (our tables)
        known.update(fresh)
    return known


def _changes(connection: sqlite3.Connection, after: int, to: int) -> list[Change]:
    """The changes at positions from ``after`` (not included) to ``to``, in order.  They are the same at any later time."""
    changes: list[Change] = []
    for table in TABLES.values():
        statement = f"{table.select} WHERE t.position > ? AND t.position <= ?"
        for one in table.decode(connection.execute(statement, (after, to)).fetchall()):
            changes.append(Change(one.position, one.recorded_at, True, one.id, one.fact))
    retracted: dict[str, list[tuple[int, int, int]]] = {}
    for position, recorded, name, fact in connection.execute(
        "SELECT position, recorded, fact_kind, fact FROM retractions WHERE position > ? AND position <= ?", (after, to)
    ):
        retracted.setdefault(name, []).append((position, recorded, fact))
    for name, some in retracted.items():
        facts = _at_positions(connection, BY_NAME[name], [fact for _, _, fact in some])
        for position, recorded, fact in some:
            changes.append(Change(position, moment_text(recorded), False, facts[fact].id, facts[fact].fact))
    return sorted(changes, key=lambda change: change.position)


def _at_positions(connection: sqlite3.Connection, table: Table[Any], positions: Sequence[int]) -> dict[int, Stored[Any]]:
    found: dict[int, Stored[Any]] = {}
    for places, run in chunks(positions):
        rows = connection.execute(f"{table.select} WHERE t.position IN {places}", run).fetchall()
        found.update((stored.position, stored) for stored in table.decode(rows))
    return found


def _unstorable(facts: Sequence[Fact]) -> str:
    """The kind of the first fact with a text that has no UTF-8."""
    for fact in facts:
        try:
            repr(fact).encode("utf-8")
        except UnicodeEncodeError:
            return TABLES[type(fact)].name
    return "fact"
