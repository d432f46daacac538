"""Columns moved forward by the changes of their ledger, instead of being made anew.

* Changes that undo each other on the way leave nothing; what is left is facts that are gone and facts that came.
* Gone facts are found by the subjects that they name and their ids; facts that came are later than all others, so they go behind
  them, ties behind the ties of the same pair.
* Keys that came take their place among the sorted keys and move the numbers behind them; keys that nobody mentions any more go.
* Shares that came go over the denominator that all holdings have, where there is one that fits; else all shares are read anew.

Invariant: the columns say what columns made anew at that position say; only denominators and the numbers of sources may differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from graph_service.ledger.protocol import Change, Position
from graph_service.model.facts import Fact, Stored
from graph_service.snapshot.assemble import (
    HOLDING_KINDS,
    SUBJECT_COLUMNS,
    cold_part,
    holdings_of,
    hot_frames,
    marked,
    subject_rows,
)
from graph_service.snapshot.build import TABLES, fact_frame
from graph_service.snapshot.columns import MARKS, SCHEMAS
from graph_service.snapshot.held import Appended, Cold, HeldColumns, InMemory
from graph_service.snapshot.shares import shares_over
from graph_service.snapshot.slices import ties_into

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


def forward(columns: HeldColumns, changes: Iterable[Change], position: Position) -> tuple[HeldColumns, dict[str, pl.DataFrame]]:
    """The columns after the changes that follow theirs, up to a position; and the cold columns of the facts that came.

    Costs some tenths of a second for each ten million facts that stay, and some ten microseconds a change.  Raises ``ValueError``
    where a change retracts what the columns do not hold: then they are not of this history.
    """
    gone, came = _net(changes)
    kept = {table: _kept(columns, table, gone[table]) for table in TABLES}
    frames = {table: fact_frame(table, came[table]) for table in TABLES}
    keys = _keys(columns, kept, frames)
    parts = {table: cold_part(table, frame) for table, frame in frames.items()}
    cold = Appended(columns.cold, columns.position.number, InMemory(parts))
    numbered = {
        table: frame.with_columns(keys.of(table, frame[name]).alias(name) for name in SUBJECT_COLUMNS[table])
        for table, frame in frames.items()
    }
    fresh = hot_frames(numbered)
    for table in ("findings", "events"):
        fresh[table] = fresh[table].with_columns(record=pl.lit(-1, pl.Int32))  # found below, among all records
    hot = {
        table: pl.concat([keys.moved(columns.frames[table], table, kept[table]), fresh[table]])
        for table in ("records", "findings", "events", "listings")
    }
    for table in ("findings", "events"):
        hot[table] = _with_records(hot, table, cold, columns.frames["records"].height, kept["records"])
    hot["subjects"] = _subjects(columns, keys, gone["subjects"], numbered["subjects"])
    hot["ties"], places = _ties(keys.moved(columns.frames["ties"], "ties", kept["ties"]), fresh["ties"])
    held = _holdings(columns, keys, kept["ties"], hot["ties"], places, frames["ties"])
    hot["holdings"], sources = _holdings_anew(hot["ties"], cold) if held is None else held
    stay, came_to = _rows_after(int(kept["ties"].sum()), places), places + np.arange(len(places))
    ranks = columns.ranks.moved(columns.frames["ties"], np.flatnonzero(~kept["ties"]), stay, hot["ties"], came_to)
    return HeldColumns(position, {table: hot[table] for table in SCHEMAS}, cold, sources, ranks=ranks), parts


def _net(changes: Iterable[Change]) -> tuple[dict[str, list[Change]], dict[str, list[Stored[Any]]]]:
    """What is gone and what came, of each table; what came is in the order of positions."""
    tables = {kind: table for table, kind in TABLES.items()}
    gone: dict[str, list[Change]] = {table: [] for table in TABLES}
    came: dict[str, dict[str, Stored[Fact]]] = {table: {} for table in TABLES}
    for change in changes:
        table = tables[type(change.fact)]
        if change.added:
            came[table][change.fact_id] = Stored(change.fact, change.fact_id, change.position, change.recorded_at)
        elif came[table].pop(change.fact_id, None) is None:
            gone[table].append(change)
    return gone, {table: sorted(facts.values(), key=lambda stored: stored.position) for table, facts in came.items()}


def _kept(columns: HeldColumns, table: str, gone: list[Change]) -> Flags:
    """Which rows of a frame stay; of subjects: which descriptions do."""
    frame = columns.frames[table]
    stays = np.ones(frame.height, dtype=np.bool_)
    if not gone:
        return stays
    named = {
        name: _numbers(columns, [getattr(change.fact, "id" if name == "key" else name) for change in gone])
        for name in SUBJECT_COLUMNS[table]
    }
    if table == "subjects":
        rows = named["key"].drop_nulls()
    elif table == "ties":
        rows = ties_into(frame, named["enterprise"].drop_nulls())["tie"]
    else:
        [(name, numbers)] = named.items()
        rows = frame[name].is_in(numbers.fill_null(-1).implode()).arg_true()
    found = rows.filter(columns.fact_ids(table, rows).is_in([change.fact_id for change in gone]))
    if len(found) != len(gone):
        raise ValueError("a fact that the columns do not hold was retracted")
    stays[found.to_numpy()] = False
    return stays


def _numbers(columns: HeldColumns, keys: list[str]) -> pl.Series:
    """The numbers of keys in the columns; null for those that are not there."""
    return places_of(columns.frames["subjects"]["key"], pl.Series("key", keys, pl.String))


def places_of(sorted_keys: pl.Series, keys: pl.Series) -> pl.Series:
    """The places of keys among sorted ones (Int32), null for those that are not there.  Costs a binary search for each."""
    if not len(sorted_keys):
        return pl.Series("place", [None] * len(keys), pl.Int32)
    place = sorted_keys.search_sorted(keys, side="left").cast(pl.Int64)
    there = sorted_keys.gather(place.clip(0, len(sorted_keys) - 1)).alias("key") == keys.alias("key")
    return place.set(~there, None).cast(pl.Int32).alias("place")


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys after the changes, and where each number from before has gone (-1: nowhere; the last is for -1)."""

    keys: pl.Series
    moves: npt.NDArray[np.int32]

    def of(self, table: str, keys: pl.Series) -> pl.Series:
        """The numbers of keys that a fact frame mentions; -1 for everybody in an event."""
        found = places_of(self.keys, keys)
        return found.set(keys == "", -1) if table == "events" else found

    def moved(self, frame: pl.DataFrame, table: str, stays: Flags) -> pl.DataFrame:
        """The rows of a hot frame that stay, with the new numbers."""
        kept = frame if stays.all() else frame.filter(pl.Series(stays))
        if len(self.keys) == len(self.moves) - 1 and bool((self.moves[:-1] == np.arange(len(self.keys))).all()):
            return kept
        return kept.with_columns(pl.Series(name, self.moves[kept[name].to_numpy()]) for name in SUBJECT_COLUMNS[table])


