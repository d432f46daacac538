"""The facts that bear on the records of a run, cut out of the frames and put in order: where every peer starts from.

Where several facts of one kind would do, the engine takes the one of least fact id, so ids are made for those that are alike, and
for no others.
"""

from __future__ import annotations

import polars as pl

from graph_service.engine.bulk.cases import Cases
from graph_service.engine.bulk.law import Law, numbers_of
from graph_service.snapshot.columns import Columns
from graph_service.snapshot.slices import ties_into


def records_of(cases: Cases) -> pl.DataFrame:
    """The cases in the order of records, with their ``place``."""
    return cases.rows.sort("rec").with_row_index("place").with_columns(pl.col("place").cast(pl.Int32))


def findings_of(columns: Columns, records: pl.DataFrame, at: int) -> pl.DataFrame:
    """The findings made by a day on some records: ``(place, row, person, finding)``, of one person in the order of ids."""
    made = pl.col("found_on").is_null() | (pl.col("found_on") <= at)
    found = columns.frames["findings"].with_row_index("row").filter((pl.col("record") >= 0) & made)
    return _ordered(columns, "findings", found, records, "person").select("place", "row", "person", "finding")


def events_of(columns: Columns, records: pl.DataFrame, at: int) -> pl.DataFrame:
    """The events by a day on some records: ``(place, row, kind, on, person)`` by day, of one day in the order of ids."""
    found = columns.frames["events"].with_row_index("row").filter((pl.col("record") >= 0) & (pl.col("on") <= at))
    return _ordered(columns, "events", found, records, "on").select("place", "row", "kind", "on", "person")


def ties_of(columns: Columns, records: pl.DataFrame, law: Law) -> pl.DataFrame:
    """The ties into recorded subjects by which some rule reaches, with their rows as ``tie``.

    ``rank`` is the order of ids among those of one holder.
    """
    kinds = numbers_of(role for one in law.askings for role in one.roles)
    into = ties_into(columns.frames["ties"], records["subject"]).filter(pl.col("kind").is_in(list(kinds)))
    return into.join(_ranks(columns, "ties", into, ["enterprise", "holder"], "tie"), on="tie", how="left").with_columns(
        pl.col("rank").fill_null(0)
    )


def _ordered(columns: Columns, table: str, found: pl.DataFrame, records: pl.DataFrame, by: str) -> pl.DataFrame:
    ranks = _ranks(columns, table, found, ["record", by], "row")
    placed = found.join(records.select("place", "rec"), left_on="record", right_on="rec").join(ranks, on="row", how="left")
    return placed.sort("place", by, "rank", nulls_last=False)


def _ranks(columns: Columns, table: str, frame: pl.DataFrame, alike: list[str], row: str) -> pl.DataFrame:
    """The order of fact ids, from 1, among the rows that are alike in some columns; others are not there."""
    again = frame.filter(pl.struct(alike).is_duplicated()).select(row)
    ordered = again.with_columns(id=columns.fact_ids(table, again[row])).sort("id").with_row_index("rank", offset=1)
    return ordered.select(row, pl.col("rank").cast(pl.Int32))
