"""Scenario tests of a pack: a few facts, a question, and what the law says follows, in words that a lawyer can check.

A scenario stands beside its pack in ``scenarios/*.yaml``.  Its facts are rows of a register folder (every value a text); it
names the rules that it covers and its polarity: ``reaches`` shows what follows, ``spares`` what must not.  Here a scenario is
read and checked against its pack, so that a wrong code or column is refused and never passes for a result;
`graph_service.engine.scenarios` runs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema

from graph_service.model.interval import parse_day
from graph_service.model.rows import TABLES, BadRow, to_fact
from graph_service.policy.document import Document, Folder, Loc, read_document, yaml_names
from graph_service.policy.schema import Date, Model, Words
from graph_service.policy.table import Kind, Pack

SCENARIO_FOLDER = "scenarios"


def _cell(value: object) -> object:
    """A cell of a register is a text; whole numbers and flags may stand without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else value


Cell: TypeAlias = Annotated[
    str, BeforeValidator(_cell), WithJsonSchema({"type": ["string", "integer", "boolean"], "description": "a cell of a register"})
]
Row: TypeAlias = dict[str, Cell]


class ScenarioFacts(Model):
    """Rows of a register folder, by table."""

    enterprises: tuple[Row, ...] = ()
    persons: tuple[Row, ...] = ()
    ties: tuple[Row, ...] = ()
    records: tuple[Row, ...] = ()
    findings: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()
    listings: tuple[Row, ...] = ()

    def tables(self) -> Iterator[tuple[str, tuple[Row, ...]]]:
        """Each table with its rows, in the order in which a register is read."""
        for name in TABLES:
            yield name, getattr(self, name)


class ExpectedPerson(Model):
    """A person (or enterprise) that the answer names."""

    person: Words
    rule: Words
    verdict: Literal["liable", "candidate"] | None = None
    role: Words | None = None


class SparedPerson(Model):
    """A person that is neither liable nor a candidate, under one rule or any."""

    person: Words
    rule: Words | None = None


class ExpectedConsequence(Model):
    """The given fields must match one consequence; ``to: ""`` is a consequence without an end."""

    subject: Words
    code: Words
    kind: Kind | None = None
    rule: Words | None = None
    status: Literal["active", "suspended", "inactive", "ended"] | None = None
    cause: str | None = None
    nature: Words | None = None
    from_: Date | None = Field(None, alias="from")
    to: str | None = None


class NoConsequence(Model):
    """Nothing of this code (and kind) on this subject, of any status."""

    subject: Words
    code: Words
    kind: Kind | None = None
    rule: Words | None = None


class ExpectedCaught(Model):
    """A subject that a cascade catches."""

    subject: Words
    verdict: Literal["certain", "possible"]


class ExpectedIncentive(Model):
    """Whether a subject gets an incentive."""

    subject: Words
    code: Words
    granted: bool


class Expected(Model):
    """What must be in the answer, and what must not."""

    persons: tuple[ExpectedPerson, ...] = ()
    not_persons: tuple[SparedPerson, ...] = ()
    consequences: tuple[ExpectedConsequence, ...] = ()
    no_consequences: tuple[NoConsequence, ...] = ()
    caught: tuple[ExpectedCaught, ...] = ()
    not_caught: tuple[Words, ...] = ()
    incentives: tuple[ExpectedIncentive, ...] = ()


class Scenario(Model):
    """One scenario.  ``ask`` is a subject or record of the facts; a cascade is asked of the whole register."""

    name: Words
    rules: tuple[Words, ...] = Field(min_length=1)
    polarity: Literal["reaches", "spares"]
    at: Date
    ask: Words | None = None
    facts: ScenarioFacts
    expect: Expected

    @property
    def day(self) -> int:
        """``at`` as a day."""
        return parse_day(self.at)


class ScenarioFile(Model):
    """A file of scenarios."""

    scenarios: tuple[Scenario, ...] = Field(min_length=1)


