"""The verdict on the role of each holder, its gaps and the tie that it rests on, of all ties of one holder together.

* where the text is silent every admitted clock must reach for certain, one is enough for possible; two ties may cover an act of
  unknown days that neither covers alone;
* with the clock ``named`` the finding fixes person and time, and without one the holder is a candidate;
* most holders have one tie to the enterprise, and nothing is gathered for them.

Invariants: those of `graph_service.engine.liability`.
"""

from __future__ import annotations

import narwhals as nw

from graph_service.engine.bulk import spans
from graph_service.engine.bulk.anchors import ASKED
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
from graph_service.engine.bulk.law import CLOCKS

JUDGED = ("key", "role_sure", "lacks", "own_gaps", "one", "touching", "finding")
"""``one``: the code of the tie that is enough, or the only one that may reach; -1 where there are several.
``touching``: how many may reach; ``finding``: the row of the finding that a rule asks for, or -1; ``lacks``: it is missing."""
_SEVERAL = -1


def named(backend: Backend, met: Frame, given: Frame) -> Frame:
    """The judgements under a named clock.  ``given`` are findings by key.  Costs a pass over the ties."""
    touched = nw.when(nw.col("touches")).then(nw.col("code"))
    single = met.filter(~nw.col("shared")).select(
        "key", touching=nw.col("touches").cast(nw.Int32), touched=touched, first=nw.col("code")
    )
    many = (
        met.filter("shared")
        .group_by("key")
        .agg(touching=nw.col("touches").cast(nw.Int32).sum(), touched=touched.min(), first=nw.col("code").min())
        .with_columns(nw.col("touching").cast(nw.Int32))
    )
    groups = nw.concat([single, many]).join(given, on="key", how="left")
    found = ~nw.col("finding").is_null()
    return backend.materialise(
        groups.filter(found | (nw.col("touching") > 0)).select(
            "key",
            "touching",
            role_sure=found,
            lacks=~found,
            own_gaps=_bit(~found, FINDING),
            one=_else_several(nw.when(found).then(nw.col("first")).otherwise(_only(nw.col("touched")))),
            finding=nw.col("finding").fill_null(-1),
        )
    )


def _only(touched: nw.Expr) -> nw.Expr:
    """The tie that may reach, where it is the only one."""
    return nw.when(nw.col("touching") == 1).then(touched)


def _else_several(code: nw.Expr) -> nw.Expr:
    return code.fill_null(_SEVERAL).cast(nw.Int64)


def silent(backend: Backend, met: Frame, given: Frame) -> Frame:
    """The judgements where the text names no clock.  Costs a pass over the ties."""
    groups = _covered_together(backend, met, backend.materialise(_groups(met)))
    judged = backend.materialise(_judged(groups.join(given, on="key", how="left")))
    return _dates_that_decide(backend, met, judged)


_MET = tuple(f"{sign}_{clock}" for sign in "pc" for clock in CLOCKS)


def _groups(met: Frame) -> Frame:
    """All ties of one holder together, with what is asked."""
    alone, touched = nw.when(nw.col("alone")).then(nw.col("code")), nw.when(nw.col("touches")).then(nw.col("code"))
    columns = ["key", *_MET, *ASKED, "vague", "dies_somewhen", "touching", "alone", "touched"]
    single = met.filter(~nw.col("shared") & nw.col("touches")).with_columns(
        touching=nw.lit(1).cast(nw.Int32), alone=alone, touched=nw.col("code")
    )
    many = (
        met.filter("shared")
        .group_by("key")
        .agg(
            *(nw.col(name).any() for name in (*_MET, *ASKED, "vague", "dies_somewhen")),
            touching=nw.col("touches").cast(nw.Int32).sum(),
            alone=alone.min(),
            touched=touched.min(),
        )
        .filter(nw.col("touching") > 0)
        .with_columns(nw.col("touching").cast(nw.Int32))
    )
    return nw.concat([single.select(columns), many.select(columns)])


def _covered_together(backend: Backend, met: Frame, groups: Frame) -> Frame:
    """The groups whose ties only together surely meet an act or decision of unknown days."""
    for clock, target, loose in (("act", "act", "act_loose"), ("decision", "d", "d_loose")):
        # Only where an anchor's start and end may fall on the same days can several ties do what one cannot.
        open_to = nw.col(f"p_{clock}") & ~nw.col(f"c_{clock}") & (nw.col("touching") > 1) & nw.col(loose)
        keys = backend.materialise(groups.filter(open_to).select("key"))
        if not backend.height(keys):
            continue
        certain, low, high = spans.core("s")
        runs = met.join(keys, on="key", how="semi").filter(nw.col("sure_held") & certain)
        runs = runs.select("key", low=low, high=high, first=spans.first_single(target), last=spans.last_single(target))
        covered = spans.together_cover(backend.materialise(runs), "key").with_columns(whole=nw.lit(True))
        groups = groups.join(backend.materialise(covered), on="key", how="left")
        groups = groups.with_columns((nw.col(f"c_{clock}") | ~nw.col("whole").is_null()).alias(f"c_{clock}")).drop("whole")
    return groups


