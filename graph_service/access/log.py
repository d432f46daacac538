"""The log: who asked what about whom, for which purpose, and with what answer.  Append-only, each entry chained to the one
before.

* an entry is canonical JSON; its hash is SHA-256 over the hash before it and the entry, so that a change of one entry, its
  removal or another order breaks the chain there;
* triggers refuse to change or delete entries; the chain finds it where somebody removes the triggers first;
* a *head* (number and hash of the last entry) lies beside the entries, so that a tail that was cut off is found as long as the
  head is not set back with it.  Whoever can write the database can do both, or work out a whole new chain: against that, export
  the head and keep it elsewhere (`head`, and `verify` with the head that was kept);
* entries are written by one thread, as many at a time as wait (one sync of the disk for all of them); `Log.append` returns when
  its entry is on the disk, so nothing leaves before it is logged.

Entries name persons by their keys, never by identity numbers.
"""

from __future__ import annotations

import fcntl
import json
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from graph_service.desk.base import Area, Desk

LOG = Area(
    "log",
    (
        """
CREATE TABLE log (seq INTEGER PRIMARY KEY, entry TEXT NOT NULL, hash TEXT NOT NULL);
CREATE TABLE log_head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL);
CREATE TABLE log_persons (person TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (person, seq)) WITHOUT ROWID;
CREATE TRIGGER log_never_changes BEFORE UPDATE ON log BEGIN
    SELECT raise(ABORT, 'the log is append-only');
END;
CREATE TRIGGER log_never_shrinks BEFORE DELETE ON log BEGIN
    SELECT raise(ABORT, 'the log is append-only');
END;
""",
    ),
)
START = "0" * 64
_BATCH = 256
Extra = Callable[[sqlite3.Connection], None]


class Entry(NamedTuple):
    """An entry as it stands in the log."""

    seq: int
    said: dict[str, object]
    hash: str


class Head(NamedTuple):
    """The last entry: its number and hash.  ``0`` and zeros for an empty log."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of the log found: its head, and the first place where the chain does not hold (None: it holds).

    ``fault`` is ``changed`` (an entry is not what was hashed, or follows another), ``missing`` (a number is not there), ``tail``
    (the log ends before its own head) or ``head`` (it does not hold the head that was kept elsewhere).
    """

    head: Head
    entries: int
    fault: str | None = None
    seq: int | None = None
    entry: str | None = None


def canonical(said: Mapping[str, object]) -> str:
    """The one way to write an entry."""
    return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def chained(before: str, entry: str) -> str:
    """The hash of an entry after the hash before it."""
    return sha256(f"{before}\n{entry}".encode("utf-8", "surrogatepass")).hexdigest()


class _Waiting(NamedTuple):
    said: Mapping[str, object]
    persons: Sequence[str]
    also: Extra | None
    done: Future[int]


