"""What every holder holds in every company on a day: `graph_service.engine.holdings` as columns.

* a tie that certainly holds on the day counts with minimum and maximum, one that only may hold with nothing and its maximum;
* most holders have one tie to a company, and nothing is added up for them;
* of several ties those of one source add up, and those of several sources are one holding, told again; where some of these may
  not hold on the day, the engine itself reads them.

Invariants: exact integers over the company's denominator; open bounds stay open; the same holdings as the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import narwhals as nw
import polars as pl

from graph_service.engine.bulk import spans
from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.holdings import holdings
from graph_service.model.facts import is_tie
from graph_service.snapshot.columns import KINDS, Columns

HELD = ("holder", "company", "lo", "lo_open", "hi", "hi_open", "den", "tie", "inner", "vague")
"""``lo`` and ``hi`` over ``den``; ``lo_open`` and ``hi_open`` are 1 for an open bound; ``tie`` is -1 for several ties;
``inner`` and ``vague`` as in `graph_service.snapshot.columns.HOLDINGS`."""
_SCHEMA: dict[str, Any] = {
    "holder": pl.Int32,
    "company": pl.Int32,
    "lo": pl.Int64,
    "lo_open": pl.Int32,
    "hi": pl.Int64,
    "hi_open": pl.Int32,
    "den": pl.Int64,
    "tie": pl.Int32,
    "inner": pl.Boolean,
    "vague": pl.Boolean,
}


_WHOLE = 1 << 63
"""What the integers of columns stay below."""


def exact(columns: Columns, threshold: Fraction) -> bool:
    """Whether integers say all: shares have common denominators, and no sum of them times the threshold's parts can overflow."""
    dens = columns.frames["holdings"]["den"]
    largest = int(dens.cast(pl.UInt64).max() or 0) * max(dens.len(), 1)  # type: ignore[arg-type]
    return not bool((dens == 0).any()) and largest * threshold.denominator < _WHOLE


def held_on(backend: Backend, columns: Columns, day: int, kinds: Iterable[str]) -> Frame:
    """The holdings on a day in one measure: the columns of `HELD`, one row a holder and company.  Costs a scan."""
    numbers = sorted(KINDS[kind] for kind in kinds)
    told = backend.table(columns.frames["holdings"]).filter(
        (nw.col("start_lo") <= day) & (nw.col("end_hi") > day) & nw.col("kind").is_in(numbers)
    )
    known = (nw.col("start_hi") <= day) & (nw.col("end_lo") > day)
    # Where the ranges of start and end meet, only a single day is certain (see `spans.core`).
    told = told.with_columns(
        s_sl=nw.col("start_lo"), s_sh=nw.col("start_hi"), s_el=nw.col("end_lo"), s_eh=nw.col("end_hi")
    ).with_columns(sure=known | spans.certainly_holds("s", day))
    single = told.filter(~nw.col("several")).select(
        "holder",
        "inner",
        "vague",
        lo=nw.when(nw.col("sure")).then(nw.col("lo")).otherwise(nw.lit(0)).cast(nw.Int64),
        hi="hi",
        den="den",
        tie="tie",
        company="enterprise",
        lo_open=(nw.col("sure") & nw.col("lo_open")).cast(nw.Int32),
        hi_open=nw.col("hi_open").cast(nw.Int32),
    )
    several = backend.collect(told.filter(nw.col("several")))
    if not several.height:
        return single.select(*HELD)
    return nw.concat([single.select(*HELD), backend.table(_several(columns, day, frozenset(kinds), several))])


