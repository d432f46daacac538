"""What reaches a subject: everything that tracing every recorded subject finds on it, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.analysis.exposure import exposure
from graph_service.engine.sentences import mentioned
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Record, Tie
from graph_service.model.interval import parse_day
from graph_service.policy.choosing import choose_packs
from graph_service.policy.table import Carriage, Pack, Rule
from graph_service.snapshot.view import View
from tests.engine.bulk.registers import sample_ledger
from tests.strategies import ROLES, days, pack_of, rules
from tests.strategies_ownership import registers

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


Told = tuple[str, str, str]
"""A verdict: record, pack, rule."""


def from_every_trace(
    view: View, packs: tuple[Pack, ...], at: int, subjects: list[str]
) -> tuple[dict[str, set[str]], dict[str, set[Told]]]:
    """By subject the ids of the consequences on it and the verdicts on it, from the traces of some subjects."""
    consequences: dict[str, set[str]] = defaultdict(set)
    verdicts: dict[str, set[Told]] = defaultdict(set)
    for subject in subjects:
        answer = trace(view, subject, packs, at)
        for one in answer.consequences:
            consequences[one.subject].add(one.id)
        for it in answer.persons:
            verdicts[it.subject].add((it.record, it.pack, it.rule.id))
    return consequences, verdicts


def assert_nothing_is_missed(ledger: MemoryLedger, packs: tuple[Pack, ...], at: int, every: int = 1) -> int:
    """Hold the exposure of every so many-th subject against a trace of each; gives how many consequences were compared."""
    with ledger.read() as reader:
        view = View(reader)
        facts = [stored.fact for kind in (Tie, Record) for stored in reader.scan(kind)]
        subjects = sorted({key for fact in facts for key in mentioned(fact)})
        consequences, verdicts = from_every_trace(view, packs, at, subjects)
        compared = 0
        for subject in subjects[::every]:
            found = exposure(view, subject, packs, at).reaching
            assert {one.consequence.id for one in found if one.consequence} == consequences[subject]
            told = {(one.consequence.record, one.consequence.pack, one.consequence.rule) for one in found if one.consequence}
            bare = {(one.verdict.record, one.verdict.pack, one.verdict.rule.id) for one in found if one.verdict}
            assert bare == verdicts[subject] - told
            compared += len(consequences[subject])
    return compared


CARRIED = (
    Carriage("office", "flag", "F-OFFICE", "mandatory", roles=frozenset(ROLES)),
    Carriage("control", "flag", "F-CONTROL", "mandatory", directions=frozenset({"down", "up", "sibling"})),
)


@many
@given(registers(), rules(), days, st.booleans())
def test_exposure_misses_nothing_that_reaches_a_subject(facts: list[Fact], rule: Rule, at: int, through_state: bool) -> None:
    pack = pack_of((replace(rule, carriages=CARRIED),), through_state_holders=through_state)
    assert_nothing_is_missed(MemoryLedger.of(facts), (pack,), at)


def test_exposure_misses_nothing_in_the_sample() -> None:
    packs = choose_packs(("cn-yunnan-2016", "us-ofac"))
    assert assert_nothing_is_missed(sample_ledger(), packs, parse_day("2019-12-31"), every=7) > 30


def test_what_needs_fewer_ties_comes_first() -> None:
    with sample_ledger().read() as reader:
        found = exposure(View(reader), "S1-PRINCIPAL", choose_packs(("cn-yunnan-2016",)), parse_day("2019-12-31"))
    assert [one.ties for one in found.reaching] == sorted(one.ties for one in found.reaching)
    assert found.reaching[0].ties == 1
