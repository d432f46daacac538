"""The bulk run gives exactly the rows that one trace after another gives: verdicts, gaps, consequences, statuses and proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.bulk.backend import POLARS, Backend
from graph_service.engine.bulk.faults import faults
from graph_service.engine.bulk.run import bulk
from graph_service.engine.bulk.words import told
from graph_service.engine.rows import ConsequenceRow, FaultRow, Rows, VerdictRow, rows_by_trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Record, Stored
from graph_service.model.interval import parse_day
from graph_service.policy.choosing import choose_packs
from graph_service.policy.table import Carriage, Gate, Pack, Rule
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.columns import Columns
from graph_service.snapshot.view import View
from tests.engine.bulk.backends import duckdb_backend
from tests.engine.bulk.registers import sample_ledger
from tests.strategies import (
    ROLES,
    WINDOW,
    LiabilityCase,
    StatusCase,
    bases,
    days,
    liability_cases,
    pack_of,
    rules,
    some,
    status_cases,
)
from tests.strategies_ownership import registers

many = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def rows_in_bulk(columns: Columns, packs: Sequence[Pack], at: int, backend: Backend = POLARS, records: int = 2) -> Rows:
    """The rows of a bulk run, told a few records at a time."""
    parts = list(told(columns, bulk(columns, packs, at, backend), records))
    keys = columns.frames["subjects"]["key"]
    wrong = faults(columns, packs, at)
    return Rows(
        verdicts=tuple(VerdictRow(*row) for part in parts for row in part.verdicts.rows()),
        consequences=tuple(ConsequenceRow(*row) for part in parts for row in part.consequences.rows()),
        data_faults=tuple(sorted(FaultRow(keys[subject], *rest) for subject, *rest in wrong.rows())),
    )


def assert_equal(ledger: MemoryLedger, packs: Sequence[Pack], at: int, backend: Backend = POLARS, records: int = 2) -> Rows:
    """Hold a bulk run of a ledger against the traces of all its records; the rows."""
    with ledger.read() as reader:
        stored = [one for one in reader.scan(Record) if isinstance(one.fact, Record)]
        expected = rows_by_trace(View(reader), _sorted(stored), packs, at)
        found = rows_in_bulk(columns_of(reader), packs, at, backend, records)
    assert found.verdicts == expected.verdicts
    assert found.consequences == expected.consequences
    assert found.data_faults == expected.data_faults
    return found


def _sorted(records: Sequence[Stored[Fact]]) -> list[Stored[Record]]:
    return sorted((one for one in records if isinstance(one.fact, Record)), key=lambda one: one.id)  # type: ignore[misc]


@st.composite
def laws(draw: st.DrawFn) -> Pack:
    """Some rules with carriages by office and by control; perhaps a gate."""
    found: list[Rule] = []
    for number in range(draw(st.integers(1, 4))):
        rule = draw(rules(f"R-{number}"))
        carriages: list[Carriage] = []
        if draw(st.booleans()):
            roles = draw(some(ROLES, least=1))
            carriages.append(Carriage("office", "flag", "by-office", "discretion", roles, basis=draw(st.none() | bases())))
        if draw(st.integers(0, 3 if rule.reach == "role" else 1)) == 0:
            directions = draw(some(("down", "up", "sibling"), least=1))
            threshold = draw(st.sampled_from([Fraction(1, 2), Fraction(1, 4)]))
            carriages.append(
                Carriage(
                    "control",
                    "flag",
                    "by-control",
                    "discretion",
                    directions=directions,
                    basis=draw(st.none() | bases()),
                    threshold=threshold,
                )
            )
        found.append(replace(rule, carriages=tuple(carriages)))
    gates = tuple(
        Gate(draw(days), draw(some(("measure", "flag"), least=1)), draw(bases(whole=True)))
        for _ in range(draw(st.integers(0, 1)))
    )
    return pack_of(found, gates=gates, through_state_holders=draw(st.booleans()))


@many
@given(registers(deaths=True), laws(), st.sampled_from([*WINDOW, *[WINDOW[-1] + 1] * 20, WINDOW[-1] + 40, WINDOW[-1] + 800]))
def test_a_run_is_all_traces_at_once(facts: list[Fact], law: Pack, at: int) -> None:
    assert_equal(MemoryLedger.of(facts), [law], at)


@many
@given(liability_cases(deaths=True))
def test_verdicts_with_every_kind_of_gap_are_those_of_the_trace(case: LiabilityCase) -> None:
    assert_equal(MemoryLedger.of(case.facts), [pack_of([case.rule])], case.at)


@many
@given(status_cases())
def test_standings_after_any_events_are_those_of_the_trace(case: StatusCase) -> None:
    assert_equal(MemoryLedger.of(case.facts), [pack_of([case.rule], gates=case.gates)], case.at)


@pytest.mark.parametrize("day", ["2017-05-01", "2019-12-31", "2021-06-30", "2026-11-24"])
def test_the_sample_register_is_judged_alike_on_every_day(day: str) -> None:
    found = assert_equal(sample_ledger(), choose_packs(()), parse_day(day), records=50)
    assert found.verdicts
    assert found.consequences


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(registers(deaths=True), laws(), st.sampled_from([*WINDOW, *[WINDOW[-1] + 1] * 20]))
def test_the_same_text_runs_on_another_engine(facts: list[Fact], law: Pack, at: int) -> None:
    assert_equal(MemoryLedger.of(facts), [law], at, duckdb_backend())
