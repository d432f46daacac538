"""Where a consequence stands on a date: its term, the events that move it, the legal basis it needs.

* it runs from the decision to the first of: the end of its term, the first event that ends it, the death of the person;
* events without a person touch everybody; a person's own touch that person's consequences only (or the whole record,
  where the pack says so).  Each person's events and the record's are judged apart; the stronger status wins;
* a suspending event holds until one that undoes its kind; on one day, undoing wins;
* since a gate's date it needs a legal basis of its own in force on the date asked, or is not imposed;
* a term that hangs on a date that is not known never imposes anything that may be over.

Invariants: the order of events in the ledger changes nothing; an event after the date asked is not seen; ended beats inactive
beats suspended beats active.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from dateutil.relativedelta import relativedelta

from graph_service.engine.answers import Standing
from graph_service.engine.liability import Case, act_decided_on
from graph_service.model.facts import Event, Stored, SubjectKind
from graph_service.model.interval import FIRST, LAST, OPEN_END, Bound
from graph_service.model.verdict import Status
from graph_service.policy.table import Basis, Effect, Exits, Gate, Rule, Term

REPAIR = frozenset({"repaired"})
"""What does not end a permanent consequence."""


def standing(
    case: Case, rule: Rule, effect: Effect, gates: Iterable[Gate], events: Iterable[Stored[Event]], person: str
) -> Standing:
    """Where an effect of a rule stands for ``person`` (empty: for the record as such, as a flag on a related enterprise)."""
    start = case.record.fact.decided_on
    end = term_end(case, effect.term)
    ending = _first_ending(rule.exits, effect.term, events, person, case.at)
    gate, own = gate_of(effect, gates, case.at)
    died = _death(case, person)
    over: list[tuple[Bound, str, tuple[str, ...]]] = []
    if ending is not None:
        over.append((Bound.on(ending.fact.on), ending.fact.kind, (ending.id,)))
    if end.hi <= case.at:
        over.append((end, "expired", ()))
    if died is not None:
        over.append((died[0], "died", (died[1],)))
    if over:
        first, cause, facts = min(over, key=lambda one: (one[0].hi, one[0].lo))
        return Standing(start, Bound(min(end.lo, first.lo), first.hi), Status.ENDED, cause, facts, own, gate)
    if not rule.basis.valid_from <= case.at < rule.basis.valid_to:
        return Standing(start, end, Status.INACTIVE, "not_in_force", (), own, gate)
    if gate is not None and own is None:
        return Standing(start, end, Status.INACTIVE, "no_legal_basis", (), None, gate)
    if end.lo <= case.at:
        return Standing(start, end, Status.INACTIVE, "term_unknown", (), own, gate)
    held = _suspension(rule.exits, events, person, case.at)
    if held is not None:
        return Standing(start, end, Status.SUSPENDED, held.fact.kind, (held.id,), own, gate)
    return Standing(start, end, Status.ACTIVE, "", (), own, gate)


def term_end(case: Case, term: Term) -> Bound:
    """The day after the last on which a term runs, as far as its anchor is known; open without a term.

    Counted by the calendar: where the last month has no such day, its last day (Civil Code, article 202, ends a term by
    months on the corresponding day, or the last day of the month if there is none).
    """
    if term.permanent or (term.years is None and term.months is None and term.days is None):
        return OPEN_END
    record = case.record.fact
    decided = record.decided_on
    # No act lies after its decision, whichever day of a vague date that was; an act said to begin after it stands as stated.
    days = (decided.lo, decided.hi) if decided.lo > FIRST and decided.hi < LAST else ()
    acts = [act_decided_on(record, day) or record.act for day in days] or [record.act]
    # An act is not empty: it begins before it ends, whatever of its bounds is unknown.
    begin = Bound(min(act.start.lo for act in acts), max(min(act.start.hi, act.end.hi - 1) for act in acts))
    finish = Bound(min(max(act.end.lo, act.start.lo + 1) for act in acts), max(act.end.hi for act in acts))
    origin = {"decision": decided, "act_start": begin, "act_end": finish}[term.anchor]
    return Bound(after(origin.lo, term), after(origin.hi, term))


def after(day: int, term: Term) -> int:
    """The day after the last of a term that is counted from a day, by the calendar; open where nothing is known of the day."""
    if day <= FIRST + 1:
        return FIRST  # nothing is known of when it began
    if day >= LAST:
        return LAST
    try:
        moved = date.fromordinal(day) + relativedelta(years=term.years or 0, months=term.months or 0, days=term.days or 0)
    except (ValueError, OverflowError):
        return LAST
    return moved.toordinal()


def _streams(exits: Exits, events: Iterable[Stored[Event]], person: str, at: int) -> list[list[Stored[Event]]]:
    """The events that touch a person's consequences, the record's own and each person's apart."""
    streams: dict[str, list[Stored[Event]]] = defaultdict(list)
    for event in events:
        who = event.fact.person
        if event.fact.on <= at and (not who or who == person or exits.own_event == "record"):
            streams[who].append(event)
    return list(streams.values())


def _first_ending(exits: Exits, term: Term, events: Iterable[Stored[Event]], person: str, at: int) -> Stored[Event] | None:
    by = exits.ended_by - REPAIR if term.permanent else exits.ended_by
    ending = [event for stream in _streams(exits, events, person, at) for event in stream if event.fact.kind in by]
    return min(ending, key=lambda event: (event.fact.on, event.fact.kind, event.id), default=None)


def _suspension(exits: Exits, events: Iterable[Stored[Event]], person: str, at: int) -> Stored[Event] | None:
    """The event that holds a consequence up; of several the one that began to hold it first.

    Each kind of suspending event holds until one that undoes it, on that day or later.
    """
    holding = []
    for stream in _streams(exits, events, person, at):
        for kind, undone_by in exits.suspended_by:
            undone = max((event.fact.on for event in stream if event.fact.kind in undone_by), default=FIRST)
            held = [event for event in stream if event.fact.kind == kind and event.fact.on > undone]
            if held:
                holding.append(max(held, key=lambda event: (event.fact.on, event.id)))
    return min(holding, key=lambda event: (event.fact.on, event.id), default=None)


def _death(case: Case, person: str) -> tuple[Bound, str] | None:
    """When a person certainly died, on or before the date asked, and the fact that says so."""
    described = case.subjects.get(person)
    if described is None or described.fact.kind is not SubjectKind.PERSON:
        return None
    died = described.fact.closed_on
    return (died, described.id) if died.hi <= case.at else None


def gate_of(effect: Effect, gates: Iterable[Gate], at: int) -> tuple[Basis | None, Basis | None]:
    """The gate that an effect must pass on a date, and the legal basis of its own that passes it."""
    for gate in gates:
        if effect.kind in gate.kinds and at >= gate.since:
            own = next((basis for basis in effect.own_bases if basis.valid_from <= at < basis.valid_to), None)
            return gate.basis, own
    return None, None
