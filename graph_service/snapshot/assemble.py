"""From fact frames to columns: keys become numbers, share texts become integers, and what the joins ask often is worked out once.

A *fact frame* holds the live facts of one kind as a ledger or a register tells them: text keys, typed integers, one row a fact
(`FACT_FRAMES`).  A *numbered frame* is the same with the subjects' keys as places in a list of keys (`NUMBERED_FRAMES`).

* Every key that any fact mentions as a subject is a row of ``subjects``, described or not, in the order of the keys.
* Ties lie by enterprise, then holder, then position; all other facts by position.
* A word outside the closed vocabularies is kept in ``other`` and has the number -1: no rule can name it.

Invariants: exactly the facts of the frames are in the columns; a subject that no fact mentions is not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.model.interval import LAST
from graph_service.model.words import HOLDINGS as HOLDING_WORDS
from graph_service.model.words import STATE_FORMS
from graph_service.snapshot.columns import ENTERPRISE, KINDS, SCHEMAS, UNDESCRIBED
from graph_service.snapshot.held import COLD, Cold, HeldColumns, InMemory
from graph_service.snapshot.numbering import number_keys, sorted_keys, valid_codes
from graph_service.snapshot.shares import integer_shares

_TEXT, _DAY = pl.String, pl.Int32
_FACT = {"position": pl.Int64, "recorded": pl.Int64, "digest": pl.Binary}

FACT_FRAMES: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "subjects": {
        "key": _TEXT,
        "kind": pl.Int8,  # ENTERPRISE, PERSON or UNSPECIFIED of `columns`
        "name": _TEXT,
        "form": _TEXT,
        "status": _TEXT,
        "region": _TEXT,
        "industry": _TEXT,
        "opened_lo": _DAY,
        "opened_hi": _DAY,
        "closed_lo": _DAY,
        "closed_hi": _DAY,
        "state_owned": pl.Boolean,
        "id_type": _TEXT,
        "id_hash": _TEXT,
        "note": _TEXT,
        **_FACT,
    },
    "ties": {
        "id": _TEXT,
        "kind": pl.Int8,  # `columns.KINDS`; -1: what ``other`` says
        "other": _TEXT,
        "holder": _TEXT,
        "enterprise": _TEXT,
        "start_lo": _DAY,
        "start_hi": _DAY,
        "end_lo": _DAY,
        "end_hi": _DAY,
        "share": _TEXT,  # as `sqlite_codec.share_text` writes it: "" is an unknown share, null none
        "title": _TEXT,
        "credential": _TEXT,
        "source": _TEXT,
        **_FACT,
    },
    "records": {
        "id": _TEXT,
        "subject": _TEXT,
        "family": _TEXT,
        "behaviour": _TEXT,
        "severity": _TEXT,
        "act_start_lo": _DAY,
        "act_start_hi": _DAY,
        "act_end_lo": _DAY,
        "act_end_hi": _DAY,
        "decided_lo": _DAY,
        "decided_hi": _DAY,
        "authority": _TEXT,
        "instrument_no": _TEXT,
        "region": _TEXT,
        "amount": _TEXT,
        "outcome": _TEXT,
        **_FACT,
    },
    "findings": {
        "record": _TEXT,
        "person": _TEXT,
        "finding": pl.Int8,  # `columns.FINDING_WORDS`; -1: what ``other`` says
        "other": _TEXT,
        "instrument_no": _TEXT,
        "found_on": _DAY,  # null: with the decision
        **_FACT,
    },
    "events": {
        "record": _TEXT,
        "kind": pl.Int8,  # `columns.EVENT_WORDS`; -1: what ``other`` says
        "other": _TEXT,
        "on": _DAY,
        "person": _TEXT,  # empty: everybody
        "instrument_no": _TEXT,
        **_FACT,
    },
    "listings": {
        "subject": _TEXT,
        "regime": _TEXT,
        "listed_start_lo": _DAY,
        "listed_start_hi": _DAY,
        "listed_end_lo": _DAY,
        "listed_end_hi": _DAY,
        "instrument_no": _TEXT,
        **_FACT,
    },
}
"""The columns of fact frames.  ``digest`` (the bytes of the fact id) may be null: then it is worked out when it is asked for."""

_NULLABLE = frozenset({"share", "found_on", "digest"})
SUBJECT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "subjects": ("key",),
    "ties": ("holder", "enterprise"),
    "records": ("subject",),
    "findings": ("person",),
    "events": ("person",),
    "listings": ("subject",),
}
"""Which columns of a fact frame name subjects."""
NUMBERED_FRAMES: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    table: {name: pl.Int32 if name in SUBJECT_COLUMNS[table] else kind for name, kind in schema.items()}
    for table, schema in FACT_FRAMES.items()
}
"""The columns of fact frames whose subjects are places in a list of keys; -1 in ``events.person``: everybody."""

HOT_PARTS: Mapping[str, list[str]] = {
    table: [name for name in schema if name not in COLD[table] or name in ("form", "state_owned")]
    for table, schema in FACT_FRAMES.items()
}
"""The columns of fact frames that hot frames are made of."""

HOLDING_KINDS = [KINDS[word] for word in HOLDING_WORDS]
"""The numbers of the kinds of ties that carry a share."""


def assemble(frames: Mapping[str, pl.DataFrame], position: Position) -> HeldColumns:
    """The columns of fact frames (`FACT_FRAMES`) that hold the facts live at a position.

    A frame may be missing where there are no such facts, and a column where it is empty for all of them: ``""``, False, or null
    where that is allowed.  No two rows may have one key (`graph_service.model.facts`), as in every ledger.  Costs some 20 s for
    4.5 million subjects with 12 million ties.
    """
    whole = {table: _complete(frames.get(table), schema) for table, schema in FACT_FRAMES.items()}
    named = {f"{table}.{name}": whole[table][name] for table, names in SUBJECT_COLUMNS.items() for name in names}
    everybody = named["events.person"] == ""
    named["events.person"] = named["events.person"].filter(~everybody)
    keys, numbers = number_keys(named)
    for table, names in SUBJECT_COLUMNS.items():
        if table != "events":
            whole[table] = whole[table].with_columns(numbers.pop(f"{table}.{name}").alias(name) for name in names)
    person = np.full(len(everybody), -1, dtype=np.int32)
    person[(~everybody).to_numpy()] = numbers["events.person"].to_numpy()
    whole["events"] = whole["events"].with_columns(pl.Series("person", person))
    return _columns(keys, whole, position, None)


def assemble_numbered(
    keys: pl.Series, frames: dict[str, pl.DataFrame], position: Position, cold: Cold | None = None
) -> HeldColumns:
    """The columns of numbered frames (`NUMBERED_FRAMES`) over different keys, in any order, of which some may be unused.

    Where the cold columns are somewhere already (``cold``), the frames need no more than `HOT_PARTS`; a cold column that is empty
    throughout may be missing.  ``frames`` are taken out of the dictionary: each is let go as soon as it was read.
    """
    ordered, rank = _used(keys, frames)
    del keys
    for table, names in SUBJECT_COLUMNS.items():
        frame = frames.pop(table)
        frames[table] = frame.with_columns(pl.Series(name, rank[frame[name].to_numpy()]) for name in names)
    del rank
    return _columns(ordered, frames, position, cold)


def _used(keys: pl.Series, frames: Mapping[str, pl.DataFrame]) -> tuple[pl.Series, npt.NDArray[np.int32]]:
    """The keys that frames use, sorted, and the place of each number among them; the last is for -1."""
    used = np.zeros(len(keys), dtype=np.bool_)
    for table, names in SUBJECT_COLUMNS.items():
        for name in names:
            numbers = frames[table][name].to_numpy()
            used[numbers if table != "events" else numbers[numbers >= 0]] = True
    rows = np.flatnonzero(used)
    kept = keys if used.all() else keys.gather(pl.Series(rows))
    ordered, places = sorted_keys(kept)
    rank = np.full(len(keys) + 1, -1, dtype=np.int32)
    rank[rows] = places
    return ordered, rank


def _complete(frame: pl.DataFrame | None, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """A frame with all columns of a schema, in their order."""
    if frame is None:
        return pl.DataFrame(schema=schema)
    columns = []
    for name, kind in schema.items():
        if name in frame.columns:
            columns.append(pl.col(name).cast(kind))
        else:
            empty = None if name in _NULLABLE else "" if kind is _TEXT else False if kind is pl.Boolean else None
            columns.append(pl.lit(empty, kind).alias(name))
    return frame.select(columns)


def _columns(keys: pl.Series, frames: dict[str, pl.DataFrame], position: Position, cold: Cold | None) -> HeldColumns:
    """The columns of numbered frames over the sorted keys that they use.  ``frames`` are taken out of the dictionary."""
    for table, frame in frames.items():
        frames[table] = frame if frame["position"].is_sorted() else frame.sort("position")
    parts = {} if cold else {table: cold_part(table, frame) for table, frame in frames.items()}
    cold = cold or InMemory(parts)
    subjects = subject_rows(keys, frames.pop("subjects"))
    told = frames.pop("ties").select(list(SCHEMAS["ties"]))
    order = told.select(pl.arg_sort_by(_pairs(told), maintain_order=True)).to_series()
    ties = _gathered(told, order)
    kinds = ties["kind"]
    holding = kinds.is_in(HOLDING_KINDS)
    if "ties" in parts:  # rows in memory are where they were, and need not be looked for
        shares = parts["ties"].select(pl.col("share", "source").gather(order.filter(holding)))
    else:
        shares = cold.take("ties", ["share", "source"], ties["position"].filter(holding))
    del order
    holdings, sources = holdings_of(ties, shares)
    hot = {"subjects": subjects, "ties": ties, "holdings": holdings, **hot_frames(frames)}
    return HeldColumns(position, {table: hot[table] for table in SCHEMAS}, cold, sources)


def _pairs(ties: pl.DataFrame) -> pl.Series:
    """Enterprise and holder of ties as one number."""
    return ties.select((pl.col("enterprise").cast(pl.UInt64) * (1 << 32)) | pl.col("holder").cast(pl.UInt64)).to_series()


def _gathered(frame: pl.DataFrame, rows: pl.Series) -> pl.DataFrame:
    """A frame in another order of its rows; each of its columns is let go when it was read."""
    found = []
    for name in frame.columns:
        column = frame.drop_in_place(name)
        found.append(column if column.min() == column.max() else column.gather(rows))
    return pl.DataFrame(found)


def hot_frames(numbered: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The hot frames of numbered ones, row by row; without ``subjects`` and ``holdings``."""
    records = numbered["records"].select("id").with_row_index("row")
    found = {}
    for table, schema in SCHEMAS.items():
        if table in numbered and table not in ("subjects", "holdings"):
            frame = numbered[table]
            if table in ("findings", "events"):
                rows = frame.select("record").join(records, left_on="record", right_on="id", how="left", maintain_order="left")
                frame = frame.with_columns(rows["row"].cast(pl.Int32).fill_null(-1).alias("record"))
            found[table] = frame.select(list(schema))
    return found


