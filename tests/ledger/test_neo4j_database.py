"""The Neo4j database: what is opened, what is refused and how that is said, what people see, what belongs to others."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from graph_service.ledger.cypher import names, statement
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.neo4j_codec import RELATIONSHIPS, TIE_TYPES
from graph_service.ledger.open import open_ledger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError, catalogue
from graph_service.model.facts import Event, Finding, Listing, Record, Subject, SubjectKind, Tie, fact_id
from tests.neo4j_fixtures import GROUP, Neo4j

DIRECTOR = Tie("T1", "director", "P1", "E1")
FIRM = Subject("E1", SubjectKind.ENTERPRISE, "Sample Trading Ltd")
PERSON = Subject("P1", SubjectKind.PERSON, "李某")


def opened(server: Neo4j, *, create: bool = True) -> Neo4jLedger:
    return Neo4jLedger.open(server.uri, create=create)


def refused(url: str, *, create: bool = True) -> str:
    """The code with which a store is refused; its one line repeats nothing of the address."""
    with pytest.raises(LedgerError) as raised:
        open_ledger(url, create=create).close()
    for lang in ("en", "zh"):
        said = raised.value.text(lang)
        assert said
        assert "\n" not in said
        assert "127.0.0.1" not in said
        assert "sesame" not in said
    return raised.value.code


# Statements


def test_every_statement_says_what_goes_in_and_out_and_which_index_it_uses() -> None:
    for folder in ("schema", "read", "write"):
        assert names(folder)
        for name in names(folder):
            text = (Path(__file__).parents[2] / "cypher" / f"{name}.cypher").read_text("utf-8")
            assert text.startswith("// ")
            assert "\n// In: " in text, name
            assert "Out: " in text, name
            assert folder == "schema" or "Uses: " in text, name


def test_statements_over_all_types_name_them_all() -> None:
    for name in ("read/added", "read/at_positions", "write/retract_relationships"):
        assert all(f"[r:{one}]" in statement(name) for one in RELATIONSHIPS), name
    for name in ("read/bulk_ties",):
        assert all(f"[r:{one}]" in statement(name) for one in TIE_TYPES), name
    for name in ("read/ties_into", "read/ties_of", "read/first_ties_of"):
        assert f"[r:{'|'.join(TIE_TYPES)}]" in statement(name), name
    for one in RELATIONSHIPS:
        assert f"-[r:{one}]-" in statement(f"schema/position_{one.lower()}")


def test_the_driver_is_loaded_only_by_those_who_use_it() -> None:
    script = "import sys, graph_service, graph_service.cli.app, graph_service.snapshot.cache; print('neo4j' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


# What is refused


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("neo4j://", "ledger_url_unknown"),
        ("neo4j+x://host", "ledger_url_unknown"),
        ("bolt://host:99999999", "ledger_url_unknown"),
        ("neo4j://user:sesame@host:7687", "ledger_url_credentials"),
        ("bolt://127.0.0.1:1/sesame;x", "neo4j_no_database"),
    ],
)
def test_addresses_that_are_none_are_refused(url: str, code: str) -> None:
    assert refused(url) == code


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert refused(f"bolt://127.0.0.1:{port}") == "neo4j_no_server"
    assert refused(f"neo4j://127.0.0.1:{port}") == "neo4j_no_server"


def test_a_user_without_a_password_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_USER", "reader")
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    assert refused("bolt://127.0.0.1:1") == "neo4j_no_password"


@pytest.mark.parametrize("answer", [b"\x00\x00\x00\x00", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_that_is_too_old_or_no_neo4j_is_told(answer: bytes) -> None:
    """The handshake of servers before 4, which cannot be had any more: they know none of the protocols that the driver offers."""
    with socket.create_server(("127.0.0.1", 0)) as listener, answering(listener, answer):
        assert refused(f"bolt://127.0.0.1:{listener.getsockname()[1]}") in ("neo4j_old_server_unknown", "neo4j_no_server")


@contextmanager
def answering(listener: socket.socket, answer: bytes) -> Iterator[None]:
    def serve() -> None:
        try:
            while True:
                client, _ = listener.accept()
                with client:
                    client.recv(64)
                    client.sendall(answer)
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield
    listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@GROUP
def test_a_wrong_password_is_told_and_never_repeated(neo4j: Neo4j, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "open sesame")
    assert refused(neo4j.uri) == "neo4j_login"
    monkeypatch.delenv("NEO4J_USER")
    monkeypatch.delenv("NEO4J_PASSWORD")
    assert refused(neo4j.uri) == "neo4j_login"


@GROUP
@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
def test_a_wrong_database_is_told(neo4j: Neo4j, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = scheme + neo4j.uri[neo4j.uri.index("://") :]
    assert refused(f"{url}/sesame") == "neo4j_no_database"
    monkeypatch.setenv("NEO4J_DATABASE", "sesame")
    assert refused(url) == "neo4j_no_database"
    monkeypatch.setenv("NEO4J_DATABASE", "neo4j")
    open_ledger(url, create=True).close()
    open_ledger(f"{url}/neo4j", create=False).close()


@GROUP
def test_a_ledger_that_is_not_there_is_made_only_where_that_is_asked(neo4j: Neo4j) -> None:
    assert refused(neo4j.uri, create=False) == "neo4j_no_ledger"
    opened(neo4j).close()
    opened(neo4j, create=False).close()


@GROUP
def test_a_ledger_of_a_newer_version_is_not_touched(neo4j: Neo4j) -> None:
    opened(neo4j).close()
    neo4j.driver.execute_query("MATCH (l:GsLedger) SET l.format = 99")
    assert refused(neo4j.uri) == "neo4j_newer"


@GROUP
def test_a_closed_ledger_says_so(neo4j: Neo4j) -> None:
    ledger = opened(neo4j)
    ledger.close()
    ledger.close()
    for use in (ledger.last, lambda: ledger.append([DIRECTOR])):
        with pytest.raises(LedgerError, match="was closed"):
            use()


def test_every_message_is_there_in_both_languages() -> None:
    codes = [code for code in catalogue() if code.startswith("neo4j_")]
    assert len(codes) > 10
    assert all(set(catalogue()[code]) == {"en", "zh"} for code in codes)


# What is shown to people


@GROUP
def test_subjects_show_what_is_live_and_ties_say_it_exactly(neo4j: Neo4j) -> None:
    with closing(opened(neo4j)) as ledger:
        practice = Tie("T2", "practitioner", "P1", "E1", credential="No. 7")
        ledger.append([FIRM, PERSON, DIRECTOR, practice, Record("R1", "E1", "market_order", authority="局")])
        ledger.append([Finding("R1", "P1", "knew"), Event("R1", "repaired", 738946, "P1"), Listing("E1", "eu")])
        ledger.append([Subject("E1", SubjectKind.ENTERPRISE, "Renamed Ltd")])
        (row,), _, _ = neo4j.driver.execute_query(
            "MATCH (p:Person:Practitioner {id: 'P1'})-[d:DIRECTOR]->(e:Enterprise)<-[:AGAINST]-(r:Record), "
            "(r)-[:DECIDED_BY]->(h:Authority), "
            "(r)-[:NAMES {finding: 'knew'}]->(p)<-[:CONCERNS]-(v:Event)-[:MOVES]->(r), (e)-[:LISTED]->(:Regime {id: 'eu'}) "
            "WHERE d.retracted IS NULL AND d.from_lo = 0 AND d.to_hi = 99999999 "
            "RETURN p.name AS person, e.name AS firm, r.family AS family, h.name AS authority, v.on AS day, d.fact AS fact"
        )
        assert row.values() == ["李某", "Renamed Ltd", "market_order", "局", 20240301, fact_id(DIRECTOR)]
        ledger.append((), retract=[fact_id(practice), fact_id(PERSON)])
        (row,), _, _ = neo4j.driver.execute_query("MATCH (p:GsSubject {id: 'P1'}) RETURN labels(p) AS labels, keys(p) AS keys")
        assert row.values() == [["GsSubject"], ["id"]]


# What belongs to others


@GROUP
def test_what_others_keep_in_the_database_is_neither_read_nor_changed(neo4j: Neo4j) -> None:
    neo4j.driver.execute_query(
        "CREATE (p:Person:Test {id: 'P1', name: 'theirs'})-[:DIRECTOR {id: 'T1', since: 2020}]->(:Enterprise:Test {id: 'E1'}), "
        "(:Person:Test {id: 'P1'}), (:Record:Test {id: 'R1'}), (:Authority:Test {name: '局'})"
    )
    whole = "MATCH (n:Test) OPTIONAL MATCH (n)-[r]-() RETURN labels(n) AS labels, properties(n) AS own, properties(r) AS tie"
    before = sorted(map(str, neo4j.driver.execute_query(whole).records))
    with closing(opened(neo4j)) as ledger:
        ledger.append([FIRM, PERSON, DIRECTOR, Record("R1", "E1", authority="局")])
        # Theirs between our nodes, too, is no fact.
        neo4j.driver.execute_query(
            "MATCH (p:GsSubject {id: 'P1'}), (e:GsSubject {id: 'E1'}) CREATE (p)-[:DIRECTOR {id: 'T9'}]->(e)"
        )
        ledger.append((), retract=[fact_id(FIRM)])
        with ledger.read() as reader:
            assert [one.fact for one in reader.ties_into(["E1"])] == [DIRECTOR]
            assert [one.fact for one in reader.scan(Tie)] == [DIRECTOR]
            assert [one.fact.name for one in reader.subjects(["P1"])] == ["李某"]
    assert sorted(map(str, neo4j.driver.execute_query(whole).records)) == before
    (row,), _, _ = neo4j.driver.execute_query(
        "SHOW CONSTRAINTS YIELD labelsOrTypes RETURN all(one IN collect(labelsOrTypes[0]) WHERE one STARTS WITH 'Gs') AS ours"
    )
    assert row["ours"] or os.environ.get("NEO4J_URI")


# The identity key


@GROUP
def test_the_key_is_made_once_a_machine_and_another_one_is_told(
    neo4j: Neo4j, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GRAPH_SERVICE_IDENTITY_KEY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with closing(opened(neo4j)) as ledger:
        one = ledger.identity_hash("passport", "SAMPLE01")
    (key,) = (tmp_path / "graph-service").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    with closing(opened(neo4j)) as ledger:
        assert ledger.identity_hash("passport", "SAMPLE01") == one
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "another machine"))
    with closing(opened(neo4j)) as ledger, pytest.raises(LedgerError) as raised:
        ledger.identity_hash("passport", "SAMPLE01")
    assert raised.value.code == "identity_key_missing"
    monkeypatch.setenv("GRAPH_SERVICE_IDENTITY_KEY", "another key, long enough")
    with closing(opened(neo4j)) as ledger, pytest.raises(LedgerError) as raised:
        ledger.identity_hash("passport", "SAMPLE01")
    assert raised.value.code == "identity_key_differs"
    monkeypatch.setenv("GRAPH_SERVICE_IDENTITY_KEY", key.read_text().strip())
    with closing(opened(neo4j)) as ledger:
        assert ledger.identity_hash("passport", "SAMPLE01") == one


# Side by side with SQLite


@GROUP
def test_the_same_facts_have_the_same_ids_positions_and_times_as_in_sqlite(neo4j: Neo4j, tmp_path: Path) -> None:
    sqlite = SqliteLedger.open(tmp_path / "ledger.db")
    with closing(sqlite), closing(opened(neo4j)) as ledger:
        sqlite.append([FIRM, PERSON, DIRECTOR])
        ledger.append([FIRM, PERSON, DIRECTOR], recorded_at=_moment(sqlite.last().recorded_at))
        assert list(ledger.since(0)) == list(sqlite.since(0))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
