"""Who answers for a record, by enumeration of every reading (semantics, sections 1 to 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product

from graph_service.model.facts import Fact, Finding, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import FIRST, LAST, OPEN_END, Bound, Days, Interval
from graph_service.model.verdict import Verdict
from graph_service.model.words import FAMILIES, SEVERITIES
from graph_service.policy.table import Rule
from tests.reference.readings import bound_readings, days, interval_readings, mentioned_days, share_a_day, verdict

ANOTHER = "~another word"
"""Stands for all words of an open vocabulary that no rule names."""


def cut_act(record: Record) -> Interval:
    """The act interval: no act lies after a known decision; where cutting leaves nothing, it stands as stated."""
    if not record.decided_on.dated:
        return record.act
    after = record.decided_on.lo + 1
    end = Bound(min(record.act.end.lo, after), min(record.act.end.hi, after))
    return replace(record.act, end=end) if record.act.start.lo < end.hi else record.act


def words_fit(record: Record, rule: Rule, behaviours: Mapping[str, str]) -> set[bool]:
    """Whether family, behaviour and severity are in the rule's sets, under each reading of the empty ones.

    The vocabularies of severities and families are closed, that of behaviours is open.
    """
    family_of = behaviours.get(record.behaviour) if record.behaviour else None
    families = [record.family] if record.family else [family_of] if family_of else FAMILIES
    named = [record.behaviour] if record.behaviour else [*sorted(rule.behaviours), ANOTHER]
    severities = [record.severity] if record.severity else SEVERITIES
    regions = region_readings(record.region, rule)
    return {
        (not rule.families or family in rule.families)
        and (not rule.behaviours or behaviour in rule.behaviours)
        and (not rule.severities or severity in rule.severities)
        and (not rule.regions or any(region.startswith(area) for area in rule.regions))
        for family, behaviour, severity, region in product(families, named, severities, regions)
    }


def region_readings(code: str, rule: Rule) -> list[str]:
    """The places that a region's code may stand for: itself, and places inside it; all of them where it says nothing.

    Two digits a level; pairs of zeros at the end say nothing.  ``99`` stands for wherever no rule asks.
    """
    said = code
    while said.endswith("00"):
        said = said[:-2]
    places = [said + "99", *sorted(rule.regions)]
    return [place for place in places if place.startswith(said)] if said.isdigit() else ["99", *sorted(rule.regions)]


@dataclass(frozen=True)
class Question:
    """One record, one rule, one day, and the facts."""

    facts: Sequence[Fact]
    record: Record
    rule: Rule
    at: int
    behaviours: Mapping[str, str]

    @property
    def subjects(self) -> dict[str, Subject]:
        return {fact.id: fact for fact in self.facts if isinstance(fact, Subject)}

    @property
    def ties(self) -> list[Tie]:
        """Ties of the rule's roles to the recorded subject."""
        return [
            fact
            for fact in self.facts
            if isinstance(fact, Tie) and fact.enterprise == self.record.subject and fact.kind in self.rule.roles
        ]

    @property
    def named(self) -> set[str]:
        """The persons whom a finding that had been made names with a kind that the fault test accepts."""
        return {
            fact.person
            for fact in self.facts
            if isinstance(fact, Finding)
            and fact.record == self.record.id
            and fact.finding in self.rule.fault
            and (fact.found_on is None or fact.found_on <= self.at)
        }

    def unspecified(self, subject: str) -> bool:
        """Whether it is a party that is known to be there and never reached."""
        known = self.subjects.get(subject)
        return known is not None and known.kind is SubjectKind.UNSPECIFIED


def reference_verdicts(
    facts: Sequence[Fact], record_id: str, rule: Rule, at: int, behaviours: Mapping[str, str] | None = None
) -> dict[str, Verdict]:
    """The verdict of one rule for one record on everybody whom it could reach; whoever is not in the answer is excluded.

    ``behaviours`` is the pack's map of behaviours to families.  Costs the product of the readings of the decision, the act
    and one tie at a time.
    """
    record = next(fact for fact in facts if isinstance(fact, Record) and fact.id == record_id)
    question = Question(facts, record, rule, at, behaviours or {})
    match rule.reach:
        case "self":
            found = {record.subject: verdict(speaks for speaks, _ in _law_readings(question))}
        case "finding":
            found = {person: verdict(speaks for speaks, _ in _law_readings(question)) for person in question.named}
        case "role":
            found = {holder: _role_verdict(question, holder) for holder in {tie.holder for tie in question.ties}}
    return {subject: result for subject, result in found.items() if not question.unspecified(subject)}


def _law_readings(question: Question) -> Iterator[tuple[bool, Days]]:
    """Every reading of record, words and clock: whether the rule speaks, and the anchor at which a role must be held."""
    record, rule, at = question.record, question.rule, question.at
    bounds = (rule.basis.valid_from, rule.basis.valid_to)
    domain = days(
        [at, at + 1, *bounds, *mentioned_days(question.facts), *(day + 1 for day in (record.decided_on.lo, record.decided_on.hi))]
    )
    subject = question.subjects.get(record.subject)
    outcomes = {word for cell in [record.outcome] for word in cell.split(";")}
    stated = (
        record.instrument_no != ""
        and (subject is None or rule.subject_kind in ("any", subject.kind.value))
        and (not rule.outcomes or not rule.outcomes.isdisjoint(outcomes))
    )
    acts = interval_readings(cut_act(record), domain)
    decisions = [day for day in bound_readings(record.decided_on, domain) if FIRST < day < LAST]
    fits = words_fit(record, rule, question.behaviours)
    for decided, fit, clock in product(decisions, fits, rule.clocks or ("decision",)):
        speaks = stated and fit and decided <= at and rule.basis.valid_from <= decided < rule.basis.valid_to
        match clock:
            case "act":
                yield from ((speaks, act) for act in acts)
            case "decision":
                yield speaks, (decided, decided + 1)
            case "current":
                yield speaks, (at, at + 1)


def _role_verdict(question: Question, holder: str) -> Verdict:
    """Whether one holder is reached through a role.

    A finding that the fault test requires and that the ledger does not hold is there or not.  Where the finding itself fixes
    person and time (``named``), whoever is named had only to hold the role once.
    """
    rule, record = question.rule, question.record
    ties = [tie for tie in question.ties if tie.holder == holder]
    domain = days(
        [question.at, question.at + 1, *mentioned_days(question.facts), record.decided_on.lo + 1, record.decided_on.hi + 1]
    )
    there = holder in question.named
    at_fault = {True} if not rule.fault or there else {True, False}
    person = question.subjects.get(holder)
    died = person.closed_on if person is not None and person.kind is SubjectKind.PERSON else OPEN_END

    @cache
    def held(tie: Tie, anchor: Days, death: int) -> frozenset[bool]:
        lived = (anchor[0], min(anchor[1], death + 1))
        return frozenset(share_a_day(reading, lived) for reading in interval_readings(tie.valid, domain))

    def outcomes() -> Iterator[bool]:
        seen: set[tuple[bool, Days]] = set()
        for speaks, anchor in _law_readings(question):
            if (speaks, anchor) in seen:
                continue
            seen.add((speaks, anchor))
            if rule.clock == "named" and there:
                yield speaks and any(tie.valid.start.lo <= died.hi for tie in ties)  # held at any time, but by the living
                continue
            for death in bound_readings(died, domain):
                for fault, *holds in product(at_fault, *(held(tie, anchor, death) for tie in ties)):
                    yield speaks and fault and any(holds)

    return verdict(outcomes())
