"""How verdicts carry by control in a run: the related enterprises of every recorded one, as consequences to be.

* where a rule reaches the recorded subject itself the joins say all (`related`);
* where it reaches others, proof and way may share facts and must be cut together: such carriages, and registers whose shares have
  no common denominator, are left to `graph_service.engine.carriage`, record by record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import polars as pl

from graph_service.engine.answers import Consequence, LeftOut
from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.cases import Cases
from graph_service.engine.bulk.holdings import exact
from graph_service.engine.bulk.law import Law
from graph_service.engine.bulk.offices import with_footing
from graph_service.engine.bulk.related import DOWN, Way, related
from graph_service.engine.carriage import carried
from graph_service.engine.liability import verdicts
from graph_service.engine.trace import cases_of
from graph_service.model.facts import Fact, Record, Stored
from graph_service.snapshot.columns import Columns
from graph_service.snapshot.reader import ColumnarReader
from graph_service.snapshot.view import View


@dataclass(frozen=True, slots=True)
class Grouped:
    """``rows``: ``n rec carriage target via way bare footing`` of each consequence; ``ways``: ``(way, tie)``; ``cut``: origins.

    ``bare``: the way itself shows what the recorded subject is, so that no other fact need.  ``apart``: what was made one by one.
    """

    rows: Frame
    ways: pl.DataFrame
    cut: tuple[int, ...]
    apart: tuple[Consequence, ...]
    left_out: tuple[LeftOut, ...]


def by_control(backend: Backend, columns: Columns, law: Law, cases: Cases, sure: Frame) -> Grouped:
    """What certain verdicts carry by control.  Costs the control of the register, where any rule asks for it."""
    joined: list[tuple[int, int, Way]] = []
    single: list[int] = []
    for number, (place, carriage) in enumerate(law.carriages):
        pack, rule = law.rules[place]
        if carriage.via == "control" and rule.reach == "self" and exact(columns, carriage.threshold):
            joined.append((place, number, Way(carriage.threshold, carriage.directions, pack.through_state_holders)))
        elif carriage.via == "control":
            single.append(number)
    apart, left_out = _one_by_one(backend, columns, law, sure, single)
    numbers = {way: number for number, way in enumerate(dict.fromkeys(way for _, _, way in joined))}
    schema = {"rule": pl.Int32, "carriage": pl.Int32, "group": pl.Int32}
    asked = pl.DataFrame([(rule, number, numbers[way]) for rule, number, way in joined], schema=schema, orient="row")
    reached = backend.materialise(sure.join(backend.table(asked), on="rule", how="inner"))
    wanted = backend.collect(reached.select("group", "subject").unique())
    origins = {way: wanted.filter(pl.col("group") == number)["subject"] for way, number in numbers.items()}
    found = related(backend, columns, origins, law.at)
    targets = pl.concat(
        [frame.with_columns(group=pl.lit(numbers[way], pl.Int32)) for way, frame in found.targets.items()]
        or [pl.DataFrame(schema={**dict.fromkeys(("origin", "target", "via", "phase", "way", "group"), pl.Int32)})]
    )
    rows = reached.join(
        backend.table(targets), left_on=["group", "subject"], right_on=["group", "origin"], how="inner"
    ).with_columns(bare=nw.col("phase") != DOWN)
    rows = with_footing(backend, law, cases, rows)
    told = rows.select("n", "rec", "carriage", "target", "via", "way", "bare", "footing")
    return Grouped(backend.materialise(told), found.ways, found.cut, apart, left_out)


def _one_by_one(
    backend: Backend, columns: Columns, law: Law, sure: Frame, carriages: Sequence[int]
) -> tuple[tuple[Consequence, ...], tuple[LeftOut, ...]]:
    """What some carriages give, by the engine's own function for each record that their rules certainly reach somebody for."""
    rules = sorted({law.carriages[number][0] for number in carriages})
    if not rules:
        return (), ()
    wanted = backend.collect(sure.filter(nw.col("rule").is_in(rules)).select("rec", "rule").unique()).sort("rec", "rule")
    view = View(ColumnarReader(columns))
    found = list(_carried(columns, law, wanted, view))
    return tuple(one for part, _ in found for one in part), tuple(one for _, part in found for one in part)


def _carried(columns: Columns, law: Law, wanted: pl.DataFrame, view: View) -> Iterator[tuple[list[Consequence], list[LeftOut]]]:
    for rec, place in wanted.iter_rows():
        pack, rule = law.rules[place]
        only = replace(rule, carriages=tuple(one for one in rule.carriages if one.via == "control"))
        (case,) = cases_of(view, _records(columns.facts("records", [rec])), law.packs, law.at)
        events = view.events_of([case.record.fact.id])[case.record.fact.id]
        yield carried(view, case, pack, verdicts(case, only, pack), events)


def _records(facts: Sequence[Stored[Fact]]) -> list[Stored[Record]]:
    return [one for one in facts if isinstance(one.fact, Record)]  # type: ignore[misc]
