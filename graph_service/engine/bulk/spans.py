"""Intervals with gaps as columns: what `graph_service.model.interval` says of two intervals, said of millions.

An interval under a prefix ``x`` is four columns of days: ``x_sl x_sh`` (the range of its start) and ``x_el x_eh`` (of its end).
The closed forms are those of the model, and tests hold the two equal.
"""

from __future__ import annotations

import narwhals as nw

from graph_service.engine.bulk.backend import Frame

Expr = nw.Expr
PARTS = ("sl", "sh", "el", "eh")


def parts(prefix: str) -> tuple[Expr, Expr, Expr, Expr]:
    """The four columns of an interval."""
    one, two, three, four = (nw.col(f"{prefix}_{part}") for part in PARTS)
    return one, two, three, four


def has_core(prefix: str) -> Expr:
    """Whether the ranges of start and end lie apart, so that the days between are covered under every reading."""
    return nw.col(f"{prefix}_sh") < nw.col(f"{prefix}_el")


def first_single(prefix: str) -> Expr:
    """The first of the days that alone may be the whole interval, where it has no core."""
    return nw.max_horizontal(nw.col(f"{prefix}_sl"), nw.col(f"{prefix}_el") - 1)


def last_single(prefix: str) -> Expr:
    """The last of these days."""
    return nw.min_horizontal(nw.col(f"{prefix}_sh"), nw.col(f"{prefix}_eh") - 1)


def core(prefix: str) -> tuple[Expr, Expr, Expr]:
    """Whether some days are certain, the first of them and the day after the last."""
    apart, first = has_core(prefix), first_single(prefix)
    low = nw.when(apart).then(nw.col(f"{prefix}_sh")).otherwise(first)
    high = nw.when(apart).then(nw.col(f"{prefix}_el")).otherwise(first + 1)
    return apart | (first == last_single(prefix)), low, high


def ever_meets(start: Expr, end: Expr, target: str) -> Expr:
    """Whether the longest reading ``[start, end)`` shares a day with the target's."""
    return nw.max_horizontal(start, nw.col(f"{target}_sl")) < nw.min_horizontal(end, nw.col(f"{target}_eh"))


def always_meets(one: str, target: str) -> Expr:
    """Whether under every reading of both the interval shares a day with the target (`overlaps` is certain)."""
    _, start_hi, end_lo, _ = parts(one)
    _, low, high, _ = parts(target)
    apart = nw.max_horizontal(start_hi, low) < nw.min_horizontal(end_lo, high)
    close = (low <= first_single(one)) & (last_single(one) < high)
    certain, core_low, core_high = core(one)
    every_day = certain & (core_low <= first_single(target)) & (core_high > last_single(target))
    return nw.when(has_core(target)).then(nw.when(has_core(one)).then(apart).otherwise(close)).otherwise(every_day)


def certainly_holds(prefix: str, day: int) -> Expr:
    """Whether an interval certainly holds a day (`covers` is certain)."""
    certain, low, high = core(prefix)
    return certain & (low <= day) & (high > day)


def together_cover(runs: Frame, key: str) -> Frame:
    """The keys whose runs of days ``[low, high)`` together hold every day from ``first`` to ``last``.

    ``runs`` has the columns ``key low high first last``, the last two the same in all rows of a key.  Costs a sort of the runs.
    """
    order = ["low", "high"]
    told = runs.with_columns(before=nw.col("high").cum_max().over(key, order_by=order)).with_columns(
        before=nw.col("before").shift(1).over(key, order_by=order)
    )
    need = nw.max_horizontal(
        nw.col("first"), nw.when(nw.col("before").is_null()).then(nw.col("first")).otherwise(nw.col("before"))
    )
    told = told.with_columns(torn=(nw.col("low") > need) & (need <= nw.col("last")))
    whole = told.group_by(key).agg(nw.col("torn").any(), nw.col("high").max(), nw.col("last").max())
    return whole.filter(~nw.col("torn") & (nw.col("high") > nw.col("last"))).select(key)
