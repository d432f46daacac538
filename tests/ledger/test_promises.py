"""What every ledger promises, one sentence a test."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from graph_service.ledger.protocol import Change, Ledger, Outcome, Position
from graph_service.messages import LedgerError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie, fact_id
from graph_service.model.interval import Bound, Interval
from graph_service.model.share import Share

FIRM = Subject("91530000MATEXT01X1", SubjectKind.ENTERPRISE, "Sample Trading Ltd")
OTHER = Subject("firm-2", SubjectKind.ENTERPRISE, "Other Ltd")
PERSON = Subject("P1", SubjectKind.PERSON, "李某")
DIRECTOR = Tie("T1", "director", "P1", FIRM.id, Interval.parse("2020-01-01", "?"))
HOLDING = Tie("T2", "shareholder", "P1", FIRM.id, share=Share.parse("33.33"))
ELSEWHERE = Tie("T3", "director", "P1", OTHER.id)
RECORD = Record("R1", FIRM.id, "market_order", act=Interval.parse("2021-01-01", ""), decided_on=Bound.parse("2022-05", "start"))
FINDING = Finding("R1", "P1", "knew")
EVENT = Event("R1", "repaired", 738946, person="P1")
LISTING = Listing(FIRM.id, "us-ofac", Interval.parse("2019-01-01", ""))
ALL: tuple[Fact, ...] = (FIRM, OTHER, PERSON, DIRECTOR, HOLDING, ELSEWHERE, RECORD, FINDING, EVENT, LISTING)
NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)


def said(found: Iterable[Stored[Fact]]) -> set[Fact]:
    """The facts found; each once."""
    facts = [stored.fact for stored in found]
    assert len(facts) == len(set(facts))
    return set(facts)


def live(ledger: Ledger, at: Position | None = None) -> set[Fact]:
    with ledger.read(at) as reader:
        return {fact for kind in (Subject, Tie, Record, Finding, Event, Listing) for fact in said(reader.scan(kind))}


# Appending


def test_an_empty_ledger_stands_at_position_zero_with_no_time(ledger: Ledger) -> None:
    assert ledger.last() == Position(0, "")
    assert ledger.position_at(NOON) == Position(0, "")
    assert list(ledger.since(0)) == []
    assert live(ledger) == set()


def test_facts_of_every_kind_are_read_back_equal(ledger: Ledger) -> None:
    receipt = ledger.append(ALL)
    assert receipt.outcomes == (Outcome.ADDED,) * len(ALL)
    assert receipt.position == len(ALL) == ledger.last().number
    assert live(ledger) == set(ALL)


def test_appending_again_changes_nothing(ledger: Ledger) -> None:
    ledger.append(ALL, recorded_at=NOON)
    before = ledger.last()
    receipt = ledger.append(ALL)
    assert receipt.outcomes == (Outcome.UNCHANGED,) * len(ALL)
    assert receipt.position == before.number
    assert ledger.last() == before


def test_an_append_of_nothing_takes_no_position(ledger: Ledger) -> None:
    assert ledger.append(()).position == 0
    assert ledger.append((), retract=["tie-00000000000000000000", "no fact id", "-", "tie-"]).position == 0


def test_a_fact_that_stands_twice_in_a_batch_is_unchanged_the_second_time(ledger: Ledger) -> None:
    assert ledger.append([DIRECTOR, DIRECTOR]).outcomes == (Outcome.ADDED, Outcome.UNCHANGED)


def test_the_later_of_two_facts_with_one_key_in_a_batch_corrects_the_earlier(ledger: Ledger) -> None:
    later = Tie("T1", "supervisor", "P1", FIRM.id)
    receipt = ledger.append([DIRECTOR, later])
    assert receipt.outcomes == (Outcome.ADDED, Outcome.CORRECTED)
    assert [(change.position, change.added, change.fact) for change in ledger.since(0)] == [
        (1, True, DIRECTOR),
        (2, False, DIRECTOR),
        (3, True, later),
    ]
    assert live(ledger) == {later}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (FIRM, Subject(FIRM.id, SubjectKind.ENTERPRISE, "Renamed Ltd")),
        (DIRECTOR, Tie("T1", "director", "P2", OTHER.id)),
        (RECORD, Record("R1", OTHER.id)),
        (FINDING, Finding("R1", "P1", "knew", "No. 7")),
        (EVENT, Event("R1", "repaired", 738946, "P1", "No. 8")),
        (LISTING, Listing(FIRM.id, "us-ofac", Interval.parse("2019-01-01", "2020-01-01"))),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_fact_with_a_live_key_and_other_content_corrects_it_in_two_positions(ledger: Ledger, old: Fact, new: Fact) -> None:
    ledger.append([old])
    receipt = ledger.append([new])
    assert receipt.outcomes == (Outcome.CORRECTED,)
    assert receipt.position == 3
    assert [(change.position, change.added, change.fact) for change in ledger.since(1)] == [(2, False, old), (3, True, new)]
    assert live(ledger) == {new}
    assert live(ledger, Position(1, "")) == {old}


def test_facts_that_differ_in_their_key_stand_side_by_side(ledger: Ledger) -> None:
    side_by_side: list[Fact] = [
        EVENT,
        Event("R1", "repaired", 738947, person="P1"),
        Event("R1", "repaired", 738946),
        FINDING,
        Finding("R1", "P1", "organised"),
        LISTING,
        Listing(FIRM.id, "us-ofac", Interval.parse("2019-01", "")),
        Listing(FIRM.id, "eu", LISTING.listed),
    ]
    assert set(ledger.append(side_by_side).outcomes) == {Outcome.ADDED}
    assert live(ledger) == set(side_by_side)


def test_a_retracted_fact_is_gone_and_may_be_added_again(ledger: Ledger) -> None:
    ledger.append(ALL)
    ledger.append((), retract=[fact_id(DIRECTOR)])
    assert live(ledger) == set(ALL) - {DIRECTOR}
    assert ledger.append([DIRECTOR]).outcomes == (Outcome.ADDED,)
    assert live(ledger) == set(ALL)


def test_an_id_to_retract_that_is_not_live_is_passed_over(ledger: Ledger) -> None:
    ledger.append([DIRECTOR])
    ledger.append((), retract=[fact_id(DIRECTOR), fact_id(DIRECTOR), fact_id(HOLDING)])
    assert ledger.last().number == 2
    ledger.append((), retract=[fact_id(DIRECTOR)])
    assert ledger.last().number == 2


def test_a_corrected_fact_is_not_retracted_by_its_old_id(ledger: Ledger) -> None:
    corrected = Tie("T1", "supervisor", "P1", FIRM.id)
    ledger.append([DIRECTOR])
    ledger.append([corrected])
    ledger.append((), retract=[fact_id(DIRECTOR)])
    assert live(ledger) == {corrected}


def test_retractions_of_an_append_come_before_its_facts(ledger: Ledger) -> None:
    ledger.append([DIRECTOR])
    receipt = ledger.append([DIRECTOR], retract=[fact_id(DIRECTOR)])
    assert receipt.outcomes == (Outcome.ADDED,)
    assert [(change.position, change.added) for change in ledger.since(0)] == [(1, True), (2, False), (3, True)]


def test_a_key_of_a_person_is_refused_for_an_enterprise_and_the_rest_is_taken(ledger: Ledger) -> None:
    ledger.append([PERSON])
    receipt = ledger.append([Subject("P1", SubjectKind.ENTERPRISE, "Not a person Ltd"), DIRECTOR])
    assert receipt.outcomes == (Outcome.REFUSED, Outcome.ADDED)
    assert live(ledger) == {PERSON, DIRECTOR}


def test_the_other_kind_is_refused_within_one_batch_too(ledger: Ledger) -> None:
    assert ledger.append([FIRM, Subject(FIRM.id, SubjectKind.PERSON)]).outcomes == (Outcome.ADDED, Outcome.REFUSED)


def test_a_key_may_change_its_kind_once_the_old_subject_is_retracted(ledger: Ledger) -> None:
    ledger.append([PERSON])
    firm = Subject("P1", SubjectKind.ENTERPRISE)
    assert ledger.append([firm], retract=[fact_id(PERSON)]).outcomes == (Outcome.ADDED,)
    assert live(ledger) == {firm}


def test_an_unspecified_party_may_become_a_person(ledger: Ledger) -> None:
    ledger.append([Subject("P1", SubjectKind.UNSPECIFIED)])
    assert ledger.append([PERSON]).outcomes == (Outcome.CORRECTED,)


def test_text_that_cannot_be_stored_fails_the_whole_append_or_is_kept(ledger: Ledger) -> None:
    odd = Subject("P9", SubjectKind.PERSON, "\ud800")
    try:
        ledger.append([DIRECTOR, odd])
    except LedgerError as error:
        assert "surrogate" in str(error)
        assert live(ledger) == set()
        ledger.append([DIRECTOR])
        assert live(ledger) == {DIRECTOR}
    else:
        assert live(ledger) == {DIRECTOR, odd}


def test_a_batch_larger_than_a_page_is_whole_and_in_order(ledger: Ledger) -> None:
    facts = [Tie(f"T{number}", "director", f"P{number % 7}", f"E{number % 5000}") for number in range(9000)]
    corrected = [Tie(fact.id, "supervisor", fact.holder, fact.enterprise) for fact in facts[::2]]
    ledger.append(facts)
    ledger.append(corrected)
    changes = list(ledger.since(0))
    assert [change.position for change in changes] == list(range(1, 18001))
    assert [change.fact for change in changes[:9000]] == facts
    assert [change.fact for change in changes[9000:]] == [one for pair in zip(facts[::2], corrected, strict=True) for one in pair]
    assert live(ledger) == {*facts[1::2], *corrected}
    with ledger.read() as reader:
        everywhere = [f"E{number}" for number in range(5000)]
        assert said(reader.ties_into(everywhere)) == {*facts[1::2], *corrected}
        assert len(reader.facts([fact_id(fact) for fact in facts])) == 4500


# Positions and times


def test_recorded_times_are_iso_8601_in_utc(ledger: Ledger) -> None:
    ledger.append([DIRECTOR], recorded_at=datetime(2024, 3, 1, 20, tzinfo=timezone(timedelta(hours=8))))
    assert ledger.last() == Position(1, "2024-03-01T12:00:00.000000Z")
    assert datetime.fromisoformat(ledger.last().recorded_at) == NOON


def test_an_append_is_recorded_now_by_default(ledger: Ledger) -> None:
    before = datetime.now(UTC)
    ledger.append([DIRECTOR])
    assert before <= datetime.fromisoformat(ledger.last().recorded_at) <= datetime.now(UTC)


def test_a_recorded_time_before_the_last_is_lifted_to_it(ledger: Ledger) -> None:
    ledger.append([DIRECTOR], recorded_at=NOON)
    ledger.append([HOLDING], recorded_at=NOON - timedelta(days=1))
    assert [change.recorded_at for change in ledger.since(0)] == ["2024-03-01T12:00:00.000000Z"] * 2


def test_position_at_a_moment_is_the_last_recorded_by_then(ledger: Ledger) -> None:
    ledger.append([DIRECTOR, HOLDING], recorded_at=NOON)
    ledger.append([ELSEWHERE], recorded_at=NOON)
    ledger.append([RECORD], recorded_at=NOON + timedelta(microseconds=2))
    assert ledger.position_at(NOON - timedelta(microseconds=1)) == Position(0, "")
    assert ledger.position_at(NOON) == Position(3, "2024-03-01T12:00:00.000000Z")
    assert ledger.position_at(NOON + timedelta(microseconds=1)).number == 3
    assert ledger.position_at(NOON + timedelta(days=1)) == ledger.last()


def test_a_moment_without_a_time_zone_is_the_callers_mistake(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="time zone"):
        ledger.position_at(datetime(2024, 3, 1))
    with pytest.raises(ValueError, match="time zone"):
        ledger.append([DIRECTOR], recorded_at=datetime(2024, 3, 1))
    assert ledger.last().number == 0


def test_since_gives_the_changes_after_a_position_up_to_a_limit(ledger: Ledger) -> None:
    ledger.append([DIRECTOR, HOLDING], recorded_at=NOON)
    ledger.append((), retract=[fact_id(DIRECTOR)], recorded_at=NOON + timedelta(hours=1))
    first = Change(1, "2024-03-01T12:00:00.000000Z", True, fact_id(DIRECTOR), DIRECTOR)
    last = Change(3, "2024-03-01T13:00:00.000000Z", False, fact_id(DIRECTOR), DIRECTOR)
    assert list(ledger.since(0))[::2] == [first, last]
    assert list(ledger.since(0, limit=1)) == [first]
    assert list(ledger.since(2)) == [last]
    assert list(ledger.since(3)) == list(ledger.since(99)) == list(ledger.since(0, limit=0)) == []


# Reading


def test_a_reader_keeps_its_answers_while_others_write(ledger: Ledger) -> None:
    ledger.append(ALL, recorded_at=NOON)
    with ledger.read() as reader:
        ledger.append([Tie("T9", "director", "P1", FIRM.id)], retract=[fact_id(DIRECTOR), fact_id(FIRM)])
        assert reader.position == Position(len(ALL), "2024-03-01T12:00:00.000000Z")
        assert said(reader.ties_into([FIRM.id])) == {DIRECTOR, HOLDING}
        assert said(reader.subjects([FIRM.id])) == {FIRM}
        assert said(reader.facts([fact_id(DIRECTOR)])) == {DIRECTOR}


def test_a_scan_that_began_before_a_write_does_not_see_it(ledger: Ledger) -> None:
    ledger.append([DIRECTOR, HOLDING])
    with ledger.read() as reader:
        scan = reader.scan(Tie)
        first = next(scan).fact
        ledger.append([ELSEWHERE], retract=[fact_id(DIRECTOR), fact_id(HOLDING)])
        assert {first, *said(scan)} == {DIRECTOR, HOLDING}


def test_every_earlier_position_stays_readable(ledger: Ledger) -> None:
    expected: list[set[Fact]] = [set()]
    for fact in ALL:
        ledger.append([fact])
        expected.append({*expected[-1], fact})
    for fact in ALL:
        ledger.append((), retract=[fact_id(fact)])
        expected.append(expected[-1] - {fact})
    assert [live(ledger, Position(number, "")) for number in range(len(expected))] == expected


def test_a_reader_at_an_earlier_position_says_when_that_was_recorded(ledger: Ledger) -> None:
    ledger.append([DIRECTOR, HOLDING], recorded_at=NOON)
    ledger.append([ELSEWHERE], recorded_at=NOON + timedelta(hours=1))
    for number, time in enumerate(
        ("", "2024-03-01T12:00:00.000000Z", "2024-03-01T12:00:00.000000Z", "2024-03-01T13:00:00.000000Z")
    ):
        with ledger.read(Position(number, "")) as reader:
            assert reader.position == Position(number, time)


@pytest.mark.parametrize("number", [-1, 2])
def test_a_position_that_the_ledger_does_not_have_is_told(ledger: Ledger, number: int) -> None:
    ledger.append([DIRECTOR])
    with pytest.raises(LedgerError, match="its last is 1"), ledger.read(Position(number, "")):
        pass


def test_stored_facts_carry_id_position_and_time(ledger: Ledger) -> None:
    ledger.append([FIRM, DIRECTOR], recorded_at=NOON)
    with ledger.read() as reader:
        assert reader.ties_into([FIRM.id]) == [Stored(DIRECTOR, fact_id(DIRECTOR), 2, "2024-03-01T12:00:00.000000Z")]


def test_each_look_up_finds_what_it_is_asked_for_and_nothing_else(ledger: Ledger) -> None:
    ledger.append(ALL)
    with ledger.read() as reader:
        assert said(reader.subjects([FIRM.id, "P1", "unknown"])) == {FIRM, PERSON}
        assert said(reader.ties_into([FIRM.id])) == {DIRECTOR, HOLDING}
        assert said(reader.ties_into([FIRM.id, OTHER.id], ["director"])) == {DIRECTOR, ELSEWHERE}
        assert said(reader.ties_into(["P1"])) == set()
        assert said(reader.ties_of(["P1"])) == {DIRECTOR, HOLDING, ELSEWHERE}
        assert said(reader.ties_of(["P1"], ["shareholder", "never heard of"])) == {HOLDING}
        assert said(reader.records(["R1", FIRM.id])) == {RECORD}
        assert said(reader.records_of([FIRM.id, "R1"])) == {RECORD}
        assert said(reader.findings_of(["R1", "P1"])) == {FINDING}
        assert said(reader.findings_naming(["R1", "P1"])) == {FINDING}
        assert said(reader.events_of(["R1", "P1"])) == {EVENT}
        assert said(reader.listings_of([FIRM.id, OTHER.id])) == {LISTING}
        assert said(reader.facts([fact_id(fact) for fact in ALL])) == set(ALL)
        assert said(reader.facts(["tie-0", "tie-00000000000000000000", "", fact_id(DIRECTOR).upper()])) == set()


def test_a_subject_that_only_ties_mention_is_not_described(ledger: Ledger) -> None:
    ledger.append([DIRECTOR])
    with ledger.read() as reader:
        assert reader.subjects(["P1", FIRM.id]) == []


def test_a_key_asked_twice_is_answered_once(ledger: Ledger) -> None:
    ledger.append(ALL)
    with ledger.read() as reader:
        assert said(reader.ties_into([FIRM.id, FIRM.id])) == {DIRECTOR, HOLDING}
        assert said(reader.ties_of(iter(["P1", "P1"]), iter(["director", "director"]), 5)) == {DIRECTOR, ELSEWHERE}
        assert said(reader.facts([fact_id(FIRM)] * 3)) == {FIRM}


def test_no_keys_or_no_kinds_find_nothing(ledger: Ledger) -> None:
    ledger.append(ALL)
    with ledger.read() as reader:
        assert reader.ties_into([]) == reader.ties_into([FIRM.id], []) == reader.ties_of(["P1"], [], 3) == []
        assert reader.facts([]) == reader.subjects([]) == []


def test_a_limit_counts_for_each_holder_by_the_id_of_the_tie(ledger: Ledger) -> None:
    first = [Tie(f"T{number}", "director", "P1", f"E{number}") for number in (5, 3, 1, 4, 2)]
    second = [Tie(f"U{number}", ("director", "supervisor")[number % 2], "P2", "E1") for number in (4, 3, 2, 1)]
    ledger.append([*first, *second])
    gone = Tie("T0", "director", "P1", "E0")
    ledger.append([gone])
    ledger.append((), retract=[fact_id(gone)])
    with ledger.read() as reader:
        found = reader.ties_of(["P1", "P2", "P3"], limit=2)
        assert sorted(stored.fact.id for stored in found) == ["T1", "T2", "U1", "U2"]
        found = reader.ties_of(["P1", "P2"], kinds=["supervisor"], limit=1)
        assert [stored.fact.id for stored in found] == ["U1"]
        assert len(reader.ties_of(["P1", "P2"], limit=100)) == 9
        assert reader.ties_of(["P1"], limit=0) == []


def test_the_empty_person_of_an_event_is_everybody(ledger: Ledger) -> None:
    everybody = Event("R1", "annulled", 738946)
    ledger.append([everybody])
    with ledger.read() as reader:
        assert said(reader.events_of(["R1"])) == {everybody}


# Identity numbers


def test_identity_hashes_are_keyed_and_steady(ledger: Ledger) -> None:
    one = ledger.identity_hash("passport", "SAMPLE01")
    assert one == ledger.identity_hash(" Passport", "sample01 ")
    assert one != ledger.identity_hash("other", "SAMPLE01")
    assert "SAMPLE01" not in one


def test_the_key_of_the_environment_counts(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_SERVICE_IDENTITY_KEY", "sample key of sixteen")
    expected = hmac.new(b"sample key of sixteen", b"passport:SAMPLE01", sha256).hexdigest()[:40]
    assert ledger.identity_hash("passport", "SAMPLE01") == expected


def test_a_key_of_the_environment_that_is_too_short_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRAPH_SERVICE_IDENTITY_KEY", "tooshort")
    with pytest.raises(LedgerError, match="GRAPH_SERVICE_IDENTITY_KEY is shorter than 16 characters") as raised:
        ledger.identity_hash("passport", "SAMPLE01")
    assert "tooshort" not in str(raised.value)
