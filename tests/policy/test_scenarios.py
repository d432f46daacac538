"""Every scenario beside every shipped pack, and of the packs that only tests use, comes out as its lawyer expects."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.cli.law import view_of
from graph_service.engine.scenarios import run
from graph_service.policy.document import Folder
from graph_service.policy.loader import load_pack, shipped_folder, shipped_ids
from graph_service.policy.scenarios import Scenario, load_scenarios
from graph_service.policy.table import Pack

OWN = Path(__file__).parent / "packs"


def _all() -> list[tuple[Pack, Scenario]]:
    folders: list[Folder] = [shipped_folder(key) for key in shipped_ids()]
    folders += [entry for entry in sorted(OWN.iterdir()) if (entry / "pack.yaml").is_file()]
    packs = [(load_pack(folder), folder) for folder in folders]
    return [(pack, scenario) for pack, folder in packs for scenario in load_scenarios(folder, pack)]


@pytest.mark.parametrize(("pack", "scenario"), [pytest.param(*one, id=f"{one[0].id}: {one[1].name}") for one in _all()])
def test_scenario(pack: Pack, scenario: Scenario) -> None:
    assert run(pack, scenario, view_of).problems == ()


def test_a_scenario_that_expects_the_wrong_thing_says_what_was_found_instead() -> None:
    pack, scenario = next(one for one in _all() if one[1].expect.persons)
    wrong = scenario.expect.persons[0].model_copy(
        update={"verdict": "candidate" if scenario.expect.persons[0].verdict != "candidate" else "liable"}
    )
    changed = scenario.model_copy(update={"expect": scenario.expect.model_copy(update={"persons": (wrong,)})})
    (problem,) = run(pack, changed, view_of).problems
    assert wrong.person in problem
    assert scenario.expect.persons[0].rule in problem
