"""The shipped packs and the one for tests: their scenarios come out, every rule has both polarities, the law is as read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from graph_service.engine.scenarios import run
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact
from graph_service.model.interval import day_text, parse_day
from graph_service.policy.document import Folder, read_document, yaml_names
from graph_service.policy.loader import find_versions, load_pack, shipped_folder, shipped_ids, shipped_pack, shipped_packs
from graph_service.policy.published import published_schema
from graph_service.policy.scenarios import Scenario, coverage, load_scenarios
from graph_service.policy.table import Cascade, Effect, Pack, Rule
from graph_service.snapshot.view import View

FOLDERS: list[Folder] = [*(shipped_folder(key) for key in shipped_ids()), Path(__file__).parent / "packs" / "test-bars"]
PACKS = [(load_pack(folder), folder) for folder in FOLDERS]
CASES = [pytest.param(pack, one, id=f"{pack.id}: {one.name}") for pack, folder in PACKS for one in load_scenarios(folder, pack)]
YUNNAN = shipped_pack("cn-yunnan-2016")
RULES = {rule.id: rule for rule in YUNNAN.rules}
GATE = parse_day("2020-12-18")


@contextmanager
def view_of(facts: Sequence[Fact]) -> Iterator[View]:
    with MemoryLedger.of(facts).read() as reader:
        yield View(reader)


@pytest.mark.parametrize(("pack", "scenario"), CASES)
def test_a_scenario_comes_out_as_the_lawyer_expects(pack: Pack, scenario: Scenario) -> None:
    assert run(pack, scenario, view_of).problems == ()


@pytest.mark.parametrize(("pack", "folder"), PACKS, ids=lambda value: value.id if isinstance(value, Pack) else "")
def test_every_rule_has_a_scenario_that_reaches_and_one_that_spares(pack: Pack, folder: Folder) -> None:
    # An incentive for which the text sets no number of years is never granted by itself, so nothing can reach it.
    left_to_the_department = {one.code for one in pack.incentives if one.clean_years is None}
    wanted = {key: {"spares"} if key in left_to_the_department else {"reaches", "spares"} for key in coverage(pack, ())}
    shown = coverage(pack, load_scenarios(folder, pack))
    assert {key: wanted[key] - shown[key] for key in wanted if wanted[key] - shown[key]} == {}


def test_the_published_schema_is_the_models() -> None:
    published = Path(__file__).parents[2] / "graph_service" / "policy" / "pack.schema.json"
    assert published.read_text("utf-8") == published_schema()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_of_a_pack_meets_the_published_schema(folder: Folder) -> None:
    validator = Draft202012Validator(json.loads(published_schema()))
    places = [(folder, name) for name in yaml_names(folder)]
    places += [(folder.joinpath("scenarios"), name) for name in yaml_names(folder.joinpath("scenarios"))]
    for place, name in places:
        assert [error.message for error in validator.iter_errors(read_document(place, name).data)] == []


def test_the_published_schema_refuses_what_the_loader_refuses() -> None:
    validator = Draft202012Validator(json.loads(published_schema()))
    assert not validator.is_valid({"rules": [{"id": "no-citation"}]})
    assert not validator.is_valid({"rulez": []})


def test_the_folder_of_a_shipped_pack_is_named_by_its_id() -> None:
    assert set(shipped_packs()) == {"cn-yunnan-2016", "cn-regions", "us-ofac", "uk-ofsi", "eu"}
    assert all(pack.id == key for key, pack in shipped_packs().items())


def test_every_code_of_the_measure_inventory_is_used() -> None:
    used = {effect.code for rule in YUNNAN.rules for effect in rule.effects} | {one.code for one in YUNNAN.incentives}
    inventory = {f"A{number:02}" for number in range(1, 15)} | {f"B{number:02}" for number in range(1, 12)}
    inventory |= {f"C0{number}" for number in range(1, 6)} | {f"I0{number}" for number in range(1, 9)} | {"D01"}
    assert used == inventory
    assert inventory <= set(YUNNAN.names)


def test_only_serious_records_of_the_four_families_seed_anything() -> None:
    families = {"health_safety", "market_order", "refusing_obligations", "national_defence"}
    assert {rule.severities for rule in YUNNAN.rules} == {frozenset({"serious"})}
    assert all(rule.families and rule.families <= families for rule in YUNNAN.rules)
    assert set(YUNNAN.behaviours.values()) == families


def _reached(code: str) -> Mapping[str, Rule]:
    return {rule.id: rule for rule in YUNNAN.rules if any(effect.code == code for effect in rule.effects)}


def test_item_8_has_two_role_sets_with_different_fault_tests() -> None:
    ban, honours = _reached("A12"), _reached("A13")
    assert {(rule.reach, frozenset(rule.roles), rule.fault_test) for rule in ban.values()} == {
        ("self", frozenset(), "none"),
        ("role", frozenset({"legal_representative", "principal"}), "none"),
        ("role", frozenset({"practitioner"}), "direct"),
    }
    assert {(rule.reach, frozenset(rule.roles), rule.fault_test) for rule in honours.values()} == {
        ("self", frozenset(), "none"),
        ("role", frozenset({"legal_representative", "principal", "branch_head", "senior_manager"}), "none"),
        ("role", frozenset({"director", "shareholder"}), "direct"),
    }


def test_an_office_without_fault_has_a_silent_clock_and_direct_responsibility_is_named() -> None:
    for rule in YUNNAN.rules:
        if rule.reach == "role":
            assert rule.clock == ("named" if rule.fault_test == "direct" else "unspecified")
            assert set(rule.clocks) == {"act", "decision", "current"}


def test_direct_responsibility_is_satisfied_by_that_finding_alone() -> None:
    assert {rule.fault for rule in YUNNAN.rules if rule.fault_test == "direct"} == {frozenset({"directly_responsible"})}


def test_writing_on_a_record_is_never_a_measure() -> None:
    assert {effect.kind for rule in _reached("D01").values() for effect in rule.effects} == {"record_entry"}
    assert {rule.reach for rule in _reached("D01").values()} == {"role", "finding", "self"}


def _effects() -> list[tuple[Rule, Effect]]:
    return [(rule, effect) for rule in YUNNAN.rules for effect in rule.effects]


def test_since_december_2020_only_the_civil_procedure_law_supports_a_measure_and_only_for_judgments() -> None:
    (gate,) = YUNNAN.gates
    assert (gate.since, gate.kinds) == (GATE, frozenset({"measure", "role_block"}))
    based = [(rule, effect) for rule, effect in _effects() if effect.own_bases]
    assert {effect.code for _, effect in based} == {"B01", "B02", "B09"}
    assert {rule.behaviours for rule, _ in based} == {frozenset({"able_but_refuses_judgment"})}
    spans = {(day_text(basis.valid_from), day_text(basis.valid_to)) for _, effect in based for basis in effect.own_bases}
    assert spans == {("2022-01-01", "2024-01-01"), ("2024-01-01", "")}


def test_the_plan_sets_no_term_and_the_only_one_is_that_of_the_credit_bureaux_for_persons() -> None:
    terms = {
        (rule.subject_kind, effect.code, effect.term.anchor, effect.term.years)
        for rule, effect in _effects()
        if effect.term.years
    }
    assert terms == {("person", "B09", "act_end", 5)}


def test_lenders_and_associations_are_advised_and_the_other_measures_follow_the_memoranda() -> None:
    natures = {effect.code: effect.nature for _, effect in _effects()}
    recommended = {code for code, nature in natures.items() if nature == "recommended"}
    assert recommended == {"B10", "B11", "C01", "C02", "C03", "C04", "C05"}
    assert {code for code, nature in natures.items() if nature == "mandatory"} == {"D01"}


def test_a_hint_about_another_enterprise_is_a_flag_and_unverified() -> None:
    carriages = [carriage for rule in YUNNAN.rules for carriage in rule.carriages]
    assert {carriage.kind for carriage in carriages} == {"flag"}
    assert {carriage.basis.confidence if carriage.basis else None for carriage in carriages} == {"unverified"}
    assert not YUNNAN.through_state_holders


def test_the_two_incentives_of_item_2_ask_for_three_clean_years() -> None:
    assert {one.code for one in YUNNAN.incentives if one.clean_years == 3} == {"I01", "I02"}


def test_lists_of_third_parties_are_for_reference_only() -> None:
    assert {one["colour"]: one["reference_only"] for one in YUNNAN.lists} == {"black": False, "red": False, "reference": True}


def _cascade(key: str, at: str) -> Cascade:
    day = parse_day(at)
    (found,) = [one for one in shipped_pack(key).cascades if one.basis.valid_from <= day < one.basis.valid_to]
    return found


def test_the_ownership_rules_differ_as_the_regimes_do() -> None:
    ofac, uk = _cascade("us-ofac", "2025-01-01"), _cascade("uk-ofsi", "2025-01-01")
    old, new = _cascade("eu", "2024-07-02"), _cascade("eu", "2024-07-03")
    assert {one.threshold for one in (ofac, uk, old, new)} == {Fraction(1, 2)}
    assert [one.strict for one in (ofac, uk, old, new)] == [False, True, True, False]
    assert [one.aggregate for one in (ofac, uk, old, new)] == [True, False, True, True]
    assert [one.joint for one in (ofac, uk, old, new)] == [False, True, False, False]
    assert ofac.control | ofac.possible_control == frozenset()
    assert "appoints_board" in uk.control & old.control & new.control
    assert uk.measures == (frozenset({"shareholder"}), frozenset({"voting_rights"}))
    assert [one.version for one in find_versions(shipped_pack("eu"), new.id)] == ["before-2024", "2024"]


def test_what_is_remembered_and_not_read_is_marked_unverified() -> None:
    assert {one.basis.confidence for one in shipped_pack("eu").cascades} == {"unverified"}
    assert RULES["item12-person"].basis.confidence == "unverified"
    assert RULES["item12-heads"].basis.confidence == "sourced"


def test_an_objection_suspends_and_touches_the_objector_alone() -> None:
    for rule in YUNNAN.rules:
        assert "objection_lodged" in dict(rule.exits.suspended_by)
        assert {"repaired", "annulled", "objection_upheld"} <= rule.exits.ended_by
        assert rule.exits.own_event == "own"
    assert {rule.id for rule in YUNNAN.rules if "performed" in rule.exits.ended_by} == {
        "item9-limits-judgment",
        "item9-limits-decision",
    }
