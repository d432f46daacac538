"""How verdicts carry by office: to the enterprises where a liable person certainly holds a role on the day.

The rules are those of `graph_service.engine.carriage`: only certain verdicts carry, over facts that are certain on the day, never
back to the recorded enterprise, and to no more than `CARRIED_LIMIT` enterprises, the first by their keys.
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.anchors import tie_of
from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.cases import Cases
from graph_service.engine.bulk.law import Law, distinct_terms, numbers_of
from graph_service.engine.bulk.roles import ties_held
from graph_service.engine.bulk.spans import certainly_holds
from graph_service.engine.bulk.terms import has_length, term_ends
from graph_service.engine.carriage import CARRIED_LIMIT
from graph_service.model.interval import LAST
from graph_service.snapshot.columns import Columns


@dataclass(frozen=True, slots=True)
class Carried:
    """``rows``: one a consequence; ``cut``: the persons whose verdicts would carry further than the limit."""

    rows: Frame
    cut: list[int]


def by_office(backend: Backend, columns: Columns, law: Law, cases: Cases, sure: Frame) -> Carried:
    """What certain verdicts carry by office: ``sure`` and ``carriage``, ``target``, ``way_tie``, ``footing``.

    Costs a scan of the ties of the kinds that carry and joins of those of liable persons.
    """
    kinds = sorted({kind for _, one in law.carriages if one.via == "office" for kind in numbers_of(one.roles)})
    carriages = backend.table(_office_carriages(law))
    liable = sure.join(carriages, on="rule", how="inner")
    persons = backend.materialise(liable.select(holder="subject").unique())
    ties = backend.table(columns.frames["ties"].with_row_index("tie")).filter(nw.col("kind").is_in(kinds))
    held = ties_held(backend, columns, kinds, ties.join(persons, on="holder", how="semi"))
    held = held.filter(nw.col("sure_held") & certainly_holds("s", law.at))
    sets = backend.table(_role_sets(law))
    first = (
        held.select("holder", "enterprise", "code", "kind")
        .join(sets, on="kind", how="inner")
        .group_by("roles", "holder", "enterprise")
        .agg(nw.col("code").min())
    )
    origins = backend.table(cases.rows.select("rec", origin="subject"))
    rows = liable.join(first, left_on=["roles", "subject"], right_on=["roles", "holder"], how="inner")
    rows = rows.join(origins, on="rec", how="inner").filter(nw.col("enterprise") != nw.col("origin"))
    rows = rows.with_columns(target=nw.col("enterprise"), way_tie=tie_of(nw.col("code"))).drop(
        "origin", "roles", "code", "enterprise"
    )
    return _limited(backend, columns, backend.materialise(with_footing(backend, law, cases, rows)))


def _office_carriages(law: Law) -> pl.DataFrame:
    """``(rule, carriage, roles)``; ``roles`` numbers the sets of roles."""
    rows = [(rule, number, _sets(law)[one.roles]) for number, (rule, one) in enumerate(law.carriages) if one.via == "office"]
    return pl.DataFrame(rows, schema={"rule": pl.Int32, "carriage": pl.Int32, "roles": pl.Int32}, orient="row")


def _sets(law: Law) -> dict[frozenset[str], int]:
    found = dict.fromkeys(one.roles for _, one in law.carriages if one.via == "office")
    return {roles: number for number, roles in enumerate(found)}


def _role_sets(law: Law) -> pl.DataFrame:
    rows = [(number, kind) for roles, number in _sets(law).items() for kind in sorted(numbers_of(roles))]
    return pl.DataFrame(rows, schema={"roles": pl.Int32, "kind": pl.Int8}, orient="row")


def _limited(backend: Backend, columns: Columns, rows: Frame) -> Carried:
    """The rows less those past the limit of one verdict."""
    one = ["rec", "rule", "carriage", "subject"]
    many = rows.group_by(one).agg(targets=nw.len()).filter(nw.col("targets") > CARRIED_LIMIT).select(one)
    wide = backend.collect(rows.join(many, on=one, how="inner"))
    if not wide.height:
        return Carried(rows, [])
    order = columns.frames["subjects"]["order"]
    kept = wide.with_columns(order=order[wide["target"]]).sort("order").group_by(one, maintain_order=True).head(CARRIED_LIMIT)
    narrow = rows.join(many, on=one, how="anti")
    names = list(narrow.collect_schema().names())
    return Carried(
        backend.materialise(nw.concat([narrow, backend.table(kept.select(names))])), wide["subject"].unique().sort().to_list()
    )


def with_footing(backend: Backend, law: Law, cases: Cases, rows: Frame) -> Frame:
    """Add the footing of each carried consequence: what a rule carries runs as long as the longest of its effects."""
    single: list[tuple[int, int]] = []
    several: list[pl.DataFrame] = []
    for number, (rule, carriage) in enumerate(law.carriages):
        pack, text = law.rules[rule]
        terms = distinct_terms(text)
        footings = [law.footing_of(pack, text, law.carried_effect(rule, carriage, term), carriage) for term in terms]
        if len(terms) == 1:
            single.append((number, footings[0]))
            continue
        parts = []
        for place, (term, footing) in enumerate(zip(terms, footings, strict=True)):
            ends = term_ends(cases, [term]) if has_length(term) else _open(cases)
            parts.append(ends.with_columns(place=pl.lit(place, pl.Int32), footing=pl.lit(footing, pl.Int32)))
        best = pl.concat(parts).sort("term_hi", "term_lo", "place", descending=[True, True, False])
        chosen = best.unique("rec", keep="first", maintain_order=True)
        several.append(chosen.select(pl.lit(number, pl.Int32).alias("carriage"), "rec", pl.col("footing").alias("by_record")))
    fixed = pl.DataFrame(single, schema={"carriage": pl.Int32, "footing": pl.Int32}, orient="row")
    rows = rows.join(backend.table(fixed), on="carriage", how="left")
    if several:
        rows = rows.join(backend.table(pl.concat(several)), on=["carriage", "rec"], how="left")
        whole = nw.when(nw.col("footing").is_null()).then(nw.col("by_record")).otherwise(nw.col("footing"))
        rows = rows.with_columns(footing=whole).drop("by_record")
    return rows


def _open(cases: Cases) -> pl.DataFrame:
    never = pl.lit(LAST, pl.Int32)
    return cases.rows.select("rec", pl.lit(0, pl.Int32).alias("term"), never.alias("term_lo"), never.alias("term_hi"))
