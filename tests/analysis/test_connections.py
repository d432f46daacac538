"""Ways between two subjects: over which ties, through whom, in which order, and what is said of the rest."""

from __future__ import annotations

from graph_service.analysis.connections import WALKED, Ways, ties_among, ways
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Subject, SubjectKind, Tie
from graph_service.model.interval import Interval
from graph_service.snapshot.view import View

DAY = 738_000


def between(facts: list[Fact], start: str, goal: str, **asked: object) -> Ways:
    with MemoryLedger.of(facts).read() as reader:
        return ways(View(reader), start, goal, DAY, **asked)  # type: ignore[arg-type]


def steps(found: Ways) -> list[list[list[str]]]:
    return [[sorted(tie.fact.id for tie in step) for step in way] for way in found.ways]


SQUARE: list[Fact] = [
    Tie("1", "shareholder", "A", "B"),
    Tie("2", "director", "C", "B"),
    Tie("3", "shareholder", "A", "D"),
    Tie("4", "shareholder", "D", "E"),
    Tie("5", "director", "C", "E"),
]


def test_the_shorter_way_comes_first_and_each_way_is_told_tie_by_tie() -> None:
    assert steps(between(SQUARE, "A", "C")) == [[["1"], ["2"]], [["3"], ["4"], ["5"]]]


def test_a_way_longer_than_asked_is_not_given() -> None:
    assert steps(between(SQUARE, "A", "C", hops=2)) == [[["1"], ["2"]]]


def test_all_ties_between_the_ends_of_a_step_stand_in_it() -> None:
    assert steps(between([*SQUARE[:2], Tie("1b", "director", "A", "B")], "A", "C")) == [[["1", "1b"], ["2"]]]


def test_employment_is_no_way_unless_asked_for_and_that_is_said() -> None:
    facts: list[Fact] = [Tie("1", "employee", "A", "B"), Tie("2", "director", "C", "B")]
    found = between(facts, "A", "C")
    assert steps(found) == []
    assert "employee" in found.excluded
    assert "director" not in found.excluded
    assert steps(between(facts, "A", "C", kinds=WALKED | {"employee"})) == [[["1"], ["2"]]]


def test_a_body_of_the_state_connects_nobody_unless_asked_and_is_named() -> None:
    facts: list[Fact] = [
        Subject("STATE", SubjectKind.ENTERPRISE, form="state_body"),
        Tie("1", "shareholder", "STATE", "A"),
        Tie("2", "shareholder", "STATE", "B"),
    ]
    found = between(facts, "A", "B")
    assert (steps(found), found.stopped_at) == ([], ("STATE",))
    assert steps(between(facts, "A", "B", through_state=True)) == [[["1"], ["2"]]]
    assert steps(between(facts, "STATE", "B")) == [[["2"]]]


def test_a_tie_that_does_not_hold_on_the_day_is_no_way() -> None:
    facts: list[Fact] = [Tie("1", "shareholder", "A", "B", Interval.parse("1990-01-01", "1991-01-01"))]
    assert steps(between(facts, "A", "B")) == []


def test_a_subject_has_no_way_to_itself_and_strangers_have_none() -> None:
    assert steps(between(SQUARE, "A", "A")) == []
    assert steps(between(SQUARE, "A", "NOBODY")) == []


def test_the_ties_among_some_subjects_are_all_of_them_and_no_others() -> None:
    with MemoryLedger.of(SQUARE).read() as reader:
        assert [tie.fact.id for tie in ties_among(View(reader), ["A", "B", "D"], DAY)] == sorted(
            ["1", "3"], key=lambda key: next(tie.id for tie in reader.ties([key]))
        )
