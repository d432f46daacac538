"""The compiled rule table: the law as flat, plain values.

Every pack compiles to this and the engine reads the law from here and from nowhere else, so that a new rule is no code.
All dates are days (`graph_service.model.interval`); empty sets of trigger words mean *any*.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from graph_service.messages import Lang
from graph_service.policy.desk_table import Casework, Procedure

Kind = Literal["record_entry", "measure", "role_block", "flag", "constraint", "derived_sanction"]
Nature = Literal["mandatory", "recommended", "discretion", "per_memorandum", "civil"]
Clock = Literal["act", "decision", "current"]
Reach = Literal["self", "role", "finding"]
Confidence = Literal["sourced", "unverified"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in both languages."""

    en: str
    zh: str

    def __getitem__(self, lang: Lang) -> str:
        return self.zh if lang == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Basis:
    """What a statement of law rests on: the instrument, its article, when it is in force ``[valid_from, valid_to)``."""

    instrument: Text
    article: Text
    valid_from: int
    valid_to: int
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Gate:
    """Since ``since`` a consequence of these kinds needs a basis of its own, or is not imposed."""

    since: int
    kinds: frozenset[str]
    basis: Basis


@dataclass(frozen=True, slots=True)
class Term:
    """How long a consequence runs: ``years``, ``months`` and ``days`` from its anchor; all None: until an exit.

    ``anchor``: ``decision``, ``act_start``, ``act_end``.  ``permanent`` never ends by time or exit of repair.
    """

    anchor: Literal["decision", "act_start", "act_end"] = "decision"
    years: int | None = None
    months: int | None = None
    days: int | None = None
    permanent: bool = False
    basis: Basis | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """One consequence for whoever a rule reaches.

    ``own_bases``: legal bases of its own beyond the pack's instrument, for the gate.
    """

    kind: Kind
    code: str
    nature: Nature
    implementer: Text
    term: Term
    own_bases: tuple[Basis, ...] = ()


@dataclass(frozen=True, slots=True)
class Carriage:
    """How a verdict carries to other enterprises: always a consequence on the *other* enterprise, of its own kind.

    ``via`` ``office``: the enterprises where a liable person certainly holds one of ``roles`` on the date asked;
    ``via`` ``control``: the enterprises that the recorded one controls, that control it, or that a common controller
    controls, as far as ``directions`` says (``down up sibling``), control being more than ``threshold`` of the shares.
    ``basis``: what the carriage itself rests on, where that is not what the rule rests on (a hint that no text orders is
    unverified under a rule that is sourced); None: the rule's.
    """

    via: Literal["office", "control"]
    kind: Kind
    code: str
    nature: Nature
    roles: frozenset[str] = frozenset()
    directions: frozenset[str] = frozenset()
    basis: Basis | None = None
    threshold: Fraction = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Exits:
    """Which events end and suspend a consequence, and whom a person's own event touches.

    ``suspended_by`` pairs each suspending event with those that undo it, and no others do: a rejected objection lifts no stay.

    ``own_event`` ``own``: a person's objection or repair touches that person's consequences only; ``record``: all of the record.
    """

    ended_by: frozenset[str]
    suspended_by: tuple[tuple[str, frozenset[str]], ...]
    own_event: Literal["own", "record"] = "own"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one version.

    Trigger: a record on a subject of ``subject_kind`` whose words are in the sets, decided while the rule is in force.  Regions
    are the first digits of codes (`graph_service.model.region`): the rule speaks of records of an authority there.
    Reach: ``self`` the recorded subject; ``role`` whoever held one of ``roles`` at the clock and passes the fault test;
    ``finding`` whoever a finding names.  ``clocks`` are the admissible clocks (several: the text is silent); ``named``: the
    finding itself fixes person and time.  ``fault``: the findings that satisfy the fault test; empty: no fault is needed.
    """

    id: str
    version: str
    title: Text
    basis: Basis
    subject_kind: Literal["enterprise", "person", "any"]
    families: frozenset[str]
    behaviours: frozenset[str]
    severities: frozenset[str]
    outcomes: frozenset[str]
    regions: frozenset[str]
    reach: Reach
    roles: tuple[str, ...]
    clock: Literal["act", "decision", "current", "named", "unspecified"]
    clocks: tuple[Clock, ...]
    fault_test: Literal["none", "personal", "direct", "knew"]
    fault: frozenset[str]
    effects: tuple[Effect, ...]
    carriages: tuple[Carriage, ...]
    exits: Exits
    initiator: Text
    reference: str
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Cascade:
    """An ownership rule in one version: who is caught because listed subjects hold them.

    ``threshold`` is a fraction of 1, ``strict`` asks for more than it.  ``aggregate``: the holdings of different listed
    actors add up.  ``measures``: groups of holding kinds, each tested by itself (shares; votes).  ``control`` and
    ``possible_control``: tie kinds by which an owner catches without a share, for certain or possibly.
    """

    id: str
    version: str
    title: Text
    basis: Basis
    regimes: frozenset[str]
    threshold: Fraction
    strict: bool
    aggregate: bool
    measures: tuple[frozenset[str], ...]
    control: frozenset[str]
    possible_control: frozenset[str]
    joint: bool
    code: str
    nature: Nature
    implementer: Text
    reference: str
    note: Text | None = None


@dataclass(frozen=True, slots=True)
class Incentive:
    """Something an honest subject gets: on condition of ``clean_years`` without a record of its own.

    A record counts for nothing once an event of ``voided_by`` has happened to it.
    """

    code: str
    title: Text
    basis: Basis
    clean_years: int | None
    reference: str
    voided_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pack:
    """A policy pack, compiled.

    ``digest`` changes with any change of the law by which verdicts are made, ``desk_digest`` with any change of ``procedures``
    and ``casework``, the law of what officers do.  ``names`` gives the words for codes (measures, behaviours, families,
    roles, findings).  ``behaviours`` maps each behaviour to its family.
    """

    id: str
    version: str
    title: Text
    jurisdiction: str
    valid_from: int
    valid_to: int
    rules: tuple[Rule, ...]
    cascades: tuple[Cascade, ...]
    incentives: tuple[Incentive, ...]
    gates: tuple[Gate, ...]
    names: Mapping[str, Text]
    behaviours: Mapping[str, str]
    through_state_holders: bool
    digest: str
    lists: tuple[Mapping[str, object], ...] = field(default=())
    procedures: tuple[Procedure, ...] = ()
    casework: Casework | None = None
    desk_digest: str = ""
