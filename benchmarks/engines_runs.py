"""Whole runs and opened stores: columns in memory to rows of words, a store into a folder, a store into memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from benchmarks.engines import Answer, Context
from benchmarks.workload import SAMPLE, STORE_LIMIT, drawn
from graph_service.engine.bulk.run import bulk
from graph_service.engine.bulk.words import Told, told
from graph_service.engine.rows import CONSEQUENCES, VERDICTS
from graph_service.snapshot.columns import SCHEMAS, Columns

if TYPE_CHECKING:
    from graph_service.analysis.run import Open
    from graph_service.policy.table import Pack


def itself(context: Context) -> Context:
    """Nothing is needed before."""
    return context


def everything(given: tuple[Columns, tuple[Pack, ...], int]) -> TemporaryDirectory[str]:
    """Every verdict and consequence as rows of words, written as Parquet slice by slice, as the service does."""
    columns, packs, at = given
    folder = TemporaryDirectory()
    for number, part in enumerate(told(columns, bulk(columns, packs, at))):
        part.verdicts.write_parquet(Path(folder.name) / f"verdicts-{number:05}.parquet")
        part.consequences.write_parquet(Path(folder.name) / f"consequences-{number:05}.parquet")
    return folder


@dataclass(frozen=True, slots=True)
class Drawn:
    """The register in memory, the packs and the day, and the records of the sample."""

    columns: Columns
    packs: tuple[Pack, ...]
    at: int
    keys: tuple[str, ...]


def prepare_drawn(context: Context) -> Drawn:
    """The register in memory and the records of the sample."""
    keys = pl.read_parquet(context.folder / "parquet" / "records.parquet", columns=["id"])["id"].to_list()
    return Drawn(context.columns, context.packs, context.at, tuple(drawn(keys, SAMPLE)))


def sampled(given: Drawn) -> list[Told]:
    """Every verdict and consequence, and those of the sample as rows of words."""
    return list(told(given.columns, bulk(given.columns, given.packs, given.at), only=given.keys))


def sampled_told(_: Context, found: list[Told]) -> Answer:
    """The rows of the sample."""
    return {
        "verdicts": pl.concat([part.verdicts for part in found]),
        "consequences": pl.concat([part.consequences for part in found]),
    }


def everything_told(context: Context, folder: TemporaryDirectory[str]) -> Answer:
    """The rows; only counted where nobody else answers."""
    with folder:
        return _tables(Path(folder.name), count=context.enterprises > STORE_LIMIT)


def _tables(folder: Path, *, count: bool = False) -> Answer:
    """The verdicts and consequences that stand in a folder, without the words that a run adds; or how many there are."""
    found: dict[str, pl.DataFrame | int] = {}
    for name, columns in (("verdicts", VERDICTS), ("consequences", CONSEQUENCES)):
        rows = pl.scan_parquet(folder / f"{name}*.parquet").select(columns)
        found[name] = int(rows.select(pl.len()).collect().item()) if count else rows.collect()
    return found


def open_store(context: Context) -> Columns:
    """The columns of a store."""
    from graph_service.ledger.open import open_ledger
    from graph_service.snapshot.cache import open_columns

    ledger = open_ledger(f"sqlite:///{context.store}", create=False)
    try:
        return open_columns(ledger)
    finally:
        ledger.close()


def open_anew(context: Context) -> Columns:
    """The columns of a store that was never opened before."""
    assert context.store is not None
    rmtree(context.store.with_name(f"{context.store.name}.snapshot"), ignore_errors=True)
    return open_store(context)


def opened_before(context: Context) -> Context:
    """A store that was opened once."""
    open_store(context)
    return context


def counts_told(_: Context, columns: Columns) -> Answer:
    """How many rows each frame has."""
    counts = {name: columns.frames[name].height for name in SCHEMAS}
    return {"counts": pl.DataFrame({"what": list(counts), "count": list(counts.values())})}


def run_by_joins(context: Context) -> TemporaryDirectory[str]:
    """A whole run of a store, written into a folder."""
    from graph_service.snapshot.cache import open_columns

    return _run(context, lambda ledger, reader: open_columns(ledger, reader.position))


def run_by_trace(context: Context) -> TemporaryDirectory[str]:
    """The same by one trace after another."""
    return _run(context, None)


def _run(context: Context, columns: Open | None) -> TemporaryDirectory[str]:
    from graph_service.analysis.run import Question, run
    from graph_service.ledger.open import open_ledger

    folder = TemporaryDirectory()
    ledger = open_ledger(f"sqlite:///{context.store}", create=False)
    try:
        run(ledger, Path(folder.name) / "run", Question(context.at, ledger.last(), context.packs), columns=columns)
    finally:
        ledger.close()
    return folder


def run_told(_: Context, folder: TemporaryDirectory[str]) -> Answer:
    """The verdicts and consequences of a run that was written."""
    with folder:
        return _tables(Path(folder.name) / "run")
