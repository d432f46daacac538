"""A reader with some facts laid over it: what would be so if they were there, without adding them.

A fact laid over takes the place of the live fact with its key, as a correction would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, cast

from graph_service.ledger.protocol import Position, Reader
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie, fact_id

T = TypeVar("T", bound=Fact)


class OverlayReader:
    """A `Reader` over another with further facts.  Costs a pass over the further facts for each look-up."""

    def __init__(self, base: Reader, facts: Sequence[Fact]) -> None:
        self._base = base
        newest = {fact.key: fact for fact in facts}
        self._laid = [Stored(fact, fact_id(fact), base.position.number, base.position.recorded_at) for fact in newest.values()]
        self._keys = frozenset(newest)

    @property
    def position(self) -> Position:
        """Where the reader below stands."""
        return self._base.position

    def _over(self, below: Iterable[Stored[T]], kind: type[T], keys: Iterable[str], field: str) -> list[Stored[T]]:
        wanted = set(keys)
        kept = [stored for stored in below if stored.fact.key not in self._keys]
        laid = [one for one in self._laid if isinstance(one.fact, kind) and getattr(one.fact, field) in wanted]
        return [*kept, *cast("list[Stored[T]]", laid)]

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        """See `Reader.subjects`."""
        wanted = list(ids)
        return self._over(self._base.subjects(wanted), Subject, wanted, "id")

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_into`."""
        wanted, allowed = list(enterprises), None if kinds is None else frozenset(kinds)
        found = self._over(self._base.ties_into(wanted, allowed), Tie, wanted, "enterprise")
        return [tie for tie in found if allowed is None or tie.fact.kind in allowed]

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_of`; the limit is the base's, the further facts come on top."""
        wanted, allowed = list(holders), None if kinds is None else frozenset(kinds)
        found = self._over(self._base.ties_of(wanted, allowed, limit), Tie, wanted, "holder")
        return [tie for tie in found if allowed is None or tie.fact.kind in allowed]

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        """See `Reader.ties`."""
        wanted = list(ids)
        return self._over(self._base.ties(wanted), Tie, wanted, "id")

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records`."""
        wanted = list(ids)
        return self._over(self._base.records(wanted), Record, wanted, "id")

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records_of`."""
        wanted = list(subjects)
        return self._over(self._base.records_of(wanted), Record, wanted, "subject")

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_of`."""
        wanted = list(records)
        return self._over(self._base.findings_of(wanted), Finding, wanted, "record")

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_naming`."""
        wanted = list(persons)
        return self._over(self._base.findings_naming(wanted), Finding, wanted, "person")

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        """See `Reader.events_of`."""
        wanted = list(records)
        return self._over(self._base.events_of(wanted), Event, wanted, "record")

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        """See `Reader.listings_of`."""
        wanted = list(subjects)
        return self._over(self._base.listings_of(wanted), Listing, wanted, "subject")

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        """See `Reader.facts`."""
        wanted = set(ids)
        kept = [stored for stored in self._base.facts(wanted) if stored.fact.key not in self._keys]
        return [*kept, *(one for one in self._laid if one.id in wanted)]

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        """See `Reader.scan`."""
        yield from (stored for stored in self._base.scan(kind) if stored.fact.key not in self._keys)
        yield from (one for one in self._laid if isinstance(one.fact, kind))
