"""Who controls whom in a whole register: `graph_service.engine.closure` for every actor at once.

* an actor that holds nothing over the threshold by itself controls nothing, so only the others are followed;
* each round adds what the companies that came in last hold, whole, to what their actor holds; what then passes comes in;
* companies that hold nothing themselves are never followed further;
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


def with_caps(backend: Backend, held: Frame) -> Frame:
    """Holdings with what all holders certainly hold of their company, ``total open_bounds``; null where nothing has a gap."""
    vague = held.filter((nw.col("lo") != nw.col("hi")) | (nw.col("lo_open") + nw.col("hi_open") > 0)).select("company").unique()
    vague = backend.materialise(vague)
    sums = (
        held.join(vague, on="company", how="semi")
        .group_by("company")
        .agg(total=nw.col("lo").sum(), open_bounds=nw.col("lo_open").sum())
        .with_columns(nw.col("total").cast(nw.Int64), nw.col("open_bounds").cast(nw.Int64))
    )
    return backend.materialise(held.join(backend.materialise(sums), on="company", how="left"))


def controlled(backend: Backend, held: Frame, over: Over, *, possible: bool, size: int, barred: Frame | None = None) -> Frame:
    """Every actor and company that it controls, with the round in which it came in: `PAIRS`, and ``key``, one number for both.

    ``held`` is materialised, for ``possible`` with caps (`with_caps`); ``size`` is more than any number of a subject;
    ``barred`` are the ``key`` of pairs that are none.
    Costs a scan of the holdings, and for each round what the companies that came in hold.
    """
    test = over.possibly() if possible else over.surely(nw.col("lo"), nw.col("lo_open"))
    bounds = ("lo", "lo_open", "hi", "hi_open")
    caps = ("total", "open_bounds") if possible else ()
    alone = held.filter(test & (nw.col("holder") != nw.col("company")))
    pairs = [backend.materialise(alone.select(actor="holder", company="company", round=nw.lit(1), key=_key("holder", size)))]
    holders = backend.materialise(held.select(company="holder").unique())
    frontier = backend.materialise(pairs[0].join(holders, on="company", how="semi"))
    actors = backend.materialise(frontier.select(holder="actor").unique())
    sums = held.join(actors, on="holder", how="semi").select(
        "company", *bounds, "den", *caps, actor=nw.col("holder"), key=_key("holder", size)
    )
    sums = backend.materialise(sums.join(pairs[0].select("key"), on="key", how="anti"))
    level = 1
    while backend.height(frontier):
        level += 1
        further = frontier.select("actor", via="company").join(held, left_on="via", right_on="holder", how="inner")
        further = further.filter(nw.col("actor") != nw.col("company")).select(
            "company", *bounds, "den", *caps, actor=nw.col("actor"), key=_key("actor", size)
        )
        for part in (*pairs, *([barred] if barred is not None else [])):
            further = further.join(part.select("key"), on="key", how="anti")
        further = backend.materialise(further)
        touched = further.select("key").unique()
        # Only what a company that came in holds more of can come in now.
        grown = nw.concat([sums.join(touched, on="key", how="semi").select(*_SUMS, *caps), further.select(*_SUMS, *caps)])
        grown = grown.group_by("key").agg(
            nw.col("actor").min(),
            nw.col("company").min(),
            *(nw.col(name).sum() for name in bounds),
            nw.col("den").min(),
            *(nw.col(name).min() for name in caps),
        )
        grown = backend.materialise(grown.with_columns(*typed()))
        fresh = backend.materialise(
            grown.filter(test).select("actor", "company", "key", round=nw.lit(level)).select(*PAIRS, "key")
        )
        rest = grown.filter(~test).select(*_SUMS, *caps)
        sums = backend.materialise(nw.concat([sums.join(touched, on="key", how="anti").select(*_SUMS, *caps), rest]))
        pairs.append(fresh)
        frontier = backend.materialise(fresh.join(holders, on="company", how="semi"))
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
