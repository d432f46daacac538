"""What an answer is made of: verdicts on persons, consequences, gaps, data faults.  Plain frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph_service.model.interval import Bound
from graph_service.model.verdict import Status, Verdict
from graph_service.policy.table import Basis, Cascade, Effect, Pack, Rule, Text


@dataclass(frozen=True, slots=True)
class Gap:
    """What would decide a candidate: a code of the catalogue (``gap_<code>``), its values, the facts that have the gap."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A data fault met on the way: a code of the catalogue (``fault_<code>``), the subject or record it touches, the facts."""

    code: str
    about: str
    values: Mapping[str, object] = field(default_factory=dict)
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something an answer did not look at, and why: a code of the catalogue (``left_out_<code>``)."""

    code: str
    about: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reached:
    """A verdict on one subject, for one record under one rule.

    ``roles`` are the kinds of tie by which they are reached (``self`` and ``finding`` where no tie is needed).  ``proof`` is a
    minimal set of fact ids for a certain verdict, and for a possible one the facts that make it possible.  ``gaps`` is empty if
    and only if the verdict is certain.
    """

    subject: str
    record: str
    pack: str
    rule: Rule
    verdict: Verdict
    roles: tuple[str, ...]
    gaps: tuple[Gap, ...]
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a consequence stands on the date asked, and why.

    ``cause`` is an event kind or one of ``expired died not_in_force no_legal_basis term_unknown``; empty while active.
    ``facts`` are the facts the standing rests on beyond those of the verdict.  ``gate`` is the rule that asks for a legal basis
    of its own, ``own_basis`` the one that passed it.
    """

    start: Bound
    end: Bound
    status: Status
    cause: str = ""
    facts: tuple[str, ...] = ()
    own_basis: Basis | None = None
    gate: Basis | None = None


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that follows for one subject.

    ``record`` is the record's id, or for a derived sanction the listed subjects.  ``via`` names who carries it to this subject
    (a person by office, an enterprise by control), empty where the verdict is on the subject itself.
    """

    id: str
    subject: str
    kind: str
    code: str
    nature: str
    implementer: Text | None
    standing: Standing
    record: str
    pack: str
    rule: str
    rule_version: str
    basis: Basis
    confidence: str
    proof: tuple[str, ...]
    via: str = ""
    note: Text | None = None

    @property
    def legal_effect(self) -> bool:
        """Whether it has any: a flag is a hint for a reviewer and has none."""
        return self.kind != "flag"


@dataclass(frozen=True, slots=True)
class PossiblyCaught:
    """An ownership rule under which the subject may be caught, because shares are ranges or dates have gaps.

    ``owners`` are those listed or caught, with their shares as text; ``listed`` the listed subjects behind them.
    """

    pack: str
    cascade: Cascade
    owners: tuple[tuple[str, str], ...]
    listed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer to: who answers for this, and what follows.

    ``possible`` are the ownership rules that may catch the subject and have no consequence; ``names`` maps every subject met to
    its name.
    """

    subject: str
    at: int
    packs: tuple[Pack, ...]
    persons: tuple[Reached, ...]
    consequences: tuple[Consequence, ...]
    faults: tuple[Fault, ...]
    left_out: tuple[LeftOut, ...]
    names: Mapping[str, str]
    possible: tuple[PossiblyCaught, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether nothing that can matter was left out."""
        return not self.left_out


def consequence_id(pack: str, rule: str, code: str, record: str, subject: str, via: str = "") -> str:
    """The id of a consequence: its parts, each escaped, so that it can be taken apart again (`id_parts`).

    >>> consequence_id("cn", "item12", "D01", "R:1", "P1")
    'cn:item12:D01:R%3A1:P1'
    """
    parts = (pack, rule, code, record, subject, via) if via else (pack, rule, code, record, subject)
    return ":".join(part.replace("%", "%25").replace(":", "%3A") for part in parts)


def id_parts(consequence: str) -> tuple[str, ...] | None:
    """The parts ``(pack, rule, code, record, subject[, via])`` of a consequence's id; None if it is none.

    >>> id_parts("cn:item12:D01:R%3A1:P1")
    ('cn', 'item12', 'D01', 'R:1', 'P1')
    >>> id_parts("nonsense") is None
    True
    """
    parts = tuple(part.replace("%3A", ":").replace("%25", "%") for part in consequence.split(":"))
    return parts if len(parts) in (5, 6) and all(parts) else None


def from_rule(
    reached: Reached, effect: Effect, standing: Standing, proof: tuple[str, ...], *, subject: str = "", via: str = ""
) -> Consequence:
    """The consequence that an effect of a rule gives for a reached subject (or, carried, for another)."""
    rule = reached.rule
    subject = subject or reached.subject
    return Consequence(
        id=consequence_id(reached.pack, rule.id, effect.code, reached.record, subject, via),
        subject=subject,
        kind=effect.kind,
        code=effect.code,
        nature=effect.nature,
        implementer=effect.implementer,
        standing=standing,
        record=reached.record,
        pack=reached.pack,
        rule=rule.id,
        rule_version=rule.version,
        basis=rule.basis,
        confidence=rule.basis.confidence,
        proof=proof,
        via=via,
        note=rule.note,
    )


def from_cascade(
    pack: str, cascade: Cascade, subject: str, seeds: str, standing: Standing, proof: tuple[str, ...]
) -> Consequence:
    """The derived sanction of a subject caught by an ownership cascade."""
    return Consequence(
        id=consequence_id(pack, cascade.id, cascade.code, seeds, subject),
        subject=subject,
        kind="derived_sanction",
        code=cascade.code,
        nature=cascade.nature,
        implementer=cascade.implementer,
        standing=standing,
        record=seeds,
        pack=pack,
        rule=cascade.id,
        rule_version=cascade.version,
        basis=cascade.basis,
        confidence=cascade.basis.confidence,
        proof=proof,
        note=cascade.note,
    )
