"""Columns at hand: the frames that the joins read, and beside them the cold ones, which only whole facts need.

* *Hot* columns (`graph_service.snapshot.columns.SCHEMAS`) are in memory; *cold* ones (`COLD`: names, titles, digests, ...) are in
  memory after a build and in files after that, and are read for the rows that somebody asks for.
* The rows of a cold frame are the rows of the hot frame of that name.
* A fact id is the digest that the ledger stored; where a source stored none it is worked out from the fact.

Invariant: a fact made from its row is equal to the fact that was put in, and so is its id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.model.facts import Fact, Stored
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
"""The columns of each cold frame; ``record_id`` is the key of the record, whether a row states it or not."""


class Cold(Protocol):
    """Where cold columns are."""

    def take(self, table: str, names: Sequence[str], rows: pl.Series | None) -> pl.DataFrame:
        """Columns of a cold frame: these rows of it, in their order, or all (None)."""
        ...


@dataclass(frozen=True, slots=True)
class InMemory:
    """Cold columns in memory."""

    frames: Mapping[str, pl.DataFrame]

    def take(self, table: str, names: Sequence[str], rows: pl.Series | None) -> pl.DataFrame:
        """See `Cold.take`."""
        found = self.frames[table].select(names)
        return found if rows is None else found[rows]


@dataclass(frozen=True, slots=True)
class HeldColumns:
    """A `graph_service.snapshot.columns.Columns` over hot frames and cold ones."""

    position: Position
    frames: Mapping[str, pl.DataFrame]
    cold: Cold

    def fact_ids(self, table: str, rows: pl.Series) -> pl.Series:
        """See `Columns.fact_ids`.  Costs a tenth of a microsecond a row where digests are stored, some microseconds else."""
        place = rows.cast(pl.UInt32)
        found = self.cold.take(table, ["digest"], place)["digest"]
        if found.null_count():
            missing = found.is_null()
            if table == "subjects":
                missing &= self.frames[table]["position"].gather(place) >= 0
            if bool(missing.any()):
                # One fact may be asked for many times, as in the proofs of its consequences.
                some = place.filter(missing).unique()
                known = pl.DataFrame({"row": some, "made": fact_digests(table, self._whole(table, some))})
                made = pl.DataFrame({"row": place}).join(known, on="row", how="left", maintain_order="left")["made"]
                found = pl.select(pl.coalesce(found, made)).to_series()
        return _prefixed(NAMES[table], found)

    def facts(self, table: str, rows: Sequence[int]) -> list[Stored[Fact]]:
        """See `Columns.facts`.  Costs some microseconds a fact."""
        if not len(rows):
            return []
        place = pl.Series(rows, dtype=pl.UInt32)
        whole = self._whole(table, place)
        if table == "subjects" and bool((whole["position"] < 0).any()):
            raise KeyError(whole.filter(pl.col("position") < 0)["key"][0])
        return make_facts(table, whole, self.fact_ids(table, place))

    def numbered(self, table: str) -> pl.DataFrame:
        """The numbered frame (`graph_service.snapshot.assemble.NUMBERED_FRAMES`) of the facts behind a frame, in its order."""
        hot = self.frames[table].hstack(self.cold.take(table, COLD[table], None).get_columns())
        if table == "subjects":
            keys = pl.int_range(hot.height, dtype=pl.Int32, eager=True).alias("key")
            return hot.with_columns(keys).filter(pl.col("position") >= 0)
        return hot.drop("record").rename({"record_id": "record"}) if "record_id" in hot.columns else hot

    def _whole(self, table: str, rows: pl.Series) -> pl.DataFrame:
        """Rows with hot and cold columns, and the keys of the subjects that they name."""
        hot = self.frames[table][rows]
        whole = hot.hstack(self.cold.take(table, COLD[table], rows).get_columns())
        keys = self.frames["subjects"]["key"]
        for name in ("holder", "enterprise", "subject", "person"):
            if name in whole.columns:
                number = whole[name]
                whole = whole.with_columns(keys.gather(number.set(number < 0, None)).fill_null("").alias(name))
        return whole


def _prefixed(name: str, digests: pl.Series) -> pl.Series:
    return pl.DataFrame({"digest": digests}).select(
        pl.concat_str(pl.lit(f"{name}-"), pl.col("digest").bin.encode("hex")).alias("id")
    )["id"]
