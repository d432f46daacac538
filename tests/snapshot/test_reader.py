"""Columns read as a ledger is read: the same facts for every look-up, and so the same traces."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.rows import rows_by_trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Reader
from graph_service.model.facts import FACT_TYPES, Fact, Record, Stored, Tie
from graph_service.model.interval import parse_day
from graph_service.policy.choosing import choose_packs
from graph_service.snapshot.build import columns_of
from graph_service.snapshot.reader import ColumnarReader
from graph_service.snapshot.view import View
from tests.engine.bulk.registers import sample_ledger
from tests.strategies_ownership import registers

KEYS = ("P1", "P2", "P9", "U1", "E1", "E2", "A", "B", "X", "Y", "nobody", "")
RECORDS = ("R0", "R1", "elsewhere")


def answers(reader: Reader, facts: Sequence[Fact]) -> list[list[str]]:
    """What a reader gives for every look-up, each as sorted texts."""

    def told(found: Sequence[Stored[Fact]]) -> list[str]:
        return sorted(map(repr, found))

    ties = [fact.id for fact in facts if isinstance(fact, Tie)]
    ids = [stored.id for kind in FACT_TYPES for stored in reader.scan(kind)]
    return [
        *(told(list(reader.scan(kind))) for kind in FACT_TYPES),
        told(reader.subjects(KEYS)),
        told(reader.ties_into(KEYS)),
        told(reader.ties_into(KEYS, ["director", "shareholder"])),
        told(reader.ties_of(KEYS)),
        told(reader.ties_of(KEYS, ["director"])),
        told(reader.ties_of(KEYS, None, 1)),
        told(reader.ties([*ties[:3], "no-tie"])),
        told(reader.records(RECORDS)),
        told(reader.records_of(KEYS)),
        told(reader.findings_of(RECORDS)),
        told(reader.findings_naming(KEYS)),
        told(reader.events_of(RECORDS)),
        told(reader.listings_of(KEYS)),
        told(reader.facts([*ids[::2], "tie-00", "nonsense"])),
    ]


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(registers(deaths=True), st.lists(st.integers(0, 30), max_size=4))
def test_every_look_up_gives_the_facts_that_the_ledger_gives(facts: list[Fact], gone: list[int]) -> None:
    ledger = MemoryLedger.of(facts)
    with ledger.read() as reader:
        live = [stored.id for kind in FACT_TYPES for stored in reader.scan(kind)]
    ledger.append([], retract=[live[number] for number in gone if number < len(live)])
    with ledger.read() as reader:
        assert answers(ColumnarReader(columns_of(reader)), facts) == answers(reader, facts)


def test_a_trace_of_columns_is_a_trace_of_the_ledger() -> None:
    packs, at = choose_packs(()), parse_day("2020-06-30")
    with sample_ledger(200).read() as reader:
        records = sorted((one for one in reader.scan(Record) if isinstance(one.fact, Record)), key=lambda one: one.id)
        expected = rows_by_trace(View(reader), records, packs, at)  # type: ignore[arg-type]
        found = rows_by_trace(View(ColumnarReader(columns_of(reader))), records, packs, at)  # type: ignore[arg-type]
    assert expected.verdicts
    assert found == expected


def test_ties_of_a_kind_outside_the_vocabulary_are_found_by_it() -> None:
    odd, other = Tie("T1", "a kind of its own", "P1", "E1"), Tie("T2", "another kind", "P1", "E1")
    with MemoryLedger.of([odd, other, Tie("T3", "director", "P1", "E1")]).read() as reader:
        columns = ColumnarReader(columns_of(reader))
    assert [tie.fact for tie in columns.ties_of(["P1"], ["a kind of its own"])] == [odd]
    assert [tie.fact.id for tie in columns.ties_into(["E1"], ["another kind", "director"])] == ["T2", "T3"]
    assert columns.ties_of(["P1"], ["a third"]) == []
