"""Columns as a `graph_service.ledger.protocol.Reader`: so that a trace walks them as it walks a ledger.

Look-ups by what ties are sorted by are binary searches; the other indexes (holders, records, persons, subjects) are orders of row
numbers, made when they are first asked for and kept.  Facts are made only for the rows that are found.

Invariant: the facts of the ledger that the columns were made of, at their position.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie
from graph_service.snapshot.columns import KINDS, Columns
from graph_service.snapshot.rows import NAMES

F = TypeVar("F", bound=Fact)
Rows = np.ndarray[tuple[int], np.dtype[np.int64]]
PAGE = 50_000
"""Facts of a scan that are made at a time."""
_TABLES = {Subject: "subjects", Tie: "ties", Record: "records", Finding: "findings", Event: "events", Listing: "listings"}


class ColumnarReader:
    """The facts that columns hold."""

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._indexes: dict[tuple[str, str], tuple[Rows, Rows]] = {}

    @property
    def position(self) -> Position:
        """Where the columns stand."""
        return self._columns.position

    def subjects(self, ids: Iterable[str]) -> list[Stored[Subject]]:
        """See `Reader.subjects`."""
        found = self._numbers(ids)
        described = self._columns.frames["subjects"]["position"].gather(found) >= 0
        return cast("list[Stored[Subject]]", self._facts("subjects", found.filter(described)))

    def ties_into(self, enterprises: Iterable[str], kinds: Iterable[str] | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_into`."""
        held = self._columns.frames["ties"]["enterprise"].to_numpy()
        return self._ties(_runs(held, self._numbers(enterprises).to_numpy()), kinds)

    def ties_of(self, holders: Iterable[str], kinds: Iterable[str] | None = None, limit: int | None = None) -> list[Stored[Tie]]:
        """See `Reader.ties_of`.  The first call makes an index of all ties by holder."""
        rows = self._by("ties", "holder", self._numbers(holders).to_numpy())
        if limit is None:
            return self._ties(rows, kinds)
        first: list[Stored[Tie]] = []
        of: dict[str, list[Stored[Tie]]] = {}
        for tie in self._ties(rows, kinds):
            of.setdefault(tie.fact.holder, []).append(tie)
        for held in of.values():
            first += sorted(held, key=lambda tie: tie.fact.id)[: max(limit, 0)]
        return first

    def ties(self, ids: Iterable[str]) -> list[Stored[Tie]]:
        """See `Reader.ties`.  Costs a scan of the ids."""
        return cast("list[Stored[Tie]]", self._facts("ties", self._columns.find("ties", "id", _texts(ids))))

    def records(self, ids: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records`."""
        return cast("list[Stored[Record]]", self._facts("records", self._record_rows(ids)))

    def records_of(self, subjects: Iterable[str]) -> list[Stored[Record]]:
        """See `Reader.records_of`."""
        rows = self._by("records", "subject", self._numbers(subjects).to_numpy())
        return cast("list[Stored[Record]]", self._facts("records", pl.Series(rows)))

    def findings_of(self, records: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_of`."""
        return cast("list[Stored[Finding]]", self._of_records("findings", list(records)))

    def findings_naming(self, persons: Iterable[str]) -> list[Stored[Finding]]:
        """See `Reader.findings_naming`."""
        rows = self._by("findings", "person", self._numbers(persons).to_numpy())
        return cast("list[Stored[Finding]]", self._facts("findings", pl.Series(rows)))

    def events_of(self, records: Iterable[str]) -> list[Stored[Event]]:
        """See `Reader.events_of`."""
        return cast("list[Stored[Event]]", self._of_records("events", list(records)))

    def listings_of(self, subjects: Iterable[str]) -> list[Stored[Listing]]:
        """See `Reader.listings_of`."""
        rows = self._by("listings", "subject", self._numbers(subjects).to_numpy())
        return cast("list[Stored[Listing]]", self._facts("listings", pl.Series(rows)))

    def facts(self, ids: Iterable[str]) -> list[Stored[Fact]]:
        """See `Reader.facts`.  Costs a scan of the ids of the kinds asked for; where a source stored none they are made."""
        wanted = list(dict.fromkeys(ids))
        found: list[Stored[Fact]] = []
        for table, name in NAMES.items():
            of_table = [one for one in wanted if one.startswith(f"{name}-")]
            if of_table:
                rows = self._ids(table)
                found += self._facts(table, rows.filter(pl.col("id").is_in(of_table))["row"])
        return found

    def scan(self, kind: type[Fact]) -> Iterator[Stored[Fact]]:
        """See `Reader.scan`."""
        table = _TABLES[kind]
        rows = self._columns.frames[table].with_row_index("row").filter(pl.col("position") >= 0).sort("position")["row"]
        for first in range(0, rows.len(), PAGE):
            yield from self._facts(table, rows.slice(first, PAGE))

    def _facts(self, table: str, rows: pl.Series) -> list[Stored[Fact]]:
        return self._columns.facts(table, rows.to_list())

    def _ties(self, rows: Rows, kinds: Iterable[str] | None) -> list[Stored[Tie]]:
        found = pl.Series(rows, dtype=pl.UInt32)
        if kinds is None:
            return cast("list[Stored[Tie]]", self._facts("ties", found))
        wanted = frozenset(kinds)
        # A word outside the vocabulary has the number -1, whichever it is.
        numbers = list({KINDS.get(kind, -1) for kind in wanted})
        found = found.filter(self._columns.frames["ties"]["kind"].gather(found).is_in(numbers))
        ties = cast("list[Stored[Tie]]", self._facts("ties", found))
        return [tie for tie in ties if tie.fact.kind in wanted] if -1 in numbers else ties

    def _numbers(self, keys: Iterable[str]) -> pl.Series:
        """The numbers of subjects; of a key that nobody mentions there is none."""
        wanted = _texts(keys).sort()
        ordered, rows = self._keys
        place = ordered.search_sorted(wanted)
        there = place < ordered.len()
        place, wanted = place.filter(there), wanted.filter(there)
        return rows.gather(place.filter(ordered.gather(place) == wanted))

    @cached_property
    def _keys(self) -> tuple[pl.Series, pl.Series]:
        """The keys in their order, and the number of each."""
        subjects = self._columns.frames["subjects"].select("key", "order").with_row_index("row")
        if not subjects["order"].is_sorted():
            subjects = subjects.sort("order")
        return subjects["key"], subjects["row"]

    @cached_property
    def _record_numbers(self) -> dict[str, int]:
        return {key: row for row, key in enumerate(self._columns.frames["records"]["id"])}

    def _record_rows(self, ids: Iterable[str]) -> pl.Series:
        numbers = self._record_numbers
        return pl.Series([numbers[one] for one in dict.fromkeys(ids) if one in numbers], dtype=pl.UInt32)

    def _of_records(self, table: str, records: list[str]) -> list[Stored[Fact]]:
        """What follows some records; also of records that no row states."""
        rows = self._by(table, "record", self._record_rows(records).to_numpy())
        found = self._facts(table, pl.Series(rows))
        if any(one not in self._record_numbers for one in records):
            stray = self._facts(table, (self._columns.frames[table]["record"] < 0).arg_true())
            wanted = frozenset(records)
            found += [one for one in stray if isinstance(one.fact, Finding | Event) and one.fact.record in wanted]
        return found

    def _by(self, table: str, column: str, values: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Rows:
        """The rows with some values in a column, by an index that is made once."""
        held = self._indexes.get((table, column))
        if held is None:
            numbers = self._columns.frames[table][column].to_numpy()
            order = np.argsort(numbers, kind="stable")
            held = self._indexes[table, column] = (numbers[order], order)
        ordered, order = held
        return order[_runs(ordered, values)]

    def _ids(self, table: str) -> pl.DataFrame:
        frame = self._columns.frames[table].select("position").with_row_index("row").filter(pl.col("position") >= 0)
        return frame.with_columns(id=self._columns.fact_ids(table, frame["row"]))


def _texts(values: Iterable[str]) -> pl.Series:
    return pl.Series(list(dict.fromkeys(values)), dtype=pl.String)


def _runs(ordered: Rows, values: Rows) -> Rows:
    """The places of values in an ordered array, all places of each."""
    values = values.astype(ordered.dtype)  # of another type, each search would copy the whole array
    first, after = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    counts = after - first
    if not counts.size:
        return np.zeros(0, dtype=np.int64)
    starts = first - np.concatenate([[0], np.cumsum(counts)[:-1]])
    return np.repeat(starts, counts) + np.arange(int(counts.sum()))
