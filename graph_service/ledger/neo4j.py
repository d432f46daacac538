"""The team's ledger: facts as nodes and relationships of a Neo4j database, for many people and machines at once.

How facts lie there, and what belongs to whom, says `docs/neo4j.md`.  Rules:

* One append at a time: it first takes the lock on the ledger's node, and whoever else appends waits.  So positions have no holes.
* An append is one transaction, noted under a token of its own.  Where the acknowledgement of its commit was lost, the next
  try finds the token and does nothing.
* A position is **published** in a second transaction.  Neo4j lets others see a commit while it is being applied; only once it
  is over does the position that readers take move on.  A process that dies in between leaves an append that is whole: the
  next one to append, or to open the ledger, publishes it.
* Transient errors (deadlocks with people who edit in Browser, a leader that moves) are tried again for half a minute.

Invariants (must never happen): half an append is seen; an append is done twice; a fact is changed but for its ``retracted``;
a node or relationship of others is read as a fact, or changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from neo4j import ManagedTransaction, Session, unit_of_work
from neo4j.exceptions import IncompleteCommit

from graph_service.ledger.changes import micros, moment_text, plan, recording_time
from graph_service.ledger.keys import fingerprint, key_from_environment, make_key_file, read_key_file
from graph_service.ledger.neo4j_codec import decode
from graph_service.ledger.neo4j_reader import Neo4jReader
from graph_service.ledger.neo4j_store import FORMAT, Neo4jStore, text
from graph_service.ledger.neo4j_write import LiveFacts, write_plan
from graph_service.ledger.protocol import Change, Position, Reader, Receipt
from graph_service.messages import LedgerError
from graph_service.model.facts import Fact, content
from graph_service.model.identifiers import keyed_hash

T = TypeVar("T")

PAGE = 4096
APPEND_SECONDS = 1800.0
"""After so long the server gives up an append: a machine that vanished in the middle of one does not hold the lock for ever."""
_TRIES = 5


class _Unchanged(Exception):
    """Leaves a transaction that has nothing to write."""

    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt


class Neo4jLedger:
    """A `graph_service.ledger.protocol.Ledger` in a Neo4j database.  Made by `Neo4jLedger.open`.  Safe for several threads."""

    def __init__(self, store: Neo4jStore, uuid: str) -> None:
        self._store = store
        self._uuid = uuid
        self._key: bytes | None = None
        self._seen = Position(0, "")  # published once is published for ever

    @classmethod
    def open(cls, url: str, *, create: bool = True) -> Neo4jLedger:
        """The ledger in the database at an address (``neo4j://host:7687``), made if ``create`` and there is none.

        Credentials come from ``NEO4J_USER`` and ``NEO4J_PASSWORD``.  Costs a second where the ledger is made, a few round trips
        else.  Raises `LedgerError`; then nothing was changed, but that parts of the schema may be there.
        """
        store = Neo4jStore.connect(url)
        try:
            found = store.rows("read/ledger")
            if not found:
                if not create:
                    raise LedgerError("neo4j_no_ledger")
                store.make_schema()
                store.write("write/ledger", {"format": FORMAT})
                found = store.rows("read/ledger")
            ledger = found[0]
            if ledger["format"] > FORMAT:
                raise LedgerError("neo4j_newer", found=ledger["format"], known=FORMAT)
            if ledger["format"] < FORMAT:  # imported: the importer makes no constraints and indexes
                store.make_schema()
                store.write("write/format", {"format": FORMAT})
            if ledger["position"] < ledger["appended"]:
                with suppress(LedgerError):  # whoever may only read leaves it to others
                    store.write("write/publish", {"token": uuid4().hex})
            return cls(store, ledger["uuid"])
        except BaseException:
            store.close()
            raise

    @property
    def store(self) -> Neo4jStore:
        """The database, for what goes beyond the protocol (verdicts written back, analysts' queries)."""
        return self._store

    def append(self, facts: Sequence[Fact], retract: Sequence[str] = (), recorded_at: datetime | None = None) -> Receipt:
        """See `Ledger.append`.  Costs some 80 microseconds a fact in batches of thousands, some milliseconds for each call.

        All of an append is one transaction in the server's memory: some 3 kB a fact.
        """
        token, tries = uuid4().hex, list[Receipt]()

        @unit_of_work(timeout=APPEND_SECONDS)
        def work(tx: ManagedTransaction) -> Receipt:
            return _append(tx, facts, retract, recorded_at, token, tries)

        try:
            with self._store.session(writes=True) as session:
                receipt = _committed(session, work)
                _committed(session, lambda tx: tx.run(text("write/publish"), token=token).consume())
        except _Unchanged as unchanged:
            return unchanged.receipt
        except UnicodeEncodeError:
            raise LedgerError("ledger_bad_text", kind=_unstorable(facts)) from None
        return receipt

    def last(self) -> Position:
        """See `Ledger.last`.  Costs a round trip."""
        with self._store.session() as session:
            self._seen = _position(session.run(text("read/last")).single(strict=True))
        return self._seen

    def position_at(self, moment: datetime) -> Position:
        """See `Ledger.position_at`."""
        asked = micros(moment)
        found = self._store.rows("read/position_at", {"moment": asked, "last": self.last().number})
        return Position(found[0]["last"], moment_text(found[0]["recorded"])) if found else Position(0, "")

    @contextmanager
    def read(self, at: Position | None = None) -> Iterator[Reader]:
        """See `Ledger.read`.  Costs a round trip, and none for the position that `last` gave."""
        seen = self._seen
        if at is None or not 0 <= at.number <= seen.number:
            seen = self.last()
        position = seen if at is None or at.number == seen.number else self._earlier(at.number, seen.number)
        with self._store.session() as session:
            yield Neo4jReader(session, position)

    def _earlier(self, number: int, last: int) -> Position:
        if not 0 <= number <= last:
            raise LedgerError("ledger_no_position", number=number, last=last)
        if number == 0:
            return Position(0, "")
        (found,) = self._store.rows("read/recorded", {"number": number})
        return Position(number, moment_text(found["recorded"]))

    def since(self, position: int, limit: int | None = None) -> Iterator[Change]:
        """See `Ledger.since`.  Changes come a page at a time and nothing is held open between pages."""
        after, end = max(position, 0), self.last().number
        if limit is not None:
            end = min(end, after + max(limit, 0))
        while after < end:
            to = min(after + PAGE, end)
            yield from self._changes(after, to)
            after = to

    def _changes(self, after: int, to: int) -> list[Change]:
        page = {"after": after, "to": to}
        added = [_decoded(row) for row in self._store.rows("read/added", page)]
        changes = [Change(one.position, one.recorded_at, True, one.id, one.fact) for one in added]
        gone = self._store.rows("read/retractions", page)
        if gone:
            places = {row["type"]: row["positions"] for row in gone}
            facts = {one.position: one for one in map(_decoded, self._store.rows("read/at_positions", {"at": places}))}
            appends = [(row["last"], moment_text(row["recorded"])) for row in self._store.rows("read/appends", page)]
            pairs = sorted(pair for row in gone for pair in zip(row["retracted"], row["positions"], strict=True))
            times = iter(appends)
            last, time = next(times)
            for retracted, of in pairs:
                while last < retracted:
                    last, time = next(times)
                changes.append(Change(retracted, time, False, facts[of].id, facts[of].fact))
        changes.sort(key=lambda change: change.position)
        return changes

    def begin_load(self, name: str) -> None:
        """See `Ledger.begin_load`.  The note is durable before the first fact of the load."""
        self._store.write("write/begin_load", {"name": name})

    def end_load(self, name: str) -> None:
        """See `Ledger.end_load`."""
        self._store.write("write/end_load", {"name": name})

    def unfinished_loads(self) -> list[str]:
        """See `Ledger.unfinished_loads`."""
        return sorted(self._store.rows("read/loads")[0]["names"])

    def identity_hash(self, id_type: str, number: str) -> str:
        """See `Ledger.identity_hash`.  The first call finds the key, or makes one.  Raises `LedgerError`.

        The key is the environment's, or lies in a file of this machine (`key_path`): everybody who loads identity numbers into
        one ledger needs the same, and the ledger keeps its fingerprint.
        """
        if self._key is None:
            self._key = self._find_key()
        return keyed_hash(self._key, id_type, number)

    def identity_fingerprint(self) -> str | None:
        """See `Ledger.identity_fingerprint`."""
        known: str | None = self._store.rows("read/ledger")[0]["identity_key"]
        return known

    def _find_key(self) -> bytes:
        path = key_path(self._uuid)
        known = self._store.rows("read/ledger")[0]["identity_key"]
        key, source = key_from_environment(), "GRAPH_SERVICE_IDENTITY_KEY"
        if key is None:
            key, source = read_key_file(path), path.name
        if key is None:
            if known is not None:
                raise LedgerError("identity_key_missing", path=path)
            with suppress(OSError):
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = make_key_file(path)
        if known is None:
            known = self._store.write("write/identity_key", {"fingerprint": fingerprint(key)})[0]["identity_key"]
        if known != fingerprint(key):
            raise LedgerError("identity_key_differs", path="neo4j", source=source)
        return key

    def close(self) -> None:
        """Release the connections."""
        self._store.close()


def key_path(uuid: str) -> Path:
    """Where this machine keeps the identity key of a ledger, if the environment gives none."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base, "graph-service", f"neo4j-{uuid}.key")


def _append(
    tx: ManagedTransaction,
    facts: Sequence[Fact],
    retract: Sequence[str],
    recorded_at: datetime | None,
    token: str,
    tries: list[Receipt],
) -> Receipt:
    """Do one append inside a transaction; ``tries`` are the receipts of earlier tries, which may have been committed."""
    row = tx.run(text("write/lock"), token=token).single()
    if row is None:
        raise LedgerError("neo4j_no_ledger")
    if row["done"] is not None:
        return next(receipt for receipt in tries if receipt.position == row["done"])
    start = row["appended"]
    live = LiveFacts()
    if start:
        live.look_up(tx, facts, retract)
    made = plan(facts, (live.of_ids[one] for one in dict.fromkeys(retract) if one in live.of_ids), live.of_keys, start)
    receipt = Receipt(made.outcomes, made.end)
    if made.end == start:
        if row["position"] < start:  # of a writer that died: what this answer rests on must be there to be read
            tx.run(text("write/publish"), token=token).consume()
            return receipt
        raise _Unchanged(receipt)
    recorded = recording_time(recorded_at, row["recorded"])
    write_plan(tx, made, live, recorded, start)
    tx.run(text("write/append"), token=token, first=start + 1, last=made.end, recorded=recorded).consume()
    tries.append(receipt)
    return receipt


def _committed(session: Session, work: Callable[[ManagedTransaction], T]) -> T:
    """What a transaction gives that may be tried again after a commit of which nobody knows: ``work`` must see to that."""
    for _ in range(_TRIES - 1):
        with suppress(IncompleteCommit):
            return session.execute_write(work)
    return session.execute_write(work)


def _position(row: Any) -> Position:
    return Position(row["position"], "" if row["recorded"] is None else moment_text(row["recorded"]))


def _decoded(row: Any) -> Any:
    return decode(row["type"], row["fact"], row["a"], row["b"])


def _unstorable(facts: Sequence[Fact]) -> str:
    """The kind of the first fact with text that cannot be encoded."""
    for fact in facts:
        try:
            "".join(content(fact)).encode()
        except UnicodeEncodeError:
            return content(fact)[0]
    return "fact"
