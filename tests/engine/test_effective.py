"""Effective shares, close links and beneficial owners against published numbers and against plain sums over paths."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.engine.effective import (
    LARGEST_CYCLE,
    FaultCode,
    at_least,
    beneficial_owners,
    close_links,
    effective_owners,
    effective_ranges,
    effective_shares,
)
from graph_service.model.share import Share
from graph_service.model.verdict import Verdict

Edges = dict[tuple[str, str], Fraction]


def edges(text: str) -> Edges:
    """``A>B 0.2, B>A 1/3`` as edges."""
    return {
        (owner, owned): Fraction(share)
        for part in text.split(",")
        for pair, share in [part.split()]
        for owner, owned in [pair.split(">")]
    }


CL1 = edges("A>B .2, B>A .8, B>C .2, C>D .6, D>A .9, A>C .2")


def test_published_close_links_are_met_to_the_last_digit() -> None:
    expected = {
        ("A", "B"): ".2", ("A", "C"): ".24", ("B", "A"): ".908", ("B", "C"): ".36", ("B", "D"): ".216",
        ("C", "A"): ".54", ("C", "D"): ".6", ("D", "A"): ".9", ("D", "C"): ".216",
    }  # fmt: skip
    found = close_links(CL1, Fraction(1, 5))
    assert found.complete
    assert found.pairs == {pair: Fraction(share) for pair, share in expected.items()}


def test_what_is_not_closely_linked_stays_below_the_threshold() -> None:
    sums = close_links(CL1, Fraction(0)).pairs
    assert {pair: sums[pair] for pair in (("A", "D"), ("C", "B"), ("D", "B"))} == {
        ("A", "D"): Fraction("0.144"),
        ("C", "B"): Fraction("0.108"),
        ("D", "B"): Fraction("0.18"),
    }


def test_on_cycles_the_limit_of_the_series_differs_from_the_sum_over_simple_paths() -> None:
    limits = effective_shares(CL1, "A").limits
    assert (round(limits["B"], 4), round(limits["A"], 4)) == (Fraction("0.2815"), Fraction("0.4077"))


def test_owners_over_the_whole_are_reported_instead_of_a_number() -> None:
    found = effective_shares(CL1, "B")
    assert [(fault.company, fault.total) for fault in found.faults if fault.code is FaultCode.OWNERS_OVER_WHOLE] == [
        ("A", Fraction("1.7"))
    ]
    assert found.shares == {}  # every company of the cycle rests on A


def test_a_fault_elsewhere_leaves_the_other_numbers_alone() -> None:
    found = effective_shares(edges("X>A .6, X>B .9, Y>B .2, B>C .5, A>D .5"), "X")
    assert found.shares == {"A": Fraction("0.6"), "D": Fraction("0.3")}
    assert found.unreliable == {"B", "C"}


def test_owners_of_the_holder_itself_do_not_matter() -> None:
    found = effective_shares(edges("Y>X .9, Z>X .9, X>A .5"), "X")
    assert (found.shares, found.faults) == ({"A": Fraction(1, 2)}, ())


def test_integrated_ownership_is_not_control() -> None:
    assert effective_shares(edges("X>A .6, A>B .5, X>B .2"), "X").shares["B"] == Fraction(1, 2)


@pytest.mark.parametrize(
    ("chains", "total"), [("P>H .6, H>T .4, P>T .05", Fraction("0.29")), ("P>H .5, H>T .5", Fraction("0.25"))]
)
def test_a_person_with_a_quarter_through_chains_is_a_beneficial_owner(chains: str, total: Fraction) -> None:
    assert beneficial_owners(edges(chains), ["P"], "T").shares == {"P": total}


def test_less_than_a_quarter_or_a_company_is_no_beneficial_owner() -> None:
    assert beneficial_owners(edges("P>H .5, H>T .4999"), ["P"], "T").shares == {}
    assert beneficial_owners(edges("H>T .9"), ["P"], "T").shares == {}


def test_owners_over_the_whole_on_the_way_are_said_of_a_beneficial_owner() -> None:
    found = beneficial_owners(edges("P>H .9, Q>H .9, H>T .5, R>T .4"), ["P", "Q", "R"], "T")
    assert found.shares == {"R": Fraction("0.4")}
    assert found.unreliable == {"P", "Q"}
    assert [(fault.code, fault.company) for fault in found.faults] == [(FaultCode.OWNERS_OVER_WHOLE, "H")]
    over = beneficial_owners(edges("P>T .9, Q>T .9"), ["P", "Q"], "T")
    assert over.shares == {}
    assert over.unreliable == {"P", "Q"}
    assert over.faults[0].company == "T"


def test_a_company_that_holds_itself_is_counted_to_the_limit() -> None:
    assert effective_shares(edges("X>A .5, A>A .2"), "X").shares == {"A": Fraction(5, 8)}


def test_a_series_without_limit_is_said_with_everything_that_rests_on_it() -> None:
    found = effective_shares(edges("A>B 1, B>A 1, B>C .4"), "A")
    assert found.shares == {}
    assert found.unreliable == {"A", "B", "C"}
    assert {fault.code for fault in found.faults} == {FaultCode.NO_LIMIT}


def test_a_total_over_the_whole_is_said_instead_of_printed() -> None:
    found = effective_shares(edges("A>B 1, B>A .5"), "A")
    assert found.limits["B"] == 2
    assert found.shares == {}  # A rests on B
    assert (FaultCode.TOTAL_OVER_WHOLE, "B") in [(fault.code, fault.company) for fault in found.faults]


def test_a_long_chain_and_a_long_ring_need_no_recursion() -> None:
    chain = {(str(i), str(i + 1)): Fraction(1) for i in range(5000)}
    assert effective_shares(chain, "0").shares["5000"] == 1
    size = LARGEST_CYCLE + 1
    ring = {(str(i), str((i + 1) % size)): Fraction(1, 2) for i in range(size)}
    assert {fault.code for fault in effective_shares(ring, "0").faults} == {FaultCode.CYCLE_TOO_LARGE}


def test_paths_beyond_the_limit_are_admitted() -> None:
    layers = {(f"{i}{a}", f"{i + 1}{b}"): Fraction(1, 2) for i in range(6) for a in "xy" for b in "xy"}
    whole = close_links(layers, Fraction(1, 5))
    cut = close_links(layers, Fraction(1, 5), paths_limit=10)
    assert whole.complete
    assert not cut.complete
    assert "0x" in cut.unfinished
    assert cut.pairs.keys() <= whole.pairs.keys()


def test_ranges_give_the_least_and_the_greatest_share() -> None:
    ranges = {("P", "H"): Share.parse("25-50"), ("H", "T"): Share.parse("<50"), ("P", "T"): Share.parse(">10")}
    found = effective_ranges(ranges, "P").ranges
    assert found["H"] == Share.parse("25-50")
    assert found["T"] == Share(Fraction(1, 10), Fraction(1), True, False)


def test_a_range_is_capped_by_what_others_certainly_hold() -> None:
    assert effective_ranges({("P", "T"): Share.parse(""), ("Q", "T"): Share.parse(">=70")}, "P").ranges["T"] == Share.parse(
        "<=30"
    )


def test_the_end_of_a_range_that_no_reading_reaches_is_open() -> None:
    below = effective_ranges({("P", "H"): Share.parse("<50"), ("H", "T"): Share.parse("50")}, "P").ranges["T"]
    assert at_least(below, Fraction(1, 4)) is Verdict.EXCLUDED
    reached = effective_ranges({("P", "H"): Share.parse("<=50"), ("H", "T"): Share.parse("50")}, "P").ranges["T"]
    assert at_least(reached, Fraction(1, 4)) is Verdict.POSSIBLE


def test_minima_over_the_whole_are_said_for_ranges_too() -> None:
    found = effective_ranges({("P", "T"): Share.parse(">=60"), ("Q", "T"): Share.parse(">=60")}, "P")
    assert not found.ranges
    assert found.unreliable == {"T"}
    assert found.faults[0].code is FaultCode.OWNERS_OVER_WHOLE


def test_the_rest_of_a_company_goes_where_the_holder_has_most_even_on_a_cycle() -> None:
    ranges = {("P", "A"): "20", ("B", "A"): "", ("A", "B"): "<=50", ("P", "B"): "<=40"}
    found = effective_ranges({edge: Share.parse(text) for edge, text in ranges.items()}, "P").ranges
    # Most: A = 1/5 + 4/5 B and B = 2/5 + 1/2 A, so that A = 13/15 and B = 5/6.
    assert (found["A"], found["B"]) == (Share(Fraction(1, 5), Fraction(13, 15)), Share(Fraction(0), Fraction(5, 6)))


NODES = "ABCDEF"
shares = st.sampled_from([Fraction(n, 20) for n in (1, 2, 4, 5, 8, 10, 12, 20)])
acyclic = st.dictionaries(st.sampled_from([(a, b) for a in NODES for b in NODES if a < b]), shares, min_size=1, max_size=9)
any_edges = st.dictionaries(st.sampled_from([(a, b) for a in NODES for b in NODES]), shares, min_size=1, max_size=10)


def path_sum(graph: Edges, source: str, target: str) -> Fraction:
    direct = graph.get((source, target), Fraction(0))
    return direct + sum(
        (share * path_sum(graph, owned, target) for (owner, owned), share in graph.items() if owner == source), Fraction(0)
    )


@given(acyclic)
def test_without_cycles_limits_close_links_and_paths_are_one_number(graph: Edges) -> None:
    links = close_links(graph, Fraction(1, 10**9)).pairs
    for source, target in product(NODES, NODES):
        expected = path_sum(graph, source, target)
        assert effective_shares(graph, source).limits.get(target, 0) == expected
        assert effective_owners(graph, target).limits.get(source, 0) == expected
        assert links.get((source, target), 0) == expected


@given(any_edges, st.sampled_from(NODES))
def test_limits_satisfy_the_equation_they_are_the_limit_of(graph: Edges, source: str) -> None:
    found = effective_shares(graph, source)
    if any(fault.code is FaultCode.NO_LIMIT for fault in found.faults):
        return
    for company in NODES:
        through = sum((found.limits.get(a, Fraction(0)) * share for (a, b), share in graph.items() if b == company), Fraction(0))
        assert found.limits.get(company, 0) == graph.get((source, company), 0) + through


@given(any_edges, st.sampled_from(NODES))
def test_partial_sums_approach_the_limit_from_below(graph: Edges, source: str) -> None:
    found = effective_shares(graph, source)
    walks = {company: graph.get((source, company), Fraction(0)) for company in NODES}
    partial = dict(walks)
    for _ in range(8):
        walks = {b: sum((walks[a] * share for (a, c), share in graph.items() if c == b), Fraction(0)) for b in NODES}
        partial = {company: partial[company] + walks[company] for company in NODES}
    for company, total in partial.items():
        if company in found.limits:
            assert total <= found.limits[company]
        else:
            assert total == 0 or company in found.unreliable


@given(any_edges, st.sampled_from(NODES), st.randoms(use_true_random=False))
def test_the_order_of_the_edges_does_not_matter(graph: Edges, source: str, random: Random) -> None:
    items = list(graph.items())
    random.shuffle(items)
    shuffled = dict(items)
    assert effective_shares(shuffled, source) == effective_shares(graph, source)
    assert effective_owners(shuffled, source) == effective_owners(graph, source)
    assert close_links(shuffled, Fraction(1, 5)) == close_links(graph, Fraction(1, 5))


@given(acyclic, st.sampled_from(NODES), st.sampled_from([Fraction(1, 2), Fraction(1, 3)]))
def test_a_holder_with_a_part_of_every_stake_has_that_part_of_every_total(graph: Edges, source: str, part: Fraction) -> None:
    scaled = {edge: share * part if edge[0] == source else share for edge, share in graph.items()}
    whole, partly = effective_shares(graph, source).limits, effective_shares(scaled, source).limits
    assert partly == {company: total * part for company, total in whole.items()}


@given(any_edges, st.sampled_from(NODES))
def test_no_printed_share_exceeds_the_whole(graph: Edges, source: str) -> None:
    assert all(0 < share <= 1 for share in effective_shares(graph, source).shares.values())


def owners(reading: Edges, company: str) -> Fraction:
    return sum((share for (_, owned), share in reading.items() if owned == company), Fraction(0))


spans = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(lambda pair: (min(pair), max(pair)))


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([(a, b) for a in "PQAB" for b in "AB" if a != b]), spans, min_size=1, max_size=5))
def test_ranges_hold_every_reading_and_reach_their_ends(boxes: dict[tuple[str, str], tuple[int, int]]) -> None:
    ranges = {edge: Share(Fraction(lo, 3), Fraction(hi, 3)) for edge, (lo, hi) in boxes.items()}
    found = effective_ranges(ranges, "P")
    minima = {edge: share.lo for edge, share in ranges.items()}
    seen: dict[str, set[Fraction]] = {"A": set(), "B": set()}
    for values in product(*(range(lo, hi + 1) for lo, hi in boxes.values())):
        reading = {edge: Fraction(value, 3) for edge, value in zip(boxes, values, strict=True)}
        if all(owners(reading, company) <= 1 or owners(minima, company) > 1 for company in "AB"):
            totals = effective_shares(reading, "P")
            for company in "AB":
                seen[company].add(totals.limits.get(company, Fraction(0)))
    for company, share in found.ranges.items():
        assert (share.lo, share.hi) == (min(seen[company]), max(seen[company]))
