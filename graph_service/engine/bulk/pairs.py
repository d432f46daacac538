"""Every control pair of a register: `graph_service.engine.control.control_pairs`, by joins.

The members of a joint arrangement are one actor besides each alone: an actor of its own number that holds what they hold
together, and never any of themselves.

Invariants: the pairs, verdicts and companions of the engine's own function; a pair found alone comes before one found jointly, a
certain one before a possible one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import POLARS, Backend, Frame
from graph_service.engine.bulk.control import Over, both_bounds, capped, caps_of, controlled, inner_of, typed
from graph_service.engine.bulk.holdings import HELD, exact, held_on
from graph_service.engine.closure import joint_groups
from graph_service.engine.control import HALF, JOINT, Pair, control_pairs
from graph_service.model.facts import Stored, Tie, is_tie
from graph_service.model.verdict import Verdict
from graph_service.model.words import SHARES
from graph_service.snapshot.columns import KINDS, Columns


def pairs_of(columns: Columns, day: int, threshold: Fraction = HALF, backend: Backend = POLARS) -> list[Pair]:
    """Every control pair of a register on a day, in the order of keys.  Costs joins of the holdings and an object a pair."""
    if not exact(columns, threshold):
        return control_pairs(_control_ties(columns), day, threshold)
    keys = columns.frames["subjects"]["key"]
    found: dict[tuple[str, str], Pair] = {}
    for verdict, members, pairs in _told(backend, columns, day, threshold):
        size = keys.len()
        for actor, company in pairs.select("actor", "company").iter_rows():
            group = members[actor - size] if actor >= size else (keys[actor],)
            for member in group:
                others = tuple(one for one in group if one != member)
                found.setdefault((member, keys[company]), Pair(member, keys[company], verdict, others))
    return [found[pair] for pair in sorted(found)]


def _told(
    backend: Backend, columns: Columns, day: int, threshold: Fraction
) -> Iterator[tuple[Verdict, list[tuple[str, ...]], pl.DataFrame]]:
    """The pairs in the order in which the first counts: certain, then possible, each alone before jointly."""
    held = backend.materialise(held_on(backend, columns, day, SHARES))
    inner, alone = inner_of(backend, held), columns.frames["subjects"].height
    bounds = both_bounds(backend, held, inner, Over(threshold), size=alone)
    for verdict, pairs in ((Verdict.CERTAIN, bounds.certain), (Verdict.POSSIBLE, bounds.rest)):
        yield verdict, [], backend.collect(pairs).sort("actor", "company")
        possible = verdict is Verdict.POSSIBLE
        groups = sorted({tuple(sorted(one)) for one in _groups(columns, day, possible=possible)})
        if groups:
            size = alone + len(groups)
            together, barred = _held_together(backend, columns, held, groups, size)
            within = inner
            if possible:
                caps = caps_of(backend, held)
                together, within = (backend.materialise(capped(one, caps)) for one in (together, inner))
            found = controlled(backend, together, within, Over(threshold), size=size, possible=possible, barred=barred)
            yield verdict, groups, backend.collect(found).sort("actor", "company")


def _groups(columns: Columns, day: int, *, possible: bool) -> list[frozenset[str]]:
    joint = columns.frames["ties"].with_row_index("row").filter(pl.col("kind") == KINDS[JOINT])["row"].to_list()
    return list(joint_groups((tie for tie in columns.facts("ties", joint) if is_tie(tie)), day, possible=possible).values())


def _held_together(
    backend: Backend, columns: Columns, held: Frame, groups: list[tuple[str, ...]], size: int
) -> tuple[Frame, Frame]:
    """The holdings of the groups as actors, and the pairs of a group and a member, which are none."""
    subjects = columns.frames["subjects"]
    rows = [(subjects.height + number, member) for number, group in enumerate(groups) for member in group]
    told = pl.DataFrame(rows, schema={"actor": pl.Int32, "key": pl.String}, orient="row")
    numbers = subjects.select("key").with_row_index("member").filter(pl.col("key").is_in(told["key"].unique().implode()))
    members = told.join(numbers, on="key").select("actor", pl.col("member").cast(pl.Int32))
    together = (
        held.join(backend.table(members), left_on="holder", right_on="member", how="inner")
        .group_by("actor", "company")
        .agg(
            *(nw.col(name).sum() for name in ("lo", "lo_open", "hi", "hi_open")),
            nw.col("den").min(),
        )
        .select(
            "company",
            *typed(),
            holder="actor",
            den=nw.col("den").cast(nw.Int64),
            tie=nw.lit(-1).cast(nw.Int32),
            inner=nw.lit(False),
            vague=nw.lit(True),
        )
    )
    barred = backend.table(members.select(key=pl.col("actor").cast(pl.Int64) * size + pl.col("member")))
    together = together.with_columns(pair=nw.col("holder").cast(nw.Int64) * size + nw.col("company").cast(nw.Int64))
    together = together.join(barred, left_on="pair", right_on="key", how="anti")
    return backend.materialise(together.select(*HELD)), barred


def _control_ties(columns: Columns) -> Iterator[Stored[Tie]]:
    kinds = [KINDS[kind] for kind in (*SHARES, JOINT)]
    rows = columns.frames["ties"].with_row_index("row").filter(pl.col("kind").is_in(kinds))["row"].to_list()
    return (tie for tie in columns.facts("ties", rows) if is_tie(tie))
