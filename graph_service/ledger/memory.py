"""A ledger wholly in memory: for registers that are only looked at, for what-if questions, for tests.

It keeps every change, as every ledger does: readers at earlier positions are right.  Nothing outlives the process.
Safe for several threads: appends take turns, and readers see only what was whole when they were opened.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from threading import Lock
from typing import TypeVar, cast

from graph_service.ledger.changes import Held, Plan, held, micros, moment_text, plan, recording_time
from graph_service.ledger.keys import fingerprint, key_from_environment, new_key
from graph_service.ledger.protocol import Change, Position, Reader, Receipt
from graph_service.messages import LedgerError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie
from graph_service.model.identifiers import keyed_hash

F = TypeVar("F", bound=Fact)
Index = dict[str, list[Stored[F]]]


class MemoryLedger:
    """A `graph_service.ledger.protocol.Ledger` in memory.

    ``key`` is the key of identity hashes (default: the environment's, or else a new one for each ledger).
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key
        self._lock = Lock()
        self._store = _Store()
        self._loads: set[str] = set()
        self._live: dict[str, Held] = {}
        self._times: list[int] = []  # of each append, with the position after it
        self._ends: list[int] = []

    @classmethod
    def of(cls, facts: Iterable[Fact], recorded_at: datetime | None = None) -> MemoryLedger:
        """A ledger that took these facts in one append."""
        ledger = cls()
        ledger.append(tuple(facts), recorded_at=recorded_at)
        return ledger

    def append(self, facts: Sequence[Fact], retract: Sequence[str] = (), recorded_at: datetime | None = None) -> Receipt:
        """See `Ledger.append`.  Costs some microseconds a fact."""
        with self._lock:
            start = self._ends[-1] if self._ends else 0
            made = plan(facts, self._resolve(retract), self._live, start)
            if made.end > start:
                time = recording_time(recorded_at, self._times[-1] if self._times else None)
                self._apply(made, moment_text(time))
                self._times.append(time)
                self._ends.append(made.end)  # last: it makes the append visible
            return Receipt(made.outcomes, made.end)

    def _resolve(self, retract: Sequence[str]) -> Iterator[Held]:
        for identity in dict.fromkeys(retract):
            for stored in self._store.by_id.get(identity, ())[-1:]:
                current = self._live.get(stored.fact.key)
                if current is not None and current.fact_id == identity:
                    yield current

    def _apply(self, made: Plan, recorded_at: str) -> None:
        store = self._store
        steps: list[tuple[int, bool, Stored[Fact]]] = []
        for addition in made.additions:
            stored = Stored(addition.fact, addition.fact_id, addition.position, recorded_at)
            store.add(stored)
            steps.append((addition.position, True, stored))
        added = {position: stored for position, _, stored in steps}
        for retraction in made.retractions:
            old = added.get(retraction.of) or store.added[retraction.of]
            store.retracted[retraction.of] = retraction.position
            steps.append((retraction.position, False, old))
        for position, is_addition, stored in sorted(steps, key=lambda step: step[0]):
            store.changes.append(Change(position, recorded_at, is_addition, stored.id, stored.fact))
            if is_addition:
                self._live[stored.fact.key] = held(stored.fact, stored.id, position)
            else:
                del self._live[stored.fact.key]

    def last(self) -> Position:
        """See `Ledger.last`."""
        return self._position(self._ends[-1] if self._ends else 0)

    def position_at(self, moment: datetime) -> Position:
        """See `Ledger.position_at`."""
        appends = bisect_right(self._times, micros(moment), hi=len(self._ends))
        return self._position(self._ends[appends - 1] if appends else 0)

    def _position(self, number: int) -> Position:
        return Position(number, self._store.changes[number - 1].recorded_at if number else "")

    @contextmanager
    def read(self, at: Position | None = None) -> Iterator[Reader]:
        """See `Ledger.read`.  Costs nothing."""
        last = self.last()
        if at is not None and not 0 <= at.number <= last.number:
            raise LedgerError("ledger_no_position", number=at.number, last=last.number)
        yield _MemoryReader(self._store, last if at is None else self._position(at.number))

    def since(self, position: int, limit: int | None = None) -> Iterator[Change]:
        """See `Ledger.since`."""
        start, end = max(position, 0), self.last().number
        if limit is not None:
            end = min(end, start + max(limit, 0))
        for number in range(start, end):
            yield self._store.changes[number]

    def begin_load(self, name: str) -> None:
        """See `Ledger.begin_load`."""
        self._loads.add(name)

    def end_load(self, name: str) -> None:
        """See `Ledger.end_load`."""
        self._loads.discard(name)

    def unfinished_loads(self) -> list[str]:
        """See `Ledger.unfinished_loads`."""
        return sorted(self._loads)

    def identity_hash(self, id_type: str, number: str) -> str:
        """See `Ledger.identity_hash`."""
        if self._key is None:
            self._key = key_from_environment() or new_key()
        return keyed_hash(self._key, id_type, number)

    def identity_fingerprint(self) -> str | None:
        """See `Ledger.identity_fingerprint`."""
        return None if self._key is None else fingerprint(self._key)

    def close(self) -> None:
        """Nothing to release: the facts go with the object."""


class _Store:
    """All facts ever added, by what readers look for.  Only grows."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.added: dict[int, Stored[Fact]] = {}
        self.retracted: dict[int, int] = {}
        self.by_kind: dict[type[Fact], list[Stored[Fact]]] = defaultdict(list)
        self.by_id: Index[Fact] = defaultdict(list)
        self.subjects: Index[Subject] = defaultdict(list)
        self.ties: Index[Tie] = defaultdict(list)
        self.ties_into: Index[Tie] = defaultdict(list)
        self.ties_of: Index[Tie] = defaultdict(list)
        self.records: Index[Record] = defaultdict(list)
        self.records_of: Index[Record] = defaultdict(list)
        self.findings_of: Index[Finding] = defaultdict(list)
        self.findings_naming: Index[Finding] = defaultdict(list)
        self.events_of: Index[Event] = defaultdict(list)
        self.listings_of: Index[Listing] = defaultdict(list)

    def add(self, stored: Stored[Fact]) -> None:
        fact = stored.fact
        self.added[stored.position] = stored
        self.by_kind[type(fact)].append(stored)
        self.by_id[stored.id].append(stored)
        match fact:
            case Tie():
                tie = cast("Stored[Tie]", stored)
                self.ties[fact.id].append(tie)
                self.ties_into[fact.enterprise].append(tie)
                self.ties_of[fact.holder].append(tie)
            case Subject():
                self.subjects[fact.id].append(cast("Stored[Subject]", stored))
            case Record():
                record = cast("Stored[Record]", stored)
                self.records[fact.id].append(record)
                self.records_of[fact.subject].append(record)
            case Finding():
                finding = cast("Stored[Finding]", stored)
                self.findings_of[fact.record].append(finding)
                self.findings_naming[fact.person].append(finding)
            case Event():
                self.events_of[fact.record].append(cast("Stored[Event]", stored))
            case Listing():
                self.listings_of[fact.subject].append(cast("Stored[Listing]", stored))


class _MemoryReader:
    """The facts live at one position.  Look-ups cost what they find (and what was once there)."""

    def __init__(self, store: _Store, position: Position) -> None:
        self._store = store
        self._at = position

    @property
    def position(self) -> Position:
        return self._at

    def _live(self, stored: Iterable[Stored[F]]) -> Iterator[Stored[F]]:
        number, retracted = self._at.number, self._store.retracted
        for one in stored:
            if one.position <= number and retracted.get(one.position, number + 1) > number:
                yield one

    def _find(self, index: Index[F], keys: Iterable[str]) -> list[Stored[F]]:
        return [one for key in dict.fromkeys(keys) for one in self._live(index.get(key, ()))]

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        return self._find(self._store.subjects, ids)

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        found = self._find(self._store.ties_into, enterprises)
        return found if kinds is None else _of_kinds(found, frozenset(kinds))

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        wanted = None if kinds is None else frozenset(kinds)
        result: list[Stored[Tie]] = []
        for holder in dict.fromkeys(holders):
            found = list(self._live(self._store.ties_of.get(holder, ())))
            if wanted is not None:
                found = _of_kinds(found, wanted)
            if limit is not None and len(found) > limit:
                found = sorted(found, key=lambda stored: stored.fact.id)[: max(limit, 0)]
            result += found
        return result

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        return self._find(self._store.ties, ids)

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        return self._find(self._store.records, ids)

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        return self._find(self._store.records_of, subjects)

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        return self._find(self._store.findings_of, records)

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        return self._find(self._store.findings_naming, persons)

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        return self._find(self._store.events_of, records)

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        return self._find(self._store.listings_of, subjects)

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        return self._find(self._store.by_id, ids)

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        return self._live(self._store.by_kind.get(kind, ()))


def _of_kinds(ties: list[Stored[Tie]], kinds: frozenset[str]) -> list[Stored[Tie]]:
    return [stored for stored in ties if stored.fact.kind in kinds]
