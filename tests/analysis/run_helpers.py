"""What tests of runs share: ledgers, questions, folders and tables read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from graph_service.analysis.run import Question, run
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Event, Fact, Finding, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import Bound, Interval, parse_day
from graph_service.model.share import Share
from graph_service.policy.loader import shipped_packs
from graph_service.policy.table import Pack
from graph_service.snapshot.build import columns_of

AT = parse_day("2019-12-31")
YUNNAN = (shipped_packs()["cn-yunnan-2016"],)


def record(record_id: str, subject: str, decided: str = "2018-09-01") -> Record:
    act = Interval.parse("2018-01-01", "2018-06-01")
    return Record(
        record_id,
        subject,
        "market_order",
        "bribery",
        "serious",
        act,
        Bound.parse(decided, "start"),
        instrument_no="1",
        region="530000",
    )


FACTS: tuple[Fact, ...] = (
    Subject("E1", SubjectKind.ENTERPRISE, name='First, "Ltd"'),
    Subject("E2", SubjectKind.ENTERPRISE, name="Second\nline"),
    Subject("E3", SubjectKind.ENTERPRISE, name="第三 公司"),
    Subject("L1", SubjectKind.PERSON, name="李一"),
    Subject("L2", SubjectKind.PERSON, name=""),
    Tie("T1", "legal_representative", "L1", "E1"),
    Tie("T2", "legal_representative", "L2", "E2"),
    Tie("H1", "shareholder", "E3", "E1", share=Share.parse("60")),
    Tie("H2", "shareholder", "E3", "E2", share=Share.parse("60")),
    record("R1", "E1"),
    record("R2", "E2"),
    Finding("R1", "L1", "directly_responsible"),
    Event("R2", "objection_lodged", parse_day("2019-03-01")),
)


def ledger_of(facts: Iterable[Fact] = FACTS) -> MemoryLedger:
    return MemoryLedger.of(facts)


def asked(ledger: MemoryLedger, at: int = AT, packs: Sequence[Pack] = YUNNAN, **more: Any) -> Question:
    return Question(at, more.pop("position", ledger.last()), tuple(packs), **more)


def joined(ledger: MemoryLedger, out: Path, question: Question | None = None, **more: Any) -> dict[str, Any]:
    """A run by joins (or, where it may, by following the last one along)."""
    return run(ledger, out, question or asked(ledger), columns=lambda _, reader: columns_of(reader), **more)


def traced(ledger: MemoryLedger, out: Path, question: Question | None = None) -> dict[str, Any]:
    """A run by one trace after another."""
    return run(ledger, out, question or asked(ledger))


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a run, by name."""
    return {file.name: file.read_bytes() for file in folder.iterdir() if not file.name.startswith(".")}


RESULT_FILES = tuple(
    f"{name}.{form}" for name in ("consequences", "verdicts", "caught", "data_faults", "left_out") for form in ("parquet", "csv")
)


def results(folder: Path) -> dict[str, bytes]:
    """The files of a run that hang on the question and the facts alone."""
    return {name: held for name, held in contents(folder).items() if name in RESULT_FILES}


def rows(folder: Path, table: str) -> list[dict[str, Any]]:
    return pl.read_parquet(folder / f"{table}.parquet").rows(named=True)


def manifest(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return found
