"""Register rows: the interchange columns, and the way from a row of texts to a fact and back.

Pure functions: no file is read here.  `TABLES` is the interchange format as data; `to_fact` reads one row; `to_row` writes it.
A row that cannot be taken raises `BadRow`, which names the column and says what would be right.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from graph_service.messages import BadValue, Lang, say
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie, digest
from graph_service.model.identifiers import is_resident_id, subject_key
from graph_service.model.interval import LAST, UNKNOWN, UNKNOWN_INTERVAL, Bound, Interval, Side, day_text, parse_day
from graph_service.model.share import Share
from graph_service.model.words import EVENTS, FAMILIES, FINDINGS, HOLDINGS, SEVERITIES, TIE_KINDS

T = TypeVar("T")
Hasher = Callable[[str, str], str]
"""``(id_type, id_number) -> keyed hash``: see `graph_service.model.identifiers.keyed_hash`."""

TEXT_LIMIT = 4096
USCC_LENGTH = 18
RESIDENT_ID_TYPES = frozenset({"", "resident_id", "id_card", "居民身份证", "身份证"})


@dataclass(frozen=True, slots=True)
class Table:
    """One file of the register folder: its columns and which of them must be there."""

    name: str
    columns: tuple[str, ...]
    required: frozenset[str]


def _table(name: str, columns: str) -> Table:
    words = columns.split()
    return Table(name, tuple(word.rstrip("*") for word in words), frozenset(word[:-1] for word in words if word.endswith("*")))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table("enterprises", "id* name kind status region industry opened_on closed_on state_owned"),
        _table("persons", "id* name id_type id_number born_on died_on"),
        _table("ties", "id kind* holder* enterprise* valid_from valid_to share title credential source"),
        _table(
            "records",
            "id* subject* family behaviour severity act_from act_to decided_on authority instrument_no region amount outcome",
        ),
        _table("findings", "record* person* finding* instrument_no found_on"),
        _table("events", "record* kind* on* person instrument_no"),
        _table("listings", "subject* regime* listed_from listed_to instrument_no"),
    )
}
"""The register folder, in the order in which its files are read."""


class BadRow(BadValue):
    """A row that cannot be taken: the column, what was wrong, what would be right."""

    def __init__(self, field: str, cause: BadValue) -> None:
        super().__init__(cause.code, **cause.values)
        self.field = field

    def text(self, lang: Lang = "en") -> str:
        """``column: reason``."""
        return f"{self.field}: {say(self.code, lang, **self.values)}"


class _Row:
    """A row being read: every getter names its column when the cell is wrong."""

    def __init__(self, table: Table, row: Mapping[str, str | None]) -> None:
        self._table, self._row = table, row

    def text(self, column: str) -> str:
        cell = self._row.get(column)
        value = cell.strip() if cell else ""
        if value and len(value) <= TEXT_LIMIT and value.isprintable():
            return value
        if not value:
            if column in self._table.required:
                raise BadRow(column, BadValue("missing_value"))
            return ""
        if len(value) > TEXT_LIMIT:
            raise BadRow(column, BadValue("text_too_long", length=len(value), limit=TEXT_LIMIT))
        if not value.isprintable():
            for char in value:
                # Unpaired surrogates cannot be stored and controls forge lines; joiners and marks belong to names.
                if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t\r":
                    raise BadRow(column, BadValue("bad_text", point=f"U+{ord(char):04X}"))
        return value

    def read(self, column: str, how: Callable[[str], T]) -> T:
        value = self.text(column)
        try:
            return how(value)
        except BadRow:
            raise
        except BadValue as error:
            raise BadRow(column, error) from None

    def key(self, column: str) -> str:
        value = self.text(column)
        if len(value) != USCC_LENGTH:  # only a key of that length can be wrong
            return value
        return self.read(column, subject_key)

    def word(self, column: str, allowed: tuple[str, ...]) -> str:
        value = self.text(column)
        if value and value not in allowed:
            raise BadRow(column, BadValue("bad_word", value=value[:64], allowed=", ".join(allowed)))
        return value

    def flag(self, column: str) -> bool:
        value = self.text(column).lower()
        if value in ("true", "yes", "y", "1", "是"):
            return True
        if value in ("", "false", "no", "n", "0", "否"):
            return False
        raise BadRow(column, BadValue("bad_flag", value=value[:64]))

    def bound(self, column: str, side: Side) -> Bound:
        return self.read(column, lambda value: Bound.parse(value, side))

    def interval(self, start: str, end: str) -> Interval:
        try:
            return _interval(self.text(start), self.text(end))
        except BadRow:
            raise
        except BadValue:
            pass  # read again below, to say which column it was
        first, after = self.bound(start, "start"), self.bound(end, "end")
        try:
            return Interval(first, after)
        except BadValue as error:
            raise BadRow(end, error) from None

    def moment(self, column: str) -> Bound:
        """A date that is no bound of an interval: an empty cell says nothing, so it is unknown."""
        return self.read(column, lambda value: Bound.parse(value, "start") if value else UNKNOWN)


@lru_cache(maxsize=65536)
def _interval(start: str, end: str) -> Interval:
    return Interval.parse(start, end)


@lru_cache(maxsize=65536)
def _share(text: str) -> Share:
    return Share.parse(text)


def to_fact(table: str, row: Mapping[str, str | None], hasher: Hasher | None = None) -> Fact:
    """The fact that a row of a register file states.  Raises `BadRow`.

    ``hasher`` is needed for persons with an ``id_number``, which goes nowhere but into it.
    """
    return _READERS[table](_Row(TABLES[table], row), hasher)


def _enterprise(row: _Row, _: Hasher | None) -> Subject:
    return Subject(
        id=row.key("id"),
        kind=SubjectKind.ENTERPRISE,
        name=row.text("name"),
        form=row.text("kind"),
        status=row.text("status"),
        region=row.text("region"),
        industry=row.text("industry"),
        opened_on=row.bound("opened_on", "start"),
        closed_on=row.bound("closed_on", "end"),
        state_owned=row.flag("state_owned"),
    )


def _person(row: _Row, hasher: Hasher | None) -> Subject:
    id_type, number = row.text("id_type"), row.text("id_number")
    id_hash = ""
    if number:
        number = number.upper()
        if (id_type.lower() in RESIDENT_ID_TYPES) and not is_resident_id(number):
            raise BadRow("id_number", BadValue("bad_id_number"))
        if hasher is None:
            raise ValueError("a hasher is needed to take identity numbers")
        id_hash = hasher(id_type or "resident_id", number)
    return Subject(
        id=row.key("id"),
        kind=SubjectKind.PERSON,
        name=row.text("name"),
        id_type=id_type,
        id_hash=id_hash,
        opened_on=row.bound("born_on", "start"),
        closed_on=row.bound("died_on", "end"),
    )


def _tie(row: _Row, _: Hasher | None) -> Tie:
    kind = row.word("kind", TIE_KINDS)
    share = row.read("share", _share) if kind in HOLDINGS or row.text("share") else None
    tie = Tie(
        id=row.text("id"),
        kind=kind,
        holder=row.key("holder"),
        enterprise=row.key("enterprise"),
        valid=row.interval("valid_from", "valid_to"),
        share=share,
        title=row.text("title"),
        credential=row.text("credential"),
        source=row.text("source"),
    )
    return tie if tie.id else with_made_id(tie)


def with_made_id(tie: Tie) -> Tie:
    """The tie under an id made of its content, for sources that give none."""
    parts = (tie.kind, tie.holder, tie.enterprise, str(tie.valid), str(tie.share), tie.title, tie.credential, tie.source)
    return Tie(
        f"~{digest(*parts)}",
        tie.kind,
        tie.holder,
        tie.enterprise,
        tie.valid,
        tie.share,
        tie.title,
        tie.credential,
        tie.source,
    )


def _act(row: _Row) -> Interval:
    """The act interval.  Both cells empty: nothing was said of the act, so it is unknown.  The same day twice: that one day."""
    first, after = row.text("act_from"), row.text("act_to")
    if not first and not after:
        return UNKNOWN_INTERVAL
    if first == after and first != "?":
        day = row.bound("act_from", "start")
        return Interval(day, Bound(day.lo + 1, min(day.hi + 1, LAST)))  # no day comes after the last
    return row.interval("act_from", "act_to")


def _record(row: _Row, _: Hasher | None) -> Record:
    return Record(
        id=row.text("id"),
        subject=row.key("subject"),
        family=row.word("family", FAMILIES),
        behaviour=row.text("behaviour"),
        severity=row.word("severity", SEVERITIES),
        act=_act(row),
        decided_on=row.moment("decided_on"),
        authority=row.text("authority"),
        instrument_no=row.text("instrument_no"),
        region=row.text("region"),
        amount=row.text("amount"),
        outcome=row.text("outcome"),
    )


def _finding(row: _Row, _: Hasher | None) -> Finding:
    return Finding(
        record=row.text("record"),
        person=row.key("person"),
        finding=row.word("finding", FINDINGS),
        instrument_no=row.text("instrument_no"),
        found_on=row.read("found_on", lambda value: parse_day(value) if value else None),
    )


def _event(row: _Row, _: Hasher | None) -> Event:
    return Event(
        record=row.text("record"),
        kind=row.word("kind", EVENTS),
        on=row.read("on", parse_day),
        person=row.key("person"),
        instrument_no=row.text("instrument_no"),
    )


def _listing(row: _Row, _: Hasher | None) -> Listing:
    return Listing(
        subject=row.key("subject"),
        regime=row.text("regime"),
        listed=row.interval("listed_from", "listed_to"),
        instrument_no=row.text("instrument_no"),
    )


_READERS: dict[str, Callable[[_Row, Hasher | None], Fact]] = {
    "enterprises": _enterprise,
    "persons": _person,
    "ties": _tie,
    "records": _record,
    "findings": _finding,
    "events": _event,
    "listings": _listing,
}


def to_row(fact: Fact) -> tuple[str, dict[str, str]]:
    """The register file that a fact belongs to and its row there; `to_fact` reads it back (identity numbers stay hashed away).

    >>> to_row(Finding("R1", "P1", "knew"))[0]
    'findings'
    """
    match fact:
        case Subject(kind=SubjectKind.PERSON):
            return "persons", {
                "id": fact.id,
                "name": fact.name,
                "id_type": fact.id_type,
                "born_on": str(fact.opened_on),
                "died_on": str(fact.closed_on),
            }
        case Subject():
            return "enterprises", {
                "id": fact.id,
                "name": fact.name,
                "kind": fact.form,
                "status": fact.status,
                "region": fact.region,
                "industry": fact.industry,
                "opened_on": str(fact.opened_on),
                "closed_on": str(fact.closed_on),
                "state_owned": "true" if fact.state_owned else "",
            }
        case Tie():
            return "ties", {
                "id": "" if fact.id.startswith("~") else fact.id,
                "kind": fact.kind,
                "holder": fact.holder,
                "enterprise": fact.enterprise,
                "valid_from": str(fact.valid.start),
                "valid_to": str(fact.valid.end),
                "share": "" if fact.share is None else str(fact.share),
                "title": fact.title,
                "credential": fact.credential,
                "source": fact.source,
            }
        case Record():
            return "records", {
                "id": fact.id,
                "subject": fact.subject,
                "family": fact.family,
                "behaviour": fact.behaviour,
                "severity": fact.severity,
                "act_from": str(fact.act.start),
                "act_to": str(fact.act.end),
                "decided_on": "" if fact.decided_on.unknown else str(fact.decided_on),
                "authority": fact.authority,
                "instrument_no": fact.instrument_no,
                "region": fact.region,
                "amount": fact.amount,
                "outcome": fact.outcome,
            }
        case Finding():
            return "findings", {
                "record": fact.record,
                "person": fact.person,
                "finding": fact.finding,
                "instrument_no": fact.instrument_no,
                "found_on": "" if fact.found_on is None else day_text(fact.found_on),
            }
        case Event():
            return "events", {
                "record": fact.record,
                "kind": fact.kind,
                "on": day_text(fact.on),
                "person": fact.person,
                "instrument_no": fact.instrument_no,
            }
        case Listing():
            return "listings", {
                "subject": fact.subject,
                "regime": fact.regime,
                "listed_from": str(fact.listed.start),
                "listed_to": str(fact.listed.end),
                "instrument_no": fact.instrument_no,
            }
