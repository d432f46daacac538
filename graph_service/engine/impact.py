"""What some further facts would change: verdicts and consequences before and after.

* what can change is what following the ledger along would look at again (`graph_service.engine.affected`), as if the facts had
  been appended: with them the live facts whose place they take;
* that is traced on both sides and compared: what is new, what is lifted, what changes its status or dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph_service.engine.affected import affected
from graph_service.engine.answers import Consequence, LeftOut, Reached
from graph_service.engine.cascade import Caught, screen_one
from graph_service.engine.rows import answers_of
from graph_service.model.facts import Fact, Record, Stored, Subject, Tie
from graph_service.model.verdict import Verdict
from graph_service.policy.table import Cascade, Pack
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
    """What would change.  ``looked_at`` are the recorded subjects that were traced."""

    looked_at: tuple[str, ...]
    verdicts: tuple[VerdictChange, ...]
    consequences: tuple[Change, ...]
    caught: tuple[tuple[str, str, str], ...]
    left_out: tuple[LeftOut, ...]


def impact(before: View, after: View, facts: Sequence[Fact], packs: Sequence[Pack], at: int) -> Impact:
    """What differs between two views of a ledger, the second with some facts more.  Costs two traces a subject looked at."""
    touched = affected(before, after, [*facts, *_superseded(before, facts)], packs, at)
    old, new = (answers_of(view, view.records_of(touched.subjects), packs, at) for view in (before, after))
    left_out = [*touched.left_out, *(one for _, one in (*old.left_out, *new.left_out))]
    caught = [
        row
        for pack, cascade, subjects in touched.cascades
        for row in _caught(pack.id, *(_screened(view, cascade, subjects, at) for view in (before, after)))
    ]
    return Impact(
        looked_at=touched.subjects,
        verdicts=tuple(_verdicts(old.reached, new.reached)),
        consequences=tuple(_consequences(old.consequences, new.consequences)),
        caught=tuple(sorted(caught)),
        left_out=tuple({(one.code, one.about): one for one in left_out}.values()),
    )


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


def _screened(view: View, cascade: Cascade, subjects: Iterable[str], at: int) -> list[Caught]:
    return [one for key in subjects if (one := screen_one(view, key, cascade, at).caught) is not None]


def _caught(pack: str, old: Iterable[Caught], new: Iterable[Caught]) -> list[tuple[str, str, str]]:
    """``(pack, subject, change)`` of the subjects whose verdict under a cascade differs."""
    was, will = {one.subject: one.verdict.name for one in old}, {one.subject: one.verdict.name for one in new}
    return [
        (pack, key, f"{was.get(key, 'EXCLUDED').lower()} -> {will.get(key, 'EXCLUDED').lower()}")
        for key in was.keys() | will.keys()
        if was.get(key) != will.get(key)
    ]
