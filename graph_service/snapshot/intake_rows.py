"""The rows of a register file as columns of text, a block at a time, exactly as `graph_service.ingest` tells them apart.

* Of CSV a line is *plain* if it is not empty, has the cells of a row, and its quotation marks only stand around whole cells.
  A plain line is a row by itself for every reader, and no open quotation of an earlier line runs over it: such lines are read
  at once.
* All other lines, run by run between the plain ones, go to the reader of rows (`graph_service.ingest.lines`): what it makes of
  them is a row, a fault, or nothing.  A block that is no UTF-8, or has line ends of other kinds, goes there as a whole.
* Of Parquet and sheets the texts are those of `graph_service.ingest.sheets`.

Invariants (must never happen): a row, a line number or a fault differs from what the reader of rows gives; the order of lines is
lost; memory grows with the file (save for sheets).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from graph_service.ingest.lines import LINE_LIMIT, Row, rows_of_lines
from graph_service.ingest.register import Source
from graph_service.ingest.sheets import is_readable, sheet_rows, texts_of
from graph_service.messages import BadValue
from graph_service.model.rows import TABLES

LINE = "#line"
"""The column of line numbers, beside the cells."""
CSV_BYTES = 1 << 25
PARQUET_ROWS = 1 << 19

_BOM = b"\xef\xbb\xbf"
_COMMA, _QUOTE, _LF, _CR = 44, 34, 10, 13
_Numbers = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


class Unusual(Exception):
    """A file that only the ordinary load can judge."""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of a file in order: their line and a text for every column of `cell_names`; and the lines that are none."""

    rows: pl.DataFrame
    faults: list[tuple[int, BadValue]]


def cell_names(source: Source) -> list[str]:
    """Names for the columns of a file: its own where they are read, others by their place."""
    known = TABLES[source.table].columns
    return [name if name in known else f"#{at}" for at, name in enumerate(source.columns)]


def read_blocks(source: Source) -> Iterator[Block]:
    """The rows of a file; the next block is read while one is worked on.

    Raises `Unusual` also for a file that cannot be read to its end, and `InputError` for a sheet.
    """
    blocks = _blocks(source)
    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(next, blocks, None)
        while (block := ahead.result()) is not None:
            ahead = reader.submit(next, blocks, None)
            yield block


def _blocks(source: Source) -> Iterator[Block]:
    names = cell_names(source)
    try:
        match source.path.suffix.lower():
            case ".csv":
                yield from _csv_blocks(source.path, source.start, names)
            case ".parquet":
                yield from _parquet_blocks(source.path, names)
            case _:
                yield _block(names, sheet_rows(source.path, source.sheet, source.columns, source.shown), [])
    except (OSError, pl.exceptions.PolarsError) as error:
        raise Unusual from error


def _block(names: Sequence[str], rows: Sequence[tuple[int, Sequence[str | None]]], faults: list[tuple[int, BadValue]]) -> Block:
    schema = dict.fromkeys([LINE], pl.Int64) | dict.fromkeys(names, pl.String)
    frame = pl.DataFrame([(line, *cells) for line, cells in rows], schema=schema, orient="row")
    return Block(frame.with_columns(pl.col(pl.String).fill_null("")), faults)


def _parquet_blocks(path: Path, names: Sequence[str]) -> Iterator[Block]:
    done = 0
    while True:
        frame = pl.scan_parquet(path, glob=False).slice(done, PARQUET_ROWS).collect()
        if not frame.height:
            return
        columns = [_as_text(column).alias(name) for column, name in zip(frame.get_columns(), names, strict=True)]
        lines = pl.int_range(done + 1, done + frame.height + 1, eager=True).alias(LINE)
        yield Block(pl.DataFrame([lines, *columns]), [])
        done += frame.height


def _as_text(column: pl.Series) -> pl.Series:
    """A typed column as texts; distinct values are written once."""
    if not is_readable(column.dtype):
        return pl.repeat("", len(column), dtype=pl.String, eager=True)
    if column.dtype != pl.String:
        distinct = column.unique()
        texts = pl.Series(texts_of(distinct), dtype=pl.String)
        column = column.replace_strict(distinct, texts, return_dtype=pl.String)
    return column.fill_null("")


def _csv_blocks(path: Path, start: int, names: Sequence[str]) -> Iterator[Block]:
    line, carried = 2, b""
    with path.open("rb") as file:
        file.seek(start)
        while True:
            read = file.read(CSV_BYTES)
            data = carried + read if carried else read
            # A CR at the very end may be half of a CR LF.
            cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1 if read else len(data)
            if not cut and read:
                if len(data) > CSV_BYTES:
                    raise Unusual
                carried = data
                continue
            block, lines, rest = _csv_block(data[:cut], line, names, final=not read)
            yield block
            if not read:
                return
            line, carried = line + lines, rest + data[cut:]


