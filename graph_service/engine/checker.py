"""An independent checker: does a consequence follow from the facts of its proof and the pack alone?

The problem: an engine that finds and explains with the same code repeats its own mistakes in its explanations.  So a proof is
tried here again, by other means and with nothing of the engine but its answer types.  The rules (docs/semantics.md, section 5):

* *trigger*: the record is in the proof, has an instrument, was decided by the date asked while the rule was in force, is on a
  subject of the rule's kind (its description; else a USCC or a tie into it shows an enterprise), its words are the rule's;
* *role*: for every admissible clock and every reading of its anchor on the days that matter (each bound and its neighbours),
  no choice of dates lets all of the person's offices miss the anchor; nobody holds an office longer than they certainly live;
* *finding*: where the rule asks for one, the proof holds one of an accepted kind on that person, made by the date asked;
* *standing*: the proof's events are replayed in the order of their dates, each stream by itself; then term, death, force, gates;
* *way*: by office, one certain tie of the liable person; by control, sweeps over the proof's ties until nothing new comes in;
* *cascade*: the same sweeps from the listed subjects of the proof, joint arrangements of the proof acting as one;
* *words*: kind, nature, implementer, basis, version and note are the pack's; record, id and ``via`` are what the proof says.

Invariants: nothing is looked up outside the proof and the pack; a possible verdict never passes; whatever is missing makes
the check fail, never pass.  That a proof holds no fact too many is another property, tested by dropping its facts.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from graph_service.engine.answers import Consequence, Standing, id_parts
from graph_service.engine.sweep import certain_on, inside, together
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.identifiers import is_uscc
from graph_service.model.interval import FIRST, LAST, OPEN_END, Bound, Interval
from graph_service.model.region import area_of
from graph_service.model.verdict import Status
from graph_service.model.words import FAMILIES, SEVERITIES, STATE_FORMS
from graph_service.policy.table import Basis, Carriage, Cascade, Clock, Effect, Exits, Pack, Rule, Term

Reading = tuple[int, int]
"""Days ``[first, after)``."""


@dataclass(frozen=True, slots=True)
class _Proof:
    """The facts of a proof by their kinds, with the law and the date that they are judged by."""

    pack: Pack
    at: int
    records: tuple[Record, ...]
    ties: tuple[Tie, ...]
    findings: tuple[Finding, ...]
    events: tuple[Event, ...]
    listings: tuple[Listing, ...]
    subjects: dict[str, Subject]


def check(consequence: Consequence, facts: Sequence[Stored[Fact]], pack: Pack, at: int) -> str | None:
    """None where the consequence follows from ``facts`` (those that its proof names), else a short code of what does not hold.

    ``pack`` other pack; ``extra`` a fact that the proof does not name; ``id`` the id says something else; ``rule_unknown``;
    ``code_unknown`` the rule gives no such consequence; ``words``; ``no_record``; ``trigger``; ``role``; ``finding``; ``way``;
    ``not_in_force``; ``not_caught``; ``dates``, ``status``, ``cause``, ``gate``: the standing differs.

    Costs some hundred steps for a verdict by role, and a sweep over the proof's ties for each level of a chain of owners.
    """
    via = (consequence.via,) if consequence.via else ()
    named = (consequence.pack, consequence.rule, consequence.code, consequence.record, consequence.subject, *via)
    if consequence.pack != pack.id:
        return "pack"
    if not {stored.id for stored in facts} <= set(consequence.proof):
        return "extra"
    if id_parts(consequence.id) != named:
        return "id"
    held = [stored.fact for stored in facts]
    proof = _Proof(
        pack,
        at,
        tuple(fact for fact in held if isinstance(fact, Record)),
        tuple(fact for fact in held if isinstance(fact, Tie)),
        tuple(fact for fact in held if isinstance(fact, Finding)),
        tuple(fact for fact in held if isinstance(fact, Event)),
        tuple(fact for fact in held if isinstance(fact, Listing)),
        {fact.id: fact for fact in held if isinstance(fact, Subject)},
    )
    version = consequence.rule, consequence.rule_version
    tried = [_cascade(consequence, law, proof) for law in pack.cascades if (law.id, law.version) == version]
    tried += [code for rule in pack.rules if (rule.id, rule.version) == version for code in _rule(consequence, rule, proof)]
    return "rule_unknown" if not tried else None if None in tried else tried[0]


def _rule(consequence: Consequence, rule: Rule, proof: _Proof) -> list[str | None]:
    """What comes of each effect, or each carriage, of a rule that may have given the consequence."""
    record = next((one for one in proof.records if one.id == consequence.record), None)
    if record is None:
        return ["no_record"]
    if not _speaks(record, rule, proof):
        return ["trigger"]
    if consequence.via:
        carriages = [carriage for carriage in rule.carriages if carriage.code == consequence.code]
        return [_carried(consequence, record, rule, carriage, proof) for carriage in carriages] or ["code_unknown"]
    bearer = consequence.subject
    return [
        _reached(bearer, record, rule, proof) or _gives(consequence, record, rule, effect, rule.basis, proof, bearer)
        for effect in rule.effects
        if effect.code == consequence.code
    ] or ["code_unknown"]


def _gives(
    consequence: Consequence, record: Record, rule: Rule, effect: Effect, basis: Basis, proof: _Proof, bearer: str
) -> str | None:
    """Whether words and standing are those that an effect of a rule gives to whoever bears it."""
    standing = _standing(record, rule, effect, basis, proof, bearer)
    return _words(consequence, rule, effect, basis) or _stands(consequence.standing, standing)


def _words(consequence: Consequence, law: Rule | Cascade, effect: Effect, basis: Basis) -> str | None:
    told = (consequence.kind, consequence.nature, consequence.implementer, consequence.basis, consequence.confidence)
    meant = (effect.kind, effect.nature, effect.implementer, basis, basis.confidence)
    return None if told == meant and consequence.note == law.note else "words"


def _stands(told: Standing, meant: Standing) -> str | None:
    if (told.start, told.end) != (meant.start, meant.end):
        return "dates"
    if told.status is not meant.status:
        return "status"
    if told.cause != meant.cause:
        return "cause"
    return None if (told.gate, told.own_basis) == (meant.gate, meant.own_basis) else "gate"


# Who answers for the record.


def _speaks(record: Record, rule: Rule, proof: _Proof) -> bool:
    """Whether the rule certainly speaks of the record; an empty word is unknown and certain only where any word will do."""
    decided, basis = record.decided_on, rule.basis
    outcomes = {word.strip() for word in record.outcome.split(";")} - {""}
    return (
        bool(record.instrument_no)
        and decided.hi <= proof.at
        and basis.valid_from <= decided.lo <= decided.hi < basis.valid_to
        and rule.subject_kind in ("any", _kind(record.subject, proof))
        and _allowed(record.family or proof.pack.behaviours.get(record.behaviour, ""), rule.families, FAMILIES)
        and (not rule.behaviours or record.behaviour in rule.behaviours)
        and _allowed(record.severity, rule.severities, SEVERITIES)
        and (not rule.outcomes or bool(rule.outcomes & outcomes))
        and (not rule.regions or any(area_of(record.region).startswith(area) for area in rule.regions))
    )


def _allowed(word: str, allowed: frozenset[str], vocabulary: Iterable[str]) -> bool:
    """Whether a word is allowed in every reading: an unknown one is where all words of its closed vocabulary are."""
    return not allowed or (word in allowed if word else allowed.issuperset(vocabulary))


def _kind(key: str, proof: _Proof) -> str:
    """What the proof shows a subject to be: its description first; empty if nothing does."""
    if key in proof.subjects:
        return proof.subjects[key].kind.value
    return "enterprise" if is_uscc(key) or any(tie.enterprise == key for tie in proof.ties) else ""


def _reached(person: str, record: Record, rule: Rule, proof: _Proof) -> str | None:
    """Whether the rule certainly reaches a subject for the record."""
    if _kind(person, proof) == SubjectKind.UNSPECIFIED.value:
        return "role"
    if rule.reach == "self":
        return None if person == record.subject else "role"
    found = any(
        one.record == record.id
        and one.person == person
        and (not rule.fault or one.finding in rule.fault)
        and (one.found_on is None or one.found_on <= proof.at)
        for one in proof.findings
    )
    if (rule.reach == "finding" or rule.fault or rule.clock == "named") and not found:
        return "finding"
    if rule.reach == "finding":
        return None
    offices = [
        tie.valid for tie in proof.ties if (tie.holder, tie.enterprise) == (person, record.subject) and tie.kind in rule.roles
    ]
    died = _death(person, proof)
    if rule.clock == "named":
        return None if any(office.start.lo <= died.hi for office in offices) else "role"
    bounds = [record.act.start, record.act.end, record.decided_on, died]
    days = _days_that_matter([*bounds, *(bound for office in offices for bound in (office.start, office.end))])
    anchors = (reading for clock in rule.clocks for reading in _anchor(record, clock, proof.at, days))
    missed = any(all(_can_miss(office, reading, died.lo + 1) for office in offices) for reading in anchors)
    return "role" if missed or not rule.clocks else None


def _death(key: str, proof: _Proof) -> Bound:
    """When a subject died, as far as the proof says so; open for whoever may live and for all that never lived."""
    one = proof.subjects.get(key)
    return one.closed_on if one is not None and one.kind is SubjectKind.PERSON else OPEN_END


def _can_miss(office: Interval, anchor: Reading, dead: int) -> bool:
    """Whether some choice of an office's dates leaves it without a day in the anchor: over before it, or begun too late.

    It is over when the holder is ``dead`` (the day after the death), and one that may begin only then may never be held.
    """
    soonest_over = min(dead, max(office.end.lo, office.start.lo + 1))
    latest_begun = min(office.start.hi, office.end.hi - 1)
    return soonest_over <= anchor[0] or latest_begun >= min(dead, anchor[1])


def _days_that_matter(bounds: Iterable[Bound]) -> list[int]:
    """Every bound of the gaps and its neighbours: between two of them nothing changes."""
    near = {day + step for bound in bounds for day in (bound.lo, bound.hi) for step in (-1, 0, 1)}
    return sorted(day for day in near if FIRST <= day <= LAST)


def _within(days: Iterable[int], bound: Bound) -> list[int]:
    return [day for day in days if bound.lo <= day <= bound.hi]


def _anchor(record: Record, clock: Clock, at: int, days: Sequence[int]) -> Iterable[Reading]:
    """The readings of a clock's anchor on the days that matter."""
    if clock == "current":
        return [(at, at + 1)]
    if clock == "decision":
        return [(day, day + 1) for day in _within(days, record.decided_on)]
    return _acts(record, days)


