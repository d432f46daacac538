"""The data faults of a whole register: `graph_service.engine.faults`, for every recorded subject at once.

A fault is listed under the recorded subject whose trace says it.  What is only arithmetic on columns is done on columns; what
needs more (several sources that tell one holding, two legal representatives at once) is asked of the engine's own functions, for
the few enterprises where it may be so.

Invariants: the same faults as the traces of all recorded subjects, each once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from graph_service.engine.faults import SINGLE_OFFICE, ties_faults, two_at_once
from graph_service.model.facts import is_tie
from graph_service.model.interval import FIRST, LAST
from graph_service.model.words import CAPITAL
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import KINDS, UNDESCRIBED, Columns
from graph_service.snapshot.slices import ties_into

FAULTS: dict[str, Any] = {"subject": pl.Int32, "code": pl.String, "about": pl.String, "facts": pl.List(pl.String)}
_HOLDING_CODES = ("over_whole", "majority_missing", "sources_contradict")


def faults(columns: Columns, packs: Sequence[Pack], at: int) -> pl.DataFrame:
    """What is wrong with the facts behind the records, on a day: the columns of `FAULTS`, ``subject`` a row of subjects.

    Costs the records and the ties into their subjects.
    """
    records = columns.frames["records"].with_row_index("rec").with_columns(pl.col("rec").cast(pl.Int32))
    ties = ties_into(columns.frames["ties"], records["subject"])
    parts = [
        *_of_records(columns, packs, records),
        _of_findings(columns, records),
        *_of_events(columns, records, ties),
        _of_holders(columns, ties),
        pl.DataFrame(list(_of_holdings(columns, ties, at)), schema=FAULTS, orient="row"),
        pl.DataFrame(list(_of_office(columns, ties)), schema=FAULTS, orient="row"),
    ]
    return pl.concat([part.select(*FAULTS) for part in parts]).unique().sort("subject", "code", "about", "facts")


def _fault(rows: pl.DataFrame, code: str, about: pl.Series, facts: pl.Series) -> pl.DataFrame:
    """Faults of rows with a subject, each on one fact."""
    return pl.DataFrame(
        {"subject": rows["subject"], "about": about, "facts": facts.to_frame().select(pl.concat_list(facts.name)).to_series()}
    ).with_columns(code=pl.lit(code))


def _of_records(columns: Columns, packs: Sequence[Pack], records: pl.DataFrame) -> Iterator[pl.DataFrame]:
    subjects = columns.frames["subjects"]
    low, high = pl.col("decided_lo"), pl.col("decided_hi")
    dated = (low == high) & (low > FIRST) & (low < LAST)
    vocabularies = [pack.behaviours for pack in packs if pack.rules]
    known = {word for words in vocabularies for word in words}
    families = {word: {words[word] for words in vocabularies if word in words} for word in known}
    pairs = [(behaviour, family) for behaviour, found in families.items() for family in found]
    agree = pl.DataFrame(pairs, schema={"behaviour": pl.String, "family": pl.String}, orient="row")
    undescribed = records.filter(subjects["kind"][records["subject"]] == UNDESCRIBED)
    yield _fault(
        undescribed, "undescribed", subjects["key"][undescribed["subject"]], columns.fact_ids("records", undescribed["rec"])
    )
    spoken = pl.col("behaviour").is_in(sorted(known))
    tests = {
        "lead": records.filter(pl.col("instrument_no") == ""),
        "act_after_decision": records.filter(dated & (pl.col("act_start_lo") > low)),
        "unknown_behaviour": records.filter((pl.col("behaviour") != "") & ~spoken & pl.lit(bool(vocabularies))),
        "family_contradicts": records.filter((pl.col("family") != "") & spoken).join(
            agree, on=("behaviour", "family"), how="anti"
        ),
    }
    for code, found in tests.items():
        yield _fault(found, code, found["id"], columns.fact_ids("records", found["rec"]))


def _of_findings(columns: Columns, records: pl.DataFrame) -> pl.DataFrame:
    subjects = columns.frames["subjects"]
    found = columns.frames["findings"].with_row_index("row").filter(pl.col("record") >= 0)
    found = found.filter(subjects["kind"][found["person"]] == UNDESCRIBED)
    found = found.with_columns(subject=records["subject"][found["record"]])
    return _fault(found, "undescribed", subjects["key"][found["person"]], columns.fact_ids("findings", found["row"]))


def _of_events(columns: Columns, records: pl.DataFrame, ties: pl.DataFrame) -> Iterator[pl.DataFrame]:
    events = columns.frames["events"].with_row_index("row").filter(pl.col("record") >= 0)
    own = records[events["record"]].select("subject", "decided_lo", "id")
    events = events.hstack(own)
    early = events.filter(pl.col("on") < pl.col("decided_lo"))
    yield _fault(early, "event_before_decision", early["id"], columns.fact_ids("events", early["row"]))
    personal = events.filter((pl.col("person") >= 0) & (pl.col("person") != pl.col("subject")))
    tied = ties.select(pl.col("enterprise").alias("subject"), pl.col("holder").alias("person"))
    named = columns.frames["findings"].select("record", "person")
    stray = personal.join(tied, on=("subject", "person"), how="anti").join(named, on=("record", "person"), how="anti")
    yield _fault(stray, "event_on_nobody", stray["id"], columns.fact_ids("events", stray["row"]))


def _of_holders(columns: Columns, ties: pl.DataFrame) -> pl.DataFrame:
    subjects = columns.frames["subjects"]
    found = ties.filter(subjects["kind"][ties["holder"]] == UNDESCRIBED)
    found = found.with_columns(facts=columns.fact_ids("ties", found["tie"]), about=subjects["key"][found["holder"]])
    return (
        found.group_by("enterprise", "about")
        .agg(pl.col("facts").sort())
        .select(pl.col("enterprise").alias("subject"), pl.lit("undescribed").alias("code"), "about", "facts")
    )


Row = tuple[int, str, str, list[str]]


def _of_holdings(columns: Columns, ties: pl.DataFrame, at: int) -> Iterator[Row]:
    """Enterprises whose holdings on the day exceed the whole, or miss most of it, or are told in contradictory ways.

    Sums of the extremes tell which may be so; these few are judged by the engine.
    """
    capital = [KINDS[kind] for kind in CAPITAL]
    held = columns.frames["holdings"].select("tie", "enterprise", "kind", "lo", "hi", "den", "several")
    rows = ties.select("tie", "start_lo", "end_hi").with_columns(pl.col("tie").cast(pl.Int32))
    held = held.join(rows, on="tie", how="inner").filter(pl.col("kind").is_in(capital))
    held = held.filter((pl.col("start_lo") <= at) & (pl.col("end_hi") > at))
    sums = held.group_by("enterprise").agg(pl.col("lo", "hi").sum(), pl.col("den").min(), pl.col("several").any())
    doubtful = sums.filter(
        (pl.col("lo") >= pl.col("den")) | (2 * pl.col("hi") <= pl.col("den")) | pl.col("several") | (pl.col("den") == 0)
    )
    exact = (pl.col("lo") == pl.col("den")) & (pl.col("hi") == pl.col("den")) & ~pl.col("several")
    for enterprise, rows_of in _into(columns, ties, doubtful.filter(~exact | (pl.col("den") == 0))["enterprise"]):
        yield from _judged(columns, enterprise, rows_of, at)


def _judged(columns: Columns, enterprise: int, rows: list[int], at: int) -> Iterator[Row]:
    key = columns.frames["subjects"]["key"][enterprise]
    found = sorted((tie for tie in columns.facts("ties", rows) if is_tie(tie)), key=lambda tie: tie.id)
    for fault in ties_faults(key, found, at, [tie.fact.holder for tie in found]):
        if fault.code in _HOLDING_CODES:
            yield enterprise, fault.code, fault.about, list(fault.facts)


def _of_office(columns: Columns, ties: pl.DataFrame) -> Iterator[Row]:
    """Enterprises with two persons at once in an office that only one can hold."""
    office = ties.filter(pl.col("kind") == KINDS[SINGLE_OFFICE]).sort("enterprise", "start_lo")
    before = pl.col("end_hi").cum_max().shift(1).over("enterprise")
    doubtful = office.filter(pl.col("start_lo") < before)["enterprise"].unique()
    for enterprise, rows in _into(columns, office, doubtful):
        key = columns.frames["subjects"]["key"][enterprise]
        found = sorted((tie for tie in columns.facts("ties", rows) if is_tie(tie)), key=lambda tie: tie.id)
        for fault in two_at_once(key, found):
            yield enterprise, fault.code, fault.about, list(fault.facts)


def _into(columns: Columns, ties: pl.DataFrame, enterprises: pl.Series) -> Iterator[tuple[int, list[int]]]:
    """The rows of the ties into each of some enterprises."""
    for (enterprise,), group in ties.filter(pl.col("enterprise").is_in(enterprises.implode())).group_by("enterprise"):
        yield int(enterprise), group["tie"].to_list()
