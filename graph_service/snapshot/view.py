"""A view: the slice of a ledger that a question touches, cut as the question walks.

The engine asks for neighbourhoods, many keys at once; the view fetches what it does not hold yet with one indexed read a kind
and keeps it.  So a trace costs its neighbourhood and a handful of reads, whatever the size of the register, and every
answer of one view is of one ledger position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from graph_service.ledger.protocol import Position, Reader
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie

T = TypeVar("T", bound=Fact)
Kinds = frozenset[str]


class View:
    """The facts of one `Reader`, fetched once and kept.  Results are tuples in the order of their fact ids."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._subjects: dict[str, Stored[Subject] | None] = {}
        self._into: dict[str, tuple[Stored[Tie], ...]] = {}
        self._of: dict[Kinds, dict[str, tuple[Stored[Tie], ...]]] = defaultdict(dict)
        self._findings: dict[str, tuple[Stored[Finding], ...]] = {}
        self._events: dict[str, tuple[Stored[Event], ...]] = {}
        self._listings: dict[str, tuple[Stored[Listing], ...]] = {}

    @property
    def reader(self) -> Reader:
        """The reader behind, for look-ups by fact id and scans."""
        return self._reader

    @property
    def position(self) -> Position:
        """The ledger position that every answer is of."""
        return self._reader.position

    def subject(self, key: str) -> Stored[Subject] | None:
        """The description of a subject; None where ties only mention it."""
        if key not in self._subjects:
            self.fetch_subjects([key])
        return self._subjects[key]

    def fetch_subjects(self, keys: Iterable[str]) -> None:
        """Read the descriptions of many subjects at once."""
        missing = sorted({key for key in keys if key not in self._subjects})
        if missing:
            self._subjects.update(dict.fromkeys(missing))
            self._subjects.update((stored.fact.id, stored) for stored in self._reader.subjects(missing))

    def ties_into(self, keys: Sequence[str]) -> dict[str, tuple[Stored[Tie], ...]]:
        """All ties into each of these enterprises."""
        return _fetch(self._into, keys, self._reader.ties_into, lambda tie: tie.enterprise)

    def ties_of(self, keys: Sequence[str], kinds: Kinds) -> dict[str, tuple[Stored[Tie], ...]]:
        """The ties of some kinds that each of these holders has."""
        return _fetch(self._of[kinds], keys, lambda missing: self._reader.ties_of(missing, kinds), lambda tie: tie.holder)

    def records_of(self, subjects: Iterable[str]) -> tuple[Stored[Record], ...]:
        """Records on these subjects."""
        return tuple(sorted(self._reader.records_of(subjects), key=_by_id))

    def records(self, ids: Iterable[str]) -> tuple[Stored[Record], ...]:
        """The records of these ids."""
        return tuple(sorted(self._reader.records(ids), key=_by_id))

    def findings_of(self, keys: Sequence[str]) -> dict[str, tuple[Stored[Finding], ...]]:
        """The findings of each of these records."""
        return _fetch(self._findings, keys, self._reader.findings_of, lambda finding: finding.record)

    def findings_naming(self, persons: Iterable[str]) -> tuple[Stored[Finding], ...]:
        """The findings that name these persons."""
        return tuple(sorted(self._reader.findings_naming(persons), key=_by_id))

    def events_of(self, keys: Sequence[str]) -> dict[str, tuple[Stored[Event], ...]]:
        """The events of each of these records."""
        return _fetch(self._events, keys, self._reader.events_of, lambda event: event.record)

    def listings_of(self, keys: Sequence[str]) -> dict[str, tuple[Stored[Listing], ...]]:
        """The listings of each of these subjects."""
        return _fetch(self._listings, keys, self._reader.listings_of, lambda listing: listing.subject)


def in_ledger(view: View, key: str) -> bool:
    """Whether the ledger holds anything about a subject: a description, a tie, a record, a finding or a listing."""
    return bool(
        view.subject(key)
        or view.ties_into([key])[key]
        or view.reader.ties_of([key], limit=1)
        or view.records_of([key])
        or view.findings_naming([key])
        or view.listings_of([key])[key]
    )


def _by_id(stored: Stored[Fact]) -> str:
    return stored.id


def _fetch(
    held: dict[str, tuple[Stored[T], ...]],
    keys: Sequence[str],
    read: Callable[[list[str]], list[Stored[T]]],
    key_of: Callable[[T], str],
) -> dict[str, tuple[Stored[T], ...]]:
    """The held facts of each key, after one read for those that are not held yet."""
    missing = sorted({key for key in keys if key not in held})
    if missing:
        found: dict[str, list[Stored[T]]] = {key: [] for key in missing}
        for stored in read(missing):
            found[key_of(stored.fact)].append(stored)
        held.update((key, tuple(sorted(facts, key=_by_id))) for key, facts in found.items())
    return {key: held[key] for key in keys}
