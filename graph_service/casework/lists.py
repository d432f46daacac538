"""Black and red lists (失信黑名单、守信红名单): who is on which on a day, since when, until when, and what holds on both.

* a black list is never written by hand: it is the records that meet the list's standard, from their decision on;
* an entry ends with the first event that the list names (repair, an objection upheld, annulment), or with the term of display in
  force on the day asked; whether it may be over is asked for the shortest reading, so nobody stays on for a gap;
* a record of which the decision may be later than the day is no entry yet; a lead is none ever;
* a red list is written by the competent department, entry and removal each with a reason, perhaps for a term;
* of a subject on both, the pack's policy says whether black prevails (the red entry is suspended) or somebody must look;
* lists of third parties are for reference and have no effect.

Invariants (must never happen): an entry on a black list without an instrument; a red entry shown as valid beside a black
one where black prevails.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graph_service.casework.calendar import later
from graph_service.casework.history import Act, Thing, begin, find, take, things
from graph_service.casework.office import Office, in_force, today
from graph_service.casework.publication import display_of, mask, objected
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import Event, Record, Stored, SubjectKind
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import LAST, day_text, parse_day
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

Colour = Literal["black", "red", "reference"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A subject on a list on a day.

    ``status``: ``on``, ``suspended`` (a red entry that a black one suspends) or ``left``; ``end``: the first day no longer on it,
    None while none is known; ``objected``: an objection to it has not been decided.
    """

    pack: str
    list: str
    colour: Colour
    subject: str
    status: Literal["on", "suspended", "left"]
    start: int
    end: int | None
    cause: str = ""
    record: str = ""
    both: bool = False
    objected: bool = False
    reason: str = ""


Law = Mapping[str, Any]


def lists_of(packs: Iterable[Pack], colour: Colour, day: int) -> list[tuple[Pack, Law]]:
    """The lists of a colour in force on a day."""
    every: list[tuple[Pack, Law]] = [(pack, law) for pack in packs for law in pack.lists]
    return [(pack, law) for pack, law in every if law["colour"] == colour and law["valid_from"] <= day < law["valid_to"]]


def black_entries(view: View, packs: Sequence[Pack], day: int, subject: str | None = None) -> list[Entry]:
    """Who is, or was, on the black lists as of a day.  Costs the records of the subject, or a scan of all."""
    laws = lists_of(packs, "black", day)
    if not laws:
        return []
    records = view.records_of([subject]) if subject is not None else tuple(_all_records(view))
    told = [one for one in records if one.fact.instrument_no and one.fact.decided_on.hi <= day]
    events = view.events_of([one.fact.id for one in told])
    return [
        _entry(pack, law, one, events[one.fact.id], day)
        for pack, law in laws
        for one in sorted(told, key=lambda record: record.fact.id)
        if _meets(law, one.fact)
    ]


def _all_records(view: View) -> Iterable[Stored[Record]]:
    for stored in view.reader.scan(Record):
        if isinstance(stored.fact, Record):
            yield Stored(stored.fact, stored.id, stored.position, stored.recorded_at)


def _meets(law: Law, record: Record) -> bool:
    return (not law["families"] or record.family in law["families"]) and (
        not law["severities"] or record.severity in law["severities"]
    )


def _entry(pack: Pack, law: Law, record: Stored[Record], events: Sequence[Stored[Event]], day: int) -> Entry:
    fact = record.fact
    whole = [one.fact for one in events if not one.fact.person and one.fact.on <= day]
    ends = [(one.on, one.kind) for one in whole if one.kind in law["ended_by"]]
    rule = display_of([pack], fact.severity, day)
    if rule is not None and rule.most is not None:
        ends.append((later(fact.decided_on.lo, rule.most), "expired"))
    end, cause = min(ends, default=(LAST, ""))
    over = end <= day
    return Entry(
        pack=pack.id,
        list=str(law["id"]),
        colour="black",
        subject=fact.subject,
        status="left" if over else "on",
        start=fact.decided_on.hi,
        end=None if end >= LAST else end,
        cause=cause if over else "",
        record=fact.id,
        objected=objected(whole),
    )


def enter(office: Office, act: Act, list_id: str, subject: str, reason: str, *, until: str = "") -> Thing:
    """Enter a subject on a red list, or note it from a third party's, until a day or until removed.  Raises `BadValue`.

    Nobody is entered on a black list by hand, nor on a red one while a black one prevails.
    """
    if not reason.strip():
        raise BadValue("step_needs", step="enter", need="reason")
    subject = subject_key(subject)
    last = parse_day(until) if until else None
    with office.desk.write() as db, office.view() as view:
        day = today(db, act)
        pack, law = _written(office, list_id, day)
        if last is not None and last <= day:
            raise BadValue("entry_over", until=until)
        if law["colour"] == "red" and _prevails([pack], day) and _on_black(view, [pack], day, subject):
            raise BadValue("entry_on_black", subject=subject)
        if any(one.body["list"] == list_id and one.body["subject"] == subject for one in _entered(db)):
            raise BadValue("thing_there", thing=f"{list_id}: {subject}")
        times = 1 + sum(one.body["list"] == list_id and one.body["subject"] == subject for one in things(db, "entry"))
        thing = f"entry:{pack.id}:{list_id}:{subject}:{times}"
        body = {"pack": pack.id, "list": list_id, "subject": subject, "reason": reason, "from": day_text(day), "until": until}
        return begin(db, act, "entry", thing, body)