def _several(columns: Columns, day: int, kinds: frozenset[str], rows: pl.DataFrame) -> pl.DataFrame:
    pair = ["holder", "enterprise"]
    rows = rows.with_columns(
        ties=pl.len().over(pair),
        sources=pl.col("source").n_unique().over(pair),
        least=pl.when("sure").then("lo").otherwise(0),
        open_below=pl.col("sure") & pl.col("lo_open"),
    )
    one_source = (
        rows.filter(pl.col("sources") == 1)
        .group_by(pair)
        .agg(
            pl.col("least").sum().alias("lo"),
            pl.col("open_below").any().cast(pl.Int32).alias("lo_open"),
            pl.col("hi").sum(),
            pl.col("hi_open").any(),
            pl.col("den", "inner", "vague").first(),
            pl.when(pl.len() == 1).then(pl.col("tie").first()).otherwise(-1).cast(pl.Int32).alias("tie"),
        )
        .with_columns(
            hi=pl.min_horizontal("hi", "den"), hi_open=(pl.col("hi_open") & (pl.col("hi") <= pl.col("den"))).cast(pl.Int32)
        )
        .rename({"enterprise": "company"})
    )
    many = rows.filter(pl.col("sources") > 1)
    known = many.filter(pl.col("sure").all().over(pair))
    vague = many.filter(~pl.col("sure").all().over(pair))
    parts = [one_source, _agreed(known, pair), _of_sources(columns, day, kinds, vague)]
    return pl.concat([part.select([pl.col(name).cast(kind) for name, kind in _SCHEMA.items()]) for part in parts])


def _agreed(rows: pl.DataFrame, pair: list[str]) -> pl.DataFrame:
    """Holdings that several sources tell, by ties that all certainly hold: the ranges intersected, or spanned where they differ.

    A bound and whether it is open are one number, so that of two equal minima the open one is the greater, of two equal maxima
    the closed one.
    """
    told = rows.group_by(*pair, "source").agg(
        pl.col("lo", "hi").sum(), pl.col("lo_open", "hi_open").any(), pl.col("den", "inner").first()
    )
    low, high = pl.col("lo") * 2 + pl.col("lo_open"), pl.col("hi") * 2 + 1 - pl.col("hi_open").cast(pl.Int64)
    told = (
        told.with_columns(low=low, high=high)
        .group_by(pair)
        .agg(
            pl.col("den", "inner").first(),
            *(getattr(pl.col(name), which)().alias(f"{which}_{name}") for name in ("low", "high") for which in ("min", "max")),
        )
    )
    lo, hi = pl.col("max_low") // 2, pl.col("min_high") // 2
    agree = (lo < hi) | ((lo == hi) & (pl.col("max_low") % 2 == 0) & (pl.col("min_high") % 2 == 1))
    told = told.with_columns(
        low=pl.when(agree).then("max_low").otherwise("min_low"), high=pl.when(agree).then("min_high").otherwise("max_high")
    )
    most = pl.col("high") // 2
    return told.select(
        "holder",
        pl.col("enterprise").alias("company"),
        (pl.col("low") // 2).alias("lo"),
        (pl.col("low") % 2).alias("lo_open"),
        pl.min_horizontal(most, "den").alias("hi"),
        ((pl.col("high") % 2 == 0) & (most <= pl.col("den"))).alias("hi_open"),
        "den",
        pl.lit(-1).alias("tie"),
        "inner",
        pl.lit(value=True).alias("vague"),
    )


def _of_sources(columns: Columns, day: int, kinds: frozenset[str], rows: pl.DataFrame) -> pl.DataFrame:
    """Holdings that several sources tell and that may not all hold on the day, as the engine reads them."""
    facts = [tie for tie in columns.facts("ties", rows["tie"].to_list()) if is_tie(tie)]
    ends = {(tie.fact.holder, tie.fact.enterprise): at for at, tie in enumerate(facts)}
    told = []
    for one in holdings(facts, day, kinds):
        at = ends[one.holder, one.company]
        holder, company, den = rows["holder"][at], rows["enterprise"][at], rows["den"][at]
        bounds = (int(one.lo * den), int(one.lo_open), int(one.hi * den), int(one.hi_open))
        told.append((holder, company, *bounds, den, -1, rows["inner"][at], True))
    return pl.DataFrame(told, schema=_SCHEMA, orient="row")
