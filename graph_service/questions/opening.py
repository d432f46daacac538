"""What questions are asked of: a store, or a register folder held in memory."""

from __future__ import annotations

from pathlib import Path

from graph_service.ingest.quiet import files_of
from graph_service.ingest.report import Form
from graph_service.ledger.open import open_ledger
from graph_service.questions.ask import Questions
from graph_service.register import register_ledger

COLUMNS_FROM = 4 << 20
"""From how many bytes of text on a register folder is held as columns."""
PACKED = frozenset({".parquet", ".xlsx"})
PACKING = 6
"""How many bytes of text a byte of a packed file stands for, about (measured on the sample province)."""


def open_store(store: str, *, create: bool = False) -> Questions:
    """The questions of a ledger: ``sqlite:///graph-service.db``.  Raises `LedgerError`."""
    return Questions(open_ledger(store, create=create))


def read_register(*paths: str | Path, form: Form | None = None) -> Questions:
    """The questions of a register folder (or a BODS file), held in memory; ``rejected`` counts the rows that were not taken.

    The same folder gives the same answers (`graph_service.register`).  A large one is held as columns, which take less memory and
    are read a hundred times faster; the answers are the same.  Raises `InputError`.
    """
    places = [Path(one) for one in paths]
    if sum(_text_bytes(one) for one in files_of(places)) >= COLUMNS_FROM:
        from graph_service.snapshot.register import read_columns  # polars loads when it is used

        columns, read = read_columns(places, form)
        return Questions(columns, rejected=read.total.rejected)
    ledger, report = register_ledger(places, form)
    return Questions(ledger, rejected=report.total.rejected)


def _text_bytes(file: Path) -> int:
    size = file.stat().st_size
    return size * PACKING if file.suffix.lower() in PACKED else size
