"""How verdicts carry by control: `graph_service.engine.carriage`, for all recorded enterprises at once.

* *up* to whoever certainly controls the recorded enterprise, *down* to what it controls, to *siblings* that such a controller
  controls; an enterprise that is met in several ways is reached in the first of them;
* the state relates nobody where the pack does not walk through it; a party without a name neither carries nor is reached;
* of one record no more than `CARRIED_LIMIT` are told, the first in that order.

Invariants: the targets, who carries to them and the ties of the ways are those of a trace, which reads upstream only so far and
says so where there is more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.control import Over, controlled
from graph_service.engine.bulk.holdings import held_on
from graph_service.engine.bulk.ways import ways
from graph_service.engine.carriage import CARRIED_LIMIT
from graph_service.model.words import SHARES
from graph_service.snapshot.columns import UNSPECIFIED, Columns

UP, DOWN, SIBLING = range(3)
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


def related(backend: Backend, columns: Columns, origins: pl.Series, asked: Iterable[Way], day: int) -> Related:
    """The enterprises that are related to each origin by control on a day.

    Costs the control of the register for each threshold, and the groups of the origins.
    """
    held = backend.materialise(held_on(backend, columns, day, SHARES))
    targets: dict[Way, pl.DataFrame] = {}
    told: list[pl.DataFrame] = []
    cut: set[int] = set()
    size = columns.frames["subjects"].height
    number = 0
    asked = list(dict.fromkeys(asked))
    for threshold in sorted({way.threshold for way in asked}):
        over = Over(threshold)
        pairs = controlled(backend, held, over, size=size)
        wanted: list[pl.DataFrame] = []
        for way in (one for one in asked if one.threshold == threshold):
            found = _first(columns, backend.collect(_candidates(backend, columns, pairs, origins, way)))
            kept, more = _limited(found)
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
    """Every way in which an enterprise is related to an origin: ``(origin, target, via, phase, controller)``."""
    subjects = columns.frames["subjects"]
    passed_over = pl.lit(value=False) if way.through_state else pl.col("state_holder")
    nobody = subjects.select(
        pl.int_range(pl.len(), dtype=pl.Int32).alias("actor"), barred=(pl.col("kind") == UNSPECIFIED) | passed_over
    )
    barred = backend.table(nobody.filter("barred").select("actor"))
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
        group = above.join(pairs.select("actor", "company"), on="actor", how="inner")
        group = group.filter(nw.col("company") != nw.col("origin"))
        parts.append(group.select("origin", target="company", via="actor", phase=nw.lit(SIBLING), controller=nw.col("actor")))
    unnamed = backend.table(subjects.select(pl.int_range(pl.len(), dtype=pl.Int32).alias("target"), "kind"))
    unnamed = unnamed.filter(nw.col("kind") == UNSPECIFIED).select("target")
    typed = [
        part.with_columns(nw.col("phase").cast(nw.Int32), nw.col("controller").cast(nw.Int32)).select(
            "origin", "target", "via", "phase", "controller"
        )
        for part in parts
    ]
    return nw.concat(typed).join(unnamed, on="target", how="anti")


def _first(columns: Columns, found: pl.DataFrame) -> pl.DataFrame:
    """Each target of an origin once, in the first way; sorted as they are told."""
    order = columns.frames["subjects"]["order"]
    at = found.with_columns(
        place=pl.when(pl.col("controller") >= 0)
        .then(order.gather(pl.select(pl.when(found["controller"] >= 0).then(found["controller"]).otherwise(0)).to_series()))
        .otherwise(-1),
        order=order.gather(found["target"]),
    )
    at = at.sort("origin", "phase", "place", "order")
    return at.unique(("origin", "target"), keep="first", maintain_order=True)


def _limited(found: pl.DataFrame) -> tuple[pl.DataFrame, list[int]]:
    """The targets up to the limit of each origin, and the origins that have more."""
    counted = found.with_columns(number=pl.int_range(pl.len()).over("origin"))
    over = counted.filter(pl.col("number") == CARRIED_LIMIT)["origin"].unique().to_list()
    return counted.filter(pl.col("number") < CARRIED_LIMIT).drop("number"), over


def _keys(kept: pl.DataFrame, size: int) -> pl.DataFrame:
    """The pairs that each way goes by: ``(way, key)``."""
    origin, target, via = (pl.col(name).cast(pl.Int64) for name in ("origin", "target", "via"))
    up = kept.filter(pl.col("phase") == UP).select("way", key=target * size + origin)
    down = kept.filter(pl.col("phase") == DOWN).select("way", key=origin * size + target)
    siblings = kept.filter(pl.col("phase") == SIBLING)
    common, other = siblings.select("way", key=via * size + origin), siblings.select("way", key=via * size + target)
    return pl.concat([up, down, common, other])
