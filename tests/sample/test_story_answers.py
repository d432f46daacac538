"""The known answers of the stories, asked of the whole: a written folder, the ledger, the shipped packs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph_service.questions.ask import Questions
from graph_service.questions.opening import read_register
from graph_service.sample import generate, stories, write

BEFORE_THE_GATE, TODAY = "2019-06-01", "2026-11-23"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Questions]:
    folder = write(tmp_path_factory.mktemp("sample") / "register", generate(20))
    with read_register(folder) as opened:
        yield opened


def _trace(graph: Questions, record: str, at: str) -> Any:
    return graph.trace(record, at=at, packs=["cn-yunnan-2016"])


def _persons(trace: Any, verdict: str) -> set[str]:
    return {row["person"] for row in trace["persons"] if row["verdict"] == verdict}


def _standing(trace: Any, kind: str) -> set[tuple[str, str, str | None]]:
    return {(row["subject"], row["status"], row["cause"]) for row in trace["consequences"] if row["kind"] == kind}


@pytest.mark.parametrize("at", [BEFORE_THE_GATE, TODAY])
def test_food_reaches_who_held_the_office_throughout_and_who_was_named_and_leaves_the_others_candidates(
    graph: Questions, at: str
) -> None:
    trace = _trace(graph, "S1-RECORD", at)
    liable = {"S1-REP-2", "S1-PRINCIPAL", "S1-DIRECTOR-1", "S1-FOOD-1"}
    assert _persons(trace, "liable") == liable
    assert _persons(trace, "candidate") - liable == {"S1-REP-1", "S1-DIRECTOR-2", "S1-FOOD-2", "S1-OWNER"}
    assert _standing(trace, "record_entry") == {(person, "active", None) for person in liable}


def test_measures_of_the_plan_alone_are_not_imposed_after_the_gate_of_2020(graph: Questions) -> None:
    before, after = _trace(graph, "S1-RECORD", BEFORE_THE_GATE), _trace(graph, "S1-RECORD", TODAY)
    assert {status for _, status, _ in _standing(before, "measure")} == {"active"}
    assert {(status, cause) for _, status, cause in _standing(after, "measure")} == {("inactive", "no_legal_basis")}


def test_the_objection_suspends_until_it_is_rejected(graph: Questions) -> None:
    during = _trace(graph, "S1-RECORD", "2018-10-01")
    assert {(status, cause) for _, status, cause in _standing(during, "record_entry")} == {("suspended", "objection_lodged")}


def test_the_debtors_representative_brings_a_flag_and_nothing_else_on_the_other_enterprise(graph: Questions) -> None:
    trace = _trace(graph, "S2-RECORD", TODAY)
    assert {row["kind"] for row in trace["consequences"] if row["subject"] == stories.DEBTORS_OTHER} == {"flag"}
    assert (stories.DEBTOR, "ended", "performed") in _standing(trace, "measure")


def test_the_group_is_controlled_through_its_cycle_and_exact_halves_count_only_together(graph: Questions) -> None:
    def controlled(subject: str) -> set[str]:
        pairs: Any = graph.control(subject, at=TODAY)["pairs"]
        return {pair["controlled"] for pair in pairs if pair["controller"] == subject}

    below = {stories.GROUP_MIDDLE, stories.GROUP_LOW, stories.GROUP_SHARED}
    assert controlled(stories.GROUP_TOP) == below
    assert controlled("S3-OWNER") == below | {stories.GROUP_TOP}
    assert controlled(stories.GROUP_MIDDLE) == {stories.GROUP_LOW}
    assert controlled(stories.GROUP_LOW) == controlled("S3-PARTNER") == set()


def test_nothing_reaches_the_other_company_of_the_state_body(graph: Questions) -> None:
    trace = _trace(graph, "S4-RECORD", BEFORE_THE_GATE)
    subjects = {row["subject"] for row in trace["consequences"]} | {row["person"] for row in trace["persons"]}
    assert not subjects & {stories.STATE_OTHER, "S4-OTHER-REP"}


def test_an_unknown_change_of_office_leaves_the_former_head_a_candidate(graph: Questions) -> None:
    trace = _trace(graph, "S5-RECORD", TODAY)
    assert _persons(trace, "liable") == {"S5-REP-2", "S5-DIRECTOR"}
    assert _persons(trace, "candidate") == {"S5-REP-1"}


def test_halves_are_caught_where_half_is_enough_and_ranges_are_possible(graph: Questions) -> None:
    def caught(pack: str) -> dict[str, str]:
        rows: Any = graph.screen(pack, at=TODAY)["caught"]
        story = {stories.HALF_OF_LISTED, stories.HALF_OF_HALF, stories.HALF_AT_HOME, stories.RANGED, stories.AT_LEAST_HALF}
        return {row["subject"]: row["verdict"] for row in rows if row["subject"] in story}

    certain = dict.fromkeys(
        (stories.HALF_OF_LISTED, stories.HALF_OF_HALF, stories.HALF_AT_HOME, stories.AT_LEAST_HALF), "certain"
    )
    assert caught("us-ofac") == caught("eu") == {**certain, stories.RANGED: "possible"}
    assert caught("uk-ofsi") == {stories.AT_LEAST_HALF: "possible"}
