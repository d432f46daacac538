"""A register folder as a ledger that is only read: for questions to a whole register without a store.

It has one moment, that of its newest file: all of its facts were recorded then, none before, and nothing is ever added.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import polars as pl

from graph_service.ingest.quiet import content_key, files_of
from graph_service.ingest.report import Form, LoadReport
from graph_service.ledger.changes import micros
from graph_service.ledger.keys import fingerprint
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Change, Position, Reader, Receipt
from graph_service.messages import LedgerError
from graph_service.model.facts import Fact
from graph_service.model.identifiers import keyed_hash
from graph_service.snapshot.held import HeldColumns
from graph_service.snapshot.intake import register_columns
from graph_service.snapshot.reader import ColumnarReader
from graph_service.snapshot.rows import NAMES


class ColumnarLedger:
    """A `graph_service.ledger.protocol.Ledger` over columns that never change.  `columns` are all of its facts."""

    def __init__(self, columns: HeldColumns, key: bytes) -> None:
        self.columns = columns
        self._key = key
        self._reader = ColumnarReader(columns)

    def append(self, facts: Sequence[Fact], retract: Sequence[str] = (), recorded_at: datetime | None = None) -> Receipt:
        """Raises `LedgerError`: a register that is only read takes nothing."""
        self._refuse()

    def last(self) -> Position:
        """See `Ledger.last`."""
        return self.columns.position

    def position_at(self, moment: datetime) -> Position:
        """See `Ledger.position_at`: all of it from its moment on, nothing before."""
        last = self.columns.position
        known = bool(last.number) and micros(datetime.fromisoformat(last.recorded_at)) <= micros(moment)
        return last if known else Position(0, "")

    @contextmanager
    def read(self, at: Position | None = None) -> Iterator[Reader]:
        """See `Ledger.read`; only of the whole or of nothing."""
        last = self.columns.position
        if at is None or at.number == last.number:
            yield self._reader
        elif at.number == 0:
            with MemoryLedger(self._key).read() as nothing:
                yield nothing
        else:
            raise LedgerError("ledger_no_position", number=at.number, last=last.number)

    def since(self, position: int, limit: int | None = None) -> Iterator[Change]:
        """See `Ledger.since`.  Costs a pass over the positions."""
        end = self.columns.position.number if limit is None else position + max(limit, 0)
        changes: list[Change] = []
        for table in NAMES:
            held = self.columns.frames[table].select("position").with_row_index("row")
            rows = held.filter((pl.col("position") > max(position, 0)) & (pl.col("position") <= end))["row"].to_list()
            changes += [Change(one.position, one.recorded_at, True, one.id, one.fact) for one in self.columns.facts(table, rows)]
        yield from sorted(changes, key=lambda change: change.position)

    def begin_load(self, name: str) -> None:
        """Raises `LedgerError`."""
        self._refuse()

    def end_load(self, name: str) -> None:
        """Raises `LedgerError`."""
        self._refuse()

    def unfinished_loads(self) -> list[str]:
        """None: what is read was read whole."""
        return []

    def identity_hash(self, id_type: str, number: str) -> str:
        """See `Ledger.identity_hash`."""
        return keyed_hash(self._key, id_type, number)

    def identity_fingerprint(self) -> str | None:
        """See `Ledger.identity_fingerprint`."""
        return fingerprint(self._key)

    def close(self) -> None:
        """Nothing to release."""

    def _refuse(self) -> NoReturn:
        raise LedgerError("ledger_only_read")


def read_columns(paths: Sequence[Path], form: Form | None = None) -> tuple[ColumnarLedger, LoadReport]:
    """The ledger of all that some paths hold, and what could not be taken.  Raises `InputError`.

    Costs some microseconds a row; look-ups cost more than those of `graph_service.register.register_ledger`, and memory far less.
    """
    columns, report = register_columns(paths, form)
    return ColumnarLedger(columns, content_key(files_of(paths))), report
