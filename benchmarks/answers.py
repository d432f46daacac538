"""What engines found, as tables of text with the keys of the register: the answers that are compared (see WORKLOAD.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from benchmarks.peers import CERTAIN
from graph_service.engine.bulk.gaps import gap_codes
from graph_service.engine.bulk.law import law_of
from graph_service.engine.bulk.standings import CAUSES
from graph_service.engine.shapes import bound_text
from graph_service.model.interval import Bound
from graph_service.model.verdict import Status
from graph_service.model.words import FINDINGS
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import Columns

Answer = Mapping[str, pl.DataFrame | int]
"""Tables by name; a number where the rows are only counted."""


def control_answer(columns: Columns, pairs: pl.DataFrame) -> Answer:
    """``controller controlled verdict`` of pairs of numbers (`benchmarks.peers.CONTROL`)."""
    keys = columns.frames["subjects"]["key"]
    word = pl.when(pl.col("verdict") == CERTAIN).then(pl.lit("certain")).otherwise(pl.lit("possible"))
    table = pairs.select(word.alias("verdict")).with_columns(
        controller=keys[pairs["controller"]], controlled=keys[pairs["controlled"]]
    )
    return {"pairs": table.select("controller", "controlled", "verdict")}


def reached_answer(columns: Columns, packs: Sequence[Pack], at: int, found: pl.DataFrame) -> Answer:
    """Whom which rule reaches, how surely: ``record pack rule version subject verdict`` of verdicts as numbers."""
    table = found.join(_rules(packs, at), on="rule", how="left", maintain_order="left").select(
        pl.Series("record", columns.frames["records"]["id"][found["rec"]]),
        "pack",
        pl.col("rule_id").alias("rule"),
        "version",
        pl.Series("subject", columns.frames["subjects"]["key"][found["subject"]]),
        pl.when("sure").then(pl.lit("liable")).otherwise(pl.lit("candidate")).alias("verdict"),
    )
    return {"reached": table}


def _rules(packs: Sequence[Pack], at: int) -> pl.DataFrame:
    return pl.DataFrame(
        [(number, pack.id, rule.id, rule.version) for number, (pack, rule) in enumerate(law_of(packs, at).rules)],
        schema={"rule": pl.Int32, "pack": pl.String, "rule_id": pl.String, "version": pl.String},
        orient="row",
    )


def verdict_answer(columns: Columns, packs: Sequence[Pack], at: int, found: pl.DataFrame) -> Answer:
    """Verdicts as numbers (`benchmarks.peers.VERDICTS`) in words: ``reached``, and with what they rest on ``verdicts``.

    ``record pack rule version subject verdict gaps tie finding``; ``tie`` is a fact id, ``several`` or empty; ``finding`` a word.
    """
    rules = _rules(packs, at)
    bits = found["gaps"].unique()
    gaps = pl.DataFrame({"gaps": bits, "codes": pl.Series(["+".join(gap_codes(one)) for one in bits], dtype=pl.String)})
    named = columns.frames["findings"]["finding"]
    words = pl.DataFrame({"number": named.cast(pl.Int32).unique()})
    words = words.with_columns(word=pl.Series([FINDINGS[number] for number in words["number"]], dtype=pl.String))
    kind = _at(named.cast(pl.Int32), found["finding"])
    table = (
        found.with_columns(
            record=columns.frames["records"]["id"][found["rec"]],
            key=columns.frames["subjects"]["key"][found["subject"]],
            number=kind,
            tie_id=_fact_ids(columns, "ties", found["tie"]),
        )
        .join(rules, on="rule", how="left", maintain_order="left")
        .join(gaps, on="gaps", how="left", maintain_order="left")
        .join(words, on="number", how="left", maintain_order="left")
    )
    return {
        **reached_answer(columns, packs, at, found),
        "verdicts": table.select(
            "record",
            "pack",
            pl.col("rule_id").alias("rule"),
            "version",
            pl.col("key").alias("subject"),
            pl.when("sure").then(pl.lit("liable")).otherwise(pl.lit("candidate")).alias("verdict"),
            pl.col("codes").alias("gaps"),
            pl.when(pl.col("tie") < -1).then(pl.lit("several")).otherwise("tie_id").alias("tie"),
            pl.col("word").alias("finding"),
        ),
    }


def propagate_answer(columns: Columns, packs: Sequence[Pack], at: int, found: pl.DataFrame, stands: pl.DataFrame) -> Answer:
    """The verdicts, and where the effects of the certain ones stand (`benchmarks.peers.STANDINGS`), in words.

    ``record pack rule version code subject to status cause event``: ``to`` is the last bound, a day, a range or empty;
    ``event`` a fact id or empty.
    """
    law = law_of(packs, at)
    codes = pl.DataFrame(
        [(number, effect.code) for number, (_, effect, _) in enumerate(law.effects)],
        schema={"effect": pl.Int32, "code": pl.String},
        orient="row",
    )
    answer = verdict_answer(columns, packs, at, found)
    told = answer["verdicts"]
    assert isinstance(told, pl.DataFrame)
    verdicts = told.select("record", "pack", "rule", "version", "subject")[stands["n"]]
    ends = stands.select("end_lo", "end_hi").unique()
    ends = ends.with_columns(to=pl.Series([bound_text(Bound(*pair)) for pair in ends.iter_rows()], dtype=pl.String))
    rows = stands.with_columns(
        **{name: verdicts[name] for name in verdicts.columns},
        event_id=_fact_ids(columns, "events", stands["event"]),
        word=stands["status"].cast(pl.Int32).replace_strict({int(one): one.word for one in Status}, return_dtype=pl.String),
        why=stands["cause"].cast(pl.Int32).replace_strict(dict(enumerate(CAUSES)), return_dtype=pl.String),
    )
    rows = rows.join(codes, on="effect", how="left").join(ends, on=["end_lo", "end_hi"], how="left")
    columns_told = ("record", "pack", "rule", "version", "code", "subject", "to")
    standings = rows.select(*columns_told, pl.col("word").alias("status"), pl.col("why").alias("cause"), event=pl.col("event_id"))
    return {**answer, "standings": standings}


def rows_answer(tables: Mapping[str, tuple[Sequence[str], Sequence[tuple[object, ...]]]]) -> Answer:
    """Rows of words as tables: ``{name: (columns, rows)}``."""
    return {
        name: pl.DataFrame(
            {column: pl.Series([_text(row[place]) for row in rows], dtype=pl.String) for place, column in enumerate(columns)}
        )
        for name, (columns, rows) in tables.items()
    }


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return "+".join(sorted(map(str, value)))
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _at(column: pl.Series, rows: pl.Series) -> pl.Series:
    """The values of rows, null for those below 0."""
    if not column.len():
        return pl.repeat(None, rows.len(), dtype=column.dtype, eager=True)
    there = rows >= 0
    found = column[pl.select(pl.when(there).then(rows).otherwise(0)).to_series()]
    return pl.select(pl.when(there).then(found)).to_series()


def _fact_ids(columns: Columns, table: str, rows: pl.Series) -> pl.Series:
    """The fact ids of rows, null for those below 0."""
    wanted = rows.filter(rows >= 0).unique()
    known = pl.DataFrame({"row": wanted, "id": columns.fact_ids(table, wanted)}, schema={"row": rows.dtype, "id": pl.String})
    return pl.DataFrame({"row": rows}).join(known, on="row", how="left", maintain_order="left")["id"]
