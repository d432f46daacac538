"""The offline importer makes of the exported files what appending the same facts makes, and the ledger goes on from there."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from neo4j import Driver, GraphDatabase

from graph_service.ledger.cypher import names
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.neo4j_import import FILES, write_import
from graph_service.ledger.protocol import Ledger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import InputError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, Bound, Interval, parse_day
from graph_service.model.share import Share
from scripts.neo4j_server import Missing, libraries, start, stop
from tests.neo4j_fixtures import GROUP, Neo4j

DAY = parse_day("2024-03-01")
WHEN = datetime(2024, 5, 1, 12, tzinfo=UTC)
YEARS = Interval(Bound.on(DAY - 900), Bound(DAY - 30, DAY))

FIRM = Subject("F-1", SubjectKind.ENTERPRISE, 'A "quoted", split name', "company", region="530102", state_owned=True)
PERSON = Subject("P-1", SubjectKind.PERSON, "样例人", note="one line\nand another", id_type="id", id_hash="ab" * 16)
NOBODY = Subject("U-1", SubjectKind.UNSPECIFIED, "")
RECORD = Record(
    "R-1", "F-1", "health_safety", "food", "serious", YEARS, Bound.on(DAY), "样例局", "号1", "530102", "5,000", "fined;listed"
)
FACTS: list[Fact] = [
    FIRM,
    PERSON,
    NOBODY,
    Tie("T-1", "director", "P-1", "F-1", YEARS, title="主任", credential="c", source="s"),
    Tie("T-2", "shareholder", "P-1", "F-1", ALWAYS, Share.parse("33.333333333333")),
    Tie("T-3", "shareholder", "U-1", "F-1", ALWAYS, Share.parse("25-50")),
    Tie("T-4", "practitioner", "P-1", "F-2", ALWAYS),
    Tie("T-5", "practitioner", "P-2", "F-2", ALWAYS),
    Tie("T-6", "a kind of its own", "P-2", "F-1", ALWAYS),
    RECORD,
    Finding("R-1", "P-1", "directly_responsible", "号1", DAY),
    Finding("R-9", "P-3", "directly_responsible"),
    Event("R-1", "objection_lodged", DAY + 5, "P-1"),
    Event("R-8", "repaired", DAY + 6),
    Listing("F-1", "us-ofac", ALWAYS),
]


def history(ledger: Ledger) -> None:
    """Facts, corrections and retractions in several appends."""
    ledger.append(FACTS, recorded_at=WHEN)
    with ledger.read() as reader:
        ids = {stored.fact: stored.id for kind in (Tie, Listing, Event) for stored in reader.scan(kind)}
    ledger.append([replace(FIRM, name="A new name"), replace(RECORD, authority="另一局")], recorded_at=WHEN + timedelta(days=1))
    gone = [ids[fact] for fact in FACTS if fact.key in {"tie:T-4", "tie:T-5", "tie:T-2"} or isinstance(fact, Listing)]
    ledger.append([FACTS[6]], retract=gone, recorded_at=WHEN + timedelta(days=2))
    ledger.append([FACTS[4]], recorded_at=WHEN + timedelta(days=3))
    ledger.begin_load("a load that was cut off")


@contextmanager
def imported(folder: Path, home: Path, arguments: tuple[str, ...]) -> Iterator[tuple[str, Driver]]:
    """A server whose database the files were imported into."""
    lib = libraries()
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "neo4j.conf").write_text("", "utf-8")
    command = ["java", "-Xmx512m", "-cp", f"{lib}/*", "org.neo4j.cli.AdminTool", "database", "import", "full", "neo4j"]
    environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    told = subprocess.run([*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    server = start(lib, home)
    try:
        with GraphDatabase.driver(server.uri, auth=(server.user, server.password)) as driver:
            yield server.uri, driver
    finally:
        stop(server)


def graph(driver: Driver) -> tuple[Counter[Any], Counter[Any]]:
    """Every node and relationship by what it says, without what differs from ledger to ledger."""
    own = {"GsLedger": {"uuid", "writer", "identity_key"}, "GsAppend": {"token"}}

    def told(properties: dict[str, Any], labels: list[str]) -> Any:
        hidden = set().union(*(own.get(label, set()) for label in labels))
        kept = {name: value for name, value in properties.items() if name not in hidden}
        return tuple(sorted((name, str(type(value)), str(value)) for name, value in kept.items()))

    with driver.session() as session:
        ours = "MATCH (n) WHERE any(one IN labels(n) WHERE one STARTS WITH 'Gs')"
        rows = list(session.run(f"{ours} RETURN elementId(n) AS n, labels(n) AS labels, properties(n) AS told"))
        nodes = {row["n"]: (tuple(sorted(row["labels"])), told(row["told"], row["labels"])) for row in rows}
        ties = session.run(
            f"{ours} MATCH (n)-[r]->(m) RETURN elementId(n) AS n, elementId(m) AS m, type(r) AS type, properties(r) AS told"
        )
        return Counter(nodes.values()), Counter(
            (nodes[row["n"]], row["type"], told(row["told"], []), nodes[row["m"]]) for row in ties
        )


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteLedger]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    ledger = SqliteLedger.open(tmp_path / "ledger.db")
    history(ledger)
    yield ledger
    ledger.close()


@GROUP
def test_an_imported_ledger_is_the_one_that_appending_makes(neo4j: Neo4j, written: SqliteLedger, tmp_path: Path) -> None:
    try:
        libraries()
    except Missing as reason:
        pytest.skip(f"Neo4j's importer: {reason}")
    done = write_import(written, tmp_path / "files")
    with (
        closing(Neo4jLedger.open(neo4j.uri)) as appended,
        imported(tmp_path / "files", tmp_path / "home", done.arguments) as (uri, driver),
        pytest.MonkeyPatch.context() as patch,
    ):
        history(appended)
        wanted_nodes, wanted_ties = graph(neo4j.driver)
        nodes, ties = graph(driver)
        assert ties == wanted_ties
        # The ledger says of itself that it was imported, until it is opened.
        assert [labels for labels, _ in nodes - wanted_nodes] == [("GsLedger",)]
        patch.setenv("NEO4J_PASSWORD", (tmp_path / "home" / "password").read_text())
        with closing(Neo4jLedger.open(uri, create=False)) as there:
            assert graph(driver) == (wanted_nodes, wanted_ties)
            # And goes on from its position, with the schema made.
            assert there.last() == appended.last() == written.last()
            assert there.unfinished_loads() == ["a load that was cut off"]
            assert list(there.since(0)) == list(written.since(0))
            made = {f"gs_{name.removeprefix('schema/')}" for name in names("schema")}
            assert made <= set(there.store.rows("read/schema")[0]["names"])
            more = Tie("T-7", "director", "P-9", "F-1", ALWAYS)
            receipts = [one.append([more, FACTS[0]], recorded_at=WHEN + timedelta(days=9)) for one in (there, written)]
            assert receipts[0] == receipts[1]


def test_every_fact_is_in_the_files_once(written: SqliteLedger, tmp_path: Path) -> None:
    done = write_import(written, tmp_path / "files")
    added = [change for change in written.since(0) if change.added]
    with written.read() as reader:
        live = sum(1 for kind in (Subject, Tie, Record, Finding, Event, Listing) for _ in reader.scan(kind))
    assert (done.facts, done.live) == (len(added), live)
    of_facts = ("descriptions", "ties", "against", "names", "events", "listed")
    assert sum(done.rows[name] for name in of_facts) == len(added)
    assert sorted(path.stem for path in (tmp_path / "files").glob("*.csv")) == sorted(FILES)


def test_a_key_is_asked_for_later_only_where_something_was_hashed_under_it(tmp_path: Path) -> None:
    for name, person in (("plain", replace(PERSON, id_type="", id_hash="")), ("hashed", PERSON)):
        ledger = MemoryLedger(b"a key of sixteen bytes and more")
        ledger.append([person])
        done = write_import(ledger, tmp_path / name)
        told = (tmp_path / name / "ledger.csv").read_text("utf-8")
        assert done.hashed is (name == "hashed")
        assert (str(ledger.identity_fingerprint()) in told) is done.hashed


def test_the_files_are_for_their_owner_alone(written: SqliteLedger, tmp_path: Path) -> None:
    write_import(written, tmp_path / "files")
    assert (tmp_path / "files").stat().st_mode & 0o077 == 0


def test_a_folder_with_something_in_it_is_left_alone(written: SqliteLedger, tmp_path: Path) -> None:
    kept = tmp_path / "files" / "kept.txt"
    kept.parent.mkdir()
    kept.write_text("mine")
    with pytest.raises(InputError, match="files"):
        write_import(written, tmp_path / "files")
    assert [path.name for path in kept.parent.iterdir()] == ["kept.txt"]


def test_a_text_that_a_list_cannot_hold_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    ledger.append([replace(FIRM, note="a\x1fb")])
    with pytest.raises(InputError):
        write_import(ledger, tmp_path / "files")
    assert list(tmp_path.iterdir()) == []
