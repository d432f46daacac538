"""The trace in pure Cypher says of a record what the engine says, wherever its header says that it can, and never more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from graph_service.engine.carriage import carried
from graph_service.engine.liability import held_days, verdicts
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.neo4j_codec import tie_type
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, Bound, Interval, covers, parse_day
from graph_service.model.share import Share
from graph_service.model.words import SHARES
from graph_service.policy.loader import shipped_packs
from graph_service.policy.table import Carriage
from graph_service.snapshot.view import View
from tests.cypher.asking import asked, case_of, liable, sayable, untriggered
from tests.cypher.province import DAY, ask, since
from tests.neo4j_fixtures import GROUP, Neo4j
from tests.strategies import PERSONS, LiabilityCase, intervals, known_intervals, liability_cases, pack_of
from tests.strategies_ownership import holdings

pytestmark = GROUP
OFFICES = frozenset({"legal_representative", "director"})
BY_OFFICE = Carriage("office", "flag", "F-OFFICE", "discretion", roles=OFFICES)
BY_CONTROL = Carriage("control", "flag", "F-CONTROL", "discretion", directions=frozenset({"down", "up", "sibling"}))
BY_SERVER = settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@dataclass
class Loader:
    """Puts registers into the server beside each other, under ids of their own."""

    server: Neo4j
    ledger: Neo4jLedger
    numbers: Iterator[int]

    def load(self, registers: Sequence[Sequence[Fact]]) -> list[tuple[MemoryLedger, str]]:
        """Each register in memory, under the prefix that its ids have on both sides."""
        made = []
        everything: list[Fact] = []
        for facts in registers:
            prefix = f"N{next(self.numbers)}-"
            renamed = [under(prefix, fact) for fact in facts]
            memory = MemoryLedger()
            memory.append(renamed)
            everything += renamed
            made.append((memory, prefix))
        self.ledger.append(everything)
        return made


def under(prefix: str, fact: Fact) -> Fact:
    """A fact whose ids begin with a prefix."""
    names = {
        Subject: ("id",),
        Tie: ("id", "holder", "enterprise"),
        Record: ("id", "subject"),
        Finding: ("record", "person"),
        Event: ("record", "person"),
        Listing: ("subject",),
    }[type(fact)]
    return replace(fact, **{name: prefix + value for name in names if (value := getattr(fact, name))})


@pytest.fixture(scope="module")
def loader(neo4j_server: Neo4j) -> Iterator[Loader]:
    neo4j_server.empty()
    ledger = Neo4jLedger.open(neo4j_server.uri)
    yield Loader(neo4j_server, ledger, count())
    ledger.close()
    neo4j_server.empty()


role_cases = liability_cases(deaths=True).filter(lambda one: one.rule.reach == "role")


@given(cases=st.lists(role_cases, min_size=20, max_size=30))
@BY_SERVER
def test_liable_persons_are_those_of_the_engine_wherever_it_can_say_so(loader: Loader, cases: list[LiabilityCase]) -> None:
    for (memory, prefix), one in zip(loader.load([one.facts for one in cases]), cases, strict=True):
        rule = untriggered(one.rule)
        pack = pack_of([rule])
        case = case_of(memory, prefix + one.record_id, pack, one.at)
        told = {row["person"] for row in ask(loader.server, "trace/liable_persons", **asked(rule, case))}
        certain = liable(case, rule, pack)
        event(f"liable: {bool(told)}, clock: {rule.clock}, beyond Cypher: {bool(certain - told)}")
        assert told <= certain
        assert told == {holder for holder in certain if sayable(case, rule, holder)}


@st.composite
def officers_elsewhere(draw: st.DrawFn) -> LiabilityCase:
    """A case of liability, some of whose people hold offices in E2 as well, for certain or perhaps."""
    case = draw(role_cases)
    elsewhere = [
        Tie(
            f"S{number}",
            draw(st.sampled_from(sorted(OFFICES))),
            holder,
            "E2",
            draw(st.just(ALWAYS) | known_intervals | intervals),
        )
        for number, holder in enumerate(draw(st.lists(st.sampled_from(PERSONS), min_size=1, max_size=3)))
    ]
    return replace(case, facts=(*case.facts, *elsewhere))


@given(cases=st.lists(officers_elsewhere(), min_size=20, max_size=30))
@BY_SERVER
def test_related_by_office_are_those_of_the_engine(loader: Loader, cases: list[LiabilityCase]) -> None:
    for (memory, prefix), one in zip(loader.load([one.facts for one in cases]), cases, strict=True):
        rule = replace(untriggered(one.rule), carriages=(BY_OFFICE,))
        pack = pack_of([rule])
        case = case_of(memory, prefix + one.record_id, pack, one.at)
        offices = [tie_type(kind) for kind in sorted(OFFICES)]
        rows = ask(loader.server, "trace/related_by_office", offices=offices, **asked(rule, case))
        told = {(row["person"], row["enterprise"]) for row in rows}
        with memory.read() as reader:
            found, _ = carried(View(reader), case, pack, verdicts(case, rule, pack), [])
            expected = {(flag.via, flag.subject) for flag in found}
            ties = View(reader).ties_of(sorted({holder for holder, _ in expected}), OFFICES)
        event(f"related: {bool(told)}, beyond Cypher: {bool(expected - told)}")
        assert told <= expected
        for holder, other in expected - told:
            held = [days for tie in ties[holder] if tie.fact.enterprise == other and (days := held_days(case, tie))]
            meeting = [days for days in held if days.sure and days.sure.start.hi >= days.sure.end.lo]
            assert meeting or not sayable(case, rule, holder)


@given(data=st.data())
@BY_SERVER
def test_related_by_control_are_among_those_of_the_engine_and_all_that_chains_of_majorities_show(
    loader: Loader, data: st.DataObject
) -> None:
    at = 738950
    registers = data.draw(st.lists(holdings(at).map(list[Fact]), min_size=1, max_size=15))
    whole = [[*ties, Tie("R", "director", "P", "A"), replace(RECORD, subject="A")] for ties in registers]
    rule = replace(ANYBODY, carriages=(BY_CONTROL,))
    pack = pack_of([rule])
    for (memory, prefix), facts in zip(loader.load(whole), whole, strict=True):
        case = case_of(memory, f"{prefix}R", pack, at)
        rows = ask(loader.server, "trace/related_by_control", record=f"{prefix}R", through_state=True, day=at)
        told = {(row["related"].removeprefix(prefix), row["direction"]) for row in rows}
        with memory.read() as reader:
            found, _ = carried(View(reader), case, pack, verdicts(case, rule, pack), [])
        event(f"related: {bool(told)}, more in the engine: {len(found) > len({one for one, _ in told})}")
        assert {one for one, _ in told} <= {one.subject.removeprefix(prefix) for one in found}
        assert told == by_chains([fact for fact in facts if isinstance(fact, Tie)], at)


def by_chains(ties: Sequence[Tie], at: int) -> set[tuple[str, str]]:
    """What chains of single majorities show of A: plainly."""
    valid = [tie for tie in ties if tie.kind in SHARES and covers(tie.valid, at)]
    step: dict[str, str] = {}
    for tie in valid:
        told_by = {other.source for other in valid if (other.holder, other.enterprise) == (tie.holder, tie.enterprise)}
        share = tie.share
        days = tie.valid.start.hi <= at < tie.valid.end.lo
        if days and share and len(told_by) == 1 and (share.lo * 2 > 1 or (share.lo * 2 == 1 and share.lo_open)):
            # Facts that are at fault may show two majorities: both are told then.
            step[f"{tie.enterprise} {tie.id}"] = tie.holder

    def reach(start: str, *, up: bool) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            here = todo.pop()
            for key, holder in step.items():
                enterprise = key.split(" ")[0]
                one, other = (enterprise, holder) if up else (holder, enterprise)
                if one == here and other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    above, below = reach("A", up=True) - {"A"}, reach("A", up=False) - {"A"}
    beside = {other for one in above for other in reach(one, up=False) - {one, "A"}}
    return {(one, "up") for one in above} | {(one, "down") for one in below} | {(one, "sibling") for one in beside}


RECORD = Record(
    "R",
    "A",
    "health_safety",
    decided_on=Bound.on(738940),
    act=since("2024-01-01", "2024-02-01"),
    instrument_no="No. 1",
    region="530000",
)
ANYBODY = untriggered(next(rule for rule in shipped_packs()["cn-yunnan-2016"].rules if rule.reach == "role"))
ANYBODY = replace(ANYBODY, roles=("director",), clock="current", clocks=("current",), fault_test="none", fault=frozenset())


def some_facts(*more: Fact, act: tuple[str, str] = ("2018-03-01", "2018-06-01")) -> list[Fact]:
    """An enterprise E with a record of 2018."""
    decided = Bound.on(parse_day("2018-09-10"))
    record = Record("R", "E", act=since(*act), decided_on=decided, instrument_no="No. 1", region="530000")
    return [Subject("E", SubjectKind.ENTERPRISE), record, *more]


def told_of(
    loader: Loader, facts: Sequence[Fact], *clocks: str, findings: Sequence[str] = (), day: str = "2024-06-30"
) -> set[str]:
    ((_, prefix),) = loader.load([facts])
    rows = ask(
        loader.server,
        "trace/liable_persons",
        record=f"{prefix}R",
        types=["DIRECTOR"],
        clocks=list(clocks),
        findings=list(findings),
        day=parse_day(day),
    )
    return {row["person"].removeprefix(prefix) for row in rows}


def test_whoever_died_holds_the_office_to_that_day_and_no_longer(loader: Loader) -> None:
    def dead(day: str) -> list[Fact]:
        person = Subject("P", SubjectKind.PERSON, closed_on=Bound.parse(day, "end"))
        return some_facts(person, Tie("T", "director", "P", "E", since("2010-01-01")))

    assert told_of(loader, dead("2018-09-10"), "decision") == {"P"}
    assert told_of(loader, dead("2018-09-09"), "decision") == set()
    assert told_of(loader, dead("2018-09-09"), "act") == {"P"}
    assert told_of(loader, dead("2018-02-28"), "act") == set()
    assert told_of(loader, dead("2018-12-31..2020-01-31"), "decision") == {"P"}
    assert told_of(loader, dead("?"), "decision") == set()
    assert told_of(loader, dead("2020-02-29"), "current") == set()


def test_without_clocks_a_finding_fixes_person_and_time(loader: Loader) -> None:
    tie = Tie("T", "director", "P", "E", since("2020-01-01"))
    found = Finding("R", "P", "organised", found_on=parse_day("2019-01-01"))
    assert told_of(loader, some_facts(tie, found), findings=["organised"]) == {"P"}
    assert told_of(loader, some_facts(tie, found), findings=["organised"], day="2018-12-31") == set()
    assert told_of(loader, some_facts(tie, found), findings=["knew"]) == set()
    assert told_of(loader, some_facts(tie)) == set()


def test_a_record_without_instrument_or_before_its_decision_reaches_nobody(loader: Loader) -> None:
    tie = Tie("T", "director", "P", "E", since("2010-01-01"))
    facts = some_facts(tie)
    assert told_of(loader, facts, "current", day="2018-09-10") == {"P"}
    assert told_of(loader, facts, "current", day="2018-09-09") == set()
    lead = [replace(fact, instrument_no="") if isinstance(fact, Record) else fact for fact in facts]
    assert told_of(loader, lead, "current") == set()


def test_an_exact_half_controls_nobody_and_more_than_half_does(loader: Loader) -> None:
    def related(share: str, *more: Fact) -> list[str]:
        facts = some_facts(Tie("T", "shareholder", "E", "F", ALWAYS, Share.parse(share)), *more)
        ((_, prefix),) = loader.load([facts])
        rows = ask(loader.server, "trace/related_by_control", record=f"{prefix}R", through_state=False, day=DAY)
        return [row["related"].removeprefix(prefix) for row in rows]

    assert related("50") == []
    assert related("50.000001") == related(">50") == related("50.0000000000000001") == ["F"]
    assert related("75-100") == ["F"]
    other = Tie("U", "shareholder", "E", "F", ALWAYS, Share.parse("10"), source="another")
    assert related("60", other) == []


def test_two_ties_that_only_together_cover_an_act_are_beyond_it(loader: Loader) -> None:
    turn = parse_day("2018-01-01")
    ties = (
        Tie("T", "director", "P", "E", Interval(ALWAYS.start, Bound.on(turn))),
        Tie("U", "director", "P", "E", Interval(Bound.on(turn), ALWAYS.end)),
    )
    unknown = Interval(Bound(turn - 100, turn + 100), Bound(turn - 50, turn + 150))
    facts = [replace(fact, act=unknown) if isinstance(fact, Record) else fact for fact in some_facts(*ties)]
    rule = replace(ANYBODY, clock="act", clocks=("act",))
    memory = MemoryLedger()
    memory.append(facts)
    assert liable(case_of(memory, "R", pack_of([rule]), DAY), rule, pack_of([rule])) == {"P"}
    assert told_of(loader, facts, "act") == set()
