"""Another place where the joins run: DuckDB, through narwhals, with a table for every frame that is computed once."""

from __future__ import annotations

from itertools import count
from typing import Any

import duckdb
import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import Backend, Frame


def duckdb_backend() -> Backend:
    """A backend on a database of its own in memory."""
    database = duckdb.connect()
    numbers = count()

    def keep(relation: Any) -> Frame:
        name = f"frame_{next(numbers)}"
        relation.create(name)
        return nw.from_native(database.table(name))

    def table(frame: pl.DataFrame) -> Frame:
        return keep(database.from_arrow(frame.to_arrow()))

    def collect(frame: Frame) -> pl.DataFrame:
        native: Any = nw.to_native(frame)
        found = pl.from_arrow(native.to_arrow_table())
        assert isinstance(found, pl.DataFrame)
        return found

    return Backend(table=table, materialise=lambda frame: keep(nw.to_native(frame)), collect=collect)