def _acts(record: Record, days: Sequence[int]) -> list[Reading]:
    """The readings of the act, cut after the day of a known decision; as stated where that leaves none."""
    starts, decided = _within(days, record.act.start), record.decided_on
    stated = [(first, after) for first in starts for after in _within({*days, first + 1}, record.act.end) if first < after]
    cut = [(first, min(after, decided.lo + 1)) for first, after in stated if decided.dated and first <= decided.lo]
    return cut or stated


# Where the consequence stands.


def _standing(record: Record, rule: Rule, effect: Effect, basis: Basis, proof: _Proof, bearer: str) -> Standing:
    """Where an effect stands for its bearer (empty: for nobody in particular), the strongest reason first."""
    at, term = proof.at, _term(record, effect.term)
    gate = next((gate.basis for gate in proof.pack.gates if gate.since <= at and effect.kind in gate.kinds), None)
    own = next((basis for basis in effect.own_bases if basis.valid_from <= at < basis.valid_to), None) if gate else None
    events = [one for one in proof.events if one.record == record.id and one.on <= at]
    ended, holding = _replay(events, rule.exits, bearer, permanent=effect.term.permanent)
    runs = Standing(record.decided_on, term, Status.ACTIVE, own_basis=own, gate=gate)
    died = _death(bearer, proof)
    over = [(Bound.on(ended.on), ended.kind)] if ended is not None else []
    over += [(bound, cause) for bound, cause in ((term, "expired"), (died, "died")) if bound.hi <= at]
    if over:
        end, cause = min(over, key=lambda one: (one[0].hi, one[0].lo))
        return replace(runs, end=Bound(min(term.lo, end.lo), end.hi), status=Status.ENDED, cause=cause)
    if not all(one.valid_from <= at < one.valid_to for one in (rule.basis, basis)):
        return replace(runs, status=Status.INACTIVE, cause="not_in_force")
    if gate is not None and own is None:
        return replace(runs, status=Status.INACTIVE, cause="no_legal_basis")
    if term.lo <= at:
        return replace(runs, status=Status.INACTIVE, cause="term_unknown")
    return replace(runs, status=Status.SUSPENDED, cause=holding.kind) if holding is not None else runs


