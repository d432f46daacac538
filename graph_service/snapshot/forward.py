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
from concurrent.futures import ThreadPoolExecutor
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
from graph_service.snapshot.edits import Edit, Rows
from graph_service.snapshot.held import Appended, Cold, HeldColumns, InMemory
from graph_service.snapshot.shares import shares_over
from graph_service.snapshot.slices import ties_into


def forward(columns: HeldColumns, changes: Iterable[Change], position: Position) -> tuple[HeldColumns, dict[str, pl.DataFrame]]:
    """The columns after the changes that follow theirs, up to a position; and the cold columns of the facts that came.

    A frame that nothing touches stays the same object.  Costs a copy of each frame that is touched, of all of them where a key
    comes or goes, and some ten microseconds a change.  Raises ``ValueError`` where a change retracts what the columns do not
    hold: then they are not of this history.
    """
    gone, came = _net(changes)
    lost = {table: _lost(columns, table, gone[table]) for table in TABLES}
    frames = {table: fact_frame(table, came[table]) for table in TABLES}
    keys = _keys(columns, gone, lost, frames)
    parts = {table: cold_part(table, frame) for table, frame in frames.items()}
    cold = Appended(columns.cold, columns.position.number, InMemory(parts))
    numbered = {
        table: frame.with_columns(keys.of(table, frame[name]).alias(name) for name in SUBJECT_COLUMNS[table])
        for table, frame in frames.items()
    }
    fresh = hot_frames(numbered)
    hot: dict[str, pl.DataFrame] = {}
    for table in ("records", "findings", "events", "listings"):
        before, new = columns.frames[table], fresh[table]
        if table in ("findings", "events"):
            new = new.with_columns(record=pl.lit(-1, pl.Int32))  # found below, among all records
        edit = Edit(before.height, lost[table], np.full(new.height, before.height))
        hot[table] = edit.applied(keys.moved(before, table), new)
    if lost["records"].size or any(came[table] for table in ("records", "findings", "events")):
        for table in ("findings", "events"):
            hot[table] = _with_records(hot, table, cold, columns.frames["records"].height, lost["records"])
    edit, new = _tie_edit(columns, lost["ties"], fresh["ties"], frames["ties"])
    with ThreadPoolExecutor(1) as beside:  # the two long frames need nothing of each other
        ties = beside.submit(lambda: edit.applied(keys.moved(columns.frames["ties"], "ties"), new))
        hot["subjects"] = _subjects(columns, keys, lost["subjects"], numbered["subjects"])
        held = _holdings(columns, keys, edit, new, frames["ties"])
        hot["ties"] = ties.result()
    hot["holdings"], sources = _holdings_anew(hot["ties"], cold) if held is None else held
    ranks = columns.ranks.after(columns.frames["ties"], edit, hot["ties"])
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


def _lost(columns: HeldColumns, table: str, gone: list[Change]) -> Rows:
    """The rows of facts that are gone, in order; of subjects: the rows that lose their description."""
    if not gone:
        return np.empty(0, dtype=np.int64)
    frame = columns.frames[table]
    named = {
        name: _numbers(columns, [getattr(change.fact, "id" if name == "key" else name) for change in gone])
        for name in SUBJECT_COLUMNS[table]
    }
    if table == "subjects":
        rows = named["key"].drop_nulls()
    elif table == "ties":
        into = ties_into(frame, named["enterprise"].drop_nulls())
        rows = into.filter(pl.col("holder").is_in(named["holder"].drop_nulls().implode()))["tie"]
    else:
        [(name, numbers)] = named.items()
        rows = frame[name].is_in(numbers.fill_null(-1).implode()).arg_true()
    found = rows.filter(columns.fact_ids(table, rows).is_in([change.fact_id for change in gone]))
    if len(found) != len(gone):
        raise ValueError("a fact that the columns do not hold was retracted")
    return found.sort().to_numpy().astype(np.int64)


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
    """The keys after the changes, the edit that makes them of those before, and where each number has gone.

    ``moves`` has -1 for a key that is gone, and, last, for -1; None where no key comes or goes.
    """

    keys: pl.Series
    edit: Edit
    moves: npt.NDArray[np.int32] | None

    def of(self, table: str, keys: pl.Series) -> pl.Series:
        """The numbers of keys that a fact frame mentions; -1 for everybody in an event."""
        found = places_of(self.keys, keys)
        return found.set(keys == "", -1) if table == "events" else found

    def moved(self, frame: pl.DataFrame, table: str) -> pl.DataFrame:
        """A hot frame with the new numbers."""
        if self.moves is None:
            return frame
        return frame.with_columns(pl.Series(name, self.moves[frame[name].to_numpy()]) for name in SUBJECT_COLUMNS[table])


