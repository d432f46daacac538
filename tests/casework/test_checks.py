"""The must-check: when it refuses, when it asks for a review, when it allows, and what it must never do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.casework.checks import Checked
from graph_service.casework.shapes import check_shape
from graph_service.engine.shapes import to_json
from graph_service.messages import LANGS, BadValue
from graph_service.model.facts import Fact
from tests.casework.facts import DAY, RECORD, checked, event, head, rows, world


def codes(found: Checked, effect: str = "") -> list[str]:
    return [one.code for one in found.reasons if not effect or one.effect == effect]


def test_an_active_certain_mandatory_measure_that_bars_the_procedure_refuses() -> None:
    found = checked(world(), "E1", "licence")
    assert found.decision == "refuse"
    assert codes(found) == ["barred"]
    (reason,) = found.reasons
    assert reason.basis is not None
    assert reason.basis.article.en == "art. 1"
    assert reason.cited is not None
    assert reason.cited.basis.article.en == "art. 5"


def test_a_clean_enterprise_is_allowed_and_gets_what_it_earned() -> None:
    found = checked(world(), "E3", "licence")
    assert (found.decision, codes(found)) == ("allow", [])
    assert {one.incentive.code: one.verdict.name for one in found.incentives} == {"I1": "CERTAIN", "I2": "CERTAIN"}


@pytest.mark.parametrize(
    ("procedure", "why"),
    [("loan", "nature"), ("project", "care"), ("concession", "unverified")],
)
def test_what_is_recommended_asks_for_care_or_was_not_verified_is_reviewed(procedure: str, why: str) -> None:
    found = checked(world(), "E1", procedure)
    assert (found.decision, codes(found)) == ("review", [why])


def test_an_objection_suspends_and_turns_a_refusal_into_a_review() -> None:
    found = checked(world(event("objection_lodged", "2019-04-01")), "E1", "licence")
    assert (found.decision, codes(found)) == ("review", ["suspended"])
    again = world(event("objection_lodged", "2019-04-01"), event("objection_rejected", "2019-05-01"))
    assert checked(again, "E1", "licence").decision == "refuse"


@pytest.mark.parametrize("kind", ["repaired", "annulled", "objection_upheld"])
def test_what_ended_stands_in_nobodys_way(kind: str) -> None:
    assert checked(world(event(kind, "2019-04-01")), "E1", "licence").decision == "allow"


def test_a_term_that_is_over_restores_eligibility_although_the_record_is_young() -> None:
    assert checked(world(), "E1", "licence", "2022-02-28").decision == "refuse"
    assert checked(world(), "E1", "licence", "2022-03-01").decision == "allow"


def test_a_bar_that_is_no_longer_in_force_bars_nothing() -> None:
    assert checked(world(), "E1", "ended").decision == "allow"


def test_a_candidate_is_reviewed_and_never_refused() -> None:
    # P1 came after the act: head at the decision, not at the act; the text is silent.
    facts = [one for one in world() if getattr(one, "enterprise", "") != "E1"]
    facts += rows(ties=[head("P1", "E1", "2018-09-01")])
    found = checked(facts, "P1", "appointment")
    assert (found.decision, codes(found)) == ("review", ["candidate"])
    assert found.reasons[0].maybe is not None
    assert found.reasons[0].maybe.reached.gaps
    assert checked(world(), "P1", "appointment").decision == "refuse"


def test_a_hint_on_another_enterprise_is_reviewed_and_never_refused() -> None:
    found = checked(world(), "E2", "licence")
    assert (found.decision, codes(found)) == ("review", ["flag"])
    assert not any(one.legal_effect for one in [found.reasons[0].consequence] if one)


def test_a_lead_triggers_nothing() -> None:
    lead = {**RECORD, "instrument_no": ""}
    found = checked(world(record=lead), "E1", "licence")
    assert (found.decision, found.own_records) == ("allow", ())
    assert all(one.verdict.certain for one in found.incentives)


def test_nobody_is_allowed_of_whom_the_ledger_knows_nothing() -> None:
    found = checked(world(), "E9", "licence")
    assert (found.decision, codes(found), found.complete) == ("review", ["unknown_subject"], False)


def test_an_answer_that_is_not_complete_allows_nothing() -> None:
    found = checked(world(), "E3", "licence", unfinished=["register"])
    assert (found.decision, codes(found)) == ("review", ["incomplete"])


def test_a_record_without_a_day_of_decision_is_a_possibility() -> None:
    found = checked(world(record={**RECORD, "decided_on": ""}), "E1", "licence")
    assert found.decision == "review"


def test_own_records_and_those_written_on_through_a_role_are_told_apart() -> None:
    found = checked(world(), "P1", "licence")
    assert (found.own_records, found.written_on) == ((), ("R1",))
    assert {one.verdict.name for one in found.incentives} == {"CERTAIN"}
    assert checked(world(), "E1", "licence").own_records == ("R1",)


def test_a_record_that_is_void_is_nobodys_record() -> None:
    found = checked(world(event("annulled", "2019-04-01")), "E1", "licence")
    assert found.own_records == ()
    assert checked(world(event("repaired", "2019-04-01")), "E1", "licence").own_records == ("R1",)


def test_a_hint_takes_no_incentive_away_but_a_gap_in_the_answer_does() -> None:
    def granted(found: Checked) -> set[bool]:
        shape: dict[str, Any] = check_shape(found, "en")
        return {one["granted"] for one in shape["incentives"]}

    hinted = checked(world(), "E2", "licence")
    assert (hinted.decision, granted(hinted)) == ("review", {True})
    assert granted(checked(world(), "E3", "licence", unfinished=["register"])) == {False}
    assert granted(checked(world(), "E1", "licence")) == {False}


def test_bidders_with_the_same_head_may_not_act_together() -> None:
    clean = world(record=None)
    assert checked(clean, "E2", "tender", bidders=["E1", "E3"]).decision == "refuse"
    assert checked(clean, "E2", "tender", bidders=["E3"]).decision == "allow"
    third = checked(clean, "E3", "tender", bidders=["E1", "E2", "E3"])
    assert third.decision == "allow"
    assert [(one.one, one.other) for one in third.others] == [("E1", "E2")]


@pytest.mark.parametrize(
    ("share", "decision"),
    [("50", "allow"), ("50.01", "refuse"), ("40-60", "review"), (">50", "refuse"), ("", "review"), ("<=50", "allow")],
)
def test_a_bidder_that_holds_more_than_half_of_another_is_excluded_with_it(share: str, decision: str) -> None:
    facts = world(
        *rows(ties=[{"kind": "shareholder", "holder": "E3", "enterprise": "E1", "share": share, "valid_from": "2015-01-01"}]),
        record=None,
    )
    for subject, other in (("E1", "E3"), ("E3", "E1")):
        assert checked(facts, subject, "tender", bidders=[other]).decision == decision


def test_what_bars_one_member_of_a_consortium_bars_the_whole() -> None:
    assert checked(world(), "E3", "tender").decision == "allow"
    found = checked(world(), "E3", "tender", members=["E1", "E3"])
    assert (found.decision, codes(found), found.reasons[0].subject) == ("refuse", ["barred"], "E1")
    held_up = world(event("objection_lodged", "2019-04-01"))
    assert checked(held_up, "E3", "tender", members=["E1"]).decision == "review"
    assert checked(world(), "E3", "tender", members=["E9"]).decision == "review"
    with pytest.raises(BadValue, match="consortium"):
        checked(world(), "E3", "licence", members=["E1"])


def test_members_of_one_consortium_may_have_a_head_in_common() -> None:
    clean = world(record=None)
    assert checked(clean, "E2", "tender", bidders=["E1", "E2", "E3"], members=["E1"]).decision == "allow"


def test_a_member_that_may_not_bid_with_an_outsider_holds_the_whole_consortium_up() -> None:
    found = checked(world(record=None), "E3", "tender", bidders=["E1", "E3"], members=["E2"])
    assert (found.decision, codes(found)) == ("refuse", ["together"])
    assert (found.reasons[0].subject, found.reasons[0].values["other"]) == ("E2", "E1")


def held(holder: str, company: str, share: str, source: str = "") -> dict[str, str]:
    row = {"kind": "shareholder", "holder": holder, "enterprise": company, "share": share, "valid_from": "2015-01-01"}
    return row | {"source": source}


def test_one_holding_that_two_sources_tell_counts_once() -> None:
    twice = rows(ties=[held("E3", "E1", "40", "a"), held("E3", "E1", "40", "b")])
    assert checked(world(*twice, record=None), "E1", "tender", bidders=["E3"]).decision == "allow"
    blocks = rows(ties=[held("E3", "E1", "26", "a"), {**held("E3", "E1", "25", "a"), "id": "t2"}])
    assert checked(world(*blocks, record=None), "E1", "tender", bidders=["E3"]).decision == "refuse"


def test_a_bidder_that_controls_another_through_others_is_held_together_with_it() -> None:
    chain = rows(enterprises=[{"id": "M"}], ties=[held("E3", "M", "51"), held("M", "E1", "51")])
    found = checked(world(*chain, record=None), "E1", "tender", bidders=["E3"])
    assert (found.decision, codes(found)) == ("review", ["together_maybe"])
    assert len(found.reasons[0].facts) == 2
    thin = rows(enterprises=[{"id": "M"}], ties=[held("E3", "M", "50"), held("M", "E1", "100")])
    assert checked(world(*thin, record=None), "E1", "tender", bidders=["E3"]).decision == "allow"


def test_a_constraint_that_asks_for_a_look_or_rests_on_a_gap_is_reviewed() -> None:
    managed = {"kind": "actual_controller", "holder": "E3", "enterprise": "E1", "valid_from": "2015-01-01"}
    assert checked(world(*rows(ties=[managed]), record=None), "E1", "tender", bidders=["E3"]).decision == "review"
    unsure = rows(ties=[head("P3", "E2", "?")])
    assert checked(world(*unsure, record=None), "E2", "tender", bidders=["E3"]).decision == "review"


def test_a_common_state_owner_relates_no_bidders() -> None:
    owner = rows(
        enterprises=[{"id": "SASAC", "kind": "state_body", "state_owned": "true"}],
        ties=[
            {"kind": "shareholder", "holder": "SASAC", "enterprise": key, "share": "100", "valid_from": "2015-01-01"}
            for key in ("E1", "E3")
        ],
    )
    assert checked(world(*owner, record=None), "E1", "tender", bidders=["E3"]).decision == "allow"


def test_a_procedure_that_no_pack_knows_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(BadValue, match="appointment, concession"):
        checked(world(), "E1", "wedding")
    with pytest.raises(BadValue, match="bidders"):
        checked(world(), "E1", "licence", bidders=["E2"])


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(("subject", "procedure"), [("E1", "licence"), ("E2", "licence"), ("P1", "appointment"), ("E9", "loan")])
def test_every_reason_is_said_with_its_article_in_both_languages(subject: str, procedure: str, lang: str) -> None:
    shape = check_shape(checked(world(), subject, procedure), "zh" if lang == "zh" else "en")
    assert {"subject", "procedure", "at", "decision", "reasons", "incentives"} <= set(shape)
    reasons = shape["reasons"]
    assert isinstance(reasons, list)
    for one in reasons:
        assert one["text"]
        assert one["basis"] or one["bar"] or one["code"] in ("unknown_subject", "incomplete")
    assert to_json(shape)


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["objection_lodged", "objection_rejected", "objection_upheld", "repaired", "annulled", "stayed"]),
        st.sampled_from(["2019-03-05", "2019-04-01", "2019-05-01", "2019-06-01"]),
        st.sampled_from(["", "P1"]),
    ),
    max_size=4,
)
GAPS = st.fixed_dictionaries(
    {"decided_on": st.sampled_from(["2019-03-01", "?", "2019"]), "act_from": st.sampled_from(["2018-03-01", "?"])}
)


@given(MOVES, GAPS, st.sampled_from(["", "?", "2018-05-01"]), st.sampled_from(["E1", "E2", "P1"]))
def test_it_refuses_only_on_what_is_certain_active_and_mandatory(
    moves: list[tuple[str, str, str]], gaps: dict[str, str], since: str, subject: str
) -> None:
    facts: list[Fact] = [one for one in world(record={**RECORD, **gaps}) if getattr(one, "enterprise", "") != "E1"]
    facts += [*rows(ties=[head("P1", "E1", since)]), *(event(kind, on, who) for kind, on, who in moves)]
    for procedure, code in (("licence", "M1"), ("appointment", "B1"), ("loan", "M2")):
        found = checked(facts, subject, procedure, DAY)
        for one in found.reasons:
            if one.effect == "refuse":
                it = one.consequence
                assert it is not None
                assert (it.standing.status.word, it.nature, it.kind == "flag") == ("active", "mandatory", False)
        stands = [*found.reaching.consequences, *(it.consequence for it in found.reaching.maybe)]
        meets = any(it.code == code and it.standing.status.word in ("active", "suspended") for it in stands)
        assert found.decision != "allow" or (found.complete and not meets)