def _csv_block(data: bytes, line: int, names: Sequence[str], *, final: bool) -> tuple[Block, int, bytes]:
    """The rows of whole lines, how many lines they took, and the bytes that wait for more."""
    if final and not data.endswith(b"\n"):
        data += b"\n"  # changes nothing: a line end begins no line
    if not _is_plain_text(data):
        return _from_lines(data, line, names, final=final)
    bytes_ = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(bytes_ == _LF)
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64)[: len(ends)]
    plain = _plain_lines(bytes_, starts, ends, len(names))
    if plain.all():
        return Block(_read_plain(data, line + np.arange(len(ends)), names), []), len(ends), b""
    clean = bytes_[np.repeat(plain, ends - starts + 1)].tobytes()
    frame = _read_plain(clean, line + np.flatnonzero(plain), names)
    rows: list[Row] = []
    taken, rest = len(ends), b""
    for first, last in _runs(~plain):
        raw = data[starts[first] : ends[last] + 1].splitlines(keepends=True)
        # Only lines at the end of the block may belong to a row that goes on in the next one.
        found, used, rest = rows_of_lines(raw, line + first, len(names), final=final or last + 1 < len(ends))
        rows += found
        if rest:
            taken = first + used
    return _with_rows(frame, rows, names), taken, rest


def _is_plain_text(data: bytes) -> bool:
    """Whether bytes are UTF-8 with line ends LF or CR LF and no line over the limit."""
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):
        return False
    half = LINE_LIMIT // 2
    if any(data.find(b"\n", at, at + half) < 0 for at in range(0, len(data) - half, half)):
        return False
    try:
        pl.Series([data]).cast(pl.String)
    except pl.exceptions.PolarsError:
        return False
    return True


def _from_lines(data: bytes, line: int, names: Sequence[str], *, final: bool) -> tuple[Block, int, bytes]:
    found, used, rest = rows_of_lines(data.splitlines(keepends=True), line, len(names), final=final)
    return _with_rows(_block(names, [], []).rows, found, names), used, rest


def _with_rows(frame: pl.DataFrame, rows: Sequence[Row], names: Sequence[str]) -> Block:
    """A block of the rows of a frame and others, in order."""
    cells = [(line, found) for line, found, _ in rows if isinstance(found, list)]
    faults = [(line, found) for line, found, _ in rows if isinstance(found, BadValue)]
    if cells:
        frame = pl.concat([frame, _block(names, cells, []).rows]).sort(LINE)
    return Block(frame, faults)


def _plain_lines(bytes_: npt.NDArray[np.uint8], starts: _Numbers, ends: _Numbers, width: int) -> _Flags:
    """Which lines are plain.  ``ends`` are the places of the line feeds."""
    commas = np.flatnonzero(bytes_ == _COMMA)
    cells = np.diff(np.searchsorted(commas, ends), prepend=0) + 1
    length = ends - starts
    length -= (length > 0) & (bytes_[ends - 1] == _CR)
    plain: _Flags = length > 0
    quotes = np.flatnonzero(bytes_ == _QUOTE)
    if len(quotes):
        before = np.searchsorted(quotes, ends)
        count = np.diff(before, prepend=0)
        of = np.repeat(np.arange(len(ends)), count)  # the line of each quotation mark
        quotes = quotes[: len(of)]
        nth = np.arange(len(quotes)) - (before - count)[of]
        opens = nth % 2 == 0
        left = np.where(quotes == starts[of], _LF, bytes_[quotes - 1])
        right = bytes_[quotes + 1]
        well = np.where(opens, (left == _COMMA) | (left == _LF), (right == _COMMA) | (right == _LF) | (right == _CR))
        plain &= count % 2 == 0
        plain[of[~well]] = False
        # Commas between an opening and a closing mark are text.
        passed = np.searchsorted(commas, quotes)
        inside = np.where(opens, -passed, passed)
        cells -= np.bincount(of, weights=inside, minlength=len(ends)).astype(np.int64)
    plain &= cells == width
    return plain


def _runs(flags: _Flags) -> Iterator[tuple[int, int]]:
    """First and last of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    for first, after in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        yield first, after - 1


def _read_plain(data: bytes, lines: _Numbers, names: Sequence[str]) -> pl.DataFrame:
    """Plain lines as a frame."""
    schema = dict.fromkeys(names, pl.String)
    if not data:
        return _block(names, [], []).rows
    marked = data.startswith(_BOM)  # the library would take it away
    if marked:
        data = b"," * (len(names) - 1) + b"-\n" + data
    quote = '"' if b'"' in data else None
    frame = pl.read_csv(data.replace(b"\r\n", b"\n"), has_header=False, schema=schema, quote_char=quote)
    frame = frame.slice(int(marked)).fill_null("")
    if frame.height != len(lines):
        raise Unusual
    return frame.select(pl.Series(LINE, lines), *names)
