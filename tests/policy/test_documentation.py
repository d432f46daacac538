"""The guide for writing packs says what holds: its examples make a pack that loads and whose scenario comes out."""

from __future__ import annotations

import re
from pathlib import Path

from graph_service.engine.scenarios import run
from graph_service.policy.loader import load_pack
from graph_service.policy.scenarios import load_scenarios
from tests.policy.sample import write
from tests.policy.test_shipped_packs import view_of

GUIDE = Path(__file__).parents[2] / "docs" / "packs.md"


def test_the_examples_of_the_guide_are_a_pack_that_does_what_it_says(tmp_path: Path) -> None:
    head, rules, cascades, casework, scenarios = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    folder = write(tmp_path, head, rules, scenarios)
    (folder / "cascades.yaml").write_text(cascades, encoding="utf-8")
    (folder / "casework.yaml").write_text(casework, encoding="utf-8")
    pack = load_pack(folder)
    assert (len(pack.rules), len(pack.cascades), len(pack.incentives)) == (1, 1, 1)
    assert [one.code for one in pack.procedures] == ["licence"]
    assert pack.casework is not None
    (scenario,) = load_scenarios(folder, pack)
    assert run(pack, scenario, view_of).problems == ()
