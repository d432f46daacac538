"""A ledger as one caller sees it: persons who may not be seen are masked before any question is asked.

The engine works on what this ledger gives it and so never meets a masked person's key or name: whatever it makes of the facts
(rows, sentences, ids of consequences, decision ids) holds pseudonyms, and no field can be forgotten.

* whoever is not known to be an enterprise counts as a person;
* a pseudonym can be asked about and finds the facts of its person; the key of a person who may not be seen finds nothing, exactly
  as a key that nobody has;
* names of loads are paths of the machine and are not told.

Invariant: no fact that leaves a reader names a hidden person, in any field.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import TypeVar, cast

from graph_service.access.masking import FACT, TIE, Masks
from graph_service.ledger.protocol import Change, Ledger, Position, Reader, Receipt
from graph_service.messages import LedgerError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.identifiers import is_uscc
from graph_service.model.words import TIE_KINDS

F = TypeVar("F", bound=Fact)
_INTO_ENTERPRISES = tuple(kind for kind in TIE_KINDS if kind not in ("nominee_for", "joint_arrangement"))
"""The ties into what must be an enterprise: who acts jointly, or through a nominee, may be a person on either side."""
_PAGE = 1000


class Veil:
    """How persons appear: ``clear`` are those in clear (None: everybody), ``named`` whether masked names keep a character."""

    def __init__(self, masks: Masks, clear: frozenset[str] | None, *, named: bool = True) -> None:
        self.masks, self.clear, self.named = masks, clear, named
        self.shown: set[str] = set()
        """The persons in clear that were met."""

    def inner(self, key: str) -> str:
        """The key under which the veiled ledger knows whom a caller means: a pseudonym of somebody in clear is their key."""
        real = self.masks.key_of(key)
        return real if real is not None and (self.clear is None or real in self.clear) else key


class VeiledReader:
    """A reader whose facts are masked.  See `Reader`."""

    def __init__(self, reader: Reader, veil: Veil) -> None:
        self._reader, self._veil = reader, veil
        self._person: dict[str, bool] = {"": False}
        self._subjects: dict[str, Stored[Subject] | None] = {}

    @property
    def position(self) -> Position:
        """Where this reader stands."""
        return self._reader.position

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        """See `Reader.subjects`."""
        keys = self._inward(ids)
        self._learn(keys)
        return self._outward([found for key in keys if (found := self._subjects.get(key)) is not None])

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_into`."""
        return self._outward(self._reader.ties_into(self._inward(enterprises), kinds))

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_of`."""
        return self._outward(self._reader.ties_of(self._inward(holders), kinds, limit))

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        """See `Reader.ties`."""
        real = (self._veil.masks.opened(TIE, one) or one for one in ids)
        return self._outward(self._reader.ties(list(real)))

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records`."""
        return self._outward(self._reader.records(ids))

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records_of`."""
        return self._outward(self._reader.records_of(self._inward(subjects)))

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_of`."""
        return self._outward(self._reader.findings_of(records))

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_naming`."""
        return self._outward(self._reader.findings_naming(self._inward(persons)))

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        """See `Reader.events_of`."""
        return self._outward(self._reader.events_of(records))

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        """See `Reader.listings_of`."""
        return self._outward(self._reader.listings_of(self._inward(subjects)))

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        """See `Reader.facts`.  A masked fact is found by its sealed id only."""
        asked = list(dict.fromkeys(ids))
        real = [self._veil.masks.opened(FACT, one) or one for one in asked]
        wanted = frozenset(asked)
        return [stored for stored in self._outward(self._reader.facts(real)) if stored.id in wanted]

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        """See `Reader.scan`."""
        streamed = self._reader.scan(kind)
        while page := list(islice(streamed, _PAGE)):
            yield from self._outward(page)

    def masked(self, facts: Sequence[Fact]) -> list[Fact]:
        """Facts of elsewhere (a change) as this caller sees them."""
        self._learn(key for fact in facts for key in _mentioned(fact))
        return [self._veil.masks.fact(fact, self._hidden, named=self._veil.named) for fact in facts]

    def _outward(self, found: Sequence[Stored[F]]) -> list[Stored[F]]:
        self._learn(key for stored in found for key in _mentioned(stored.fact))
        masks, named = self._veil.masks, self._veil.named
        given: list[Stored[F]] = []
        for stored in found:
            fact = masks.fact(stored.fact, self._hidden, named=named)
            if fact is stored.fact:
                given.append(stored)
            else:
                given.append(Stored(cast("F", fact), masks.seal(FACT, stored.id), stored.position, stored.recorded_at))
        return given

    def _inward(self, keys: Iterable[str]) -> list[str]:
        """The real keys; those of persons who may not be seen are left out unless they are given as pseudonyms."""
        asked = list(dict.fromkeys(keys))
        opened = [(key, self._veil.masks.key_of(key)) for key in asked]
        self._learn(key if real is None else real for key, real in opened)
        given = (key if real is None else real for key, real in opened if real is not None or not self._hidden(key))
        return list(dict.fromkeys(given))

    def _hidden(self, key: str) -> bool:
        if not self._person[key]:
            return False
        clear = self._veil.clear
        if clear is None or key in clear:
            self._veil.shown.add(key)
            return False
        return True

    def _learn(self, keys: Iterable[str]) -> None:
        """Find out which of some keys are persons', all at once."""
        new = list({key: None for key in keys if key not in self._person})
        if not new:
            return
        self._subjects.update(dict.fromkeys(new))
        self._subjects.update((stored.fact.id, stored) for stored in self._reader.subjects(new))
        bare = []
        for key in new:
            described = self._subjects[key]
            self._person[key] = not is_uscc(key) if described is None else described.fact.kind is not SubjectKind.ENTERPRISE
            if described is None and self._person[key]:
                bare.append(key)
        if bare:
            for tie in self._reader.ties_into(bare, _INTO_ENTERPRISES):
                self._person[tie.fact.enterprise] = False


