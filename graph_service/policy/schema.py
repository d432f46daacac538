"""The YAML of a policy pack, as models: what a lawyer and an engineer write together.

A pack is a folder: ``pack.yaml`` (`PackFile`: who speaks, since when, the vocabulary, what all rules share) and any other
``*.yaml`` beside it (`LawFile`: rules, cascades, incentives, lists).  `graph_service.policy.loader` reads, checks and compiles
them; ``pack.schema.json`` (`graph_service.policy.published`) is the same as a file, for editors.

Nothing is guessed: an unknown field is refused, every text is in English and Chinese, dates are ``YYYY-MM-DD``, and an empty
bound of ``in_force`` means that no date was found in a source.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from graph_service.messages import BadValue
from graph_service.model.interval import parse_day
from graph_service.model.words import CONTROLS, EVENTS, FINDINGS, HOLDINGS, OFFICES, SEVERITIES, WORK
from graph_service.policy.table import Clock, Confidence, Kind, Nature

ROLES = OFFICES + HOLDINGS + CONTROLS + WORK
"""The ties that a rule may reach; structural ties reach nobody."""


def _date(text: str) -> str:
    parse_day(text)
    return text


def _word(allowed: tuple[str, ...]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in allowed:
            raise BadValue("bad_word", value=value[:64], allowed=", ".join(allowed))
        return value

    return AfterValidator(check)


def _percent(text: str) -> str:
    if not re.fullmatch(r"\d{1,3}(\.\d{1,20})?", text, re.ASCII) or not 0 < Fraction(text) <= 100:
        raise BadValue("pack_bad_percent", value=text[:64])
    return text


def _listed(words: tuple[str, ...]) -> dict[str, Any]:
    return {"enum": list(words)}


Words: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Code: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$", max_length=80)]
Date: TypeAlias = Annotated[str, AfterValidator(_date), Field(description="YYYY-MM-DD", json_schema_extra={"format": "date"})]
Percent: TypeAlias = Annotated[
    str, AfterValidator(_percent), Field(description="A decimal in quotes, never rounded: '50', '33.33'")
]
Role: TypeAlias = Annotated[str, _word(ROLES), Field(json_schema_extra=_listed(ROLES))]
Holding: TypeAlias = Annotated[str, _word(HOLDINGS), Field(json_schema_extra=_listed(HOLDINGS))]
Steering: TypeAlias = Annotated[str, _word(CONTROLS), Field(json_schema_extra=_listed(CONTROLS))]
FindingWord: TypeAlias = Annotated[str, _word(FINDINGS), Field(json_schema_extra=_listed(FINDINGS))]
EventWord: TypeAlias = Annotated[str, _word(EVENTS), Field(json_schema_extra=_listed(EVENTS))]
Severity: TypeAlias = Annotated[str, _word(SEVERITIES), Field(json_schema_extra=_listed(SEVERITIES))]
Area: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^([0-9]{2}){1,3}$"),
    Field(description="The first digits of GB/T 2260 codes: a province, a prefecture or a county, and all within"),
]
FaultTest: TypeAlias = Literal["none", "personal", "direct", "knew"]


class Model(BaseModel):
    """What all parts share: a field that nobody knows is a mistake, and a number may stand where a text is asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


class TextModel(Model):
    """Words in both languages; neither may be missing."""

    en: Words
    zh: Words


class Span(Model):
    """``[from, to)``: the first day in force, the first day no longer; an empty bound is open."""

    from_: Date | None = Field(None, alias="from")
    to: Date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if self.from_ and self.to and parse_day(self.from_) >= parse_day(self.to):
            raise BadValue("pack_dates_reversed", start=self.from_, end=self.to)
        return self


class Source(Model):
    """Where a statement of law was read: a key of the pack's ``sources``."""

    title: Words
    where: Words = Field(description="An address, or a file of a public collection of laws")


