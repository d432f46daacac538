"""Columns of a ledger, kept beside it: opened in less than a second, followed forward, made anew whenever they cannot be trusted.

* The columns of a SQLite ledger are kept in files beside the database (`graph_service.snapshot.files`), with a mark of the
  history that they are of: where every append ended and when it was recorded.  Another history has another mark.
* Where the ledger has gone on, its changes since are applied (`graph_service.snapshot.forward`); many of them are kept as well.
* An earlier position than the kept one, and any ledger in memory, is read directly.
* That files cannot be written or read is no error: then the columns are made from the ledger.

Invariants: an answer is never of another position than asked; nothing is taken from files of another ledger or of another format.
"""

from __future__ import annotations

from contextlib import suppress

import polars as pl

from graph_service.ledger.protocol import Ledger, Position
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.ledger.sqlite_bulk import history_mark
from graph_service.ledger.sqlite_reader import SqliteReader
from graph_service.messages import LedgerError
from graph_service.snapshot.assemble import assemble_numbered
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.files import Generation, Kept, kept_position, load
from graph_service.snapshot.forward import forward
from graph_service.snapshot.held import HeldColumns
from graph_service.snapshot.sqlite_rows import numbered_frames

KEEP_AFTER = 2_000
"""How many changes are applied anew at each opening before they are kept too: from then on that costs more than a second."""
_FEW = 4  # to apply more changes than this part of the facts costs more than to read all
_MOST_FILES = 64


def open_columns(ledger: Ledger, position: Position | None = None) -> HeldColumns:
    """The columns of a ledger at a position (default: the last).

    Costs half a second for some ten million facts that are kept, a second more where ties or subjects came since, some 5
    microseconds a fact where nothing is kept.  Raises `LedgerError`.
    """
    last = ledger.last()
    asked = last if position is None else position
    if isinstance(ledger, SqliteLedger):
        kept = _kept(ledger, asked)
        if kept is not None:
            with suppress(ValueError):  # the files are of another history after all
                return _followed(ledger, kept, asked, last)
        if asked.number == last.number and not ledger.read_only:
            with suppress(OSError):
                return _made(ledger, asked)
    with ledger.read(asked) as reader:
        return columns_of(reader)


def _kept(ledger: SqliteLedger, asked: Position) -> Kept | None:
    """The kept columns where they are of this ledger's history and not of a later position, and few changes behind."""
    found = kept_position(ledger.path)
    if found is None or not 0 < found[0] <= asked.number or (asked.number - found[0]) * _FEW > asked.number:
        return None
    try:
        with ledger.read(Position(found[0], "")) as reader:
            if not isinstance(reader, SqliteReader) or history_mark(reader) != found[1]:
                return None
    except LedgerError:  # a shorter history
        return None
    kept = load(ledger.path)
    return kept if kept is not None and (kept.columns.position.number, kept.mark) == found else None


def _followed(ledger: SqliteLedger, kept: Kept, asked: Position, last: Position) -> HeldColumns:
    start = kept.columns.position.number
    if start == asked.number:
        return kept.columns
    with ledger.read(asked) as reader:
        columns, parts = forward(kept.columns, ledger.since(start, asked.number - start), reader.position)
        files = sum(len(some) for some in kept.files.tables.values())
        if asked.number - start < KEEP_AFTER or asked.number != last.number or ledger.read_only:
            return columns
        if files < _MOST_FILES and isinstance(reader, SqliteReader):
            with suppress(OSError):
                _keep(ledger, kept, columns, parts, history_mark(reader))
            return columns
    with suppress(OSError):
        return _made(ledger, asked)
    return columns


def _keep(ledger: SqliteLedger, kept: Kept, columns: HeldColumns, parts: dict[str, pl.DataFrame], mark: str) -> None:
    """Keep columns that were moved forward; what was cold before stays where it is."""
    generation = Generation(ledger.path)
    try:
        generation.link(kept.files)
        for table, part in parts.items():
            generation.put(table, part)
        generation.finish(columns, mark, kept)
    except BaseException:
        generation.drop()
        raise


def _made(ledger: SqliteLedger, asked: Position) -> HeldColumns:
    """The columns, kept while they are made, so that cold columns are never all in memory.  ``OSError`` where that cannot be."""
    generation = Generation(ledger.path)
    try:
        with ledger.read(asked) as reader:
            if not isinstance(reader, SqliteReader):
                raise OSError("not a database file")
            keys, frames = numbered_frames(reader, generation.put)
            columns = assemble_numbered(keys, frames, reader.position, generation.cold())
            generation.finish(columns, history_mark(reader))
    except BaseException:
        generation.drop()
        raise
    return columns
