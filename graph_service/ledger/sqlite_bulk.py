"""All of a SQLite ledger at one position at once: rows as they lie in the tables, without an object for each fact.

* Texts of subjects and records stay the integers of ``keys`` and those of small vocabularies the integers of ``words``; both are
  read apart, once.
* Columns come as the tables have them (see ``sqlite_schema.sql``); rows in runs, in the order of positions.

Invariant: the rows are those live at the reader's position, each once.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

from graph_service.ledger.sqlite_codec import BY_NAME
from graph_service.ledger.sqlite_reader import SqliteReader

RUN = 100_000
"""How many rows a run has at most."""

_DAYS = ("start_lo", "start_hi", "end_lo", "end_hi")
COLUMNS: dict[str, tuple[str, ...]] = {
    "subject": (
        *("subject", "kind", "name", "form", "status", "region", "industry", "opened_lo", "opened_hi", "closed_lo", "closed_hi"),
        *("state_owned", "id_type", "id_hash", "note"),
    ),
    "tie": ("id", "kind", "holder", "enterprise", *_DAYS, "share", "title", "credential", "source"),
    "record": (
        *("record", "subject", "family", "behaviour", "severity", *(f"act_{day}" for day in _DAYS), "decided_lo", "decided_hi"),
        *("authority", "instrument_no", "region", "amount", "outcome"),
    ),
    "finding": ("record", "person", "finding", "instrument_no", "found_on"),
    "event": ("record", "kind", "happened_on", "person", "instrument_no"),
    "listing": ("subject", "regime", *(f"listed_{day}" for day in _DAYS), "instrument_no"),
}
"""The columns of the rows of each kind of fact, after position, recorded and digest."""


def live_rows(reader: SqliteReader, kind: str) -> Iterator[list[tuple[Any, ...]]]:
    """The live facts of a kind (``subject``, ``tie``, ...): position, recorded, digest, `COLUMNS`.

    Costs two microseconds a row.
    """
    table = BY_NAME[kind].name
    return reader.pages(
        f"SELECT position, recorded, digest, {', '.join(COLUMNS[kind])} FROM {table} "  # noqa: S608 (constants)
        "WHERE position > ?2 AND position <= ?1 AND (retracted IS NULL OR retracted > ?1) ORDER BY position",
        RUN,
    )


def all_keys(reader: SqliteReader) -> Iterator[list[tuple[int, str]]]:
    """The integers and texts of keys, by integer; among them may be some that no live fact names."""
    return reader.pages("SELECT id, text FROM keys WHERE id > ?2 AND ?1 >= 0 ORDER BY id", RUN)


def all_words(reader: SqliteReader) -> dict[int, str]:
    """The texts of the integers of small vocabularies."""
    runs = reader.pages("SELECT id, text FROM words WHERE id > ?2 AND ?1 >= 0 ORDER BY id", RUN)
    return {number: text for run in runs for number, text in run}


def history_mark(reader: SqliteReader) -> str:
    """A digest of the history up to the reader's position: where every append ended, when it was recorded, what came last.

    Two ledgers with one mark have taken the same appends at the same microseconds.  Costs a microsecond an append.
    """
    mark = blake2b(digest_size=20)
    for run in reader.pages("SELECT last, recorded FROM appends WHERE last > ?2 AND last <= ?1 ORDER BY last", RUN):
        mark.update(repr(run).encode())
    for kind in COLUMNS:
        statement = f"SELECT position, digest FROM {kind} WHERE position > max(?2, ?1 - 1) AND position <= ?1"  # noqa: S608
        for run in reader.pages(f"{statement} ORDER BY position", RUN):
            mark.update(repr((kind, run)).encode())
    return mark.hexdigest()
