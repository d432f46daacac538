"""A run as rows: every verdict and consequence of many records as plain values, one row each.

The tables of a run, however it was computed (by joins, or by one trace after another), hold these columns and these values:

* `VerdictRow`: one for each subject that a rule reaches or may reach for a record;
* `ConsequenceRow`: one for each thing that follows, derived sanctions of ownership cascades too;
* `CaughtRow`: one for each subject that an ownership cascade catches or may catch;
* `FaultRow`, `LeftOutRow`: data faults and what was left out, each under the recorded subject whose trace says it.

Only words are missing (names, titles, instruments, articles, implementers): they follow from the subject and from the pack by
``(pack, rule, rule_version, code)`` and are put in where rows are shown.

Invariants: a row is what `graph_service.engine.trace.trace` says of it; rows of a table are sorted by its `ORDER`; the same facts
give the same rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph_service.engine.answers import Consequence, Fault, LeftOut, Reached
from graph_service.engine.cascade import Caught, derived_sanction, in_force, screen, screen_one
from graph_service.engine.faults import record_faults, ties_faults
from graph_service.engine.shapes import PAIR_WORD, PERSON_WORD, bound_text
from graph_service.engine.trace import cases_of, follow
from graph_service.model.facts import Record, Stored
from graph_service.policy.table import Cascade, Pack
from graph_service.snapshot.view import View


class VerdictRow(NamedTuple):
    """``verdict``: liable or candidate; ``role``: kinds of tie in the rule's order, joined by ``+`` (or self, finding)."""

    pack: str
    rule: str
    rule_version: str
    record: str
    subject: str
    verdict: str
    role: str
    gaps: list[str]
    proof: list[str]


class ConsequenceRow(NamedTuple):
    """``begins`` and ``ends``: a date, a range of dates for a gap, None for an open bound; None also for no cause, no ``via``."""

    id: str
    subject: str
    kind: str
    code: str
    begins: str | None
    ends: str | None
    status: str
    cause: str | None
    nature: str
    record: str
    pack: str
    rule: str
    rule_version: str
    legal_effect: bool
    confidence: str
    via: str | None
    proof: list[str]


class CaughtRow(NamedTuple):
    """``verdict``: certain or possible; ``owners`` and ``shares`` go together; a share is empty where an owner only directs."""

    pack: str
    cascade: str
    cascade_version: str
    subject: str
    verdict: str
    owners: list[str]
    shares: list[str]
    listed: list[str]


class FaultRow(NamedTuple):
    """``about`` is the subject or record that a fault touches, ``subject`` the recorded subject whose trace says it."""

    subject: str
    code: str
    about: str
    facts: list[str]


class LeftOutRow(NamedTuple):
    """``values`` are those of the message, as JSON; ``cascade`` is the pack and the cascade asked, empty for a record's own."""

    subject: str
    code: str
    about: str
    values: str
    cascade: str


VERDICTS = VerdictRow._fields
CONSEQUENCES = tuple({"begins": "from", "ends": "to"}.get(name, name) for name in ConsequenceRow._fields)
CAUGHT = CaughtRow._fields
FAULTS = FaultRow._fields
LEFT_OUT = LeftOutRow._fields
"""The columns of each table, in order."""

ORDER = {
    "verdicts": ("record", "pack", "rule", "rule_version", "subject"),
    "consequences": ("record", "id"),
    "caught": ("pack", "cascade", "cascade_version", "subject"),
    "data_faults": ("subject", "code", "about", "facts"),
    "left_out": ("subject", "code", "about", "cascade"),
}
"""By which columns the rows of each table are sorted, as texts are in Python."""


def verdict_row(one: Reached) -> VerdictRow:
    """The row of a verdict."""
    return VerdictRow(
        one.pack,
        one.rule.id,
        one.rule.version,
        one.record,
        one.subject,
        PERSON_WORD[one.verdict.value],
        "+".join(one.roles),
        [gap.code for gap in one.gaps],
        sorted(one.proof),
    )


def consequence_row(one: Consequence) -> ConsequenceRow:
    """The row of a consequence."""
    stands = one.standing
    return ConsequenceRow(
        one.id,
        one.subject,
        one.kind,
        one.code,
        bound_text(stands.start),
        bound_text(stands.end),
        stands.status.word,
        stands.cause or None,
        one.nature,
        one.record,
        one.pack,
        one.rule,
        one.rule_version,
        one.legal_effect,
        one.confidence,
        one.via or None,
        sorted(one.proof),
    )


def caught_row(pack: str, cascade: Cascade, one: Caught) -> CaughtRow:
    """The row of a subject that a cascade of a pack catches or may catch."""
    owners, shares = [key for key, _ in one.owners], [share for _, share in one.owners]
    return CaughtRow(
        pack, cascade.id, cascade.version, one.subject, PAIR_WORD[one.verdict.value], owners, shares, list(one.seeds)
    )


def fault_row(subject: str, one: Fault) -> FaultRow:
    """The row of a data fault met in the trace of a subject."""
    return FaultRow(subject, one.code, one.about, list(one.facts))


def left_out_row(subject: str, one: LeftOut, cascade: str = "") -> LeftOutRow:
    """The row of what the trace of a subject left out."""
    values = json.dumps(dict(one.values), ensure_ascii=False, sort_keys=True, default=str)
    return LeftOutRow(subject, one.code, one.about, values, cascade)


