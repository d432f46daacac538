"""The stories' facts say what their descriptions promise."""

from __future__ import annotations

import pytest

from graph_service.messages import LANGS
from graph_service.model.facts import Fact, Finding, Listing, Record, Subject, Tie
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import covers, overlaps, parse_day
from graph_service.model.rows import to_fact
from graph_service.model.share import Share
from graph_service.model.verdict import Verdict
from graph_service.sample import stories
from graph_service.sample.register import Register
from graph_service.sample.stories import STORIES, Story, add_stories


def _facts() -> list[Fact]:
    register = Register()
    add_stories(register)
    return [to_fact(table, row) for table, rows in register.tables.items() for row in rows]


FACTS = _facts()
TIES = {fact.id: fact for fact in FACTS if isinstance(fact, Tie)}
RECORDS = {fact.id: fact for fact in FACTS if isinstance(fact, Record)}
SUBJECTS = {fact.id: fact for fact in FACTS if isinstance(fact, Subject)}


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.code)
def test_a_story_names_a_subject_and_a_record_that_are_there_and_says_what_it_shows(story: Story) -> None:
    assert subject_key(story.subject) in SUBJECTS
    assert not story.record or RECORDS[story.record].subject == story.subject
    assert len({story.text(lang) for lang in LANGS}) == len(LANGS)


def test_the_first_story_is_about_the_code_that_the_documentation_uses() -> None:
    assert STORIES[0].subject == "91530000MATEXT01X1"


def test_the_second_representative_of_the_food_story_holds_the_office_at_every_clock_and_the_first_at_the_act_only() -> None:
    record = RECORDS["S1-RECORD"]
    first, second = TIES["S1-T1"].valid, TIES["S1-T2"].valid
    today = parse_day("2026-11-23")
    assert [overlaps(office, record.act) for office in (first, second)] == [Verdict.CERTAIN, Verdict.CERTAIN]
    for day in (record.decided_on.lo, today):
        assert [covers(office, day) for office in (first, second)] == [Verdict.EXCLUDED, Verdict.CERTAIN]


def test_one_director_and_one_practitioner_of_the_food_story_are_named_and_one_of_each_is_not() -> None:
    named = {fact.person for fact in FACTS if isinstance(fact, Finding) and fact.record == "S1-RECORD"}
    assert named == {"S1-DIRECTOR-1", "S1-FOOD-1"}


def test_the_office_of_the_gaps_story_passed_on_at_a_time_that_is_not_known() -> None:
    record = RECORDS["S5-RECORD"]
    assert overlaps(TIES["S5-T1"].valid, record.act) is Verdict.POSSIBLE
    assert overlaps(TIES["S5-T2"].valid, record.act) is Verdict.CERTAIN
    assert covers(TIES["S5-T1"].valid, record.decided_on.lo) is Verdict.EXCLUDED


def test_the_group_holds_one_company_by_two_exact_halves_and_another_by_one() -> None:
    half = Share.parse("50")
    halves = {(tie.holder, tie.enterprise) for tie in TIES.values() if tie.share == half and tie.id.startswith("S3-")}
    assert halves == {
        (stories.GROUP_TOP, stories.GROUP_SHARED),
        (stories.GROUP_MIDDLE, stories.GROUP_SHARED),
        (stories.GROUP_TOP, stories.GROUP_HALF),
        ("S3-PARTNER", stories.GROUP_HALF),
    }


def test_the_state_body_is_one_by_its_code_and_its_form() -> None:
    assert stories.STATE_BODY.startswith("11")
    assert SUBJECTS[stories.STATE_BODY].form == "state_body"
    assert SUBJECTS[stories.STATE_BODY].state_owned


def test_the_sanctions_story_is_listed_by_three_regimes() -> None:
    assert {fact.regime for fact in FACTS if isinstance(fact, Listing) and fact.subject == stories.LISTED} == {
        "us-ofac",
        "eu",
        "uk-ofsi",
    }
