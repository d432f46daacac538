"""Parquet files and Excel sheets as rows of text, so that one way leads from a row to a fact.

Typed cells become the texts that a CSV file would hold: numbers by their shortest exact text (33.33, never 33.3299999, and
75 for 75.0), dates as YYYY-MM-DD, booleans as true and false.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import fastexcel
import polars as pl

from graph_service.messages import InputError
from graph_service.model.rows import TABLES

SLICE = 50_000
"""Rows of a Parquet file that are in memory at a time (a row group may need more)."""

TypedRow = tuple[int, list[str | None]]
"""The row's number in its file (a sheet's row, where the header is row 1; a Parquet file's row, from 1) and its cells."""

_ZERO_TIME = re.compile(r"^(\d{4}-\d{2}-\d{2})[ T]00:00:00(?:\.0+)?(?:[+-]\d{2}:?\d{2}|Z)?$")
_PLAIN = (pl.String, pl.Categorical, pl.Enum, pl.Boolean, pl.Date, pl.Datetime, pl.Null)
_EXCEL_DECIMALS = 9
"""fastexcel writes numbers of a mixed column with so many decimals at most."""


def decimal_text(text: str) -> str:
    """The plain text of a number written with an exponent or an idle ``.0``.

    >>> decimal_text("75.0"), decimal_text("1e-7"), decimal_text("33.33"), decimal_text("1e+20")
    ('75', '0.0000001', '33.33', '100000000000000000000')
    """
    if "e" in text:
        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def texts_of(column: pl.Series) -> list[str | None]:
    """The cells of a column as a CSV file would hold them."""
    texts: list[str | None] = column.cast(pl.String).to_list()
    if column.dtype.is_float():
        return [None if text is None else decimal_text(text) for text in texts]
    if column.dtype == pl.Datetime:
        return [None if text is None else _ZERO_TIME.sub(r"\1", text) for text in texts]
    return texts


def parquet_columns(path: Path, shown: str) -> list[str]:
    """The columns of a Parquet file.  Raises `InputError`, also for a known column of a type that is no cell."""
    try:
        schema = pl.read_parquet_schema(path)
    except (pl.exceptions.PolarsError, OSError):
        raise InputError("file_empty" if path.stat().st_size == 0 else "not_parquet", file=shown) from None
    known = TABLES[path.stem.lower()].columns
    for name, kind in schema.items():
        if name.strip() in known and not (kind.is_numeric() or kind.base_type() in _PLAIN):
            raise InputError("bad_column_type", file=shown, column=name, type=str(kind))
    return [name.strip() for name in schema]


def parquet_rows(path: Path, shown: str) -> Iterator[list[TypedRow]]:
    """The rows of a Parquet file, `SLICE` at a time.  Raises `InputError` where the file turns out to be damaged."""
    done = 0
    while True:
        try:
            frame = pl.scan_parquet(path, glob=False).slice(done, SLICE).collect()
        except (pl.exceptions.PolarsError, OSError):
            raise InputError("damaged_midway", file=shown, row=done) from None
        if not frame.height:
            return
        columns = [texts_of(column) if is_readable(column.dtype) else [None] * frame.height for column in frame.get_columns()]
        yield [(done + at, list(cells)) for at, cells in enumerate(zip(*columns, strict=True), 1)]
        done += frame.height


def typed_rows(path: Path, sheet: str, columns: Sequence[str], shown: str) -> Iterator[list[TypedRow]]:
    """The rows of a Parquet file (``sheet`` empty) or of a sheet, in runs.  Raises `InputError`."""
    if sheet:
        yield sheet_rows(path, sheet, columns, shown)
    else:
        yield from parquet_rows(path, shown)


def is_readable(kind: pl.DataType) -> bool:
    """Whether cells of a type have a text.  Only columns that are not read may be of another one."""
    return kind.is_numeric() or kind.base_type() in _PLAIN


def workbook_sheets(path: Path, shown: str) -> dict[str, tuple[str, list[str]]]:
    """The sheets of a workbook that are register tables: table -> (sheet, its columns).  Raises `InputError`."""
    if path.stat().st_size == 0:
        raise InputError("file_empty", file=shown)
    found: dict[str, tuple[str, list[str]]] = {}
    try:
        book = fastexcel.read_excel(path)
        for sheet in book.sheet_names:
            table = sheet.strip().lower()
            if table not in TABLES:
                continue
            if table in found:
                raise InputError("table_twice", file=shown, table=table, other=shown)
            head = book.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=1, dtypes="string").to_polars()
            cells: Sequence[str | None] = head.row(0) if head.height else ()
            if not any(cells):
                raise InputError("file_empty", file=f"{shown}#{sheet}")
            found[table] = (sheet, [(cell or "").strip() for cell in cells])
    except fastexcel.FastExcelError:
        raise InputError("not_excel", file=shown) from None
    if not found:
        raise InputError("no_sheets", file=shown, tables=", ".join(TABLES))
    return found


def sheet_rows(path: Path, sheet: str, columns: Sequence[str], shown: str) -> list[TypedRow]:
    """The rows of a sheet (at most 1,048,575: Excel has no more).

    Columns are typed by all of their cells.  A column of numbers and texts comes as text with at most nine decimals, so
    the shares of such a column are read a second time as numbers.  Raises `InputError`.
    """
    logging.getLogger("fastexcel").setLevel(logging.ERROR)  # it warns of every empty column
    try:
        book = fastexcel.read_excel(path)
        frame = book.load_sheet(sheet, header_row=None, skip_rows=1, schema_sample_rows=None).to_polars()
        texts = [texts_of(column) for column in frame.get_columns()]
        for at, name in enumerate(columns[: len(texts)]):
            if name == "share" and frame.dtypes[at] == pl.String:
                numbers = book.load_sheet(sheet, header_row=None, skip_rows=1, dtypes={at: "float"}).to_polars()
                texts[at] = [_finer(*pair) for pair in zip(texts[at], texts_of(numbers.to_series(at)), strict=True)]
    except fastexcel.FastExcelError:
        raise InputError("not_excel", file=f"{shown}#{sheet}") from None
    missing: list[str | None] = [None] * (len(columns) - len(texts))
    rows = zip(*texts, strict=True)
    return [(at, [*cells[: len(columns)], *missing]) for at, cells in enumerate(rows, 2) if any(cells)]


def _finer(text: str | None, number: str | None) -> str | None:
    """The number's own text where the sheet's text may have been cut."""
    if text and number and len(text.partition(".")[2]) == _EXCEL_DECIMALS:
        return number
    return text
