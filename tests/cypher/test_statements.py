"""Every statement that people use says what it asks, what goes in and comes out and which index it uses, and keeps its word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import pytest

from graph_service.engine.liability import INTO_ENTERPRISES
from graph_service.ledger.cypher import names, statement
from graph_service.ledger.neo4j_codec import tie_type
from tests.cypher.province import Province
from tests.neo4j_fixtures import GROUP, Neo4j

ROOT = Path(__file__).parents[2] / "cypher"
STATEMENTS = [*names("explore"), *names("trace")]
DERIVING = [name for name in names("derive") if not name.startswith("derive/index_")]
SOME: dict[str, object] = {
    "id": "91530111MATEXT044R",
    "a": "S3-OWNER",
    "b": "91530111MATEXT060F",
    "day": 20240630,
    "types": None,
    "least": 2,
    "status": None,
    "after": 0,
    "to": 10_000,
    "limit": 10,
    "record": "S1-RECORD",
    "clocks": ["act"],
    "findings": [],
    "offices": ["LEGAL_REPRESENTATIVE"],
    "through_state": False,
    "run": {},
    "rows": [],
    "generation": 1,
}


def header(name: str) -> dict[str, str]:
    """The parts of a statement's comment: the question (or what it does), In, Out, Uses."""
    lines = [line[3:] for line in (ROOT / f"{name}.cypher").read_text("utf-8").splitlines() if line.startswith("//")]
    found, part = {"question": lines[0]}, ""
    for line in lines[1:]:
        for piece in re.split(r"(?<=\.)  (?=(?:Out|Uses): )", line):
            start = re.match(r"(In|Out|Uses): ", piece)
            part = start[1] if start else part
            found[part] = f"{found.get(part, '')} {piece}"
    return found


def words(text: str) -> set[str]:
    return set(re.findall(r"\b[a-z][a-z_]*\b", text))


@pytest.mark.parametrize("name", STATEMENTS)
def test_it_says_in_one_line_what_it_asks(name: str) -> None:
    said = header(name)
    assert said["question"].endswith("?")
    assert set(said) == {"question", "In", "Out", "Uses"}


@pytest.mark.parametrize("name", STATEMENTS)
def test_what_goes_in_are_its_parameters(name: str) -> None:
    used = set(re.findall(r"\$(\w+)", statement(name)))
    assert used <= words(header(name)["In"])
    assert used <= set(SOME)


@pytest.mark.parametrize("name", names("explore"))
def test_it_asks_live_facts_only_unless_it_says_otherwise(name: str) -> None:
    said = " ".join(header(name).values())
    if "Derived, not facts" in said:
        assert "c.generation = run.generation" in statement(name)
        return
    assert "retracted" in statement(name)
    assert "retracted IS NULL" in statement(name) or "etracted facts as well" in said


def plan_of(sample: Province, name: str) -> list[tuple[str, str]]:
    """Operators and their details."""
    with sample.server.driver.session(notifications_min_severity="OFF") as session:
        found: list[tuple[str, str]] = []
        todo: list[dict[str, Any]] = [session.run("EXPLAIN " + statement(name), SOME).consume().plan or {}]
        while todo:
            one = todo.pop()
            found.append((one["operatorType"].split("@")[0], one["args"].get("Details", "")))
            todo += one.get("children", ())
    return found


@pytest.fixture(scope="module")
def indexes(sample: Province) -> dict[str, str]:
    """What each of our indexes is on, as plans write it: ``GsSubject(id)``."""
    with sample.server.driver.session(notifications_min_severity="OFF") as session:
        rows = session.run("SHOW INDEXES YIELD name, labelsOrTypes, properties WHERE name STARTS WITH 'gs_'")
        return {row["name"]: f"{row['labelsOrTypes'][0]}({', '.join(row['properties'])})" for row in rows}


