"""The closed forms for intervals with gaps, against the readings that they stand for, one by one."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from graph_service.model.interval import Bound, Interval, any_surely_overlaps, covers, overlaps
from graph_service.model.verdict import Verdict

DAYS = tuple(range(100, 108))
bounds = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(lambda pair: Bound(min(pair), max(pair)))
intervals = st.tuples(bounds, bounds).filter(lambda pair: pair[0].lo < pair[1].hi).map(lambda pair: Interval(*pair))


def readings(interval: Interval) -> list[set[int]]:
    """Every admissible reading, as the days that it holds."""
    starts = range(interval.start.lo, interval.start.hi + 1)
    ends = range(interval.end.lo, interval.end.hi + 1)
    return [set(range(start, end)) for start, end in product(starts, ends) if start < end]


def verdict(outcomes: list[bool]) -> Verdict:
    return Verdict.of(always=all(outcomes), ever=any(outcomes))


@given(intervals, st.sampled_from(DAYS))
def test_covering_a_day_is_covering_it_in_every_reading(interval: Interval, day: int) -> None:
    assert covers(interval, day) is verdict([day in days for days in readings(interval)])


@given(intervals, intervals)
def test_overlapping_is_overlapping_in_every_pair_of_readings(one: Interval, other: Interval) -> None:
    outcomes = [bool(days & more) for days, more in product(readings(one), readings(other))]
    assert overlaps(one, other) is verdict(outcomes)
    assert overlaps(other, one) is overlaps(one, other)


@given(st.lists(intervals, max_size=3), intervals)
def test_several_together_meet_one_and_the_same_target(held: list[Interval], target: Interval) -> None:
    surely = all(any(all(bool(days & there) for days in readings(one)) for one in held) for there in readings(target))
    # The gaps of the held are independent: under one target they are certain together only if one of them is.
    assert any_surely_overlaps(held, target) is surely


@given(intervals)
def test_the_text_of_an_interval_reads_back(interval: Interval) -> None:
    assert Interval.parse(str(interval.start), str(interval.end)) == interval


def test_the_end_of_the_calendar_may_be_written() -> None:
    assert Interval.parse("2020", "9999").end.hi < Bound.parse("", "end").lo
    assert Bound.parse("9999-12", "start").dated is False
