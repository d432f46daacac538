"""The reference itself, against published examples and cases worked by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings

from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, FIRST, LAST, Bound, Interval, parse_day
from graph_service.model.share import Share
from graph_service.model.verdict import Status, Verdict
from graph_service.policy.table import Basis, Cascade, Effect, Exits, Gate, Rule, Term
from tests.reference import reference_caught, reference_control, reference_status, reference_verdicts
from tests.reference.ownership import Range, TooManyReadings, corner_readings, grid_readings, holding_ranges
from tests.reference.standing import add_term
from tests.strategies import LiabilityCase, StatusCase, liability_cases, status_cases, word
from tests.strategies_ownership import CascadeCase, OwnershipCase, cascade_cases, ownership_cases

CERTAIN, POSSIBLE, EXCLUDED = Verdict.CERTAIN, Verdict.POSSIBLE, Verdict.EXCLUDED
VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "cascade.json"
TODAY = parse_day("2025-01-01")
HALF = Fraction(1, 2)


def cascade(threshold: Fraction = HALF, strict: bool = False, aggregate: bool = True, joint: bool = False) -> Cascade:
    basis = Basis(word("Instrument"), word("Article"), FIRST, LAST, "sourced")
    return Cascade(
        id="C",
        version="1",
        title=word("Cascade"),
        basis=basis,
        regimes=frozenset({"list"}),
        threshold=threshold,
        strict=strict,
        aggregate=aggregate,
        measures=(frozenset({"shareholder"}),),
        control=frozenset(),
        possible_control=frozenset(),
        joint=joint,
        code="blocked",
        nature="mandatory",
        implementer=word("authority"),
        reference="invented",
    )


PACKS = {
    "ofac": cascade(),
    "eu2024": cascade(),
    "eu_pre2024": cascade(strict=True),
    "uk": cascade(strict=True, aggregate=False, joint=True),
}


def held(owner: str, owned: str, share: str, source: str = "", valid: Interval = ALWAYS) -> Tie:
    return Tie(f"{owner}>{owned}/{share}/{source}", "shareholder", owner, owned, valid, Share.parse(share), source=source)


def joint(one: str, other: str, valid: Interval = ALWAYS) -> Tie:
    return Tie(f"{one}&{other}", "joint_arrangement", one, other, valid)


def holdings(text: str) -> list[Fact]:
    """``X>A 60, A>B >50`` as holdings."""
    split = [(*pair.split(">"), share) for part in text.split(", ") for pair, share in [part.split(" ")]]
    return [held(owner, owned, share) for owner, owned, share in split]


def listed(*subjects: str, valid: Interval = ALWAYS) -> list[Fact]:
    return [Listing(subject, "list", valid) for subject in subjects]


def vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        return []
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text("utf-8"), parse_float=str)["vectors"]
    return found


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared cascade vectors are not beside the project")
@pytest.mark.parametrize(("vector", "pack"), [(v, pack) for v in vectors() for pack in PACKS if pack in v], ids=str)
def test_published_cascades_are_met_exactly(vector: dict[str, Any], pack: str) -> None:
    facts: list[Fact] = [held(owner, owned, str(share)) for owner, owned, share in vector["edges"]]
    facts += [joint(*members) for members in vector.get("joint", ())]
    caught = reference_caught([*facts, *listed(*vector["listed"])], PACKS[pack], TODAY)
    assert caught == dict.fromkeys(vector[pack], CERTAIN)


def pairs(text: str) -> set[tuple[str, str]]:
    return {(one, two) for part in text.split(", ") for one, two in [part.split(">")]}


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        pytest.param(
            "s>c1 100, s>c2 100, s>c3 100, c1>c4 30, c2>c4 30, c4>k 30, c3>k 30",
            "s>c1, s>c2, s>c3, s>c4, s>k",
            id="C2",
        ),
        pytest.param(
            "Alpha>Phoenix 70, Alpha>Initech 40, Phoenix>Initech 10, Phoenix>Royal 60, Royal>Initech 10, Royal>Goldward 30, "
            "Goldleaf>Acme 40, Initech>Acme 40, Initech>Soylent 99, Soylent>Goldward 30",
            "Alpha>Phoenix, Alpha>Royal, Alpha>Initech, Alpha>Soylent, Alpha>Goldward, Phoenix>Royal, Initech>Soylent",
            id="C3, without the printed but wrong Initech>Acme",
        ),
        pytest.param("1>2 80, 2>3 80, 3>1 20", "1>2, 1>3, 2>3", id="C4"),
        pytest.param("X>A 60, A>B 50, X>B 20", "X>A, X>B", id="IO1"),
        pytest.param("P>H 60, H>T 40, P>T 5", "P>H", id="BO1 is no control"),
        pytest.param("A>B 50, B>A 50.01", "B>A", id="exactly half is not more than half"),
    ],
)
def test_published_control_pairs_are_met_exactly(edges: str, expected: str) -> None:
    assert reference_control(holdings(edges), TODAY) == dict.fromkeys(pairs(expected), CERTAIN)


def test_members_of_a_joint_arrangement_control_together_what_neither_does_alone() -> None:
    facts = [*holdings("P2>C8 30, P3>C8 30, P2>C5 60"), joint("P2", "P3")]
    assert reference_control(facts, TODAY) == dict.fromkeys(pairs("P2>C8, P3>C8, P2>C5, P3>C5"), CERTAIN)
    perhaps = [*holdings("P2>C8 30, P3>C8 30"), joint("P2", "P3", Interval.parse("?", ""))]
    assert reference_control(perhaps, TODAY) == dict.fromkeys(pairs("P2>C8, P3>C8"), POSSIBLE)


def test_a_member_of_a_joint_arrangement_is_not_controlled_by_it() -> None:
    facts = [*holdings("A>B 60, C>B 10"), joint("A", "B")]
    assert reference_control(facts, TODAY) == dict.fromkeys(pairs("A>B"), CERTAIN)


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ("X>A 40-60", {("X", "A"): POSSIBLE}),
        ("X>A >50", {("X", "A"): CERTAIN}),
        ("X>A 50-60", {("X", "A"): POSSIBLE}),
        ("X>A 25-50", {}),
        ("X>A >=25, Y>A 45", {("X", "A"): POSSIBLE}),
        ("X>A >=25, Y>A 50", {}),  # capped by what Y certainly holds
        ("X>B 100, X>A >25, B>A >25", {("X", "B"): CERTAIN, ("X", "A"): CERTAIN, ("B", "A"): POSSIBLE}),
        ("X>A 60, Y>A 60-70", {("X", "A"): CERTAIN, ("Y", "A"): CERTAIN}),  # over the whole: a fault, and no cap
        ("X>A ?, Y>A ?", {("X", "A"): POSSIBLE, ("Y", "A"): POSSIBLE}),
    ],
)
def test_ranges_make_control_certain_or_possible(edges: str, expected: dict[tuple[str, str], Verdict]) -> None:
    assert reference_control(holdings(edges), TODAY) == expected


def test_blocks_of_one_source_add_up_and_sources_are_intersected() -> None:
    def share(*ties: Tie) -> Range:
        return holding_ranges(ties, TODAY)["X", "A"]

    exact, quarter = Fraction(3, 10), Fraction(1, 4)
    assert share(held("X", "A", "10"), held("X", "A", "20")) == Range(exact, exact, False, False)
    assert share(held("X", "A", "25-50", "a"), held("X", "A", "30", "b")) == Range(exact, exact, False, False)
    assert share(held("X", "A", ">25", "a"), held("X", "A", "25-30", "b")) == Range(quarter, exact, True, False)
    assert share(held("X", "A", ">30", "a"), held("X", "A", "25-30", "b")) == Range(quarter, Fraction(1), False, False)
    maybe = held("X", "A", "30", valid=Interval.parse("?", ""))
    assert share(maybe, held("X", "A", "25")) == Range(quarter, Fraction(11, 20), False, False)


def test_a_right_to_appoint_the_board_catches_where_the_rule_says_so() -> None:
    right: list[Fact] = [Tie("K", "appoints_board", "X", "A"), *holdings("A>B 60"), *listed("X")]
    plain = cascade()
    assert reference_caught(right, plain, TODAY) == {}
    by_control = replace(plain, control=frozenset({"appoints_board"}))
    assert reference_caught(right, by_control, TODAY) == {"A": CERTAIN, "B": CERTAIN}
    hinted = replace(plain, possible_control=frozenset({"appoints_board"}))
    assert reference_caught(right, hinted, TODAY) == {"A": POSSIBLE, "B": POSSIBLE}


def test_votes_are_a_measure_of_their_own_and_never_added_to_shares() -> None:
    votes = Tie("V", "voting_rights", "X", "A", ALWAYS, Share.parse("30"))
    facts = [*holdings("X>A 30"), votes, *listed("X")]
    both = replace(cascade(), measures=(frozenset({"shareholder"}), frozenset({"voting_rights"})))
    assert reference_caught(facts, both, TODAY) == {}
    assert reference_caught([*facts, replace(votes, id="W")], both, TODAY) == {"A": CERTAIN}


def test_a_listing_that_has_not_begun_or_that_may_have_ended_does_not_catch_for_certain() -> None:
    facts = holdings("X>A 60")
    assert reference_caught([*facts, *listed("X", valid=Interval.parse("2025-01-02", ""))], cascade(), TODAY) == {}
    assert reference_caught([*facts, *listed("X", valid=Interval.parse("", "?"))], cascade(), TODAY) == {"A": POSSIBLE}


def test_corners_are_the_ends_and_what_is_left() -> None:
    def span(lo: int, hi: int) -> Range:
        return Range(Fraction(lo, 10), Fraction(hi, 10), False, False)

    tenths = [tuple(int(share * 10) for share in corner) for corner in corner_readings([span(2, 8), span(0, 5)])]
    assert tenths == [(2, 0), (2, 5), (5, 5), (8, 0), (8, 2)]
    assert len(grid_readings([span(2, 8), span(0, 5)])) > len(tenths)


@settings(max_examples=30, deadline=None)
@given(ownership_cases(gaps=2))
def test_nothing_happens_between_the_corners(case: OwnershipCase) -> None:
    try:
        found, corners = reference_control(case.facts, case.at, grid=True), reference_control(case.facts, case.at)
    except TooManyReadings:
        assume(False)
    assert found == corners


@settings(max_examples=100, deadline=None)
@given(cascade_cases())
def test_listed_actors_together_catch_at_least_whom_each_catches_apart(case: CascadeCase) -> None:
    try:
        apart = reference_caught(case.facts, replace(case.cascade, aggregate=False), case.at)
        together = reference_caught(case.facts, replace(case.cascade, aggregate=True), case.at)
    except TooManyReadings:
        assume(False)
    assert all(together.get(subject, EXCLUDED).value >= found.value for subject, found in apart.items())


# Liability: cases in the manner of the scenarios of the domain.


def rule(**changes: Any) -> Rule:
    plain = Rule(
        id="R",
        version="1",
        title=word("Rule"),
        basis=Basis(word("Instrument"), word("Article"), parse_day("2015-10-01"), LAST, "sourced"),
        subject_kind="enterprise",
        families=frozenset(),
        behaviours=frozenset(),
        severities=frozenset(),
        outcomes=frozenset({"licence_revoked:food"}),
        regions=frozenset(),
        reach="role",
        roles=("legal_representative",),
        clock="unspecified",
        clocks=("act", "decision"),
        fault_test="none",
        fault=frozenset(),
        effects=(),
        carriages=(),
        exits=Exits(
            frozenset({"repaired", "annulled"}),
            (("objection_lodged", frozenset({"objection_rejected"})), ("stayed", frozenset())),
        ),
        initiator=word("authority"),
        reference="invented",
    )
    return replace(plain, **changes)


def office(holder: str, start: str, end: str, kind: str = "legal_representative") -> Tie:
    return Tie(f"{holder}/{start}", kind, holder, "E", Interval.parse(start, end))


def licence_case() -> list[Fact]:
    """SC-01: a food licence revoked; L1 in office in the year of the act, L2 at the decision; D named."""
    return [
        Subject("E", SubjectKind.ENTERPRISE),
        Record(
            "R1",
            "E",
            act=Interval.parse("2023-01-01", "2024-01-01"),
            decided_on=Bound.parse("2024-03-01", "start"),
            instrument_no="No. 1",
            outcome="fine;licence_revoked:food",
        ),
        office("L1", "", "2024-01-01"),
        office("L2", "2024-01-01", ""),
        office("D", "", "", "director"),
        Finding("R1", "D", "directly_responsible"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, {"L1": POSSIBLE, "L2": POSSIBLE}, id="a silent text makes both candidates"),
        pytest.param({"clocks": ("act",)}, {"L1": CERTAIN, "L2": EXCLUDED}, id="at the act"),
        pytest.param({"clocks": ("decision",)}, {"L1": EXCLUDED, "L2": CERTAIN}, id="at the decision"),
        pytest.param({"clocks": ("current",)}, {"L1": EXCLUDED, "L2": CERTAIN}, id="on the day asked"),
        pytest.param({"reach": "self", "roles": ()}, {"E": CERTAIN}, id="the enterprise itself"),
        pytest.param(
            {"reach": "finding", "roles": (), "fault_test": "direct", "fault": frozenset({"directly_responsible"})},
            {"D": CERTAIN},
            id="whoever is named",
        ),
        pytest.param(
            {"clock": "named", "fault_test": "direct", "fault": frozenset({"directly_responsible"}), "roles": ("director",)},
            {"D": CERTAIN},
            id="a director whom the finding names",
        ),
        pytest.param(
            {"clock": "named", "fault_test": "direct", "fault": frozenset({"directly_responsible"}), "clocks": ("decision",)},
            {"L1": EXCLUDED, "L2": POSSIBLE},
            id="a holder whom no finding names is a candidate at most",
        ),
        pytest.param({"outcomes": frozenset({"other"})}, {"L1": EXCLUDED, "L2": EXCLUDED}, id="another outcome"),
        pytest.param({"regions": frozenset({"53"}), "clocks": ("act",)}, {"L1": POSSIBLE, "L2": EXCLUDED}, id="region?"),
        pytest.param(
            {"severities": frozenset({"serious"}), "clocks": ("act",)}, {"L1": POSSIBLE, "L2": EXCLUDED}, id="severity?"
        ),
    ],
)
def test_a_revoked_licence_reaches_whom_the_rule_says(changes: dict[str, Any], expected: dict[str, Verdict]) -> None:
    assert reference_verdicts(licence_case(), "R1", rule(**changes), TODAY) == expected


def verdicts(facts: Sequence[Fact], at: int = TODAY, **changes: Any) -> dict[str, Verdict]:
    return reference_verdicts(facts, "R1", rule(**changes), at)


def with_record(**changes: Any) -> list[Fact]:
    return [replace(fact, **changes) if isinstance(fact, Record) else fact for fact in licence_case()]


def test_a_lead_or_a_decision_to_come_or_a_rule_not_yet_in_force_reaches_nobody() -> None:
    nobody = {"L1": EXCLUDED, "L2": EXCLUDED}
    assert verdicts(with_record(instrument_no="")) == nobody
    assert verdicts(licence_case(), at=parse_day("2024-02-29")) == nobody
    assert verdicts(with_record(decided_on=Bound.parse("2015-09-30", "start"))) == nobody


def test_two_offices_of_one_holder_cover_together_an_unknown_act() -> None:
    facts = with_record(act=Interval.parse("?", "?"))
    assert verdicts(facts, clocks=("act",)) == {"L1": POSSIBLE, "L2": POSSIBLE}
    both = [replace(fact, holder="L1") if isinstance(fact, Tie) and fact.holder == "L2" else fact for fact in facts]
    assert verdicts(both, clocks=("act",)) == {"L1": CERTAIN}


def test_no_act_lies_after_a_known_decision() -> None:
    facts = [*with_record(act=Interval.parse("2023-12-31", "?")), office("L3", "2024-03-02", "")]
    assert verdicts(facts, clocks=("act",)) == {"L1": CERTAIN, "L2": POSSIBLE, "L3": EXCLUDED}


def test_an_unknown_decision_is_a_reading_like_any_other() -> None:
    facts = with_record(decided_on=Bound.parse("2024", "start"))
    assert verdicts(facts, clocks=("decision",)) == {"L1": EXCLUDED, "L2": CERTAIN}
    assert verdicts(facts, clocks=("decision",), at=parse_day("2024-06-01")) == {"L1": EXCLUDED, "L2": POSSIBLE}


def test_the_dead_could_not_hold_a_role_at_a_later_anchor() -> None:
    dead = Subject("L2", SubjectKind.PERSON, closed_on=Bound.parse("2024-02-29", "end"))
    assert verdicts([*licence_case(), dead], clocks=("decision",))["L2"] is EXCLUDED
    assert verdicts([*licence_case(), Subject("L2", SubjectKind.UNSPECIFIED)], clocks=("decision",)) == {"L1": EXCLUDED}


def test_an_empty_family_is_that_of_its_behaviour() -> None:
    facts = with_record(behaviour="tainted_food")
    healthy = rule(families=frozenset({"health_safety"}), clocks=("act",))
    assert reference_verdicts(facts, "R1", healthy, TODAY)["L1"] is POSSIBLE
    known = reference_verdicts(facts, "R1", healthy, TODAY, {"tainted_food": "health_safety"})
    assert known["L1"] is CERTAIN
    other = reference_verdicts(facts, "R1", healthy, TODAY, {"tainted_food": "market_order"})
    assert other["L1"] is EXCLUDED


@settings(max_examples=100, deadline=None)
@given(liability_cases(deaths=True))
def test_filling_the_decision_never_widens_a_verdict(case: LiabilityCase) -> None:
    before = reference_verdicts(case.facts, case.record_id, case.rule, case.at)
    record = next(fact for fact in case.facts if isinstance(fact, Record))
    if record.decided_on.unknown or record.decided_on.known:
        return
    for day in (record.decided_on.lo, record.decided_on.hi):
        filled = [replace(fact, decided_on=Bound.on(day)) if fact == record else fact for fact in case.facts]
        after = reference_verdicts(filled, case.record_id, case.rule, case.at)
        # A known decision also cuts the act, so that only rules that do not look at the act are asked.
        if "act" not in case.rule.clocks:
            for subject, found in before.items():
                assert found is not CERTAIN or after[subject] is CERTAIN
                assert found is not EXCLUDED or after[subject] is EXCLUDED


# Consequences.

EFFECT = Effect("measure", "ban", "mandatory", word("authority"), Term(years=1))


def status(*events: Event, at: str = "2024-06-01", effect: Effect = EFFECT, gates: Sequence[Gate] = (), **changes: Any) -> Any:
    found = reference_status([*licence_case(), *events], "R1", rule(**changes), effect, parse_day(at), "L2", gates)
    return found.status, set(found.causes), found.end


def event(kind: str, on: str, person: str = "") -> Event:
    return Event("R1", kind, parse_day(on), person)


def test_a_term_runs_by_the_calendar() -> None:
    assert status() == (Status.ACTIVE, set(), parse_day("2025-03-01"))
    assert status(at="2025-03-01") == (Status.ENDED, {"expired"}, parse_day("2025-03-01"))
    leap = date(2024, 2, 29).toordinal()
    assert add_term(leap, Term(years=1)) == parse_day("2025-02-28")
    assert add_term(parse_day("2023-12-31"), Term(months=2, days=1)) == parse_day("2024-03-01")


def test_objections_suspend_until_they_are_rejected_and_repair_ends() -> None:
    lodged = event("objection_lodged", "2024-04-01")
    assert status(lodged)[:2] == (Status.SUSPENDED, {"objection_lodged"})
    assert status(lodged, at="2024-03-31")[0] is Status.ACTIVE
    assert status(lodged, event("objection_rejected", "2024-04-01"))[0] is Status.ACTIVE
    assert status(lodged, event("repaired", "2024-05-01")) == (Status.ENDED, {"repaired"}, parse_day("2024-05-01"))


def test_an_objection_of_another_person_touches_the_record_only_where_the_pack_says_so() -> None:
    lodged = event("objection_lodged", "2024-04-01", "L1")
    assert status(lodged)[0] is Status.ACTIVE
    whole = replace(rule().exits, own_event="record")
    assert status(lodged, exits=whole)[0] is Status.SUSPENDED
    assert status(event("objection_lodged", "2024-04-01", "L2"), event("objection_rejected", "2024-05-01"))[0] is Status.SUSPENDED


def test_what_is_permanent_is_not_repaired() -> None:
    forever = replace(EFFECT, term=Term(permanent=True))
    assert status(event("repaired", "2024-05-01"), effect=forever, at="2099-01-01") == (Status.ACTIVE, set(), None)
    assert status(event("annulled", "2024-05-01"), effect=forever)[0] is Status.ENDED


def test_without_a_basis_in_force_nothing_is_imposed() -> None:
    past = Basis(word("Instrument"), word("Article"), FIRST, parse_day("2024-05-01"), "sourced")
    assert status(basis=past)[:2] == (Status.INACTIVE, {"not_in_force"})
    gate = Gate(parse_day("2020-12-18"), frozenset({"measure"}), replace(past, valid_to=LAST))
    assert status(gates=[gate])[:2] == (Status.INACTIVE, {"no_legal_basis"})
    assert status(gates=[gate], effect=replace(EFFECT, own_bases=(replace(past, valid_to=LAST),)))[0] is Status.ACTIVE


def test_a_term_from_an_unknown_date_is_over_only_when_it_must_be() -> None:
    def from_act(at: str) -> Any:
        effect = replace(EFFECT, term=Term("act_start", years=1))
        facts = with_record(act=Interval(Bound.parse("2023", "start"), Bound.on(parse_day("2024-02-01"))))
        return reference_status(facts, "R1", rule(), effect, parse_day(at), "L2").causes

    assert (from_act("2023-12-31"), from_act("2024-06-01"), from_act("2024-12-31")) == (set(), {"term_unknown"}, {"expired"})


@settings(max_examples=100, deadline=None)
@given(status_cases())
def test_every_status_has_a_cause_unless_it_is_active(case: StatusCase) -> None:
    verdict = reference_verdicts(case.facts, case.record_id, case.rule, case.at)[case.person]
    assert verdict is CERTAIN
    for effect in case.rule.effects:
        found = reference_status(case.facts, case.record_id, case.rule, effect, case.at, case.person, case.gates)
        assert bool(found.causes) == (found.status is not Status.ACTIVE)
