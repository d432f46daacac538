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

    ``create`` makes a SQLite ledger where there is none.  Raises `LedgerError`, which never repeats the address: it may
    hold what should not be shown.
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
        raise LedgerError("ledger_url_neo4j")
    raise LedgerError("ledger_url_unknown")
