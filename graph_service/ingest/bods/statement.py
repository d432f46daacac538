"""One BODS statement: what of it is read, checked, and reduced to what facts need.

Rules (standard 0.4; where this is milder than its schema it says so):

* Required: ``statementId``, ``recordId``, ``declarationSubject``, ``statementDate``, ``recordType``, ``recordDetails`` with
  ``isComponent``; ``entityType.type`` of an entity, ``personType`` of a person, ``subject`` and ``interestedParty`` of a
  relationship; ``fullName`` of a name, ``reason`` of an unspecified party.
* Every code that is read must be in its list, every date a date (a year or a month too: milder), every share between 0 and 100.
* A JSON null is a value that is not there (milder).
* A party without a record is ``{reason, description}``: known to be there, and never a person.
* An interest without a start began on an unknown day; without an end it goes on, unless the record is closed: then it ended
  by the date of the statement at the latest.  ``endDate`` is the first day on which it no longer held.
* An indirect interest is another way of telling a chain of direct ones, so it becomes ``other_interest``: it
  is never added to them.

What is not read is not checked: addresses, nationalities, political exposure, listings, annotations, components.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from urllib.parse import urlsplit

from graph_service.ingest.bods.codes import codes, unique_key
from graph_service.messages import BadValue
from graph_service.model.identifiers import is_resident_id, subject_key
from graph_service.model.interval import FIRST, LAST, Bound, Interval, Side
from graph_service.model.rows import RESIDENT_ID_TYPES, TEXT_LIMIT, BadRow, Hasher
from graph_service.model.share import Share
from graph_service.model.words import HOLDINGS

TITLE_LIMIT = 200
_DATE = re.compile(r"^\d{4}(-\d{2}(-\d{2}(T.*)?)?)?$")
_REGION = re.compile(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
_SHARE_DIGITS = 30

Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Read:
    """A statement as it is kept until all are read: texts only.

    ``rank`` orders the statements of one record, the latest last.  ``subject`` is the id of an entity or person; ``body`` holds
    the rest (see `read_entity`, `read_person`, `read_relationship`).
    """

    kind: str
    record: str
    rank: str
    subject: str
    body: list[Any]


def read_statement(value: object, hasher: Hasher) -> Read:
    """Check a statement and reduce it.  Raises `BadRow` with the JSON path of what is wrong."""
    top = _object(value, "$")
    _text(top, "statementId", "$", required=True)
    record = _record_id(top, "recordId", "$")
    _text(top, "declarationSubject", "$", required=True)
    moment = _moment(_text(top, "statementDate", "$", required=True))
    kind = _code(top, "recordType", "$", codes().record_types, required=True)
    status = _code(top, "recordStatus", "$", codes().record_statuses) or "new"
    details = _object(_required(top, "recordDetails", "$"), "$.recordDetails")
    _required(details, "isComponent", "$.recordDetails")
    _of_type(details, "isComponent", "$.recordDetails", bool, "boolean")
    source = _source(top)
    day = Bound.parse(moment[:10], "start").lo
    closed = day if status == "closed" else None
    rank = f"{moment} {codes().record_statuses.index(status)} {top['statementId']}"
    match kind:
        case "entity":
            subject, body = read_entity(record, details, closed)
        case "person":
            subject, body = record, read_person(details, hasher)
        case _:
            subject, body = "", read_relationship(details, closed, source)
    return Read(kind, record, rank, subject, body)


def read_entity(record: str, details: Object, closed: int | None) -> tuple[str, list[Any]]:
    """The subject id of an entity and ``[name, form, region, opened_on, closed_on, note]``."""
    at = "$.recordDetails"
    kind = _object(_required(details, "entityType", at), f"{at}.entityType")
    form = codes().entity_forms[_code(kind, "type", f"{at}.entityType", codes().entity_forms, required=True)]
    opened = _bound(details, "foundingDate", at, "start")
    ended = _bound(details, "dissolutionDate", at, "end")
    if closed is not None and ended.lo == LAST:
        ended = _ended_by(opened, closed)
    region = ""
    for name in ("jurisdiction", "incorporatedInJurisdiction"):
        place = _optional_object(details, name, at)
        if place is not None:
            _text(place, "name", f"{at}.{name}", required=True)
            region = region or _text(place, "code", f"{at}.{name}")
            if region and not _REGION.match(region):
                raise BadRow(f"{at}.{name}.code", BadValue("bods_type", expected="ISO 3166 (GB, US-DE)"))
    key = unique_key((scheme, number) for scheme, _, number in _identifiers(details, at) if number)
    note = _unspecified(details, "unspecifiedEntityDetails", at)
    return key or record, [_text(details, "name", at), form, region, str(opened), str(ended), note]


def read_person(details: Object, hasher: Hasher) -> list[Any]:
    """``[name, id_type, id_hash, born_on, died_on, note]`` of a person; an identity number goes nowhere but into the hasher."""
    at = "$.recordDetails"
    _code(details, "personType", at, codes().person_types, required=True)
    names: list[tuple[bool, str]] = []
    for place, entry in _objects(details, "names", at):
        legal = _code(entry, "type", place, codes().name_types) == "legal"
        names.append((not legal, _text(entry, "fullName", place, required=True)))
    name = min(names, key=lambda pair: pair[0])[1] if names else ""
    id_type = id_hash = ""
    for position, (scheme, scheme_name, number) in enumerate(_identifiers(details, at)):
        if number and not id_hash:
            id_type = codes().person_schemes.get(scheme, scheme or scheme_name)
            if id_type in RESIDENT_ID_TYPES and not is_resident_id(number.upper()):
                raise BadRow(f"{at}.identifiers[{position}].id", BadValue("bad_id_number"))
            id_hash = hasher(id_type, number.upper())
    born, died = _bound(details, "birthDate", at, "start"), _bound(details, "deathDate", at, "end")
    note = _unspecified(details, "unspecifiedPersonDetails", at)
    return [name, id_type, id_hash, str(born), str(died), note]


def read_relationship(details: Object, closed: int | None, source: str) -> list[Any]:
    """``[subject, interested party, source, ties]``.

    A party is ``["record", id]`` or ``["unspecified", note]``; a tie is ``[suffix of its id, kind, from, to, share, title]``.
    """
    at = "$.recordDetails"
    parties = [_party(details, name, at) for name in ("subject", "interestedParty")]
    ties = [_interest(entry, place, closed) for place, entry in _objects(details, "interests", at)]
    if not ties:
        start, end = _valid({}, at, closed)
        ties = [["unspecified", "other_interest", start, end, None, "unspecified"]]
    return [*parties, source, _with_own_suffixes(ties)]


def _with_own_suffixes(ties: list[list[Any]]) -> list[list[Any]]:
    """The second interest of a type gets ``.2``; counted in the order of what they say, not in that of the file."""
    numbered: dict[str, int] = {}
    named = []
    for tie in sorted(ties, key=lambda entry: [str(part) for part in entry]):
        count = numbered[tie[0]] = numbered.get(tie[0], 0) + 1
        named.append([tie[0] if count == 1 else f"{tie[0]}.{count}", *tie[1:]])
    return named


def _interest(entry: Object, at: str, closed: int | None) -> list[Any]:
    """One interest as a tie: ``[type, kind, from, to, share, title]``."""
    name = _code(entry, "type", at, codes().interests) or "unspecified"
    indirect = _code(entry, "directOrIndirect", at, codes().directness) == "indirect"
    start, end = _valid(entry, at, closed)
    stated = _optional_object(entry, "share", at)
    share = None if stated is None else str(_share(stated, f"{at}.share"))
    details = " ".join(_text(entry, "details", at, limit=STATED_LIMIT).split())
    known = codes().interests.get(name)
    kind = "other_interest" if indirect or known is None else known.kind
    if indirect:
        label = f"indirect {name}"
    elif known is not None and known.plain:
        label = ""
    else:
        label = name
    title = ": ".join(part for part in (label, details) if part)
    title = title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 1]}…"
    if kind in HOLDINGS and share is None:
        share = ""
    return [f"indirect-{name}" if indirect else name, kind, start, end, share, title]


STATED_LIMIT = 1 << 16
"""Characters of a text that is shortened anyway."""


def _valid(entry: Object, at: str, closed: int | None) -> tuple[str, str]:
    """The valid interval of an interest as two texts."""
    start = _bound(entry, "startDate", at, "start") if entry.get("startDate") is not None else Bound(FIRST, LAST)
    end = _bound(entry, "endDate", at, "end")
    if end.lo == LAST and closed is not None:
        end = _ended_by(start, closed)
    if start.dated and start == end:
        end = Bound.on(end.lo + 1)  # begun and ended on one day: it held on that day
    try:
        Interval(start, end)
    except BadValue as error:
        raise BadRow(f"{at}.endDate", error) from None
    return str(start), str(end)


def _ended_by(start: Bound, day: int) -> Bound:
    """The end of what began at ``start`` and had ended on ``day``; where that cannot be, any day after the start."""
    first = FIRST if start.lo == FIRST else min(start.lo + 1, LAST)
    return Bound(first, day) if first <= day else Bound(first, LAST)


def _share(entry: Object, at: str) -> Share:
    """The exact share or the range that ``exact``, ``minimum``, ``exclusiveMinimum`` and their like state."""
    exact = _percent(entry, "exact", at)
    lower = [
        (value, strict)
        for name, strict in (("minimum", False), ("exclusiveMinimum", True))
        if (value := _percent(entry, name, at)) is not None
    ]
    upper = [
        (value, not strict)
        for name, strict in (("maximum", False), ("exclusiveMaximum", True))
        if (value := _percent(entry, name, at)) is not None
    ]
    lo, lo_open = max(lower, default=(Fraction(0), False))
    hi, not_hi_open = min(upper, default=(Fraction(1), True))
    try:
        stated = Share(lo, hi, lo_open, not not_hi_open)
        if exact is None:
            return stated
        if lo < exact < hi or (lo == exact and not lo_open) or (hi == exact and not_hi_open):
            return Share.of(exact)
    except BadValue:
        pass
    raise BadRow(at, BadValue("bods_share_order"))


def _percent(entry: Object, name: str, at: str) -> Fraction | None:
    value = entry.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise BadRow(f"{at}.{name}", BadValue("bods_type", expected="number"))
    number = Decimal(value)
    parts = number.as_tuple()
    exponent = parts.exponent if isinstance(parts.exponent, int) else _SHARE_DIGITS + 1
    if not 0 <= number <= 100 or len(parts.digits) > _SHARE_DIGITS or abs(exponent) > _SHARE_DIGITS:
        raise BadRow(f"{at}.{name}", BadValue("bods_share", value=str(value)[:64]))
    return Fraction(number) / 100


def _party(details: Object, name: str, at: str) -> list[str]:
    value = _required(details, name, at)
    if isinstance(value, str):
        return ["record", _record_id(details, name, at)]
    if isinstance(value, Mapping):
        return ["unspecified", _unspecified(details, name, at)]
    raise BadRow(f"{at}.{name}", BadValue("bods_type", expected="string | object"))


def _unspecified(details: Object, name: str, at: str) -> str:
    """What a source says of a party that it does not name: ``reason: description``; empty if it says nothing."""
    entry = _optional_object(details, name, at)
    if entry is None:
        return ""
    reason = _code(entry, "reason", f"{at}.{name}", codes().unspecified_reasons, required=True)
    description = _text(entry, "description", f"{at}.{name}")
    return f"{reason}: {description}" if description else reason


def _identifiers(details: Object, at: str) -> list[tuple[str, str, str]]:
    """``(scheme, scheme name, number)`` of each identifier."""
    found = []
    for place, entry in _objects(details, "identifiers", at):
        scheme, scheme_name = _text(entry, "scheme", place), _text(entry, "schemeName", place)
        if not scheme and not scheme_name:
            raise BadRow(place, BadValue("bods_identifier"))
        found.append((scheme, scheme_name, _text(entry, "id", place)))
    return found


def _source(top: Object) -> str:
    """A short stable name of who tells it: the host of ``source.url``, else who asserted it, else the publisher."""
    source = _optional_object(top, "source", "$")
    host = asserted = ""
    if source is not None:
        host = _host(_text(source, "url", "$.source"))
        names = [_text(entry, "name", place) for place, entry in _objects(source, "assertedBy", "$.source")]
        asserted = next((name for name in names if name), "")
    published = _optional_object(top, "publicationDetails", "$")
    publisher = None if published is None else _optional_object(published, "publisher", "$.publicationDetails")
    name = url = ""
    if publisher is not None:
        name = _text(publisher, "name", "$.publicationDetails.publisher")
        url = _host(_text(publisher, "url", "$.publicationDetails.publisher"))
    return (host or asserted or url or name)[:TITLE_LIMIT]


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _moment(text: str) -> str:
    """A date, or a date and time in UTC, as a text that sorts by time."""
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.fromisoformat(text).isoformat()
        if re.match(r"\d{4}-\d{2}-\d{2}T", text):
            moment = datetime.fromisoformat(text)
            return (moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment).isoformat()
    except (ValueError, OverflowError):
        pass
    raise BadRow("$.statementDate", BadValue("bad_date", value=text[:64]))


def _bound(entry: Object, name: str, at: str, side: Side) -> Bound:
    text = _text(entry, name, at)
    if text and not _DATE.match(text):
        raise BadRow(f"{at}.{name}", BadValue("bad_date", value=text[:64]))
    try:
        return Bound.parse(text[:10], side)
    except BadValue as error:
        raise BadRow(f"{at}.{name}", error) from None


def _record_id(entry: Object, name: str, at: str) -> str:
    text = _text(entry, name, at, required=True)
    try:
        return subject_key(text)
    except BadValue as error:
        raise BadRow(f"{at}.{name}", error) from None


def _required(entry: Object, name: str, at: str) -> Any:
    value = entry.get(name)
    if value is None:
        raise BadRow(f"{at}.{name}", BadValue("bods_missing"))
    return value


def _of_type(entry: Object, name: str, at: str, kind: type, expected: str) -> Any:
    value = entry.get(name)
    if value is not None and not isinstance(value, kind):
        raise BadRow(f"{at}.{name}", BadValue("bods_type", expected=expected))
    return value


def _object(value: object, at: str) -> Object:
    if not isinstance(value, Mapping):
        raise BadRow(at, BadValue("bods_type", expected="object"))
    return value


def _optional_object(entry: Object, name: str, at: str) -> Object | None:
    found: Object | None = _of_type(entry, name, at, dict, "object")
    return found


def _objects(entry: Object, name: str, at: str) -> list[tuple[str, Object]]:
    """The objects of a list, each with its path."""
    found = _of_type(entry, name, at, list, "array") or []
    return [(place, _object(value, place)) for place, value in ((f"{at}.{name}[{n}]", value) for n, value in enumerate(found))]


def _code(entry: Object, name: str, at: str, allowed: Iterable[str], *, required: bool = False) -> str:
    text = _text(entry, name, at, required=required)
    if text and text not in allowed:
        raise BadRow(f"{at}.{name}", BadValue("bods_code", value=text[:64], allowed=", ".join(allowed)))
    return text


def _text(entry: Object, name: str, at: str, *, required: bool = False, limit: int = TEXT_LIMIT) -> str:
    value = _required(entry, name, at) if required else entry.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRow(f"{at}.{name}", BadValue("bods_type", expected="string"))
    text = value.strip()
    if required and not text:
        raise BadRow(f"{at}.{name}", BadValue("bods_missing"))
    if len(text) > limit:
        raise BadRow(f"{at}.{name}", BadValue("text_too_long", length=len(text), limit=limit))
    if not text.isprintable():
        for char in text:
            if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t\r":
                raise BadRow(f"{at}.{name}", BadValue("bad_text", point=f"U+{ord(char):04X}"))
    return text
