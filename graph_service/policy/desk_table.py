"""The compiled law of casework: procedures and what bars them, deadlines, terms.  Plain frozen values, each with its basis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from graph_service.policy.table import Basis, Text

Barring: TypeAlias = Literal["refuse", "review"]
Relation: TypeAlias = Literal["same_holder", "holding", "control", "tie"]
Answering: TypeAlias = Literal["must_feed_back", "may_decline"]
Undoing: TypeAlias = Literal["restitution", "lifting"]
Both: TypeAlias = Literal["black_prevails", "review"]


@dataclass(frozen=True, slots=True)
class Cited:
    """What every statement rests on: its basis, and where it was read."""

    basis: Basis
    reference: str


@dataclass(frozen=True, slots=True)
class Days:
    """A number of days after a day; ``working``: working days of China's calendar."""

    days: int
    working: bool


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time by the calendar."""

    years: int = 0
    months: int = 0
    days: int = 0


@dataclass(frozen=True, slots=True)
class Bar:
    """What stands in the way of a procedure: consequences of these codes (of the pack) or kinds (of any pack)."""

    cited: Cited
    codes: frozenset[str]
    kinds: frozenset[str]
    effect: Barring


@dataclass(frozen=True, slots=True)
class Constraint:
    """Which bidders may not act together (`graph_service.policy.desk_schema.ConstraintModel`); ``threshold`` of 1."""

    cited: Cited
    id: str
    title: Text
    by: Relation
    roles: frozenset[str]
    threshold: Fraction | None
    effect: Barring


@dataclass(frozen=True, slots=True)
class Procedure:
    """A procedure before which a subject's credit is looked up (应查必查).

    ``consortium``: the law by which what bars one member of a consortium bars the whole; None where there is none.
    """

    cited: Cited
    code: str
    title: Text
    bidders: bool
    bars: tuple[Bar, ...]
    constraints: tuple[Constraint, ...]
    incentives: frozenset[str]
    promise: str
    consortium: Cited | None = None


@dataclass(frozen=True, slots=True)
class Cases:
    """Which records open a case, by severity."""

    cited: Cited
    severities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Tasks:
    """Which kinds of consequence become tasks; by nature, how a department answers."""

    cited: Cited
    kinds: frozenset[str]
    answers: Mapping[str, Answering]


@dataclass(frozen=True, slots=True)
class Deadline:
    """``step`` must follow ``within`` days of ``since``, both steps of ``machine``."""

    cited: Cited
    machine: str
    step: str
    since: str
    within: Days


@dataclass(frozen=True, slots=True)
class Undo:
    """What is done about an executed measure that ends for one of these causes."""

    cited: Cited
    causes: frozenset[str]
    task: Undoing


@dataclass(frozen=True, slots=True)
class Objecting:
    """The deadlines of an objection in a region: mark, check, decision, and by how much that may be extended."""

    cited: Cited
    region: str
    mark: Days | None
    check_within: Days | None
    decide: Days | None
    extend: Days | None


@dataclass(frozen=True, slots=True)
class Publishing:
    """Records of these severities (none: all) are published within so many days of the decision."""

    cited: Cited
    severities: frozenset[str]
    within: Days


@dataclass(frozen=True, slots=True)
class Withdrawing:
    """A publication is withdrawn within so many days of one of these events."""

    cited: Cited
    events: frozenset[str]
    within: Days


@dataclass(frozen=True, slots=True)
class Display:
    """How long records of these severities are shown, from the decision on; repair not before ``least``."""

    cited: Cited
    severities: frozenset[str]
    least: Length | None
    most: Length | None


@dataclass(frozen=True, slots=True)
class BothLists:
    """What holds for a subject on a red and on a black list."""

    cited: Cited
    policy: Both


@dataclass(frozen=True, slots=True)
class Casework:
    """What officers must do under a pack, and by when."""

    cases: Cases | None = None
    tasks: Tasks | None = None
    deadlines: tuple[Deadline, ...] = ()
    undoing: tuple[Undo, ...] = ()
    objections: tuple[Objecting, ...] = ()
    publication: tuple[Publishing, ...] = ()
    withdrawal: tuple[Withdrawing, ...] = ()
    display: tuple[Display, ...] = ()
    both_lists: BothLists | None = None
