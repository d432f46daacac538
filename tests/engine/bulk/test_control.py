"""Control in bulk: the pairs, rounds and ways that the engine finds actor by actor."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.bulk.backend import POLARS, Backend
from graph_service.engine.bulk.control import Over, controlled, inner_of
from graph_service.engine.bulk.holdings import held_on
from graph_service.engine.bulk.pairs import pairs_of
from graph_service.engine.bulk.ways import ways
from graph_service.engine.closure import TiesAtHand, closure, majority, support
from graph_service.engine.control import control_pairs
from graph_service.engine.holdings import holdings
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Tie, is_tie
from graph_service.model.interval import ALWAYS, parse_day
from graph_service.model.share import Share
from graph_service.model.words import SHARES
from graph_service.snapshot.build import columns_of
from tests.engine.bulk.backends import duckdb_backend
from tests.engine.bulk.registers import sample_ledger
from tests.strategies_ownership import OwnershipCase, ownership_cases

many = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
thresholds = st.sampled_from([Fraction(1, 2), Fraction(1, 2), Fraction(1, 4), Fraction(1, 5)])


def assert_same_pairs(ledger: MemoryLedger, at: int, threshold: Fraction, backend: Backend = POLARS) -> None:
    """Hold the pairs of a register against those that the engine finds actor by actor."""
    with ledger.read() as reader:
        ties = [tie for tie in reader.scan(Tie) if is_tie(tie)]
        assert pairs_of(columns_of(reader), at, threshold, backend) == control_pairs(ties, at, threshold)


def assert_same_ways(ledger: MemoryLedger, at: int, threshold: Fraction) -> int:
    """Hold holdings, rounds and the ties of every way against the engine's; the number of pairs."""
    with ledger.read() as reader:
        ties = [tie for tie in reader.scan(Tie) if is_tie(tie)]
        columns = columns_of(reader)
    keys = columns.frames["subjects"]["key"].to_list()
    held = POLARS.materialise(held_on(POLARS, columns, at, SHARES))
    told = {
        (keys[one["holder"]], keys[one["company"]]): (
            *(Fraction(one["lo"], one["den"]), bool(one["lo_open"]), Fraction(one["hi"], one["den"]), bool(one["hi_open"])),
        )
        for one in POLARS.collect(held).iter_rows(named=True)
    }
    assert told == {(one.holder, one.company): (one.lo, one.lo_open, one.hi, one.hi_open) for one in holdings(ties, at, SHARES)}
    pairs = controlled(POLARS, held, inner_of(POLARS, held), Over(threshold), size=len(keys))
    found = POLARS.collect(pairs)
    rows = POLARS.collect(ways(POLARS, columns, held, pairs, pairs, Over(threshold), at))
    facts = dict(zip(rows["tie"].to_list(), columns.fact_ids("ties", rows["tie"]).to_list(), strict=True))
    by_key: dict[int, set[str]] = {}
    for key, tie in rows.select("key", "tie").iter_rows():
        by_key.setdefault(key, set()).add(facts[tie])
    at_hand, test = TiesAtHand(ties), majority(threshold)
    for actor in found["actor"].unique().to_list():
        inside = closure(at_hand, at, [keys[actor]], test, possible=False)
        own = found.filter(found["actor"] == actor)
        assert {keys[company]: level for company, level in own.select("company", "round").iter_rows()} == inside.rounds
        for company, key in own.select("company", "key").iter_rows():
            assert by_key[key] == {tie.id for tie in support(inside, keys[company], test, at)}
    return found.height


@many
@given(ownership_cases(), thresholds)
def test_pairs_are_those_of_every_actor_followed_alone_and_jointly(case: OwnershipCase, threshold: Fraction) -> None:
    assert_same_pairs(MemoryLedger.of(case.facts), case.at, threshold)


@many
@given(ownership_cases(), thresholds)
def test_rounds_and_ways_are_those_of_the_engine(case: OwnershipCase, threshold: Fraction) -> None:
    assert_same_ways(MemoryLedger.of(case.facts), case.at, threshold)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(ownership_cases())
def test_pairs_are_the_same_on_another_engine(case: OwnershipCase) -> None:
    assert_same_pairs(MemoryLedger.of(case.facts), case.at, Fraction(1, 2), duckdb_backend())


@pytest.mark.parametrize("day", ["2016-06-30", "2020-06-30"])
def test_the_sample_register_has_the_same_pairs_and_ways(day: str) -> None:
    ledger = sample_ledger(600)
    assert_same_pairs(ledger, parse_day(day), Fraction(1, 2))
    assert assert_same_ways(ledger, parse_day(day), Fraction(1, 2)) > 100


def test_a_threshold_of_many_digits_overflows_nothing() -> None:
    facts = [
        Tie("H1", "shareholder", "X", "A", ALWAYS, Share.parse("50")),
        Tie("H2", "shareholder", "Y", "B", ALWAYS, Share.parse("50.01")),
        Tie("H3", "shareholder", "B", "C", ALWAYS, Share.parse("99.99")),
    ]
    threshold = Fraction(1, 2) + Fraction(1, 10**19)
    with MemoryLedger.of(facts).read() as reader:
        pairs = pairs_of(columns_of(reader), parse_day("2024-01-01"), threshold)
    assert [(pair.controller, pair.controlled) for pair in pairs] == [("B", "C"), ("Y", "B"), ("Y", "C")]


def test_shares_without_a_common_denominator_are_judged_exactly_all_the_same() -> None:
    odd = Fraction(1, 2) + Fraction(1, 3**90)
    facts = [
        Tie("H1", "shareholder", "X", "A", ALWAYS, Share.of(odd)),
        Tie("H2", "shareholder", "Y", "B", ALWAYS, Share.of(1 - odd)),
    ]
    with MemoryLedger.of(facts).read() as reader:
        pairs = pairs_of(columns_of(reader), parse_day("2024-01-01"))
    assert [(pair.controller, pair.controlled) for pair in pairs] == [("X", "A")]


@pytest.mark.parametrize("second", [">25", "25", "26"])
def test_an_open_bound_behind_others_that_come_exactly_to_the_threshold_spares_them(second: str) -> None:
    facts = [
        Tie("H1", "shareholder", "X", "A", ALWAYS, Share.parse("25")),
        Tie("H2", "shareholder", "Y", "A", ALWAYS, Share.parse(second)),
        Tie("H3", "shareholder", "X", "Y", ALWAYS, Share.parse("100")),
        Tie("H4", "shareholder", "A", "B", ALWAYS, Share.parse(">25")),
        Tie("H5", "shareholder", "Y", "B", ALWAYS, Share.parse(">25")),
    ]
    assert assert_same_ways(MemoryLedger.of(facts), parse_day("2024-01-01"), Fraction(1, 4)) >= 3


def test_steps_alike_of_several_ties_are_cut_alike_for_everybody_above() -> None:
    facts = [Tie(f"C{one}", "shareholder", f"N{one}", f"N{one + 1}", ALWAYS, Share.parse("100")) for one in range(5)]
    blocks = [
        Tie(f"B{one}", "shareholder", "N5", "A", ALWAYS, Share.parse(share)) for one, share in enumerate(("10", "30", "25"))
    ]
    told = Tie("B9", "shareholder", "N4", "A", ALWAYS, Share.parse("<5"), source="gazette")
    assert assert_same_ways(MemoryLedger.of([*facts, *blocks, told]), parse_day("2024-01-01"), Fraction(1, 2)) == 21