def _count(*flags: nw.Expr) -> nw.Expr:
    total = flags[0].cast(nw.Int8)
    for flag in flags[1:]:
        total = total + flag.cast(nw.Int8)
    return total


def _bit(condition: nw.Expr, bit: int) -> nw.Expr:
    return nw.when(condition).then(nw.lit(bit)).otherwise(nw.lit(0)).cast(nw.Int32)


def _judged(groups: Frame) -> Frame:
    asked = [nw.col(f"asks_{clock}") for clock in CLOCKS]
    may = [nw.col(f"p_{clock}") for clock in CLOCKS]
    surely = [nw.col(f"c_{clock}") for clock in CLOCKS]
    found = ~nw.col("finding").is_null()
    groups = groups.with_columns(
        lacks=nw.col("fault") & ~found,
        held=nw.all_horizontal(*(sure | ~asks for sure, asks in zip(surely, asked, strict=True)), ignore_nulls=False),
        unsure=_count(*(p & ~c for p, c in zip(may, surely, strict=True))),
        sure_count=_count(*surely),
        missed=_count(*(asks & ~p for p, asks in zip(may, asked, strict=True))),
    )
    some, open_role = nw.col("unsure") > 0, ~nw.col("held")
    mixed = _count(nw.col("sure_count") > 0, some, nw.col("missed") > 0) > 1
    unsure_act = nw.col("p_act") & ~nw.col("c_act")
    unsure_decision = nw.col("p_decision") & ~nw.col("c_decision")
    gaps = (
        _bit(nw.col("lacks"), FINDING)
        + _bit(open_role & mixed & ~some, CLOCK)
        + _bit(open_role & mixed & some, CLOCK_UNSURE)
        + _bit(open_role & some & nw.col("vague"), TIE_DATES)
        + _bit(open_role & unsure_act & ~nw.col("act_known"), ACT_DATES)
        + _bit(open_role & unsure_decision & nw.col("decided_vague"), OWN_DECISION)
        + _bit(open_role & some & nw.col("dies_somewhen"), DEATH)
    )
    return groups.select(
        "key",
        "lacks",
        "touching",
        role_sure=nw.col("held"),
        own_gaps=gaps,
        one=_else_several(nw.when(nw.col("held")).then(nw.col("alone")).otherwise(_only(nw.col("touched")))),
        # A finding is part of the proof only where the rule asks for one.
        finding=nw.when(found & nw.col("fault")).then(nw.col("finding")).otherwise(nw.lit(-1)).cast(nw.Int32),
        only_act=open_role & unsure_act & (nw.col("unsure") == 1) & ~nw.col("act_known") & nw.col("vague"),
    )


def _dates_that_decide(backend: Backend, met: Frame, judged: Frame) -> Frame:
    """Mark the few candidates whose act's dates alone would decide it while those of the ties alone would not."""
    keys = backend.materialise(judged.filter(nw.col("only_act")).select("key"))
    if not backend.height(keys):
        return judged
    part = backend.materialise(met.join(keys, on="key", how="semi"))
    longest = part.with_columns(w_sl=nw.col("act_sl"), w_sh=nw.col("act_sl"), w_el=nw.col("act_eh"), w_eh=nw.col("act_eh"))
    by_act = longest.filter(nw.col("sure_held") & spans.always_meets("s", "w")).select("key").unique()
    widest = part.with_columns(l_sl=nw.col("s_sl"), l_sh=nw.col("s_sl"), l_el=nw.col("meh"), l_eh=nw.col("meh"))
    alone = widest.filter(spans.always_meets("l", "act")).select("key")
    runs = widest.filter("act_loose").select(
        "key",
        low=nw.col("l_sl"),
        high=nw.col("meh"),
        first=spans.first_single("act"),
        last=spans.last_single("act"),
    )
    by_ties = nw.concat([alone, spans.together_cover(backend.materialise(runs), "key")]).unique()
    first = by_act.join(by_ties, on="key", how="anti").with_columns(act_first=nw.lit(ACT_FIRST).cast(nw.Int32))
    judged = judged.join(backend.materialise(first), on="key", how="left")
    return judged.with_columns(own_gaps=nw.col("own_gaps") + nw.col("act_first").fill_null(0).cast(nw.Int32))
