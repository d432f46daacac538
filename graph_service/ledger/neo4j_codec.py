"""Facts as nodes and relationships of the Neo4j ledger, and back (`docs/neo4j.md` says what lies there).

* A day is the integer YYYYMMDD, so that people can read it and Cypher can compare it; open bounds are 0 and 99999999.
* A share is exact text, which is what is read back, and beside it integers over one denominator for whoever computes in Cypher.
* A text that is empty is absent.

Invariant: what is written is read back equal, whatever it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache
from math import lcm
from typing import Any

from graph_service.ledger.changes import moment_text
from graph_service.ledger.sqlite_codec import bound, interval, share_of, share_text
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.interval import FIRST, LAST, Bound, Interval
from graph_service.model.share import Share
from graph_service.model.words import TIE_KINDS

Properties = dict[str, Any]

OPEN_DAY = 99999999
OTHER_TIE = "OTHER_TIE"
"""The type of ties whose kind is beyond the vocabulary; such a tie says its ``kind``."""
TYPES = {kind: kind.upper() for kind in TIE_KINDS}
"""The relationship type of each kind of tie."""
KINDS = {name: kind for kind, name in TYPES.items()}
TIE_TYPES = (*TYPES.values(), OTHER_TIE)
RELATIONSHIPS = (*TIE_TYPES, "AGAINST", "NAMES", "LISTED")
"""The types of relationships that are facts."""
DESCRIPTION, EVENT = "DESCRIPTION", "EVENT"
"""What stands for a type with facts that are nodes."""
SUBJECT_KINDS = {kind.value: kind for kind in SubjectKind}
LABELS = {SubjectKind.ENTERPRISE: "Enterprise", SubjectKind.PERSON: "Person", SubjectKind.UNSPECIFIED: "Unspecified"}

_WHOLE = 1_000_000
_LARGEST = 2**63 - 1


def fact_kind(name: str) -> type[Fact]:
    """The kind of the facts of a type."""
    return _FACT_KINDS.get(name, Tie)


_FACT_KINDS: dict[str, type[Fact]] = {
    "AGAINST": Record,
    "NAMES": Finding,
    "LISTED": Listing,
    EVENT: Event,
    DESCRIPTION: Subject,
}


@lru_cache(maxsize=65536)
def day_number(day: int) -> int:
    """A day as YYYYMMDD.

    >>> day_number(738946), day_number(FIRST), day_number(LAST)
    (20240301, 0, 99999999)
    """
    if FIRST < day < LAST:
        on = date.fromordinal(day)
        return on.year * 10000 + on.month * 100 + on.day
    return OPEN_DAY if day >= LAST else 0


@lru_cache(maxsize=65536)
def day_of(number: int) -> int:
    """The day that `day_number` wrote.

    >>> day_of(day_number(738946)), day_of(0), day_of(OPEN_DAY) == LAST
    (738946, 0, True)
    """
    if 0 < number < OPEN_DAY:
        return date(number // 10000, number // 100 % 100, number % 100).toordinal()
    return LAST if number else FIRST


@lru_cache(maxsize=65536)
def _interval_numbers(value: Interval) -> tuple[int, int, int, int]:
    days = (value.start.lo, value.start.hi, value.end.lo, value.end.hi)
    return tuple(map(day_number, days))  # type: ignore[return-value]  # four of them


@lru_cache(maxsize=65536)
def interval_of(from_lo: int, from_hi: int, to_lo: int, to_hi: int) -> Interval:
    """The interval of four day numbers."""
    return interval(day_of(from_lo), day_of(from_hi), day_of(to_lo), day_of(to_hi))


@lru_cache(maxsize=65536)
def _bound_of(lo: int, hi: int) -> Bound:
    return bound(day_of(lo), day_of(hi))


@lru_cache(maxsize=65536)
def _share_properties(share: Share) -> tuple[tuple[str, object], ...]:
    """What a tie says of its share.

    >>> dict(_share_properties(Share.parse("33.33")))
    {'share': '33.33', 'share_lo': 333300, 'share_hi': 333300, 'share_of': 1000000}
    """
    made: Properties = {"share": share_text(share) or "?"}
    whole = lcm(share.lo.denominator, share.hi.denominator)
    whole = _WHOLE if _WHOLE % whole == 0 else whole
    if whole <= _LARGEST:
        made |= {"share_lo": int(share.lo * whole), "share_hi": int(share.hi * whole), "share_of": whole}
    if share.lo_open:
        made["share_lo_open"] = True
    if share.hi_open:
        made["share_hi_open"] = True
    return tuple(made.items())


def tie_type(kind: str) -> str:
    """The relationship type of a kind of tie.

    >>> tie_type("director"), tie_type("a kind of its own")
    ('DIRECTOR', 'OTHER_TIE')
    """
    return TYPES.get(kind, OTHER_TIE)


def type_of(fact: Fact) -> str:
    """What stands for a fact's type in the ledger's index of facts."""
    match fact:
        case Tie():
            return tie_type(fact.kind)
        case Subject():
            return DESCRIPTION
        case Record():
            return "AGAINST"
        case Finding():
            return "NAMES"
        case Event():
            return EVENT
        case _:
            return "LISTED"


def properties(fact: Fact, identity: str, position: int, recorded: int, retracted: int | None) -> Properties:
    """All properties of the node or relationship that is the fact."""
    made: Properties = {"position": position, "recorded": recorded, "fact": identity}
    if retracted is not None:
        made["retracted"] = retracted
    _PROPERTIES[type(fact)](fact, made)
    return made


def _texts(made: Properties, fact: Fact, *names: str) -> None:
    for name in names:
        text = getattr(fact, name)
        if text:
            made[name] = text


def _interval(made: Properties, value: Interval) -> None:
    made["from_lo"], made["from_hi"], made["to_lo"], made["to_hi"] = _interval_numbers(value)


def _tie(fact: Tie, made: Properties) -> None:
    made["id"] = fact.id
    _interval(made, fact.valid)
    if fact.share is not None:
        made.update(_share_properties(fact.share))
    if fact.title:
        made["title"] = fact.title
    if fact.credential:
        made["credential"] = fact.credential
    if fact.source:
        made["source"] = fact.source
    if fact.kind not in TYPES:
        made["kind"] = fact.kind


def _subject(fact: Subject, made: Properties) -> None:
    made["key"], made["type"], made["subject"], made["kind"] = fact.key, DESCRIPTION, fact.id, fact.kind.value
    made["text"] = [fact.name, fact.form, fact.status, fact.region, fact.industry, fact.id_type, fact.id_hash, fact.note]
    days = (fact.opened_on.lo, fact.opened_on.hi, fact.closed_on.lo, fact.closed_on.hi)
    made["days"] = [day_number(day) for day in days]
    if fact.state_owned:
        made["state_owned"] = True


_RECORD_TEXTS = ("family", "behaviour", "severity", "authority", "instrument_no", "region", "amount", "outcome")


def _record(fact: Record, made: Properties) -> None:
    _interval(made, fact.act)
    made["decided_lo"], made["decided_hi"] = day_number(fact.decided_on.lo), day_number(fact.decided_on.hi)
    _texts(made, fact, *_RECORD_TEXTS)


def _finding(fact: Finding, made: Properties) -> None:
    made["finding"] = fact.finding
    _texts(made, fact, "instrument_no")
    if fact.found_on is not None:
        made["found_on"] = day_number(fact.found_on)


def _event(fact: Event, made: Properties) -> None:
    made["key"], made["type"], made["record"], made["kind"] = fact.key, EVENT, fact.record, fact.kind
    made["on"] = day_number(fact.on)
    _texts(made, fact, "person", "instrument_no")


def _listing(fact: Listing, made: Properties) -> None:
    made["regime"] = fact.regime
    _interval(made, fact.listed)
    _texts(made, fact, "instrument_no")


_PROPERTIES: dict[type, Callable[[Any, Properties], None]] = {
    Tie: _tie,
    Subject: _subject,
    Record: _record,
    Finding: _finding,
    Event: _event,
    Listing: _listing,
}


def shown_subject(fact: Subject) -> Properties:
    """What the node of a subject shows of its description, to people; None: absent."""
    return {
        "name": fact.name or None,
        "form": fact.form or None,
        "status": fact.status or None,
        "region": fact.region or None,
        "industry": fact.industry or None,
        "opened_on": str(fact.opened_on) or None,
        "closed_on": str(fact.closed_on) or None,
        "state_owned": fact.state_owned or None,
    }


def shown_record(fact: Record) -> Properties:
    """What the node of a record shows of what was stated, to people; None: absent."""
    texts = {name: getattr(fact, name) or None for name in _RECORD_TEXTS}
    return {"subject": fact.subject, "decided_on": str(fact.decided_on) or None, **texts}


def decode(name: str, made: Mapping[str, Any], a: str, b: str) -> Stored[Fact]:
    """The stored fact of a type, its properties and the ids that it joins."""
    fact = _MAKERS[name](made, a, b) if name in _MAKERS else _made_tie(name, made, a, b)
    return Stored(fact, made["fact"], made["position"], moment_text(made["recorded"]))


def _made_tie(name: str, made: Mapping[str, Any], a: str, b: str) -> Tie:
    get = made.get
    share = get("share")
    return Tie(
        made["id"],
        KINDS[name] if name in KINDS else made["kind"],
        a,
        b,
        interval_of(made["from_lo"], made["from_hi"], made["to_lo"], made["to_hi"]),
        None if share is None else share_of(share),
        get("title", ""),
        get("credential", ""),
        get("source", ""),
    )


def _made_subject(made: Mapping[str, Any], _: str, __: str) -> Subject:
    name, form, status, region, industry, id_type, id_hash, note = made["text"]
    days, state_owned = made["days"], made.get("state_owned", False)
    opened_on, closed_on = _bound_of(days[0], days[1]), _bound_of(days[2], days[3])
    kind = SUBJECT_KINDS[made["kind"]]
    shown = (name, form, status, region, industry)
    return Subject(made["subject"], kind, *shown, opened_on, closed_on, state_owned, id_type, id_hash, note)


def _made_record(made: Mapping[str, Any], a: str, b: str) -> Record:
    family, behaviour, severity, *rest = (made.get(name, "") for name in _RECORD_TEXTS)
    act = interval_of(made["from_lo"], made["from_hi"], made["to_lo"], made["to_hi"])
    return Record(a, b, family, behaviour, severity, act, _bound_of(made["decided_lo"], made["decided_hi"]), *rest)


def _made_finding(made: Mapping[str, Any], a: str, b: str) -> Finding:
    found_on = made.get("found_on")
    return Finding(a, b, made["finding"], made.get("instrument_no", ""), None if found_on is None else day_of(found_on))


def _made_event(made: Mapping[str, Any], _: str, __: str) -> Event:
    return Event(made["record"], made["kind"], day_of(made["on"]), made.get("person", ""), made.get("instrument_no", ""))


def _made_listing(made: Mapping[str, Any], a: str, _: str) -> Listing:
    listed = interval_of(made["from_lo"], made["from_hi"], made["to_lo"], made["to_hi"])
    return Listing(a, made["regime"], listed, made.get("instrument_no", ""))


_MAKERS: dict[str, Callable[[Mapping[str, Any], str, str], Fact]] = {
    DESCRIPTION: _made_subject,
    "AGAINST": _made_record,
    "NAMES": _made_finding,
    EVENT: _made_event,
    "LISTED": _made_listing,
}
