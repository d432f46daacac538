"""Who held a role at the clock: the part of the verdicts that looks at ties.

* a tie is held as long as its holder lives; the day of death may itself be a gap;
* at each clock of an asking a tie may meet the anchor, or surely meets it; all ties of one holder answer together, so that two
  may cover an act of unknown days that neither covers alone;
* where the text is silent every admitted clock must reach for certain, one is enough for possible;
* a finding that is asked for and missing leaves a candidate; with the clock ``named`` the finding fixes person and time.

Invariants: those of `graph_service.engine.liability`.  What several ties must prove together is cut to the least by that module
itself, for the few verdicts that need it.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graph_service.engine.bulk import spans
from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.gaps import (
    ACT_DATES,
    ACT_FIRST,
    CLOCK,
    CLOCK_UNSURE,
    DEATH,
    FINDING,
    OWN_DECISION,
    TIE_DATES,
)
from graph_service.engine.bulk.law import CLOCKS, Law, askings_frame, numbers_of
from graph_service.engine.bulk.several import GROUPS, least_ties
from graph_service.model.interval import LAST
from graph_service.snapshot.columns import PERSON, Columns
from graph_service.snapshot.slices import ties_into

_TIE, _KIND = 1 << 5, 1 << 33
"""Of a tie in a group: ``rank * _KIND + tie * _TIE + kind``, so that the least is the one of least fact id."""


@dataclass(frozen=True, slots=True)
class ByRole:
    """See `graph_service.engine.bulk.verdicts.Verdicts`."""

    reached: Frame
    support: Frame


def by_role(backend: Backend, columns: Columns, law: Law, flagged: Frame, found: Frame, unnamed: Frame, rows: Frame) -> ByRole:
    """The verdicts of the rules that reach holders of roles.  ``flagged`` are the rules that speak of each record."""
    size = columns.frames["subjects"].height
    askings = backend.table(_askings(law))
    asks = flagged.select("ask", "rec", "asking").unique().join(askings, on="asking", how="inner")
    asks = backend.materialise(asks.join(rows.select("rec", "subject", *_CASE), on="rec", how="inner"))
    held = _held(backend, columns, law, asks, unnamed)
    met = backend.materialise(_met(law, asks, held, size))
    groups = _groups(met, asks, found, size)
    groups = backend.materialise(_covered_together(backend, met, groups))
    judged = backend.materialise(_judged(groups))
    judged = _dates_that_decide(backend, law, met, judged)
    wanted = judged.filter(nw.col("tie") == -2).select("key", "ask", "person", "role_sure")
    support, kinds = _support(backend, columns, law, met, wanted)
    judged = judged.join(kinds, on="key", how="left").with_columns(nw.col("kinds").fill_null(0))
    sure = nw.col("sure") & nw.col("role_sure") & ~nw.col("lacks")
    reached = flagged.select("rec", "rule", "ask", "sure", "gaps").join(judged, on="ask", how="inner")
    reached = reached.select(
        "rec",
        "rule",
        "tie",
        "kind",
        "kinds",
        "finding",
        "key",
        subject=nw.col("person"),
        sure=sure,
        gaps=nw.when(sure).then(nw.lit(0)).otherwise(nw.col("gaps") + nw.col("own_gaps")).cast(nw.Int32),
        own_fact=nw.lit(False),
    )
    return ByRole(reached, support)


_CASE = ("decided_lo", "decided_hi", "act_sl", "act_sh", "act_el", "act_eh")


def _askings(law: Law) -> pl.DataFrame:
    """The askings by role, with their days in force and the bits of their roles."""
    rows = [
        (number, one.valid_from, one.valid_to, sum(1 << kind for kind in numbers_of(one.roles)))
        for one, number in law.askings.items()
        if one.reach == "role"
    ]
    schema = {"asking": pl.Int32, "valid_from": pl.Int32, "valid_to": pl.Int32, "roles": pl.Int32}
    more = pl.DataFrame(rows, schema=schema, orient="row")
    return more.join(askings_frame(law).drop("by_role", "by_finding"), on="asking", how="left")


def _held(backend: Backend, columns: Columns, law: Law, asks: Frame, unnamed: Frame) -> Frame:
    """The ties into recorded subjects that any asking may look at."""
    kinds = sorted(numbers_of(role for one in law.askings for role in one.roles))
    recorded = backend.collect(asks.select("subject").unique())["subject"]
    ties = backend.table(ties_into(columns.frames["ties"], recorded))
    ties = ties.join(unnamed, left_on="holder", right_on="subject", how="anti")
    return ties_held(backend, columns, kinds, ties)


def ties_held(backend: Backend, columns: Columns, kinds: list[int], ties: Frame) -> Frame:
    """Those of some ties that are of some kinds, each as long as its holder lived.  ``ties`` are rows of ties and their numbers.

    ``s_sl s_sh s_el s_eh`` is how long it was surely held (where ``sure_held``), ``[s_sl, meh)`` how long at most; ``code``
    orders ties of one holder to one enterprise by their fact ids (`tie_of`); ``bit`` is that of the kind.
    """
    ties = ties.filter(nw.col("kind").is_in(kinds)).join(backend.table(_mortal(columns)), on="holder", how="left")
    dies = ~nw.col("first").is_null()
    ties = ties.filter(~dies | (nw.col("start_lo") < nw.col("last")))
    ties = backend.materialise(
        ties.select(
            "enterprise",
            "holder",
            kind=nw.col("kind").cast(nw.Int64),
            tie=nw.col("tie").cast(nw.Int64),
            s_sl=nw.col("start_lo"),
            s_sh=nw.col("start_hi"),
            s_el=nw.when(dies).then(nw.min_horizontal("end_lo", "first")).otherwise(nw.col("end_lo")),
            s_eh=nw.when(dies).then(nw.min_horizontal("end_hi", "first")).otherwise(nw.col("end_hi")),
            meh=nw.when(dies).then(nw.min_horizontal("end_hi", "last")).otherwise(nw.col("end_hi")),
            sure_held=~dies | (nw.col("start_hi") < nw.col("first")),
            vague=(nw.col("start_lo") != nw.col("start_hi")) | (nw.col("end_lo") != nw.col("end_hi")),
            dies_somewhen=dies & nw.col("closing"),
        )
    )
    ranked = backend.table(_ranks(columns, backend.collect(ties.select("enterprise", "holder", "tie"))))
    ties = ties.join(ranked, on="tie", how="left")
    code = nw.col("rank").fill_null(0) * _KIND + nw.col("tie") * _TIE + nw.col("kind")
    return backend.materialise(ties.with_columns(code=code, bit=_power(nw.col("kind"), kinds)).drop("rank"))


def tie_of(code: nw.Expr) -> nw.Expr:
    """The row of the tie that a code names."""
    return ((code % _KIND) // _TIE).cast(nw.Int32)


def _power(kind: nw.Expr, kinds: list[int]) -> nw.Expr:
    """Two to the power of a kind's number."""
    found = nw.lit(0)
    for one in kinds:
        found = nw.when(kind == one).then(nw.lit(1 << one)).otherwise(found)
    return found.cast(nw.Int32)


