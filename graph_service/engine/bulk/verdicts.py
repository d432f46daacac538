"""Who answers for every record under every rule: `graph_service.engine.liability`, said once for a whole register.

* a rule meets the records of its classes; whether it was in force when the record was decided is arithmetic on days;
* whom it reaches is asked once for all rules that ask alike: the recorded subject, whom findings name, or who held a role;
* the verdict of a rule is that answer and its trigger, and the lesser of the two.

Invariants: the same verdicts, gaps and proofs as a trace of each record (tests hold them equal); a certain verdict has no gap and
a possible one has some; nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.cases import Cases
from graph_service.engine.bulk.gaps import DECISION
from graph_service.engine.bulk.law import Law, accepted_frame, askings_frame, meetings
from graph_service.engine.bulk.roles import by_role
from graph_service.snapshot.columns import UNDESCRIBED, UNSPECIFIED, Columns

REACHED = ("rec", "rule", "subject", "sure", "gaps", "tie", "kind", "kinds", "finding", "own_fact", "key")
"""The columns of a verdict.

``rec`` and ``subject`` are rows of the frames, ``rule`` a number of the law; ``gaps`` are bits (see `gaps`).
Of the proof: the record itself; ``tie``, a row of ties, -1 for none, `roles.SEVERAL` for those that `Verdicts.support` has under
``key``;
``finding``, a row of findings or -1; ``own_fact``, whether the description of the recorded subject is part of it.
``kind`` is the kind of tie by which a role is held (-1: none, or several: ``kinds`` has their bits).
"""


@dataclass(frozen=True, slots=True)
class Verdicts:
    """``reached``: one row a verdict, the columns of `REACHED`; ``support``: ``(key, tie)`` of those on several ties."""

    reached: Frame
    support: Frame


def verdicts(backend: Backend, columns: Columns, law: Law, cases: Cases) -> Verdicts:
    """Every verdict on every record of the cases.  Costs joins of the ties into recorded subjects."""
    rows = backend.table(cases.rows)
    spoken = backend.materialise(_spoken(backend, law, cases))
    askings = backend.table(askings_frame(law))
    flagged = spoken.join(askings.select("asking", "by_role", "by_finding", "named", "fault"), on="asking", how="inner")
    unnamed = backend.table(_unspecified(columns))
    asked = nw.col("by_finding") | (nw.col("by_role") & (nw.col("named") | nw.col("fault")))
    found = _accepted(backend, columns, law, flagged.filter(asked))
    role = by_role(backend, columns, law, flagged.filter(nw.col("by_role")), found, unnamed, rows)
    parts = [
        _self(flagged, rows),
        _by_finding(flagged.filter(nw.col("by_finding")), found, unnamed, rows),
        role.reached,
    ]
    return Verdicts(backend.materialise(nw.concat([part.select(*REACHED) for part in parts])), role.support)


def _spoken(backend: Backend, law: Law, cases: Cases) -> Frame:
    """Which rule speaks of which record, how surely, and the gaps of its trigger: ``(rec, rule, asking, ask, sure, gaps)``.

    ``ask`` is one number for the record and the asking.
    """
    meet = backend.table(meetings(law, cases.classes))
    low, high = nw.col("decided_lo"), nw.col("decided_hi")
    always = (high <= law.at) & (nw.col("valid_from") <= low) & (high < nw.col("valid_to"))
    ever = nw.max_horizontal(low, nw.col("valid_from")) <= nw.min_horizontal(high, nw.col("valid_to") - 1, nw.lit(law.at))
    return (
        backend.table(cases.rows)
        .select("rec", "cls", "decided_lo", "decided_hi")
        .join(meet, on="cls", how="inner")
        .filter(ever)
        .select(
            "rec",
            "rule",
            "asking",
            ask=nw.col("rec").cast(nw.Int64) * len(law.askings) + nw.col("asking").cast(nw.Int64),
            sure=nw.col("sure") & always,
            gaps=nw.col("gaps") + nw.when(always).then(nw.lit(0)).otherwise(nw.lit(DECISION)).cast(nw.Int32),
            kind_asked=nw.col("kind_asked"),
        )
    )


def _unspecified(columns: Columns) -> pl.DataFrame:
    """Parties that a source declares without naming: they are reached by nothing."""
    subjects = columns.frames["subjects"]
    return pl.DataFrame({"subject": subjects["kind"].eq(UNSPECIFIED).arg_true().cast(pl.Int32)})


def _own_proof(frame: Frame) -> Frame:
    """What shows the kind of the recorded subject, where a rule asks for it and neither the key nor a tie of the proof does."""
    asked = nw.col("kind_asked") > 0
    described = nw.col("described") != UNDESCRIBED
    by_key = nw.col("uscc") & ((nw.col("kind_asked") == 1) | ~described)
    return frame.with_columns(
        own_fact=asked & described & ~by_key,
        tie=nw.when(asked & ~described & ~by_key).then(nw.col("kind_tie")).otherwise(nw.lit(-1)).cast(nw.Int32),
        kind=nw.lit(-1).cast(nw.Int32),
        kinds=nw.lit(0).cast(nw.Int32),
        key=nw.lit(-1).cast(nw.Int64),
    )


def _self(flagged: Frame, rows: Frame) -> Frame:
    own = flagged.filter(~nw.col("by_role") & ~nw.col("by_finding"))
    told = own.join(rows.select("rec", "subject", "described", "uscc", "kind_tie"), on="rec", how="inner")
    told = told.filter(nw.col("described") != UNSPECIFIED)
    return _own_proof(told).with_columns(
        finding=nw.lit(-1).cast(nw.Int32),
        gaps=nw.when(nw.col("sure")).then(nw.lit(0)).otherwise(nw.col("gaps")).cast(nw.Int32),
    )


def _accepted(backend: Backend, columns: Columns, law: Law, flagged: Frame) -> Frame:
    """The finding of least id that each asking accepts for a record and a person: ``(ask, person, finding)``."""
    ranked = _ranked_findings(columns, law.at)
    accepted = backend.table(accepted_frame(law))
    asked = flagged.select("rec", "asking", "ask").unique()
    found = (
        asked.join(backend.table(ranked), left_on="rec", right_on="record", how="inner")
        .join(accepted, on=["asking", "finding"], how="semi")
        .group_by("ask", "person")
        .agg(nw.col("rank").min())
    )
    back = backend.table(ranked.select("rank", pl.col("row").alias("finding")))
    return backend.materialise(found.join(back, on="rank", how="inner").select("ask", "person", "finding"))


def _ranked_findings(columns: Columns, at: int) -> pl.DataFrame:
    """The findings made by a day, with their place in the order of fact ids among those of one record and person."""
    found = columns.frames["findings"].with_row_index("row").with_columns(pl.col("row").cast(pl.Int32))
    found = found.filter((pl.col("record") >= 0) & (pl.col("found_on").is_null() | (pl.col("found_on") <= at)))
    again = pl.struct("record", "person").is_duplicated()
    double = found.filter(again)
    double = double.with_columns(id=columns.fact_ids("findings", double["row"])).sort("id").drop("id")
    ordered = pl.concat([found.filter(~again), double]).with_row_index("rank").with_columns(pl.col("rank").cast(pl.Int64))
    return ordered.select("record", "person", "finding", "row", "rank")


def _by_finding(flagged: Frame, found: Frame, unnamed: Frame, rows: Frame) -> Frame:
    told = (
        flagged.join(found, on="ask", how="inner")
        .join(unnamed, left_on="person", right_on="subject", how="anti")
        .join(rows.select("rec", "described", "uscc", "kind_tie"), on="rec", how="inner")
    )
    return _own_proof(told).with_columns(
        subject=nw.col("person"),
        gaps=nw.when(nw.col("sure")).then(nw.lit(0)).otherwise(nw.col("gaps")).cast(nw.Int32),
    )
