"""Verdicts written back into the graph: whole, replaced as a whole, and never taken for facts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import polars as pl
import pytest

from graph_service.cli.app import main
from graph_service.ledger import neo4j_derived
from graph_service.ledger.cypher import names, statement
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.neo4j_derived import write_back
from graph_service.messages import LedgerError
from graph_service.model.facts import FACT_TYPES, Event
from graph_service.model.interval import parse_day
from graph_service.questions.ask import Questions
from graph_service.register import register_ledger
from graph_service.sample import generate, write
from tests.cypher.province import ask
from tests.neo4j_fixtures import GROUP, Neo4j

pytestmark = GROUP
DAY = "2019-12-31"
CURRENT = "MATCH (run:GsRun {state: 'current'}) RETURN run.generation AS generation"
OF_CURRENT = """
MATCH (run:GsRun {state: 'current'})
MATCH (c:GsConsequence {generation: run.generation})-[:ON]->(s:GsSubject)
OPTIONAL MATCH (c)-[:ARISES_FROM]->(k:GsRecord)
OPTIONAL MATCH (c)-[:VIA]->(v)
RETURN properties(c) AS consequence, s.id AS subject, k.id AS record, v.id AS via
"""


@pytest.fixture
def store(neo4j: Neo4j, tmp_path: Path) -> Iterator[Questions]:
    """The graph of the sample in the server."""
    write(tmp_path / "register", generate(20, seed=3, dirty=False))
    memory, _ = register_ledger([tmp_path / "register"], None)
    ledger = Neo4jLedger.open(neo4j.uri)
    with memory.read() as reader:
        ledger.append([stored.fact for kind in FACT_TYPES for stored in reader.scan(kind)])
    with Questions(ledger) as graph:
        yield graph


def rows(server: Neo4j, query: str, **parameters: object) -> list[dict[str, Any]]:
    with server.driver.session(notifications_min_severity="OFF") as session:
        return [dict(row) for row in session.run(cast(Any, query), parameters)]


def consequence(key: str) -> neo4j_derived.Row:
    """A consequence as the store takes it."""
    return {"subject": "S2-REP", "record": "S2-RECORD", "listed": [], "via": None, "properties": {"id": key}}


def held(server: Neo4j) -> Counter[str]:
    """How many derived nodes of each sort there are, by state."""
    runs = rows(server, "MATCH (r:GsRun) RETURN r.state AS state")
    many = rows(server, "MATCH (c:GsConsequence) RETURN count(c) AS n")[0]["n"]
    return Counter({"consequences": many}) + Counter(row["state"] for row in runs)


def test_a_run_is_in_the_graph_as_its_files_say(neo4j: Neo4j, store: Questions, tmp_path: Path) -> None:
    shape = store.run(tmp_path / "run", at=DAY, write_back=True)
    table = pl.read_parquet(tmp_path / "run" / "consequences.parquet")
    assert shape["written_back"] == {"generation": 1, "consequences": table.height}
    told = {row["consequence"]["id"]: row for row in rows(neo4j, OF_CURRENT)}
    assert len(told) == table.height
    listed = 0
    for one in table.iter_rows(named=True):
        row = told[one["id"]]
        assert row["subject"] == one["subject"]
        assert row["via"] == one["via"]
        cascade = one["kind"] == "derived_sanction"
        assert row["record"] == (None if cascade else one["record"])
        listed += cascade
        expected = {name: value for name, value in one.items() if value not in ("", None)}
        assert row["consequence"] == {**expected, "decision": shape["run_id"], "generation": 1}
    assert listed
    (run,) = (row["run"] for row in rows(neo4j, statement("derive/current")))
    assert (run["decision"], run["at"], run["consequences"]) == (shape["run_id"], DAY, table.height)
    assert run["position"] == store.ledger.last().number
    cascades = "MATCH (:GsConsequence {kind: 'derived_sanction'})-[:ARISES_FROM]->(l) RETURN DISTINCT l.id AS id"
    assert {row["id"] for row in rows(neo4j, cascades)} >= {"TEXT0090000000000174"}


@pytest.mark.parametrize("status", [None, "ended"])
def test_analysts_ask_for_the_consequences_on_a_subject_and_of_a_record(
    neo4j: Neo4j, store: Questions, tmp_path: Path, status: str | None
) -> None:
    store.run(tmp_path / "run", at="2020-12-31", write_back=True)
    table = pl.read_parquet(tmp_path / "run" / "consequences.parquet")
    table = table if status is None else table.filter(status=status)
    for key in ("S2-REP", "91530102MATEXT0283", "TEXT0090000000000368"):
        told = ask(neo4j, "explore/consequences_on", id=key, status=status)
        assert sorted(row["consequence"] for row in told) == sorted(table.filter(subject=key)["id"])
        assert all(row["origins"] for row in told)
    told = ask(neo4j, "explore/consequences_of", record="S2-RECORD", status=status)
    expected = table.filter(record="S2-RECORD")
    assert expected.height
    assert sorted(row["consequence"] for row in told) == sorted(expected["id"])
    assert {(row["subject"], row["via"]) for row in told} == set(zip(expected["subject"], expected["via"], strict=True))


def test_a_run_that_is_not_current_is_not_asked(neo4j: Neo4j, store: Questions, tmp_path: Path) -> None:
    store.run(tmp_path / "run", at=DAY, write_back=True)
    rows(neo4j, "MATCH (s:GsSubject {id: 'S2-REP'}) CREATE (:GsConsequence {generation: 99, id: 'other'})-[:ON]->(s)")
    told = ask(neo4j, "explore/consequences_on", id="S2-REP", status=None)
    assert told
    assert "other" not in {row["consequence"] for row in told}


def test_what_is_derived_says_so(neo4j: Neo4j, store: Questions, tmp_path: Path) -> None:
    store.run(tmp_path / "run", at=DAY, write_back=True)
    found = rows(neo4j, "MATCH (n) WHERE n:GsRun OR n:GsConsequence RETURN DISTINCT labels(n) AS labels")
    assert all("Derived" in row["labels"] for row in found)
    assert rows(neo4j, "MATCH (n:Derived) WHERE NOT (n:GsRun OR n:GsConsequence) RETURN n") == []


def test_the_ledger_sees_nothing_of_it_and_answers_alike(store: Questions, tmp_path: Path) -> None:
    def everything() -> str:
        with store.ledger.read() as reader:
            scans = [sorted(map(repr, reader.scan(kind))) for kind in FACT_TYPES]
        answers = [store.trace("S1-RECORD", at=DAY), store.related("S2-REP", hops=2, at=DAY), store.person("S2-REP", at=DAY)]
        changes = [repr(one) for one in store.ledger.since(0)]
        return json.dumps([scans, answers, changes, repr(store.ledger.last())], default=str)

    before = everything()
    first = store.run(tmp_path / "run", at=DAY, write_back=True)
    assert everything() == before
    again = store.run(tmp_path / "other", at=DAY)
    assert again["run_id"] == first["run_id"]
    assert (tmp_path / "other" / "manifest.json").read_bytes() == (tmp_path / "run" / "manifest.json").read_bytes()


def test_the_next_run_takes_the_place_of_the_last(neo4j: Neo4j, store: Questions, tmp_path: Path) -> None:
    store.run(tmp_path / "run", at=DAY, write_back=True)
    store.ledger.append([Event("S2-RECORD", "annulled", parse_day("2019-06-01"))])
    second = store.run(tmp_path / "run", at=DAY, write_back=True)
    assert second["written_back"]["generation"] == 2  # type: ignore[index]
    told = rows(neo4j, OF_CURRENT)
    assert held(neo4j) == {"consequences": len(told), "current": 1}
    ended = {row["consequence"]["status"] for row in told if row["record"] == "S2-RECORD"}
    assert ended == {"ended"}


def test_until_the_last_step_the_last_run_is_the_current_one(
    neo4j: Neo4j, store: Questions, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_derived, "ROWS", 7)
    store.run(tmp_path / "run", at=DAY, write_back=True)
    before = sorted(row["consequence"]["id"] for row in rows(neo4j, OF_CURRENT))
    ledger = store.ledger
    assert isinstance(ledger, Neo4jLedger)

    def cut_off() -> Iterator[list[neo4j_derived.Row]]:
        for number in range(3):
            yield [consequence(f"x{number}")]
            assert sorted(row["consequence"]["id"] for row in rows(neo4j, OF_CURRENT)) == before
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_back(ledger.store, {"decision": "cut off"}, cut_off())
    assert sorted(row["consequence"]["id"] for row in rows(neo4j, OF_CURRENT)) == before
    assert held(neo4j) == {"consequences": len(before) + 3, "current": 1, "writing": 1}
    store.run(tmp_path / "run", at=DAY, write_back=True)
    assert held(neo4j) == {"consequences": len(before), "current": 1}


def test_while_one_run_is_current_whoever_asks_for_it_sees_all_of_it(
    neo4j: Neo4j, store: Questions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neo4j_derived, "ROWS", 20)  # of which some are removed at a time, too
    ledger = store.ledger
    assert isinstance(ledger, Neo4jLedger)

    def rewrite() -> None:
        for number in range(1, 6):
            rows = [consequence(f"{number}-{one}") for one in range(60 + number)]
            write_back(
                ledger.store, {"decision": f"run {number}"}, [rows[first : first + 20] for first in range(0, len(rows), 20)]
            )

    seen: set[int] = set()
    with ThreadPoolExecutor(1) as others:
        writing = others.submit(rewrite)
        while not writing.done():
            before, told, after = (rows(neo4j, query) for query in (CURRENT, OF_CURRENT, CURRENT))
            if before and before == after:
                generation = before[0]["generation"]
                assert {row["consequence"]["generation"] for row in told} == {generation}
                assert len(told) == 60 + generation
                seen.add(generation)
        writing.result()
    assert seen


def test_of_two_at_once_the_later_wins_and_the_earlier_is_told(neo4j: Neo4j, store: Questions) -> None:
    ledger = store.ledger
    assert isinstance(ledger, Neo4jLedger)

    def overtaken() -> Iterator[list[neo4j_derived.Row]]:
        yield [consequence("early")]
        write_back(ledger.store, {"decision": "later"}, [[consequence("late")]])
        yield [consequence("too late")]

    with pytest.raises(LedgerError, match="another run was written back meanwhile"):
        write_back(ledger.store, {"decision": "earlier"}, overtaken())
    assert [one["consequence"]["id"] for one in rows(neo4j, OF_CURRENT)] == ["late"]
    assert held(neo4j) == {"consequences": 1, "current": 1}


def test_an_empty_run_leaves_nothing_of_the_last(neo4j: Neo4j, store: Questions, tmp_path: Path) -> None:
    store.run(tmp_path / "run", at=DAY, write_back=True)
    shape = store.run(tmp_path / "other", at="1990-01-01", write_back=True)
    assert shape["written_back"] == {"generation": 2, "consequences": 0}
    assert held(neo4j) == {"current": 1}


def test_others_people_labels_stay(neo4j: Neo4j, store: Questions, tmp_path: Path) -> None:
    rows(neo4j, "CREATE (:TestOther:Consequence:Derived {id: 'theirs'})-[:ON]->(:TestOther:Person)")
    for _ in range(2):
        store.run(tmp_path / "run", at=DAY, write_back=True)
    assert len(rows(neo4j, "MATCH (n:TestOther)-[:ON]->(:TestOther) RETURN n")) == 1


def test_the_command_writes_back_and_says_so(
    neo4j: Neo4j, store: Questions, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    where = ["--store", neo4j.uri, "--at", DAY, "--out", str(tmp_path / "run")]
    assert main(["run", "--write-back", *where]) == 0
    many = len(rows(neo4j, OF_CURRENT))
    assert f"the graph shows these {many} consequences now (run 1)" in capsys.readouterr().out
    assert main(["run", "--write-back", "--lang", "zh", *where, "--files", "csv"]) == 0
    assert f"图中现显示这 {many} 条后果" in capsys.readouterr().out
    assert held(neo4j) == {"consequences": many, "current": 1}


@pytest.mark.parametrize("name", names("derive"))
def test_each_statement_says_what_goes_in_and_out(name: str) -> None:
    text = (Path(__file__).parents[2] / "cypher" / f"{name}.cypher").read_text("utf-8")
    assert text.startswith("// ")
    assert "// In:" in text
    assert "Out:" in text