def _replay(events: Iterable[Event], exits: Exits, bearer: str, *, permanent: bool) -> tuple[Event | None, Event | None]:
    """The first event that ends and the one that holds, after walking each stream in the order of its dates.

    On one day undoing comes last, and undoes only what it is named for.  What is permanent does not end by repair.
    """
    ended: list[Event] = []
    holding: list[Event] = []
    undoes = {undone for _, words in exits.suspended_by for undone in words}
    touching = [one for one in events if one.person in ("", bearer) or exits.own_event == "record"]
    for _, stream in groupby(sorted(touching, key=lambda one: one.person), key=lambda one: one.person):
        held: dict[str, Event] = {}
        for event in sorted(stream, key=lambda one: (one.on, one.kind in undoes, one.kind)):
            if event.kind in exits.ended_by and not (permanent and event.kind == "repaired"):
                ended.append(event)
            for kind, words in exits.suspended_by:
                if event.kind == kind:
                    held[kind] = event
                if event.kind in words:
                    held.pop(kind, None)
        holding += held.values()
    first = min(ended, key=lambda one: (one.on, one.kind), default=None)
    return first, min(holding, key=lambda one: (one.on, one.kind), default=None)


def _term(record: Record, term: Term) -> Bound:
    """The first day after the term, from its soonest to its latest reading; open without a term."""
    if term.permanent or (term.years, term.months, term.days) == (None, None, None):
        return OPEN_END
    decided = record.decided_on
    near = _days_that_matter([record.act.start, record.act.end, decided])
    vague = {decided.lo, decided.hi} if decided.lo > FIRST and decided.hi < LAST else set()
    told = [replace(record, decided_on=Bound.on(day)) for day in vague] or [record]
    acts = [act for one in told for act in _acts(one, near)]
    anchors = {
        "decision": [decided.lo, decided.hi],
        "act_start": [first for first, _ in acts],
        "act_end": [after for _, after in acts],
    }[term.anchor]
    return Bound(_after(min(anchors), term), _after(max(anchors), term))


