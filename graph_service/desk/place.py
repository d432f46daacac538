"""Where the desk of a store lies: beside it."""

from __future__ import annotations

from pathlib import Path

_SQLITE = "sqlite:///"
NAME = "graph-service.desk.db"


def desk_of(store: str) -> Path:
    """The desk's path for a store's address: beside a SQLite ledger, otherwise in the working folder.

    >>> desk_of("sqlite:///demo/graph-service.db").as_posix()
    'demo/graph-service.desk.db'
    >>> desk_of("neo4j://127.0.0.1:7687").as_posix()
    'graph-service.desk.db'
    """
    if store.startswith(_SQLITE):
        ledger = Path(store[len(_SQLITE) :])
        return ledger.with_name(f"{ledger.stem}.desk.db")
    return Path(NAME)
