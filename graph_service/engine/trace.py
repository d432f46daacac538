"""The trace: who answers for a subject's records, and all that follows, with proofs.

One question, one slice: the ties into the subject, the records on it with their findings and events, the other offices of
those who answer, what it controls and who controls it.  Everything is read through a `View`, many keys at once.

Invariants: the same facts give the same answer in any order; what a bound left out is said; a candidate has no consequence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph_service.engine.answers import Consequence, Fault, LeftOut, PossiblyCaught, Reached, Trace, from_rule
from graph_service.engine.carriage import carried
from graph_service.engine.cascade import derived_sanction, in_force, screen_one
from graph_service.engine.faults import record_faults, ties_faults
from graph_service.engine.liability import Case, verdicts
from graph_service.engine.standing import standing
from graph_service.model.facts import Event, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.identifiers import is_uscc
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


def trace(view: View, subject: str, packs: Sequence[Pack], at: int, records: Sequence[Stored[Record]] | None = None) -> Trace:
    """Who answers for a subject's records (or only for some) on a day under some packs, and what follows.

    Costs the ties into the subject, the ties of those who answer, and what is upstream and downstream of it by control.
    """
    found = view.records_of([subject]) if records is None else tuple(records)
    persons: list[Reached] = []
    consequences: list[Consequence] = []
    faults: list[Fault] = []
    left_out: list[LeftOut] = []
    cases = cases_of(view, found, packs, at)
    for case in cases:
        answer = follow(view, case, packs)
        persons.extend(answer.reached)
        consequences.extend(answer.consequences)
        left_out.extend(answer.left_out)
        faults.extend(record_faults(case, packs, view.events_of([case.record.fact.id])[case.record.fact.id]))
    ties = view.ties_into([subject])[subject]
    view.fetch_subjects(tie.fact.holder for tie in ties)
    faults.extend(ties_faults(subject, ties, at, (tie.fact.holder for tie in ties if view.subject(tie.fact.holder))))
    possible: list[PossiblyCaught] = []
    for pack in packs:
        for cascade in in_force(pack.cascades, at):
            screened = screen_one(view, subject, cascade, at)
            left_out.extend(screened.left_out)
            one = screened.caught
            if one is not None and one.verdict.certain:
                consequences.append(derived_sanction(pack.id, cascade, one, screened.seeds, screened.joint, at))
            elif one is not None:
                possible.append(PossiblyCaught(pack.id, cascade, one.owners, one.seeds))
    return Trace(
        subject=subject,
        at=at,
        packs=tuple(packs),
        persons=tuple(sorted(persons, key=_person_order)),
        consequences=tuple(sorted(consequences, key=lambda one: (one.pack, one.record, one.id))),
        faults=tuple({(one.code, one.about, one.facts): one for one in sorted(faults, key=_fault_order)}.values()),
        left_out=tuple({(one.code, one.about): one for one in left_out}.values()),
        names=names(view, [subject, *_subjects(persons, consequences), *(key for one in possible for key, _ in one.owners)]),
        possible=tuple(possible),
    )


def _person_order(one: Reached) -> tuple[str, int, str, str, str]:
    return one.record, -one.verdict.value, one.pack, one.rule.id, one.subject


def _fault_order(one: Fault) -> tuple[str, str, tuple[str, ...]]:
    return one.code, one.about, one.facts


def _subjects(persons: Iterable[Reached], consequences: Iterable[Consequence]) -> list[str]:
    return [one.subject for one in persons] + [key for one in consequences for key in (one.subject, one.via) if key]


def names(view: View, keys: Iterable[str]) -> dict[str, str]:
    """The names of subjects; empty where no row describes one."""
    wanted = sorted(set(keys))
    view.fetch_subjects(wanted)
    return {key: found.fact.name if (found := view.subject(key)) else "" for key in wanted}


def cases_of(view: View, records: Sequence[Stored[Record]], packs: Sequence[Pack], at: int) -> list[Case]:
    """The records with everything that bears on who answers for them: some batched reads, whatever their number."""
    ids = [record.fact.id for record in records]
    subjects = sorted({record.fact.subject for record in records})
    roles = {role for pack in packs for rule in pack.rules for role in rule.roles}
    ties = view.ties_into(subjects)
    findings = view.findings_of(ids)
    holders = {tie.fact.holder for found in ties.values() for tie in found if tie.fact.kind in roles}
    named = {finding.fact.person for found in findings.values() for finding in found}
    view.fetch_subjects([*subjects, *holders, *named])
    return [
        Case(
            record=record,
            ties=ties[record.fact.subject],
            findings=findings[record.fact.id],
            subjects=_described(view, record, ties[record.fact.subject], named, roles),
            at=at,
        )
        for record in records
    ]


def _described(
    view: View, record: Stored[Record], ties: Sequence[Stored[Tie]], named: set[str], roles: set[str]
) -> dict[str, Stored[Subject]]:
    keys = {record.fact.subject, *named, *(tie.fact.holder for tie in ties if tie.fact.kind in roles)}
    return {key: found for key in keys if (found := view.subject(key)) is not None}


@dataclass(frozen=True, slots=True)
class Followed:
    """What follows from one record."""

    reached: tuple[Reached, ...]
    consequences: tuple[Consequence, ...]
    left_out: tuple[LeftOut, ...]


def follow(view: View, case: Case, packs: Iterable[Pack], *, only: str = "", carry: bool = True) -> Followed:
    """All verdicts on a record and the consequences of the certain ones; of ``only`` one subject; with or without carriage."""
    events = view.events_of([case.record.fact.id])[case.record.fact.id]
    reached: list[Reached] = []
    consequences: list[Consequence] = []
    left_out: list[LeftOut] = []
    for pack in packs:
        found = [one for rule in pack.rules for one in verdicts(case, rule, pack) if not only or one.subject == only]
        reached.extend(found)
        for one in found:
            if one.verdict.certain:
                consequences.extend(effects(case, pack, one, events))
        if carry:
            further, missed = carried(view, case, pack, found, events)
            consequences.extend(further)
            left_out.extend(missed)
    return Followed(tuple(reached), tuple(consequences), tuple(left_out))


def effects(case: Case, pack: Pack, one: Reached, events: Sequence[Stored[Event]]) -> list[Consequence]:
    """What a certain verdict means for the subject that it is on."""
    found = []
    for effect in one.rule.effects:
        if effect.kind == "record_entry" and one.rule.reach != "self" and _is_enterprise(case, one.subject):
            continue  # through an office the record is written on a person's credit record; an enterprise in office has none
        stands = standing(case, one.rule, effect, pack.gates, events, one.subject)
        proof = tuple(sorted({*one.proof, *stands.facts}))
        found.append(from_rule(one, effect, stands, proof))
    return found


def _is_enterprise(case: Case, key: str) -> bool:
    described = case.subjects.get(key)
    return is_uscc(key) if described is None else described.fact.kind is SubjectKind.ENTERPRISE


@dataclass(frozen=True, slots=True)
class CreditRecord:
    """A person's credit record: every verdict on the person and what stands on it, from all records that can reach them."""

    person: str
    at: int
    packs: tuple[Pack, ...]
    reached: tuple[Reached, ...]
    consequences: tuple[Consequence, ...]
    names: Mapping[str, str]


def credit_record(view: View, person: str, packs: Sequence[Pack], at: int) -> CreditRecord:
    """Everything written on a person on a day.

    Costs the ties of the person and the ties into the enterprises where they held a role that some rule reaches.
    """
    roles = frozenset(role for pack in packs for rule in pack.rules for role in rule.roles)
    enterprises = sorted({tie.fact.enterprise for tie in view.ties_of([person], roles)[person]})
    named = [finding.fact.record for finding in view.findings_naming([person])]
    records = {one.fact.id: one for one in (*view.records_of([person, *enterprises]), *view.records(named))}
    cases = cases_of(view, [records[key] for key in sorted(records)], packs, at)
    followed = [follow(view, case, packs, only=person, carry=False) for case in cases]
    reached = [one for part in followed for one in part.reached]
    consequences = [one for part in followed for one in part.consequences]
    return CreditRecord(
        person=person,
        at=at,
        packs=tuple(packs),
        reached=tuple(sorted(reached, key=_person_order)),
        consequences=tuple(sorted(consequences, key=lambda one: (one.pack, one.record, one.id))),
        names=names(view, [person, *(case.record.fact.subject for case in cases)]),
    )
