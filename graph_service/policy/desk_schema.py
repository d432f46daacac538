"""The YAML of what officers do under a pack: procedures with what bars them, and the deadlines and terms of casework.

A part of any file of a pack beside ``pack.yaml`` (`LawFile`).  Every entry is a statement of law: it names instrument, article,
source and how sure that is, or does not load.  A choice of this service that no text orders says so in its article and is
``unverified``.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from graph_service.messages import BadValue
from graph_service.policy.desk_table import Answering, Barring, Both, Relation, Undoing
from graph_service.policy.schema import (
    CascadeModel,
    Code,
    EventWord,
    IncentiveModel,
    ListModel,
    Model,
    Percent,
    Role,
    RuleModel,
    Severity,
    Stated,
    TextModel,
    Words,
)
from graph_service.policy.table import Kind, Nature

Region: TypeAlias = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{0,6}$"), Field(description="The first digits of a GB/T 2260 code")
]
StepWord: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]+(_[a-z]+)*$", max_length=40)]


class DaysModel(Model):
    """A number of days after a day: working days (工作日) of China's calendar, or days of the calendar."""

    days: Annotated[int, Field(ge=1, le=3660)]
    count: Literal["working_days", "days"]


class LengthModel(Model):
    """A length of time by the calendar."""

    years: Annotated[int, Field(ge=0, le=200)] | None = None
    months: Annotated[int, Field(ge=0, le=2400)] | None = None
    days: Annotated[int, Field(ge=0, le=73000)] | None = None

    @model_validator(mode="after")
    def _some(self) -> LengthModel:
        if not any((self.years, self.months, self.days)):
            raise BadValue("pack_term_without_length")
        return self


class BarModel(Stated):
    """What stands in the way of a procedure: consequences of some ``codes`` (of this pack) or ``kinds`` (of any).

    ``refuse``: an active mandatory one refuses; ``review``: the text asks for care, not for a refusal.
    """

    codes: tuple[Code, ...] = ()
    kinds: tuple[Kind, ...] = ()
    effect: Barring


class ConstraintModel(Stated):
    """Which bidders may not act together in one procedure.

    ``same_holder``: one person holds one of ``roles`` in both; ``holding``: one holds more than ``threshold_percent`` of the
    other by ties of the kinds ``roles``; ``control``: one controls the other through whatever it controls, control being more
    than ``threshold_percent`` of the shares; ``tie``: a tie of the kinds ``roles`` leads from one into the other.
    """

    id: Code
    title: TextModel
    by: Relation
    roles: tuple[Role, ...] = ()
    threshold_percent: Percent | None = None
    effect: Barring


class ConsortiumModel(Stated):
    """That what bars one member of a consortium (联合体) bars the whole."""


class ProcedureModel(Stated):
    """A procedure in which a subject's credit must be looked up (应查必查), and what counts in it."""

    code: Code
    title: TextModel
    bidders: bool = Field(False, description="Whether the whole set of bidders is looked at")
    bars: tuple[BarModel, ...] = ()
    constraints: tuple[ConstraintModel, ...] = ()
    incentives: tuple[Code, ...] = ()
    consortium: ConsortiumModel | None = None
    promise: Code | None = Field(None, description="The incentive that accepts a written promise for missing papers (容缺受理)")


class CasesModel(Stated):
    """Which records open a case."""

    severities: tuple[Severity, ...] = Field(min_length=1)


class TasksModel(Stated):
    """Which consequences become tasks, and how a department answers each nature of measure."""

    kinds: tuple[Kind, ...] = Field(min_length=1)
    answers: dict[Nature, Answering] = Field(min_length=1)


class DeadlineModel(Stated):
    """Within how many days of one step of a task another must follow."""

    machine: Literal["must_feed_back", "may_decline", "undoing"]
    step: StepWord
    since: StepWord
    within: DaysModel


class UndoingModel(Stated):
    """What must be done about executed measures that end for some causes (an event, or ``expired``, ``died``)."""

    causes: tuple[Words, ...] = Field(min_length=1)
    task: Undoing


class ObjectionModel(Stated):
    """The deadlines of an objection in a region (异议处理): the mark, the platform's check, the decision, its extension."""

    region: Region
    mark: DaysModel | None = None
    check_within: DaysModel | None = None
    decide: DaysModel | None = None
    extend: DaysModel | None = None


class PublicationModel(Stated):
    """Within how many days of the decision a record must be published (公示)."""

    severities: tuple[Severity, ...] = ()
    within: DaysModel


class WithdrawalModel(Stated):
    """Within how many days of which events a publication must be withdrawn."""

    events: tuple[EventWord, ...] = Field(min_length=1)
    within: DaysModel


class DisplayModel(Stated):
    """How long records are shown, counted from the decision: not over ``most``; repair not before ``least``."""

    severities: tuple[Severity, ...] = Field(min_length=1)
    least: LengthModel | None = None
    most: LengthModel | None = None


class BothListsModel(Stated):
    """What holds for a subject on a red list and on a black list."""

    policy: Both


class CaseworkModel(Model):
    """What officers must do and by when; each pack has one such section at most."""

    cases: CasesModel | None = None
    tasks: TasksModel | None = None
    deadlines: tuple[DeadlineModel, ...] = ()
    undoing: tuple[UndoingModel, ...] = ()
    objections: tuple[ObjectionModel, ...] = ()
    publication: tuple[PublicationModel, ...] = ()
    withdrawal: tuple[WithdrawalModel, ...] = ()
    display: tuple[DisplayModel, ...] = ()
    both_lists: BothListsModel | None = None


class LawFile(Model):
    """Any other file of a pack."""

    rules: tuple[RuleModel, ...] = ()
    cascades: tuple[CascadeModel, ...] = ()
    incentives: tuple[IncentiveModel, ...] = ()
    lists: tuple[ListModel, ...] = ()
    procedures: tuple[ProcedureModel, ...] = ()
    casework: CaseworkModel | None = None
