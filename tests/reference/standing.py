"""From when to when a consequence runs and where it stands, as a plain loop over events (semantics, section 4)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from graph_service.model.facts import Event, Fact, Record, Subject, SubjectKind
from graph_service.model.interval import FIRST, LAST, Bound
from graph_service.model.verdict import Status
from graph_service.policy.table import Effect, Gate, Rule, Term
from tests.reference.liability import cut_act


@dataclass(frozen=True)
class Standing:
    """Where a consequence stands.

    ``causes`` are all that apply at the strongest status (an answer shows one of them), empty if active.  ``start`` and ``end``
    are None where they are open or not known.
    """

    status: Status
    causes: frozenset[str]
    start: int | None
    end: int | None


def add_term(day: int, term: Term) -> int:
    """The day on which a term that begins on ``day`` is over; a day that the last month does not have becomes its last day."""
    begin = date.fromordinal(day)
    months = begin.month - 1 + (term.months or 0)
    year, month = begin.year + (term.years or 0) + months // 12, months % 12 + 1
    last = date(year, month, min(begin.day, monthrange(year, month)[1]))
    return (last + timedelta(days=term.days or 0)).toordinal()


def reference_status(
    facts: Sequence[Fact], record_id: str, rule: Rule, effect: Effect, at: int, person: str, gates: Sequence[Gate] = ()
) -> Standing:
    """Where the consequence of one effect for one liable subject stands on ``at``."""
    record = next(fact for fact in facts if isinstance(fact, Record) and fact.id == record_id)
    events = sorted((fact for fact in facts if isinstance(fact, Event) and fact.record == record_id), key=lambda event: event.on)
    general = [event for event in events if event.on <= at and event.person == ""]
    touching = {event.person for event in events if event.person and (rule.exits.own_event == "record" or event.person == person)}
    own = [[event for event in events if event.on <= at and event.person == one] for one in sorted(touching)]

    ended, ended_on = set[str](), list[int]()
    suspended = set[str]()
    for stream in (general, *own):
        for event in stream:
            spared = effect.term.permanent and event.kind == "repaired"
            if event.kind in rule.exits.ended_by and not spared:
                ended.add(event.kind)
                ended_on.append(event.on)
        for kind, undone_by in rule.exits.suspended_by:
            held = False
            # On one day what undoes comes last, so that it wins.
            for event in sorted(stream, key=lambda event: (event.on, event.kind in undone_by)):
                if event.kind == kind:
                    held = True
                if event.kind in undone_by:
                    held = False
            if held:
                suspended.add(kind)

    over = _term_end(record, effect.term)
    if over is not None and over.hi <= at:
        ended.add("expired")
    holder = next((fact for fact in facts if isinstance(fact, Subject) and fact.id == person), None)
    if holder is not None and holder.kind is SubjectKind.PERSON and holder.closed_on.hi <= at:
        ended.add("died")
        ended_on += [holder.closed_on.lo] if holder.closed_on.dated else []

    inactive = set[str]()
    if not rule.basis.valid_from <= at < rule.basis.valid_to:
        inactive.add("not_in_force")
    for gate in gates:
        own_basis = any(basis.valid_from <= at < basis.valid_to for basis in effect.own_bases)
        if at >= gate.since and effect.kind in gate.kinds and not own_basis:
            inactive.add("no_legal_basis")
    if over is not None and over.lo <= at < over.hi:
        inactive.add("term_unknown")

    ends = [*ended_on, *([over.lo] if over is not None and over.known and over.lo < LAST else [])]
    start = record.decided_on.lo if record.decided_on.dated else None
    end = min(ends, default=None)
    if ended:
        return Standing(Status.ENDED, frozenset(ended), start, end)
    if inactive:
        return Standing(Status.INACTIVE, frozenset(inactive), start, end)
    if suspended:
        return Standing(Status.SUSPENDED, frozenset(suspended), start, end)
    return Standing(Status.ACTIVE, frozenset(), start, end)


def _term_end(record: Record, term: Term) -> Bound | None:
    """When the term is over, as the range of days that the anchor leaves open; None: it never is."""
    if term.permanent or (term.years is None and term.months is None and term.days is None):
        return None
    act = cut_act(record)
    # The act is not empty in any reading, so each bound limits the other.
    begin = Bound(act.start.lo, min(act.start.hi, act.end.hi - 1))
    finish = Bound(max(act.end.lo, act.start.lo + 1), act.end.hi)
    anchor = {"decision": record.decided_on, "act_start": begin, "act_end": finish}[term.anchor]
    # An anchor without a date on a side may lie as far off as you please; an open start is no date to count from.
    lo = FIRST if anchor.lo == FIRST else LAST if anchor.lo == LAST else add_term(anchor.lo, term)
    hi = LAST if anchor.hi in (FIRST, LAST) else add_term(anchor.hi, term)
    return Bound(lo, hi)
