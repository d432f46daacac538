"""A register kept between processes is the register."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.kept import is_kept, keep, kept
from benchmarks.province import province, write
from graph_service.snapshot.held import COLD
from graph_service.snapshot.intake import register_columns


def test_kept_columns_are_those_that_were_loaded_facts_and_ids_too(tmp_path: Path) -> None:
    columns, _ = register_columns([write(tmp_path / "register", province(100))])
    assert not is_kept(tmp_path / "columns")
    keep(tmp_path / "columns", columns)
    assert is_kept(tmp_path / "columns")
    again = kept(tmp_path / "columns")
    assert again.position == columns.position
    assert again.sources == columns.sources
    for name, frame in columns.frames.items():
        assert again.frames[name].equals(frame)
    for table in COLD:
        rows = pl.Series(range(min(50, columns.frames[table].height)), dtype=pl.Int64)
        assert again.fact_ids(table, rows).equals(columns.fact_ids(table, rows))
        assert again.facts(table, rows.to_list()) == columns.facts(table, rows.to_list())