def _after(day: int, term: Term) -> int:
    """A day moved by a term along the calendar; the last day of a month that is too short.  Open bounds stay open."""
    if not FIRST + 1 < day < LAST:
        return FIRST if day <= FIRST + 1 else LAST
    origin = date.fromordinal(day)
    months = origin.year * 12 + origin.month - 1 + 12 * (term.years or 0) + (term.months or 0)
    year, month = divmod(months, 12)
    if year > date.max.year:
        return LAST
    moved = date(year, month + 1, min(origin.day, monthrange(year, month + 1)[1])).toordinal() + (term.days or 0)
    return min(moved, LAST)


# How it comes to another enterprise.


def _carried(consequence: Consequence, record: Record, rule: Rule, carriage: Carriage, proof: _Proof) -> str | None:
    """Whether a certain verdict on the record carries to the consequence's subject."""
    basis = carriage.basis or rule.basis
    by_office = carriage.via == "office"
    if by_office:
        persons = {consequence.via}
        arrives = consequence.subject != record.subject and any(
            (tie.holder, tie.enterprise) == (consequence.via, consequence.subject)
            and tie.kind in carriage.roles
            and certain_on(tie.valid, proof.at)
            for tie in proof.ties
        )
    else:
        persons = {record.subject, *(one.person for one in proof.findings), *(tie.holder for tie in proof.ties)}
        arrives = _controlled(consequence, record.subject, carriage, proof)
    codes = [_reached(person, record, rule, proof) for person in sorted(persons)]
    if None not in codes:
        return codes[0]
    # What is carried hangs on the effects of the rule, and runs as long as the longest.
    terms = [effect.term for effect in rule.effects] or [Term()]
    longest = max(terms, key=lambda term: (_term(record, term).hi, _term(record, term).lo))
    effect = Effect(carriage.kind, carriage.code, carriage.nature, rule.initiator, longest)
    bearer = consequence.via if by_office else ""
    return _gives(consequence, record, rule, effect, basis, proof, bearer) if arrives else "way"


