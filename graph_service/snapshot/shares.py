"""The shares of holdings as integers: numerators over a denominator that all holdings of one enterprise have in common.

* A share is read once for each distinct text, exactly; a holding that states none may be any share.
* One denominator serves the whole register where there is one up to `LARGEST_DENOMINATOR`; else each enterprise has its own; an
  enterprise whose shares have none has 0, and no numerators.

Invariant: ``lo / den`` and ``hi / den`` are the share of the fact; nothing is rounded.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm

import polars as pl

from graph_service.ledger.sqlite_codec import share_of
from graph_service.model.share import UNKNOWN_SHARE, Share
from graph_service.snapshot.columns import LARGEST_DENOMINATOR


def integer_shares(enterprises: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """``lo hi lo_open hi_open den`` of holdings, from their enterprises and share texts (null: none stated), row by row.

    Costs some microseconds for each distinct text, and, where no denominator serves all, for each enterprise with a rare one.
    """
    distinct = texts.unique().sort()
    shares = [_share(text) for text in distinct]
    common = lcm(*{_denominator(share) for share in shares})
    place = pl.DataFrame({"text": distinct}).with_row_index("share")
    rows = pl.DataFrame({"enterprise": enterprises, "text": texts}).join(
        place, on="text", how="left", nulls_equal=True, maintain_order="left"
    )
    if common <= LARGEST_DENOMINATOR:
        return _numerators(rows, pl.DataFrame(_stated(range(len(shares)), shares, common), _STATED), ["share"])
    return _by_enterprise(rows.select("enterprise", "share"), shares)


def shares_over(texts: pl.Series, den: int) -> pl.DataFrame | None:
    """``lo hi lo_open hi_open den`` of share texts over a given denominator; None where it does not fit one of them."""
    distinct = texts.unique().sort()
    shares = [_share(text) for text in distinct]
    if not den or any(den % _denominator(share) for share in shares):
        return None
    stated = pl.DataFrame(_stated(range(len(shares)), shares, den), _STATED).with_columns(distinct.alias("text")).drop("share")
    return pl.DataFrame({"text": texts}).join(stated, on="text", how="left", nulls_equal=True, maintain_order="left").drop("text")


def _share(text: str | None) -> Share:
    return UNKNOWN_SHARE if text is None else share_of(text)


_STATED = {"share": pl.UInt32, "lo": pl.Int64, "hi": pl.Int64, "lo_open": pl.Boolean, "hi_open": pl.Boolean, "den": pl.Int64}
_Row = tuple[int, int, int, bool, bool, int]


def _denominator(share: Share) -> int:
    return lcm(share.lo.denominator, share.hi.denominator)


def _over(value: Fraction, den: int) -> int:
    return value.numerator * (den // value.denominator)


def _stated(numbers: range | list[int], shares: list[Share], den: int) -> dict[str, list[object]]:
    """The columns of `_STATED` for some shares over one denominator; 0: they have none."""
    rows: list[_Row] = []
    for number in numbers:
        share = shares[number]
        lo, hi = (_over(share.lo, den), _over(share.hi, den)) if den else (0, 0)
        rows.append((number, lo, hi, share.lo_open, share.hi_open, den))
    return {name: [row[at] for row in rows] for at, name in enumerate(_STATED)}


def _numerators(rows: pl.DataFrame, stated: pl.DataFrame, on: list[str]) -> pl.DataFrame:
    joined = rows.join(stated, on=on, how="left", maintain_order="left")
    return joined.select("lo", "hi", "lo_open", "hi_open", "den")


def _by_enterprise(rows: pl.DataFrame, shares: list[Share]) -> pl.DataFrame:
    """Where no denominator serves all: one for as many texts as one serves, and one for each enterprise with any other."""
    base, served = 1, [False] * len(shares)
    for number, _ in rows["share"].value_counts(sort=True).iter_rows():
        wider = lcm(base, _denominator(shares[number]))
        if wider <= LARGEST_DENOMINATOR:
            base, served[number] = wider, True
    rare = pl.Series([number for number, is_served in enumerate(served) if not is_served], dtype=pl.UInt32)
    with_rare = rows.filter(pl.col("share").is_in(rare.implode()))["enterprise"].unique()
    told = rows.filter(pl.col("enterprise").is_in(with_rare.implode())).unique().sort("enterprise", "share")
    parts = [pl.DataFrame(schema={"enterprise": rows.schema["enterprise"], **_STATED})]
    for (enterprise,), group in told.group_by("enterprise", maintain_order=True):
        numbers = group["share"].to_list()
        den = lcm(*(_denominator(shares[number]) for number in numbers))
        part = pl.DataFrame(_stated(numbers, shares, den if den <= LARGEST_DENOMINATOR else 0), _STATED)
        parts.append(part.select(pl.lit(enterprise, rows.schema["enterprise"]).alias("enterprise"), pl.all()))
    own = _numerators(rows, pl.concat(parts), ["enterprise", "share"])
    common = _numerators(
        rows, pl.DataFrame(_stated([n for n, is_served in enumerate(served) if is_served], shares, base), _STATED), ["share"]
    )
    return pl.select(*(pl.coalesce(own[name], common[name]).alias(name) for name in common.columns))