@GROUP
@pytest.mark.parametrize("name", [*STATEMENTS, *DERIVING])
def test_it_uses_the_indexes_that_it_names_and_scans_nothing_else(sample: Province, indexes: dict[str, str], name: str) -> None:
    said, plan = header(name)["Uses"], plan_of(sample, name)
    seeks = {detail for operator, detail in plan if "IndexSeek" in operator}
    scans = {detail for operator, detail in plan if "Scan" in operator}
    named = set(re.findall(r"gs_\w+\*?", said))
    used = {index for index, on in indexes.items() if any(on in detail for detail in seeks)}
    assert used == {index for index in indexes if any(re.fullmatch(one.replace("*", r"\w+"), index) for one in named)}
    assert len(scans) == said.count("a scan of the label")
    for label in re.findall(r"a scan of the label (\w+)", said):
        assert any(re.search(rf"\b{label}\b", detail) for detail in scans)


@GROUP
@pytest.mark.parametrize("name", STATEMENTS)
def test_what_comes_out_are_its_columns(sample: Province, name: str) -> None:
    with sample.server.driver.session(default_access_mode="READ", notifications_min_severity="OFF") as session:
        columns = session.run(statement(name), SOME).keys()
    assert set(columns) <= words(header(name)["Out"])


OTHERS = """
MATCH (a:GsSubject {id: 'S2-REP'}), (b:GsSubject {id: '91530111MATEXT044R'}), (k:GsRecord {id: 'S1-RECORD'})
CREATE (a)-[:LEGAL_REPRESENTATIVE {since: 2020}]->(b), (b)-[:SHAREHOLDER]->(a), (a)-[:LISTED]->(:TestOther:Regime {id: 'x'}),
       (k)-[:AGAINST]->(b), (k)-[:NAMES]->(a), (:TestOther:Event {kind: 'party', on: 20200101})-[:MOVES]->(k),
       (k)-[:DECIDED_BY]->(:TestOther:Authority), (:TestOther:Person:Practitioner)-[:PRACTITIONER]->(:TestOther:Enterprise),
       (:TestOther:Consequence)-[:ON]->(a)
"""
NO_OTHERS = """
MATCH (a:GsSubject {id: 'S2-REP'})-[r]-(b) WHERE r.position IS NULL AND b.id IN ['91530111MATEXT044R', 'S1-RECORD'] DELETE r
WITH DISTINCT 1 AS one MATCH (k:GsRecord {id: 'S1-RECORD'})-[r:AGAINST]->() WHERE r.position IS NULL DELETE r
WITH DISTINCT 1 AS one MATCH (n:TestOther) DETACH DELETE n
"""


@GROUP
def test_what_others_put_beside_our_nodes_changes_no_answer(sample: Province) -> None:
    asked = [(name, SOME | {"id": key}) for name in STATEMENTS for key in ("91530111MATEXT044R", "S2-REP")]

    def answers() -> list[str]:
        return [repr([{k: v for k, v in row.items() if k != "path"} for row in ask(sample.server, *one)]) for one in asked]

    def ask(server: Neo4j, name: str, parameters: dict[str, object]) -> list[dict[str, Any]]:
        with server.driver.session(default_access_mode="READ", notifications_min_severity="OFF") as session:
            return [dict(row) for row in session.run(cast(Any, statement(name)), parameters)]

    before = answers()
    with sample.server.driver.session() as session:
        assert session.run(OTHERS).consume().counters.relationships_created == 9
    try:
        for name, told, first in zip((name for name, _ in asked), answers(), before, strict=True):
            assert told == first, name
    finally:
        with sample.server.driver.session() as session:
            session.run(NO_OTHERS).consume()


@pytest.mark.parametrize("name", ["trace/liable_persons", "trace/related_by_office"])
def test_no_kind_of_tie_into_an_enterprise_is_forgotten(name: str) -> None:
    named = set(re.findall(r"\b[A-Z_]{5,}\b", statement(name)))
    assert {tie_type(kind) for kind in INTO_ENTERPRISES} <= named