def _keys(
    columns: HeldColumns, gone: Mapping[str, list[Change]], lost: Mapping[str, Rows], frames: Mapping[str, pl.DataFrame]
) -> _Keys:
    old = columns.frames["subjects"]["key"]
    named = [frames[table][name].alias("key") for table, names in SUBJECT_COLUMNS.items() for name in names if table != "events"]
    named.append(frames["events"]["person"].filter(frames["events"]["person"] != "").alias("key"))
    mentioned = pl.concat(named).unique().sort()
    known = places_of(old, mentioned)
    new = mentioned.filter(known.is_null())
    vanished = _vanished(columns, gone, lost, known.drop_nulls())
    edit = Edit(
        len(old), vanished, old.search_sorted(new).to_numpy().astype(np.int64) if len(old) else np.zeros(len(new), np.int64)
    )
    if not edit.changes:
        return _Keys(old, edit, None)
    moves = np.append(edit.moved(np.arange(len(old), dtype=np.int32)), np.int32(-1)).astype(np.int32)
    moves[vanished] = -1
    return _Keys(edit.applied(old.to_frame(), new.to_frame())["key"], edit, moves)


def _vanished(columns: HeldColumns, gone: Mapping[str, list[Change]], lost: Mapping[str, Rows], mentioned: pl.Series) -> Rows:
    """The numbers of keys that nobody mentions any more.  Costs a scan where facts are gone that named an undescribed subject."""
    names = [
        getattr(change.fact, "id" if name == "key" else name)
        for table, columns_of_keys in SUBJECT_COLUMNS.items()
        for name in columns_of_keys
        for change in gone[table]
    ]
    perhaps = np.zeros(columns.frames["subjects"].height + 1, dtype=np.bool_)  # the last is for -1
    perhaps[_numbers(columns, names).drop_nulls().to_numpy()] = True
    described = (columns.frames["subjects"]["position"] >= 0).to_numpy().copy()
    described[lost["subjects"]] = False
    perhaps[:-1] &= ~described
    perhaps[mentioned.to_numpy()] = False
    for table, columns_of_keys in SUBJECT_COLUMNS.items():
        for name in columns_of_keys if table != "subjects" and perhaps.any() else ():
            numbers = columns.frames[table][name].to_numpy()
            still = perhaps[numbers]
            still[lost[table]] = False
            perhaps[numbers[still]] = False
    return np.flatnonzero(perhaps)


def _with_records(hot: Mapping[str, pl.DataFrame], table: str, cold: Cold, records_before: int, lost: Rows) -> pl.DataFrame:
    """Findings or events with the rows that their records have now."""
    frame, records = hot[table], hot["records"]
    rows = np.full(records_before + 1, -1, dtype=np.int32)
    rows[np.delete(np.arange(records_before), lost)] = np.arange(records_before - len(lost), dtype=np.int32)
    moved = rows[frame["record"].to_numpy()] if frame.height else np.empty(0, dtype=np.int32)
    orphans = np.flatnonzero(moved < 0)
    ids = cold.take(table, ["record_id"], frame["position"].gather(pl.Series(orphans)))
    places = records.select("id").with_row_index("row")
    found = ids.join(places, left_on="record_id", right_on="id", how="left", maintain_order="left")["row"]
    moved[orphans] = found.cast(pl.Int32).fill_null(-1).to_numpy()
    return frame.with_columns(pl.Series("record", moved))


def _subjects(columns: HeldColumns, keys: _Keys, lost: Rows, came: pl.DataFrame) -> pl.DataFrame:
    """The subjects over the new keys; those whose description is gone or came are made anew."""
    before = columns.frames["subjects"]
    new, known = keys.edit.came(), places_of(before["key"], keys.keys.gather(came["key"])).drop_nulls().to_numpy()
    again = np.setdiff1d(np.union1d(lost, known), keys.edit.gone).astype(np.int64)
    numbers = again if keys.moves is None else keys.moves[again]
    changed, standing = np.concatenate([new, numbers]), np.concatenate([keys.edit.before, again])
    order = np.argsort(changed)
    edit = Edit(before.height, np.union1d(keys.edit.gone, again).astype(np.int64), standing[order])
    if not edit.changes:
        return before
    changed = changed[order]
    number = np.searchsorted(changed, came["key"].to_numpy()).astype(np.int32)
    made = subject_rows(keys.keys.gather(pl.Series(changed)), came.with_columns(pl.Series("key", number)))
    return edit.applied(before, made).with_columns(pl.int_range(len(keys.keys), dtype=pl.Int32).alias("order"))


