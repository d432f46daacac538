"""Every peer finds exactly the control pairs that the engine finds, each actor alone."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from importlib import import_module

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers import CONTROL, NotExpressible
from graph_service.engine.control import control_pairs
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Reader
from graph_service.model.facts import Fact, Tie, is_tie
from graph_service.model.interval import ALWAYS, OPEN_END, Bound, Interval, parse_day
from graph_service.model.rows import TABLES, to_fact
from graph_service.model.share import Share
from graph_service.sample import generate
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.columns import Columns
from tests.strategies_ownership import OwnershipCase, ownership_cases

Control = Callable[[Columns, int, Fraction], pl.DataFrame]
DAY = parse_day("2020-06-30")
HALF = Fraction(1, 2)
PEERS = ("kernel", "dicts", "graphs", "sql")


@pytest.fixture(params=PEERS)
def control(request: pytest.FixtureRequest) -> Control:
    """The question to one peer after the other."""
    if request.param == "kernel":
        pytest.importorskip("numba", reason="the compiled peer needs numba")
    found: Control = import_module(f"benchmarks.peers.{request.param}").control
    return found


def by_engine(reader: Reader, day: int, threshold: Fraction = HALF) -> list[tuple[str, str, int]]:
    """The engine's pairs of a reader's ties, joint arrangements put aside."""
    ties = [tie for tie in reader.scan(Tie) if is_tie(tie) and tie.fact.kind != "joint_arrangement"]
    return [(pair.controller, pair.controlled, pair.verdict.value) for pair in control_pairs(ties, day, threshold)]


def by_peer(control: Control, columns: Columns, day: int, threshold: Fraction = HALF) -> list[tuple[str, str, int]]:
    """A peer's pairs with keys for numbers, in its order."""
    found = control(columns, day, threshold)
    assert found.schema == CONTROL
    keys = columns.frames["subjects"]["key"].to_list()
    return [(keys[controller], keys[controlled], verdict) for controller, controlled, verdict in found.iter_rows()]


def agree(control: Control, facts: tuple[Fact, ...], day: int, threshold: Fraction = HALF) -> list[tuple[str, str, int]]:
    """The pairs of some facts, on which peer and engine agree."""
    with MemoryLedger.of(facts).read() as reader:
        found = by_peer(control, columns_of(reader), day, threshold)
        assert found == by_engine(reader, day, threshold)
    return found


def holds(number: int, holder: str, company: str, share: str, source: str = "", valid: Interval = ALWAYS) -> Tie:
    """A shareholding."""
    return Tie(f"T{number}", "shareholder", holder, company, valid, Share.parse(share), source=source)


def test_every_peer_agrees_with_the_engine_on_any_register(control: Control) -> None:
    @settings(max_examples=150)
    @given(ownership_cases(gaps=6), st.sampled_from([HALF, HALF, Fraction(1, 4), Fraction(1, 3)]))
    def check(case: OwnershipCase, threshold: Fraction) -> None:
        agree(control, case.facts, case.at, threshold)

    check()


@pytest.mark.parametrize("seed", [1, 2])
def test_every_peer_agrees_with_the_engine_on_the_sample_register(control: Control, seed: int) -> None:
    tables = generate(300, seed=seed, dirty=False)
    with MemoryLedger.of(to_fact(name, row) for name in TABLES for row in tables[name]).read() as reader:
        found = by_peer(control, columns_of(reader), DAY)
        assert found == by_engine(reader, DAY)
        assert {verdict for _, _, verdict in found} == {1, 2}


def test_split_control_through_two_subsidiaries_is_counted_whole(control: Control) -> None:
    facts = (holds(1, "X", "A", "60"), holds(2, "X", "B", "51"), holds(3, "A", "C", "30"), holds(4, "B", "C", "30"))
    assert agree(control, facts, DAY) == [("X", "A", 2), ("X", "B", 2), ("X", "C", 2)]


def test_exactly_a_half_does_not_control(control: Control) -> None:
    assert agree(control, (holds(1, "X", "A", "50"), holds(2, "Y", "A", "50")), DAY) == []


def test_two_open_bounds_that_meet_the_threshold_pass_it(control: Control) -> None:
    facts = (holds(1, "X", "A", ">25"), holds(2, "X", "B", "100"), holds(3, "B", "A", ">25"))
    assert ("X", "A", 2) in agree(control, facts, DAY)


def test_a_maximum_is_capped_by_what_others_certainly_hold(control: Control) -> None:
    assert agree(control, (holds(1, "X", "A", "25-75"), holds(2, "Y", "A", "50")), DAY) == []
    assert agree(control, (holds(1, "X", "A", "25-75"), holds(2, "Y", "A", "49")), DAY) == [("X", "A", 1)]


def test_a_ring_does_not_lift_itself_and_nobody_controls_itself(control: Control) -> None:
    assert agree(control, (holds(1, "A", "B", "60"), holds(2, "B", "A", "60")), DAY) == [("A", "B", 2), ("B", "A", 2)]
    assert agree(control, (holds(1, "A", "A", "60"), holds(2, "X", "A", "40")), DAY) == []


def test_sources_that_tell_one_holding_twice_are_not_added(control: Control) -> None:
    twice = (holds(1, "X", "A", "30", "register"), holds(2, "X", "A", "30", "gazette"))
    assert agree(control, twice, DAY) == []
    assert agree(control, (holds(1, "X", "A", "30"), holds(2, "X", "A", "30")), DAY) == [("X", "A", 2)]


def test_nothing_is_certain_of_more_unsure_ties_than_are_enumerated(control: Control) -> None:
    perhaps = Interval(Bound(DAY - 9, DAY + 9), OPEN_END)
    facts = tuple(holds(number, "X", "A", "60", f"source {number}", perhaps) for number in range(9))
    assert agree(control, (*facts, holds(9, "X", "A", "60", "another")), DAY) == [("X", "A", 1)]


def test_a_register_without_holdings_has_no_pairs(control: Control) -> None:
    assert agree(control, (), DAY) == []


def test_shares_without_a_common_denominator_are_answered_exactly_or_refused() -> None:
    odd = tuple(holds(number, f"X{number}", "A", f"1/{2**number + 1}") for number in range(20, 28))
    facts = (*odd, holds(1, "Y", "A", f"{2**40 + 1}/{2**41}"))
    with MemoryLedger.of(facts).read() as reader:
        columns = columns_of(reader)
        assert columns.frames["holdings"]["den"].to_list() == [0] * 9
        for name in ("dicts", "graphs"):
            found = by_peer(import_module(f"benchmarks.peers.{name}").control, columns, DAY)
            assert found == by_engine(reader, DAY) == [("Y", "A", 2)]
        with pytest.raises(NotExpressible):
            import_module("benchmarks.peers.sql").control(columns, DAY)
        pytest.importorskip("numba", reason="the compiled peer needs numba")
        with pytest.raises(NotExpressible):
            import_module("benchmarks.peers.kernel").control(columns, DAY)