class Log:
    """The log of a desk, written by a thread of its own until `close`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._waiting: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._turns = desk.path.with_name(f"{desk.path.name}.log-lock").open("a")
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def append(self, said: Mapping[str, object], persons: Sequence[str] = (), also: Extra | None = None) -> int:
        """Write an entry and return its number when it is on the disk.  Raises what the desk raises; then nothing was written.

        ``persons`` are those who were shown in clear or asked about; ``also`` writes something else in the same transaction.
        """
        if self._closed:
            raise RuntimeError("the log is closed")
        done: Future[int] = Future()
        self._waiting.put(_Waiting(said, persons, also, done))
        return done.result()

    @property
    def alive(self) -> bool:
        """Whether entries can be written."""
        return self._thread.is_alive() and not self._closed

    def close(self) -> None:
        """Write what waits, and stop."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
            self._thread.join()
            self._turns.close()

    def _work(self) -> None:
        while True:
            first = self._waiting.get()
            if first is None:
                return
            batch, last = [first], False
            while len(batch) < _BATCH:
                try:
                    another = self._waiting.get_nowait()
                except queue.Empty:
                    break
                if another is None:
                    last = True
                    break
                batch.append(another)
            self._write(batch)
            if last:
                return

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the logs of other processes; the database alone would be asked again and again, with pauses in between."""
        fcntl.flock(self._turns, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turns, fcntl.LOCK_UN)

    def _write(self, batch: list[_Waiting]) -> None:
        try:
            with self._turn(), self._desk.write() as db:
                numbers = _append(db, batch)
        except Exception as error:  # noqa: BLE001 (whoever waits gets it)
            if len(batch) == 1:
                batch[0].done.set_exception(error)
            else:
                for one in batch:
                    self._write([one])
            return
        for one, number in zip(batch, numbers, strict=True):
            one.done.set_result(number)


def _append(db: sqlite3.Connection, batch: Sequence[_Waiting]) -> list[int]:
    seq, before = _head(db)
    rows, found, numbers = [], [], []
    for one in batch:
        seq += 1
        entry = canonical({"seq": seq, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **one.said})
        before = chained(before, entry)
        rows.append((seq, entry, before))
        found += [(person, seq) for person in dict.fromkeys(one.persons)]
        numbers.append(seq)
        if one.also is not None:
            one.also(db)
    db.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
    db.executemany("INSERT OR IGNORE INTO log_persons VALUES (?, ?)", found)
    db.execute("INSERT OR REPLACE INTO log_head VALUES (1, ?, ?)", (seq, before))
    return numbers


def _head(db: sqlite3.Connection) -> Head:
    row = db.execute("SELECT seq, hash FROM log_head").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head(0, START)


def head(desk: Desk) -> Head:
    """The last entry, to be kept where nobody who can write the desk can write."""
    with desk.read() as db:
        return _head(db)


def verify(desk: Desk, kept: Head | None = None) -> Verified:
    """Check the whole chain, in one pass; with a head that was kept elsewhere, that the log still holds it."""
    with desk.read() as db:
        end, before, expected, kept_there = _head(db), START, 1, kept is None or kept.seq == 0
        for row in db.execute("SELECT seq, entry, hash FROM log ORDER BY seq"):
            seq, entry = row["seq"], row["entry"]
            if seq != expected:
                return Verified(end, expected - 1, "missing", expected, None)
            if chained(before, entry) != row["hash"] or _seq_of(entry) != seq:
                return Verified(end, expected - 1, "changed", seq, entry)
            before, expected = row["hash"], expected + 1
            if kept is not None and kept.seq == seq:
                if kept.hash != before:
                    return Verified(end, seq, "head", seq, entry)
                kept_there = True
    count = expected - 1
    if (count, before) != end:
        return Verified(end, count, "tail", min(count, end.seq) + 1, None)
    if not kept_there and kept is not None:
        return Verified(end, count, "head", kept.seq, None)
    return Verified(end, count)


def _seq_of(entry: str) -> object:
    try:
        said = json.loads(entry)
    except ValueError:
        return None
    return said.get("seq") if isinstance(said, dict) else None


def entries(desk: Desk, after: int = 0, limit: int = 100) -> list[Entry]:
    """Some entries after a number, in their order."""
    with desk.read() as db:
        rows = db.execute("SELECT seq, entry, hash FROM log WHERE seq > ? ORDER BY seq LIMIT ?", (after, limit))
        return list(_entries(rows))


def looked_at(desk: Desk, person: str, after: int = 0, limit: int = 100) -> list[Entry]:
    """The entries about a person: asked about by key or pseudonym, or shown in clear."""
    with desk.read() as db:
        rows = db.execute(
            "SELECT log.seq, entry, hash FROM log_persons JOIN log USING (seq) WHERE person = ? AND log.seq > ? "
            "ORDER BY log.seq LIMIT ?",
            (person, after, limit),
        )
        return list(_entries(rows))


def _entries(rows: sqlite3.Cursor) -> Iterator[Entry]:
    for row in rows:
        yield Entry(row["seq"], json.loads(row["entry"]), row["hash"])