def _tie_edit(columns: HeldColumns, lost: Rows, fresh: pl.DataFrame, came: pl.DataFrame) -> tuple[Edit, pl.DataFrame]:
    """What happens to the ties, and those that came in order; each stands behind those of its pair."""
    ties, keys = columns.frames["ties"], columns.frames["subjects"]["key"]
    order = fresh.select(pl.arg_sort_by("enterprise", "holder", "position")).to_series()
    enterprise, holder = (_twice(keys, came[name].gather(order)) for name in ("enterprise", "holder"))
    return Edit(ties.height, lost, _behind(ties, enterprise, holder)), fresh.select(pl.all().gather(order))


def _twice(keys: pl.Series, texts: pl.Series) -> Rows:
    """Where texts stand among sorted keys: twice the place and one for a key, twice the place for a text that would go there."""
    place = keys.search_sorted(texts).to_numpy().astype(np.int64) if len(keys) else np.zeros(len(texts), dtype=np.int64)
    twice: Rows = place * 2 + places_of(keys, texts).is_not_null().to_numpy()
    return twice


def _behind(ties: pl.DataFrame, enterprise: Rows, holder: Rows) -> Rows:
    """How many ties are not behind each of some pairs, given as `_twice` tells them: a binary search for all at once."""
    enterprises, holders = ties["enterprise"].to_numpy(), ties["holder"].to_numpy()
    low, high = np.zeros(len(enterprise), dtype=np.int64), np.full(len(enterprise), ties.height)
    while (open_ := low < high).any():
        middle = np.minimum((low + high) // 2, max(ties.height - 1, 0))
        one, other = enterprises[middle].astype(np.int64) * 2 + 1, holders[middle].astype(np.int64) * 2 + 1
        passed = (one < enterprise) | (one == enterprise) & (other <= holder)
        low, high = np.where(open_ & passed, middle + 1, low), np.where(open_ & ~passed, middle, high)
    return low


def _holdings(
    columns: HeldColumns, keys: _Keys, edit: Edit, came: pl.DataFrame, told: pl.DataFrame
) -> tuple[pl.DataFrame, tuple[str, ...]] | None:
    """The holdings among the new ties; None where the shares that came have no place over the denominator of the others.

    ``came`` are the ties that came, in order, ``told`` their facts.
    """
    before = columns.frames["holdings"]
    frame = keys.moved(before, "ties")
    if not edit.changes:
        return frame, columns.sources
    tie = before["tie"].to_numpy()
    frame = frame.with_columns(pl.Series("tie", edit.moved(tie)))
    gone = np.flatnonzero(np.isin(tie, edit.gone.astype(np.int32), kind="table")) if len(edit.gone) else edit.gone
    some = came.with_columns(pl.Series("tie", edit.came().astype(np.int32)), pl.Series("#before", edit.before))
    some = some.filter(pl.col("kind").is_in(HOLDING_KINDS))
    if not some.height and not len(gone):
        return frame, columns.sources
    if len(gone) and (before["den"] == 0).any():
        return None  # what is gone may be what had no denominator in common with the others
    place = Edit(before.height, gone, np.searchsorted(tie, some["#before"].to_numpy()))
    if not some.height:
        return marked(place.applied(frame, frame.clear())), columns.sources
    stated = some.select("position").join(
        told.select("position", "share", "source"), on="position", how="left", maintain_order="left"
    )
    dens = before["den"].unique()
    shares = shares_over(stated["share"], int(dens[0])) if len(dens) == 1 else None
    if shares is None:
        return None
    sources = (*columns.sources, *sorted({*stated["source"]} - {*columns.sources}))
    number = pl.DataFrame({"source": sources}, {"source": pl.String}).with_row_index("number")
    numbers = stated.select("source").join(number, on="source", how="left", maintain_order="left")["number"].cast(pl.Int32)
    fresh = some.hstack(shares.get_columns()).with_columns(
        numbers.alias("source"), *(pl.lit(value=False).alias(name) for name in MARKS)
    )
    return marked(place.applied(frame, fresh.select(list(SCHEMAS["holdings"])))), sources


def _holdings_anew(ties: pl.DataFrame, cold: Cold) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The holdings among the new ties, all of whose shares are read again."""
    positions = ties.filter(pl.col("kind").is_in(HOLDING_KINDS))["position"]
    return holdings_of(ties, cold.take("ties", ["share", "source"], positions))
