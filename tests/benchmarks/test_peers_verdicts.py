"""Every peer that propagates gives exactly the verdicts, gaps, proofs and standings that the engine gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module
from typing import NamedTuple

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers import STANDINGS, VERDICTS, Propagated
from benchmarks.peers.sql_verdicts import verdicts as verdicts_by_sql
from graph_service.engine.answers import Reached
from graph_service.engine.bulk.gaps import gap_codes
from graph_service.engine.bulk.standings import CAUSES
from graph_service.engine.liability import Case, verdicts
from graph_service.engine.standing import after, standing
from graph_service.engine.trace import cases_of
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Event, Fact, Finding, Record, Stored, SubjectKind
from graph_service.model.identifiers import is_uscc
from graph_service.model.interval import FIRST, LAST, parse_day
from graph_service.model.rows import TABLES, to_fact
from graph_service.policy.choosing import choose_packs
from graph_service.policy.table import Effect, Pack, Rule, Term
from graph_service.sample import generate
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.columns import Columns
from graph_service.snapshot.view import View
from tests.strategies import LiabilityCase, StatusCase, days, liability_cases, pack_of, rules, status_cases
from tests.strategies_ownership import registers

Propagate = Callable[[Columns, Sequence[Pack], int], Propagated]
NEVER, SEVERAL = "", "several"
EXAMPLES = 120


class Told(NamedTuple):
    """A verdict with keys and ids for numbers."""

    record: str
    rule: int
    subject: str
    sure: bool
    gaps: tuple[str, ...]
    tie: str
    finding: str


class Stands(NamedTuple):
    """Where an effect stands, with keys and ids for numbers."""

    record: str
    rule: int
    subject: str
    effect: int
    end: tuple[int, int]
    status: int
    cause: str
    event: str


class Answer(NamedTuple):
    """What an engine says of a register."""

    verdicts: list[Told]
    standings: list[Stands]


@pytest.fixture(params=["kernel", "dicts"])
def propagate(request: pytest.FixtureRequest) -> Propagate:
    """The question to one peer after the other."""
    if request.param == "kernel":
        pytest.importorskip("numba", reason="the compiled peer needs numba")
    found: Propagate = import_module(f"benchmarks.peers.{request.param}").propagate
    return found


def by_engine(view: View, records: Sequence[Stored[Record]], packs: Sequence[Pack], at: int) -> Answer:
    """The verdicts of each record by themselves, and where the effects of the certain ones stand."""
    answer = Answer([], [])
    laws = [(pack, rule) for pack in packs for rule in pack.rules]
    first = 0
    cases = cases_of(view, records, packs, at)
    for number, (pack, rule) in enumerate(laws):
        for case in cases:
            events = view.events_of([case.record.fact.id])[case.record.fact.id]
            for one in verdicts(case, rule, pack):
                answer.verdicts.append(_told(case, number, one))
                effects = rule.effects if one.verdict.certain else ()
                for effect_number, effect in enumerate(effects, first):
                    if not _is_entry_of_a_firm(view, one, effect):
                        answer.standings.append(_stands(case, number, one, effect_number, effect, pack, events))
        first += len(rule.effects)
    return Answer(sorted(answer.verdicts), sorted(answer.standings))


def _records(facts: Iterable[Fact]) -> list[str]:
    return [fact.id for fact in facts if isinstance(fact, Record)]


def _of_kind(facts: Iterable[str], kind: str) -> str:
    found = [one for one in facts if one.startswith(f"{kind}-")]
    return SEVERAL if len(found) > 1 else "".join(found)


def _told(case: Case, number: int, one: Reached) -> Told:
    gaps = tuple(gap.code for gap in one.gaps)
    tie, finding = _of_kind(one.proof, "tie"), _of_kind(one.proof, "finding")
    return Told(case.record.fact.id, number, one.subject, one.verdict.certain, gaps, tie, finding)


def _is_entry_of_a_firm(view: View, one: Reached, effect: Effect) -> bool:
    if effect.kind != "record_entry" or one.rule.reach == "self":
        return False
    described = view.subject(one.subject)
    return is_uscc(one.subject) if described is None else described.fact.kind is SubjectKind.ENTERPRISE


def _stands(
    case: Case, number: int, one: Reached, effect_number: int, effect: Effect, pack: Pack, events: Sequence[Stored[Event]]
) -> Stands:
    found = standing(case, one.rule, effect, pack.gates, events, one.subject)
    end = found.end.lo, found.end.hi
    event = _of_kind(found.facts, "event")
    return Stands(case.record.fact.id, number, one.subject, effect_number, end, int(found.status), found.cause, event)


def by_peer(propagate: Propagate, columns: Columns, packs: Sequence[Pack], at: int) -> Answer:
    """What a peer says, with keys and ids for numbers."""
    found = propagate(columns, packs, at)
    assert found.verdicts.schema == VERDICTS
    assert found.standings.schema == STANDINGS
    keys, records = columns.frames["subjects"]["key"].to_list(), columns.frames["records"]["id"].to_list()
    told = [
        Told(records[rec], rule, keys[subject], sure, tuple(gap_codes(gaps)), tie, finding)
        for (rec, rule, subject, sure, gaps, _, _), tie, finding in zip(
            found.verdicts.iter_rows(),
            _ids(columns, "ties", found.verdicts["tie"]),
            _ids(columns, "findings", found.verdicts["finding"]),
            strict=True,
        )
    ]
    events = _ids(columns, "events", found.standings["event"])
    stands = [
        Stands(told[n].record, told[n].rule, told[n].subject, effect, (end_lo, end_hi), status, CAUSES[cause], event)
        for (n, effect, end_lo, end_hi, status, cause, _), event in zip(found.standings.iter_rows(), events, strict=True)
    ]
    return Answer(sorted(told), sorted(stands))


def _ids(columns: Columns, table: str, rows: pl.Series) -> Iterator[str]:
    ids = iter(columns.fact_ids(table, rows.filter(rows >= 0)))
    return (next(ids) if row >= 0 else SEVERAL if row == -2 else NEVER for row in rows.to_list())


def agree(propagate: Propagate, facts: Iterable[Fact], packs: Sequence[Pack], at: int) -> Answer:
    """What follows from some facts, on which peer and engine agree."""
    held = list(facts)
    with MemoryLedger.of(held).read() as reader:
        wanted = by_engine(View(reader), reader.records(_records(held)), packs, at)
        assert by_peer(propagate, columns_of(reader), packs, at) == wanted
    return wanted


def sample(seed: int) -> list[Fact]:
    """The facts of a sample register."""
    tables = generate(300, seed=seed, dirty=False)
    return [to_fact(name, row) for name in TABLES for row in tables[name]]


def test_a_peer_gives_the_verdicts_and_standings_of_any_record(propagate: Propagate) -> None:
    @settings(max_examples=EXAMPLES)
    @given(liability_cases(deaths=True))
    def check(case: LiabilityCase) -> None:
        agree(propagate, case.facts, [pack_of([case.rule])], case.at)

    check()


def test_a_peer_gives_the_standings_of_any_history_of_events(propagate: Propagate) -> None:
    @settings(max_examples=EXAMPLES)
    @given(status_cases())
    def check(case: StatusCase) -> None:
        agree(propagate, case.facts, [pack_of([case.rule], gates=case.gates)], case.at)

    check()


def test_a_peer_gives_the_verdicts_of_any_register_under_several_rules(propagate: Propagate) -> None:
    @settings(max_examples=EXAMPLES)
    @given(registers(deaths=True), st.lists(rules(), min_size=2, max_size=4), days)
    def check(facts: list[Fact], drawn: list[Rule], at: int) -> None:
        agree(propagate, facts, [pack_of([replace(rule, id=f"R-{n}") for n, rule in enumerate(drawn)])], at)

    check()


@pytest.mark.parametrize("day", ["2019-12-31", "2026-11-23"])
def test_a_peer_gives_all_that_follows_in_the_sample_register(propagate: Propagate, day: str) -> None:
    answer = agree(propagate, sample(3), choose_packs(()), parse_day(day))
    assert {one.sure for one in answer.verdicts} == {True, False}
    assert len({one.status for one in answer.standings}) >= 3


def test_a_register_without_records_has_no_verdicts(propagate: Propagate) -> None:
    facts = [fact for fact in sample(1) if not isinstance(fact, Record | Finding | Event)]
    assert agree(propagate, facts, choose_packs(()), parse_day("2020-06-30")) == Answer([], [])


def _same_by_sql(facts: Iterable[Fact], packs: Sequence[Pack], at: int) -> int:
    held = list(facts)
    with MemoryLedger.of(held).read() as reader:
        wanted = by_engine(View(reader), reader.records(_records(held)), packs, at).verdicts
        columns = columns_of(reader)
        keys, records = columns.frames["subjects"]["key"], columns.frames["records"]["id"]
        found = verdicts_by_sql(columns, packs, at)
    told = sorted((records[rec], rule, keys[subject], sure) for rec, rule, subject, sure in found.iter_rows())
    assert told == [one[:4] for one in wanted]
    return len(told)


def test_sql_reaches_whom_the_engine_reaches_under_several_rules() -> None:
    @settings(max_examples=EXAMPLES)
    @given(registers(deaths=True), st.lists(rules(), min_size=1, max_size=4), days)
    def check(facts: list[Fact], drawn: list[Rule], at: int) -> None:
        _same_by_sql(facts, [pack_of([replace(rule, id=f"R-{n}") for n, rule in enumerate(drawn)])], at)

    check()


def test_sql_reaches_whom_the_engine_reaches_for_any_record() -> None:
    @settings(max_examples=EXAMPLES)
    @given(liability_cases(deaths=True))
    def check(case: LiabilityCase) -> None:
        _same_by_sql(case.facts, [pack_of([case.rule])], case.at)

    check()


def test_sql_reaches_whom_the_engine_reaches_in_the_sample_register() -> None:
    assert _same_by_sql(sample(3), choose_packs(()), parse_day("2026-11-23")) > 100


def test_the_compiled_calendar_is_the_calendar() -> None:
    pytest.importorskip("numba", reason="the compiled peer needs numba")
    from benchmarks.peers.kernel_standings import day_after

    @settings(max_examples=500)
    @given(
        st.one_of(st.integers(FIRST, LAST), st.sampled_from([FIRST, FIRST + 1, FIRST + 2, LAST - 1, LAST])),
        st.integers(0, 40),
        st.integers(0, 30),
        st.integers(0, 800),
    )
    def check(day: int, years: int, months: int, more: int) -> None:
        assert day_after(day, 12 * years + months, more) == after(day, Term(years=years, months=months, days=more))

    check()
