"""Whose answers some changed facts can change: the recorded subjects to look at again, and the cascades.

The problem: after an append, only what can have changed shall be traced again, and nothing that has may be missed.  The unit is
the recorded subject with all its records.  A changed fact touches, in the ledger before it and after it:

* a record, finding or event: the subject of the record;
* a tie: the enterprise that it leads into; where it is an office by which verdicts carry, every recorded subject for which its
  holder may answer; where it is a holding, the groups that it helps to control: of every actor that certainly controls the
  enterprise with the holder inside, the actor itself and, if the actor relates its holdings to each other, all of them;
* a description: the subject itself; where it tells another kind or end, the enterprises where it holds a role and the records
  whose findings name it; where it becomes or ceases to be the state or nobody, the groups that it controls or is controlled in;
* a holding, right, arrangement or listing: under each cascade the company that it leads into, or what is below whoever is listed,
  and on downwards as long as somebody is caught.

Why the groups are enough: a closure differs only if a changed tie joins a holder inside to a company inside, before or after.

Invariants: a subject that is not affected has the same rows before and after; where that cannot be told within the bounds,
``left_out`` says so and everything must be computed anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from graph_service.engine.answers import LeftOut
from graph_service.engine.carriage import is_state_body, is_state_holder
from graph_service.engine.cascade import in_force, joint_ties, listed, screen_one, test_of
from graph_service.engine.closure import Closure, TiesAtHand, TiesOfView, closure, majority
from graph_service.engine.control import JOINT, upstream
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.interval import OPEN_END
from graph_service.model.words import TIE_KINDS
from graph_service.policy.table import Cascade, Pack
from graph_service.snapshot.view import View

AFFECTED_LIMIT = 5000
"""How many recorded subjects are looked at again before computing everything anew is the better way."""
ALL_KINDS = frozenset(TIE_KINDS)
Views = tuple[View, View]


@dataclass(frozen=True, slots=True)
class Affected:
    """``subjects``: the recorded subjects, on either side, to trace again; ``records``: all their records on either side.

    ``cascades``: the subjects to ask anew whether a cascade catches them; ``described``: those whose description changed.  If
    ``left_out`` is not empty, more may be affected than is here.
    """

    subjects: tuple[str, ...]
    records: tuple[str, ...]
    cascades: tuple[tuple[Pack, Cascade, tuple[str, ...]], ...]
    described: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True, slots=True)
class _Law:
    """What decides how far a change reaches; ``control``: the thresholds, and whether the state is walked through."""

    roles: frozenset[str]
    office_roles: frozenset[str]
    control: frozenset[tuple[Fraction, bool]]


def _law(packs: Iterable[Pack]) -> _Law:
    rules = [(pack, rule) for pack in packs for rule in pack.rules]
    carriages = [(pack, one) for pack, rule in rules for one in rule.carriages]
    return _Law(
        roles=frozenset(role for _, rule in rules for role in rule.roles),
        office_roles=frozenset(role for _, one in carriages if one.via == "office" for role in one.roles),
        control=frozenset((one.threshold, pack.through_state_holders) for pack, one in carriages if one.via == "control"),
    )


def affected(before: View, after: View, facts: Iterable[Fact], packs: Sequence[Pack], at: int) -> Affected:
    """Whose answers can differ between two views of a ledger.

    ``facts`` are all facts that are live in one of the views and not in the other, in any order.  Costs the neighbourhoods of
    the facts: for a holding what is upstream of it and, where it matters to control, the group that it belongs to.
    """
    changed = list(facts)
    views: Views = (before, after)
    law = _law(packs)
    left_out: list[LeftOut] = []
    ties = [fact for fact in changed if isinstance(fact, Tie)]
    described = sorted({fact.id for fact in changed if isinstance(fact, Subject)})
    touched = {fact.subject for fact in changed if isinstance(fact, Record)}
    touched |= {tie.enterprise for tie in ties} | set(described)
    touched |= _of_records(views, {fact.record for fact in changed if isinstance(fact, Finding | Event)})
    answering = {tie.holder for tie in ties if tie.kind in law.office_roles}
    answering |= {key for key in described if _as_holder(before.subject(key)) != _as_holder(after.subject(key))}
    touched |= _answering_for(views, answering, law.roles) | answering
    touched |= _mentioning(views, described)
    for threshold, through_state in sorted(law.control):
        for tie in ties:
            if tie.kind in majority(threshold).kinds:
                touched |= _by_holding(views, tie, threshold, through_state, at, left_out)
        for key in described:
            touched |= _by_description(views, key, threshold, at, left_out)
    cascades = []
    for pack in packs:
        for one in in_force(pack.cascades, at):
            below = _of_cascade(views, changed, one, at, left_out)
            cascades += [(pack, one, tuple(sorted(below)))] if below else []
    records = [record.fact for view in views for record in view.records_of(sorted(touched))]
    subjects = sorted({record.subject for record in records})
    if len(subjects) > AFFECTED_LIMIT:
        left_out.append(LeftOut("followed", subjects[0], {"limit": AFFECTED_LIMIT}))
    return Affected(
        subjects=tuple(subjects),
        records=tuple(sorted({record.id for record in records})),
        cascades=tuple(cascades),
        described=tuple(described),
        left_out=tuple(left_out),
    )


def _of_records(views: Views, records: set[str]) -> set[str]:
    """The subjects of records."""
    return {record.fact.subject for view in views for record in view.records(sorted(records))} if records else set()


def _answering_for(views: Views, keys: set[str], roles: frozenset[str]) -> set[str]:
    """The subjects for whose records some others may answer: by a role, or because a finding names them."""
    found: set[str] = set()
    for view in views if keys else ():
        found.update(tie.fact.enterprise for ties in view.ties_of(sorted(keys), roles).values() for tie in ties)
        found |= _of_records((view, view), {finding.fact.record for finding in view.findings_naming(keys)})
    return found


def _mentioning(views: Views, described: Sequence[str]) -> set[str]:
    """The enterprises whose ties name a subject that a row describes on one side only: a data fault comes or goes."""
    for view in views:
        view.fetch_subjects(described)
    turned = [key for key in described if (views[0].subject(key) is None) != (views[1].subject(key) is None)]
    found: set[str] = set()
    for view in views if turned else ():
        found.update(tie.fact.enterprise for ties in view.ties_of(turned, ALL_KINDS).values() for tie in ties)
    return found


def _by_holding(views: Views, tie: Tie, threshold: Fraction, through_state: bool, at: int, left_out: list[LeftOut]) -> set[str]:
    """The members of every group in which a holding counts towards control."""
    found: set[str] = set()
    for view in views:
        for actor in _actors(view, tie.enterprise, tie.holder, threshold, at, left_out):
            found |= _group(views, actor, threshold, through_state, at)
    return found


def _actors(view: View, company: str, owner: str, threshold: Fraction, at: int, left_out: list[LeftOut]) -> list[str]:
    """Who certainly controls a company with an owner inside: the owner itself or somebody upstream of it."""
    test = majority(threshold)
    read, missed = upstream(view, company, test.kinds)
    left_out.extend(missed)
    at_hand = TiesAtHand(read)
    above, frontier = {owner}, [owner]
    while frontier:
        frontier = sorted({tie.fact.holder for tie in at_hand.into(frontier)} - above)
        above.update(frontier)
    insides = {actor: closure(at_hand, at, [actor], test, possible=False).rounds for actor in sorted(above - {company})}
    return [actor for actor, rounds in insides.items() if company in rounds and (owner == actor or owner in rounds)]


def _group(views: Views, actor: str, threshold: Fraction, through_state: bool, at: int) -> set[str]:
    """An actor and, where it relates its holdings to each other, all that it controls on either side."""
    found = {actor}
    for view in views:
        if through_state or not all(is_state_holder(one.subject(actor), actor) for one in views):
            found.update(_controlled(view, actor, threshold, at).rounds)
    return found


def _controlled(view: View, actor: str, threshold: Fraction, at: int) -> Closure:
    test = majority(threshold)
    return closure(TiesOfView(view, test.kinds), at, [actor], test, possible=False)


def _by_description(views: Views, key: str, threshold: Fraction, at: int, left_out: list[LeftOut]) -> set[str]:
    """The groups of a subject that becomes or ceases to be the state, or nobody; nothing where it stays what it is."""
    nature = [_nature(view.subject(key), key) for view in views]
    if nature[0] == nature[1]:
        return set()
    found: set[str] = set()
    for view in views:
        found.update(_controlled(view, key, threshold, at).rounds)
        for actor in _actors(view, key, key, threshold, at, left_out):
            found |= {actor, *_controlled(view, actor, threshold, at).rounds}
    return found


def _as_holder(subject: Stored[Subject] | None) -> tuple[object, ...]:
    """What a description says of somebody who may answer; which fact says it matters only if it tells of an end."""
    if subject is None:
        return ()
    ended = subject.fact.closed_on
    return subject.fact.kind, ended, subject.id if ended != OPEN_END else ""


def _nature(subject: Stored[Subject] | None, key: str) -> tuple[bool, bool, bool]:
    nobody = subject is not None and subject.fact.kind is SubjectKind.UNSPECIFIED
    return nobody, is_state_body(subject, key), is_state_holder(subject, key)


def _of_cascade(views: Views, changed: Iterable[Fact], cascade: Cascade, at: int, left_out: list[LeftOut]) -> set[str]:
    """The subjects whose place under a cascade can change: what lies below a changed fact, while somebody is caught on the way.

    A company that is neither caught nor listed, before or after, passes nothing on.
    """
    kinds = test_of(cascade).kinds
    found: set[str] = set()
    acting = {fact.subject for fact in changed if isinstance(fact, Listing) and fact.regime in cascade.regimes}
    for fact in changed:
        if isinstance(fact, Tie) and fact.kind == JOINT and cascade.joint:
            acting |= {fact.holder, fact.enterprise}
        if isinstance(fact, Tie) and fact.kind in kinds:
            found.add(fact.enterprise)
    if cascade.joint and acting:
        ties = [tie.fact for view in views for tie in joint_ties(view, acting)]
        acting |= {key for tie in ties for key in (tie.holder, tie.enterprise)}
    found |= acting
    frontier = sorted(found)
    while frontier and len(found) <= AFFECTED_LIMIT:
        passing = [key for key in frontier if key in acting or _passes_on(views, key, cascade, at, left_out)]
        below = {tie.fact.enterprise for view in views for ties in view.ties_of(passing, kinds).values() for tie in ties}
        frontier = sorted(below - found)
        found |= below
    if len(found) > AFFECTED_LIMIT:
        left_out.append(LeftOut("followed", min(found), {"limit": AFFECTED_LIMIT}))
    return found


def _passes_on(views: Views, key: str, cascade: Cascade, at: int, left_out: list[LeftOut]) -> bool:
    """Whether a subject is caught or listed, certainly or possibly, before or after."""
    for view in views:
        screened = screen_one(view, key, cascade, at)
        left_out.extend(screened.left_out)
        if screened.caught is not None or listed(view.listings_of([key])[key], cascade.regimes, at):
            return True
    return False