def remove(office: Office, act: Act, entry: str, reason: str) -> Thing:
    """Remove a subject from a list that is written by hand, with the reason.  Raises `BadValue`."""
    with office.desk.write() as db:
        held = find(db, entry)
        brought = {"reason": reason, "entered_for": held.body.get("reason", "") if held else ""}
        return take(db, act, entry, "remove", brought, "entry")


def _entered(db: sqlite3.Connection) -> list[Thing]:
    return [one for one in things(db, "entry") if one.state == "entered"]


def _written(office: Office, list_id: str, day: int) -> tuple[Pack, Law]:
    """A list that is written by hand."""
    written = [*lists_of(office.packs, "red", day), *lists_of(office.packs, "reference", day)]
    for pack, law in written:
        if law["id"] == list_id:
            return pack, law
    raise BadValue("list_not_written", value=list_id[:64], known=", ".join(str(law["id"]) for _, law in written) or "-")


def _prevails(packs: Sequence[Pack], day: int) -> bool:
    """Whether a pack's policy lets black prevail on a day."""
    rules = (pack.casework.both_lists for pack in packs if pack.casework)
    return any(rule is not None and rule.policy == "black_prevails" and in_force(rule.cited, day) for rule in rules)


def _on_black(view: View, packs: Sequence[Pack], day: int, subject: str) -> bool:
    return any(one.status == "on" for one in black_entries(view, packs, day, subject))


def written_entries(
    office: Office,
    view: View,
    db: sqlite3.Connection,
    colour: Colour,
    day: int,
    subject: str | None = None,
    upto: int | None = None,
) -> list[Entry]:
    """Who is, or was, on the red lists, or those of third parties, as of a day (and of a step of the history)."""
    laws = {(pack.id, law["id"]): (pack, law) for pack, law in lists_of(office.packs, colour, day)}
    found = []
    for one in things(db, "entry", day=day, upto=upto):
        body = one.body
        held = laws.get((body["pack"], body["list"]))
        if held is None or subject not in (None, body["subject"]):
            continue
        over = [(one.days["remove"], "removed")] if one.state == "removed" else []
        over += [(parse_day(body["until"]), "expired")] if body["until"] else []
        end, cause = min(over, default=(LAST, ""))
        both = colour == "red" and end > day and _on_black(view, [held[0]], day, body["subject"])
        suspended = both and _prevails([held[0]], day)
        found.append(
            Entry(
                pack=body["pack"],
                list=body["list"],
                colour=colour,
                subject=body["subject"],
                status="left" if end <= day else "suspended" if suspended else "on",
                start=parse_day(body["from"]),
                end=None if end >= LAST else end,
                cause=cause if end <= day else "on_black_list" if suspended else "",
                both=both,
                reason=body["reason"],
            )
        )
    return found


def listed(
    office: Office,
    colour: Colour,
    day: int,
    *,
    subject: str | None = None,
    history: bool = False,
    public: bool = False,
    upto: int | None = None,
    lang: Lang = "en",
) -> Shape:
    """A list as of a day: those on it, with ``history`` also those who left.

    ``public``: as the public sees it, that is enterprises alone and no entry that is suspended; ``upto``: the step of the history
    up to which it is told.  Raises `BadValue`.
    """
    if colour not in ("black", "red", "reference"):
        raise BadValue("bad_word", value=str(colour)[:64], allowed="black, red, reference")
    with office.view() as view, office.desk.read() as db:
        if colour == "black":
            found = black_entries(view, office.packs, day, subject)
        else:
            found = written_entries(office, view, db, colour, day, subject, upto)
        view.fetch_subjects(one.subject for one in found)
        kept = [one for one in found if history or one.status != "left"]
        if public:
            kept = [one for one in kept if one.status == "on" and not _is_person(view, one.subject)]
        laws = {(pack.id, law["id"]): law for pack, law in lists_of(office.packs, colour, day)}
        rows = [_shape(view, one, laws[one.pack, one.list], lang) for one in sorted(kept, key=_order)]
    return {"colour": colour, "at": day_text(day), "entries": rows, "complete": not office.ledger.unfinished_loads()}


def _order(one: Entry) -> tuple[str, str, str, int]:
    return one.subject, one.list, one.record, one.start


def _is_person(view: View, key: str) -> bool:
    found = view.subject(key)
    return found is not None and found.fact.kind is not SubjectKind.ENTERPRISE


def _shape(view: View, one: Entry, law: Law, lang: Lang) -> Shape:
    described = view.subject(one.subject)
    name = described.fact.name if described else ""
    return {
        "subject": one.subject,
        "name": mask(name) if name and _is_person(view, one.subject) else name,
        "list": one.list,
        "title": law["title"][lang],
        "pack": one.pack,
        "status": one.status,
        "cause": one.cause or None,
        "from": day_text(one.start),
        "to": None if one.end is None else day_text(one.end),
        "record": one.record or None,
        "reason": one.reason or None,
        "on_both": one.both,
        "objected": one.objected,
        "reference_only": law["reference_only"],
        "authority": law["authority"][lang],
        "basis": {"instrument": law["instrument"][lang], "article": law["article"][lang]},
        "confidence": law["confidence"],
    }
