"""Random histories: every store against a model of the protocol so plain that it can be seen to be right."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Change, Ledger, Outcome, Position, Reader
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.ledger.sqlite_codec import share_of, share_text
from graph_service.model.facts import (
    FACT_TYPES,
    Event,
    Fact,
    Finding,
    Listing,
    Record,
    Stored,
    Subject,
    SubjectKind,
    Tie,
    fact_id,
)
from graph_service.model.share import Share
from tests.ledger import fact_strategies as some
from tests.ledger.conftest import Make

START = datetime(2024, 1, 1, tzinfo=UTC)
steps = st.lists(
    st.tuples(some.batches, st.lists(st.integers(min_value=0, max_value=40), max_size=3), st.integers(min_value=-5, max_value=5)),
    max_size=6,
)


class Plain:
    """The protocol by its words: a list of changes, and a walk over it for every question."""

    def __init__(self) -> None:
        self.changes: list[tuple[bool, Fact]] = []
        self.times: list[datetime] = []

    def live(self, at: int | None = None) -> dict[str, Fact]:
        facts: dict[str, Fact] = {}
        for added, fact in self.changes[:at]:
            if added:
                assert fact.key not in facts
                facts[fact.key] = fact
            else:
                assert facts.pop(fact.key) == fact
        return facts

    def append(self, facts: list[Fact], retract: list[str], asked: datetime) -> list[Outcome]:
        before, outcomes = len(self.changes), []
        for identity in retract:
            self.changes += [(False, fact) for fact in self.live().values() if fact_id(fact) == identity]
        for fact in facts:
            old = self.live().get(fact.key)
            if old == fact:
                outcomes.append(Outcome.UNCHANGED)
            elif isinstance(fact, Subject) and isinstance(old, Subject) and {old.kind, fact.kind} == _KINDS:
                outcomes.append(Outcome.REFUSED)
            else:
                self.changes += [(False, old)] if old else []
                self.changes.append((True, fact))
                outcomes.append(Outcome.CORRECTED if old else Outcome.ADDED)
        time = max([asked, *self.times])
        self.times += [time] * (len(self.changes) - before)
        return outcomes


_KINDS = {SubjectKind.PERSON, SubjectKind.ENTERPRISE}


def check_reader(reader: Reader, live: dict[str, Fact], pick: random.Random) -> None:
    def expect(found: Iterable[Stored[Fact]], wanted: list[Fact]) -> None:
        stored = list(found)
        assert sorted(map(repr, wanted)) == sorted(repr(one.fact) for one in stored)
        assert all(one.id == fact_id(one.fact) and 0 < one.position <= reader.position.number for one in stored)

    facts = list(live.values())
    keys = pick.sample(some.KEYS, 3)
    records = pick.sample(some.RECORDS, 2)
    kinds = pick.sample(("director", "shareholder", "a kind of its own"), 2)
    ties = [fact for fact in facts if isinstance(fact, Tie)]
    for kind in FACT_TYPES:
        expect(reader.scan(kind), [fact for fact in facts if type(fact) is kind])
    expect(reader.subjects(keys), [fact for fact in facts if isinstance(fact, Subject) and fact.id in keys])
    expect(reader.ties_into(keys), [tie for tie in ties if tie.enterprise in keys])
    expect(reader.ties_into(keys, kinds), [tie for tie in ties if tie.enterprise in keys and tie.kind in kinds])
    expect(reader.ties_of(keys), [tie for tie in ties if tie.holder in keys])
    expect(reader.ties_of(keys, kinds), [tie for tie in ties if tie.holder in keys and tie.kind in kinds])
    limited: list[Fact] = []
    for key in keys:
        limited += sorted((tie for tie in ties if tie.holder == key and tie.kind in kinds), key=lambda tie: tie.id)[:1]
    expect(reader.ties_of(keys, kinds, limit=1), limited)
    expect(reader.records(records), [fact for fact in facts if isinstance(fact, Record) and fact.id in records])
    expect(reader.records_of(keys), [fact for fact in facts if isinstance(fact, Record) and fact.subject in keys])
    expect(reader.findings_of(records), [fact for fact in facts if isinstance(fact, Finding) and fact.record in records])
    expect(reader.findings_naming(keys), [fact for fact in facts if isinstance(fact, Finding) and fact.person in keys])
    expect(reader.events_of(records), [fact for fact in facts if isinstance(fact, Event) and fact.record in records])
    expect(reader.listings_of(keys), [fact for fact in facts if isinstance(fact, Listing) and fact.subject in keys])
    named = pick.sample(facts, len(facts) // 2)
    expect(reader.facts([fact_id(fact) for fact in named]), named)


def text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


def check_history(ledger: Ledger, history: list[tuple[list[Fact], list[int], int]], seed: int) -> None:
    plain, pick = Plain(), random.Random(seed)
    ever: list[str] = []
    for facts, retract, hours in history:
        ids = [ever[number % len(ever)] for number in retract if ever]
        asked = START + timedelta(hours=hours)
        receipt = ledger.append(facts, ids, asked)
        assert list(receipt.outcomes) == plain.append(facts, ids, asked)
        assert receipt.position == ledger.last().number == len(plain.changes)
        ever += [fact_id(fact) for fact in facts]
    expected = [
        Change(number + 1, text(plain.times[number]), added, fact_id(fact), fact)
        for number, (added, fact) in enumerate(plain.changes)
    ]
    assert list(ledger.since(0)) == expected
    for number in {len(expected), *pick.choices(range(len(expected) + 1), k=3)}:
        assert list(ledger.since(number, 2)) == expected[number : number + 2]
        with ledger.read(Position(number, "")) as reader:
            assert reader.position == Position(number, expected[number - 1].recorded_at if number else "")
            check_reader(reader, plain.live(number), pick)
    for hours in range(-6, 7, 3):
        moment = START + timedelta(hours=hours)
        assert ledger.position_at(moment).number == sum(time <= moment for time in plain.times)


@given(history=steps, seed=st.integers(min_value=0, max_value=1000))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_any_history_reads_as_the_protocol_says(make: Make, history: list[tuple[list[Fact], list[int], int]], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ledger = make(Path(folder))
        try:
            check_history(ledger, history, seed)
        finally:
            ledger.close()


@given(history=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_ledger_opened_again_goes_on_where_it_was(history: list[tuple[list[Fact], list[int], int]]) -> None:
    memory = MemoryLedger()
    with tempfile.TemporaryDirectory() as folder:
        for facts, _, hours in history:
            asked = START + timedelta(hours=hours)
            ledger = SqliteLedger.open(Path(folder) / "ledger.db")
            try:
                assert ledger.append(facts, recorded_at=asked) == memory.append(facts, recorded_at=asked)
                assert list(ledger.since(0)) == list(memory.since(0))
            finally:
                ledger.close()


@given(some.shares())
def test_every_share_is_kept_exactly(share: Share) -> None:
    assert share_of(share_text(share)) == share
