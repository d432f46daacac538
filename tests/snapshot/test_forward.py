"""Columns that follow their ledger say what columns made anew say, whatever was added, corrected and retracted on the way."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Position
from graph_service.model.facts import Event, Fact, Finding, Record, Subject, SubjectKind, Tie, fact_id
from graph_service.model.share import Share
from graph_service.snapshot import edits
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.forward import forward
from tests.ledger.fact_strategies import facts
from tests.snapshot.same import assert_same


@dataclass(frozen=True)
class Step:
    """An append: facts, and which of the facts so far to retract (by number, modulo)."""

    added: list[Fact]
    retracted: list[int]


steps = st.builds(Step, st.lists(facts, max_size=6), st.lists(st.integers(0, 60), max_size=4))


def apply(ledger: MemoryLedger, step: Step) -> None:
    changes = list(ledger.since(0))
    retract = [changes[number % len(changes)].fact_id for number in step.retracted] if changes else []
    ledger.append(step.added, retract)


@given(st.lists(steps, min_size=1, max_size=5), st.lists(steps, min_size=1, max_size=4), st.lists(steps, max_size=3), st.data())
@settings(max_examples=100)
def test_columns_that_followed_say_what_columns_made_anew_say(
    before: list[Step], after: list[Step], later: list[Step], data: st.DataObject
) -> None:
    ledger = MemoryLedger()
    for step in before:
        apply(ledger, step)
    with ledger.read() as reader:
        columns = columns_of(reader)
    for some in (after, later):
        start, ties = columns.position.number, columns.frames["ties"].height
        columns.tie_ranks(pl.Series(data.draw(st.lists(st.integers(0, ties - 1))) if ties else [], dtype=pl.UInt32))
        for step in some:
            apply(ledger, step)
        with ledger.read() as reader, pytest.MonkeyPatch.context() as patch:
            patch.setattr(edits, "FEW", data.draw(st.sampled_from([0, 3, 1000])))
            columns, _ = forward(columns, ledger.since(start), reader.position)
            assert_same(columns, columns_of(reader))


def followed(first: list[Fact], then: list[Fact], retract: list[Fact] | None = None) -> None:
    ledger = MemoryLedger.of(first)
    with ledger.read() as reader:
        columns = columns_of(reader)
    ledger.append(then, [fact_id(fact) for fact in retract or []])
    with ledger.read() as reader:
        moved, _ = forward(columns, ledger.since(columns.position.number), reader.position)
        assert_same(moved, columns_of(reader))


RECORD = Record("R", "E", "health_safety")
HALF = Tie("T", "shareholder", "P", "E", share=Share.of(Fraction(1, 2)))


def test_a_record_that_comes_after_its_finding_is_named_by_it() -> None:
    followed([Finding("R", "P", "knew"), Event("R", "repaired", 738000)], [RECORD])


def test_a_record_that_goes_leaves_its_finding_without_one() -> None:
    followed([RECORD, Record("Q", "E"), Finding("R", "P", "knew"), Finding("Q", "P", "knew")], [], [RECORD])


def test_a_corrected_record_is_named_by_the_findings_that_named_it_before() -> None:
    followed([RECORD, Record("Q", "E"), Finding("R", "P", "knew")], [Record("R", "E", "market_order")])


def test_a_subject_that_only_a_retracted_tie_mentioned_is_gone() -> None:
    followed([HALF, Tie("U", "director", "A", "E")], [], [HALF])


def test_a_description_that_goes_leaves_a_subject_that_a_tie_mentions() -> None:
    described = Subject("P", SubjectKind.PERSON, "Ann Example")
    followed([HALF, described], [], [described])


def test_a_share_that_the_common_denominator_does_not_fit_changes_it() -> None:
    followed([HALF], [Tie("U", "shareholder", "A", "E", share=Share.of(Fraction(1, 7)))])


def test_an_enterprise_has_a_denominator_again_when_the_share_that_fits_none_goes() -> None:
    odd = Tie("U", "shareholder", "A", "E", share=Share.of(Fraction(1, 3**60)))
    followed([HALF, odd], [], [odd])
    followed([HALF, odd], [Tie("V", "shareholder", "B", "E2", share=Share.of(Fraction(1, 2)))], [odd])


def test_a_key_before_all_others_moves_their_numbers() -> None:
    followed([HALF], [Tie("U", "shareholder", "0", "E2"), Tie("V", "director", "E", "0")])


def test_ties_that_join_or_leave_a_pair_change_the_places_of_the_others() -> None:
    pair = [Tie(f"T{number}", "director", "P", "E", title=str(number)) for number in range(9)]
    others = [Tie(f"U{number}", "director", "Q", "E") for number in range(2)]
    ledger = MemoryLedger.of([*pair[:5], *others])
    with ledger.read() as reader:
        columns = columns_of(reader)
    columns.tie_ranks(pl.int_range(7, eager=True))
    for came, gone in ((pair[5:], pair[:2]), ([], [others[1]]), ([others[1]], pair[2:8])):
        ledger.append(came, [fact_id(fact) for fact in gone])
        with ledger.read() as reader:
            columns, _ = forward(columns, ledger.since(columns.position.number), reader.position)
            assert columns.ranks.known is not None
            assert_same(columns, columns_of(reader))


def test_frames_that_nothing_touches_stay_as_they_are() -> None:
    ledger = MemoryLedger.of([HALF, RECORD])
    with ledger.read() as reader:
        columns = columns_of(reader)
    ledger.append([Record("Q", "E"), Finding("Q", "P", "knew")])
    with ledger.read() as reader:
        moved, _ = forward(columns, ledger.since(columns.position.number), reader.position)
    for table in ("subjects", "ties", "holdings", "listings"):
        assert moved.frames[table] is columns.frames[table]


def test_columns_of_another_history_do_not_follow() -> None:
    with MemoryLedger.of([HALF]).read() as reader:
        columns = columns_of(reader)
    other = MemoryLedger.of([RECORD])
    other.append([], [fact_id(RECORD)])
    with pytest.raises(ValueError, match="retracted"):
        forward(columns, other.since(1), Position(2, ""))
