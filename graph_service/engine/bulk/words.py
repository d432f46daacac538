"""A bulk run as rows of words: the tables of `graph_service.engine.rows`, a run of records at a time.

Everything is looked up by number: what a rule or a carriage says once for each, keys and fact ids once for each row of a frame,
dates once for each distinct pair of bounds.  So a row costs gathers and one text, its id, and memory is bounded by the slice.

Invariants: the rows of a slice are those that `graph_service.engine.rows` makes of the same verdicts, in the same order; slices
follow each other in the order of records.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import polars as pl

from graph_service.engine.answers import consequence_id
from graph_service.engine.bulk.gaps import gap_codes
from graph_service.engine.bulk.law import Law
from graph_service.engine.bulk.run import CONTROL, EFFECT, OFFICE, Bulk
from graph_service.engine.bulk.standings import CAUSES
from graph_service.engine.rows import CONSEQUENCES, ORDER, VERDICTS, consequence_row
from graph_service.engine.shapes import bound_text
from graph_service.model.interval import Bound
from graph_service.model.verdict import Status
from graph_service.policy.table import Basis, Carriage, Effect
from graph_service.snapshot.columns import KINDS, Columns

SLICE = 20_000
"""Records of one slice: some hundred thousand consequences."""


@dataclass(frozen=True, slots=True)
class Told:
    """The rows of some records: `VERDICTS` and `CONSEQUENCES`, derived sanctions apart."""

    verdicts: pl.DataFrame
    consequences: pl.DataFrame


def told(columns: Columns, found: Bulk, records: int = SLICE, only: Collection[str] | None = None) -> Iterator[Told]:
    """The run in words, some records at a time, in the order of their ids; ``only`` those of some ids."""
    ordered = columns.frames["records"].select("id").with_row_index("rec").with_columns(pl.col("rec").cast(pl.Int32)).sort("id")
    if only is not None:
        ordered = ordered.filter(pl.col("id").is_in(list(only)))
    spoken = ordered.join(found.verdicts.select("rec").unique(), on="rec", how="semi", maintain_order="left")
    rows = [consequence_row(one) for one in found.apart]
    types: dict[str, Any] = {"proof": pl.List(pl.String), "legal_effect": pl.Boolean}
    schema = {name: types.get(name, pl.String) for name in CONSEQUENCES}
    apart = pl.DataFrame(rows, schema=schema, orient="row")
    for first in range(0, spoken.height, records):
        yield _slice(columns, found, spoken.slice(first, records), apart)


def _slice(columns: Columns, found: Bulk, records: pl.DataFrame, apart: pl.DataFrame) -> Told:
    keys = columns.frames["subjects"]["key"]
    facts = columns.fact_ids("records", records["rec"])
    known = records.select("rec", record="id", record_fact=facts)
    verdicts = found.verdicts.join(known, on="rec", how="inner")
    verdicts = verdicts.with_columns(subject_key=keys[verdicts["subject"]], proof=_verdict_proof(columns, found, verdicts))
    rules = _rules(found.law)
    told_verdicts = (
        verdicts.join(rules, on="rule", how="left")
        .join(_roles(found.law, verdicts), on=("rule", "kind", "kinds"), how="left")
        .join(_gaps(verdicts), on="gaps", how="left")
        .with_columns(verdict=pl.when("sure").then(pl.lit("liable")).otherwise(pl.lit("candidate")))
        .select(
            "pack",
            pl.col("rule_id").alias("rule"),
            "rule_version",
            "record",
            pl.col("subject_key").alias("subject"),
            "verdict",
            "role",
            pl.col("codes").alias("gaps"),
            "proof",
        )
        .select(VERDICTS)
        .sort(ORDER["verdicts"])
    )
    consequences = _consequences(columns, found, verdicts)
    if apart.height:
        consequences = pl.concat([consequences, apart.join(known, on="record", how="semi")])
    return Told(told_verdicts, consequences.sort(ORDER["consequences"]))


def _ids(columns: Columns, table: str, rows: pl.Series) -> pl.Series:
    """The fact ids of rows, null for those below 0."""
    wanted = rows.filter(rows >= 0).unique()
    known = pl.DataFrame({"row": wanted, "id": columns.fact_ids(table, wanted)}, schema={"row": rows.dtype, "id": pl.String})
    return pl.DataFrame({"row": rows}).join(known, on="row", how="left", maintain_order="left")["id"]


def _as_set(*parts: pl.Expr) -> pl.Expr:
    """Fact ids and lists of them as one sorted list without repetitions."""
    return pl.concat_list(*parts).list.drop_nulls().list.unique().list.sort()


def _verdict_proof(columns: Columns, found: Bulk, verdicts: pl.DataFrame) -> pl.Series:
    own = columns.frames["records"]["subject"][verdicts["rec"]]
    several = found.support.join(verdicts.filter(pl.col("tie") < -1).select("key").unique(), on="key", how="semi")
    several = several.with_columns(id=_ids(columns, "ties", several["tie"])).group_by("key").agg(more="id")
    proof = verdicts.select("record_fact", "key").with_columns(
        tie=_ids(columns, "ties", verdicts["tie"]),
        finding=_ids(columns, "findings", verdicts["finding"]),
        own=_ids(
            columns, "subjects", pl.select(pl.when(verdicts["own_fact"]).then(own).otherwise(-1).cast(pl.Int32)).to_series()
        ),
    )
    proof = proof.join(several, on="key", how="left", maintain_order="left")
    more = pl.col("more").fill_null(pl.lit([], dtype=pl.List(pl.String)))
    return proof.select(_as_set(pl.col("record_fact"), pl.col("tie"), pl.col("finding"), pl.col("own"), more)).to_series()


def _rules(law: Law) -> pl.DataFrame:
    rows = [(number, pack.id, rule.id, rule.version) for number, (pack, rule) in enumerate(law.rules)]
    schema = {"rule": pl.Int32, "pack": pl.String, "rule_id": pl.String, "rule_version": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _roles(law: Law, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The role of each way to be reached under a rule: its kinds of tie in the rule's order, or ``self`` or ``finding``."""

    def role(number: int, kind: int, kinds: int) -> str:
        rule = law.rules[number][1]
        if rule.reach != "role":
            return rule.reach
        bits = kinds if kind < 0 else 1 << kind
        return "+".join(one for one in rule.roles if bits >> KINDS[one] & 1)

    ways = verdicts.select("rule", "kind", "kinds").unique()
    return ways.with_columns(role=pl.Series([role(*way) for way in ways.iter_rows()], dtype=pl.String))


