"""The engine against the naive reference that enumerates readings, on random registers with gaps, cycles, ranges and events."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import HealthCheck, assume, given, settings

from graph_service.engine.cascade import screen
from graph_service.engine.control import control_pairs
from graph_service.engine.liability import verdicts
from graph_service.engine.standing import standing
from graph_service.engine.trace import cases_of
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Tie, is_tie
from graph_service.model.verdict import Verdict
from graph_service.policy.table import Rule
from graph_service.snapshot.view import View
from tests.reference.liability import reference_verdicts
from tests.reference.ownership import TooManyReadings, reference_caught, reference_control
from tests.reference.standing import reference_status
from tests.strategies import BEHAVIOURS, LiabilityCase, StatusCase, liability_cases, pack_of, status_cases
from tests.strategies_ownership import CascadeCase, OwnershipCase, cascade_cases, ownership_cases

many = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def engine_verdicts(facts: Sequence[Fact], record: str, rule: Rule, at: int) -> dict[str, Verdict]:
    """What the engine says of one record under one rule."""
    pack = pack_of([rule])
    with MemoryLedger.of(facts).read() as reader:
        view = View(reader)
        case = cases_of(view, view.records([record]), [pack], at)[0]
        return {one.subject: one.verdict for one in verdicts(case, rule, pack)}


@many
@given(liability_cases(deaths=True))
def test_verdicts_are_those_of_every_admissible_reading(case: LiabilityCase) -> None:
    expected = reference_verdicts(case.facts, case.record_id, case.rule, case.at, BEHAVIOURS)
    found = engine_verdicts(case.facts, case.record_id, case.rule, case.at)
    assert found == {who: verdict for who, verdict in expected.items() if verdict}


@many
@given(status_cases())
def test_status_and_dates_are_those_of_a_plain_replay_of_the_events(case: StatusCase) -> None:
    pack = pack_of([case.rule], gates=case.gates)
    with MemoryLedger.of(case.facts).read() as reader:
        view = View(reader)
        question = cases_of(view, view.records([case.record_id]), [pack], case.at)[0]
        events = view.events_of([case.record_id])[case.record_id]
        for effect in case.rule.effects:
            found = standing(question, case.rule, effect, case.gates, events, case.person)
            expected = reference_status(case.facts, case.record_id, case.rule, effect, case.at, case.person, case.gates)
            assert found.status is expected.status
            assert not expected.causes or found.cause in expected.causes
            if found.end.dated:
                assert found.end.lo == expected.end


@many
@given(ownership_cases())
def test_control_is_the_least_fixed_point_of_every_reading(case: OwnershipCase) -> None:
    try:
        expected = reference_control(case.facts, case.at)
    except TooManyReadings:
        assume(False)
    with MemoryLedger.of(case.facts).read() as reader:
        ties = [tie for tie in reader.scan(Tie) if is_tie(tie)]
    pairs = control_pairs(ties, case.at)
    assert {(pair.controller, pair.controlled): pair.verdict for pair in pairs} == {k: v for k, v in expected.items() if v}
    assert all(one != other for one, other in pairwise(pairs))


@many
@given(cascade_cases(mixed_joint=True))
def test_cascades_catch_what_every_reading_catches(case: CascadeCase) -> None:
    try:
        expected = reference_caught(case.facts, case.cascade, case.at)
    except TooManyReadings:
        assume(False)
    with MemoryLedger.of(case.facts).read() as reader:
        found = screen(View(reader), case.cascade, case.at)
    assert {one.subject: one.verdict for one in found} == {who: verdict for who, verdict in expected.items() if verdict}
