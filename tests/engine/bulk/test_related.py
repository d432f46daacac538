"""Carriage by control in bulk: the enterprises, ways and limits that a trace of each record finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.bulk.backend import POLARS
from graph_service.engine.bulk.related import Way, related
from graph_service.engine.bulk.run import bulk
from graph_service.engine.carriage import CARRIED_LIMIT
from graph_service.engine.rows import ConsequenceRow
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, Bound, Interval, parse_day
from graph_service.model.share import Share
from graph_service.policy.loader import shipped_pack
from graph_service.policy.table import Pack
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.view import View
from tests.engine.bulk.backends import duckdb_backend
from tests.engine.bulk.test_run_equals_trace import assert_equal

AT = parse_day("2019-12-31")
YUNNAN = shipped_pack("cn-yunnan-2016")
NAMES = tuple("ABCDEFGH")
WHEN = (
    *[ALWAYS] * 6,
    Interval.parse("2015", ""),
    Interval.parse("2019-12", ""),
    Interval.parse("2010-01-01", "2019-12-31"),
    Interval.parse("2010-01-01", "?"),
)
SHARES = tuple(Share.parse(text) for text in ("100", "60", "51", "50", "26", "25", ">50", ">25", ">=50", "25-50", "1/3", ""))
DESCRIBED = {
    "nothing": None,
    "enterprise": Subject("", SubjectKind.ENTERPRISE),
    "owned by the state": Subject("", SubjectKind.ENTERPRISE, state_owned=True),
    "the state": Subject("", SubjectKind.ENTERPRISE, form="state_body"),
    "person": Subject("", SubjectKind.PERSON),
    "unnamed": Subject("", SubjectKind.UNSPECIFIED),
}
every = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def recorded(subject: str) -> Record:
    """A record that the rules of the pack which carry by control speak of."""
    return Record(
        f"R-{subject}", subject, "market_order", "bribery", "serious", Interval.parse("2018-01-01", "2018-06-01"),
        Bound.on(parse_day("2018-09-01")), instrument_no="No. 1", region="530000",
    )  # fmt: skip


def held(holder: str, company: str, share: str = "60") -> Tie:
    return Tie(f"{holder}-{company}", "shareholder", holder, company, share=Share.parse(share))


def pack(directions: frozenset[str], *, threshold: Fraction = Fraction(1, 2), through_state: bool = False) -> Pack:
    """The rules of a shipped pack that carry by control, in these directions."""
    rules = tuple(
        replace(
            rule,
            carriages=tuple(
                replace(one, directions=directions, threshold=threshold) for one in rule.carriages if one.via == "control"
            ),
        )
        for rule in YUNNAN.rules
        if any(one.via == "control" for one in rule.carriages)
    )
    assert rules
    return replace(YUNNAN, rules=rules, through_state_holders=through_state)


@st.composite
def groups(draw: st.DrawFn) -> list[Fact]:
    """Holdings among a few subjects, with cycles, gaps and several ties of a pair; subjects of every kind; some are recorded."""
    facts: list[Fact] = []
    for name in NAMES:
        told = DESCRIBED[draw(st.sampled_from(["enterprise"] * 4 + list(DESCRIBED)))]
        facts += [replace(told, id=name)] if told else []
    for number in range(draw(st.integers(3, 18))):
        holder = draw(st.sampled_from((*NAMES, *NAMES[:3] * 3)))
        company = draw(st.sampled_from([name for name in NAMES if name != holder]))
        kind = draw(st.sampled_from(["shareholder"] * 6 + ["general_partner", "limited_partner", "voting_rights"]))
        shares = draw(st.lists(st.sampled_from(SHARES), min_size=1, max_size=2 if draw(st.integers(0, 4)) == 0 else 1))
        for again, share in enumerate(shares):
            source = draw(st.sampled_from(["", "", "gazette"]))
            when = draw(st.sampled_from(WHEN))
            facts.append(Tie(f"H{number}.{again}", kind, holder, company, when, share, source=source))
    return facts + [recorded(name) for name in sorted(draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=4)))]


directions = st.sets(st.sampled_from(["down", "up", "sibling"]), min_size=1).map(frozenset)


@every
@given(groups(), directions, st.sampled_from([Fraction(1, 2), Fraction(1, 4)]), st.booleans())
def test_groups_of_every_shape_are_carried_to_as_a_trace_does(
    facts: list[Fact], ways: frozenset[str], threshold: Fraction, through_state: bool
) -> None:
    assert_equal(MemoryLedger.of(facts), [pack(ways, threshold=threshold, through_state=through_state)], AT)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(groups(), directions)
def test_groups_are_carried_to_alike_on_another_engine(facts: list[Fact], ways: frozenset[str]) -> None:
    assert_equal(MemoryLedger.of(facts), [pack(ways)], AT, duckdb_backend())


def carried_to(facts: Sequence[Fact], law: Pack) -> list[ConsequenceRow]:
    """What a run carries by control, once it and its limits are held against the traces."""
    ledger = MemoryLedger.of(facts)
    rows = assert_equal(ledger, [law], AT, records=50)
    subjects = sorted({fact.subject for fact in facts if isinstance(fact, Record)})
    with ledger.read() as reader:
        cut = {one for one in subjects for left in trace(View(reader), one, [law], AT).left_out if left.code == "carried"}
        columns = columns_of(reader)
    keys = columns.frames["subjects"]["key"]
    assert {keys[number] for number in bulk(columns, [law], AT).cut_groups} == cut
    return [one for one in rows.consequences if one.via is not None]


def many(number: int, prefix: str = "S") -> list[str]:
    return [f"{prefix}{one:04}" for one in range(number)]


@pytest.mark.parametrize("more", [0, 1])
def test_no_more_are_told_than_the_limit_and_what_is_left_out_is_said(more: int) -> None:
    law = pack(frozenset({"down"}))
    own = [held("E", one, "100") for one in many(CARRIED_LIMIT + more)]
    facts: list[Fact] = [Subject("E", SubjectKind.ENTERPRISE), recorded("E"), *own]
    assert {one.subject for one in carried_to(facts, law)} == set(many(CARRIED_LIMIT))
    with MemoryLedger.of(facts).read() as reader:
        assert len(bulk(columns_of(reader), [law], AT).cut_groups) == more


def test_at_the_limit_controllers_come_first_then_the_own_then_those_of_each_controller_by_their_keys() -> None:
    law = pack(frozenset({"down", "up", "sibling"}))
    # The keys of what the second controller holds come before all others: it is told only as far as there is room.
    ties = [held("X", "Y"), held("Y", "E"), held("E", "Z"), *(held("X", one) for one in many(CARRIED_LIMIT - 10))]
    found = carried_to([recorded("E"), *ties, *(held("Y", one) for one in many(20, "A"))], law)
    told = {one.subject: one.via for one in found}
    assert len(told) == CARRIED_LIMIT
    assert (told["X"], told["Y"], told["Z"]) == ("E", "E", "E")
    assert all(told[one] == "X" for one in many(20, "A"))
    assert set(many(CARRIED_LIMIT)) & set(told) == set(many(CARRIED_LIMIT - 23))


def test_parties_without_a_name_take_room_at_the_limit_as_in_a_trace() -> None:
    law = pack(frozenset({"down", "sibling"}))
    unnamed = [Subject(one, SubjectKind.UNSPECIFIED) for one in many(3, "N")]
    own = [held("E", one) for one in (*many(3, "N"), *many(CARRIED_LIMIT - 2))]
    facts: list[Fact] = [recorded("E"), *unnamed, *own, held("X", "E"), *(held("X", one) for one in many(5, "T"))]
    # Three of the first 500 are not told; what the controller holds begins with the same three.
    assert {one.subject: one.via for one in carried_to(facts, law)} == dict.fromkeys(many(CARRIED_LIMIT - 3), "E")


def test_a_controller_of_very_many_carries_as_far_as_the_limit_to_each_of_its_recorded_enterprises() -> None:
    law = pack(frozenset({"sibling"}))
    ties = [held("X", one, "100") for one in many(3 * CARRIED_LIMIT)]
    found = carried_to([recorded("S0000"), recorded("S1400"), *ties], law)
    by_record = {one: {row.subject for row in found if row.record == one} for one in ("R-S0000", "R-S1400")}
    assert by_record == {"R-S0000": set(many(CARRIED_LIMIT + 1)[1:]), "R-S1400": set(many(CARRIED_LIMIT))}


def test_only_origins_that_are_asked_are_followed_and_said_to_be_cut() -> None:
    facts: list[Fact] = [*(held("E", one) for one in many(CARRIED_LIMIT + 1)), held("F", "G")]
    with MemoryLedger.of(facts).read() as reader:
        columns = columns_of(reader)
    numbers = {key: number for number, key in enumerate(columns.frames["subjects"]["key"])}
    down, up = (Way(Fraction(1, 2), frozenset({one}), through_state=True) for one in ("down", "up"))
    asked = {
        down: pl.Series([numbers["F"]], dtype=pl.Int32),
        up: pl.Series([numbers["E"], numbers["G"]], dtype=pl.Int32),
    }
    found = related(POLARS, columns, asked, AT)
    assert found.cut == ()
    assert found.targets[down].select("origin", "target", "via").rows() == [(numbers["F"], numbers["G"], numbers["F"])]
    assert found.targets[up].select("origin", "target", "via").rows() == [(numbers["G"], numbers["F"], numbers["G"])]
