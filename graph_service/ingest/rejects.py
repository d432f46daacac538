"""The rejects file: every row that could not be taken, with the reason, its place and the whole row.

The provider needs the row back to put it right, so the file is written for its owner only (mode 600) and identity numbers in
it are masked.  It is written under a temporary name beside its place and renamed when the load is over: it is never half
written, and a load that ends without rejects removes the file of the load before.

Invariants (must never happen): a rejected row is missing here; an identity number is in a reason; a file that is no rejects
file is overwritten.
"""

from __future__ import annotations

import csv
import io
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from graph_service.messages import BadValue, InputError, Lang, say

HEADER = ("file", "line", "column", "reason", "row")
MASK = "***"

_NUMBER = re.compile(r"[A-Za-z]{0,4}\d{5,}[A-Za-z0-9]{0,4}")


def mask_numbers(text: str) -> str:
    """A text with everything hidden that may be an identity number (a run of five digits or more).

    >>> mask_numbers("P1,3604,360426199101010071,2024-03-01")
    'P1,3604,***,2024-03-01'
    """
    return _NUMBER.sub(MASK, text)


def csv_line(cells: Sequence[str | None]) -> str:
    """Cells as one line of CSV, without its line end.

    >>> csv_line(["a", None, 'b, "c" d'])
    'a,,"b, ""c"" d"'
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def default_place(first_input: Path) -> Path:
    """Where the rejects go if nobody says: beside the (first) input, ``<input>.rejects.csv``."""
    whole = Path(os.path.abspath(first_input))  # noqa: PTH100 (resolve would follow links to another folder)
    return whole.with_name(f"{whole.name}.rejects.csv") if whole.name else whole / "graph-service.rejects.csv"


class Rejects:
    """A rejects file being written."""

    def __init__(self, out: TextIO, lang: Lang) -> None:
        self._writer, self._lang = csv.writer(out, lineterminator="\n"), lang
        self._writer.writerow(HEADER)
        self.count = 0

    def add(self, file: str, line: int, column: str, cause: BadValue, row: str, *, personal: bool = False) -> None:
        """Write one reject.  Of a ``personal`` row whatever may be an identity number is hidden in the reason as well.

        The row itself must have been masked by whoever knows its cells.
        """
        reason = say(cause.code, self._lang, **cause.values)
        self._writer.writerow((file, line, column, mask_numbers(reason) if personal else reason, row))
        self.count += 1


@contextmanager
def open_rejects(target: Path, inputs: Iterable[Path], lang: Lang) -> Iterator[Rejects]:
    """A rejects file that stands at ``target`` when the block ends well and holds a reject; otherwise none is there.

    Raises `InputError` before anything else if the place cannot be written.
    """
    _check_place(target, inputs)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", suffix=".tmp", dir=target.parent)  # mode 600
    except OSError as error:
        raise InputError("rejects_unwritable", file=target, cause=_cause(error)) from None
    temporary = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace", newline="") as out:  # noqa: PTH123 (a descriptor)
            rejects = Rejects(out, lang)
            yield rejects
            out.flush()
            os.fsync(out.fileno())
        if rejects.count:
            temporary.replace(target)
        else:
            target.unlink(missing_ok=True)
    finally:
        temporary.unlink(missing_ok=True)


def _check_place(target: Path, inputs: Iterable[Path]) -> None:
    if target.is_dir():
        raise InputError("rejects_unwritable", file=target, cause="it is a folder")
    try:
        if not target.parent.is_dir():
            raise InputError("rejects_unwritable", file=target, cause="its folder does not exist")
        if not target.exists():
            return
        if any(target.samefile(path) for path in inputs):
            raise InputError("rejects_is_input", file=target)
        with target.open("rb") as old:
            head = old.read(64)
    except OSError as error:
        raise InputError("rejects_unwritable", file=target, cause=_cause(error)) from None
    if head.removeprefix(b"\xef\xbb\xbf").splitlines()[:1] not in ([], [",".join(HEADER).encode()]):
        raise InputError("rejects_not_ours", file=target)


def _cause(error: OSError) -> str:
    return error.strerror or type(error).__name__