@dataclass(frozen=True, slots=True)
class Answers:
    """What follows from some records, as the engine gives it; faults and what was left out by the recorded subject."""

    reached: tuple[Reached, ...] = ()
    consequences: tuple[Consequence, ...] = ()
    faults: tuple[tuple[str, Fault], ...] = ()
    left_out: tuple[tuple[str, LeftOut], ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of each table, sorted.  ``derived`` are consequences, too: those of cascades, which hang on no record."""

    verdicts: tuple[VerdictRow, ...] = ()
    consequences: tuple[ConsequenceRow, ...] = ()
    derived: tuple[ConsequenceRow, ...] = ()
    caught: tuple[CaughtRow, ...] = ()
    data_faults: tuple[FaultRow, ...] = ()
    left_out: tuple[LeftOutRow, ...] = ()


def answers_of(view: View, records: Sequence[Stored[Record]], packs: Sequence[Pack], at: int) -> Answers:
    """All that follows from some records, one trace after another.  ``records`` are all records of their subjects.

    Costs a trace for each record, with a handful of reads for all of them together.
    """
    reached: list[Reached] = []
    consequences: list[Consequence] = []
    faults: dict[tuple[str, str, str, tuple[str, ...]], tuple[str, Fault]] = {}
    left_out: dict[tuple[str, str, str], tuple[str, LeftOut]] = {}
    keys = [record.fact.id for record in records]
    subjects = sorted({record.fact.subject for record in records})
    events = view.events_of(keys)
    found: list[tuple[str, Fault]] = []
    for case in cases_of(view, records, packs, at):
        key, answer = case.record.fact.subject, follow(view, case, packs)
        reached.extend(answer.reached)
        consequences.extend(answer.consequences)
        left_out.update(((key, one.code, one.about), (key, one)) for one in answer.left_out)
        found.extend((key, one) for one in record_faults(case, packs, events[case.record.fact.id]))
    ties = view.ties_into(subjects)
    view.fetch_subjects(tie.fact.holder for held in ties.values() for tie in held)
    for key in subjects:
        described = [tie.fact.holder for tie in ties[key] if view.subject(tie.fact.holder)]
        found.extend((key, one) for one in ties_faults(key, ties[key], at, described))
    faults.update(((key, one.code, one.about, one.facts), (key, one)) for key, one in found)
    return Answers(tuple(reached), tuple(consequences), tuple(faults.values()), tuple(left_out.values()))


def rows_of(answers: Answers) -> Rows:
    """The rows of answers."""
    return Rows(
        verdicts=tuple(sorted(map(verdict_row, answers.reached), key=_verdict_order)),
        consequences=tuple(sorted(map(consequence_row, answers.consequences), key=_consequence_order)),
        data_faults=tuple(sorted(fault_row(key, one) for key, one in answers.faults)),
        left_out=tuple(sorted(left_out_row(key, one) for key, one in answers.left_out)),
    )


def rows_by_trace(view: View, records: Sequence[Stored[Record]], packs: Sequence[Pack], at: int) -> Rows:
    """The rows that some records give, by one trace after another: what the bulk run must give as well.

    ``records`` are all records of their subjects.  Cascades hang on no record: see `rows_of_cascades`.
    """
    return rows_of(answers_of(view, records, packs, at))


def rows_of_cascades(view: View, cascades: Iterable[tuple[Pack, Cascade]], at: int) -> Rows:
    """Whom some cascades catch and what follows.  Costs the listings of the register and what they reach."""
    parts = [
        rows_of_cascade(view, pack, cascade, [one.subject for one in screen(view, cascade, at)], at) for pack, cascade in cascades
    ]
    return joined_rows(parts)


def rows_of_cascade(view: View, pack: Pack, cascade: Cascade, subjects: Iterable[str], at: int) -> Rows:
    """Whether a cascade catches each of some subjects, and what follows: as their traces say it.  Costs what is upstream."""
    caught: list[CaughtRow] = []
    derived: list[ConsequenceRow] = []
    left_out: set[LeftOutRow] = set()
    for key in subjects:
        screened = screen_one(view, key, cascade, at)
        left_out.update(left_out_row(key, one, f"{pack.id} {cascade.id}") for one in screened.left_out)
        one = screened.caught
        if one is not None:
            caught.append(caught_row(pack.id, cascade, one))
            if one.verdict.certain:
                derived.append(consequence_row(derived_sanction(pack.id, cascade, one, screened.seeds, screened.joint, at)))
    return Rows(
        derived=tuple(sorted(derived, key=_consequence_order)),
        caught=tuple(sorted(caught, key=_caught_order)),
        left_out=tuple(sorted(left_out)),
    )


def joined_rows(parts: Iterable[Rows]) -> Rows:
    """The rows of parts that have no rows in common, sorted; of what several parts left out, each thing once."""
    held = list(parts)
    return Rows(
        verdicts=tuple(sorted((row for part in held for row in part.verdicts), key=_verdict_order)),
        consequences=tuple(sorted((row for part in held for row in part.consequences), key=_consequence_order)),
        derived=tuple(sorted((row for part in held for row in part.derived), key=_consequence_order)),
        caught=tuple(sorted((row for part in held for row in part.caught), key=_caught_order)),
        data_faults=tuple(sorted(row for part in held for row in part.data_faults)),
        left_out=tuple(sorted({row for part in held for row in part.left_out})),
    )


def cascades_on(packs: Iterable[Pack], at: int) -> list[tuple[Pack, Cascade]]:
    """The cascades of packs that speak on a day."""
    return [(pack, cascade) for pack in packs for cascade in in_force(pack.cascades, at)]


def _verdict_order(row: VerdictRow) -> tuple[str, ...]:
    return row.record, row.pack, row.rule, row.rule_version, row.subject


def _consequence_order(row: ConsequenceRow) -> tuple[str, ...]:
    return row.record, row.id


def _caught_order(row: CaughtRow) -> tuple[str, ...]:
    return row.pack, row.cascade, row.cascade_version, row.subject
