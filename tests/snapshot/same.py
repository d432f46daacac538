"""When columns say the same: row by row, but for denominators and the numbers of sources, which are free."""

from __future__ import annotations

import polars as pl

from graph_service.snapshot.columns import SCHEMAS
from graph_service.snapshot.held import COLD, HeldColumns


def assert_same(one: HeldColumns, other: HeldColumns) -> None:
    """Fail with the first frame that says something else."""
    assert one.position == other.position
    for table, schema in SCHEMAS.items():
        left, right = one.frames[table], other.frames[table]
        assert dict(left.schema) == dict(right.schema) == dict(schema)
        if table == "holdings":
            left, right = _plain(left, one.sources), _plain(right, other.sources)
        assert left.equals(right), table
    for table, names in COLD.items():
        positions = one.frames[table]["position"]
        assert one.cold.take(table, names, positions).equals(other.cold.take(table, names, positions)), table
        rows = pl.int_range(one.frames[table].height, eager=True)
        assert one.fact_ids(table, rows).equals(other.fact_ids(table, rows))
    rows = pl.int_range(one.frames["ties"].height, eager=True)
    assert one.tie_ranks(rows).equals(other.tie_ranks(rows))


def _plain(holdings: pl.DataFrame, sources: tuple[str, ...]) -> pl.DataFrame:
    """Holdings with shares in lowest terms and the words of sources."""
    words = [sources[number] for number in holdings["source"]]
    lowest = [
        tuple((bound // gcd, den // gcd) for bound in bounds for gcd in [_gcd(bound, den)]) if den else None
        for *bounds, den in holdings.select("lo", "hi", "den").iter_rows()
    ]
    shares = pl.Series("shares", [str(one) for one in lowest], pl.String)
    return holdings.drop("lo", "hi", "den").with_columns(shares, pl.Series("source", words, pl.String))


def _gcd(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return one