def cold_part(table: str, numbered: pl.DataFrame) -> pl.DataFrame:
    """The cold columns that a fact frame or a numbered one has, row by row, with ``position``."""
    names = {name: "record" if name == "record_id" else name for name in COLD[table]}
    return numbered.select("position", *(pl.col(told).alias(name) for name, told in names.items() if told in numbered.columns))


def subject_rows(keys: pl.Series, described: pl.DataFrame) -> pl.DataFrame:
    """One row of ``subjects`` for each of some sorted keys; ``described`` (numbered) names them by their places."""
    rows = np.full(len(keys), -1, dtype=np.int64)
    rows[described["key"].to_numpy()] = np.arange(described.height)
    place = pl.Series(rows)
    told = described.select(
        pl.col("kind", "closed_lo", "closed_hi", "form", "state_owned", "position", "recorded").gather(place.set(place < 0, None))
    )
    a_body = pl.col("uscc") & pl.col("key").str.starts_with("11") | pl.col("form").is_in(sorted(STATE_FORMS))
    return (
        told.with_columns(
            keys.alias("key"),
            valid_codes(keys).alias("uscc"),
            pl.int_range(len(keys), dtype=pl.Int32).alias("order"),
            pl.col("kind").fill_null(UNDESCRIBED),
            pl.col("form").fill_null(""),
            pl.col("state_owned").fill_null(value=False),
            pl.col("closed_lo", "closed_hi").fill_null(LAST),
            pl.col("position", "recorded").fill_null(-1),
        )
        .with_columns((pl.col("kind").is_in([ENTERPRISE, UNDESCRIBED]) & a_body).alias("state_body"))
        .with_columns((pl.col("state_body") | pl.col("state_owned")).alias("state_holder"))
        .select(list(SCHEMAS["subjects"]))
    )