def _keys(columns: HeldColumns, kept: Mapping[str, Flags], frames: Mapping[str, pl.DataFrame]) -> _Keys:
    old = columns.frames["subjects"]["key"]
    named = [frames[table][name].alias("key") for table, names in SUBJECT_COLUMNS.items() for name in names if table != "events"]
    named.append(frames["events"]["person"].filter(frames["events"]["person"] != "").alias("key"))
    mentioned = pl.concat(named).unique().sort()
    known = places_of(old, mentioned)
    new = mentioned.filter(known.is_null())
    stays = np.ones(len(old), dtype=np.bool_)
    if not all(flags.all() for flags in kept.values()):
        described = (columns.frames["subjects"]["position"] >= 0).to_numpy()
        stays = described & kept["subjects"]
        stays[known.drop_nulls().to_numpy()] = True
        for table, names in SUBJECT_COLUMNS.items():
            for name in names if table != "subjects" else ():
                numbers = columns.frames[table][name].to_numpy()[kept[table]]
                stays[numbers[numbers >= 0]] = True
    if stays.all() and not len(new):
        return _Keys(old, np.append(np.arange(len(old), dtype=np.int32), np.int32(-1)))
    left = old if stays.all() else old.filter(pl.Series(stays))
    before = left.search_sorted(new).to_numpy().astype(np.int64) if len(left) else np.zeros(len(new), dtype=np.int64)
    where = _rows_after(len(left), before)
    moves = np.full(len(old) + 1, -1, dtype=np.int32)
    moves[:-1][stays] = where
    return _Keys(_merged(left.to_frame(), new.to_frame(), before)["key"], moves)


def _rows_after(height: int, before: Rows) -> Rows:
    """Where the rows of a frame go when others are put before these rows of it (in order)."""
    more = np.bincount(before, minlength=height + 1)[:height] if height else np.empty(0, dtype=np.int64)
    rows: Rows = np.arange(height) + np.cumsum(more)
    return rows


def _merged(frame: pl.DataFrame, others: pl.DataFrame, before: Rows) -> pl.DataFrame:
    """A frame with the rows of another put before some of its own, in order."""
    if not others.height:
        return frame
    rows = np.insert(np.arange(frame.height), before, np.arange(frame.height, frame.height + others.height))
    return pl.concat([frame, others])[pl.Series(rows)]


