"""Registers read without a store: held in memory, or only looked at.

The facts of a folder count as recorded when its newest file was last changed, and identity numbers are hashed under a key made of
its content, so that the same folder gives the same answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graph_service.ingest.quiet import content_key, files_of, load_quietly, moment_of
from graph_service.ingest.report import Form, LoadReport
from graph_service.ledger.dated import Dated
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger, Outcome, Receipt
from graph_service.messages import Lang
from graph_service.model.facts import Fact


def register_ledger(paths: Sequence[Path], form: Form | None) -> tuple[MemoryLedger, LoadReport]:
    """A ledger in memory of all that some paths hold, and what could not be taken.  Raises `InputError`."""
    files = files_of(paths)
    ledger = MemoryLedger(content_key(files))
    return ledger, load_quietly(paths, Dated(ledger, moment_of(files)), form, "en")


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
    report = load_quietly(paths, sink, form, lang)
    return sink.facts, report