def _gaps(verdicts: pl.DataFrame) -> pl.DataFrame:
    bits = verdicts["gaps"].unique()
    return pl.DataFrame({"gaps": bits, "codes": pl.Series([gap_codes(one) for one in bits], dtype=pl.List(pl.String))})


def _consequences(columns: Columns, found: Bulk, verdicts: pl.DataFrame) -> pl.DataFrame:
    own = verdicts.filter("sure").select("n", "record", "rec", "proof", "record_fact")
    rows = found.consequences.join(own, on="n", how="inner").join(found.standings.drop("rec"), on="stand", how="left")
    rows = rows.join(_statements(found.law), on=("source", "number"), how="left")
    decided = columns.frames["records"].select("decided_lo", "decided_hi")[rows["rec"]]
    keys = columns.frames["subjects"]["key"]
    dying = pl.select(pl.when(rows["death"]).then(rows["person"]).otherwise(-1).cast(pl.Int32)).to_series()
    rows = rows.with_columns(
        subject=keys[rows["target"]],
        via=_keys_of(keys, rows["via"]),
        decided_lo=decided["decided_lo"],
        decided_hi=decided["decided_hi"],
        way_fact=_ids(columns, "ties", rows["way_tie"]),
        event_fact=_ids(columns, "events", rows["event"]),
        death_fact=_ids(columns, "subjects", dying),
        status=rows["status"].replace_strict({int(one): one.word for one in Status}, return_dtype=pl.String),
        cause=rows["cause"].replace_strict({n: word or None for n, word in enumerate(CAUSES)}, return_dtype=pl.String),
    )
    rows = _with_bounds(_with_bounds(rows, "decided_lo", "decided_hi", "from"), "end_lo", "end_hi", "to")
    # A way into the recorded subject itself shows what that is, and nothing else of the verdict's proof is needed.
    alone = pl.concat_list("record_fact")
    parts = [
        pl.when("bare").then(alone).otherwise(pl.col("proof")),
        pl.col("way_fact"),
        pl.col("event_fact"),
        pl.col("death_fact"),
    ]
    if found.ways.height:
        rows = rows.join(_way_facts(columns, found, rows), on="way", how="left", maintain_order="left")
        parts.append(pl.col("way_facts").fill_null(pl.lit([], dtype=pl.List(pl.String))))
    via = pl.when(pl.col("via").is_null()).then(pl.lit("")).otherwise(":" + _escaped("via"))
    return (
        rows.with_columns(
            id=pl.concat_str("prefix", _escaped("record"), pl.lit(":"), _escaped("subject"), via),
            proof=_as_set(*parts),
        )
        .rename({"rule_id": "rule"})
        .select(CONSEQUENCES)
    )


