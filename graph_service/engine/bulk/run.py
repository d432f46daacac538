"""Every verdict and consequence of a register on a day, as integers: what `graph_service.engine.bulk.words` puts into words.

The result is three tables that name each other, so that nothing is written down twice: a consequence belongs to a verdict and
stands as its standing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graph_service.engine.answers import Consequence, LeftOut
from graph_service.engine.bulk.backend import POLARS, Backend, Frame
from graph_service.engine.bulk.cases import cases_of
from graph_service.engine.bulk.groups import by_control
from graph_service.engine.bulk.law import Law, footings_of_rules, law_of, placed_effects
from graph_service.engine.bulk.offices import by_office
from graph_service.engine.bulk.standings import NOBODY, standings
from graph_service.engine.bulk.verdicts import verdicts
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import ENTERPRISE, UNDESCRIBED, Columns

EFFECT, OFFICE, CONTROL = range(3)
"""Where a consequence comes from: an effect of the rule, or a carriage by office or control."""


@dataclass(frozen=True, slots=True)
class Bulk:
    """What follows from every record.

    * ``verdicts``: the columns of `REACHED` and ``n``, their number; ``support``: ``(key, tie)`` of those that rest on several;
    * ``consequences``: the verdict's ``n``, ``source``, the ``number`` of the effect or carriage, ``target``, ``via`` (-1: none),
      ``way_tie`` of a carriage by office, ``way`` of one by control (-1: none), ``bare`` (see `Grouped`), ``stand``;
    * ``standings``: the columns of `STANDING`; ``ways``: ``(way, tie)``;
    * ``cut_offices`` and ``cut_groups``: the persons and the recorded subjects whose verdicts carry further than the answer goes;
    * ``apart`` and ``left_out``: what could only be carried record by record, already in words.
    """

    law: Law
    verdicts: pl.DataFrame
    support: pl.DataFrame
    consequences: pl.DataFrame
    standings: pl.DataFrame
    ways: pl.DataFrame
    cut_offices: tuple[int, ...]
    cut_groups: tuple[int, ...]
    apart: tuple[Consequence, ...]
    left_out: tuple[LeftOut, ...]


def bulk(columns: Columns, packs: Sequence[Pack], at: int, backend: Backend = POLARS) -> Bulk:
    """Every verdict on every record on a day under some packs, and every consequence of the certain ones but derived sanctions.

    Costs joins of the ties into recorded subjects, of the ties of those who are liable and of what they control.
    """
    law = law_of(packs, at)
    cases = cases_of(columns, at, law.areas)
    found = verdicts(backend, columns, law, cases)
    numbered = numbered_of(backend.collect(found.reached))
    sure = backend.table(numbered.filter("sure").select("n", "rec", "rule", "subject"))
    offices = by_office(backend, columns, law, cases, sure)
    groups = by_control(backend, columns, law, cases, sure)
    # Carriages may stand on footings of their own, and the numbers of standings count them all.
    footed = footed_of(backend, columns, law, numbered)
    carried = backend.materialise(nw.concat([_by_office(offices.rows), _by_control(groups.rows)]))
    carried = carried.with_columns(stand=_stand(columns, law))
    wanted = nw.concat([part.select(*WANTED) for part in (footed, carried)]).unique()
    stands = standings(backend, columns, law, cases, wanted)
    rows = nw.concat([_direct(backend, law, footed), carried.drop("rec", "person", "footing")])
    return Bulk(
        law=law,
        verdicts=numbered,
        support=backend.collect(found.support),
        consequences=backend.collect(rows),
        standings=backend.collect(stands),
        ways=groups.ways,
        cut_offices=tuple(offices.cut),
        cut_groups=groups.cut,
        apart=groups.apart,
        left_out=groups.left_out,
    )


WANTED = ("rec", "person", "footing", "stand")
"""What says where a consequence stands, and its number."""


def numbered_of(reached: pl.DataFrame) -> pl.DataFrame:
    """Verdicts with their numbers, ``n``."""
    return reached.with_row_index("n").with_columns(pl.col("n").cast(pl.Int32))


def footed_of(backend: Backend, columns: Columns, law: Law, numbered: pl.DataFrame) -> Frame:
    """Certain verdicts with each footing of their effects: ``n``, ``place`` (see `footings_of_rules`), ``firm`` and `WANTED`.

    ``firm``: whether who is reached is an enterprise.
    """
    sure = numbered.filter("sure").select("n", "rec", "rule", "subject")
    told = columns.frames["subjects"].select("kind", "uscc")[sure["subject"]]
    firm = (told["kind"] == ENTERPRISE) | ((told["kind"] == UNDESCRIBED) & told["uscc"])
    table = backend.table(sure.with_columns(firm=firm)).rename({"subject": "person"})
    rows = table.join(backend.table(footings_of_rules(law)), on="rule", how="inner").filter(~nw.col("entries") | ~nw.col("firm"))
    return backend.materialise(rows.select("n", "place", "firm", "rec", "person", "footing", stand=_stand(columns, law)))


def effects_of(backend: Backend, law: Law, footed: Frame) -> Frame:
    """The effects of verdicts with their footings: the columns of ``footed`` and ``effect``.

    Through an office a record is written on a person's credit record; an enterprise in office has none.
    """
    rows = footed.join(backend.table(placed_effects(law)), on="place", how="inner")
    return rows.filter(~nw.col("entry") | ~nw.col("firm")).drop("entry")


def _stand(columns: Columns, law: Law) -> nw.Expr:
    """One number for a record, a footing and a person or nobody."""
    size = columns.frames["subjects"].height + 1
    record = nw.col("rec").cast(nw.Int64) * len(law.footings) + nw.col("footing").cast(nw.Int64)
    return record * size + nw.col("person").cast(nw.Int64) + 1


def _direct(backend: Backend, law: Law, footed: Frame) -> Frame:
    """The effects of certain verdicts on whom they reach."""
    return effects_of(backend, law, footed).select(
        "n",
        source=nw.lit(EFFECT).cast(nw.Int8),
        number=nw.col("effect"),
        target=nw.col("person"),
        via=nw.lit(-1).cast(nw.Int32),
        way_tie=nw.lit(-1).cast(nw.Int32),
        way=nw.lit(-1).cast(nw.Int32),
        bare=nw.lit(False),
        stand="stand",
    )


def _by_office(rows: Frame) -> Frame:
    """What carriages by office give: each hangs on the person who holds the office."""
    return rows.select(
        "n",
        "rec",
        "footing",
        source=nw.lit(OFFICE).cast(nw.Int8),
        number=nw.col("carriage"),
        target=nw.col("target"),
        via=nw.col("subject"),
        way_tie=nw.col("way_tie"),
        way=nw.lit(-1).cast(nw.Int32),
        bare=nw.lit(False),
        person=nw.col("subject"),
    )


def _by_control(rows: Frame) -> Frame:
    """What carriages by control give: they hang on the record and the group, on nobody's person."""
    return rows.select(
        "n",
        "rec",
        "footing",
        source=nw.lit(CONTROL).cast(nw.Int8),
        number=nw.col("carriage"),
        target=nw.col("target"),
        via=nw.col("via"),
        way_tie=nw.lit(-1).cast(nw.Int32),
        way=nw.col("way"),
        bare=nw.col("bare"),
        person=nw.lit(NOBODY).cast(nw.Int32),
    )
