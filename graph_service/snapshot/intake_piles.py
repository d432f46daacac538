"""What was taken of each kind of fact so far, small: numbers for the keys of subjects, each text that repeats held once.

* A key has the number under which it came first, from 0 without holes; the empty text, where it may stand, has -1.
* Rows are settled some million at a time, for every time costs a walk through all keys.

Invariants (must never happen): two different keys have one number; rows change their order.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from graph_service.snapshot.assemble import SUBJECT_COLUMNS

SETTLED_ROWS = 3_000_000
"""From how many rows on they are settled."""

_REPEATING = {
    "subjects": ("form", "status", "region", "industry", "id_type", "id_hash", "note"),
    "ties": ("share", "title", "credential", "source"),
}
_LONG = 100_000
"""Rows from which on it pays to hold texts once."""
_OFTEN = 8
"""How often a text must come on the average."""


class Numbering:
    """Keys and their numbers so far."""

    def __init__(self) -> None:
        self._known = pl.DataFrame({"key": [""], "number": pl.Series([-1], dtype=pl.Int32)})

    @property
    def keys(self) -> pl.Series:
        """All keys by their numbers."""
        return self._known.get_column("key").slice(1)

    def numbered(self, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """A frame with numbers (Int32) in place of the keys in some columns."""
        texts = pl.concat([frame.get_column(name).alias("key") for name in columns])
        found = self._find(texts)
        if found.null_count():
            missing = found.is_null()
            strangers = texts.filter(missing)
            fresh = strangers.is_first_distinct()
            numbers = self._add(strangers.filter(fresh))
            found = found.scatter(missing.arg_true(), numbers if fresh.all() else self._find(strangers))
        height = frame.height
        return frame.with_columns(found.slice(at * height, height).alias(name) for at, name in enumerate(columns))

    def _add(self, keys: pl.Series) -> pl.Series:
        first = self._known.height - 1
        numbers = pl.int_range(first, first + len(keys), dtype=pl.Int32, eager=True)
        self._known = pl.concat([self._known, pl.DataFrame({"key": keys, "number": numbers})])
        return numbers

    def _find(self, texts: pl.Series) -> pl.Series:
        return texts.to_frame().join(self._known, on="key", how="left", maintain_order="left").get_column("number")


class Pile:
    """The rows of one fact frame, in order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._loose: list[pl.DataFrame] = []
        self._settled: list[pl.DataFrame] = []
        self._short: list[str] | None = None

    def add(self, rows: pl.DataFrame, numbering: Numbering) -> None:
        """Put rows of the frame with text keys behind all others."""
        self._loose.append(rows)
        if sum(piece.height for piece in self._loose) >= SETTLED_ROWS:
            self._settle(numbering)

    def pieces(self, numbering: Numbering) -> list[pl.DataFrame]:
        """All rows, numbered, in pieces."""
        self._settle(numbering)
        return self._settled

    def _settle(self, numbering: Numbering) -> None:
        if self._loose:
            rows = pl.concat(self._loose)
            self._loose = []
            rows = numbering.numbered(rows, SUBJECT_COLUMNS[self._name])
            if self._short is None:
                self._short = _repeating(rows, _REPEATING.get(self._name, ()))
            self._settled.append(rows.with_columns(pl.col(self._short).cast(pl.Categorical)) if self._short else rows)


def _repeating(rows: pl.DataFrame, columns: Sequence[str]) -> list[str]:
    if rows.height < _LONG or not columns:
        return []
    distinct = rows.select(pl.col(columns).approx_n_unique()).row(0)
    return [name for name, count in zip(columns, distinct, strict=True) if count * _OFTEN < rows.height]