def _keys_of(keys: pl.Series, subjects: pl.Series) -> pl.Series:
    """The keys of subjects, null for those below 0."""
    there = subjects >= 0
    found = keys[pl.select(pl.when(there).then(subjects).otherwise(0)).to_series()]
    return pl.select(pl.when(there).then(found)).to_series()


def _escaped(column: str) -> pl.Expr:
    """A part of an id, as `consequence_id` escapes it."""
    return pl.col(column).str.replace_all("%", "%25", literal=True).str.replace_all(":", "%3A", literal=True)


def _with_bounds(rows: pl.DataFrame, low: str, high: str, name: str) -> pl.DataFrame:
    """Add the text of a bound."""
    pairs = rows.select(low, high).unique()
    texts = pl.Series([bound_text(Bound(*pair)) for pair in pairs.iter_rows()], dtype=pl.String)
    return rows.join(pairs.with_columns(texts.alias(name)), on=(low, high), how="left")


def _way_facts(columns: Columns, found: Bulk, rows: pl.DataFrame) -> pl.DataFrame:
    ways = found.ways.join(rows.select("way").unique(), on="way", how="semi")
    return ways.with_columns(id=_ids(columns, "ties", ways["tie"])).group_by("way").agg(way_facts="id")


def _statements(law: Law) -> pl.DataFrame:
    """What each effect and carriage says of every consequence of its own."""
    given: list[tuple[int, int, int, Effect | Carriage, Basis | None]] = [
        *((EFFECT, number, rule, one, None) for number, (rule, one, _) in enumerate(law.effects)),
        *(
            (OFFICE if one.via == "office" else CONTROL, number, rule, one, one.basis)
            for number, (rule, one) in enumerate(law.carriages)
        ),
    ]
    rows = []
    for source, number, place, one, basis in given:
        pack, rule = law.rules[place]
        # The parts that follow are put behind it for each consequence.
        prefix = consequence_id(pack.id, rule.id, one.code, "", "").removesuffix(":")
        confidence = (basis or rule.basis).confidence
        rows.append(
            (
                source,
                number,
                pack.id,
                rule.id,
                rule.version,
                one.kind,
                one.code,
                one.nature,
                one.kind != "flag",
                confidence,
                prefix,
            )
        )
    texts = ("pack", "rule_id", "rule_version", "kind", "code", "nature")
    return pl.DataFrame(
        rows,
        schema={
            "source": pl.Int8,
            "number": pl.Int32,
            **dict.fromkeys(texts, pl.String),
            "legal_effect": pl.Boolean,
            "confidence": pl.String,
            "prefix": pl.String,
        },
        orient="row",
    )
