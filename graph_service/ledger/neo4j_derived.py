"""Verdicts beside the facts: the consequences of a run as nodes of the Neo4j ledger, marked derived, for people who look at it.

* A run is written under a number of its own, the *generation*, in batches; when all of it is there it becomes current, in one
  transaction, and the one before is removed in batches.  So whoever asks for the current run sees a whole one.
* A run that was cut off is never current: the next one gives it up and removes it.  Where two write at once the later wins, and
  the earlier is told.
* Nothing here is a fact: labels are `GsConsequence` and `GsRun`, relationships `ON`, `ARISES_FROM` and `VIA`, which no reader of
  the ledger asks for (`docs/neo4j-looking.md` says how to ask for them).

Invariants (must never happen): a fact is changed; two runs are current; a run is current and not whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from neo4j import ManagedTransaction

from graph_service.ledger.neo4j_store import Neo4jStore, text
from graph_service.messages import LedgerError

Row = dict[str, Any]
"""A consequence: ``subject``, ``record`` or ``listed``, ``via`` (what it is on, arises from, comes through), ``properties``."""
ROWS = 5_000
"""How many consequences one transaction writes or removes: some 20 MB in the server."""


class _GivenUp(Exception):
    """Leaves a transaction whose run is not being written any more."""


def write_back(store: Neo4jStore, run: Mapping[str, Any], batches: Iterable[Sequence[Row]]) -> int:
    """Put a run in the place of the current one; its generation.

    ``run`` are the properties of its node.  Costs some 200 microseconds a consequence, as much again to remove the last run.
    Raises `LedgerError`; then the run that was current still is, unless only the removal of the last one failed, which the next
    run makes good.
    """
    make_schema(store)
    generation: int = store.write("derive/begin", {"run": dict(run)})[0]["generation"]
    _remove_left(store)
    try:
        with store.session(writes=True) as session:
            for rows in batches:
                session.execute_write(_write, generation, rows)
            session.execute_write(_publish, generation)
    except _GivenUp:
        raise LedgerError("write_back_given_up") from None
    _remove_left(store)
    return generation


def make_schema(store: Neo4jStore) -> None:
    """Make the index and constraints of derived nodes where they are missing."""
    for name in ("derive/index_derived", "derive/index_run", "derive/index_consequence"):
        with store.session(writes=True) as session:
            session.run(text(name)).consume()


def _write(tx: ManagedTransaction, generation: int, rows: Sequence[Row]) -> None:
    written = tx.run(text("derive/consequences"), generation=generation, rows=rows).single(strict=True)["written"]
    if written != len(rows):
        raise _GivenUp


def _publish(tx: ManagedTransaction, generation: int) -> None:
    if not list(tx.run(text("derive/publish"), generation=generation)):
        raise _GivenUp


def _remove_left(store: Neo4jStore) -> None:
    """Remove the runs that were replaced or given up."""
    for generation in store.rows("derive/left")[0]["generations"]:
        while store.write("derive/drop_consequences", {"generation": generation, "limit": ROWS})[0]["removed"] == ROWS:
            pass
        store.write("derive/drop_run", {"generation": generation})
