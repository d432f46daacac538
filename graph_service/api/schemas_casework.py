"""What requests and answers of casework look like, for the OpenAPI document.  See `graph_service.api.schemas`."""

from __future__ import annotations

import json
from importlib import resources
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from graph_service.api.schemas import Answered, Basis, SubjectOf, Told

EXAMPLES: dict[str, Any] = json.loads(resources.files(__package__).joinpath("examples_casework.json").read_text("utf-8"))

Key = Annotated[str, Field(min_length=1, max_length=256)]
Word = Annotated[str, Field(min_length=1, max_length=64)]
Prose = Annotated[str, Field(max_length=4096)]
DayText = Annotated[str, Field(max_length=10, description="YYYY-MM-DD.")]


def good(model: type[BaseModel], *statuses: int) -> dict[int | str, dict[str, Any]]:
    """An answer of a model, with its example."""
    example = {"model": model, "content": {"application/json": {"example": EXAMPLES[model.__name__]}}}
    return {status: dict(example) for status in statuses}


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class _Body(BaseModel):
    """What is sent; an unknown field is refused, so that a typing mistake is not a silent default."""

    model_config = ConfigDict(extra="forbid")


class CheckBody(_Body):
    """What a must-check asks."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"subject": "91530000MATEXT01X1", "procedure": "licence", "at": "2019-12-31"}]},
    )

    subject: Key
    procedure: Word
    at: DayText | None = None
    bidders: Annotated[list[Key], Field(max_length=100, description="The whole set, where the procedure has them.")] = []
    members: Annotated[list[Key], Field(max_length=100, description="Of the subject's consortium.")] = []


class DecisionBody(_Body):
    """What was decided on a check, and why; also against its answer."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"decision": "deferred", "reason": "the appeal is awaited"}]}
    )

    decision: Word
    reason: Annotated[Prose, Field(min_length=1)]


class CheckReason(_Open):
    """One thing that speaks for a decision, and the law that it rests on."""

    code: str
    effect: Literal["refuse", "review", "none"]
    text: str
    subject: str
    basis: Basis | None
    proof: list[str]


class CheckIncentive(_Open):
    """An incentive of the procedure, and whether it is granted."""

    code: str
    title: str
    granted: bool
    condition: Literal["certain", "possible", "excluded"]


class Check(_Open):
    """Allow, refuse or review, and why; kept under ``check_id``."""

    subject: SubjectOf
    procedure: str
    at: str
    decision: Literal["allow", "refuse", "review"]
    reasons: list[CheckReason]
    incentives: list[CheckIncentive]
    check_id: str
    decision_id: str
    kept: bool
    complete: bool
    left_out: list[Told]


class Decided(_Open):
    """What was decided on a check."""

    decision: Literal["approved", "refused", "deferred"]
    reason: str
    on: str


class KeptCheck(Check):
    """A check as it was answered, by whom and for what it was asked, and what was then decided."""

    purpose: str
    by: str
    state: str
    state_text: str
    open: bool
    next: list[str]
    decided: Decided | None


class ListEntry(_Open):
    """A subject on a list, since when and until when, and the law of the list."""

    subject: str
    name: str
    list: str
    title: str
    pack: str
    status: Literal["on", "suspended", "left"]
    cause: str | None
    from_: Annotated[str, Field(alias="from")]
    to: str | None
    record: str | None
    objected: bool
    reference_only: bool
    basis: Basis


class CreditList(Answered):
    """A list as of a day."""

    colour: Literal["black", "red", "reference"]
    at: str
    entries: list[ListEntry]


class PublicPerson(_Open):
    """Somebody who answers for a record: the first character of the name, and the role."""

    name: str
    role: str


class PublicRecord(_Open):
    """A published record."""

    family: str
    behaviour: str
    authority: str
    instrument_no: str
    decided_on: str
    objected: bool
    shown_until: str | None
    persons: list[PublicPerson]


class PublicView(Answered):
    """What the public sees of an enterprise on a day."""

    subject: SubjectOf
    at: str
    records: list[PublicRecord]


class Figures(_Open):
    """How many tasks, how far they came; the feedback rate as an exact fraction."""

    tasks: int
    open: int
    overdue: int
    feedback_rate: str | None


class Waits(_Open):
    """A thing that waits for a step."""

    id: str
    step: str
    machine: str
    state: str
    record: str
    region: str


