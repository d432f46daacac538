"""The bulk run of the service itself: dataframe joins on integer columns, on Polars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from benchmarks.answers import control_answer, propagate_answer, verdict_answer
from benchmarks.engines import Absent, Answer, Context, Engine, Entry
from benchmarks.engines_runs import (
    counts_told,
    everything,
    everything_told,
    itself,
    open_anew,
    open_store,
    opened_before,
    prepare_drawn,
    run_by_joins,
    run_told,
    sampled,
    sampled_told,
)
from benchmarks.peers import CERTAIN, CONTROL, HALF, POSSIBLE, STANDINGS, VERDICTS
from graph_service.engine.bulk.backend import POLARS
from graph_service.engine.bulk.cases import cases_of
from graph_service.engine.bulk.control import Over, both_bounds, inner_of
from graph_service.engine.bulk.holdings import held_on
from graph_service.engine.bulk.law import law_of
from graph_service.engine.bulk.run import WANTED, effects_of, footed_of, numbered_of
from graph_service.engine.bulk.standings import standings
from graph_service.engine.bulk.verdicts import verdicts
from graph_service.model.words import SHARES

if TYPE_CHECKING:
    from graph_service.policy.table import Pack
    from graph_service.snapshot.columns import Columns


@dataclass(frozen=True, slots=True)
class Found:
    """Verdicts, and standings where they were asked for: the columns of `benchmarks.peers`."""

    verdicts: pl.DataFrame
    standings: pl.DataFrame


def asked(context: Context) -> tuple[Columns, tuple[Pack, ...], int]:
    """The register in memory, the packs, the day: nothing else is needed before."""
    return context.columns, context.packs, context.at


def find_verdicts(given: tuple[Columns, tuple[Pack, ...], int]) -> Found:
    """Every verdict."""
    columns, packs, at = given
    law = law_of(packs, at)
    found = verdicts(POLARS, columns, law, cases_of(columns, at, law.areas))
    return Found(POLARS.collect(found.reached).select(*VERDICTS), pl.DataFrame(schema=STANDINGS))


def propagate(given: tuple[Columns, tuple[Pack, ...], int]) -> Found:
    """Every verdict, and where every effect of the certain ones stands."""
    columns, packs, at = given
    law = law_of(packs, at)
    cases = cases_of(columns, at, law.areas)
    numbered = numbered_of(POLARS.collect(verdicts(POLARS, columns, law, cases).reached))
    footed = footed_of(POLARS, columns, law, numbered)
    stands = standings(POLARS, columns, law, cases, footed.select(*WANTED).unique())
    where = footed.join(stands.drop("rec", "person", "footing"), on="stand", how="inner")
    return Found(numbered.select(*VERDICTS), POLARS.collect(effects_of(POLARS, law, where).select(*STANDINGS)))


def find_pairs(given: tuple[Columns, tuple[Pack, ...], int]) -> pl.DataFrame:
    """Every certain and possible control pair of each actor alone."""
    columns, _, at = given
    over, size = Over(HALF), columns.frames["subjects"].height
    held = POLARS.materialise(held_on(POLARS, columns, at, SHARES))
    bounds = both_bounds(POLARS, held, inner_of(POLARS, held), over, size=size)
    parts = ((bounds.certain, CERTAIN), (bounds.rest, POSSIBLE))
    pairs = pl.concat([POLARS.collect(part).with_columns(verdict=pl.lit(word, pl.Int8)) for part, word in parts])
    return pairs.sort("key").rename({"actor": "controller", "company": "controlled"}).select(*CONTROL)


def verdicts_told(context: Context, found: Any) -> Answer:
    """The verdicts in words."""
    return verdict_answer(context.columns, context.packs, context.at, found.verdicts)


def propagated_told(context: Context, found: Any) -> Answer:
    """The verdicts and standings in words."""
    return propagate_answer(context.columns, context.packs, context.at, found.verdicts, found.standings)


def pairs_told(context: Context, pairs: pl.DataFrame) -> Answer:
    """Control pairs in words."""
    return control_answer(context.columns, pairs)


def _load(form: str) -> Entry:
    def load(context: Context) -> Any:
        from graph_service.snapshot.intake import register_columns

        return register_columns([context.folder / form])

    def loaded_told(_: Context, loaded: Any) -> Answer:
        columns, report = loaded
        counts = {name: frame.height for name, frame in columns.frames.items()}
        counts["rejected"] = report.total.rejected
        return {"facts": report.total.taken, "counts": pl.DataFrame({"what": list(counts), "count": list(counts.values())})}

    return Entry(itself, load, loaded_told)


ENGINE = Engine(
    "joins (Polars)",
    "the bulk run: dataframe joins on integer columns",
    {
        "load_parquet": _load("parquet"),
        "load_csv": _load("csv"),
        "verdicts": Entry(asked, find_verdicts, verdicts_told),
        "propagate": Entry(asked, propagate, propagated_told),
        "control": Entry(asked, find_pairs, pairs_told),
        "sample": Entry(prepare_drawn, sampled, sampled_told),
        "everything": Entry(asked, everything, everything_told),
        "open": Entry(opened_before, open_store, counts_told, needs_store=True),
        "open_first": Entry(itself, open_anew, counts_told, needs_store=True),
        "run": Entry(itself, run_by_joins, run_told, needs_store=True),
        "trace": Absent("the bulk run answers for every record at once; one record is the single trace's"),
    },
)
