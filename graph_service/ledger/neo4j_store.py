"""A Neo4j database as the store of a ledger: reaching it, making the schema, and telling what is wrong in one clear line.

* The address names server and, as its path, the database; credentials come from the environment only.  Neither is in a message.
* Whatever has no label that begins with ``Gs`` is somebody else's (`docs/neo4j.md`); the schema is made beside it, once.
* Statements come by name (`graph_service.ledger.cypher`); values are parameters.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from neo4j import Driver, GraphDatabase, Query, Session
from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
    UnsupportedServerProduct,
)

from graph_service.ledger.cypher import names, statement
from graph_service.messages import LedgerError

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
OLDEST = (5, 26)
"""The oldest server whose Cypher our statements are written in."""
FORMAT = 1
"""The format of the ledger that this version writes; it reads this and older ones."""
CONNECT_SECONDS = 10.0
RETRY_SECONDS = 30.0
"""How long a step that failed for a passing reason is tried again."""

# The driver warns of every retry, with addresses; whoever wants to see that sets up logging.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_CODES = {
    "Neo.ClientError.Database.DatabaseNotFound": "neo4j_no_database",
    "Neo.ClientError.Security.AuthenticationRateLimit": "neo4j_login_limit",
    "Neo.ClientError.Security.CredentialsExpired": "neo4j_password_expired",
    "Neo.ClientError.Security.Unauthorized": "neo4j_login",
    "Neo.ClientError.Security.Forbidden": "neo4j_read_only",
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": "neo4j_read_only",
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": "neo4j_read_only",
    "Neo.ClientError.General.AccessMode": "neo4j_read_only",
    "Neo.ClientError.Statement.AccessMode": "neo4j_read_only",
    "Neo.ClientError.Cluster.NotALeader": "neo4j_read_only",
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError": "neo4j_memory",
    "Neo.TransientError.General.OutOfMemoryError": "neo4j_memory",
}
_DATABASE = re.compile(r"^[A-Za-z][A-Za-z0-9.-]{2,62}$")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a store is: what the driver connects to, and the database (None: the server's default)."""

    uri: str
    database: str | None


def parse_address(url: str) -> Address:
    """The address of ``neo4j://host:7687`` or ``neo4j://host:7687/database``.  Raises `LedgerError`, which does not repeat it.

    Without a path the environment's ``NEO4J_DATABASE`` names the database, if it is set.

    >>> parse_address("bolt://127.0.0.1:7687/facts")
    Address(uri='bolt://127.0.0.1:7687', database='facts')
    """
    try:
        parts = urlsplit(url)
        known = parts.scheme in SCHEMES and parts.hostname and (parts.port or 1) and not parts.fragment
    except ValueError:
        known = None
    if not known:
        raise LedgerError("ledger_url_unknown")
    if "@" in parts.netloc:
        raise LedgerError("ledger_url_credentials")
    database = parts.path.strip("/") or os.environ.get("NEO4J_DATABASE") or None
    if database is not None and not _DATABASE.match(database):
        raise LedgerError("neo4j_no_database")
    return Address(parts._replace(path="").geturl(), database)


@contextmanager
def telling() -> Iterator[None]:
    """Turn what the driver raises within into a `LedgerError`."""
    try:
        yield
    except (DriverError, Neo4jError) as error:
        raise LedgerError(_code(error), reason=_reason(error)) from error


def _code(error: DriverError | Neo4jError) -> str:
    """The message for an error.  Order counts: the special before the general."""
    code = getattr(error, "code", None) or ""
    if code in _CODES:
        return _CODES[code]
    match error:
        case UnsupportedServerProduct():
            return "neo4j_old_server_unknown"
        case AuthError():
            return "neo4j_login"
        case TransientError():
            return "neo4j_busy"
        case SessionExpired():
            return "neo4j_lost"
        case ServiceUnavailable():
            return "neo4j_no_server"
        case ConfigurationError() | ClientError():
            return "neo4j_failed"
        case _:
            return "neo4j_lost" if "defunct" in str(error) else "neo4j_failed"


