"""Random facts over few keys, so that corrections, repetitions and shared neighbours are common."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import FIRST, LAST, OPEN_END, OPEN_START, UNKNOWN, Bound, Interval
from graph_service.model.share import UNKNOWN_SHARE, Share
from graph_service.model.words import EVENTS, FINDINGS

KEYS = ("A", "B", "C", "甲公司", "key with spaces?", 'o\'clock "%"')
RECORDS = ("R1", "R2", "A")
DAYS = st.integers(min_value=738000, max_value=738005)

keys = st.sampled_from(KEYS)
records_ids = st.sampled_from(RECORDS)
texts = st.sampled_from(("", "x", "局", "a;b", "'"))


@st.composite
def bounds(draw: st.DrawFn, open_bound: Bound) -> Bound:
    one, other = draw(DAYS), draw(DAYS)
    lo, hi = min(one, other), max(one, other)
    return draw(st.sampled_from((open_bound, UNKNOWN, Bound.on(lo), Bound(lo, hi), Bound(FIRST, hi), Bound(lo, LAST))))


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    start, end = draw(bounds(OPEN_START)), draw(bounds(OPEN_END))
    return Interval(start, end) if start.lo < end.hi else Interval(start, OPEN_END)


fractions = st.one_of(
    st.sampled_from((Fraction(0), Fraction(1), Fraction(1, 2), Fraction(1, 3), Fraction(3333, 10000))),
    st.fractions(min_value=0, max_value=1),
    st.integers(min_value=1, max_value=120).map(lambda power: Fraction(1, 3**power)),
)


@st.composite
def shares(draw: st.DrawFn) -> Share:
    one, other = sorted((draw(fractions), draw(fractions)))
    if one == other:
        return Share(one, one)
    return draw(st.sampled_from((Share.of(one), UNKNOWN_SHARE, Share(one, other, draw(st.booleans()), draw(st.booleans())))))


subjects = st.builds(
    Subject,
    id=keys,
    kind=st.sampled_from(SubjectKind),
    name=texts,
    form=texts,
    opened_on=bounds(OPEN_START),
    closed_on=bounds(OPEN_END),
    state_owned=st.booleans(),
    id_hash=texts,
    note=texts,
)
ties = st.builds(
    Tie,
    id=st.sampled_from(("T1", "T2", "t10", "关系", "~0")),
    kind=st.sampled_from(("director", "shareholder", "a kind of its own")),
    holder=keys,
    enterprise=keys,
    valid=intervals(),
    share=st.none() | shares(),
    title=texts,
    source=texts,
)
records = st.builds(
    Record,
    id=records_ids,
    subject=keys,
    family=texts,
    act=intervals(),
    decided_on=bounds(UNKNOWN),
    instrument_no=texts,
    outcome=texts,
)
findings = st.builds(
    Finding,
    record=records_ids,
    person=keys,
    finding=st.sampled_from(FINDINGS[:2]),
    instrument_no=texts,
    found_on=st.none() | DAYS,
)
events = st.builds(
    Event,
    record=records_ids,
    kind=st.sampled_from(EVENTS[:2]),
    on=DAYS,
    person=st.just("") | keys,
    instrument_no=texts,
)
listings = st.builds(
    Listing,
    subject=keys,
    regime=st.sampled_from(("us-ofac", "eu")),
    listed=intervals(),
    instrument_no=texts,
)
facts: st.SearchStrategy[Fact] = st.one_of(subjects, ties, records, findings, events, listings)
batches = st.lists(facts, max_size=8)


def retitled(tie: Tie, title: str) -> Tie:
    """The same tie with other content."""
    return replace(tie, title=title)
