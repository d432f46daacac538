"""The desk's database: opened by its path, made and brought up to date area by area, written in whole transactions.

* an *area* (the log, cases, ...) brings numbered scripts; those that have not run yet run in one transaction when the desk is
  opened for it;
* `Desk.write` is one transaction for whatever is done inside, across areas; it waits for another writer, and commits to disk
  before it returns (``synchronous=FULL``);
* `Desk.read` sees one state of everything, however long it takes.

Invariants: what was committed survives the death of the process; nothing half-done is ever seen.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from graph_service.messages import LedgerError

APPLICATION_ID = 0x67734431
"""Marks a desk's database ("gsD1")."""
BUSY_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the desk: its name, and its scripts in the order in which they came to be; never changed, only added to."""

    name: str
    scripts: tuple[str, ...]


class Desk:
    """The desk at a path.  Safe to use from several threads, each with a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()

    @classmethod
    def open(cls, path: str | Path, areas: Sequence[Area]) -> Desk:
        """The desk at a path, made if there is none, with the tables of some areas.  Raises `LedgerError`."""
        desk = cls(Path(path))
        # It names persons and holds hashes of keys, so it is its owner's alone; what SQLite puts beside it takes after it.
        with suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            connection = desk._connection()
            found = connection.execute("PRAGMA application_id").fetchone()[0]
            tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if found != APPLICATION_ID and (found or tables):
                raise LedgerError("desk_foreign", path=path)
            connection.execute("PRAGMA journal_mode = WAL")
            with desk.write() as db:
                db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                db.execute("CREATE TABLE IF NOT EXISTS areas (name TEXT PRIMARY KEY, scripts INTEGER NOT NULL)")
                for area in areas:
                    _bring_up(db, area)
        except sqlite3.Error as error:
            desk.close()
            raise LedgerError("desk_failed", path=path, reason=str(error)) from None
        except LedgerError:
            desk.close()
            raise
        return desk

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._held, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA synchronous = FULL")
            found.execute("PRAGMA foreign_keys = ON")
            self._held.connection = found
            with self._lock:
                self._all.append(found)
        return found

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction that writes: committed when the block ends, undone if it raises.  Not to be nested."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One transaction that only reads, of one state.  Not to be nested."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close every connection; nobody may use the desk afterwards."""
        with self._lock:
            for connection in self._all:
                connection.close()
            self._all.clear()


def _bring_up(db: sqlite3.Connection, area: Area) -> None:
    """Run the scripts of an area that have not run yet."""
    row = db.execute("SELECT scripts FROM areas WHERE name = ?", (area.name,)).fetchone()
    done = row[0] if row else 0
    if done > len(area.scripts):
        raise LedgerError("desk_newer", area=area.name, found=done, known=len(area.scripts))
    for script in area.scripts[done:]:
        for statement in _statements(script):
            db.execute(statement)
    db.execute(
        "INSERT INTO areas VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET scripts = excluded.scripts",
        (area.name, len(area.scripts)),
    )


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, each beginning on a line of its own; a semicolon inside a trigger ends none."""
    held = ""
    for line in script.splitlines(keepends=True):
        held += line
        if sqlite3.complete_statement(held):
            yield held
            held = ""
    if held.strip():
        yield held
