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
from graph_service.model.facts import Fact, Stored, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, FIRST, LAST, OPEN_END, UNKNOWN, Bound, Interval
from graph_service.model.share import Share
from graph_service.policy.table import Carriage, Gate, Pack, Rule
from graph_service.snapshot.view import View
from tests import strategies as small
from tests import strategies_ownership as owned

SUBJECTS = (small.ENTERPRISE, "E2", *small.PERSONS, *owned.COMPANIES, *owned.OWNERS)
UNHURRIED = settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

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
def carrying_rules(draw: st.DrawFn, rule_id: str, speaking: st.SearchStrategy[bool] = st.booleans()) -> Rule:  # noqa: B008
    """A rule of any reach, clock, fault test, exits and effects that carries; where it is ``speaking``, of every record."""
    found = draw(st.lists(carriages, min_size=1, max_size=2, unique_by=lambda one: one.code))
    rule = replace(draw(small.rules(rule_id)), carriages=tuple(found))
    if not draw(speaking):
        return rule
    basis = replace(rule.basis, valid_from=FIRST, valid_to=draw(st.sampled_from([LAST, LAST, small.WINDOW[-1]])))
    any_word: frozenset[str] = frozenset()
    rule = replace(
        rule, basis=basis, families=any_word, behaviours=any_word, severities=any_word, outcomes=any_word, regions=any_word
    )
    return replace(rule, subject_kind="any") if draw(st.booleans()) else replace(rule, subject_kind="enterprise")


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    gate = st.builds(
        Gate, since=small.days, kinds=small.some(("measure", "role_block", "flag"), least=1), basis=small.bases(True)
    )
    return small.pack_of(
        [draw(carrying_rules("R-1")), draw(carrying_rules("R-2"))],
        [draw(owned.cascades())],
        draw(st.lists(gate, max_size=1)),
        draw(st.booleans()),
    )


def _distinct(ties: st.SearchStrategy[Tie], least: int, most: int) -> st.SearchStrategy[list[Tie]]:
    return st.lists(ties, min_size=least, max_size=most, unique_by=lambda tie: tie.id)


offices = st.builds(
    Tie,
    id=st.sampled_from([f"O{number}" for number in range(6)]),
    kind=st.sampled_from(small.ROLES[:2]),
    holder=st.sampled_from(("X", "X", "Y", "B")),
    enterprise=st.sampled_from(("A", "A", "C", "D")),
    valid=st.just(ALWAYS) | small.intervals,
)
"""Offices of a few in the recorded enterprise and in others."""

majorities = st.builds(
    Tie,
    id=st.sampled_from([f"M{number}" for number in range(6)]),
    kind=st.just("shareholder"),
    holder=st.sampled_from(("A", "A", "B", "X", "Z")),
    enterprise=st.sampled_from(("A", "B", "C")),
    valid=st.sampled_from([ALWAYS, ALWAYS, Interval(UNKNOWN, OPEN_END)]),
    share=st.sampled_from(["60", "51", ">50", "50", "30", "(25,50]"]).map(Share.parse),
    source=st.sampled_from(["", "", "gazette"]),
).filter(lambda tie: tie.holder != tie.enterprise)
"""Holdings around the recorded enterprise, many of them enough for control."""


@st.composite
def neighbourhoods(draw: st.DrawFn) -> tuple[list[Fact], Rule, int]:
    """A record on a company among others, whose owners hold offices here and there, under a rule that carries to the others."""
    record = replace(draw(small.records(subjects=("A",))), instrument_no="No. 1", decided_on=Bound.on(draw(small.days)))
    at = draw(small.days.filter(lambda day: day >= record.decided_on.hi))
    died = draw(st.sampled_from([OPEN_END, OPEN_END, Bound.on(at)]))
    facts: list[Fact] = [record, Subject("X", SubjectKind.PERSON, closed_on=died)]
    facts += [Subject(key, SubjectKind.ENTERPRISE) for key in draw(small.some(owned.COMPANIES))]
    facts += [*draw(_distinct(offices, 2, 5)), *draw(_distinct(majorities, 1, 5)), *draw(small.findings()), *draw(small.events())]
    return facts, draw(carrying_rules("R-1", st.just(True))), at


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
@given(owned.registers(deaths=True), packs(), small.days)
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
@given(neighbourhoods(), st.booleans())
def test_what_is_carried_follows_from_its_proof(case: tuple[list[Fact], Rule, int], through_state_holders: bool) -> None:
    facts, rule, at = case
    pack = small.pack_of([rule], through_state_holders=through_state_holders)
    for one, proof in proved(facts, ["A"], pack, at):
        assert_proved(one, proof, pack, at)


@UNHURRIED
@given(owned.cascade_cases(mixed_joint=True))
def test_a_caught_subject_is_caught_by_its_proof(case: owned.CascadeCase) -> None:
    pack = small.pack_of(cascades=[case.cascade])
    for one, proof in proved(case.facts, owned.COMPANIES, pack, case.at):
        assert_proved(one, proof, pack, case.at)
