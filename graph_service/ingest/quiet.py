"""Loads that leave no file behind: when facts that are only looked at were recorded, and the first reasons of what was not taken.

* The facts of files count as recorded when the newest of them was last changed.
* Identity numbers are hashed under a key made of all that the files hold, so that the same files give the same answers.
* A row that cannot be taken is counted; of the first `REASONS_KEPT` the reason is kept, never the row.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from graph_service.ingest.load import load
from graph_service.ingest.report import Form, LoadReport
from graph_service.ingest.sink import Sink
from graph_service.messages import InputError, Lang

REASONS_KEPT = 100
"""Of how many rows that could not be taken the reason is kept where there is no rejects file."""


def files_of(paths: Sequence[Path]) -> list[Path]:
    """The files that some paths name, and those in the folders among them, in order.  Raises `InputError`."""
    found: list[Path] = []
    for place in paths:
        with _reading(place):
            entries = sorted(place.iterdir()) if place.is_dir() else [place]
            found += [one for one in entries if one.is_file()]
    return found


def moment_of(files: Sequence[Path]) -> datetime:
    """When the newest of some files was last changed, in whole seconds."""
    return datetime.fromtimestamp(int(max((one.stat().st_mtime for one in files), default=0)), UTC)


def content_key(files: Sequence[Path]) -> bytes:
    """A key made of all that files hold: whoever lacks them cannot try numbers against it.  Raises `InputError`."""
    made = blake2b(digest_size=32)
    for file in files:
        with _reading(file), file.open("rb") as content:
            while part := content.read(1 << 20):
                made.update(part)
    return made.digest()


def check_readable(files: Sequence[Path]) -> None:
    """Raises the `InputError` of `content_key` for a file that may not be read, without reading any."""
    for file in files:
        with _reading(file), file.open("rb") as content:
            content.read(1)


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """What the system refuses becomes an `InputError` that names the place."""
    try:
        yield
    except OSError as error:
        raise InputError("file_unreadable", file=place, cause=error.strerror or type(error).__name__) from None


def load_quietly(paths: Sequence[Path], sink: Sink, form: Form | None, lang: Lang) -> LoadReport:
    """Load without leaving a rejects file: the report counts what was not taken and gives the first reasons."""
    with TemporaryDirectory() as folder:
        report = load(paths, sink, form=form, rejects=Path(folder) / "rejects.csv", lang=lang)
        if report.rejects is None:
            return report
        with report.rejects.open(encoding="utf-8", newline="") as rows:
            # A row may be of any length.  It is not kept: it may hold what is nobody's business.
            csv.field_size_limit(sys.maxsize)
            first = islice(csv.DictReader(rows), REASONS_KEPT)
            reasons = tuple({name: row[name] for name in ("file", "line", "column", "reason")} for row in first)
        return replace(report, rejects=None, reasons=reasons)
