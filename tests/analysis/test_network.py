"""The network behind a trace: it shows all that the trace rests on, each subject as what it is, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from graph_service.analysis import network
from graph_service.analysis.network import PARTS, network_shape, trace_network
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Finding, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import Bound, Interval, parse_day
from graph_service.policy.choosing import choose_packs
from graph_service.policy.table import Rule
from graph_service.questions.ask import Questions
from graph_service.snapshot.view import View
from tests.engine.bulk.registers import sample_ledger
from tests.strategies import days, pack_of, rules
from tests.strategies_ownership import registers

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
YUNNAN = ("cn-yunnan-2016",)


def drawn(facts: list[Fact], subject: str, at: str = "2019-12-31") -> dict[str, Any]:
    return Questions(MemoryLedger.of(facts)).network(subject, at=at, packs=YUNNAN)


@many
@given(registers(), rules(), days)
def test_all_that_proofs_and_gaps_name_is_told_and_every_verdict_is_on_its_node(facts: list[Fact], rule: Rule, at: int) -> None:
    with MemoryLedger.of(facts).read() as reader:
        view = View(reader)
        for subject in ("E", "E2", "P1"):
            answer = trace(view, subject, (pack_of((rule,)),), at)
            found = trace_network(view, answer)
            shape: dict[str, Any] = network_shape(view, found, at, "en")
            proofs = {fact for one in (*answer.persons,) for fact in one.proof}
            proofs |= {fact for it in answer.consequences for fact in it.proof}
            gaps = {fact for one in answer.persons for gap in one.gaps for fact in gap.facts}
            assert proofs | gaps <= set(shape["facts"])
            parts = {node["id"]: node["part"] for node in shape["nodes"]}
            assert parts[subject] == "subject"
            for one in answer.persons:
                assert PARTS.index(parts[one.subject]) <= PARTS.index("liable" if one.verdict.certain else "candidate")
            liable = {one.subject for one in answer.persons if one.verdict.certain}
            assert {key for key, part in parts.items() if part == "liable"} == liable - {subject}
            known = {stored.id for stored in [*reader.scan(Tie), *reader.scan(Finding)]}
            for edge in shape["edges"]:
                assert edge["fact"] in known
                assert {edge["from"], edge["to"]} <= set(parts)
                assert edge["in_proof"] == (edge["fact"] in proofs)


def test_a_shareholder_whom_nothing_reaches_is_shown_and_only_connected() -> None:
    with sample_ledger().read() as reader:
        view = View(reader)
        answer = trace(view, "91530102MATEXT0283", choose_packs(YUNNAN), parse_day("2019-12-31"))
        found = trace_network(view, answer)
    reached = {one.subject for one in answer.persons} | {one.subject for one in answer.consequences}
    assert {key for key, part in found.parts.items() if part == "connected"} == set(found.parts) - reached - {found.subject}
    assert found.parts["91530102MATEXT036X"] == "related"


def test_a_finding_joins_the_person_to_the_recorded_enterprise_without_any_tie() -> None:
    record = Record(
        "R",
        "E",
        "health_safety",
        "food",
        "serious",
        Interval.parse("2017-03-01", "2017-04-01"),
        decided_on=Bound.on(parse_day("2018-01-01")),
        instrument_no="1",
        region="530000",
    )
    described = [Subject("E", SubjectKind.ENTERPRISE), Subject("P", SubjectKind.PERSON)]
    shape = drawn([record, *described, Finding("R", "P", "directly_responsible")], "R")
    (edge,) = shape["edges"]
    assert (edge["kind"], edge["from"], edge["to"]) == ("finding", "P", "E")
    assert {node["id"]: (node["part"], node["hops"]) for node in shape["nodes"]} == {"E": ("subject", 0), "P": ("liable", 1)}


def test_ties_past_the_limit_are_left_out_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "TIES_LIMIT", 3)
    shape = drawn([Tie(f"T{n}", "shareholder", f"P{n}", "E") for n in range(5)], "E")
    assert len(shape["edges"]) == 3
    assert (shape["complete"], [one["code"] for one in shape["left_out"]]) == (False, ["network"])


def test_a_network_has_the_decision_id_of_its_trace() -> None:
    questions = Questions(sample_ledger())
    trace_of, network_of = questions.picture("S1-RECORD", at="2019-12-31", packs=YUNNAN)
    assert trace_of["decision_id"] == network_of["decision_id"]
    assert trace_of["packs"] == network_of["packs"]
