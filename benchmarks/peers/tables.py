"""Frames as tables of a database in memory."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

THREADS = 2
"""As many as the joins use on the machine of the benchmark."""


def connected(frames: Mapping[str, pl.DataFrame]) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds these frames as tables of its own, under their names."""
    database = duckdb.connect(config={"threads": THREADS})
    for name, frame in frames.items():
        database.register("brought", frame.to_arrow())
        database.execute(f'CREATE TABLE "{name}" AS FROM brought')
        database.unregister("brought")
    return database


def brought(
    database: duckdb.DuckDBPyConnection,
    query: str,
    schema: Mapping[str, type[pl.DataType]],
    terms: Mapping[str, int] | None = None,
) -> pl.DataFrame:
    """The rows that a query gives as a frame of these columns."""
    found = pl.from_arrow(database.sql(query, params=dict(terms or {})).to_arrow_table())
    assert isinstance(found, pl.DataFrame)
    return found.select(*schema).cast(pl.Schema(schema))
