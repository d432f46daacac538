"""Keys that are stated more than once in a load, as `graph_service.ingest.intake` judges them.

* The first row that states a key counts.  A later one of the same content is *repeated*, one of other content is rejected.
* Later ones are seen when their batch goes to the ledger: that decides in which order rejects are told.

Invariant (must never happen): two facts of one key are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

ROW = "#row"
SORTED_AT_ONCE = 4_000_000
"""How many marks are sorted together."""
KEYS = {
    "subjects": ["key"],
    "ties": ["id"],
    "records": ["id"],
    "findings": ["record", "person", "finding"],
    "events": ["record", "kind", "on", "person"],
    "listings": ["subject", "regime", "listed_start_lo", "listed_start_hi"],
}
"""What a fact of each frame is about: the columns of its key (see `graph_service.model.facts`)."""


@dataclass(frozen=True, slots=True)
class Later:
    """Rows that are not to be kept: their places in the frame, and those of the first row of the same key, in order.

    ``same`` says whether the content is that of the first: the row is repeated.
    """

    rows: pl.Series
    firsts: pl.Series
    same: pl.Series


def later_rows(frame: pl.DataFrame, keys: list[str], content: list[str]) -> Later | None:
    """The rows whose key an earlier one has, None if there are none.

    ``content`` names the columns that say what the fact is.  Costs a sort of one integer a row, and its memory.
    """
    if len(keys) > 1:
        marks = frame.select(pl.struct(keys).hash()).to_series()
    else:  # chunk by chunk, for all at once would first be copied
        marks = pl.concat([chunk.hash() for chunk in frame[keys[0]].get_chunks()])
    twice = _twice(marks)
    if not len(twice):
        return None
    # Different keys may have one hash: what is told apart here are the keys.
    alike = frame.with_row_index(ROW).filter(marks.is_in(twice.implode()))
    firsts = alike.unique(keys, keep="first", maintain_order=True)
    rest = alike.join(firsts.select(ROW), on=ROW, how="anti", maintain_order="left")
    if not rest.height:
        return None
    pairs = rest.join(firsts, on=keys, how="left", suffix=" of first", maintain_order="left")
    others = [name for name in content if name not in keys]
    same = pl.all_horizontal(pl.lit(value=True), *(pl.col(name).eq_missing(pl.col(f"{name} of first")) for name in others))
    return Later(pairs[ROW], pairs[f"{ROW} of first"], pairs.select(same).to_series())


def _twice(marks: pl.Series) -> pl.Series:
    """The marks that come more than once, each once; looked for in some parts of the marks after each other, for less memory."""
    parts = 1 + len(marks) // SORTED_AT_ONCE
    width = (1 << 64) // parts + 1
    found = []
    for part in range(parts):
        last = min((part + 1) * width, 1 << 64) - 1
        some = marks if parts == 1 else marks.filter(marks.is_between(part * width, last))
        ordered = some.sort()
        found.append(ordered.filter(ordered == ordered.shift(-1)).unique())
    return pl.concat(found)
