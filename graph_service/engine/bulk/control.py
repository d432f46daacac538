"""Who controls whom in a whole register: `graph_service.engine.closure` for every actor at once.

* an actor that holds nothing over the threshold by itself controls nothing, so only the others are followed;
* each round adds what the companies that came in last hold, whole, to what their actor holds; what then passes comes in;
* companies that hold nothing themselves are never followed further, and actors that gained none are done;
* *certain* adds minima; *possible* adds maxima, less what others certainly hold, which matters only in companies with a gap: the
  same text runs over the two bounds.

Invariants: the least fixed point and its rounds, as the engine finds them for each actor; exact integers.
"""

from __future__ import annotations

from collections.abc import Iterable
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

    def uncapped(self) -> nw.Expr:
        """Whether a sum of maxima reaches the threshold at all, whatever others hold: what may pass is among these."""
        return nw.col("hi") * self.threshold.denominator >= nw.col("den") * self.threshold.numerator

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


def capped(held: Frame, caps: Frame) -> Frame:
    """Holdings with what caps their company, as the possible reading asks for them."""
    return held.join(caps, on="company", how="left")


def inner_of(backend: Backend, held: Frame) -> Frame:
    """What is passed on when a company comes in: the holdings of companies that are held themselves.  Costs a scan."""
    return backend.materialise(held.filter(nw.col("inner") & (nw.col("holder") != nw.col("company"))))


@dataclass(frozen=True, slots=True)
class Bounds:
    """The pairs under every reading, and those under some readings only: the columns of `PAIRS` and ``key``."""

    certain: Frame
    rest: Frame


def both_bounds(backend: Backend, held: Frame, inner: Frame, over: Over, *, size: int) -> Bounds:
    """Every actor alone and what it controls, for certain and possibly.  ``held`` is materialised, ``inner`` is `inner_of` it.

    The two differ only for actors that meet a gap: the others are not followed twice.
    Costs what `controlled` does, and again for actors with a gap on their way.
    """
    certain, passed = _followed(backend, held, inner, over, size=size)
    vague = backend.materialise(held.filter("vague"))
    caps = caps_of(backend, vague)
    surely, perhaps = over.surely(nw.col("lo"), nw.col("lo_open")), over.uncapped()
    unsure = backend.materialise(vague.filter((nw.col("holder") != nw.col("company")) & ~surely))
    parts = [
        capped(unsure.filter(perhaps), caps).filter(over.possibly()).select(actor="holder"),
        unsure.select(actor="holder").join(passed.select("actor").unique(), on="actor", how="semi"),
        passed.filter("vague").select("actor"),
    ]
    actors = backend.materialise(nw.concat(parts).unique())
    own = backend.materialise(capped(held.join(actors, left_on="holder", right_on="actor", how="semi"), caps))
    possible = controlled(backend, own, backend.materialise(capped(inner, caps)), over, size=size, possible=True)
    known = certain.join(actors, on="actor", how="semi").select("key")
    return Bounds(certain, backend.materialise(possible.join(known, on="key", how="anti")))


def controlled(
    backend: Backend, own: Frame, inner: Frame, over: Over, *, size: int, possible: bool = False, barred: Frame | None = None
) -> Frame:
    """Every actor and company that it controls, with the round in which it came in: `PAIRS`, and ``key``, one number for both.

    ``own`` are the holdings of the actors, ``inner`` those that are passed on (`inner_of`), both materialised; ``size`` is more
    than any number of a subject; ``barred`` are the ``key`` of pairs that are none.  The pairs are those of every reading, or,
    where ``possible``, those of some: then both frames are `capped`.
    Costs a scan of the actors' holdings, and for each round what the companies that came in hold.
    """
    return _followed(backend, own, inner, over, size=size, possible=possible, barred=barred)[0]


def _followed(
    backend: Backend, own: Frame, inner: Frame, over: Over, *, size: int, possible: bool = False, barred: Frame | None = None
) -> tuple[Frame, Frame]:
    """The pairs, and every holding that was passed on to an actor: ``(actor, vague)``."""
    bounds = tuple(_TYPES) if possible else ("lo", "lo_open")
    same = ("den", "total", "open_bounds") if possible else ("den",)
    sums = ("actor", "company", "key", *bounds, *same)
    passes = over.possibly() if possible else over.surely(nw.col("lo"), nw.col("lo_open"))
    told = inner.select("holder", "company", "vague", *bounds, *same)
    others = own.filter(nw.col("holder") != nw.col("company")).with_columns(actor=nw.col("holder"), key=_key("holder", size))
    fresh = backend.materialise(others.filter(passes).select("actor", "company", "key", round=nw.lit(1)))
    near, known, pairs, passed = others.filter(~passes).select(*sums), fresh.select("actor", "key"), [fresh], []
    while True:
        further = fresh.select("actor", holder="company").join(told, on="holder", how="inner")
        further = further.filter(nw.col("actor") != nw.col("company")).with_columns(key=_key("actor", size))
        if barred is not None:
            further = further.join(barred, on="key", how="anti")
        further = backend.materialise(further.select(*sums, "vague"))
        passed.append(further.select("actor", "vague"))
        if not backend.height(further):
            break
        # Whoever gained nothing that holds more gains nothing more.
        actors = backend.materialise(further.select("actor").unique())
        known = backend.materialise(known.join(actors, on="actor", how="semi"))
        more = further.select(*sums).join(known, on="key", how="anti")
        grown = nw.concat([near.join(actors, on="actor", how="semi"), more])
        grown = grown.group_by("key").agg(
            *(nw.col(name).min() for name in ("actor", "company", *same)), *(nw.col(name).sum() for name in bounds)
        )
        grown = backend.materialise(grown.with_columns(*typed(bounds)).with_columns(passes=passes))
        came_in = grown.filter("passes").select("actor", "company", "key", round=nw.lit(len(pairs) + 1))
        fresh = backend.materialise(came_in)
        near = grown.filter(~nw.col("passes")).select(*sums)
        known = nw.concat([known, fresh.select("actor", "key")])
        pairs.append(fresh)
    return backend.materialise(nw.concat([part.select(*PAIRS, "key") for part in pairs])), nw.concat(passed)


_TYPES = {"lo": nw.Int64, "lo_open": nw.Int32, "hi": nw.Int64, "hi_open": nw.Int32}


def typed(bounds: Iterable[str] = tuple(_TYPES)) -> list[nw.Expr]:
    """The columns of sums in their own types, whatever a database makes of a sum."""
    return [nw.col(name).cast(_TYPES[name]) for name in bounds]


def _key(actor: str, size: int) -> nw.Expr:
    return nw.col(actor).cast(nw.Int64) * size + nw.col("company").cast(nw.Int64)
