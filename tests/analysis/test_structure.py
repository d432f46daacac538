"""Circles, groups and shared office holders of a whole register, held against the plainest way to find them."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings

from graph_service.analysis import structure
from graph_service.analysis.structure import circles, groups, shared_officers
from graph_service.engine.bulk.pairs import pairs_of
from graph_service.engine.control import Pair, control_pairs
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Tie, is_tie
from graph_service.model.interval import Interval, covers
from graph_service.model.verdict import Verdict
from graph_service.model.words import HOLDINGS, OFFICES
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.columns import Columns
from tests.strategies_ownership import OwnershipCase, ownership_cases, registers

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
DAY = 738_000
HALF = Fraction(1, 2)


def columns(*facts: Fact) -> Columns:
    with MemoryLedger.of(facts).read() as reader:
        return columns_of(reader)


def members(held: Columns, day: int = DAY) -> list[tuple[set[str], bool]]:
    keys = held.frames["subjects"]["key"]
    return [({keys[one] for one in circle.members}, circle.certain) for circle in circles(held, day)]


def hold(*pairs: str) -> list[Fact]:
    return [Tie(f"T-{pair}", "shareholder", pair[0], pair[1]) for pair in pairs]


def test_two_circles_that_share_no_member_are_two_and_the_larger_is_first() -> None:
    assert members(columns(*hold("AB", "BA", "CD", "DE", "EC", "AX"))) == [({"C", "D", "E"}, True), ({"A", "B"}, True)]


def test_circles_that_share_a_member_are_one_and_what_only_hangs_on_it_is_outside() -> None:
    assert members(columns(*hold("AB", "BA", "AC", "CA", "PA", "CQ"))) == [({"A", "B", "C"}, True)]


def test_a_certain_circle_inside_a_possible_one_is_told_besides() -> None:
    unsure = Tie("T-BC", "shareholder", "B", "C", Interval.parse("2000-01-01", "?"))
    assert members(columns(*hold("AB", "BA", "CB"), unsure)) == [({"A", "B", "C"}, False), ({"A", "B"}, True)]


def test_a_chain_is_no_circle_however_long() -> None:
    assert members(columns(*(Tie(f"T{n}", "shareholder", f"N{n}", f"N{n + 1}") for n in range(200)))) == []


def test_a_holding_in_oneself_closes_no_circle() -> None:
    assert members(columns(Tie("T", "shareholder", "A", "A"))) == []


@many
@given(ownership_cases())
def test_the_circles_are_the_strong_components_of_the_holdings_of_the_day(case: OwnershipCase) -> None:
    found = members(columns(*case.facts), case.at)
    ties = [fact for fact in case.facts if isinstance(fact, Tie) and fact.kind in HOLDINGS]

    def components(least: Verdict) -> list[set[str]]:
        graph: nx.DiGraph[str] = nx.DiGraph()
        graph.add_edges_from((t.holder, t.enterprise) for t in ties if covers(t.valid, case.at).value >= least.value)
        return [set(one) for one in nx.strongly_connected_components(graph) if len(one) > 1]

    possible, certain = components(Verdict.POSSIBLE), components(Verdict.CERTAIN)
    assert sorted(map(sorted, certain)) == sorted(sorted(one) for one, sure in found if sure)
    assert sorted(sorted(one) for one in possible if one not in certain) == sorted(sorted(one) for one, sure in found if not sure)


@many
@given(ownership_cases())
def test_the_members_of_a_group_are_what_its_controllers_control_and_nobody_outside_controls_them(case: OwnershipCase) -> None:
    with MemoryLedger.of(case.facts).read() as reader:
        ties = [tie for tie in reader.scan(Tie) if is_tie(tie)]
        pairs = control_pairs(ties, case.at, HALF)
        assert pairs_of(columns_of(reader), case.at, HALF) == pairs
    certain = {(pair.controller, pair.controlled) for pair in pairs if pair.verdict.certain}
    found = groups(pairs)
    assert len({group.controllers for group in found}) == len(found)
    for group in found:
        circle = {pair.controlled for pair in group.members} >= set(group.controllers) and len(group.controllers) > 1
        joint = len(group.controllers) > 1 and not circle
        told = [
            pair
            for pair in pairs
            if (pair.controller in group.controllers and (not pair.jointly_with) == (not joint))
            and (not joint or {pair.controller, *pair.jointly_with} == set(group.controllers))
        ]
        assert {pair.controlled for pair in group.members} == {pair.controlled for pair in told}
        outside = [{one for one, other in certain if other == top} - set(group.controllers) for top in group.controllers]
        assert not all(outside)  # somebody of them is nobody's
    # Whoever certainly controls something is a controller or is under one.
    under = {key for group in found for key in (*group.controllers, *(pair.controlled for pair in group.members))}
    assert {key for pair in certain for key in pair} <= under


def test_partners_of_a_joint_arrangement_are_one_controller_of_what_neither_controls_alone() -> None:
    together = [Pair("P", "J", Verdict.CERTAIN, ("Q",)), Pair("Q", "J", Verdict.CERTAIN, ("P",))]
    found = groups([Pair("P", "OWN", Verdict.CERTAIN), *together])
    assert [(group.controllers, [pair.controlled for pair in group.members]) for group in found] == [
        (("P",), ["OWN"]),
        (("P", "Q"), ["J"]),
    ]


def test_enterprises_that_control_each_other_are_one_controller() -> None:
    pairs = [Pair(one, other, Verdict.CERTAIN) for one, other in ("AB", "BA", "AC", "BC")]
    (group,) = groups(pairs)
    assert group.controllers == ("A", "B")
    assert [pair.controlled for pair in group.members] == ["A", "B", "C"]


def test_enterprises_that_control_only_each_other_are_a_group_of_their_own() -> None:
    (group,) = groups([Pair("A", "B", Verdict.CERTAIN), Pair("B", "A", Verdict.CERTAIN)])
    assert (group.controllers, [pair.controlled for pair in group.members]) == (("A", "B"), ["A", "B"])


@many
@given(registers())
def test_shared_officers_are_those_that_a_look_at_every_two_enterprises_finds(facts: list[Fact]) -> None:
    held = columns(*facts)
    keys = held.frames["subjects"]["key"]
    found, left_out = shared_officers(held, DAY)
    for one in found:
        sure = {
            (fact.enterprise, fact.holder)
            for fact in facts
            if isinstance(fact, Tie) and fact.kind in OFFICES and covers(fact.valid, DAY).certain
        }
        assert one.certain == sum({(keys[one.one], keys[at]), (keys[one.other], keys[at])} <= sure for at in one.holders)
    offices = {
        (fact.enterprise, fact.holder)
        for fact in facts
        if isinstance(fact, Tie) and fact.kind in OFFICES and covers(fact.valid, DAY).value
    }
    by_enterprise: dict[str, set[str]] = {}
    for enterprise, holder in offices:
        by_enterprise.setdefault(enterprise, set()).add(holder)
    expected = {
        frozenset((one, other)): by_enterprise[one] & by_enterprise[other]
        for one, other in combinations(sorted(by_enterprise), 2)
        if by_enterprise[one] & by_enterprise[other]
    }
    assert {frozenset((keys[one.one], keys[one.other])): {keys[at] for at in one.holders} for one in found} == expected
    assert left_out == []


def test_a_holder_of_too_many_offices_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "OFFICES_LIMIT", 3)
    agent = [Tie(f"T{n}", "director", "AGENT", f"E{n}") for n in range(4)]
    found, left_out = shared_officers(columns(*agent, Tie("A", "director", "P", "E0"), Tie("B", "director", "P", "E1")), DAY)
    assert len(found) == 1
    assert [(one.code, one.about) for one in left_out] == [("shared_officers", "AGENT")]
