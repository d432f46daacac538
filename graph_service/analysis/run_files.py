"""The files of a run: tables written and read a piece at a time, as Parquet or CSV.

* Parquet: row groups of `ROW_GROUP` rows whatever the pieces were, so that the same rows give the same bytes;
* CSV: UTF-8 with a header; fact ids and codes of one cell stand with a blank between them, other lists as JSON; what is missing
  is an empty cell.

Memory: some pieces and one row group.  Invariants: what is read back is what was written; rows keep their order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import polars as pl
from polars.io.plugins import register_io_source

from graph_service.analysis.run_tables import NULLABLE, Schema

Form = Literal["parquet", "csv"]
ROW_GROUP = 100_000
PIECE = 100_000
"""Rows of a piece that is read back."""
_KEYS = frozenset({"owners", "shares", "listed"})
"""Lists of texts that may hold blanks."""


def write_table(place: Path, form: Form, schema: Schema, pieces: Iterator[pl.DataFrame]) -> int:
    """Write pieces of a table one after another; how many rows there were.  Costs a pass, in the memory of some pieces."""
    return _write_parquet(place, schema, pieces) if form == "parquet" else _write_csv(place, schema, pieces)


def _write_parquet(place: Path, schema: Schema, pieces: Iterator[pl.DataFrame]) -> int:
    rows = 0
    failed: list[BaseException] = []

    def source(
        columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch: int | None
    ) -> Iterator[pl.DataFrame]:
        nonlocal rows
        try:
            for piece in pieces:
                rows += piece.height
                yield piece if columns is None else piece.select(columns)
        except BaseException as error:
            failed.append(error)  # the library tells of it in its own words; ours are better
            raise

    try:
        register_io_source(source, schema=schema).sink_parquet(
            place, row_group_size=ROW_GROUP, compression="zstd", compression_level=3, maintain_order=True
        )
    except BaseException:
        if failed:
            raise failed[0] from None
        raise
    return rows


def _write_csv(place: Path, schema: Schema, pieces: Iterator[pl.DataFrame]) -> int:
    rows = 0
    with place.open("wb") as out:
        pl.DataFrame(schema=dict.fromkeys(schema, pl.String)).write_csv(out)
        for piece in pieces:
            rows += piece.height
            _flat(piece).write_csv(out, include_header=False, null_value="", quote_style="necessary")
    return rows


def _flat(piece: pl.DataFrame) -> pl.DataFrame:
    """A piece whose lists are texts."""
    lists = [name for name, kind in piece.schema.items() if kind == pl.List(pl.String)]
    return piece.with_columns(
        *(pl.col(name).list.join(" ") for name in lists if name not in _KEYS),
        *(
            pl.Series(name, [json.dumps(value, ensure_ascii=False) for value in piece[name].to_list()], dtype=pl.String)
            for name in lists
            if name in _KEYS
        ),
        *(
            pl.col(name).replace_strict({True: "true", False: "false"}, return_dtype=pl.String)
            for name, kind in piece.schema.items()
            if kind == pl.Boolean
        ),
    )


def read_table(place: Path, form: Form, schema: Schema) -> Iterator[pl.DataFrame]:
    """The pieces of a table that was written, in order."""
    if form == "parquet":
        yield from pl.scan_parquet(place, glob=False).select(*schema).collect_batches(chunk_size=PIECE)
        return
    texts = pl.scan_csv(place, schema=dict.fromkeys(schema, pl.String), glob=False)
    for piece in texts.collect_batches(chunk_size=PIECE):
        yield _unflat(piece, schema)


def _unflat(piece: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    made = []
    for name, kind in schema.items():
        cell = pl.col(name).fill_null("")
        if kind == pl.Boolean:
            made.append((cell == "true").alias(name))
        elif kind == pl.List(pl.String):
            if name in _KEYS:
                values = [json.loads(text) for text in piece[name].to_list()]
                made.append(pl.lit(pl.Series(name, values, dtype=pl.List(pl.String))).alias(name))
            else:
                parts = pl.when(cell == "").then(pl.lit([], dtype=pl.List(pl.String))).otherwise(cell.str.split(" "))
                made.append(parts.alias(name))
        else:
            made.append((pl.when(cell == "").then(None).otherwise(cell) if name in NULLABLE else cell).alias(name))
    return piece.select(made)
