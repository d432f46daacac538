"""Scenario files: what they may say, and that a slip in one is refused rather than passing for a result."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.model.interval import parse_day
from graph_service.policy.document import PackProblem
from graph_service.policy.loader import load_pack
from graph_service.policy.scenarios import Scenario, coverage, load_scenarios
from tests.policy.sample import SCENARIOS, spoil, write


def _load(folder: Path, scenarios: str) -> tuple[Scenario, ...]:
    write(folder, scenarios=scenarios)
    return load_scenarios(folder, load_pack(folder))


def test_facts_are_rows_of_texts_whatever_way_they_are_written(tmp_path: Path) -> None:
    (scenario,) = _load(tmp_path, SCENARIOS)
    rows = dict(scenario.facts.tables())
    assert rows["ties"][0]["share"] == "50"
    assert rows["enterprises"][0]["state_owned"] == "true"
    assert rows["records"][0]["decided_on"] == "2019-01-15"
    assert scenario.day == parse_day("2019-06-30")
    assert scenario.expect.consequences[0].from_ == "2019-01-15"


def test_a_pack_without_scenarios_has_none(tmp_path: Path) -> None:
    write(tmp_path)
    assert load_scenarios(tmp_path, load_pack(tmp_path)) == ()


def test_coverage_says_which_polarities_each_rule_has(tmp_path: Path) -> None:
    scenarios = _load(tmp_path, SCENARIOS)
    covered = coverage(load_pack(tmp_path), scenarios)
    assert covered == {"heads": {"reaches"}, "found": {"reaches"}, "fifty": set(), "I1": set()}


FAULTS = [
    ("rules: [heads, found]", "rules: [feet]", r"cases\.yaml, line 3, .*\.rules: \"feet\" is not a rule"),
    ("polarity: reaches", "polarity: hits", r"polarity: \"hits\".*reaches or spares"),
    ("    at: 2019-06-30\n", "", r"\.at: this field is missing"),
    ("at: 2019-06-30", "at: yesterday", r"\.at: \"yesterday\" is not a date"),
    ("ask: R1", "ask: R2", r"\.ask: \"R2\" is not mentioned in the facts"),
    ("    ask: R1\n", "", r"say whom it is about"),
    ("subject: P1, code: M1", "subject: P2, code: M1", r"expect\.consequences: \"P2\" is not mentioned"),
    ("subject: P1, code: M1", "subject: P1, code: M2", r"expect\.consequences: \"M2\" is not one of the \"codes\""),
    ("subject: P1, code: M1", "subject: P1, rule: feet, code: M1", r"\"feet\" is not a rule"),
    ("subject: P1, code: M1,", "subject: P1, code: M1, until: 2020-01-01,", r"until: there is no such field"),
    ("decided_on", "decided", r"facts\.records\[R1\]\.decided: \"decided\" is not a column of records; .*decided_on"),
    ("severity: serious", "severity: grave", r"facts\.records\[R1\]\.severity: \"grave\" is not one of"),
    ("kind: legal_representative", "kind: boss", r"facts\.ties\[1\]\.kind: \"boss\""),
    ("ties: [{", "offices: [{", r"facts\.offices: there is no such field"),
    ("consequences: [{subject: P1, code: M1, from: 2019-01-15}]\n      ", "", r"expect: a scenario that reaches"),
    ("polarity: reaches", "polarity: spares\n    known: 3", r"known: there is no such field"),
    ("scenarios:\n", "scenario:\n", r"scenario.*: this field is missing|scenario: there is no such field"),
]


@pytest.mark.parametrize(("old", "new", "message"), FAULTS)
def test_a_scenario_that_is_wrong_in_one_place_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(PackProblem, match=message):
        _load(tmp_path, spoil(SCENARIOS, old, new))


def test_a_scenario_that_spares_must_say_whom(tmp_path: Path) -> None:
    spares = spoil(SCENARIOS, "reaches", "spares").replace("      no_consequences: [{subject: E1, code: M1}]\n", "")
    with pytest.raises(PackProblem, match="a scenario that spares"):
        _load(tmp_path, spares)


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = SCENARIOS + SCENARIOS.split("scenarios:\n")[1]
    with pytest.raises(PackProblem, match="the same name"):
        _load(tmp_path, twice)
