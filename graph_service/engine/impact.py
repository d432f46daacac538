"""What some further facts would change: verdicts and consequences before and after.

* the facts touch subjects; a verdict can change only on a record of a touched subject, of an enterprise where a touched person
  holds or held a role, or of an enterprise tied to a touched one by control;
* those are traced on both sides and compared: what is new, what is lifted, what changes its status or dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph_service.engine.answers import Consequence, LeftOut, Reached
from graph_service.engine.cascade import Caught, in_force, screen
from graph_service.engine.closure import TiesOfView, closure, majority
from graph_service.engine.control import HALF, upstream
from graph_service.engine.trace import trace
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie
from graph_service.model.verdict import Verdict
from graph_service.model.words import TIE_KINDS
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


@dataclass(frozen=True, slots=True)
class Change:
    """One consequence that differs: ``new``, ``lifted`` or ``changed``."""

    what: str
    before: Consequence | None
    after: Consequence | None


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """One verdict that differs; EXCLUDED on the side where the rule does not reach."""

    subject: str
    record: str
    rule: str
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Impact:
    """What would change."""

    looked_at: tuple[str, ...]
    verdicts: tuple[VerdictChange, ...]
    consequences: tuple[Change, ...]
    caught: tuple[tuple[str, str, str], ...]
    left_out: tuple[LeftOut, ...]


def impact(before: View, after: View, facts: Sequence[Fact], packs: Sequence[Pack], at: int) -> Impact:
    """What differs between two views of a ledger, the second with some facts more.  Costs two traces a subject looked at."""
    touched, left_out = _touched(before, after, facts, packs, at)
    looked_at = sorted(
        {record.fact.subject for view in (before, after) for record in view.records_of(touched)} | _subjects(facts)
    )
    verdicts: list[VerdictChange] = []
    changes: list[Change] = []
    law = [pack for pack in packs if pack.rules]
    for subject in looked_at:
        old, new = trace(before, subject, law, at), trace(after, subject, law, at)
        left_out.extend((*old.left_out, *new.left_out))
        verdicts.extend(_verdicts(old.persons, new.persons))
        changes.extend(_consequences(old.consequences, new.consequences))
    caught = [
        row
        for pack in packs
        for cascade in in_force(pack.cascades, at)
        for row in _caught(pack.id, screen(before, cascade, at), screen(after, cascade, at))
    ]
    return Impact(tuple(looked_at), tuple(verdicts), tuple(changes), tuple(sorted(caught)), tuple(left_out))


def _subjects(facts: Iterable[Fact]) -> set[str]:
    return {fact.subject for fact in facts if isinstance(fact, Record)}


def _touched(before: View, after: View, facts: Sequence[Fact], packs: Sequence[Pack], at: int) -> tuple[set[str], list[LeftOut]]:
    """The subjects on whose records a verdict can change."""
    keys: set[str] = set()
    for fact in (*facts, *_superseded(before, facts)):
        match fact:
            case Subject():
                keys.add(fact.id)
            case Tie():
                keys.update((fact.holder, fact.enterprise))
            case Record() | Listing():
                keys.add(fact.subject)
            case Finding() | Event():
                keys.update(record.fact.subject for view in (before, after) for record in view.records([fact.record]))
    left_out: list[LeftOut] = []
    kinds = frozenset(TIE_KINDS)
    found = set(keys)
    # What the laws asked take for control, at its widest.
    parts = [carriage.threshold for pack in packs for rule in pack.rules for carriage in rule.carriages]
    test = majority(min(parts, default=HALF))
    for view in (before, after):
        for ties in view.ties_of(sorted(keys), kinds).values():
            found.update(tie.fact.enterprise for tie in ties)
        named = [finding.fact.record for finding in view.findings_naming(keys)]
        found.update(record.fact.subject for record in view.records(named))
        for key in sorted(keys):
            above, missed = upstream(view, key, test.kinds)
            left_out.extend(missed)
            holders = {tie.fact.holder for tie in above}
            inside = closure(TiesOfView(view, test.kinds), at, holders | {key}, test, possible=False)
            found.update(holders, inside.rounds)
    return found, left_out


def _superseded(before: View, facts: Sequence[Fact]) -> list[Fact]:
    """The live facts whose place the further facts take: what a correction takes away can change a verdict, too."""
    reader, keys = before.reader, {fact.key for fact in facts}
    old: list[Stored[Fact]] = [
        *reader.subjects({fact.id for fact in facts if isinstance(fact, Subject)}),
        *reader.ties({fact.id for fact in facts if isinstance(fact, Tie)}),
        *reader.records({fact.id for fact in facts if isinstance(fact, Record)}),
    ]
    return [stored.fact for stored in old if stored.fact.key in keys]


def _verdicts(old: Iterable[Reached], new: Iterable[Reached]) -> list[VerdictChange]:
    def index(rows: Iterable[Reached]) -> dict[tuple[str, str, str, str], Reached]:
        return {(one.pack, one.rule.id, one.record, one.subject): one for one in rows}

    was, will = index(old), index(new)
    changes = []
    for key in sorted(was.keys() | will.keys()):
        _, rule, record, subject = key
        before = was[key].verdict if key in was else Verdict.EXCLUDED
        after = will[key].verdict if key in will else Verdict.EXCLUDED
        if before is not after:
            changes.append(VerdictChange(subject, record, rule, before, after))
    return changes


def _consequences(old: Iterable[Consequence], new: Iterable[Consequence]) -> list[Change]:
    was, will = {one.id: one for one in old}, {one.id: one for one in new}
    changes = []
    for key in sorted(was.keys() | will.keys()):
        one, other = was.get(key), will.get(key)
        if one is None:
            changes.append(Change("new", None, other))
        elif other is None:
            changes.append(Change("lifted", one, None))
        elif (one.standing.start, one.standing.end, one.standing.status, one.standing.cause) != (
            other.standing.start,
            other.standing.end,
            other.standing.status,
            other.standing.cause,
        ):
            changes.append(Change("changed", one, other))
    return changes


def _caught(pack: str, old: Iterable[Caught], new: Iterable[Caught]) -> list[tuple[str, str, str]]:
    """``(pack, subject, change)`` of the subjects whose verdict under a cascade differs."""
    was, will = {one.subject: one.verdict.name for one in old}, {one.subject: one.verdict.name for one in new}
    return [
        (pack, key, f"{was.get(key, 'EXCLUDED').lower()} -> {will.get(key, 'EXCLUDED').lower()}")
        for key in was.keys() | will.keys()
        if was.get(key) != will.get(key)
    ]