def _mortal(columns: Columns) -> pl.DataFrame:
    """The persons whose death is dated or may have happened: ``(holder, first, last, closing)``.

    A role is held at most to the day before ``first``, the day after the earliest death, for certain, ``last`` for possible.
    """
    subjects = columns.frames["subjects"].select("kind", "closed_lo", "closed_hi").with_row_index("holder")
    return subjects.filter((pl.col("kind") == PERSON) & (pl.col("closed_lo") != LAST)).select(
        pl.col("holder").cast(pl.Int32),
        first=pl.col("closed_lo") + 1,
        last=pl.min_horizontal(pl.col("closed_hi") + 1, pl.lit(LAST, pl.Int32)),
        closing=pl.col("closed_lo") != pl.col("closed_hi"),
    )


def _ranks(columns: Columns, ties: pl.DataFrame) -> pl.DataFrame:
    """The place of ties in the order of fact ids, for those that share holder and enterprise with others."""
    again = ties.filter(pl.struct("enterprise", "holder").is_duplicated()).select("tie")
    again = again.with_columns(fact=columns.fact_ids("ties", again["tie"])).sort("fact").with_row_index("rank", offset=1)
    return again.select("tie", pl.col("rank").cast(pl.Int64))


def _met(law: Law, asks: Frame, held: Frame, size: int) -> Frame:
    """Each tie against the anchors of each asking: whether it may meet (``p_``) and surely meets (``c_``) them.

    ``key`` is one number for the ask and the holder.
    """
    at = law.at
    low = nw.max_horizontal(nw.col("decided_lo"), nw.col("valid_from"))
    high = nw.min_horizontal(nw.col("decided_hi"), nw.lit(at), nw.col("valid_to") - 1)
    met = asks.join(held, left_on="subject", right_on="enterprise", how="inner")
    met = met.filter((nw.col("roles") // nw.col("bit")) % 2 == 1)
    met = met.with_columns(d_sl=low.cast(nw.Int32), d_sh=high.cast(nw.Int32)).with_columns(
        d_el=nw.col("d_sl") + 1, d_eh=nw.col("d_sh") + 1, speaks=nw.col("d_sl") <= nw.col("d_sh")
    )
    sure, begin, end = nw.col("sure_held"), nw.col("s_sl"), nw.col("meh")
    met = met.with_columns(
        key=nw.col("ask") * size + nw.col("holder").cast(nw.Int64),
        p_act=nw.col("asks_act") & spans.ever_meets(begin, end, "act"),
        p_decision=nw.col("asks_decision") & nw.col("speaks") & spans.ever_meets(begin, end, "d"),
        p_current=nw.col("asks_current") & (begin <= at) & (end > at),
    )
    met = met.with_columns(
        c_act=nw.col("p_act") & sure & spans.always_meets("s", "act"),
        c_decision=nw.col("p_decision") & sure & spans.always_meets("s", "d"),
        c_current=nw.col("p_current") & sure & spans.certainly_holds("s", at),
    )
    touches = nw.col("p_act") | nw.col("p_decision") | nw.col("p_current")
    alone = nw.all_horizontal(*(nw.col(f"c_{clock}") | ~nw.col(f"asks_{clock}") for clock in CLOCKS), ignore_nulls=False)
    return met.with_columns(touches=touches, alone=alone)


def _groups(met: Frame, asks: Frame, found: Frame, size: int) -> Frame:
    """All ties of one holder together, with what is asked and the finding that names the holder."""
    least = nw.col("code")
    groups = met.group_by("key").agg(
        *(nw.col(f"{sign}_{clock}").any() for sign in "pc" for clock in CLOCKS),
        ties=nw.len(),
        touching=nw.col("touches").cast(nw.Int32).sum(),
        alone=nw.when(nw.col("alone")).then(least).min(),
        touched=nw.when(nw.col("touches")).then(least).min(),
        first=least.min(),
        vague=nw.col("vague").any(),
        dies_somewhen=nw.col("dies_somewhen").any(),
    )
    groups = groups.with_columns(ask=nw.col("key") // size, person=(nw.col("key") % size).cast(nw.Int32))
    wanted = ("ask", "named", "fault", *(f"asks_{clock}" for clock in CLOCKS), "decided_lo", "decided_hi")
    known = asks.select(*wanted, *(f"act_{part}" for part in spans.PARTS))
    groups = groups.join(known, on="ask", how="inner")
    return groups.join(found, on=["ask", "person"], how="left")


def _covered_together(backend: Backend, met: Frame, groups: Frame) -> Frame:
    """The groups whose ties only together surely meet an act or decision of unknown days."""
    for clock, target in (("act", "act"), ("decision", "d")):
        # Only where an anchor's start and end may fall on the same days can several ties do what one cannot.
        open_to = nw.col(f"p_{clock}") & ~nw.col(f"c_{clock}") & (nw.col("ties") > 1)
        keys = backend.materialise(groups.filter(open_to).select("key"))
        runs = met.join(keys, on="key", how="semi").filter(nw.col("sure_held") & ~spans.has_core(target))
        certain, low, high = spans.core("s")
        runs = runs.filter(certain).select(
            "key", low=low, high=high, first=spans.first_single(target), last=spans.last_single(target)
        )
        covered = backend.materialise(spans.together_cover(backend.materialise(runs), "key")).with_columns(whole=nw.lit(True))
        groups = groups.join(covered, on="key", how="left")
        groups = groups.with_columns((nw.col(f"c_{clock}") | ~nw.col("whole").is_null()).alias(f"c_{clock}")).drop("whole")
    return groups


def _count(*flags: nw.Expr) -> nw.Expr:
    total = flags[0].cast(nw.Int32)
    for flag in flags[1:]:
        total = total + flag.cast(nw.Int32)
    return total


def _bit(condition: nw.Expr, bit: int) -> nw.Expr:
    return nw.when(condition).then(nw.lit(bit)).otherwise(nw.lit(0)).cast(nw.Int32)


def _judged(groups: Frame) -> Frame:
    """The verdict on the role of each holder, its gaps, and the tie that it rests on (-2: several)."""
    asked = [nw.col(f"asks_{clock}") for clock in CLOCKS]
    may = [nw.col(f"p_{clock}") for clock in CLOCKS]
    surely = [nw.col(f"c_{clock}") for clock in CLOCKS]
    always = nw.all_horizontal(*(sure | ~asks for sure, asks in zip(surely, asked, strict=True)), ignore_nulls=False)
    ever = nw.any_horizontal(*may, ignore_nulls=False)
    given = ~nw.col("finding").is_null()
    groups = groups.with_columns(
        lacks=(nw.col("fault") | nw.col("named")) & ~given,
        by_finding=nw.col("named") & given,
        held=always & ever,
        unsure=_count(*(p & ~c for p, c in zip(may, surely, strict=True))),
        sure_count=_count(*surely),
        missed=_count(*(asks & ~p for p, asks in zip(may, asked, strict=True))),
    ).filter(ever | nw.col("by_finding"))
    # With the clock named and no finding, the missing finding is the one gap.
    open_role = ~nw.col("held") & ~nw.col("named")
    some = nw.col("unsure") > 0
    mixed = _count(nw.col("sure_count") > 0, some, nw.col("missed") > 0) > 1
    unsure_act = nw.col("p_act") & ~nw.col("c_act")
    unsure_decision = nw.col("p_decision") & ~nw.col("c_decision")
    act_known = (nw.col("act_sl") == nw.col("act_sh")) & (nw.col("act_el") == nw.col("act_eh"))
    gaps = (
        _bit(nw.col("lacks"), FINDING)
        + _bit(open_role & mixed & ~some, CLOCK)
        + _bit(open_role & mixed & some, CLOCK_UNSURE)
        + _bit(open_role & some & nw.col("vague"), TIE_DATES)
        + _bit(open_role & unsure_act & ~act_known, ACT_DATES)
        + _bit(open_role & unsure_decision & (nw.col("decided_lo") != nw.col("decided_hi")), OWN_DECISION)
        + _bit(open_role & some & nw.col("dies_somewhen"), DEATH)
    )
    role_sure = nw.col("by_finding") | (nw.col("held") & ~nw.col("named"))
    alone = (
        nw.when(nw.col("by_finding"))
        .then(nw.col("first"))
        .otherwise(
            nw.when(role_sure)
            .then(nw.col("alone"))
            .otherwise(nw.when(nw.col("touching") == 1).then(nw.col("touched")).otherwise(nw.lit(None).cast(nw.Int64)))
        )
    )
    groups = groups.with_columns(own_gaps=gaps, role_sure=role_sure, one=alone)
    single = ~nw.col("one").is_null()
    return groups.select(
        "key",
        "ask",
        "person",
        "role_sure",
        "lacks",
        "own_gaps",
        tie=nw.when(single).then(tie_of(nw.col("one"))).otherwise(nw.lit(-2)).cast(nw.Int32),
        kind=nw.when(single).then(nw.col("one") % _TIE).otherwise(nw.lit(-1)).cast(nw.Int32),
        # A finding is part of the proof only where the rule asks for one.
        finding=nw.when(given & (nw.col("fault") | nw.col("named"))).then(nw.col("finding")).otherwise(nw.lit(-1)).cast(nw.Int32),
        only_act=open_role & unsure_act & (nw.col("unsure") == 1) & ~act_known & nw.col("vague"),
    )


def _dates_that_decide(backend: Backend, law: Law, met: Frame, judged: Frame) -> Frame:
    """Mark the few candidates whose act's dates alone would decide it while those of the ties alone would not."""
    keys = backend.materialise(judged.filter(nw.col("only_act")).select("key"))
    part = backend.materialise(met.join(keys, on="key", how="semi"))
    longest = part.with_columns(w_sl=nw.col("act_sl"), w_sh=nw.col("act_sl"), w_el=nw.col("act_eh"), w_eh=nw.col("act_eh"))
    by_act = longest.filter(nw.col("sure_held") & spans.always_meets("s", "w")).select("key").unique()
    widest = part.with_columns(l_sl=nw.col("s_sl"), l_sh=nw.col("s_sl"), l_el=nw.col("meh"), l_eh=nw.col("meh"))
    alone = widest.filter(spans.always_meets("l", "act")).select("key")
    runs = widest.filter(~spans.has_core("act")).select(
        "key",
        low=nw.col("l_sl"),
        high=nw.col("meh"),
        first=spans.first_single("act"),
        last=spans.last_single("act"),
    )
    by_ties = nw.concat([alone, spans.together_cover(backend.materialise(runs), "key")]).unique()
    first = by_act.join(by_ties, on="key", how="anti").with_columns(act_first=nw.lit(ACT_FIRST).cast(nw.Int32))
    judged = judged.join(backend.materialise(first), on="key", how="left")
    more = nw.when(nw.col("act_first").is_null()).then(nw.lit(0)).otherwise(nw.col("act_first")).cast(nw.Int32)
    return backend.materialise(judged.with_columns(own_gaps=nw.col("own_gaps") + more))


def _support(backend: Backend, columns: Columns, law: Law, met: Frame, wanted: Frame) -> tuple[Frame, Frame]:
    """The ties of verdicts that rest on several: ``(key, tie)``, and the kinds of these as bits: ``(key, kinds)``."""
    wanted = backend.materialise(wanted)
    touching = met.join(wanted.filter(~nw.col("role_sure")), on="key", how="semi").filter(nw.col("touches"))
    possible = touching.select("key", "tie", "bit")
    certain = backend.collect(met.join(wanted.filter(nw.col("role_sure")).select("key"), on="key", how="inner").select(*GROUPS))
    least = backend.table(least_ties(columns, law, certain)).join(met.select("key", "tie", "bit"), on=["key", "tie"], how="inner")
    support = backend.materialise(nw.concat([possible, least.select("key", "tie", "bit")]))
    kinds = support.select("key", "bit").unique().group_by("key").agg(kinds=nw.col("bit").sum().cast(nw.Int32))
    return support.select("key", "tie"), kinds
