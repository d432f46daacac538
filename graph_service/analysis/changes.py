"""What differs between two runs: of consequences and of verdicts, with the cause of each change.

* `new`: a consequence that was not there; `lifted`: one that is gone, or has ended; `suspended`; `resumed`: suspended before and
  in effect again; `changed`: other dates, or another standing in any other way.  A proof by other facts is no change;
* of verdicts: who became `liable`, who a `candidate`, and who is `cleared`;
* the cause is the first of: the event by which it stands as it does; the end of a term, a death, a legal basis; the facts of its
  proof that were withdrawn or added between the runs; other law; another day; and `facts`, where other facts bear on it.

Both runs are sorted by record, so they are compared a piece at a time, whatever their size.

Invariants: two runs with the same rows differ in nothing; every change has a cause; the order of pieces changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from graph_service.analysis.run_tables import Schema, aligned
from graph_service.engine.rows import ORDER
from graph_service.model.words import EVENTS

_TEXT, _TEXTS = pl.String(), pl.List(pl.String)
_STANDING = ("status", "cause", "from", "to")
CHANGES: Schema = {
    **dict.fromkeys(("change", "id", "subject", "name", "kind", "code", "title", "record", "pack", "rule"), _TEXT),
    **{f"{side}_{name}": _TEXT for name in _STANDING for side in ("before", "after")},
    "cause": _TEXT,
    "facts": _TEXTS,
}
"""``cause`` and the ``facts`` behind it; what was and what is, missing on the side where there is no such consequence."""
VERDICT_CHANGES: Schema = {
    **dict.fromkeys(("change", "subject", "name", "record", "pack", "rule", "before", "after", "cause"), _TEXT),
    "facts": _TEXTS,
}

Undone = Callable[[pl.DataFrame], pl.DataFrame]
"""Of resumed consequences (``id record pack rule bearer before_cause``): ``id``, ``word`` and ``fact`` of the event that undid
what held each up, where there is one."""


@dataclass(frozen=True, slots=True)
class Between:
    """What happened between two runs.

    ``added`` and ``withdrawn`` are the ids of facts; ``law`` the packs that differ or that only one run asks; ``moved`` whether
    the day asked differs; ``undone`` looks events up.
    """

    added: pl.Series
    withdrawn: pl.Series
    law: frozenset[str]
    moved: bool
    undone: Undone


def _of(pieces: Iterable[pl.DataFrame], columns: Sequence[str]) -> Iterator[pl.DataFrame]:
    return (piece.select(columns) for piece in pieces)


_ROW = ("id", "subject", "name", "kind", "code", "title", "record", "pack", "rule", "via")
_CONSEQUENCE = (*_ROW, *_STANDING, "nature", "rule_version", "proof")


def consequence_changes(old: Iterable[pl.DataFrame], new: Iterable[pl.DataFrame], *, between: Between) -> Iterator[pl.DataFrame]:
    """The changes of consequences (`CHANGES`), by record and id.  Costs a join of the two runs, a piece at a time."""
    for was, now in aligned(_of(old, _CONSEQUENCE), _of(new, _CONSEQUENCE)):
        found = _differing(was, now)
        if found.height:
            yield _caused(found, between).select(*CHANGES).sort(ORDER["consequences"])


def _differing(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """The consequences that differ, with both sides (``before_`` and ``after_``) and the kind of change."""
    compared = (*_STANDING, "nature", "rule_version")
    rows = was.unique("id", keep="first").join(now.unique("id", keep="first"), on="id", how="full", suffix="_now", coalesce=True)
    gone, fresh = pl.col("record_now").is_null(), pl.col("record").is_null()
    same = reduce(lambda one, other: one & other, (pl.col(name).eq_missing(pl.col(f"{name}_now")) for name in compared))
    ended, suspended = pl.lit("ended"), pl.lit("suspended")
    status = (pl.col("status"), pl.col("status_now"))
    change = (
        pl.when(gone)
        .then(pl.lit("lifted"))
        .when(fresh)
        .then(pl.lit("new"))
        .when((status[1] == ended) & (status[0] != ended))
        .then(pl.lit("lifted"))
        .when((status[1] == suspended) & (status[0] != suspended))
        .then(pl.lit("suspended"))
        .when((status[0] == suspended) & (status[1] == pl.lit("active")))
        .then(pl.lit("resumed"))
        .otherwise(pl.lit("changed"))
    )
    return rows.filter(gone | fresh | ~same).select(
        "id",
        *(pl.coalesce(f"{name}_now", name).alias(name) for name in _ROW[1:]),
        *(pl.col(name).alias(f"before_{name}") for name in (*_STANDING, "proof")),
        *(pl.col(f"{name}_now").alias(f"after_{name}") for name in (*_STANDING, "proof")),
        change=change,
        gone=gone,
        fresh=fresh,
    )


def _caused(rows: pl.DataFrame, between: Between) -> pl.DataFrame:
    """Changes with their cause and the facts behind it."""
    rows = rows.with_columns(
        withdrawn=_among(rows["before_proof"], between.withdrawn),
        added=_among(rows["after_proof"], between.added),
        event=pl.col("after_proof").list.eval(pl.element().filter(pl.element().str.starts_with("event-"))),
        death=pl.col("after_proof")
        .list.set_difference("before_proof")
        .list.eval(pl.element().filter(pl.element().str.starts_with("subject-"))),
        bearer=pl.when(pl.col("via").is_not_null()).then(pl.col("via")).otherwise(pl.col("subject")),
    )
    resumed = rows.filter(pl.col("change") == "resumed")
    undone = between.undone(resumed.select("id", "record", "pack", "rule", "bearer", "before_cause"))
    rows = rows.join(undone, on="id", how="left", maintain_order="left")
    turned = ~pl.col("gone") & ~pl.col("fresh") & pl.col("before_cause").ne_missing(pl.col("after_cause"))
    cause, was = pl.col("after_cause"), pl.col("before_cause")
    basis = ["not_in_force", "no_legal_basis"]
    lost, more = pl.col("withdrawn").list.len() > 0, pl.col("added").list.len() > 0
    nothing = pl.lit([], dtype=_TEXTS)
    steps: list[tuple[pl.Expr, pl.Expr, pl.Expr]] = [
        (turned & cause.is_in(EVENTS), cause, pl.col("event")),
        (turned & (cause == "died"), cause, pl.col("death")),
        (turned & (cause == "expired"), cause, nothing),
        (turned & cause.is_in(basis), pl.lit("law"), nothing),
        (pl.col("word").is_not_null(), pl.col("word"), pl.concat_list("fact")),
        (pl.col("fresh") & more, pl.lit("added"), pl.col("added")),
        (lost & ~more, pl.lit("withdrawn"), pl.col("withdrawn")),
        (more, pl.lit("added"), pl.col("added")),
        (pl.col("pack").is_in(sorted(between.law)) | (turned & was.is_in(basis)), pl.lit("law"), nothing),
        (pl.lit(between.moved), pl.lit("time"), nothing),
    ]
    return rows.with_columns(cause=_first(steps, 1, pl.lit("facts")), facts=_first(steps, 2, nothing))


def _first(steps: Sequence[tuple[pl.Expr, pl.Expr, pl.Expr]], part: int, otherwise: pl.Expr) -> pl.Expr:
    """A part of the first step whose condition holds."""
    found = otherwise
    for step in reversed(steps):
        found = pl.when(step[0].fill_null(False)).then(step[part]).otherwise(found)
    return found


def _among(proofs: pl.Series, facts: pl.Series) -> pl.Series:
    """Of each proof the ids that are among some facts, in order; empty where there is no proof."""
    rows = pl.DataFrame({"proof": proofs}).with_row_index("row")
    if not facts.len():
        return pl.Series("proof", [[]], dtype=_TEXTS).new_from_index(0, rows.height)
    held = (
        rows.filter(pl.col("proof").list.len() > 0)
        .explode("proof", empty_as_null=False)
        .join(pl.DataFrame({"proof": facts.cast(pl.String)}), on="proof", how="semi")
    )
    lists = held.group_by("row").agg(pl.col("proof").sort())
    found = rows.select("row").join(lists, on="row", how="left", maintain_order="left")["proof"]
    return found.fill_null(pl.Series([[]], dtype=_TEXTS)) if found.null_count() else found


_VERDICT = ("record", "pack", "rule", "subject", "name", "verdict", "proof")
_VERDICT_KEY = ("record", "pack", "rule", "subject")


def verdict_changes(old: Iterable[pl.DataFrame], new: Iterable[pl.DataFrame], *, between: Between) -> Iterator[pl.DataFrame]:
    """The changes of verdicts (`VERDICT_CHANGES`), by record.  Costs a join of the two runs, a piece at a time."""
    for was, now in aligned(_of(old, _VERDICT), _of(new, _VERDICT)):
        sides = [_strongest(side) for side in (was, now)]
        rows = sides[0].join(sides[1], on=_VERDICT_KEY, how="full", suffix="_now", coalesce=True)
        rows = rows.filter(pl.col("verdict").ne_missing(pl.col("verdict_now")))
        if not rows.height:
            continue
        rows = rows.with_columns(
            name=pl.coalesce("name_now", "name"),
            before=pl.col("verdict"),
            after=pl.col("verdict_now"),
            change=pl.col("verdict_now").fill_null("cleared"),
            withdrawn=_among(rows["proof"], between.withdrawn),
            added=_among(rows["proof_now"], between.added),
        )
        lost, more = pl.col("withdrawn").list.len() > 0, pl.col("added").list.len() > 0
        nothing = pl.lit([], dtype=_TEXTS)
        steps = [
            (more & (pl.col("change") != "cleared"), pl.lit("added"), pl.col("added")),
            (lost, pl.lit("withdrawn"), pl.col("withdrawn")),
            (pl.col("pack").is_in(sorted(between.law)), pl.lit("law"), nothing),
            (pl.lit(between.moved), pl.lit("time"), nothing),
        ]
        rows = rows.with_columns(cause=_first(steps, 1, pl.lit("facts")), facts=_first(steps, 2, nothing))
        yield rows.select(*VERDICT_CHANGES).sort(_VERDICT_KEY)


def _strongest(rows: pl.DataFrame) -> pl.DataFrame:
    """One verdict for each rule, whichever of its versions: the certain one if there is one."""
    ordered = rows.sort(pl.col("verdict") != "liable", maintain_order=True)
    return ordered.unique(_VERDICT_KEY, keep="first", maintain_order=True)
