"""What is drawn: everybody who matters, the others gathered past some three hundred."""

from __future__ import annotations

import pytest

from graph_service.report.gathering import counted, gather
from graph_service.report.reading import FIRM, read
from tests.report.invented import invented


@pytest.mark.parametrize("count", [1, 10, 100, 300])
def test_a_small_network_is_drawn_subject_by_subject(count: int) -> None:
    network = read(invented(count)[1])
    assert [spot.members for spot in gather(network).spots] == [(number,) for number in range(count)]


def test_a_large_network_is_gathered_until_some_three_hundred_are_left() -> None:
    drawn = gather(read(invented(1000)[1]))
    assert len(drawn.spots) <= 300


def test_every_subject_is_in_exactly_one_spot() -> None:
    drawn = gather(read(invented(1000)[1]))
    assert sorted(member for spot in drawn.spots for member in spot.members) == list(range(1000))


@pytest.mark.parametrize("firm", [24, 600])
def test_nobody_who_answers_or_may_is_ever_gathered(firm: int) -> None:
    network = read(invented(1000, firm=firm)[1])
    drawn = gather(network)
    assert all(network.nodes[spot.members[0]].part not in FIRM for spot in drawn.spots if spot.gathered)
    assert sum(spot.part in FIRM for spot in drawn.spots) == firm + 1


def test_a_gathering_is_of_one_part() -> None:
    network = read(invented(1000)[1])
    for spot in gather(network).spots:
        assert {network.nodes[one].part for one in spot.members} == {spot.part}


def test_the_counts_of_the_parts_are_those_of_the_network() -> None:
    network = read(invented(1000)[1])
    parts = [node.part for node in network.nodes]
    assert counted(gather(network)) == {part: parts.count(part) for part in counted(gather(network))}
    assert sum(counted(gather(network)).values()) == 1000


def test_several_ties_between_two_subjects_are_one_line_that_counts_them_all() -> None:
    network = read(invented(100)[1])
    drawn = gather(network)
    pairs = [(line.a, line.b) for line in drawn.lines]
    assert len(set(pairs)) == len(pairs)
    drawn_ties = sorted(tie for line in drawn.lines for tie in line.edges)
    own = [number for number, edge in enumerate(network.edges) if edge.start == edge.end]
    assert drawn_ties == [number for number in range(len(network.edges)) if number not in own]


def test_a_line_proves_if_one_of_its_ties_does_and_is_past_only_if_all_are() -> None:
    network = read(invented(100)[1])
    for line in gather(network).lines:
        ties = [network.edges[one] for one in line.edges]
        assert line.in_proof == any(tie.in_proof for tie in ties)
        assert line.current == any(tie.current for tie in ties)


def test_a_tie_to_a_subject_that_is_not_there_is_not_drawn() -> None:
    _, shape = invented(3)
    shape["edges"] = [{"fact": "f", "kind": "director", "from": "N0001", "to": "elsewhere", "text": "t", "current": True}]
    assert gather(read(shape)).lines == ()
