"""The `Ledger` protocol: what every store of facts promises.

* **Append is atomic**: all changes of one `Ledger.append` are there, or none, whatever happens to the process or the machine;
  when it returns, they are durable.
* **Append is idempotent**: a fact that is live already is UNCHANGED; a fact whose `key` is live with other content is
  CORRECTED (the old is retracted, the new added, in one step); nothing is ever overwritten or deleted.
* **Everything has a position**: each single change (an addition or a retraction) takes the next integer, from 1, without
  holes, and the time at which it was recorded.  Recorded times never go down with positions.
* **Reading is consistent**: a `Reader` sees exactly the facts that were live at one position, however many writers go on.
* **Several processes** may read while one writes.

Invariants (must never happen): an acknowledged fact is lost; half a batch is seen; a reader's answer changes while it is open;
a retracted fact is no longer readable at an earlier position; an identity number is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie


class Outcome(Enum):
    """What `Ledger.append` did with one fact."""

    ADDED = "added"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    REFUSED = "refused"
    """The id belongs to a live subject of the other kind (a person's key used for an enterprise): nothing was changed."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an append did: one outcome a fact, in order, and the ledger's position after it."""

    outcomes: tuple[Outcome, ...]
    position: int


@dataclass(frozen=True, slots=True)
class Position:
    """A point in the ledger's history: the number of the last change and when it was recorded (ISO 8601 UTC; empty at 0)."""

    number: int
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the ledger: the fact that was added, or that was retracted, at a position."""

    position: int
    recorded_at: str
    added: bool
    fact_id: str
    fact: Fact


class Reader(Protocol):
    """The facts that were live at one position.  Every look-up takes many keys at once and uses an index.

    Results come in no promised order; whoever shows them sorts them by what they are.
    """

    @property
    def position(self) -> Position:
        """Where this reader stands."""
        ...

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        """The subjects of these ids that are described; an id that only ties mention is left out."""
        ...

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        """Ties whose enterprise is one of these, of these kinds (None: all)."""
        ...

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        """Ties whose holder is one of these, of these kinds (None: all); at most ``limit`` for each holder, by the tie's id."""
        ...

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        """The ties of these ids."""
        ...

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        """The records of these ids."""
        ...

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        """Records on these subjects."""
        ...

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        """Findings of these records."""
        ...

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        """Findings that name these persons."""
        ...

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        """Events of these records."""
        ...

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        """Listings of these subjects."""
        ...

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        """The live facts of these fact ids (what a proof names)."""
        ...

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        """Every live fact of a kind (`Subject`, `Tie`, ...), streamed."""
        ...


class Ledger(Protocol):
    """A store of facts."""

    def append(self, facts: Sequence[Fact], retract: Sequence[str] = (), recorded_at: datetime | None = None) -> Receipt:
        """Add facts and retract the live facts of the given fact ids, all or nothing.

        A fact that stands twice in ``facts`` is UNCHANGED the second time; two facts of one key with other content: the
        later corrects the earlier.  An id in ``retract`` that is not live is passed over.  ``recorded_at`` (aware; default
        now) is lifted to the last recorded time if it lies before it.  Raises `LedgerError`; then nothing was changed.
        """
        ...

    def last(self) -> Position:
        """The position after the last change."""
        ...

    def position_at(self, moment: datetime) -> Position:
        """The last position recorded at or before a moment (aware)."""
        ...

    def read(self, at: Position | None = None) -> AbstractContextManager[Reader]:
        """A reader at a position (default: the last)."""
        ...

    def since(self, position: int, limit: int | None = None) -> Iterator[Change]:
        """The changes after a position, in order."""
        ...

    def begin_load(self, name: str) -> None:
        """Note that a load of this name (what is loaded, from where) goes on, in appends of its own.

        A load is many appends; whoever asks in between, or after it was cut off, must be able to say so (`unfinished_loads`).
        """
        ...

    def end_load(self, name: str) -> None:
        """Note that the load of this name is over and whole."""
        ...

    def unfinished_loads(self) -> list[str]:
        """The names of the loads that go on, or were cut off and not repeated."""
        ...

    def identity_hash(self, id_type: str, number: str) -> str:
        """The keyed hash under which this ledger keeps an identity number."""
        ...

    def identity_fingerprint(self) -> str | None:
        """The fingerprint of the key of identity hashes; None while this ledger has none."""
        ...

    def close(self) -> None:
        """Release the store."""
        ...
