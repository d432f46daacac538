"""A large register folder is held as columns; it answers as one that is held as facts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from graph_service.ledger.protocol import Position
from graph_service.messages import LedgerError
from graph_service.model.facts import Finding
from graph_service.questions import opening as facade
from graph_service.register import register_ledger
from graph_service.sample import generate, write
from graph_service.snapshot.register import ColumnarLedger, read_columns


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("register"), generate(150, 4))


def test_it_holds_the_facts_at_the_positions_of_an_ordinary_load(folder: Path) -> None:
    ledger, report = register_ledger([folder], None)
    columns, read = read_columns([folder])
    assert read.total == report.total
    assert columns.last() == ledger.last()
    assert list(columns.since(0)) == list(ledger.since(0))
    assert list(columns.since(7, 5)) == list(ledger.since(7, 5))
    assert columns.identity_hash("", "1") == ledger.identity_hash("", "1")
    assert columns.unfinished_loads() == []


def test_before_its_moment_nothing_was_known(folder: Path) -> None:
    columns, _ = read_columns([folder])
    moment = datetime.fromisoformat(columns.last().recorded_at)
    assert columns.position_at(moment) == columns.last()
    before = columns.position_at(moment - timedelta(seconds=1))
    assert before == Position(0, "")
    with columns.read(before) as reader:
        assert reader.subjects(["S1-REP-1"]) == []
    with columns.read() as reader:
        assert [one.fact.id for one in reader.subjects(["S1-REP-1"])] == ["S1-REP-1"]


def test_it_takes_nothing_and_has_no_other_positions(folder: Path) -> None:
    columns, _ = read_columns([folder])
    with pytest.raises(LedgerError, match="only read"):
        columns.append([Finding("R1", "P1", "knew")], recorded_at=datetime.now(UTC))
    with pytest.raises(LedgerError, match="no position 3"), columns.read(Position(3, "")):
        pass


def test_every_question_has_the_same_answer(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> list[object]:
        with facade.read_register(folder) as graph:
            day, company = "2020-06-30", "91530000MATEXT01X1"
            found = [graph.trace("S1-RECORD", at=day), graph.person("S1-REP-2", at=day), graph.control(company, at=day)]
            found += [graph.screen("uk-ofsi", at=day), graph.related(company, hops=2, at=day), graph.control(at=day)]
            run = graph.run(tmp_path / type(graph.ledger).__name__, at=day)
            kinds.append(type(graph.ledger))
            return [*found, run["run_id"], run["counts"]]

    kinds: list[type] = []
    facts = asked()
    monkeypatch.setattr(facade, "COLUMNS_FROM", 0)
    assert asked() == facts
    assert kinds[1] is ColumnarLedger
    assert kinds[0] is not ColumnarLedger


@pytest.mark.parametrize(("packed", "kind"), [(".csv", "MemoryLedger"), (".parquet", "ColumnarLedger")])
def test_a_packed_file_counts_as_the_text_that_it_stands_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: str, kind: str
) -> None:
    import polars as pl

    rows = pl.DataFrame({"kind": ["director"] * 500, "holder": [f"P{n}" for n in range(500)], "enterprise": ["E"] * 500})
    place = tmp_path / f"ties{packed}"
    if packed == ".csv":
        rows.write_csv(place)
    else:
        rows.write_parquet(place)
    monkeypatch.setattr(facade, "COLUMNS_FROM", place.stat().st_size + 1)
    with facade.read_register(tmp_path) as questions:
        assert type(questions.ledger).__name__ == kind
