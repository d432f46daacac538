"""Every consequence of the whole sample register is derived again by the independent checker, on several days."""

from __future__ import annotations

import pytest

from graph_service.engine.checker import check
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Subject, SubjectKind
from graph_service.model.interval import parse_day
from graph_service.model.rows import TABLES, to_fact
from graph_service.policy.choosing import choose_packs
from graph_service.sample import generate
from graph_service.snapshot.view import View


@pytest.mark.parametrize("day", ["2018-06-30", "2019-12-31", "2021-06-30", "2026-11-23"])
def test_every_consequence_of_the_sample_register_is_proved(day: str) -> None:
    tables = generate(200, seed=2, dirty=False)
    facts = [to_fact(name, row) for name in TABLES for row in tables[name]]
    at, packs = parse_day(day), choose_packs(())
    by_id = {pack.id: pack for pack in packs}
    tried = 0
    with MemoryLedger.of(facts).read() as reader:
        view = View(reader)
        for fact in facts:
            if isinstance(fact, Subject) and fact.kind is SubjectKind.ENTERPRISE:
                for one in trace(view, fact.id, packs, at).consequences:
                    assert check(one, reader.facts(one.proof), by_id[one.pack], at) is None, one.id
                    tried += 1
    assert tried > 100
