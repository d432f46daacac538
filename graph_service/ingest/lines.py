"""CSV as it really comes: rows are never lost and never stop the rest.

* Each physical line is decoded by itself: a line that is not UTF-8 is one fault, the next line is read as usual.
* A quoted cell may run over several lines, but a quotation mark that is never closed must not swallow the rows that follow:
  it is one fault for its physical line, and reading resumes with the next.  A cell does not run on over a line that is a whole
  row by itself.
* A line over `LINE_LIMIT` bytes is one fault with its length; it is never in memory as a whole.
* Line ends may be LF, CR LF or CR.  Lines with nothing in them but separators are passed over.

A row is ``(line, cells, text)``: the number of the physical line on which it starts (the header is line 1), its cells or the
fault that was found, and its text as it stands in the file.

Invariants (must never happen): a fault on one line takes or changes a row on another; memory grows with the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypeAlias

from graph_service.messages import BadValue, InputError

BLOCK = 1 << 18
LINE_LIMIT = 1 << 20
"""Bytes of one physical line."""
KEPT = 1000
"""Bytes that are kept of a line that is too long."""
CELL_LINES = 100
CELL_BYTES = 1 << 16
"""How far a quoted cell may run on."""

Row: TypeAlias = tuple[int, "list[str] | BadValue", str]

_BOM = b"\xef\xbb\xbf"
_QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"')


class Unclosed(Exception):
    """A quotation mark is open at the end of the text."""


def split_cells(text: str) -> list[str]:
    """The cells of one row.  Raises `Unclosed`, or `BadValue` for text after a closing quotation mark.

    >>> split_cells('a,"b, ""c"" d",5" disc,')
    ['a', 'b, "c" d', '5" disc', '']
    """
    if '"' not in text:
        return text.split(",")
    cells: list[str] = []
    position, length = 0, len(text)
    while True:
        if text.startswith('"', position):
            found = _QUOTED.match(text, position)
            if found is None:
                raise Unclosed
            cells.append(found[1].replace('""', '"'))
            end = found.end()
            if end < length and text[end] != ",":
                raise BadValue("row_quotes")
        else:
            end = text.find(",", position)
            end = length if end < 0 else end
            cells.append(text[position:end])
        if end == length:
            return cells
        position = end + 1


def read_header(path: Path, shown: str) -> tuple[list[str], int]:
    """The column names of a CSV file, trimmed, and how many bytes the header takes.  Raises `InputError`."""
    try:
        with path.open("rb") as file:
            head = file.read(LINE_LIMIT)
    except OSError as error:
        raise InputError("file_unreadable", file=shown, cause=error.strerror or "") from None
    if not head.removeprefix(_BOM).strip():
        raise InputError("file_empty", file=shown)
    first = head.splitlines(keepends=True)[0]
    if first.endswith(b"\r") and head[len(first) : len(first) + 1] == b"\n":
        first += b"\n"
    if b"\0" in first or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("header_not_utf8", file=shown)
    try:
        text = first.removeprefix(_BOM).decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InputError("header_not_utf8", file=shown) from None
    try:
        return [name.strip() for name in split_cells(text)], len(first)
    except (Unclosed, BadValue):
        raise InputError("header_unreadable", file=shown) from None


def read_rows(path: Path, offset: int, width: int) -> Iterator[tuple[list[Row], int]]:
    """The rows after the header in runs, each with the bytes that were read for it.

    Runs come a few a megabyte.  Raises ``OSError`` if the file cannot be read.
    """
    line, carried = 2, b""
    with path.open("rb") as file:
        file.seek(offset)
        for part in _parts(file):
            if isinstance(part, bytes):
                rows, used, rest = _read_block(carried + part, line, width, final=False)
                yield rows, len(part)
            else:
                rows, used, _ = _read_block(carried, line, width, final=True)
                head, length = part
                fault = BadValue("row_too_long", length=length, limit=LINE_LIMIT)
                rows.append((line + used, fault, head.decode(errors="backslashreplace") + "…"))
                yield rows, length
                used, rest = used + 1, b""
            line, carried = line + used, rest
        rows, _, _ = _read_block(carried, line, width, final=True)
        yield rows, 0


def _parts(file: BinaryIO) -> Iterator[bytes | tuple[bytes, int]]:
    """Blocks of whole lines; for a line that is too long its beginning and its length."""
    rest = b""
    while chunk := file.read(BLOCK):
        data = rest + chunk
        # A CR at the very end may be half of a CR LF.
        cut = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1
        if cut:
            yield data[:cut]
        rest = data[cut:]
        if len(rest) > LINE_LIMIT:
            length, after = _skip_line(file, rest)
            yield rest[:KEPT], length
            rest = after
    if rest:
        yield rest


def _skip_line(file: BinaryIO, begun: bytes) -> tuple[int, bytes]:
    """Read on to the end of a line that has begun: its length without the line end, and what was read after it."""
    length, piece = 0, begun
    while piece:
        ends = [at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0]
        if ends:
            at = min(ends)
            length += at
            after = piece[at:]
            if after == b"\r":
                after += file.read(1)
            return length, after[2:] if after.startswith(b"\r\n") else after[1:]
        length += len(piece)
        piece = file.read(BLOCK)
    return length, b""


def _read_block(block: bytes, line: int, width: int, *, final: bool) -> tuple[list[Row], int, bytes]:
    """The rows of a block of whole lines, how many physical lines they took, and the bytes that wait for more."""
    if b'"' in block or len(block) > LINE_LIMIT:
        return rows_of_lines(block.splitlines(keepends=True), line, width, final=final)
    plain = block.replace(b"\r\n", b"\n")
    if b"\r" in plain:
        plain = plain.replace(b"\r", b"\n")
    try:
        texts = plain.decode().split("\n")
    except UnicodeDecodeError:
        return rows_of_lines(block.splitlines(keepends=True), line, width, final=final)
    if not texts[-1]:
        texts.pop()
    rows: list[Row] = []
    for number, text in enumerate(texts, line):
        cells = text.split(",")
        if len(cells) == width and (text or width > 1):
            rows.append((number, cells, text))
        elif text.strip(", \t"):
            rows.append((number, BadValue("row_cells", found=len(cells), expected=width), text))
    return rows, len(texts), b""


def rows_of_lines(lines: list[bytes], line: int, width: int, *, final: bool) -> tuple[list[Row], int, bytes]:
    """The rows of physical lines (with their ends), how many of them they took, and the bytes that wait for more.

    ``line`` is the number of the first; nothing waits where they are the ``final`` ones of their file, or a line follows that is
    a whole row by itself.
    """
    rows: list[Row] = []
    at = 0
    while at < len(lines):
        whole = lines[at]
        count = 1
        if len(whole) > LINE_LIMIT:
            fault = BadValue("row_too_long", length=len(whole.rstrip(b"\r\n")), limit=LINE_LIMIT)
            rows.append((line + at, fault, whole[:KEPT].decode(errors="backslashreplace") + "…"))
            at += 1
            continue
        try:
            text = whole.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            fault = BadValue("row_not_utf8", at=error.start + 1)
            rows.append((line + at, fault, whole.decode(errors="backslashreplace").rstrip("\r\n")))
            at += 1
            continue
        cells: list[str] | BadValue
        try:
            cells = split_cells(text)
        except BadValue as broken:
            cells = broken
        except Unclosed:
            try:
                found = _run_on(lines, at, width)
            except Unclosed:
                if not final:
                    return rows, at, b"".join(lines[at:])
                found = None
            cells, text, count = found or (BadValue("row_quotes"), text, 1)
        if isinstance(cells, list) and len(cells) != width:
            blank = not text.strip(", \t")
            cells = BadValue("row_cells", found=len(cells), expected=width)
            if blank:
                at += count
                continue
        if isinstance(cells, BadValue) or text:
            rows.append((line + at, cells, text))
        at += count
    return rows, len(lines), b""


def _run_on(lines: list[bytes], at: int, width: int) -> tuple[list[str], str, int] | None:
    """The row whose quoted cell runs on over the next lines, its text and how many lines it takes; None if it is broken.

    Raises `Unclosed` if the lines end before the cell does.
    """
    text = lines[at].decode()
    for count, following in enumerate(lines[at + 1 : at + CELL_LINES], 2):
        if len(text) + len(following) > CELL_BYTES:
            return None
        try:
            more = following.decode()
        except UnicodeDecodeError:
            return None
        if _whole_row(more.rstrip("\r\n"), width):
            return None
        text += more
        try:
            cells = split_cells(text.rstrip("\r\n"))
        except BadValue:
            return None
        except Unclosed:
            continue
        return (cells, text.rstrip("\r\n"), count) if len(cells) == width else None
    if len(lines) - at >= CELL_LINES:
        return None
    raise Unclosed


def _whole_row(text: str, width: int) -> bool:
    """Whether a line is a row by itself (an odd number of quotation marks opens or closes a cell of its neighbours)."""
    if not text or text.count('"') % 2:
        return False
    try:
        return len(split_cells(text)) == width
    except (BadValue, Unclosed):
        return False