def _with_records(hot: Mapping[str, pl.DataFrame], table: str, cold: Cold, records_before: int, stays: Flags) -> pl.DataFrame:
    """Findings or events with the rows that their records have now."""
    frame, records = hot[table], hot["records"]
    rows = np.full(records_before + 1, -1, dtype=np.int32)
    rows[:-1][stays] = np.arange(int(stays.sum()), dtype=np.int32)
    moved = rows[frame["record"].to_numpy()] if frame.height else np.empty(0, dtype=np.int32)
    orphans = np.flatnonzero(moved < 0)
    ids = cold.take(table, ["record_id"], frame["position"].gather(pl.Series(orphans)))
    places = records.select("id").with_row_index("row")
    found = ids.join(places, left_on="record_id", right_on="id", how="left", maintain_order="left")["row"]
    moved[orphans] = found.cast(pl.Int32).fill_null(-1).to_numpy()
    return frame.with_columns(pl.Series("record", moved))


def _subjects(columns: HeldColumns, keys: _Keys, gone: list[Change], came: pl.DataFrame) -> pl.DataFrame:
    """The subjects over the new keys; those whose description is gone or came are made anew."""
    before = columns.frames["subjects"]
    source = np.full(len(keys.keys), -1, dtype=np.int64)
    rows = np.flatnonzero(keys.moves[:-1] >= 0)
    source[keys.moves[rows]] = rows
    described_before = _numbers(columns, [change.fact.id for change in gone]).drop_nulls().to_numpy()  # type: ignore[union-attr]
    again = keys.moves[described_before]
    changed = np.unique(np.concatenate([np.flatnonzero(source < 0), again[again >= 0], came["key"].to_numpy()]))
    if not len(changed) and len(keys.keys) == before.height:
        return before
    number = np.searchsorted(changed, came["key"].to_numpy()).astype(np.int32)
    made = subject_rows(keys.keys.gather(pl.Series(changed)), came.with_columns(pl.Series("key", number)))
    source[changed] = before.height + np.arange(len(changed))
    return pl.concat([before, made])[pl.Series(source)].with_columns(pl.int_range(len(keys.keys), dtype=pl.Int32).alias("order"))


def _pairs(ties: pl.DataFrame) -> Rows:
    pairs: Rows = (ties["enterprise"].cast(pl.Int64) * (1 << 32) + ties["holder"]).to_numpy()
    return pairs


def _ties(stay: pl.DataFrame, came: pl.DataFrame) -> tuple[pl.DataFrame, Rows]:
    """All ties in order, and before which of those that stay each of those that came stands."""
    came = came.sort("enterprise", "holder", "position")
    before = np.searchsorted(_pairs(stay), _pairs(came), side="right") if came.height else np.empty(0, dtype=np.int64)
    return _merged(stay, came, before), before


def _holdings(
    columns: HeldColumns, keys: _Keys, stays: Flags, ties: pl.DataFrame, before: Rows, came: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[str, ...]] | None:
    """The holdings among the new ties; None where the shares that came have no place over the denominator of the others."""
    frame = columns.frames["holdings"]
    where = np.full(len(stays), -1, dtype=np.int64)
    where[stays] = _rows_after(int(stays.sum()), before)
    row_of = where[frame["tie"].to_numpy()] if frame.height else np.empty(0, dtype=np.int64)
    kept = keys.moved(frame, "ties", row_of >= 0)
    kept = kept.with_columns(pl.Series("tie", row_of[row_of >= 0].astype(np.int32)))
    rows = before + np.arange(len(before))
    some = ties[pl.Series(rows)].with_columns(pl.Series("tie", rows.astype(np.int32))).filter(pl.col("kind").is_in(HOLDING_KINDS))
    if kept.height < frame.height and (kept["den"] == 0).any():
        return None  # what is gone may be what had no denominator in common with the others
    if not some.height:
        return marked(kept), columns.sources
    told = some.select("position").join(
        came.select("position", "share", "source"), on="position", how="left", maintain_order="left"
    )
    dens = kept["den"].unique()
    shares = shares_over(told["share"], int(dens[0])) if len(dens) == 1 else None
    if shares is None:
        return None
    sources = (*columns.sources, *sorted({*told["source"]} - {*columns.sources}))
    number = pl.DataFrame({"source": sources}, {"source": pl.String}).with_row_index("number")
    numbers = told.select("source").join(number, on="source", how="left", maintain_order="left")["number"].cast(pl.Int32)
    fresh = some.hstack(shares.get_columns()).with_columns(
        numbers.alias("source"), *(pl.lit(value=False).alias(name) for name in MARKS)
    )
    names = list(SCHEMAS["holdings"])
    place = np.searchsorted(kept["tie"].to_numpy(), fresh["tie"].to_numpy())
    return marked(_merged(kept.select(names), fresh.select(names), place)), sources


def _holdings_anew(ties: pl.DataFrame, cold: Cold) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The holdings among the new ties, all of whose shares are read again."""
    positions = ties.filter(pl.col("kind").is_in(HOLDING_KINDS))["position"]
    return holdings_of(ties, cold.take("ties", ["share", "source"], positions))
