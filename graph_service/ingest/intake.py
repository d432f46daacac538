"""From facts to the sink: batches, rows that stand twice, and the counts.

One key may be stated once in a load.  The same content again is *repeated*; other content is a reject, for otherwise each
load would correct the last one for ever, and loading twice would not be loading once.  Keys are remembered on disk.

Memory is bounded by the batch: rows of a batch wait with their text, because the sink may refuse one of them.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b

from graph_service.ingest.rejects import Rejects
from graph_service.ingest.report import Counts
from graph_service.ingest.sink import Sink
from graph_service.messages import BadValue, InputError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, Tie

BATCH = 10_000
"""Rows of a batch."""
WAITING_CHARACTERS = 1 << 24
"""A batch goes to the sink before its rows hold more text than this."""
REMEMBERED = 200_000
"""Subjects that are known to have been noted already."""

_FILE_SHIFT = 40
_SCHEMA = """
CREATE TABLE seen (key BLOB PRIMARY KEY, place INTEGER NOT NULL, content INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE mentioned (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE followed (key BLOB PRIMARY KEY, steps INTEGER NOT NULL) WITHOUT ROWID;
"""


@contextmanager
def open_scratch(cache_mebibytes: int = 64) -> Iterator[sqlite3.Connection]:
    """A temporary database on disk that is gone with the block; what goes wrong with it is an `InputError`."""
    try:
        scratch = sqlite3.connect("", isolation_level=None)
        try:
            scratch.execute(f"PRAGMA cache_size = -{cache_mebibytes * 1024}")
            scratch.execute("PRAGMA journal_mode = OFF")
            scratch.execute("PRAGMA synchronous = OFF")
            scratch.execute("BEGIN")  # never committed: nothing of it is to stay
            for statement in _SCHEMA.split(";"):
                scratch.execute(statement)
            yield scratch
        finally:
            scratch.close()
    except (sqlite3.OperationalError, sqlite3.DatabaseError) as error:
        raise InputError("scratch_failed", cause=str(error)) from None


def _digest(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()


class Intake:
    """Takes facts and rejects of one load.  ``files`` are the names of the inputs as the user knows them."""

    def __init__(self, sink: Sink, rejects: Rejects, scratch: sqlite3.Connection, files: Sequence[str], batch: int) -> None:
        self._sink, self._rejects, self._scratch = sink, rejects, scratch
        self._files, self._batch = files, batch
        self._counts: Counter[tuple[str, str]] = Counter()
        self._waiting: list[tuple[str, Fact, int, str]] = []
        self._weight = 0
        self._known: set[str] = set()

    def take(self, table: str, fact: Fact, file: int, line: int, row: str) -> None:
        """A fact that a row states.  ``row`` is its text for the rejects, with identity numbers masked."""
        self._waiting.append((table, fact, file << _FILE_SHIFT | line, row))
        self._weight += len(row)
        if len(self._waiting) >= self._batch or self._weight >= WAITING_CHARACTERS:
            self.flush()

    def reject(self, table: str, file: int, line: int, column: str, cause: BadValue, row: str) -> None:
        """A row that states no fact."""
        self._counts[table, "rejected"] += 1
        self._rejects.add(self._files[file], line, column, cause, row, personal=table in ("persons", "statements"))

    def repeated(self, table: str) -> None:
        """A statement that stood before in this load, word for word."""
        self._counts[table, "repeated"] += 1

    def flush(self) -> None:
        """Give the batch to the sink."""
        batch = self._without_known_keys()
        self._waiting, self._weight = [], 0
        if not batch:
            return
        outcomes = self._sink.append([entry[1] for entry in batch]).outcomes
        last, word = None, ""
        for (table, fact, place, row), outcome in zip(batch, outcomes, strict=True):
            if outcome is not last:  # runs of one outcome are the rule
                last, word = outcome, outcome.value
            self._counts[table, word] += 1
            if word == "refused":
                column = "id" if isinstance(fact, Subject) else ""
                self.reject(table, place >> _FILE_SHIFT, _line(place), column, BadValue("other_kind"), row)
        self._note_mentioned([entry[1] for entry in batch])
        self._note_followed([entry[1] for entry in batch])

    def counts(self) -> dict[str, Counts]:
        """What became of the rows so far, by table."""
        tables = dict.fromkeys(table for table, _ in self._counts)
        return {
            table: Counts(
                taken=self._counts[table, "added"],
                corrected=self._counts[table, "corrected"],
                unchanged=self._counts[table, "unchanged"],
                repeated=self._counts[table, "repeated"],
                rejected=self._counts[table, "rejected"],
            )
            for table in tables
        }

    def undescribed(self) -> int:
        """How many subjects are mentioned that no row of this load describes."""
        query = "SELECT count(*) FROM mentioned WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.key = mentioned.key)"
        return int(self._scratch.execute(query).fetchone()[0])

    def unstated(self) -> int:
        """How many findings and events name a record that no row of this load states."""
        query = """
            SELECT coalesce(sum(steps), 0) FROM followed WHERE NOT EXISTS (SELECT 1 FROM seen WHERE seen.key = followed.key)
        """
        return int(self._scratch.execute(query).fetchone()[0])

    def _without_known_keys(self) -> list[tuple[str, Fact, int, str]]:
        """The batch without the facts whose key has been stated before in this load; these are counted or rejected."""
        # Any hash of this process tells contents apart: it is only ever compared with another one under the same key.
        marks = [(_digest(fact.key), place, hash(fact)) for _, fact, place, _ in self._waiting]
        before = self._scratch.total_changes
        self._scratch.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", sorted(marks))
        if self._scratch.total_changes - before == len(marks):
            return self._waiting
        kept = []
        for entry, (key, place, content) in zip(self._waiting, marks, strict=True):
            first, stated = self._scratch.execute("SELECT place, content FROM seen WHERE key = ?", (key,)).fetchone()
            if first == place and stated == content:
                kept.append(entry)
            elif stated == content:
                self._counts[entry[0], "repeated"] += 1
            else:
                cause = BadValue("already_used", line=_line(first), file=self._files[first >> _FILE_SHIFT])
                column = "id" if isinstance(entry[1], Subject | Tie | Record) else ""
                self.reject(entry[0], place >> _FILE_SHIFT, _line(place), column, cause, entry[3])
        return kept

    def _note_mentioned(self, facts: Sequence[Fact]) -> None:
        found = {name for fact in facts for name in _mentions(fact) if name} - self._known
        keys = sorted(map(_digest, map("subject:{}".format, found)))
        self._scratch.executemany("INSERT OR IGNORE INTO mentioned VALUES (?)", zip(keys, strict=True))
        if len(self._known) + len(found) > REMEMBERED:
            self._known.clear()
        self._known |= found

    def _note_followed(self, facts: Sequence[Fact]) -> None:
        steps = Counter(fact.record for fact in facts if isinstance(fact, Finding | Event))
        query = "INSERT INTO followed VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET steps = steps + excluded.steps"
        self._scratch.executemany(query, sorted((_digest(f"record:{record}"), count) for record, count in steps.items()))


def _line(place: int) -> int:
    return place & ((1 << _FILE_SHIFT) - 1)


def _mentions(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Tie():
            return fact.holder, fact.enterprise
        case Record() | Listing():
            return (fact.subject,)
        case Finding() | Event():
            return (fact.person,)
        case _:
            return ()
