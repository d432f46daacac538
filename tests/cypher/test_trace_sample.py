"""The trace in pure Cypher on the sample register, under the rules of a shipped pack."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph_service.policy.loader import shipped_packs
from graph_service.policy.table import Rule
from graph_service.sample.stories import STATE_DEBTOR
from tests.cypher.asking import asked, case_of, liable, sayable, untriggered
from tests.cypher.province import DAY, Province
from tests.neo4j_fixtures import GROUP

pytestmark = GROUP


@pytest.mark.parametrize("rule", [r for r in shipped_packs()["cn-yunnan-2016"].rules if r.reach == "role"], ids=lambda r: r.id)
def test_the_rules_of_a_shipped_pack_on_the_sample(sample: Province, rule: Rule) -> None:
    rule = untriggered(rule)
    pack = replace(shipped_packs()["cn-yunnan-2016"], rules=(rule,))
    reached = 0
    for record in sample.records:
        case = case_of(sample.memory, record.fact.id, pack, DAY)
        told = {row["person"] for row in sample.ask("trace/liable_persons", **asked(rule, case))}
        assert told == {holder for holder in liable(case, rule, pack) if sayable(case, rule, holder)}
        reached += len(told)
    assert reached


def test_the_state_relates_nobody_unless_asked(sample: Province) -> None:
    told = sample.ask("trace/related_by_control", record="S4-RECORD", through_state=False, day=DAY)
    assert told == []
    told = sample.ask("trace/related_by_control", record="S4-RECORD", through_state=True, day=DAY)
    assert {row["direction"] for row in told} == {"up", "sibling"}
    assert STATE_DEBTOR not in {row["related"] for row in told}
