"""What a whole run says, in figures: how many records, persons reached, candidates waiting, by family, region, role and measure.

Read from the run's own files and the columns of the ledger that it was made of, so that every figure is a count of rows that
somebody can look up.  Invariants: each row is counted once; a candidate who is liable under another rule is counted as liable.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from graph_service.analysis.run_folder import Manifest, last_run
from graph_service.analysis.structure import groups
from graph_service.engine.bulk.pairs import pairs_of
from graph_service.engine.shapes import Shape, word
from graph_service.messages import InputError, Lang
from graph_service.model.interval import parse_day
from graph_service.snapshot.columns import PERSON, Columns

GROUPS_SHOWN, MEASURES_SHOWN, REGIONS_SHOWN = 15, 20, 20
STATUSES = ("active", "suspended", "ended", "inactive")


def run_of(folder: Path) -> Manifest:
    """The manifest of a run that can be told in figures.  Raises `InputError` where there is none, or one written as CSV."""
    manifest = last_run(folder)
    if manifest is None:
        raise InputError("overview_no_run", folder=folder)
    if manifest["form"] != "parquet":
        raise InputError("overview_needs_parquet", folder=folder)
    return manifest


def overview(folder: Path, manifest: Manifest, columns: Columns, lang: Lang) -> Shape:
    """A run in figures.  ``columns`` are those of the ledger position that it was made of.

    Costs a pass over the run's files and the control pairs of the register.
    """
    verdicts = pl.read_parquet(folder / "verdicts.parquet", columns=["record", "subject", "verdict", "role", "gaps"])
    following = pl.read_parquet(
        folder / "consequences.parquet", columns=["subject", "name", "kind", "code", "title", "status", "pack", "confidence"]
    )
    at = parse_day(str(manifest["at"]))
    records = (
        columns.frames["records"]
        .select("id", "family", "region", "severity", "decided_lo", "decided_hi")
        .filter(pl.col("decided_lo") <= at)
    )
    reached = _surely(_reached(verdicts, columns))
    told = reached.join(records, left_on="record", right_on="id", how="left")
    regions = _by(told, records, "region", lang)
    return {
        "run_id": manifest["run_id"],
        "known": manifest["known"],
        "packs": [{"id": pack["id"], "version": pack["version"]} for pack in manifest["packs"]],
        "complete": manifest["complete"],
        "totals": _totals(records, reached, following),
        "by_family": _by(told, records, "family", lang),
        "by_region": regions[:REGIONS_SHOWN],
        "regions_more": max(len(regions) - REGIONS_SHOWN, 0),
        "by_severity": _by(told, records, "severity", lang),
        "by_role": _by_role(reached, lang),
        "by_measure": _by_measure(following),
        "by_kind": _by_kind(following, lang),
        "waiting": _waiting(reached, lang),
        "years": _years(records),
        **_groups(columns, at, following),
        "caught": _caught(folder),
        "data_faults": _faults(folder, lang),
        "changes": _changes(folder, lang) if manifest.get("last") else None,
    }


def _reached(verdicts: pl.DataFrame, columns: Columns) -> pl.DataFrame:
    """Verdicts on persons and on others who answer by a role; those on the recorded enterprise itself are none of these."""
    kinds = columns.frames["subjects"].select("key", person=pl.col("kind") == PERSON)
    known = verdicts.join(kinds, left_on="subject", right_on="key", how="left")
    return known.filter(pl.col("person").fill_null(value=False) | (pl.col("role") != "self"))


def _surely(reached: pl.DataFrame) -> pl.DataFrame:
    """The verdicts without those that only say candidate of somebody who is liable under another rule or for another record."""
    liable = reached.filter(pl.col("verdict") == "liable")["subject"].unique()
    return reached.filter((pl.col("verdict") == "liable") | ~pl.col("subject").is_in(liable.implode()))


def _totals(records: pl.DataFrame, reached: pl.DataFrame, following: pl.DataFrame) -> Shape:
    liable = reached.filter(pl.col("verdict") == "liable")["subject"].unique()
    maybe = reached.filter(pl.col("verdict") == "candidate")
    waiting = maybe.filter(pl.col("gaps").list.contains("finding"))
    return {
        "records": records.height,
        "reaching": reached["record"].n_unique(),
        "liable": liable.len(),
        "candidates": maybe["subject"].n_unique(),
        "waiting_for_finding": waiting["subject"].n_unique(),
        "consequences": following.height,
        "unverified": following.filter(pl.col("confidence") == "unverified").height,
        **{status: following.filter(pl.col("status") == status).height for status in STATUSES},
    }


def _by(told: pl.DataFrame, records: pl.DataFrame, column: str, lang: Lang) -> list[Shape]:
    """Records, persons liable and candidates by what a record says of itself."""
    people = told.group_by(column).agg(
        liable=pl.col("subject").filter(pl.col("verdict") == "liable").n_unique(),
        candidates=pl.col("subject").filter(pl.col("verdict") == "candidate").n_unique(),
    )
    rows = records.group_by(column).agg(records=pl.len()).join(people, on=column, how="left", nulls_equal=True)
    rows = rows.with_columns(pl.col("liable").fill_null(0), pl.col("candidates").fill_null(0))
    ordered = rows.sort("records", column, descending=[True, False], nulls_last=True)
    return [
        {**row, "code": row[column] or "", "title": word(row[column], lang) if row[column] else "?"} for row in _rows(ordered)
    ]


def _by_role(reached: pl.DataFrame, lang: Lang) -> list[Shape]:
    rows = reached.group_by("role", "verdict").agg(persons=pl.col("subject").n_unique())
    wide = rows.pivot(on="verdict", index="role", values="persons")
    for verdict in ("liable", "candidate"):
        if verdict not in wide.columns:
            wide = wide.with_columns(pl.lit(0).alias(verdict))
    wide = wide.fill_null(0).sort(pl.col("liable") + pl.col("candidate"), "role", descending=[True, False])
    return [{**row, "title": " + ".join(word(one, lang) for one in row["role"].split("+"))} for row in _rows(wide)]


def _by_measure(following: pl.DataFrame) -> list[Shape]:
    rows = (
        following.filter(pl.col("kind") == "measure")
        .group_by("pack", "code", "title")
        .agg(*(pl.col("status").eq(status).sum().alias(status) for status in STATUSES), total=pl.len())
    )
    return _rows(rows.sort("total", "pack", "code", descending=[True, False, False]).head(MEASURES_SHOWN))


def _by_kind(following: pl.DataFrame, lang: Lang) -> list[Shape]:
    rows = following.group_by("kind").agg(
        *(pl.col("status").eq(status).sum().alias(status) for status in STATUSES), total=pl.len()
    )
    return [{**row, "title": word(row["kind"], lang)} for row in _rows(rows.sort("total", "kind", descending=[True, False]))]


def _waiting(reached: pl.DataFrame, lang: Lang) -> list[Shape]:
    """What would decide the candidates: the first gap of each, by how many verdicts and persons wait for it."""
    first = reached.filter(pl.col("verdict") == "candidate").select("subject", gap=pl.col("gaps").list.get(0, null_on_oob=True))
    rows = first.group_by("gap").agg(verdicts=pl.len(), persons=pl.col("subject").n_unique())
    ordered = rows.sort("verdicts", "gap", descending=[True, False])
    return [{**row, "title": word(f"gap_{row['gap']}", lang)} for row in _rows(ordered)]


def _years(records: pl.DataFrame) -> list[Shape]:
    """Decisions by year; those whose year is not known are under None."""
    exact = pl.col("decided_lo") == pl.col("decided_hi")
    # Ordinals count from year 1, polars' dates from 1970.
    day = (pl.col("decided_lo") - 719_163).cast(pl.Date).dt.year()
    rows = records.select(year=pl.when(exact).then(day)).group_by("year").agg(records=pl.len())
    return _rows(rows.sort("year", nulls_last=True))


def _groups(columns: Columns, at: int, following: pl.DataFrame) -> Shape:
    """The groups under one controller with the most members on whom something stands that has legal effect; hints are apart."""
    touched = set(following.filter(pl.col("kind") != "flag")["subject"].unique())
    hinted = set(following.filter(pl.col("kind") == "flag")["subject"].unique())
    found = []
    for group in groups(pairs_of(columns, at, Fraction(1, 2))):
        members = {*group.controllers, *(pair.controlled for pair in group.members if pair.verdict.certain)}
        if members & touched:
            found.append((len(members & touched), len(members & hinted - touched), len(members), group.controllers))
    found.sort(key=lambda one: (-one[0], -one[1], -one[2], one[3]))
    rows = [
        {"controllers": list(keys), "touched": number, "hinted": hints, "members": size}
        for number, hints, size, keys in found[:GROUPS_SHOWN]
    ]
    return {"groups": rows, "groups_more": max(len(found) - GROUPS_SHOWN, 0)}


def _caught(folder: Path) -> list[Shape]:
    rows = pl.read_parquet(folder / "caught.parquet", columns=["pack", "subject", "verdict"])
    counted = rows.group_by("pack").agg(
        certain=pl.col("subject").filter(pl.col("verdict") == "certain").n_unique(),
        possible=pl.col("subject").filter(pl.col("verdict") == "possible").n_unique(),
    )
    return _rows(counted.sort("pack"))


def _faults(folder: Path, lang: Lang) -> list[Shape]:
    rows = pl.read_parquet(folder / "data_faults.parquet", columns=["code"]).group_by("code").agg(count=pl.len())
    ordered = rows.sort("count", "code", descending=[True, False])
    return [{**row, "title": word(f"fault_{row['code']}", lang)} for row in _rows(ordered)]


def _changes(folder: Path, lang: Lang) -> list[Shape]:
    rows = pl.read_parquet(folder / "changes.parquet", columns=["change", "cause"]).group_by("change", "cause")
    ordered = rows.agg(count=pl.len()).sort("count", "change", "cause", descending=[True, False, False])
    return [
        {**row, "title": word(row["change"], lang), "why": word(row["cause"], lang) if row["cause"] else ""}
        for row in _rows(ordered)
    ]


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dicts()


def controllers(shape: Mapping[str, Any]) -> list[str]:
    """The controllers of the groups of an overview."""
    return [key for group in shape["groups"] for key in group["controllers"]]


def worded(shape: Mapping[str, Any], names: Mapping[str, str], titles: Mapping[tuple[str, str], str]) -> Shape:
    """An overview with the names of its controllers, and its measures as ``titles`` call them: a run is in one language."""
    found = [{**group, "names": [names.get(key, "") for key in group["controllers"]]} for group in shape["groups"]]
    measures = [{**row, "title": titles.get((row["pack"], row["code"]), row["title"])} for row in shape["by_measure"]]
    return {**shape, "groups": found, "by_measure": measures}
