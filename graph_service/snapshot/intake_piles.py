"""What was taken of each kind of fact so far, small: each text that repeats is held once.

Rows are settled a million at a time, and keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

SETTLED_ROWS = 1_000_000
"""From how many rows on they are settled."""

_REPEATING = {
    "subjects": ("form", "status", "region", "industry", "id_type", "id_hash", "note"),
    "ties": ("share", "title", "credential", "source"),
}
_LONG = 100_000
"""Rows from which on it pays to hold texts once."""
_OFTEN = 8
"""How often a text must come on the average."""


class Pile:
    """The rows of one fact frame, in order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loose: list[pl.DataFrame] = []
        self._settled: list[pl.DataFrame] = []
        self._short: list[str] | None = None

    def add(self, rows: pl.DataFrame) -> None:
        """Put rows behind all others."""
        self._loose.append(rows)
        if sum(piece.height for piece in self._loose) >= SETTLED_ROWS:
            self.settle()

    def settle(self) -> list[pl.DataFrame]:
        """All rows so far, in pieces."""
        if self._loose:
            rows = pl.concat(self._loose)
            self._loose = []
            if self._short is None:
                self._short = _repeating(rows, _REPEATING.get(self._name, ()))
            self._settled.append(rows.with_columns(pl.col(self._short).cast(pl.Categorical)) if self._short else rows)
        return self._settled


def _repeating(rows: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    if rows.height < _LONG or not columns:
        return []
    distinct = rows.select(pl.col(columns).approx_n_unique()).row(0)
    return [name for name, count in zip(columns, distinct, strict=True) if count * _OFTEN < rows.height]
