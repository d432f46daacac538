"""When terms end: `graph_service.engine.standing.term_end`, for every record and every length of term.

The calendar is asked once for each distinct day; everything else is minima and maxima of days.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from graph_service.engine.bulk.cases import Cases
from graph_service.engine.standing import after
from graph_service.model.interval import FIRST, LAST
from graph_service.policy.table import Term

ENDS = {"rec": pl.Int32, "term": pl.Int32, "term_lo": pl.Int32, "term_hi": pl.Int32}


def has_length(term: Term) -> bool:
    """Whether a term ends by itself."""
    return not term.permanent and any(part is not None for part in (term.years, term.months, term.days))


def term_ends(cases: Cases, terms: Sequence[Term]) -> pl.DataFrame:
    """The day after each term's last, as a range: the columns of `ENDS`.  Only of terms with a length."""
    found = [_ends(cases.rows, number, term) for number, term in enumerate(terms) if has_length(term)]
    return pl.concat(found) if found else pl.DataFrame(schema=ENDS)


def _ends(rows: pl.DataFrame, number: int, term: Term) -> pl.DataFrame:
    low, high = _origin(term)
    days = rows.select("rec", low=low, high=high)
    distinct = pl.concat([days["low"], days["high"]]).unique()
    ends = pl.DataFrame(
        {"day": distinct, "end": [after(day, term) for day in distinct]}, schema={"day": pl.Int32, "end": pl.Int32}
    )
    told = days.join(ends.rename({"day": "low", "end": "term_lo"}), on="low").join(
        ends.rename({"day": "high", "end": "term_hi"}), on="high"
    )
    return told.select("rec", pl.lit(number, pl.Int32).alias("term"), "term_lo", "term_hi")


def _origin(term: Term) -> tuple[pl.Expr, pl.Expr]:
    """The range of days from which a term is counted.

    No act lies after its decision, whichever day of a vague date that was; an act said to begin after it stands as stated.
    """
    low, high = pl.col("decided_lo"), pl.col("decided_hi")
    if term.anchor == "decision":
        return low, high
    dated = (low > FIRST) & (high < LAST)
    bounds = [_act_by(pl.when(dated).then(day).otherwise(pl.lit(LAST, pl.Int32))) for day in (low, high)]
    if term.anchor == "act_start":
        return (
            pl.min_horizontal(*(start_lo for start_lo, _, _, _ in bounds)),
            pl.max_horizontal(*(pl.min_horizontal(start_hi, end_hi - 1) for _, start_hi, _, end_hi in bounds)),
        )
    return (
        pl.min_horizontal(*(pl.max_horizontal(end_lo, start_lo + 1) for start_lo, _, end_lo, _ in bounds)),
        pl.max_horizontal(*(end_hi for _, _, _, end_hi in bounds)),
    )


def _act_by(day: pl.Expr) -> tuple[pl.Expr, pl.Expr, pl.Expr, pl.Expr]:
    """The act if it was decided on a day: cut at the day after it, as stated where it begins only then."""
    cut = day + 1
    cuts = pl.col("act_start_lo") < cut
    return (
        pl.col("act_start_lo"),
        pl.when(cuts).then(pl.min_horizontal("act_start_hi", cut - 1)).otherwise("act_start_hi"),
        pl.when(cuts).then(pl.min_horizontal("act_end_lo", cut)).otherwise("act_end_lo"),
        pl.when(cuts).then(pl.min_horizontal("act_end_hi", cut)).otherwise("act_end_hi"),
    )
