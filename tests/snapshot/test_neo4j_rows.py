"""The lists of a Neo4j ledger make the columns that its facts make, one by one."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.neo4j import Neo4jLedger
from graph_service.ledger.protocol import Position
from graph_service.model.facts import Fact
from graph_service.snapshot.build import TABLES, columns_of, fact_frame
from graph_service.snapshot.neo4j_rows import FRAMES
from tests.ledger.fact_strategies import batches
from tests.neo4j_fixtures import GROUP, Neo4j
from tests.snapshot.same import assert_same

pytestmark = GROUP


@given(st.lists(batches, max_size=4), st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_lists_of_a_neo4j_ledger_make_the_columns_that_its_facts_make(
    neo4j: Neo4j, history: list[list[Fact]], data: st.DataObject
) -> None:
    neo4j.empty()
    with closing(Neo4jLedger.open(neo4j.uri)) as ledger:
        for batch in history:
            ledger.append(batch)
        at = data.draw(st.integers(0, ledger.last().number))
        with ledger.read(Position(at, "")) as reader:
            for table, frame in FRAMES.items():
                order = "position"
                assert frame(reader).sort(order).equals(fact_frame(table, reader.scan(TABLES[table])).sort(order)), table
            columns = columns_of(reader)
            copy = MemoryLedger()
            for change in ledger.since(0, at):
                copy.append(
                    [change.fact] if change.added else [], [] if change.added else [change.fact_id], _moment(change.recorded_at)
                )
            with copy.read() as plain:
                assert_same(columns, columns_of(plain))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
