"""What answers look like, for the OpenAPI document.

Answers are shapes of `graph_service.questions` and are not made through these models; tests hold every answer to them.  A row may
say more than its model: adding to a shape breaks nobody.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Open(BaseModel):
    model_config = ConfigDict(extra="allow")


class FieldError(_Open):
    """What was wrong with one field."""

    field: str
    detail: str


class ProblemDocument(_Open):
    """RFC 9457: why a request was not answered."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = []


class Basis(_Open):
    """The instrument and the article."""

    instrument: str
    article: str


class Pack(_Open):
    """A policy pack under which the answer was made."""

    id: str
    version: str | int


class Gap(_Open):
    """What would decide a candidate."""

    code: str
    text: str
    facts: list[str]


class Told(_Open):
    """Something that an answer says of itself or of the data: a code, what it is about, and the words."""

    code: str
    text: str


class PageOf(_Open):
    """Which part of all rows this is; ``next`` is the cursor of the next page, null on the last."""

    limit: int
    total: int
    next: str | None


class Answered(_Open):
    """What every answer says of itself."""

    decision_id: str | None
    complete: bool
    left_out: list[Told]
    page: PageOf


class Reached(_Open):
    """A verdict on one person or subject."""

    person: str
    name: str
    record: str
    verdict: Literal["liable", "candidate"]
    rule: str
    role: str
    gap: Gap | None
    basis: Basis
    proof: list[str]


class Consequence(_Open):
    """One thing that follows for one subject."""

    id: str
    subject: str
    name: str
    kind: str
    code: str
    from_: Annotated[str | None, Field(alias="from")]
    to: str | None
    status: Literal["active", "suspended", "ended", "inactive"]
    cause: str | None
    nature: str
    record: str
    rule: str
    basis: Basis
    proof: list[str]


class SubjectOf(_Open):
    """Whom the answer is about."""

    id: str
    name: str


class Counts(_Open):
    """How many different persons are liable, and how many more only candidates."""

    liable: int
    candidate: int


class LiablePersons(Answered):
    """Who answers for an enterprise's records."""

    subject: SubjectOf
    at: str
    known: str
    position: int
    packs: list[Pack]
    counts: Counts
    persons: list[Reached]
    subjects: list[Reached]
    data_faults: list[Told]


class Consequences(Answered):
    """All that follows from an enterprise's records, for whomever."""

    subject: SubjectOf
    at: str
    known: str
    position: int
    packs: list[Pack]
    consequences: list[Consequence]
    data_faults: list[Told]


class Neighbour(_Open):
    """Who is around a subject, with the tie by which they were first met."""

    subject: str
    name: str
    hops: int


class Related(Answered):
    """What is within some hops of an enterprise."""

    subject: SubjectOf
    at: str
    related: list[Neighbour]
    not_walked_through: list[str]


class CreditRecord(Answered):
    """A person's credit record."""

    person: str
    name: str
    at: str
    verdicts: list[Reached]
    entries: list[Consequence]
    measures: list[Consequence]
    role_blocks: list[Consequence]


class ProofFact(_Open):
    """A fact of a proof, as a sentence."""

    fact: str
    text: str


class Why(Answered):
    """The proof of a consequence; ``consequence`` is null where none of this id follows."""

    id: str
    consequence: Consequence | None
    proof: list[ProofFact]
    check: str | None


class Judged(_Open):
    """How one rule judges a person for a record, and the first test that fails."""

    pack: str
    rule: str
    verdict: Literal["liable", "candidate", "excluded"]
    failed: str | None
    text: str | None


class WhyNot(Answered):
    """Why somebody does not answer for a record, rule by rule."""

    person: str
    record: str
    rules: list[Judged]


class Written(_Open):
    """What a write did: the fact's id, ``added``, ``unchanged`` or ``corrected``, and the ledger's position after it."""

    fact: str
    outcome: Literal["added", "unchanged", "corrected"]
    position: int
    complete: bool
    left_out: list[Told]


class Change(_Open):
    """A fact that was added to the ledger or retracted at a position."""

    position: int
    recorded_at: str
    change: Literal["added", "retracted"]
    fact: str
    table: str
    row: dict[str, str]


class Changes(_Open):
    """Changes of the ledger in their order; ask again with ``next`` as ``since``."""

    since: int
    next: int
    last: int
    more: bool
    changes: list[Change]
    complete: bool
    left_out: list[Told]


class LogEntry(_Open):
    """An entry of the log, with its number and hash."""

    seq: int
    hash: str
    entry: dict[str, object]


class LogPage(_Open):
    """Entries of the log in their order; ask again with ``next`` as ``after``."""

    next: int
    more: bool
    entries: list[LogEntry]
    complete: bool
    left_out: list[Told]


class State(_Open):
    """How the service is."""

    status: Literal["ok", "not ready"]


class _Row(BaseModel):
    """A row of the register folder, every cell a text as it would stand in its file."""

    model_config = ConfigDict(extra="forbid")


Text = Annotated[str, Field(max_length=4096)]


class RecordRow(_Row):
    """An authority's finding that a subject was dishonest (the register's ``records``)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "id": "R-2026-001",
                    "subject": "91530000MATEXT01X1",
                    "family": "health_safety",
                    "behaviour": "food",
                    "severity": "serious",
                    "act_from": "2026-01-10",
                    "act_to": "2026-01-12",
                    "decided_on": "2026-03-01",
                    "authority": "样例市市场监督管理局",
                    "instrument_no": "样市监罚〔2026〕1号",
                    "region": "530100",
                }
            ]
        },
    )

    id: Text
    subject: Text
    family: Text = ""
    behaviour: Text = ""
    severity: Text = ""
    act_from: Text = ""
    act_to: Text = ""
    decided_on: Text = ""
    authority: Text = ""
    instrument_no: Text = ""
    region: Text = ""
    amount: Text = ""
    outcome: Text = ""


class FindingRow(_Row):
    """Part of a decision: this person answers for the record (the register's ``findings``)."""

    person: Text
    finding: Text
    instrument_no: Text = ""
    found_on: Text = ""


class EventRow(_Row):
    """A step that moves a record on (the register's ``events``)."""

    kind: Text
    on: Text
    person: Text = ""
    instrument_no: Text = ""
