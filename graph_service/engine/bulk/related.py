"""How verdicts carry by control: `graph_service.engine.carriage`, for all recorded enterprises at once.

* *up* to whoever certainly controls the recorded enterprise, *down* to what it controls, to *siblings* that such a controller
  controls; an enterprise that is met in several ways is reached in the first of them;
* the state relates nobody where the pack does not walk through it; a party without a name neither carries nor is reached;
* of one record no more than `CARRIED_LIMIT` are told, the first in that order.

Invariants: the targets, who carries to them and the ties of the ways are those of a trace, which reads upstream only so far and
says so where there is more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.control import Over, controlled, inner_of
from graph_service.engine.bulk.holdings import held_on
from graph_service.engine.bulk.ways import ways
from graph_service.engine.carriage import CARRIED_LIMIT
from graph_service.model.words import SHARES
from graph_service.snapshot.columns import UNSPECIFIED, Columns

UP, DOWN, SIBLING = range(3)
_MOST_SIBLINGS = 2 * CARRIED_LIMIT + 2
"""Of what a controller controls, in the order of keys: as many as are told already, the origin, as many again, and one more."""
TARGETS = ("origin", "target", "via", "phase", "way")


@dataclass(frozen=True, slots=True)
class Way:
    """What a carriage by control asks: its threshold, its directions, and whether control is followed through the state."""

    threshold: Fraction
    directions: frozenset[str]
    through_state: bool


@dataclass(frozen=True, slots=True)
class Related:
    """``targets``: for each `Way` a frame of `TARGETS` (``via`` who carries, ``way`` a number); ``ways``: ``(way, tie)``.

    ``cut``: the origins of which more are related than are told.
    """

    targets: Mapping[Way, pl.DataFrame]
    ways: pl.DataFrame
    cut: tuple[int, ...]


def related(backend: Backend, columns: Columns, asked: Mapping[Way, pl.Series], day: int) -> Related:
    """The enterprises that are related by control on a day to each origin asked of each way.

    Costs the control of the register for each threshold, and the groups of the origins.
    """
    held = backend.materialise(held_on(backend, columns, day, SHARES))
    targets: dict[Way, pl.DataFrame] = {}
    told: list[pl.DataFrame] = []
    cut: set[int] = set()
    size = columns.frames["subjects"].height
    number = 0
    for threshold in sorted({way.threshold for way in asked}):
        over = Over(threshold)
        pairs = controlled(backend, held, inner_of(backend, held), over, size=size)
        wanted: list[pl.DataFrame] = []
        for way, origins in asked.items():
            if way.threshold != threshold:
                continue
            found = backend.collect(_candidates(backend, columns, pairs, origins, way))
            kept, more = _limited(_in_order(columns, found))
            cut.update(more)
            kept = kept.with_columns(way=pl.int_range(number, number + kept.height, dtype=pl.Int32))
            number += kept.height
            targets[way] = kept.select(TARGETS)
            wanted.append(_keys(kept, size))
        asking = pl.concat(wanted)
        steps = ways(backend, columns, held, pairs, backend.table(asking.select("key")), over, day)
        by_key = backend.table(asking).join(steps, on="key", how="inner").select("way", "tie").unique()
        told.append(backend.collect(by_key))
    every = pl.concat(told) if told else pl.DataFrame(schema={"way": pl.Int32, "tie": pl.Int32})
    return Related(targets, every, tuple(sorted(cut)))


def _candidates(backend: Backend, columns: Columns, pairs: Frame, origins: pl.Series, way: Way) -> Frame:
    """Every way in which a subject is related to an origin: ``(origin, target, via, phase, controller)``.

    Of what one controller controls no more than can matter before the limit.
    """
    subjects = columns.frames["subjects"].select(
        "kind", "state_body", "state_holder", "order", subject=pl.int_range(pl.len(), dtype=pl.Int32)
    )
    passed_over = pl.lit(value=False) if way.through_state else pl.col("state_holder")
    barred = backend.table(subjects.filter((pl.col("kind") == UNSPECIFIED) | passed_over).select(actor="subject"))
    if not way.through_state:
        origins = origins.filter(~subjects["state_body"][origins])
    of = backend.table(pl.DataFrame({"company": origins.unique()}, schema={"company": pl.Int32}))
    above = pairs.join(of, on="company", how="semi").join(barred, on="actor", how="anti").select("actor", origin="company")
    above = backend.materialise(above)
    parts = []
    if "up" in way.directions:
        parts.append(above.select("origin", target="actor", via="origin", phase=nw.lit(UP), controller=nw.lit(-1)))
    if "down" in way.directions:
        below = pairs.join(of.select(actor="company"), on="actor", how="semi")
        parts.append(below.select(origin="actor", target="company", via="actor", phase=nw.lit(DOWN), controller=nw.lit(-1)))
    if "sibling" in way.directions:
        ranks = backend.table(subjects.select("order", company="subject"))
        inside = pairs.join(above.select("actor").unique(), on="actor", how="semi").join(ranks, on="company", how="inner")
        place = nw.col("one").cum_sum().over("actor", order_by="order")
        inside = inside.with_columns(one=nw.lit(1)).with_columns(place=place).filter(nw.col("place") <= _MOST_SIBLINGS)
        group = above.join(backend.materialise(inside.select("actor", "company")), on="actor", how="inner")
        group = group.filter(nw.col("company") != nw.col("origin"))
        parts.append(group.select("origin", target="company", via="actor", phase=nw.lit(SIBLING), controller=nw.col("actor")))
    typed = [
        part.with_columns(nw.col("phase").cast(nw.Int32), nw.col("controller").cast(nw.Int32)).select(
            "origin", "target", "via", "phase", "controller"
        )
        for part in parts
    ]
    return nw.concat(typed)


def _in_order(columns: Columns, found: pl.DataFrame) -> pl.DataFrame:
    """The candidates of each origin in the order in which they are told; ``nobody``: whether they have no name."""
    subjects = columns.frames["subjects"]
    # Nothing is looked up for those without a controller, who come first.
    own = pl.when(pl.col("controller") >= 0).then("controller")
    told = found.with_columns(
        place=subjects["order"].gather(found.select(own).to_series()).fill_null(-1),
        order=subjects["order"].gather(found["target"]),
        nobody=subjects["kind"].gather(found["target"]) == UNSPECIFIED,
    )
    return told.sort("origin", "phase", "place", "order")


def _limited(found: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
    """Each target of an origin once, in the first way, up to the limit of each origin; and the origins that have more."""
    crowded = found.group_by("origin").agg(pl.col("nobody").any(), many=pl.len() > CARRIED_LIMIT)
    crowded = crowded.filter(pl.col("nobody") & pl.col("many")).select("origin")
    plain = found.join(crowded, on="origin", how="anti", maintain_order="left").filter(~pl.col("nobody"))
    plain = plain.unique(("origin", "target"), keep="first", maintain_order=True)
    counted = plain.with_columns(number=pl.int_range(pl.len()).over("origin"))
    over = counted.filter(pl.col("number") == CARRIED_LIMIT)["origin"].unique().to_list()
    kept = [counted.filter(pl.col("number") < CARRIED_LIMIT).drop("number")]
    for (origin,), rows in found.join(crowded, on="origin", how="semi", maintain_order="left").group_by("origin"):
        taken, more = _among_nobodies(rows)
        kept.append(taken)
        over.extend([int(origin)] if more else [])
    return pl.concat(kept), over


def _among_nobodies(rows: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
    """The targets of one origin, where parties without a name take room among what each controller adds and are not told."""
    taken: dict[int, int] = {}
    more = False
    numbered = rows.with_row_index("row").group_by("phase", "place", maintain_order=True).agg("row", "target", "nobody")
    for _, _, *batch in numbered.iter_rows():
        fresh = [one for one in zip(*batch, strict=True) if one[1] not in taken]
        room = CARRIED_LIMIT - len(taken)
        more |= len(fresh) > room
        taken.update((target, row) for row, target, nobody in fresh[:room] if not nobody)
    return rows[list(taken.values())], more


def _keys(kept: pl.DataFrame, size: int) -> pl.DataFrame:
    """The pairs that each way goes by: ``(way, key)``."""
    origin, target, via = (pl.col(name).cast(pl.Int64) for name in ("origin", "target", "via"))
    up = kept.filter(pl.col("phase") == UP).select("way", key=target * size + origin)
    down = kept.filter(pl.col("phase") == DOWN).select("way", key=origin * size + target)
    siblings = kept.filter(pl.col("phase") == SIBLING)
    common, other = siblings.select("way", key=via * size + origin), siblings.select("way", key=via * size + target)
    return pl.concat([up, down, common, other])
