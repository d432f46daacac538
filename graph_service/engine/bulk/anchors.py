"""Ties against the anchors of what is asked: the act, the decision, the day asked.

At each clock a tie may meet the anchor (``p_``) or surely meets it (``c_``).  With the clock named, what is sure is the finding,
so that ``c_`` is not asked.

A tie among those of one holder is a *code*: ``rank * TIE * KIND + tie * KIND + kind``, so that the least is the one of least
fact id, and names its row and its kind.
"""

from __future__ import annotations

import narwhals as nw

from graph_service.engine.bulk import spans
from graph_service.engine.bulk.backend import Frame
from graph_service.engine.bulk.law import CLOCKS, numbers_of

KIND, TIE = 1 << 5, 1 << 28
"""More than there are kinds of ties, and ties."""
RoleSet = tuple[tuple[str, ...], bool]
"""Roles, and whether the clock is named."""

ASKED = ("fault", *(f"asks_{clock}" for clock in CLOCKS), "act_known", "act_loose", "d_loose", "decided_vague")
"""What an ask says of all ties alike: what is asked, and what of its anchors is known (``loose``: no day is certain)."""


def tie_of(code: nw.Expr) -> nw.Expr:
    """The row of the tie that a code names."""
    return ((code % (TIE * KIND)) // KIND).cast(nw.Int32)


def kind_of(code: nw.Expr) -> nw.Expr:
    """The kind of the tie that a code names."""
    return (code % KIND).cast(nw.Int32)


def anchored(at: int, asks: Frame) -> Frame:
    """Asks with their anchors: the act as it is, the days ``[d_sl, d_sh]`` of a decision while the rule is in force."""
    low = nw.max_horizontal(nw.col("decided_lo"), nw.col("valid_from"))
    high = nw.min_horizontal(nw.col("decided_hi"), nw.lit(at), nw.col("valid_to") - 1)
    asks = asks.with_columns(
        d_sl=low.cast(nw.Int32),
        d_sh=high.cast(nw.Int32),
        act_known=(nw.col("act_sl") == nw.col("act_sh")) & (nw.col("act_el") == nw.col("act_eh")),
        act_loose=~spans.has_core("act"),
        decided_vague=nw.col("decided_lo") != nw.col("decided_hi"),
    ).with_columns(d_loose=nw.col("d_sl") != nw.col("d_sh"))
    act = [f"act_{part}" for part in spans.PARTS]
    return asks.select("ask", "subject", "roles", "d_sl", "d_sh", *act, *ASKED)


def met_by(at: int, asks: Frame, held: Frame, sets: list[RoleSet], size: int, *, named: bool) -> Frame:
    """Each tie of the roles asked for against the anchors, where the clock is named or where the text is silent.

    ``key`` is one number for the ask and the holder.  Costs a join for each distinct set of roles.
    """
    asks = asks.select("ask", "subject", "roles", "d_sl", "d_sh", "act_sl", "act_eh", *_clocks("asks")) if named else asks
    met = _matched(asks, held, sets, named=named).with_columns(
        d_eh=nw.col("d_sh") + 1, key=nw.col("ask") * size + nw.col("holder").cast(nw.Int64)
    )
    begin, end = nw.col("s_sl"), nw.col("meh")
    met = met.with_columns(
        p_act=nw.col("asks_act") & spans.ever_meets(begin, end, "act"),
        p_decision=nw.col("asks_decision") & spans.ever_meets(begin, end, "d"),
        p_current=nw.col("asks_current") & (begin <= at) & (end > at),
    ).with_columns(touches=nw.col("p_act") | nw.col("p_decision") | nw.col("p_current"))
    if named:
        return met.select("key", "code", "touches", "shared")
    sure = nw.col("sure_held")
    met = met.with_columns(d_el=nw.col("d_sl") + 1).with_columns(
        c_act=nw.col("p_act") & sure & spans.always_meets("s", "act"),
        c_decision=nw.col("p_decision") & sure & spans.always_meets("s", "d"),
        c_current=nw.col("p_current") & sure & spans.certainly_holds("s", at),
    )
    alone = nw.all_horizontal(*(nw.col(f"c_{clock}") | ~nw.col(f"asks_{clock}") for clock in CLOCKS), ignore_nulls=False)
    return met.with_columns(alone=alone)


def _matched(asks: Frame, held: Frame, sets: list[RoleSet], *, named: bool) -> Frame:
    """Asks joined with the ties of their roles into their subjects."""
    parts = [
        _of_roles(asks.filter(nw.col("roles") == number), held, sorted(numbers_of(roles)))
        for number, (roles, clear) in enumerate(sets)
        if clear is named
    ]
    return nw.concat(parts or [_of_roles(asks.filter(nw.col("roles") < 0), held, [])])


def _of_roles(asks: Frame, held: Frame, kinds: list[int]) -> Frame:
    ties = held.filter(nw.col("kind").is_in(kinds)).drop("kind")
    return asks.drop("roles").join(ties, left_on="subject", right_on="enterprise", how="inner").drop("subject")


def _clocks(sign: str) -> list[str]:
    return [f"{sign}_{clock}" for clock in CLOCKS]