def _controlled(consequence: Consequence, origin: str, carriage: Carriage, proof: _Proof) -> bool:
    """Whether the subject is below the recorded enterprise, above it, or beside it under the common controller ``via``."""
    target, via, ways = consequence.subject, consequence.via, carriage.directions

    def controls(holder: str, *companies: str) -> bool:
        return set(companies) <= inside(frozenset({holder}), proof.ties, proof.at, carriage.threshold, strict=True)

    def relates(holder: str, *, owned: bool) -> bool:
        one = proof.subjects.get(holder)
        if one is not None and one.kind is not SubjectKind.ENTERPRISE:
            return True
        body = is_uscc(holder) and holder.startswith("11")
        state = body or (one is not None and (one.form in STATE_FORMS or (owned and one.state_owned)))
        return proof.pack.through_state_holders or not state

    if target == origin or not relates(origin, owned=False):
        return False
    if via != origin:
        return "sibling" in ways and relates(via, owned=True) and controls(via, origin, target)
    above = "up" in ways and relates(target, owned=True) and controls(target, origin)
    return above or ("down" in ways and controls(origin, target))


def _cascade(consequence: Consequence, law: Cascade, proof: _Proof) -> str | None:
    """Whether the listings, ties and joint arrangements of the proof make the subject certainly caught."""
    at, basis = proof.at, law.basis
    effect = Effect("derived_sanction", law.code, law.nature, law.implementer, Term())
    if consequence.code != law.code or consequence.via:
        return "code_unknown"
    if not basis.valid_from <= at < basis.valid_to:
        return "not_in_force"
    listings = [one for one in proof.listings if one.regime in law.regimes and certain_on(one.listed, at)]
    listed = frozenset(one.subject for one in listings)
    if not listed or consequence.record != "+".join(sorted(listed)):
        return "no_record"
    actors = [listed] if law.aggregate else [frozenset({member}) for member in listed]
    if law.joint:
        actors += [together(actor, proof.ties, at) for actor in actors]
    caught = any(
        consequence.subject
        in inside(actor, proof.ties, at, law.threshold, strict=law.strict, measures=law.measures, control=law.control)
        for actor in actors
    )
    if consequence.subject in listed or not caught:
        return "not_caught"
    spans = [one.listed for one in listings] + [tie.valid for tie in proof.ties if certain_on(tie.valid, at)]
    # All of them hold on the date asked, so each began by then and ends after it.
    began = [Bound(min(at, one.start.lo), min(at, one.start.hi)) for one in spans] + [Bound.on(basis.valid_from)]
    ended = [Bound(max(at + 1, one.end.lo), max(at + 1, one.end.hi)) for one in spans] + [Bound.on(basis.valid_to)]
    start = Bound(max(one.lo for one in began), max(one.hi for one in began))
    end = Bound(min(one.lo for one in ended), min(one.hi for one in ended))
    standing = Standing(start, end, Status.ACTIVE)
    return _words(consequence, law, effect, basis) or _stands(consequence.standing, standing)