class Statistics(Answered):
    """The figures as of the end of a day, and what of the caller's own is overdue."""

    at: str
    position: int
    total: Figures
    overdue: list[Waits]
    without_deadline: list[Waits]


class StepBody(_Body):
    """A department's step of a task; a feedback brings a note, a refusal its reason."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"step": "push"}]})

    step: Word
    note: Prose = ""
    reason: Prose = ""


class TaskStepBody(StepBody):
    """A department's step, with the task's id."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"task": "task:...", "step": "push"}]})

    task: Annotated[str, Field(min_length=1, max_length=2048)]


class Moving(_Open):
    """Whatever moves by steps: where it is, what may follow, until when, and all that its steps brought."""

    id: str
    machine: str
    state: str
    state_text: str
    open: bool
    next: list[str]
    days: dict[str, str]
    due: dict[str, str]
    by: str
    parent: str | None


class Task(Moving):
    """What a measure asks of a department, or what undoes one that ended."""

    record: str
    subject: str
    measure: str
    region: str
    implementer: str


class LateTask(Task):
    """A task, and which of its steps are overdue."""

    late: list[str]


class Tasks(Answered):
    """The caller's own tasks as of the end of a day."""

    at: str
    tasks: list[LateTask]


class Taken(_Open):
    """A step that was taken: by whom and when."""

    step: str
    state: str
    day: str
    at: str
    by: str


class TaskTold(Answered):
    """A task with every step that it took."""

    at: str
    task: Task
    steps: list[Taken]


class CaseBody(_Body):
    """The record whose case is opened."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"record": "R-2026-001"}]})

    record: Key


class _Remedy(_Body):
    person: Annotated[str, Field(max_length=256, description="Key or pseudonym; empty: the whole record.")] = ""


Number = Annotated[str, Field(max_length=256, description="Of the instrument; nothing is filed without one.")]


class ObjectionBody(_Remedy):
    """An objection with its receipt's number; ``on``: when it was lodged (default: today)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"instrument_no": "样异〔2026〕1号"}]})

    instrument_no: Number
    on: DayText = ""


class RepairBody(_Remedy):
    """An application for repair."""

    note: Prose = ""


class AppealBody(_Body):
    """An appeal, and before whom it is."""

    instrument_no: Number
    before: Annotated[str, Field(min_length=1, max_length=256)]


class AnnulmentBody(_Remedy):
    """A decision that annuls the record, or one person's part in it."""

    instrument_no: Number
    on: DayText = ""


class CaseStepBody(_Body):
    """A step of the case itself, or of an objection, repair, appeal or publication in it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"thing": "objection:...", "step": "uphold", "instrument_no": "样异决〔2026〕1号"}]},
    )

    thing: Annotated[str, Field(min_length=1, max_length=2048)]
    step: Word
    instrument_no: Number = ""
    reason: Prose = ""


class Case(Moving):
    """The case of a serious record."""

    record: str
    subject: str
    region: str


class Cases(Answered):
    """The caller's own cases as of the end of a day."""

    at: str
    cases: list[Case]


class CaseTold(Answered):
    """A case with every step that it took, and all that is in it."""

    at: str
    case: Case
    steps: list[Taken]
    things: list[Moving]


class Annulled(_Open):
    """What was filed, and the case after it; null where the record has none."""

    fact: str
    record: str
    case: Case | None


class LeadBody(_Body):
    """A report about a subject, and who told; a confidential source is told to its officer and to admins alone."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"subject": "91530000MATEXT01X1", "text": "sells without a licence"}]}
    )

    subject: Key
    text: Prose
    source: Prose = ""
    confidential: bool = True


class LeadStepBody(_Body):
    """A lead is passed on to an authority (``pass_on``, with ``to``) or dropped (``drop``, with a reason)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"step": "drop", "reason": "nothing in it"}]})

    step: Word
    to: Annotated[str, Field(max_length=256)] = ""
    reason: Prose = ""


class Lead(Moving):
    """A report.  It is no record and triggers nothing."""

    subject: str
    text: str
    confidential: bool


class ToldLead(Lead):
    """A report, with its source for whoever may know it."""

    source: str | None
    source_withheld: bool


class Leads(Answered):
    """The leads on subjects of the caller's region, and those that the caller filed."""

    leads: list[ToldLead]
