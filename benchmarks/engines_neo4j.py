"""Neo4j as a peer: the same ledger on a server of its own, and what its own Cypher can say.

The province of the store is exported and taken in by Neo4j's offline importer once, into a home beside the store; each question
starts the server on it.  Without Java 17 and Maven there is no server, and the report says so.
"""

from __future__ import annotations

import atexit
import os
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from neo4j import Session

from benchmarks.engines import Absent, Context, Engine, Entry
from benchmarks.engines_appends import APPEND, Batches, in_batches
from benchmarks.engines_stores import TRACES, Store, keys_of, trace_in_store, traces_answer
from benchmarks.workload import drawn
from graph_service.ledger.cypher import statement
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.neo4j_codec import day_number
from graph_service.ledger.neo4j_import import write_import
from graph_service.ledger.open import open_ledger
from scripts.neo4j_server import Missing, libraries, start, stop

HEAP = "4g"
"""An append of 10,000 facts is some 30 MB in the server until it is committed; a small heap copies it again and again."""
HEADS = {
    "types": ["LEGAL_REPRESENTATIVE", "PRINCIPAL"],
    "clocks": ["act", "decision", "current"],
    "findings": [],
}
"""The role set that is asked for in Cypher: the heads of an enterprise, where the text names no clock."""
CHAINS = """
MATCH (a:GsSubject) WHERE EXISTS { (a)-[:SHAREHOLDER|GENERAL_PARTNER|INVESTOR]->() }
MATCH (a) (()-[r:SHAREHOLDER|GENERAL_PARTNER|INVESTOR WHERE r.retracted IS NULL AND r.from_hi <= $day < r.to_lo
  AND 2 * r.share_lo > r.share_of]->()){1,12} (c)
WHERE a <> c
RETURN count(DISTINCT [a.id, c.id]) AS pairs
"""
"""Control by chains of majority holdings: what Cypher can say of a whole register."""


def _home(context: Context) -> Path:
    """The home of a server that holds the store of a context, made where there is none."""
    assert context.store is not None
    home = context.folder / "neo4j"
    if (home / "imported").exists():
        return home
    rmtree(home, ignore_errors=True)
    (home / "conf").mkdir(parents=True)
    (home / "conf" / "neo4j.conf").write_text("", "utf-8")
    ledger = open_ledger(f"sqlite:///{context.store}", create=False)
    with TemporaryDirectory(dir=context.folder) as scratch:
        written = write_import(ledger, Path(scratch) / "files")
        ledger.close()
        command = ["java", "-Xmx2g", "-cp", f"{libraries()}/*", "org.neo4j.cli.AdminTool", "database", "import", "full", "neo4j"]
        environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
        told = subprocess.run(
            [*command, *written.arguments],
            cwd=Path(scratch) / "files",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    if told.returncode:
        raise SystemExit(f"Neo4j's importer failed: {told.stderr[-500:]}")
    (home / "imported").touch()
    return home


def _served(home: Path, kept: ExitStack) -> Neo4jLedger:
    """The ledger of a server that ends with this process."""
    made = start(libraries(), home, heap=HEAP)
    kept.callback(stop, made)
    atexit.register(kept.close)
    os.environ["NEO4J_USER"], os.environ["NEO4J_PASSWORD"] = made.user, made.password
    ledger = Neo4jLedger.open(made.uri)
    kept.callback(ledger.close)
    return ledger


def _prepared(context: Context) -> Store:
    """The server, and the records to trace."""
    kept = ExitStack()
    ledger = _served(_home(context), kept)
    return Store(ledger, context.packs, context.at, tuple(drawn(keys_of(context, "records", "id"), TRACES)), (), kept)


def _opened(context: Context) -> tuple[Neo4jLedger, Session, int, Sequence[str]]:
    """A session for Cypher, the day as it says days, and the records asked for."""
    store = _prepared(context)
    assert isinstance(store.ledger, Neo4jLedger)
    session = store.kept.enter_context(store.ledger.store.session())
    return store.ledger, session, day_number(context.at), store.keys


def _asked(name: str, more: Mapping[str, object], given: tuple[Any, Session, int, Any], key: str) -> list[Any]:
    """The rows of a statement about a record."""
    _, session, day, _ = given
    return list(session.run(statement(name), {"record": key, "day": day, **more}))


def _chains(given: tuple[Any, Session, int, Any]) -> int:
    _, session, day, _ = given
    return int(session.run(CHAINS, day=day).single(strict=True)["pairs"])


def _keys(given: tuple[Any, Any, int, Sequence[str]]) -> Sequence[str]:
    return given[3]


def _empty_neo4j(context: Context) -> Batches:
    """A new server."""
    kept = ExitStack()
    folder = kept.enter_context(TemporaryDirectory(dir=context.folder))
    return Batches(_served(Path(folder) / "home", kept), in_batches(context), kept)


def _engine() -> Engine:
    entries: dict[str, Entry | Absent]
    questions = ("append", "trace", "liable", "related", "control")
    try:
        libraries()
    except Missing as reason:
        entries = {name: Absent(str(reason)) for name in questions}
    else:
        entries = {
            "append": APPEND(_empty_neo4j),
            "trace": Entry(
                _prepared, items=lambda store: store.keys, each=trace_in_store, answer=traces_answer, needs_store=True
            ),
            "liable": Entry(
                _opened,
                items=_keys,
                each=partial(_asked, "trace/liable_persons", HEADS),
                needs_store=True,
                partial="in Cypher: certain verdicts, no terms",
            ),
            "related": Entry(
                _opened,
                items=_keys,
                each=partial(_asked, "trace/related_by_control", {"through_state": False}),
                needs_store=True,
                partial="in Cypher: chains of majority holdings",
            ),
            "control": Entry(
                _opened,
                _chains,
                lambda _, pairs: {"chains": pairs},
                needs_store=True,
                partial="in Cypher: certain, by chains of majority holdings",
            ),
        }
    return Engine("Neo4j", "the same ledger on a server of its own, and its own Cypher", entries)


ENGINE = _engine()
