"""The facts of a Neo4j ledger that were live at one position: each look-up is one statement for all its keys.

A reader holds no transaction: facts are never changed but for the position of their retraction, and a position is published only
once all its facts are in the store, so "live at P" gives the same facts for ever, however many append meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, cast

from neo4j import Session

from graph_service.ledger import neo4j_bulk
from graph_service.ledger.neo4j_codec import OTHER_TIE, TIE_TYPES, TYPES, Properties, decode
from graph_service.ledger.neo4j_store import read, telling
from graph_service.ledger.protocol import Position
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie


class Neo4jReader:
    """See `graph_service.ledger.protocol.Reader`.  For one thread at a time."""

    def __init__(self, session: Session, position: Position) -> None:
        self._session = session
        self._at = position

    @property
    def position(self) -> Position:
        """Where this reader stands."""
        return self._at

    @property
    def session(self) -> Session:
        """The session that it reads in, for `graph_service.ledger.neo4j_bulk`."""
        return self._session

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        """See `Reader.subjects`."""
        return cast("list[Stored[Subject]]", self._find("read/subjects", ids))

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_into`."""
        return cast("list[Stored[Tie]]", self._find("read/ties_into", enterprises, **_of_kinds(kinds)))

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_of`.  With a limit the cost is still that of all ties of the holders, but for the answer."""
        if limit is None:
            return cast("list[Stored[Tie]]", self._find("read/ties_of", holders, **_of_kinds(kinds)))
        return cast("list[Stored[Tie]]", self._find("read/first_ties_of", holders, limit=max(limit, 0), **_of_kinds(kinds)))

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        """See `Reader.ties`."""
        places = self._rows("read/tie_ids", keys=[f"tie:{one}" for one in _encodable(ids)])
        return cast("list[Stored[Tie]]", self._at_places(places))

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records`."""
        return cast("list[Stored[Record]]", self._find("read/records", ids))

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records_of`."""
        return cast("list[Stored[Record]]", self._find("read/records_of", subjects))

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_of`."""
        return cast("list[Stored[Finding]]", self._find("read/findings_of", records))

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_naming`."""
        return cast("list[Stored[Finding]]", self._find("read/findings_naming", persons))

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        """See `Reader.events_of`."""
        return cast("list[Stored[Event]]", self._find("read/events_of", records))

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        """See `Reader.listings_of`."""
        return cast("list[Stored[Listing]]", self._find("read/listings_of", subjects))

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        """See `Reader.facts`."""
        return self._at_places(self._rows("read/fact_ids", ids=_encodable(ids)))

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        """See `Reader.scan`.  A window of positions at a time."""
        with telling():
            yield from neo4j_bulk.scan(self._session, kind, self._at.number)

    def _find(self, name: str, keys: Iterable[str], **parameters: Any) -> list[Stored[Fact]]:
        wanted = _encodable(keys)
        if not wanted:
            return []
        found = self._rows(name, keys=wanted, **parameters)
        return [decode(row["type"], row["fact"], row["a"], row["b"]) for row in found]

    def _at_places(self, places: list[Any]) -> list[Stored[Fact]]:
        if not places:
            return []
        at = {row["type"]: row["positions"] for row in places}
        with telling():
            found = read(self._session, "read/at_positions", {"at": at})
        return [decode(row["type"], row["fact"], row["a"], row["b"]) for row in found]

    def _rows(self, name: str, **parameters: Any) -> list[Any]:
        with telling():
            return read(self._session, name, {"at": self._at.number, **parameters})


def _encodable(keys: Iterable[str]) -> list[str]:
    """Each key once.  One that no text in the database can equal (an unpaired surrogate) finds nothing and is left out."""
    wanted = list(dict.fromkeys(keys))
    try:
        "".join(wanted).encode()
    except UnicodeEncodeError:
        return [key for key in wanted if key.encode(errors="ignore").decode() == key]
    return wanted


def _of_kinds(kinds: Iterable[str] | None) -> Properties:
    """Kinds of ties as statements take them: types, and kinds beyond the vocabulary."""
    if kinds is None:
        return {"types": TIE_TYPES, "others": None}
    wanted = set(kinds)
    others = sorted(kind for kind in wanted if kind not in TYPES)
    types = [TYPES[kind] for kind in wanted if kind in TYPES]
    return {"types": [*types, OTHER_TIE] if others else types, "others": others}
