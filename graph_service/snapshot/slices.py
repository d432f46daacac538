"""Slices of columns: the rows of a frame that a question needs, cut by position instead of by a join."""

from __future__ import annotations

import numpy as np
import polars as pl


def ties_into(ties: pl.DataFrame, enterprises: pl.Series) -> pl.DataFrame:
    """The rows of ``ties`` (sorted by enterprise) into these enterprises, with their numbers as ``tie``.

    Costs a binary search for each enterprise and what is found.

    >>> ties = pl.DataFrame({"enterprise": [2, 2, 5, 7]}, schema={"enterprise": pl.Int32})
    >>> ties_into(ties, pl.Series([7, 2, 3], dtype=pl.Int32))["tie"].to_list()
    [0, 1, 3]
    """
    wanted = enterprises.unique().sort().to_numpy()
    held = ties["enterprise"].to_numpy()
    first, after = np.searchsorted(held, wanted, "left"), np.searchsorted(held, wanted, "right")
    counts = after - first
    starts = first - np.concatenate([[0], np.cumsum(counts)[:-1]]) if counts.size else first
    rows = np.repeat(starts, counts) + np.arange(int(counts.sum()))
    return ties[rows].with_columns(tie=pl.Series(rows, dtype=pl.UInt32))