def holdings_of(ties: pl.DataFrame, shares: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """The holdings among sorted ties (`columns.HOLDINGS`), and the texts of their sources' numbers.

    ``shares`` are ``share source`` of the ties that are holdings, in their order.
    """
    some = ties.with_row_index("tie").filter(pl.col("kind").is_in(HOLDING_KINDS))
    sources = shares.select("source").unique().sort("source").with_row_index("number")
    numbers = shares.select("source").join(sources, on="source", how="left", maintain_order="left")["number"]
    found = some.hstack(integer_shares(some["enterprise"], shares["share"]).get_columns())
    found = found.with_columns(pl.col("tie").cast(pl.Int32), numbers.cast(pl.Int32).alias("source"))
    return marked(found), tuple(sources["source"])


def marked(holdings: pl.DataFrame) -> pl.DataFrame:
    """Sorted holdings with what of each hangs on the others (`columns.MARKS`).  Costs a scan."""
    same = (pl.col("enterprise") == pl.col("enterprise").shift(1)) & (pl.col("holder") == pl.col("holder").shift(1))
    several = same.fill_null(value=False) | same.shift(-1).fill_null(value=False)
    ranged = (pl.col("lo") != pl.col("hi")) | pl.col("lo_open") | pl.col("hi_open")
    dated = (pl.col("start_lo") != pl.col("start_hi")) | (pl.col("end_lo") != pl.col("end_hi"))
    told = holdings.with_columns(several.alias("several"))
    gaps = told.select("enterprise", (ranged | dated | pl.col("several")).alias("gap"))
    ends = np.zeros(int(max(holdings["enterprise"].max() or 0, holdings["holder"].max() or 0)) + 1, dtype=bool)  # type: ignore[arg-type, type-var]
    held, open_to = ends.copy(), ends
    held[holdings["enterprise"].to_numpy()] = True
    open_to[gaps.filter("gap")["enterprise"].to_numpy()] = True
    return told.with_columns(
        inner=pl.Series(held[holdings["holder"].to_numpy()]), vague=pl.Series(open_to[holdings["enterprise"].to_numpy()])
    ).select(list(SCHEMAS["holdings"]))
