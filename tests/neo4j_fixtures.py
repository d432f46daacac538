"""A real Neo4j server for the whole test run, and what tests do with it.

With ``NEO4J_URI`` (and ``NEO4J_USER``, ``NEO4J_PASSWORD``) that server is used, and of it only what the tests made is removed;
a ledger that is already there is not touched.  Else one is started (`scripts.neo4j_server`), or the tests skip where Java or
Maven is missing.

Community has one database, so ledgers follow each other in it: all tests that use it are one group, for one process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from neo4j import Driver, GraphDatabase

from graph_service.ledger.cypher import names
from scripts.neo4j_server import Missing, libraries, server

GROUP = pytest.mark.xdist_group("neo4j")
"""Every test that uses the server bears it."""

_EMPTY = """
MATCH (n)
WHERE any(label IN labels(n) WHERE label STARTS WITH 'Gs' OR label STARTS WITH 'Test')
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS
"""


class Neo4j:
    """The server of this run: its address, and a driver beside the ledger's."""

    def __init__(self, uri: str, driver: Driver) -> None:
        self.uri = uri
        self.driver = driver

    def empty(self) -> None:
        """Remove every node of a ledger.  The schema stays: it takes a second to make."""
        with self.driver.session() as session:
            session.run(_EMPTY).consume()

    def drop_schema(self) -> None:
        """Remove our constraints and indexes."""
        with self.driver.session() as session:
            constraints = [row["name"] for row in session.run("SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'gs_'")]
            for name in constraints:
                session.run(f"DROP CONSTRAINT {name} IF EXISTS").consume()
            for name in names("schema"):
                session.run(f"DROP INDEX gs_{name.removeprefix('schema/')} IF EXISTS").consume()


@cache
def missing() -> str:
    """Why there can be no server, or none that the tests may use; empty where there can."""
    given = os.environ.get("NEO4J_URI")
    try:
        if not given:
            libraries()
        else:
            with _driver(given) as driver:
                if driver.execute_query("MATCH (n:GsLedger) RETURN count(n) AS n").records[0]["n"]:
                    return "the database at NEO4J_URI holds a ledger, which the tests do not touch"
    except Missing as reason:
        return str(reason)
    return ""


def _driver(uri: str) -> Driver:
    return GraphDatabase.driver(uri, auth=(os.environ.get("NEO4J_USER", "neo4j"), os.environ.get("NEO4J_PASSWORD", "")))


@contextmanager
def running() -> Iterator[Neo4j]:
    """The server, with its credentials in the environment."""
    given = os.environ.get("NEO4J_URI")
    if given:
        with _driver(given) as driver:
            made = Neo4j(given, driver)
            yield made
            made.empty()
            made.drop_schema()
        return
    with server() as own, pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEO4J_USER", own.user)
        patch.setenv("NEO4J_PASSWORD", own.password)
        with _driver(own.uri) as driver:
            yield Neo4j(own.uri, driver)
