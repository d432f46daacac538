"""The sample register in a Neo4j server and in memory: the same facts, to ask Cypher and the library the same questions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from graph_service.ledger.cypher import statement
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.neo4j_codec import day_number
from graph_service.ledger.neo4j_derived import make_schema
from graph_service.model.facts import FACT_TYPES, Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.interval import OPEN_END, Bound, Interval, parse_day
from graph_service.questions.ask import Questions
from graph_service.register import register_ledger
from graph_service.sample import generate, write
from graph_service.sample.stories import DEBTOR, FOOD, GAPS
from tests.neo4j_fixtures import Neo4j

DAY = parse_day("2024-06-30")
MENDED, GONE = "X-T1", "X-T2"
"""Ids of a tie that is corrected and of one that is retracted, both in `FOOD`."""


def since(day: str, until: str = "") -> Interval:
    return Interval.parse(day, until)


MORE: tuple[Fact, ...] = (
    Tie("X-T3", "practitioner", "S1-FOOD-1", DEBTOR, since("2016-01-01"), credential="A-1"),
    Tie("X-T4", "director", "S1-DIRECTOR-1", GAPS, since("2019-01-01")),
    Tie("X-T5", "supervisor", "S1-DIRECTOR-1", DEBTOR, since("2017-01-01")),
    Tie("X-T6", "director", "S1-REP-2", GAPS, since("2018")),
    Tie(MENDED, "supervisor", "S3-SMALL", FOOD, since("2013-01-01")),
    Tie(GONE, "supervisor", "S3-PARTNER", FOOD, since("2013-01-01")),
    Subject("X-OLD", SubjectKind.PERSON, "甲", closed_on=Bound.on(parse_day("2018-01-01"))),
    Tie("X-T7", "legal_representative", "X-OLD", FOOD, since("2011-01-01")),
)
"""What the sample lacks: somebody who practises twice, officers who moved on, a correction, a death."""
MENDING = Tie(MENDED, "supervisor", "S3-SMALL", FOOD, since("2013-01-01", "2015-01-01"))


@dataclass(frozen=True)
class Province:
    """The register; ``facts`` are the live ones, by kind."""

    server: Neo4j
    ledger: Neo4jLedger
    memory: MemoryLedger
    facts: dict[type, list[Stored[Fact]]]
    mended_after: int
    """The position before the correction and the retraction."""

    @property
    def graph(self) -> Questions:
        return Questions(self.memory)

    @property
    def ties(self) -> list[Stored[Tie]]:
        return cast("list[Stored[Tie]]", self.facts[Tie])

    @property
    def subjects(self) -> dict[str, Subject]:
        return {one.fact.id: one.fact for one in cast("list[Stored[Subject]]", self.facts[Subject])}

    @property
    def records(self) -> list[Stored[Record]]:
        return cast("list[Stored[Record]]", self.facts[Record])

    @property
    def findings(self) -> list[Finding]:
        return [one.fact for one in cast("list[Stored[Finding]]", self.facts[Finding])]

    @property
    def events(self) -> list[Event]:
        return [one.fact for one in cast("list[Stored[Event]]", self.facts[Event])]

    @property
    def listings(self) -> list[Listing]:
        return [one.fact for one in cast("list[Stored[Listing]]", self.facts[Listing])]

    def ask(self, name: str, **parameters: object) -> list[dict[str, Any]]:
        """The rows of a statement; ``day`` is a day number of ours."""
        return ask(self.server, name, **parameters)


def ask(server: Neo4j, name: str, **parameters: object) -> list[dict[str, Any]]:
    """The rows of a statement on a server; ``day`` is a day number of ours."""
    if isinstance(parameters.get("day"), int):
        parameters["day"] = day_number(cast(int, parameters["day"]))
    with server.driver.session(default_access_mode="READ", notifications_min_severity="OFF") as session:
        return [dict(row) for row in session.run(cast(Any, statement(name)), parameters)]


@contextmanager
def province(server: Neo4j, folder: Path) -> Iterator[Province]:
    """The sample and `MORE` in both ledgers."""
    write(folder, generate(60, seed=3, dirty=False))
    memory, _ = register_ledger([folder], None)
    with memory.read() as reader:
        sample = [stored.fact for kind in FACT_TYPES for stored in reader.scan(kind)]
    server.empty()
    ledger = Neo4jLedger.open(server.uri)
    try:
        ledger.append(sample)
        make_schema(ledger.store)  # of what is derived, which the first run written back would make
        for one in (ledger, memory):
            one.append(MORE)
        before = ledger.last().number
        for one in (ledger, memory):
            one.append([MENDING])
            with one.read() as reader:
                one.append([], retract=[stored.id for stored in reader.ties([GONE])])
        with memory.read() as reader:
            facts = {kind: list(reader.scan(kind)) for kind in FACT_TYPES}
        # The planner goes by statistics that a server samples in the background: plans must not hang on when it did.
        with server.driver.session() as session:
            session.run("CALL db.prepareForReplanning()").consume()
        yield Province(server, ledger, memory, facts, before)
    finally:
        ledger.close()
        server.empty()


def numbers(bound: Bound) -> tuple[int, int]:
    """The two day numbers of a bound."""
    return day_number(bound.lo), day_number(bound.hi)


__all__ = ["DAY", "GONE", "MENDED", "MORE", "OPEN_END", "Province", "ask", "numbers", "province"]