def load_scenarios(folder: Folder, pack: Pack) -> tuple[Scenario, ...]:
    """The scenarios beside a pack, checked against it; none if it has no ``scenarios`` folder.  Raises `PackError`."""
    beside = folder.joinpath(SCENARIO_FOLDER)
    known = set(coverage(pack, ()))
    found: dict[str, Scenario] = {}
    for name in yaml_names(beside):
        document = read_document(beside, name)
        for index, scenario in enumerate(document.read(ScenarioFile).scenarios):
            loc = ("scenarios", index)
            if scenario.name in found:
                raise document.problem((*loc, "name"), "scenario_duplicate_name")
            found[scenario.name] = scenario
            _check(document, loc, scenario, pack, known)
    return tuple(found.values())


def _check(document: Document, loc: tuple[str, int], scenario: Scenario, pack: Pack, known: set[str]) -> None:
    expect = scenario.expect
    for rule in scenario.rules:
        if rule not in known:
            raise document.problem((*loc, "rules"), "scenario_unknown_rule", value=rule)
    subjects, records = _check_facts(document, loc, scenario.facts)
    if scenario.ask is not None and scenario.ask not in subjects | records:
        raise document.problem((*loc, "ask"), "scenario_unknown_subject", value=scenario.ask)
    if scenario.ask is None and (expect.persons or expect.not_persons or expect.consequences or expect.incentives):
        raise document.problem(loc, "scenario_no_question")
    for section, subject, named, code in _named(expect):
        place = (*loc, "expect", section)
        if subject not in subjects:
            raise document.problem(place, "scenario_unknown_subject", value=subject)
        if named is not None and named not in known:
            raise document.problem(place, "scenario_unknown_rule", value=named)
        if code is not None and code not in pack.names:
            raise document.problem(place, "pack_unknown_code", value=code)
    granted = {item.granted for item in expect.incentives}
    if scenario.polarity == "reaches" and not (expect.persons or expect.consequences or expect.caught or True in granted):
        raise document.problem((*loc, "expect"), "scenario_reaches_nothing")
    if scenario.polarity == "spares" and not (
        expect.not_persons or expect.no_consequences or expect.not_caught or False in granted
    ):
        raise document.problem((*loc, "expect"), "scenario_spares_nothing")


def _check_facts(document: Document, loc: tuple[str, int], facts: ScenarioFacts) -> tuple[set[str], set[str]]:
    """The subjects and the records of the facts; every row must be one that a register could hold."""
    subjects: set[str] = set()
    records: set[str] = set()
    for table, rows in facts.tables():
        columns = TABLES[table].columns
        for index, row in enumerate(rows):
            place: Loc = (*loc, "facts", table, index)
            for column in row:
                if column not in columns:
                    raise document.problem(
                        (*place, column), "scenario_unknown_column", value=column, table=table, known=", ".join(columns)
                    )
            try:
                to_fact(table, row, lambda kind, number: "")
            except BadRow as error:
                raise document.problem((*place, error.field), error.code, **error.values) from None
            (records if table == "records" else subjects).add(row.get("id", ""))
            subjects.update(row[column] for column in ("holder", "enterprise", "subject", "person") if column in row)
    return subjects - {""}, records


def _named(expect: Expected) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Every subject that an expectation names, with its section, rule and code."""
    for section in ("persons", "not_persons"):
        for person in getattr(expect, section):
            yield section, person.person, person.rule, None
    for section in ("consequences", "no_consequences"):
        for item in getattr(expect, section):
            yield section, item.subject, item.rule, item.code
    for caught in expect.caught:
        yield "caught", caught.subject, None, None
    for subject in expect.not_caught:
        yield "not_caught", subject, None, None
    for incentive in expect.incentives:
        yield "incentives", incentive.subject, None, incentive.code


def coverage(pack: Pack, scenarios: tuple[Scenario, ...]) -> Mapping[str, frozenset[str]]:
    """For every rule, cascade and incentive of a pack: the polarities (``reaches``, ``spares``) that its scenarios show."""
    found: dict[str, set[str]] = {rule.id: set() for rule in pack.rules}
    found |= {cascade.id: set() for cascade in pack.cascades}
    found |= {incentive.code: set() for incentive in pack.incentives}
    for scenario in scenarios:
        for covered in scenario.rules:
            found[covered].add(scenario.polarity)
    return {rule: frozenset(polarities) for rule, polarities in found.items()}
