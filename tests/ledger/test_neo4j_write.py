"""What one append writes, however many statements it takes: each is under way while the rows of the next are made."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graph_service.ledger import neo4j_write
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie
from tests.neo4j_fixtures import GROUP, Neo4j

WHEN = datetime(2024, 5, 1, 12, tzinfo=UTC)
FIRMS = [Subject(f"E{number}", SubjectKind.ENTERPRISE, f"Sample {number}") for number in range(5)]
TIES = [Tie(f"T{number}", "director", f"P{number}", f"E{number % 7}") for number in range(9)]
ITSELF = Tie("T-SELF", "shareholder", "E8", "E8")
MIXED: list[Fact] = [
    TIES[0],
    *FIRMS,
    *TIES[1:],
    ITSELF,
    Record("R1", "E9", "health_safety"),
    Finding("R1", "P20", "knew"),
    Event("R2", "repaired", 738_946, "P21"),
    Listing("E10", "us-ofac"),
    replace(FIRMS[2], name="A corrected name"),
    replace(TIES[3], kind="supervisor"),
]
SUBJECTS = {
    "E0", "E1", "E2", "E3", "E4", "E5", "E6", "E8", "E9", "E10", *(f"P{number}" for number in range(9)), "P20", "P21",
}  # fmt: skip


def subjects(server: Neo4j) -> list[str]:
    return [row["id"] for row in server.driver.execute_query("MATCH (s:GsSubject) RETURN s.id AS id ORDER BY id").records]


@GROUP
def test_an_append_of_many_statements_is_the_one_of_sqlite(neo4j: Neo4j, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neo4j_write, "WRITTEN", 2)
    sqlite = SqliteLedger.open(tmp_path / "ledger.db")
    with closing(sqlite), closing(Neo4jLedger.open(neo4j.uri)) as ledger:
        for facts in (MIXED, [*MIXED, replace(FIRMS[1], name="Another name"), Tie("T20", "director", "P0", "E30")]):
            assert ledger.append(facts, recorded_at=WHEN) == sqlite.append(facts, recorded_at=WHEN)
        assert list(ledger.since(0)) == list(sqlite.since(0))
        with ledger.read() as ours, sqlite.read() as theirs:
            for kind in (Subject, Tie, Record, Finding, Event, Listing):
                assert {*ours.scan(kind)} == {*theirs.scan(kind)}


@GROUP
def test_each_subject_that_facts_mention_is_one_node(neo4j: Neo4j) -> None:
    with closing(Neo4jLedger.open(neo4j.uri)) as ledger:
        ledger.append(MIXED)
        assert subjects(neo4j) == sorted(SUBJECTS)
        ledger.append([*FIRMS, Tie("T30", "director", "P0", "E0"), Tie("T31", "director", "P30", "E0")])
        assert subjects(neo4j) == sorted({*SUBJECTS, "P30"})


@GROUP
def test_a_subject_whose_node_somebody_deleted_is_made_again(neo4j: Neo4j) -> None:
    with closing(Neo4jLedger.open(neo4j.uri)) as ledger:
        ledger.append([FIRMS[0]])
        neo4j.driver.execute_query("MATCH (s:GsSubject {id: 'E0'}) DELETE s")
        ledger.append([Tie("T1", "director", "P1", "E0")])
        with ledger.read() as reader:
            assert [stored.fact for stored in reader.ties_into(["E0"])] == [Tie("T1", "director", "P1", "E0")]


@GROUP
@pytest.mark.parametrize("broken", [1, 3, 5])
def test_an_append_that_fails_between_its_statements_leaves_nothing(
    neo4j: Neo4j, monkeypatch: pytest.MonkeyPatch, broken: int
) -> None:
    name, row = neo4j_write._WRITERS[Tie]
    made: list[int] = []

    def breaking(one: Any, recorded: int) -> Any:
        made.append(one.position)
        if len(made) == broken:
            raise RuntimeError("no row")
        return row(one, recorded)

    with closing(Neo4jLedger.open(neo4j.uri)) as ledger:
        with monkeypatch.context() as patch:
            patch.setattr(neo4j_write, "WRITTEN", 2)
            patch.setitem(neo4j_write._WRITERS, Tie, (name, breaking))
            with pytest.raises(RuntimeError, match="no row"):
                ledger.append(TIES)
        assert not [one for one in threading.enumerate() if one.name.startswith("neo4j-append")]
        assert subjects(neo4j) == []
        assert ledger.append(TIES).position == ledger.last().number == len(TIES)
