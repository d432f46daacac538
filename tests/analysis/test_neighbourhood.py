"""Connections between subjects: found at the limit, and said to be unknown beyond it."""

from __future__ import annotations

import pytest

from graph_service.analysis import neighbourhood
from graph_service.analysis.neighbourhood import PATH_HOPS_LIMIT, Connection, path
from graph_service.analysis.shapes import path_shape
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Tie
from graph_service.snapshot.view import View

DAY = 738_000


def chain(length: int) -> list[Fact]:
    """Subjects N0, N1, ... each holding the next."""
    return [Tie(f"T{at}", "shareholder", f"N{at}", f"N{at + 1}") for at in range(length)]


def star(arms: int) -> list[Fact]:
    """Enterprises all held by HUB, and by nobody else."""
    return [Tie(f"S{at}", "shareholder", "HUB", f"A{at}") for at in range(arms)]


def connect(facts: list[Fact], start: str, goal: str) -> Connection:
    with MemoryLedger.of(facts).read() as reader:
        return path(View(reader), start, goal, DAY)


def test_a_chain_as_long_as_the_limit_is_found() -> None:
    found = connect(chain(PATH_HOPS_LIMIT), "N0", f"N{PATH_HOPS_LIMIT}")
    assert found.chain is not None
    assert [tie.fact.id for tie in found.chain] == [f"T{at}" for at in range(PATH_HOPS_LIMIT)]
    assert found.left_out == ()


def test_a_chain_longer_than_the_limit_is_not_said_to_be_absent() -> None:
    found = connect(chain(40), "N0", "N40")
    assert found.chain is None
    assert [one.code for one in found.left_out] == ["path_hops"]
    shape = path_shape(found, {}, "en")
    assert shape["complete"] is False
    assert str(PATH_HOPS_LIMIT) in str(shape["left_out"])


def test_subjects_that_are_certainly_not_connected_get_a_complete_answer() -> None:
    found = connect([*chain(3), Tie("X", "shareholder", "X0", "X1")], "N0", "X1")
    assert found == Connection(("N0", "X1"), None)
    assert path_shape(found, {}, "en")["complete"] is True


def test_a_search_that_grows_too_broad_stops_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbourhood, "PATH_BREADTH_LIMIT", 20)
    far = [Tie(f"F{at}", "shareholder", f"A{at}", f"B{at}") for at in range(100)]
    goal = [Tie(f"G{at}", "shareholder", f"G{at}", f"G{at + 1}") for at in range(10)]
    found = connect([*star(100), *far, *goal], "HUB", "G0")
    assert found.chain is None
    assert [one.code for one in found.left_out] == ["path_breadth"]
    assert path_shape(found, {}, "zh")["complete"] is False


def test_a_chain_that_the_last_broad_round_met_is_still_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbourhood, "PATH_BREADTH_LIMIT", 20)
    found = connect(star(100), "HUB", "A7")
    assert found.chain is not None
    assert found.left_out == ()
