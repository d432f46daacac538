"""Columns at hand: the frames that the joins read, and beside them the cold ones, which only whole facts need.

* *Hot* columns (`graph_service.snapshot.columns.SCHEMAS`) are in memory; *cold* ones (`COLD`: names, titles, digests, ...) may
  lie in files and are read for the facts that somebody asks for.
* Cold columns are looked up by the position of the fact: as a ledger does, they only grow, whatever is retracted.
* The order of ties that share holder and enterprise is worked out when it is asked for (`graph_service.snapshot.ranks`).
* A fact id is the digest that the ledger stored; where a source stored none it is worked out from the fact.

Invariant: a fact made from its row is equal to the fact that was put in, and so is its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.model.facts import Fact, Stored
from graph_service.snapshot.ranks import TieRanks
from graph_service.snapshot.rows import NAMES, fact_digests, make_facts

COLD: Mapping[str, tuple[str, ...]] = {
    "subjects": (
        *("name", "form", "status", "region", "industry", "opened_lo", "opened_hi", "state_owned", "id_type", "id_hash", "note"),
        "digest",
    ),
    "ties": ("id", "other", "share", "title", "credential", "source", "digest"),
    "records": ("authority", "amount", "digest"),
    "findings": ("record_id", "other", "instrument_no", "digest"),
    "events": ("record_id", "other", "instrument_no", "digest"),
    "listings": ("instrument_no", "digest"),
}
"""The cold columns of each frame; ``record_id`` is the key of the record, whether a row states it or not."""


FEW = 10_000
"""So few digests are made again whenever they are asked for: to look for them among those kept costs more."""


class Cold(Protocol):
    """Where cold columns are."""

    def take(self, table: str, names: Sequence[str], positions: pl.Series) -> pl.DataFrame:
        """Cold columns of the facts at these positions, in their order; nulls at position -1."""
        ...

    def find(self, table: str, name: str, values: pl.Series) -> pl.Series:
        """The positions of the facts, retracted ones among them, with one of these values in a column.  Costs a pass."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Cold columns in memory: frames with ``position``, sorted by it.

    A text that is empty for all may be missing, and ``digest`` where none was stored.
    """

    frames: Mapping[str, pl.DataFrame]

    def take(self, table: str, names: Sequence[str], positions: pl.Series) -> pl.DataFrame:
        """See `Cold.take`.  Costs a binary search for each position."""
        frame = self.frames[table]
        there = [name for name in names if name in frame.columns]
        found = gathered(frame.select("position", *there), frame["position"], positions)
        nothing = pl.when(pl.col("position").is_not_null()).then(pl.lit(""))
        missing = {name: pl.lit(None, pl.Binary) if name == "digest" else nothing for name in names if name not in there}
        return found.with_columns(**missing).select(names)

    def find(self, table: str, name: str, values: pl.Series) -> pl.Series:
        """See `Cold.find`."""
        return self.frames[table].filter(pl.col(name).is_in(values.implode()))["position"]


@dataclass(frozen=True, slots=True)
class Appended:
    """Cold columns up to a position, and those of the facts after it."""

    before: Cold
    last: int
    after: Cold

    def take(self, table: str, names: Sequence[str], positions: pl.Series) -> pl.DataFrame:
        """See `Cold.take`."""
        late = positions > self.last
        if not late.any():
            return self.before.take(table, names, positions)
        parts = self.before.take(table, names, positions.filter(~late)), self.after.take(table, names, positions.filter(late))
        rows = late.arg_sort() if late.all() else pl.concat([(~late).arg_true(), late.arg_true()])
        back = np.empty(len(positions), dtype=np.int64)
        back[rows.to_numpy()] = np.arange(len(positions))
        return pl.concat(parts)[pl.Series(back)]

    def find(self, table: str, name: str, values: pl.Series) -> pl.Series:
        """See `Cold.find`."""
        return pl.concat([self.before.find(table, name, values), self.after.find(table, name, values)])


def gathered(frame: pl.DataFrame, sorted_positions: pl.Series, positions: pl.Series) -> pl.DataFrame:
    """The rows of a frame at some positions, given the positions of all its rows; nulls at -1.  ``KeyError`` for any other."""
    if positions.len() == sorted_positions.len() and positions.equals(sorted_positions):
        return frame
    held, wanted = sorted_positions.to_numpy(), positions.to_numpy()
    place = np.searchsorted(held, wanted)
    nowhere = wanted < 0
    place[nowhere] = 0
    if not nowhere.all() and (place[~nowhere].max() >= len(held) or not (held[place[~nowhere]] == wanted[~nowhere]).all()):
        raise KeyError("a position without a fact")
    rows = pl.Series(place)
    if nowhere.any():
        rows = rows.set(pl.Series(nowhere), None)
    return frame.select(pl.all().gather(rows)) if frame.height else frame.clear(len(rows))


@dataclass(frozen=True, slots=True)
class HeldColumns:
    """A `graph_service.snapshot.columns.Columns` over hot frames and cold columns; ``sources`` words those of holdings.

    ``digests`` and ``ranks`` keep what had to be worked out.
    """

    position: Position
    frames: Mapping[str, pl.DataFrame]
    cold: Cold
    sources: tuple[str, ...]
    digests: dict[str, pl.DataFrame] = field(default_factory=dict, compare=False, repr=False)
    ranks: TieRanks = field(default_factory=TieRanks, compare=False, repr=False)

    def fact_ids(self, table: str, rows: pl.Series) -> pl.Series:
        """See `Columns.fact_ids`.  Costs a microsecond a row where digests are stored, some microseconds a fact else."""
        prefix = pl.lit(f"{NAMES[table]}-")
        found = self._digests(table, rows).alias("id").to_frame()
        return found.select(pl.concat_str(prefix, pl.col("id").bin.encode("hex")).alias("id"))["id"]

    def tie_ranks(self, rows: pl.Series) -> pl.Series:
        """See `Columns.tie_ranks`."""
        places = self.ranks.of(self.frames["ties"], rows.to_numpy(), lambda some: self._digests("ties", some))
        return pl.Series("rank", places)

    def _digests(self, table: str, rows: pl.Series) -> pl.Series:
        """The bytes of the fact ids of rows, null for a subject that no row describes."""
        place = rows.cast(pl.UInt32)
        positions = self.frames[table]["position"].gather(place)
        found = self.cold.take(table, ["digest"], positions)["digest"]
        missing = found.is_null() & (positions >= 0)
        if missing.any():
            made = pl.DataFrame({"row": place}).join(
                self._made(table, place.filter(missing)), on="row", how="left", maintain_order="left"
            )
            found = pl.select(pl.coalesce(found, made["made"])).to_series()
        return found

    def _made(self, table: str, rows: pl.Series) -> pl.DataFrame:
        """The digests of facts for which the source stored none, at least of these rows; of many, worked out once and kept."""
        if rows.len() < FEW:
            some = rows.unique()
            return pl.DataFrame({"row": some, "made": fact_digests(table, self._whole(table, some))})
        known = self.digests.get(table, pl.DataFrame(schema={"row": pl.UInt32, "made": pl.Binary}))
        some = rows.unique().to_frame("row").join(known, on="row", how="anti")["row"]
        if some.len():
            made = pl.DataFrame({"row": some, "made": fact_digests(table, self._whole(table, some))})
            known = self.digests[table] = pl.concat([known, made])
        return known

    def find(self, table: str, name: str, values: pl.Series) -> pl.Series:
        """See `Columns.find`."""
        positions = self.cold.find(table, name, values)
        frame = self.frames[table].select("position").with_row_index("row")
        return frame.filter(pl.col("position").is_in(positions.implode()))["row"]

    def facts(self, table: str, rows: Sequence[int]) -> list[Stored[Fact]]:
        """See `Columns.facts`.  Costs some microseconds a fact."""
        if not len(rows):
            return []
        place = pl.Series(rows, dtype=pl.UInt32)
        whole = self._whole(table, place)
        if table == "subjects" and (whole["position"] < 0).any():
            raise KeyError(whole.filter(pl.col("position") < 0)["key"][0])
        return make_facts(table, whole, self.fact_ids(table, place))

    def _whole(self, table: str, rows: pl.Series) -> pl.DataFrame:
        """Rows with hot and cold columns, and the keys of the subjects that they name."""
        hot = self.frames[table][rows]
        whole = hot.hstack(self.cold.take(table, COLD[table], hot["position"]).get_columns())
        keys = self.frames["subjects"]["key"]
        for name in ("holder", "enterprise", "subject", "person"):
            if name in whole.columns:
                number = whole[name]
                whole = whole.with_columns(keys.gather(number.set(number < 0, None)).fill_null("").alias(name))
        return whole
