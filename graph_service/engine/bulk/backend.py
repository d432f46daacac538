"""Where the joins run: the one place that knows a dataframe library by name.

The text of the bulk run is written once, against narwhals' lazy frames.  What these lack is given here: to compute a frame once
and go on from it (`Backend.materialise`: loops run to a fixed point on that), to bring a small table in (`Backend.table`), and to
take a result out (`Backend.collect`).  `POLARS` is what the service runs on; tests run the same text on DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import polars as pl

Frame = nw.LazyFrame[Any]


@dataclass(frozen=True, slots=True)
class Backend:
    """``table`` brings a Polars frame in, ``materialise`` computes a lazy frame once, ``collect`` takes it out to Polars."""

    table: Callable[[pl.DataFrame], Frame]
    materialise: Callable[[Frame], Frame]
    collect: Callable[[Frame], pl.DataFrame]

    def height(self, frame: Frame) -> int:
        """How many rows a (materialised) frame has."""
        return int(self.collect(frame.select(nw.len())).item())


def _bring(frame: pl.DataFrame) -> Frame:
    return nw.from_native(frame.lazy())


def _out(frame: Frame) -> pl.DataFrame:
    native: pl.LazyFrame = nw.to_native(frame)
    return native.collect()


POLARS = Backend(table=_bring, materialise=lambda frame: _bring(_out(frame)), collect=_out)
