"""The database file of a SQLite ledger: opening it, and telling what is wrong with it in one clear line.

* A file that is not ours is told from its first hundred bytes and is never opened for writing.
* A new ledger is made in one transaction.  A crash on the way leaves an empty file, or one that SQLite must first roll back (a
  journal lies beside it, and till then its bytes mean nothing); the next opening completes it.
* Where file or folder are write-protected, the ledger is read only.  A database in WAL mode needs two files beside it to be
  read; where these cannot be made and no changes wait in one of them, the file is read as one that does not change.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from urllib.parse import quote

from graph_service.messages import LedgerError

APPLICATION_ID = 0x67734C31
"""Marks our databases ("gsL1")."""
FORMAT = 1
"""The format that this version writes; it reads this and older ones."""
BUSY_SECONDS = 30.0

_MAGIC = b"SQLite format 3\0"
_JOURNAL = bytes.fromhex("d9d505f920a163d7")
_CODES = {
    sqlite3.SQLITE_BUSY: "ledger_busy",
    sqlite3.SQLITE_LOCKED: "ledger_busy",
    sqlite3.SQLITE_READONLY: "ledger_read_only",
    sqlite3.SQLITE_FULL: "ledger_full",
    sqlite3.SQLITE_IOERR: "ledger_io",
    sqlite3.SQLITE_CORRUPT: "ledger_corrupt",
    sqlite3.SQLITE_NOTADB: "ledger_not_database",
    sqlite3.SQLITE_CANTOPEN: "ledger_no_access",
    sqlite3.SQLITE_PERM: "ledger_no_access",
}


@dataclass(frozen=True, slots=True)
class LedgerFile:
    """An existing ledger's file, how it may be used, and how long to wait for another writer (seconds)."""

    path: Path
    read_only: bool
    busy_seconds: float

    def connect(self) -> sqlite3.Connection:
        """A new connection, to be closed by the caller.  Raises `LedgerError`."""
        with self.telling():
            if not self.read_only:
                return _configured(_connect(self.path, "mode=rw", self.busy_seconds), writes=True)
            try:
                return _configured(_connect(self.path, "mode=ro", self.busy_seconds), writes=False)
            except sqlite3.OperationalError as error:
                if _primary(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                    raise
            if _size(_beside(self.path, "-wal")) or _half_done(self.path):
                raise LedgerError("ledger_unmerged", path=self.path)
            return _configured(_connect(self.path, "mode=ro&immutable=1", self.busy_seconds), writes=False)

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what SQLite raises within into a `LedgerError`."""
        try:
            yield
        except sqlite3.Error as error:
            code = _CODES.get(_primary(error), "ledger_failed")
            raise LedgerError(code, path=self.path, reason=str(error), seconds=f"{self.busy_seconds:g}") from error


def open_file(path: Path, *, create: bool, read_only: bool, busy_seconds: float) -> LedgerFile:
    """The ledger at a path, made if ``create`` and there is none.  Raises `LedgerError`; then nothing was made or changed."""
    header = _header(path, may_miss=create and not read_only)
    half_done = _half_done(path)
    if header and not half_done:
        if not header.startswith(_MAGIC):
            raise LedgerError("ledger_not_database", path=path)
        if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
            raise LedgerError("ledger_foreign", path=path)
    elif create and not read_only:
        _make(path, busy_seconds)
    elif not header:
        raise LedgerError("ledger_empty", path=path)
    file = LedgerFile(path, read_only or not _writable(path), busy_seconds)
    with closing(file.connect()) as connection, file.telling():
        _check(path, connection)
        if not file.read_only:
            _use_wal(connection, busy_seconds)
    return file


def _check(path: Path, connection: sqlite3.Connection) -> None:
    """Raise unless the database is a ledger that this version reads."""
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION_ID:
        raise LedgerError("ledger_foreign" if application or _has_tables(connection) else "ledger_empty", path=path)
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise LedgerError("ledger_newer", path=path, found=found, known=FORMAT)
    connection.execute("SELECT last FROM appends ORDER BY last DESC LIMIT 1").fetchone()


def _has_tables(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _header(path: Path, *, may_miss: bool) -> bytes:
    """The first bytes of the file; empty for an empty file and for a missing one where that is allowed."""
    try:
        if path.is_dir():
            raise LedgerError("ledger_is_folder", path=path)
        if not path.parent.is_dir():
            raise LedgerError("ledger_no_folder", path=path)
        with path.open("rb") as file:
            return file.read(100)
    except FileNotFoundError:
        if may_miss:
            return b""
        raise LedgerError("ledger_missing", path=path) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL character
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LedgerError("ledger_no_access", path=path, reason=reason) from None


def _make(path: Path, busy_seconds: float) -> None:
    """Make the tables, unless another process does so first."""
    file = LedgerFile(path, read_only=False, busy_seconds=busy_seconds)
    with file.telling(), closing(_connect(path, "mode=rwc", busy_seconds)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("BEGIN EXCLUSIVE")
        try:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
            if application == 0 and not _has_tables(connection):
                schema = resources.files(__package__).joinpath("sqlite_schema.sql").read_text("utf-8")
                for statement in _statements(schema):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORMAT}")
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _statements(script: str) -> Iterator[str]:
    """The statements of a script.  (`executescript` would commit before the first.)"""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _connect(path: Path, mode: str, busy_seconds: float) -> sqlite3.Connection:
    # Connections are handed from thread to thread, never shared: the ledger's pool sees to it.
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )


def _configured(connection: sqlite3.Connection, *, writes: bool) -> sqlite3.Connection:
    """The connection with our settings; touching the file shows whether it can be read at all."""
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        if writes:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
            connection.execute(f"PRAGMA journal_size_limit = {_CHECKPOINT_PAGES * 4096 * 2}")
        connection.execute(f"PRAGMA cache_size = {-_CACHE_KIB}")  # at most, for each connection
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


# Indexes of random keys touch most of their pages in each batch: merging the log seldom writes each page less often.
_CHECKPOINT_PAGES = 16000
_CACHE_KIB = 64 * 1024


def _use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Turn the write-ahead log on (it stays on).  SQLite does not wait for others here, so this does."""
    deadline = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _writable(path: Path) -> bool:
    """Whether the file and the folder for the two files beside it can be written."""
    return os.access(path, os.W_OK) and os.access(path.absolute().parent, os.W_OK)


def _primary(error: sqlite3.Error) -> int:
    """SQLite's primary result code; 0 for an error of the Python module itself."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _half_done(path: Path) -> bool:
    """Whether a journal lies beside the file: another process is making the ledger, or died while it did."""
    try:
        with _beside(path, "-journal").open("rb") as file:
            return file.read(len(_JOURNAL)) == _JOURNAL
    except FileNotFoundError:
        return False
    except OSError as error:
        raise LedgerError("ledger_no_access", path=path, reason=error.strerror) from None


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}{suffix}")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