def _reason(error: DriverError | Neo4jError) -> str:
    """What the server calls the error.  Its words are left out: they may hold data, addresses or credentials."""
    return getattr(error, "code", None) or type(error).__name__


class Neo4jStore:
    """A connected database.  Safe for several threads; not to be carried through a fork."""

    def __init__(self, driver: Driver, database: str | None) -> None:
        self._driver = driver
        self._database = database
        self._closed = False

    @classmethod
    def connect(cls, url: str) -> Neo4jStore:
        """A connection to the server at an address, tried.  Raises `LedgerError`."""
        address = parse_address(url)
        with telling():
            driver = GraphDatabase.driver(
                address.uri,
                auth=_credentials(),
                connection_timeout=CONNECT_SECONDS,
                max_transaction_retry_time=RETRY_SECONDS,
                notifications_min_severity="OFF",
                user_agent="graph-service",
            )
        store = cls(driver, address.database)
        try:
            with store.session() as session:
                check_version(session.run(text("read/ledger")).consume().server.agent)
            return store
        except BaseException:
            driver.close()
            raise

    @contextmanager
    def session(self, *, writes: bool = False) -> Iterator[Session]:
        """A session that sees all that this store wrote before, wherever in a cluster; errors within become `LedgerError`."""
        if self._closed:
            raise LedgerError("neo4j_closed")
        with (
            telling(),
            self._driver.session(
                database=self._database,
                default_access_mode="WRITE" if writes else "READ",
                bookmark_manager=self._driver.execute_query_bookmark_manager,
                fetch_size=-1,
            ) as session,
        ):
            yield session

    def rows(self, name: str, parameters: dict[str, Any] | None = None) -> list[Any]:
        """The records of a statement that reads."""
        with self.session() as session:
            return read(session, name, parameters)

    def write(self, name: str, parameters: dict[str, Any] | None = None) -> list[Any]:
        """Run one statement that writes, in a transaction of its own; the records that it returns."""
        with self.session(writes=True) as session:
            return session.execute_write(lambda tx: list(tx.run(text(name), parameters)))

    def make_schema(self) -> None:
        """Make the constraints and indexes that are missing.  Costs a second in a fresh database, one look-up else."""
        there = set(self.rows("read/schema")[0]["names"])
        missing = [name for name in names("schema") if f"gs_{name.removeprefix('schema/')}" not in there]
        with self.session(writes=True) as session:
            for name in missing:
                session.run(text(name)).consume()  # the schema takes no managed transaction together with others
            if missing:
                session.run(text("read/await_indexes")).consume()

    def close(self) -> None:
        """Release the connections."""
        self._closed = True
        self._driver.close()


def text(name: str) -> Any:
    """A statement as the driver takes it.  (Its type tells literals from made strings; ours are files.)"""
    return statement(name)


def read(session: Session, name: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    """The records of a statement that reads, in one round trip; a second time where the connection was lost meanwhile."""
    query = Query(text(name))
    try:
        return list(session.run(query, parameters))
    except (TransientError, SessionExpired, ServiceUnavailable):
        return session.execute_read(lambda tx: list(tx.run(text(name), parameters)))


def _credentials() -> tuple[str, str] | None:
    user, password = os.environ.get("NEO4J_USER"), os.environ.get("NEO4J_PASSWORD")
    if password:
        return user or "neo4j", password
    if user:
        raise LedgerError("neo4j_no_password")
    return None


def check_version(agent: str) -> None:
    """Raise `LedgerError` unless a server calls itself a Neo4j that our statements can be said to.

    >>> check_version("Neo4j/5.26.30")
    >>> check_version("Neo4j/2025.06.0")
    >>> check_version("Neo4j/4.4.40")
    Traceback (most recent call last):
    ...
    graph_service.messages.LedgerError: the server is Neo4j 4.4; the ledger needs 5.26 or later
    """
    found = re.match(r"Neo4j/(\d+)\.(\d+)", agent)
    if found is None:
        raise LedgerError("neo4j_old_server_unknown")
    if (int(found[1]), int(found[2])) < OLDEST:
        raise LedgerError("neo4j_old_server", found=f"{found[1]}.{found[2]}", oldest=".".join(map(str, OLDEST)))
