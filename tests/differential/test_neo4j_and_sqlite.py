"""One register in Neo4j and in SQLite, recorded at the same moments: every answer is the same, byte for byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.protocol import Change, Ledger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Fact, Record, Tie, fact_id
from graph_service.questions.ask import Questions
from graph_service.register import register_ledger
from graph_service.sample import generate, write
from tests.neo4j_fixtures import GROUP, Neo4j
from tests.strategies_ownership import registers

pytestmark = GROUP

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
DAY = "2021-06-30"


@contextmanager
def both(server: Neo4j, folder: Path, facts: list[Fact]) -> Iterator[tuple[Ledger, Ledger]]:
    """The same history on both: the facts in some appends, then corrections and retractions of some."""
    server.empty()
    pick = random.Random(5)
    with closing(SqliteLedger.open(folder / "ledger.db")) as sqlite, closing(Neo4jLedger.open(server.uri)) as neo4j:
        ties = [fact for fact in facts if isinstance(fact, Tie)]
        changed = [Tie(tie.id, tie.kind, tie.holder, tie.enterprise, title="更正") for tie in pick.sample(ties, len(ties) // 8)]
        gone = [fact_id(fact) for fact in pick.sample(facts, len(facts) // 10)]
        for ledger in (sqlite, neo4j):
            third = max(len(facts) // 3, 1)
            for number, first in enumerate(range(0, len(facts), third)):
                ledger.append(facts[first : first + third], recorded_at=NOON + timedelta(minutes=number))
            ledger.append(changed, gone, NOON + timedelta(hours=1))
        assert list(neo4j.since(0)) == list(sqlite.since(0))
        yield sqlite, neo4j


def answers(ledger: Ledger, subjects: list[str], out: Path) -> tuple[list[str], dict[str, bytes]]:
    """The traces of subjects now and as known before, and the files of a run."""
    graph = Questions(ledger)
    traces = [
        json.dumps(graph.trace(subject, at=DAY, known=known), ensure_ascii=False)
        for subject in subjects
        for known in (None, NOON + timedelta(minutes=30))
    ]
    graph.run(out, at=DAY, files="csv")
    return traces, {path.name: path.read_bytes() for path in sorted(out.iterdir()) if path.is_file()}


def same(server: Neo4j, folder: Path, facts: list[Fact], subjects: list[str]) -> None:
    with both(server, folder, facts) as (sqlite, neo4j):
        one, other = answers(sqlite, subjects, folder / "sqlite"), answers(neo4j, subjects, folder / "neo4j")
        assert one[0] == other[0]
        assert one[1].keys() == other[1].keys()
        for name in one[1]:
            assert one[1][name] == other[1][name], name


@given(registers())
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_traces_and_runs_of_random_registers_are_equal_byte_for_byte(neo4j: Neo4j, facts: list[Fact]) -> None:
    with TemporaryDirectory() as folder:
        same(neo4j, Path(folder), facts, ["E1", "E2", "P1"])


@pytest.mark.parametrize("seed", [1, 2])
def test_traces_and_runs_of_a_sample_register_are_equal_byte_for_byte(neo4j: Neo4j, tmp_path: Path, seed: int) -> None:
    write(tmp_path / "register", generate(30, seed=seed, dirty=False))
    facts = [change.fact for change in _register(tmp_path / "register")]
    subjects = sorted({fact.subject for fact in facts if isinstance(fact, Record)})
    same(neo4j, tmp_path, facts, subjects[:25])


def _register(folder: Path) -> list[Change]:
    ledger, report = register_ledger([folder], None)
    assert report.total.rejected == 0
    return list(ledger.since(0))
