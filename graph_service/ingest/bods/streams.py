"""BODS files as a stream of statements: a JSON array, an object a line, or objects one after the other.

Lines are read one by one: a line that is no JSON is one fault.  An array that is malformed cannot be read on from there, so
that is an `InputError` for the file (found before anything is taken, because statements are all read first).
Numbers come as `decimal.Decimal`, exactly as they are written.  One statement may be `STATEMENT_LIMIT` characters long.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TextIO, TypeAlias

from graph_service.messages import BadValue, InputError

SUFFIXES = (".json", ".jsonl", ".ndjson")
STATEMENT_LIMIT = 1 << 22
_CHUNK = 1 << 20
_KEPT = 1000
_GAP = re.compile(r"[ \t\r\n]*")

Statement: TypeAlias = tuple[int, object, str]
"""The line on which a statement starts; what it is, or the `BadValue` that keeps it from being read; its text."""


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)
_UNDECODABLE = (ValueError, RecursionError, ArithmeticError)
"""What the decoder raises: malformed text, a number of too many digits, nesting too deep, an exponent beyond measure."""


def read_statements(path: Path, shown: str) -> Iterator[tuple[Statement, int]]:
    """Every statement of a file, each with the bytes (about) that it took.  Raises `InputError`."""
    try:
        with path.open("rb") as file:
            head = file.read(_CHUNK).removeprefix(codecs.BOM_UTF8).lstrip()
        if not head:
            raise InputError("file_empty", file=shown)
        if head.startswith(b"[") or (path.suffix.lower() == ".json" and not _is_whole_line(head)):
            yield from _read_stream(path, shown)
        else:
            yield from _read_lines(path)
    except UnicodeDecodeError:
        raise InputError("bods_not_utf8", file=shown) from None
    except OSError as error:
        raise InputError("file_unreadable", file=shown, cause=error.strerror or "") from None


def _is_whole_line(head: bytes) -> bool:
    try:
        return isinstance(_DECODER.decode(head.splitlines()[0].decode()), dict)
    except _UNDECODABLE:
        return False


def _read_lines(path: Path) -> Iterator[tuple[Statement, int]]:
    number = 0
    with path.open("rb") as file:
        while raw := file.readline(STATEMENT_LIMIT + 1):
            number += 1
            size = len(raw)
            if size > STATEMENT_LIMIT and not raw.endswith(b"\n"):
                while more := file.readline(_CHUNK):
                    size += len(more)
                    if more.endswith(b"\n"):
                        break
                fault = BadValue("row_too_long", length=size, limit=STATEMENT_LIMIT)
                yield (number, fault, raw[:_KEPT].decode(errors="backslashreplace") + "…"), size
                continue
            if number == 1:
                raw = raw.removeprefix(codecs.BOM_UTF8)
            if not raw.strip():
                continue
            try:
                text = raw.decode().rstrip("\r\n")
            except UnicodeDecodeError as error:
                fault = BadValue("row_not_utf8", at=error.start + 1)
                yield (number, fault, raw.decode(errors="backslashreplace").rstrip("\r\n")), size
                continue
            try:
                yield (number, _DECODER.decode(text), text), size
            except _UNDECODABLE as error:
                yield (number, BadValue("bods_not_json", cause=_cause(error)), text), size


def _cause(error: Exception) -> str:
    """What the decoder says, without anything of the text."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg}, character {error.pos + 1}"
    return "nested too deeply" if isinstance(error, RecursionError) else "a number that is no number"


def _read_stream(path: Path, shown: str) -> Iterator[tuple[Statement, int]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        text = _Text(file)
        in_array = text.take("[")
        first = True
        while not (text.take("]") if in_array else text.at_end()):
            if in_array and not first and not text.take(","):
                raise InputError("bods_broken", file=shown, line=text.line, limit=STATEMENT_LIMIT)
            first = False
            text.skip_gap()
            line = text.line
            try:
                value, source = text.value()
            except _UNDECODABLE:
                raise InputError("bods_broken", file=shown, line=line, limit=STATEMENT_LIMIT) from None
            yield (line, value, source), len(source)
        if not text.at_end():
            raise InputError("bods_broken", file=shown, line=text.line, limit=STATEMENT_LIMIT)


class _Text:
    """A window on a text file that always shows at least `STATEMENT_LIMIT` characters, or all that is left."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._window, self._at, self._done = file, "", 0, False
        self.line = 1

    def _fill(self) -> None:
        if not self._done and len(self._window) - self._at < STATEMENT_LIMIT:
            pieces = [self._window[self._at :]]
            size = len(pieces[0])
            while size < 2 * STATEMENT_LIMIT and (piece := self._file.read(_CHUNK)):
                pieces.append(piece)
                size += len(piece)
            self._done = size < 2 * STATEMENT_LIMIT
            self._window, self._at = "".join(pieces), 0

    def skip_gap(self) -> None:
        """Pass over white space."""
        while True:
            self._fill()
            gap = _GAP.match(self._window, self._at)
            end = gap.end() if gap else self._at
            self._move(end)
            if end < len(self._window) or self._done:
                return

    def _move(self, end: int) -> None:
        self.line += self._window.count("\n", self._at, end)
        self._at = end

    def take(self, mark: str) -> bool:
        """Whether the next character, after white space, is this one; then it is passed."""
        self.skip_gap()
        if self._window.startswith(mark, self._at):
            self._at += 1
            return True
        return False

    def at_end(self) -> bool:
        """Whether nothing but white space is left."""
        self.skip_gap()
        return self._at >= len(self._window)

    def value(self) -> tuple[object, str]:
        """The next value and its text.  Raises what the decoder raises."""
        self._fill()
        value, end = _DECODER.raw_decode(self._window, self._at)
        source = self._window[self._at : end]
        self._move(end)
        return value, source
