"""From a store's address to its ledger."""

from __future__ import annotations

from urllib.parse import urlsplit

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.messages import LedgerError

_SQLITE = "sqlite:///"
_NEO4J = ("neo4j", "bolt")


def open_ledger(url: str, *, create: bool) -> Ledger:
    """The ledger at an address: ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``memory:`` (a new one each time).

    ``neo4j://host:7687`` (also ``neo4j+s neo4j+ssc bolt bolt+s bolt+ssc``), with ``/database`` after it or not, is a Neo4j
    server; its credentials are in ``NEO4J_USER`` and ``NEO4J_PASSWORD``.  ``create`` makes a ledger where there is none.  Raises
    `LedgerError`, which never repeats the address: it may hold what should not be shown.
    """
    if url == "memory:":
        return MemoryLedger()
    if url.startswith(_SQLITE):
        path = url[len(_SQLITE) :]
        if not path or path.startswith(":"):
            raise LedgerError("ledger_url_unknown")
        return SqliteLedger.open(path, create=create)
    try:
        parts = urlsplit(url)
    except ValueError:
        raise LedgerError("ledger_url_unknown") from None
    if "@" in parts.netloc:
        raise LedgerError("ledger_url_credentials")
    if parts.scheme.split("+")[0] in _NEO4J:
        from graph_service.ledger.neo4j import Neo4jLedger  # its driver is loaded only by those who use it

        return Neo4jLedger.open(url, create=create)
    raise LedgerError("ledger_url_unknown")
