"""Registers read without a store: held in memory, or only looked at.

The facts of a folder count as recorded when its newest file was last changed, and identity numbers are hashed under a key made of
its content, so that the same folder gives the same answers.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from graph_service.ingest import load
from graph_service.ingest.report import Form, LoadReport
from graph_service.ingest.sink import Sink
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger, Outcome, Receipt
from graph_service.messages import InputError, Lang
from graph_service.model.facts import Fact

REASONS_KEPT = 100
"""Of how many rows that could not be taken the reason is kept where there is no rejects file."""


def register_ledger(paths: Sequence[Path], form: Form | None) -> tuple[MemoryLedger, LoadReport]:
    """A ledger in memory of all that some paths hold, and what could not be taken.  Raises `InputError`."""
    files = _files(paths)
    ledger = MemoryLedger(_content_key(files))
    moment = datetime.fromtimestamp(int(max((one.stat().st_mtime for one in files), default=0)), UTC)
    return ledger, _load_quietly(paths, _Dated(ledger, moment), form, "en")


def _files(paths: Sequence[Path]) -> list[Path]:
    """The files that some paths name, and those in the folders among them, in order."""
    found: list[Path] = []
    for place in paths:
        with _reading(place):
            entries = sorted(place.iterdir()) if place.is_dir() else [place]
            found += [one for one in entries if one.is_file()]
    return found


def _content_key(files: Sequence[Path]) -> bytes:
    """A key made of all that files hold: whoever lacks them cannot try numbers against it."""
    made = blake2b(digest_size=32)
    for file in files:
        with _reading(file), file.open("rb") as content:
            while part := content.read(1 << 20):
                made.update(part)
    return made.digest()


@contextmanager
def _reading(place: Path) -> Iterator[None]:
    """What the system refuses becomes an `InputError` that names the place."""
    try:
        yield
    except OSError as error:
        raise InputError("file_unreadable", file=place, cause=error.strerror or type(error).__name__) from None


def _load_quietly(paths: Sequence[Path], sink: Sink, form: Form | None, lang: Lang) -> LoadReport:
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


@dataclass(frozen=True, slots=True)
class _Dated:
    """A sink that records everything at one moment."""

    ledger: Ledger
    moment: datetime

    def append(self, facts: Sequence[Fact]) -> Receipt:
        return self.ledger.append(facts, recorded_at=self.moment)

    def identity_hash(self, id_type: str, number: str) -> str:
        return self.ledger.identity_hash(id_type, number)


class _Collected:
    """A sink that only keeps what it is given; it hashes as a ledger does."""

    def __init__(self, ledger: Ledger) -> None:
        self.facts: list[Fact] = []
        self._ledger = ledger

    def append(self, facts: Sequence[Fact]) -> Receipt:
        self.facts.extend(facts)
        return Receipt((Outcome.ADDED,) * len(facts), len(self.facts))

    def identity_hash(self, id_type: str, number: str) -> str:
        return self._ledger.identity_hash(id_type, number)


def read_facts(
    paths: Sequence[Path], ledger: Ledger, *, form: Form | None = None, lang: Lang = "en"
) -> tuple[list[Fact], LoadReport]:
    """The facts of files, as a ledger would take them, without adding them; and what was not taken, with its first reasons."""
    sink = _Collected(ledger)
    report = _load_quietly(paths, sink, form, lang)
    return sink.facts, report
