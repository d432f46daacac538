"""Who controls whom in a whole register: `graph_service.engine.closure` for every actor at once.

* an actor that holds nothing over the threshold by itself controls nothing, so only the others are followed;
* each round adds what the companies that came in last hold, whole, to what their actor holds; what then passes comes in;
* companies that hold nothing themselves are never followed further, and actors that gained none are done;
* *certain* adds minima; *possible* adds maxima, less what others certainly hold, which matters only in companies with a gap: the
  same text runs over the two bounds.

Invariants: the least fixed point and its rounds, as the engine finds them for each actor; exact integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import narwhals as nw

from graph_service.engine.bulk.backend import Backend, Frame

PAIRS = ("actor", "company", "round")


@dataclass(frozen=True, slots=True)
class Over:
    """What it takes to come in: more than a threshold, or at least that much."""

    threshold: Fraction
    strict: bool = True

    def surely(self, lo: nw.Expr, lo_open: nw.Expr) -> nw.Expr:
        """Whether a sum of minima passes."""
        part, whole = lo * self.threshold.denominator, nw.col("den") * self.threshold.numerator
        return (part > whole) | ((part == whole) & (lo_open > 0)) if self.strict else part >= whole

    def possibly(self) -> nw.Expr:
        """Whether a sum of maxima may pass, given what all holders certainly hold, ``total open_bounds`` (null: no cap)."""
        most, den = nw.col("hi"), nw.col("den")
        cap = den - (nw.col("total") - nw.col("lo"))
        over = (nw.col("total") > den) | ((nw.col("total") == den) & (nw.col("open_bounds") > 0))
        caps = ~nw.col("total").is_null() & ~over
        reached = nw.col("open_bounds") == nw.col("lo_open")
        bound = nw.when(caps & (cap < most)).then(cap).otherwise(most)
        part, whole = bound * self.threshold.denominator, den * self.threshold.numerator
        if self.strict:
            return part > whole
        attained = (
            nw.when(caps & (cap < most)).then(reached).otherwise((nw.col("hi_open") == 0) & (~caps | (cap != most) | reached))
        )
        return (part > whole) | ((part == whole) & attained)


def caps_of(backend: Backend, held: Frame) -> Frame:
    """What all holders certainly hold of each company with a gap: ``(company, total, open_bounds)``."""
    sums = held.filter(nw.col("vague")).group_by("company").agg(total=nw.col("lo").sum(), open_bounds=nw.col("lo_open").sum())
    return backend.materialise(sums.with_columns(nw.col("total").cast(nw.Int64), nw.col("open_bounds").cast(nw.Int64)))


def controlled(
    backend: Backend, held: Frame, over: Over, *, size: int, caps: Frame | None = None, barred: Frame | None = None
) -> Frame:
    """Every actor and company that it controls, with the round in which it came in: `PAIRS`, and ``key``, one number for both.

    ``held`` is materialised; ``size`` is more than any number of a subject; ``barred`` are the ``key`` of pairs that are none.
    With ``caps`` (`caps_of`) the pairs are those of some reading, else those of every.
    Costs a scan of the holdings, and for each round what the companies that came in hold.
    """

    def judged(rows: Frame) -> Frame:
        if caps is None:
            return rows.with_columns(passes=over.surely(nw.col("lo"), nw.col("lo_open")))
        return rows.join(caps, on="company", how="left").with_columns(passes=over.possibly()).drop("total", "open_bounds")

    bounds = ("lo", "lo_open", "hi", "hi_open")
    others = held.filter(nw.col("holder") != nw.col("company")).with_columns(actor=nw.col("holder"), key=_key("holder", size))
    # Where nothing has a gap, minima and maxima are the same and nothing can be capped.
    exactly = others.filter(~nw.col("vague")).with_columns(passes=over.surely(nw.col("lo"), nw.col("lo_open")))
    told = nw.concat([part.select(*_SUMS, "passes") for part in (exactly, judged(others.filter(nw.col("vague"))))])
    told = backend.materialise(told)
    first = backend.materialise(told.filter("passes").select("actor", "company", "key", round=nw.lit(1)))
    # Only what companies hold that are held themselves is ever passed on.
    inner = held.filter(nw.col("inner") & (nw.col("holder") != nw.col("company")))
    inner = backend.materialise(inner.select("holder", "company", *bounds, "den"))
    holders = backend.materialise(inner.select(company="holder").unique())
    frontier = backend.materialise(first.join(holders, on="company", how="semi").select("actor", "company"))
    actors = backend.materialise(frontier.select("actor").unique())
    near = backend.materialise(told.filter(~nw.col("passes")).join(actors, on="actor", how="semi").select(*_SUMS))
    known = backend.materialise(first.select("actor", "key").join(actors, on="actor", how="semi"))
    pairs, level = [first], 1
    while backend.height(frontier):
        level += 1
        further = frontier.join(inner, left_on="company", right_on="holder", how="inner", suffix="_next")
        further = further.drop("company").rename({"company_next": "company"}).filter(nw.col("actor") != nw.col("company"))
        further = further.with_columns(key=_key("actor", size)).select(*_SUMS)
        if barred is not None:
            further = further.join(barred, on="key", how="anti")
        further = backend.materialise(further)
        touched = backend.materialise(further.select("key").unique())
        again = backend.materialise(known.join(touched, on="key", how="semi").select("key"))
        grown = nw.concat([near.join(touched, on="key", how="semi"), further.join(again, on="key", how="anti")])
        grown = grown.group_by("key").agg(
            nw.col("actor").min(), nw.col("company").min(), *(nw.col(name).sum() for name in bounds), nw.col("den").min()
        )
        grown = backend.materialise(judged(grown.with_columns(*typed())))
        fresh = backend.materialise(grown.filter("passes").select("actor", "company", "key", round=nw.lit(level)))
        pairs.append(fresh)
        frontier = backend.materialise(fresh.join(holders, on="company", how="semi").select("actor", "company"))
        # Whoever gained nothing that holds more gains nothing more.
        actors = backend.materialise(frontier.select("actor").unique())
        left = nw.concat([near.join(touched, on="key", how="anti"), grown.filter(~nw.col("passes")).select(*_SUMS)])
        near = backend.materialise(left.join(actors, on="actor", how="semi"))
        both = nw.concat([known, fresh.select("actor", "key")])
        known = backend.materialise(both.join(actors, on="actor", how="semi"))
    return backend.materialise(nw.concat([part.select(*PAIRS, "key") for part in pairs]))


_SUMS = ("actor", "company", "lo", "lo_open", "hi", "hi_open", "den", "key")


def typed() -> list[nw.Expr]:
    """The columns of sums in their own types, whatever a database makes of a sum."""
    return [
        *(nw.col(name).cast(nw.Int64) for name in ("lo", "hi", "den")),
        *(nw.col(name).cast(nw.Int32) for name in ("lo_open", "hi_open")),
    ]


def _key(actor: str, size: int) -> nw.Expr:
    return nw.col(actor).cast(nw.Int64) * size + nw.col("company").cast(nw.Int64)