class Instrument(Model):
    """A law, regulation, plan or guidance (文件)."""

    name: TextModel
    number: str = Field("", description="云政发〔2016〕97号, 31 CFR 587.406, ...")
    authority: TextModel
    issued: Date | None = None
    in_force: Span = Span()
    reference: Code = Field(description="A key of `sources`")


class Citation(Model):
    """What a statement rests on: an instrument of the pack, its article, where it was read, how sure that is."""

    instrument: Code
    article: TextModel
    reference: Code
    in_force: Span | None = None
    confidence: Confidence = "sourced"


class CodeName(TextModel):
    """The words for a code; ``item`` is where the source names it."""

    item: str = ""


class Behaviour(TextModel):
    """A kind of conduct (失信行为); ``reference`` is where it was read, ``confidence`` whether it is the law's own list."""

    reference: Code
    confidence: Confidence = "sourced"


class Family(TextModel):
    """A family of dishonesty (失信行为类别) with its behaviours."""

    behaviours: dict[Code, Behaviour] = Field(default_factory=dict)


class ExitsModel(Model):
    """Which events end and suspend; ``own_event``: whether one person's event touches only that person.

    ``suspended_by`` names for each suspending event those that undo it: ``{objection_lodged: [objection_rejected], stayed: []}``.
    """

    ended_by: tuple[EventWord, ...] = ()
    suspended_by: dict[EventWord, tuple[EventWord, ...]] = Field(default_factory=dict)
    own_event: Literal["own", "record"] = "own"


class FaultMapping(Model):
    """Which findings satisfy a fault test, and why."""

    accepts: tuple[FindingWord, ...]
    note: Words


class GateModel(Model):
    """Since ``since``, consequences of these kinds need a legal basis of their own."""

    since: Date
    kinds: tuple[Kind, ...] = Field(min_length=1)
    basis: Citation


class Header(Model):
    """Who speaks and since when; what its rules inherit unless they state their own."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    version: Words
    title: TextModel
    jurisdiction: Words = Field(description="ISO 3166: CN-53, US, GB, or EU")
    instrument: Code
    in_force: Span = Span()
    confidence: Confidence
    regions: tuple[Area, ...] = Field((), description="Of which places' records its rules speak, unless a rule says otherwise")
    unspecified_clocks: tuple[Clock, ...] = Field(("act", "decision", "current"), min_length=1)
    through_state_holders: bool = Field(description="Whether control is followed through bodies of the state")
    exits: ExitsModel = ExitsModel()
    voided_by: tuple[EventWord, ...] = Field((), description="What makes a record count for nothing among clean years")
    initiator: TextModel
    implementer: TextModel = Field(description="Who applies a consequence that names nobody else")
    note: TextModel | None = None


class PackFile(Model):
    """``pack.yaml``."""

    pack: Header
    sources: dict[Code, Source] = Field(min_length=1)
    instruments: dict[Code, Instrument] = Field(min_length=1)
    families: dict[Code, Family] = Field(default_factory=dict)
    roles: dict[Role, TextModel] = Field(default_factory=dict)
    findings: dict[FindingWord, TextModel] = Field(default_factory=dict)
    codes: dict[Code, CodeName] = Field(
        description="Measures, entries, flags, incentives: the words for every code that a rule uses"
    )
    fault_tests: dict[Literal["personal", "direct", "knew"], FaultMapping] = Field(default_factory=dict)
    gates: tuple[GateModel, ...] = ()


class Trigger(Model):
    """Of which records a rule speaks; an empty list admits any word."""

    subject: Literal["enterprise", "person", "any"]
    families: tuple[Code, ...] = ()
    behaviours: tuple[Code, ...] = ()
    severities: tuple[Severity, ...] = ()
    outcomes: tuple[Words, ...] = ()
    regions: tuple[Area, ...] = ()


class ReachModel(Model):
    """Whom a rule reaches.

    ``self`` the recorded subject; ``role`` holders of ``roles`` at the ``clock`` who pass the ``fault`` test; ``finding``
    whoever a finding of the fault test names.  ``clocks``: the readings of a silent text, where they differ from the pack's.
    """

    who: Literal["self", "role", "finding"]
    roles: tuple[Role, ...] = ()
    clock: Literal["act", "decision", "current", "named", "unspecified"] | None = None
    clocks: tuple[Clock, ...] | None = Field(None, min_length=1)
    fault: FaultTest = "none"


class TermCitation(Model):
    """The instrument that sets a term, where it is not the rule's own."""

    instrument: Code
    article: TextModel
    reference: Code
    confidence: Confidence = "sourced"


