"""Every consequence of every small register is proved by its proof, and by no part of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.answers import Consequence
from graph_service.engine.checker import check
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Stored
from graph_service.model.interval import LAST
from graph_service.policy.table import Carriage, Gate, Pack, Rule
from graph_service.snapshot.view import View
from tests import strategies as small

SUBJECTS = (small.ENTERPRISE, "E2", *small.PERSONS, *small.COMPANIES, *small.OWNERS)
UNHURRIED = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])

carriages: st.SearchStrategy[Carriage] = st.one_of(
    st.builds(
        Carriage,
        via=st.just("office"),
        kind=st.just("flag"),
        code=st.just("near"),
        nature=st.just("discretion"),
        roles=small.some(small.ROLES, least=1),
    ),
    st.builds(
        Carriage,
        via=st.just("control"),
        kind=st.sampled_from(["flag", "constraint"]),
        code=st.just("group"),
        nature=st.just("discretion"),
        directions=small.some(("down", "up", "sibling"), least=1),
        basis=st.none() | small.bases(),
    ),
)


@st.composite
def speaking_rules(draw: st.DrawFn, rule_id: str) -> Rule:
    """A rule of any reach, clock, fault test, exits and effects that carries; its trigger is any word in half of them."""
    rule = replace(
        draw(small.rules(rule_id)), carriages=tuple(draw(st.lists(carriages, max_size=2, unique_by=lambda one: one.code)))
    )
    if draw(st.booleans()):
        return rule
    basis = replace(rule.basis, valid_from=0, valid_to=LAST)
    any_word: frozenset[str] = frozenset()
    return replace(
        rule, basis=basis, subject_kind="any", families=any_word, behaviours=any_word, severities=any_word, outcomes=any_word
    )


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    gate = st.builds(
        Gate, since=small.days, kinds=small.some(("measure", "role_block", "flag"), least=1), basis=small.bases(True)
    )
    return small.pack_of(
        [draw(speaking_rules("R-1")), draw(speaking_rules("R-2"))],
        [draw(small.cascades())],
        draw(st.lists(gate, max_size=1)),
        draw(st.booleans()),
    )


def proved(
    facts: Sequence[Fact], subjects: Sequence[str], pack: Pack, at: int
) -> Iterator[tuple[Consequence, list[Stored[Fact]]]]:
    """Every consequence of the subjects' traces, with the facts of its proof."""
    with MemoryLedger.of(facts).read() as reader:
        view = View(reader)
        for subject in subjects:
            for one in trace(view, subject, [pack], at).consequences:
                yield one, reader.facts(one.proof)


def assert_proved(one: Consequence, facts: list[Stored[Fact]], pack: Pack, at: int) -> None:
    assert check(one, facts, pack, at) is None
    for dropped in facts:
        assert check(one, [fact for fact in facts if fact is not dropped], pack, at) is not None, f"{dropped.fact} is not needed"


@UNHURRIED
@given(small.registers(deaths=True), packs(), small.days)
def test_a_consequence_follows_from_its_proof_and_from_no_part_of_it(facts: list[Fact], pack: Pack, at: int) -> None:
    for one, proof in proved(facts, SUBJECTS, pack, at):
        assert_proved(one, proof, pack, at)


@UNHURRIED
@given(small.status_cases(), st.lists(carriages, max_size=2, unique_by=lambda one: one.code))
def test_a_standing_follows_from_its_proof(case: small.StatusCase, carried: list[Carriage]) -> None:
    pack = small.pack_of([replace(case.rule, carriages=tuple(carried))], gates=case.gates)
    for one, proof in proved(case.facts, [small.ENTERPRISE], pack, case.at):
        assert_proved(one, proof, pack, case.at)


@UNHURRIED
@given(small.cascade_cases(mixed_joint=True))
def test_a_caught_subject_is_caught_by_its_proof(case: small.CascadeCase) -> None:
    pack = small.pack_of(cascades=[case.cascade])
    for one, proof in proved(case.facts, small.COMPANIES, pack, case.at):
        assert_proved(one, proof, pack, case.at)
