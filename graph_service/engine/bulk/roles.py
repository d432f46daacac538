"""Who held a role at the clock: the part of the verdicts that looks at ties.

* a tie is held as long as its holder lives; the day of death may itself be a gap;
* at each clock of an asking a tie may meet the anchor, or surely meets it (`graph_service.engine.bulk.anchors`); all ties of one
  holder answer together (`graph_service.engine.bulk.judging`);
* a proof names the tie of least fact id that does alone, or a least set of several.

Invariants: those of `graph_service.engine.liability`.  What more than two ties must prove together is cut to the least by that
module itself, for the few verdicts that need it.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.anchors import KIND, TIE, RoleSet, anchored, kind_of, met_by, tie_of
from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.judging import JUDGED, named, silent
from graph_service.engine.bulk.law import Law, askings_frame, numbers_of
from graph_service.engine.bulk.several import GROUPS, least_ties
from graph_service.model.interval import LAST
from graph_service.snapshot.columns import KINDS, PERSON, Columns
from graph_service.snapshot.slices import ties_into


@dataclass(frozen=True, slots=True)
class ByRole:
    """See `graph_service.engine.bulk.verdicts.Verdicts`."""

    reached: Frame
    support: Frame


def by_role(backend: Backend, columns: Columns, law: Law, flagged: Frame, found: Frame, unnamed: Frame, rows: Frame) -> ByRole:
    """The verdicts of the rules that reach holders of roles.  ``flagged`` are the rules that speak of each record.

    ``found`` has the finding that each asking accepts for a record and a person, where it asks for one.
    """
    size = columns.frames["subjects"].height
    sets = _role_sets(law)
    asks = flagged.select("ask", "rec", "asking").unique().join(backend.table(_askings(law, sets)), on="asking", how="inner")
    asks = backend.materialise(anchored(law.at, asks.join(rows.select("rec", "subject", *_CASE), on="rec", how="inner")))
    held = _held(backend, columns, law, asks, unnamed)
    given = backend.materialise(found.select("finding", key=nw.col("ask") * size + nw.col("person").cast(nw.Int64)))
    met = {clear: backend.materialise(met_by(law.at, asks, held, sets, size, named=clear)) for clear in (False, True)}
    judged = nw.concat([one.select(*JUDGED) for one in (silent(backend, met[False], given), named(backend, met[True], given))])
    judged = backend.materialise(judged.with_columns(ask=nw.col("key") // size, person=(nw.col("key") % size).cast(nw.Int32)))
    support, kinds = _support(backend, columns, law, met[False], met[True], judged)
    judged = judged.join(kinds, on="key", how="left").with_columns(nw.col("kinds").fill_null(0))
    sure = nw.col("sure") & nw.col("role_sure") & ~nw.col("lacks")
    reached = flagged.select("rec", "rule", "ask", "sure", "gaps").join(judged, on="ask", how="inner")
    single = nw.col("one") >= 0
    reached = reached.select(
        "rec",
        "rule",
        "kinds",
        "finding",
        "key",
        subject=nw.col("person"),
        tie=nw.when(single).then(tie_of(nw.col("one"))).otherwise(nw.lit(SEVERAL)).cast(nw.Int32),
        kind=nw.when(single).then(kind_of(nw.col("one"))).otherwise(nw.lit(-1)).cast(nw.Int32),
        sure=sure,
        gaps=nw.when(sure).then(nw.lit(0)).otherwise(nw.col("gaps") + nw.col("own_gaps")).cast(nw.Int32),
        own_fact=nw.lit(False),
    )
    return ByRole(reached, support)


SEVERAL = -2
"""The tie of a verdict that rests on several."""
_CASE = ("decided_lo", "decided_hi", "act_sl", "act_sh", "act_el", "act_eh")


def _role_sets(law: Law) -> list[RoleSet]:
    """The distinct sets of roles that askings reach, those with the clock named apart from those where the text is silent."""
    return list(dict.fromkeys((one.roles, one.named) for one in law.askings if one.reach == "role"))


def _askings(law: Law, sets: list[RoleSet]) -> pl.DataFrame:
    """The askings by role, with their days in force and the numbers of their roles in ``sets``."""
    rows = [
        (number, one.valid_from, one.valid_to, sets.index((one.roles, one.named)))
        for one, number in law.askings.items()
        if one.reach == "role"
    ]
    schema = {"asking": pl.Int32, "valid_from": pl.Int32, "valid_to": pl.Int32, "roles": pl.Int32}
    more = pl.DataFrame(rows, schema=schema, orient="row")
    return more.join(askings_frame(law).drop("by_role", "by_finding", "named"), on="asking", how="left")


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
    orders ties of one holder to one enterprise by their fact ids (`tie_of`); ``shared``: whether there may be several of these.
    """
    ties = ties.filter(nw.col("kind").is_in(kinds)).join(backend.table(_mortal(columns)), on="holder", how="left")
    dies = ~nw.col("first").is_null()
    ties = ties.filter(~dies | (nw.col("start_lo") < nw.col("last")))
    ties = backend.materialise(
        ties.select(
            "enterprise",
            "holder",
            "kind",
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
    ties = ties.join(ranked, on="tie", how="left").with_columns(
        shared=~nw.col("rank").is_null(), rank=nw.col("rank").fill_null(0)
    )
    code = nw.col("rank") * TIE * KIND + nw.col("tie") * KIND + nw.col("kind").cast(nw.Int64)
    return backend.materialise(ties.with_columns(code=code).drop("rank", "tie"))


def _mortal(columns: Columns) -> pl.DataFrame:
    """The persons whose death is dated or may have happened: ``(holder, first, last, closing)``.

    A role is held at most to the day before ``first``, the day after the earliest death, for certain, ``last`` for possible.
    """
    subjects = columns.frames["subjects"]
    rows = ((subjects["kind"] == PERSON) & (subjects["closed_lo"] != LAST)).arg_true()
    return subjects.select(pl.col("closed_lo", "closed_hi").gather(rows)).select(
        holder=rows.cast(pl.Int32),
        first=pl.col("closed_lo") + 1,
        last=pl.min_horizontal(pl.col("closed_hi") + 1, pl.lit(LAST, pl.Int32)),
        closing=pl.col("closed_lo") != pl.col("closed_hi"),
    )


def _ranks(columns: Columns, ties: pl.DataFrame) -> pl.DataFrame:
    """The place of ties in the order of fact ids, for those that share holder and enterprise with others of these."""
    pair = ties["enterprise"].cast(pl.Int64) * columns.frames["subjects"].height + ties["holder"]
    again = ties["tie"].filter(pair.is_duplicated())
    return pl.DataFrame({"tie": again, "rank": columns.tie_ranks(again).cast(pl.Int64)})


def _support(
    backend: Backend, columns: Columns, law: Law, silent_met: Frame, named_met: Frame, judged: Frame
) -> tuple[Frame, Frame]:
    """The ties of verdicts that rest on several: ``(key, tie)``, and the kinds of these as bits: ``(key, kinds)``.

    A possible verdict rests on all ties that may reach.  Of a certain one that no tie proves alone, two are both needed.
    """
    wanted = backend.materialise(judged.filter(nw.col("one") < 0).select("key", "role_sure", "touching"))
    whole = wanted.filter(~nw.col("role_sure") | (nw.col("touching") == 2))
    rest = backend.materialise(wanted.filter(nw.col("role_sure") & (nw.col("touching") > 2)).select("key"))
    parts = [met.filter("touches").join(whole, on="key", how="semi").select("key", "code") for met in (silent_met, named_met)]
    if backend.height(rest):
        askings = len(law.askings)
        groups = silent_met.join(rest, on="key", how="semi").with_columns(
            rec=nw.col("ask") // askings, asking=nw.col("ask") % askings, tie=tie_of(nw.col("code"))
        )
        parts.append(backend.table(least_ties(columns, law, backend.collect(groups.select(*GROUPS)))))
    codes = backend.materialise(nw.concat(parts))
    bits = codes.select("key", kind=kind_of(nw.col("code"))).unique()
    kinds = bits.group_by("key").agg(kinds=_power(nw.col("kind")).sum().cast(nw.Int32))
    return codes.select("key", tie=tie_of(nw.col("code")).cast(nw.Int64)), kinds


def _power(kind: nw.Expr) -> nw.Expr:
    """Two to the power of a kind's number."""
    found = nw.lit(0)
    for one in KINDS.values():
        found = nw.when(kind == one).then(nw.lit(1 << one)).otherwise(found)
    return found.cast(nw.Int32)