class TermModel(Model):
    """How long: ``years``/``months``/``days`` from ``anchor``, or ``permanent``.  A rule without a term runs until an exit."""

    anchor: Literal["decision", "act_start", "act_end"] | None = None
    years: Annotated[int, Field(ge=0, le=200)] | None = None
    months: Annotated[int, Field(ge=0, le=2400)] | None = None
    days: Annotated[int, Field(ge=0, le=73000)] | None = None
    permanent: bool = False
    basis: TermCitation | None = None

    @model_validator(mode="after")
    def _whole(self) -> TermModel:
        length = any((self.years, self.months, self.days))
        if length and self.permanent:
            raise BadValue("pack_term_both")
        if length and self.anchor is None:
            raise BadValue("pack_term_without_anchor")
        if not length and not self.permanent:
            raise BadValue("pack_term_without_length")
        return self


class EffectModel(Model):
    """One consequence for whoever the rule reaches."""

    kind: Kind
    code: Code
    nature: Nature
    implementer: TextModel | None = None
    term: TermModel | None = None
    own_bases: tuple[Citation, ...] = ()


class CarriageModel(Model):
    """How a verdict carries to other enterprises, and what that rests on (nothing said: the rule's own basis)."""

    via: Literal["office", "control"]
    kind: Kind
    code: Code
    nature: Nature
    roles: tuple[Role, ...] = ()
    directions: tuple[Literal["down", "up", "sibling"], ...] = ()
    threshold_percent: Percent | None = Field(None, description="via control: control is more than this part of the shares")
    basis: Citation | None = None


class Stated(Model):
    """What every statement of law says of itself."""

    instrument: Code | None = None
    article: TextModel
    reference: Code
    in_force: Span | None = None
    confidence: Confidence | None = None


class RuleModel(Stated):
    """One rule in one version."""

    id: Code
    version: Words = "1"
    title: TextModel
    when: Trigger
    reach: ReachModel
    effects: tuple[EffectModel, ...] = ()
    carriages: tuple[CarriageModel, ...] = ()
    exits: ExitsModel | None = None
    initiator: TextModel | None = None
    note: TextModel | None = None


class CascadeModel(Stated):
    """An ownership rule in one version."""

    id: Code
    version: Words = "1"
    title: TextModel
    regimes: tuple[Words, ...] = Field(min_length=1)
    threshold_percent: Percent
    strict: bool
    aggregate: bool
    measures: tuple[Annotated[tuple[Holding, ...], Field(min_length=1)], ...] = Field(min_length=1)
    control: tuple[Steering, ...] = ()
    possible_control: tuple[Steering, ...] = ()
    joint: bool = False
    code: Code
    nature: Nature
    implementer: TextModel | None = None
    note: TextModel | None = None


class IncentiveModel(Stated):
    """Something an honest subject gets."""

    code: Code
    title: TextModel
    clean_years: Annotated[int, Field(ge=1, le=100)] | None = None


class ListModel(Stated):
    """A list (red, black, or a third party's for reference): its standard of entry, its term and its exits."""

    id: Code
    colour: Literal["red", "black", "reference"]
    title: TextModel
    entry: TextModel
    exit: TextModel
    families: tuple[Code, ...] = ()
    severities: tuple[Severity, ...] = ()
    clean_years: Annotated[int, Field(ge=1, le=100)] | None = None
    ended_by: tuple[EventWord, ...] = ()
    authority: TextModel
    reference_only: bool = False