def _mentioned(fact: Fact) -> tuple[str, ...]:
    match fact:
        case Tie():
            return fact.holder, fact.enterprise
        case Subject():
            return (fact.id,)
        case Record() | Listing():
            return (fact.subject,)
        case Finding() | Event():
            return (fact.person,)


class VeiledLedger:
    """A ledger whose readers are veiled.  It takes no facts, and closing it leaves the real one open."""

    def __init__(self, ledger: Ledger, veil: Veil) -> None:
        self._ledger, self._veil = ledger, veil

    def append(self, facts: Sequence[Fact], retract: Sequence[str] = (), recorded_at: datetime | None = None) -> Receipt:
        """Raises `LedgerError`: facts go into the real ledger."""
        raise LedgerError("ledger_veiled")

    def begin_load(self, name: str) -> None:
        """Raises `LedgerError`: loads go into the real ledger."""
        raise LedgerError("ledger_veiled")

    def end_load(self, name: str) -> None:
        """Raises `LedgerError`: loads go into the real ledger."""
        raise LedgerError("ledger_veiled")

    def last(self) -> Position:
        """See `Ledger.last`."""
        return self._ledger.last()

    def position_at(self, moment: datetime) -> Position:
        """See `Ledger.position_at`."""
        return self._ledger.position_at(moment)

    @contextmanager
    def read(self, at: Position | None = None) -> Iterator[Reader]:
        """See `Ledger.read`."""
        with self._ledger.read(at) as reader:
            yield VeiledReader(reader, self._veil)

    def since(self, position: int, limit: int | None = None) -> Iterator[Change]:
        """See `Ledger.since`."""
        streamed = self._ledger.since(position, limit)
        while page := list(islice(streamed, _PAGE)):
            with self._ledger.read() as reader:
                masked = VeiledReader(reader, self._veil).masked([change.fact for change in page])
            for change, fact in zip(page, masked, strict=True):
                if fact is change.fact:
                    yield change
                else:
                    yield replace(change, fact=fact, fact_id=self._veil.masks.seal(FACT, change.fact_id))

    def unfinished_loads(self) -> list[str]:
        """See `Ledger.unfinished_loads`; numbered, not named."""
        return [f"#{number}" for number, _ in enumerate(self._ledger.unfinished_loads(), 1)]

    def identity_hash(self, id_type: str, number: str) -> str:
        """Raises `LedgerError`: nobody asks by identity number."""
        raise LedgerError("ledger_veiled")

    def identity_fingerprint(self) -> str | None:
        """See `Ledger.identity_fingerprint`."""
        return None

    def close(self) -> None:
        """Nothing: the real ledger stays open."""
