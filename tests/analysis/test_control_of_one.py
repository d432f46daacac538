"""Control of one subject is what control of the whole register says of it."""

from __future__ import annotations

from random import Random

import pytest

from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Tie
from graph_service.model.share import Share
from graph_service.questions.ask import Questions

DAY = "2020-01-01"
SHARES = ("10", "20", "25", "30", "34", "50", "51", "60", "25-50", ">=50", "")


def holding(number: int, holder: str, enterprise: str, share: str) -> Tie:
    return Tie(f"H{number}", "shareholder", holder, enterprise, share=Share.parse(share))


def random_register(seed: int) -> list[Fact]:
    """Some persons and enterprises, holdings among them (cycles too), and joint arrangements."""
    dice = Random(seed)
    persons = [f"P{number}" for number in range(6)]
    enterprises = [f"E{number}" for number in range(7)]
    facts: list[Fact] = []
    for number in range(16):
        enterprise = dice.choice(enterprises)
        holder = dice.choice([one for one in persons + enterprises if one != enterprise])
        facts.append(holding(number, holder, enterprise, dice.choice(SHARES)))
    for number in range(dice.randrange(4)):
        one, other = dice.sample(persons + enterprises[:2], 2)
        facts.append(Tie(f"J{number}", "joint_arrangement", one, other))
    return facts


@pytest.mark.parametrize("seed", range(40))
def test_control_of_each_subject_is_the_part_of_all_control_that_names_it(seed: int) -> None:
    facts = random_register(seed)
    keys = {key for fact in facts if isinstance(fact, Tie) for key in (fact.holder, fact.enterprise)}
    with Questions(MemoryLedger.of(facts)) as graph:
        every = graph.control(at=DAY)["pairs"]
        assert isinstance(every, list)
        for key in sorted(keys):
            wanted = [pair for pair in every if key in (pair["controller"], pair["controlled"])]
            assert graph.control(key, at=DAY)["pairs"] == wanted, key


def test_who_acts_jointly_with_an_owner_controls_though_holding_nothing() -> None:
    facts: list[Fact] = [
        holding(1, "P1", "E", "30"),
        holding(2, "P2", "E", "30"),
        Tie("J1", "joint_arrangement", "P1", "P3"),
        Tie("J2", "joint_arrangement", "P2", "P3"),
    ]
    with Questions(MemoryLedger.of(facts)) as graph:
        of_company, of_owner = graph.control("E", at=DAY)["pairs"], graph.control("P1", at=DAY)["pairs"]
    assert isinstance(of_company, list)
    assert [pair["controller"] for pair in of_company] == ["P1", "P2", "P3"]
    assert of_owner == of_company[:1]
    assert of_company[0]["jointly_with"] == ["P2", "P3"]
