"""The records of a run as cases: each with its class of words, its act cut at the decision, and what its subject is.

A small frame, one row a record that any rule may speak of on the day asked (it has an instrument and may have been decided by
then).  The rules are those of `graph_service.engine.liability`: ``act_until_decision``, ``subject_kind_is``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import polars as pl

from graph_service.engine.bulk.law import UNKNOWN_KIND, numbers_of
from graph_service.engine.liability import INTO_ENTERPRISES
from graph_service.model.interval import FIRST, LAST
from graph_service.model.region import lies_in
from graph_service.model.verdict import Verdict
from graph_service.snapshot.columns import ENTERPRISE, UNDESCRIBED, Columns

WORDS = ("family", "behaviour", "severity", "outcome", "region", "kind")
ACT = ("act_sl", "act_sh", "act_el", "act_eh")


@dataclass(frozen=True, slots=True)
class Cases:
    """``rows``: one a record; ``classes``: their distinct words and kinds, ``cls`` and the columns of `WORDS`."""

    rows: pl.DataFrame
    classes: pl.DataFrame


def cases_of(columns: Columns, at: int, areas: Collection[str]) -> Cases:
    """The cases of a register on a day.  ``areas`` are those that any rule asks for.  Costs the records."""
    subjects = columns.frames["subjects"]
    records = (
        columns.frames["records"]
        .with_row_index("rec")
        .filter((pl.col("instrument_no") != "") & (pl.col("decided_lo") <= at))
        .with_columns(pl.col("rec").cast(pl.Int32), *_cut_act())
        .drop("id", "instrument_no", "position", "recorded")
    )
    records = records.with_columns(_alike(records["region"], sorted(areas)))
    own = subjects[records["subject"]].select(pl.col("kind").alias("described"), "uscc", "state_body")
    rows = records.hstack(own)
    rows = rows.join(_shown(columns, rows), on="subject", how="left").with_columns(pl.col("kind_tie").fill_null(-1))
    rows = rows.with_columns(
        kind=pl.when(pl.col("described") != UNDESCRIBED)
        .then(pl.col("described"))
        .when(pl.col("uscc") | (pl.col("kind_tie") >= 0))
        .then(pl.lit(ENTERPRISE, pl.Int8))
        .otherwise(pl.lit(UNKNOWN_KIND, pl.Int8))
    )
    classes = rows.select(WORDS).unique(maintain_order=True).with_row_index("cls").with_columns(pl.col("cls").cast(pl.Int32))
    rows = rows.join(classes, on=WORDS, how="left").drop("family", "behaviour", "severity", "outcome", "region")
    return Cases(rows, classes)


def _alike(regions: pl.Series, areas: Sequence[str]) -> pl.Series:
    """For each region one that lies alike to every area that a rule asks for, so that there are few classes."""
    if not areas:
        return pl.repeat("", regions.len(), dtype=pl.String, eager=True).alias("region")
    first: dict[tuple[Verdict, ...], str] = {}
    told = {code: first.setdefault(tuple(lies_in(code, [area]) for area in areas), code) for code in regions.unique().sort()}
    return regions.replace_strict(list(told), list(told.values()), return_dtype=pl.String).alias("region")


def _cut_act() -> list[pl.Expr]:
    """The act as far as it can lie: cut at the day after a known decision, as stated where it begins only then."""
    low, high = pl.col("decided_lo"), pl.col("decided_hi")
    cut = low + 1
    cuts = (low == high) & (low > FIRST) & (low < LAST) & (pl.col("act_start_lo") < cut)
    bounds = {
        "act_sl": (pl.col("act_start_lo"), pl.col("act_start_lo")),
        "act_sh": (pl.col("act_start_hi"), pl.min_horizontal("act_start_hi", cut - 1)),
        "act_el": (pl.col("act_end_lo"), pl.min_horizontal("act_end_lo", cut)),
        "act_eh": (pl.col("act_end_hi"), pl.min_horizontal("act_end_hi", cut)),
    }
    return [pl.when(cuts).then(within).otherwise(stated).alias(name) for name, (stated, within) in bounds.items()]


def _shown(columns: Columns, rows: pl.DataFrame) -> pl.DataFrame:
    """Of subjects that neither a row describes nor a code tells, the tie of least id that shows an enterprise: ``kind_tie``."""
    unsure = rows.filter((pl.col("described") == UNDESCRIBED) & ~pl.col("uscc"))["subject"].unique()
    into = numbers_of(INTO_ENTERPRISES)
    ties = columns.frames["ties"].with_row_index("kind_tie") if unsure.len() else None
    if ties is None:
        return pl.DataFrame(schema={"subject": pl.Int32, "kind_tie": pl.Int32})
    found = ties.filter(pl.col("enterprise").is_in(unsure.implode()) & pl.col("kind").is_in(list(into)))
    found = found.with_columns(fact=columns.fact_ids("ties", found["kind_tie"])).sort("fact")
    return found.unique("enterprise", keep="first").select(
        pl.col("enterprise").alias("subject"), pl.col("kind_tie").cast(pl.Int32)
    )
