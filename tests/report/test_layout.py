"""Where everything stands."""

from __future__ import annotations

from random import Random

import pytest

from graph_service.report.gathering import gather
from graph_service.report.layout import crowded, positions
from graph_service.report.reading import read
from tests.report.invented import invented


@pytest.mark.parametrize("count", [1, 2, 10, 27, 100, 300])
@pytest.mark.parametrize("seed", [1, 2])
def test_no_mark_or_label_has_another_in_its_place(count: int, seed: int) -> None:
    drawn = gather(read(invented(count, seed=seed)[1]))
    assert crowded(positions(drawn)) == []


def test_the_subject_asked_about_is_in_the_middle() -> None:
    assert positions(gather(read(invented(100)[1])))[0] == (0, 0)


def test_the_picture_does_not_hang_on_the_order_of_the_answer() -> None:
    _, shape = invented(100)
    _, other = invented(100)
    for rows in (other["nodes"], other["edges"]):
        assert isinstance(rows, list)
        Random(7).shuffle(rows)
    one, two = gather(read(shape)), gather(read(other))
    assert one == two
    assert positions(one) == positions(two)


def test_whoever_answers_stands_nearer_to_the_subject_than_those_who_hang_on_them() -> None:
    drawn = gather(read(invented(100)[1]))
    away = [abs(x) + abs(y) for x, y in positions(drawn)]
    firm = [away[number] for number, spot in enumerate(drawn.spots) if spot.part in {"liable", "candidate"}]
    others = [away[number] for number, spot in enumerate(drawn.spots) if spot.part == "connected"]
    assert sum(firm) / len(firm) < sum(others) / len(others)


def test_subjects_that_nothing_ties_to_the_middle_have_a_place_too() -> None:
    _, shape = invented(40)
    shape["edges"] = []
    drawn = gather(read(shape))
    assert len(set(positions(drawn))) == 40
    assert crowded(positions(drawn)) == []


def test_nobody_at_all_is_an_empty_picture() -> None:
    assert positions(gather(read({}))) == []


def test_no_two_of_a_thousand_subjects_who_all_matter_stand_on_each_other() -> None:
    drawn = gather(read(invented(1000, firm=999)[1]))
    assert crowded(positions(drawn)) == []
