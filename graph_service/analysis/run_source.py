"""Where the rows of a run come from: joins of columns, one trace after another, or the last run and what changed since.

All three give the same tables: worded pieces in the order of `graph_service.engine.rows.ORDER`.  Joins are for whole registers;
traces are what the others are held against; the splice is for a ledger that went on a little.

Invariant: the same question on the same facts gives the same rows in the same order, whichever way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import polars as pl

from graph_service.analysis.run_files import read_table
from graph_service.analysis.run_folder import Manifest
from graph_service.analysis.run_tables import WORDED, Names, Wording, frame, frames_of, in_order, spliced
from graph_service.engine.answers import LeftOut
from graph_service.engine.bulk.faults import faults
from graph_service.engine.bulk.run import CONTROL, OFFICE, Bulk, bulk
from graph_service.engine.bulk.words import told
from graph_service.engine.carriage import CARRIED_LIMIT
from graph_service.engine.follow import Delta
from graph_service.engine.rows import Rows, cascades_on, joined_rows, left_out_row, rows_by_trace, rows_of_cascades
from graph_service.ingest.progress import Progress
from graph_service.messages import Lang, say
from graph_service.model.facts import Record, Stored
from graph_service.policy.table import Pack
from graph_service.snapshot.held import HeldColumns
from graph_service.snapshot.view import View

Tables = Mapping[str, Callable[[], Iterator[pl.DataFrame]]]
"""For each of `graph_service.analysis.run_folder.RESULTS` its pieces, to be taken once, in that order."""
BATCH = 200
"""Records that are traced with one set of reads."""


def names_in(view: View) -> Names:
    """Names by look-ups in a view."""

    def names(keys: pl.Series) -> pl.DataFrame:
        wanted = sorted(keys)
        view.fetch_subjects(wanted)
        rows = [(key, found.fact.name) for key in wanted if (found := view.subject(key)) is not None]
        return pl.DataFrame(rows, schema={"subject": pl.String, "name": pl.String}, orient="row")

    return names


def names_of(columns: HeldColumns) -> Names:
    """Names by a join with the keys of columns."""
    numbered = columns.frames["subjects"].select("key", "position")

    def names(keys: pl.Series) -> pl.DataFrame:
        wanted = pl.DataFrame({"key": keys})
        found = numbered.join(wanted, on="key", how="semi").filter(pl.col("position") >= 0)
        told_names = columns.cold.take("subjects", ["name"], found["position"])["name"]
        return pl.DataFrame({"subject": found["key"], "name": told_names.cast(pl.String)})

    return names


def traced(view: View, packs: Sequence[Pack], at: int, lang: Lang, progress: Progress) -> Tables:
    """The tables by one trace after another.  Costs a trace a record, and all rows in memory."""
    records = cast("list[Stored[Record]]", list(view.reader.scan(Record)))
    by_subject: dict[str, list[Stored[Record]]] = {}
    for one in sorted(records, key=lambda stored: (stored.fact.subject, stored.fact.id)):
        by_subject.setdefault(one.fact.subject, []).append(one)
    progress.begin(say("run_step_trace", lang), len(records))
    parts = [rows_of_cascades(view, cascades_on(packs, at), at)]
    batch: list[Stored[Record]] = []
    for held in (*by_subject.values(), []):
        batch.extend(held)
        if len(batch) >= BATCH or not held:
            parts.append(rows_by_trace(view, batch, packs, at))
            progress.advance(len(batch))
            batch = []
    progress.end()
    return _whole(joined_rows(parts), Wording(packs, at, lang, names_in(view)))


def _whole(rows: Rows, wording: Wording) -> Tables:
    # Names are read now, by whoever may read, and not while a file is written.
    frames = {name: wording(name, in_order(name, held)) for name, held in frames_of(rows).items()}
    return {name: lambda held=held: iter([held]) for name, held in frames.items()}  # type: ignore[misc]


def joined(
    columns: HeldColumns, view: View, packs: Sequence[Pack], at: int, lang: Lang, spool: Path, progress: Progress
) -> Tables:
    """The tables by joins.  ``view`` is of the same facts; ``spool`` is a folder for what must wait, and is emptied again.

    Costs the joins and one slice of rows at a time.
    """
    wording = Wording(packs, at, lang, names_of(columns))
    progress.begin(say("run_step_compute", lang), 0)
    found = bulk(columns, packs, at)
    progress.end()
    screened = frames_of(rows_of_cascades(view, cascades_on(packs, at), at))

    def of_records() -> Iterator[pl.DataFrame]:
        progress.begin(say("run_step_consequences", lang), found.consequences.height)
        for number, part in enumerate(told(columns, found)):
            # Both tables come slice by slice; the verdicts wait on the disk until theirs is written.
            part.verdicts.write_ipc(spool / f"spool-{number:06}.ipc", compression="lz4")
            progress.advance(part.consequences.height)
            yield part.consequences
        progress.end()

    def consequences() -> Iterator[pl.DataFrame]:
        for piece in spliced("consequences", of_records(), pl.lit(True), screened["consequences"]):
            yield wording("consequences", piece)

    def verdicts() -> Iterator[pl.DataFrame]:
        for place in sorted(spool.glob("spool-*.ipc")):
            yield wording("verdicts", pl.read_ipc(place, memory_map=False))
            place.unlink()

    def data_faults() -> Iterator[pl.DataFrame]:
        rows = faults(columns, packs, at)
        keys = columns.frames["subjects"]["key"]
        rows = rows.with_columns(subject=keys.gather(rows["subject"]))
        yield wording("data_faults", in_order("data_faults", rows.select(*frame("data_faults", []).columns)))

    def left_out() -> Iterator[pl.DataFrame]:
        yield in_order("left_out", frame("left_out", sorted({*_left_out(columns, found), *screened["left_out"].rows()})))

    return {
        "consequences": consequences,
        "verdicts": verdicts,
        "caught": lambda: iter([wording("caught", screened["caught"])]),
        "data_faults": data_faults,
        "left_out": left_out,
    }


def _left_out(columns: HeldColumns, found: Bulk) -> Iterator[tuple[object, ...]]:
    """What a run by joins left out, under the recorded subjects whose traces say so."""
    keys, recorded = columns.frames["subjects"]["key"], columns.frames["records"]["subject"]
    for one in found.left_out:
        yield left_out_row(one.about, one)
    if not found.cut_offices and not found.cut_groups:
        return
    of = found.verdicts.select("n", "rec")
    persons, recorded_ones = (pl.Series(one, dtype=pl.Int32).implode() for one in (found.cut_offices, found.cut_groups))
    carried = found.consequences.join(of, on="n", how="inner")
    carried = carried.with_columns(origin=recorded.gather(carried["rec"]))
    offices = carried.filter((pl.col("source") == OFFICE) & pl.col("via").is_in(persons)).select("origin", about="via")
    groups = carried.filter((pl.col("source") == CONTROL) & pl.col("origin").is_in(recorded_ones)).select(
        "origin", about="origin"
    )
    for origin, about in pl.concat([offices, groups]).unique().iter_rows():
        yield left_out_row(keys[origin], LeftOut("carried", keys[about], {"shown": CARRIED_LIMIT}))


def followed(last: Path, manifest: Manifest, delta: Delta, after: View, packs: Sequence[Pack], at: int, lang: Lang) -> Tables:
    """The tables of the last run with what a delta affects put in anew.  Costs a pass over the files."""
    wording = Wording(packs, at, lang, names_in(after))
    worded = {name: wording(name, in_order(name, held)) for name, held in frames_of(delta.after).items()}
    described = pl.Series(delta.affected.described, dtype=pl.String)
    names = wording.named(pl.DataFrame({"subject": described}))
    records = pl.Series(delta.affected.records, dtype=pl.String)
    screened = [(pack.id, one.id, key) for pack, one, keys in delta.affected.cascades for key in keys]
    derived = _among(("pack", "rule"), [(pack.id, one.id) for pack in packs for one in pack.cascades])
    derived &= (pl.col("kind") == "derived_sanction") & pl.col("via").is_null()
    anew = derived & _among(("pack", "rule", "subject"), screened)
    of_records = pl.col("record").is_in(records.implode())

    def old(table: str) -> Iterator[pl.DataFrame]:
        file = next(one["file"] for one in manifest["files"] if one["table"] == table)
        for piece in read_table(last / file, manifest["form"], WORDED[table]):
            yield _renamed(piece, names) if described.len() and "name" in piece.columns else piece

    def consequences() -> Iterator[pl.DataFrame]:
        return spliced("consequences", old("consequences"), ~anew & (derived | ~of_records), worded["consequences"])

    def without(table: str, gone: pl.Expr) -> Iterator[pl.DataFrame]:
        yield in_order(table, pl.concat([*(piece.filter(~gone) for piece in old(table)), worded[table]]))

    own = pl.col("subject").is_in(pl.Series(delta.affected.subjects, dtype=pl.String).implode())
    asked = _among(("cascade", "subject"), [(f"{pack} {rule}", key) for pack, rule, key in screened])
    return {
        "consequences": consequences,
        "verdicts": lambda: spliced("verdicts", old("verdicts"), ~of_records, worded["verdicts"]),
        "caught": lambda: without("caught", _among(("pack", "cascade", "subject"), screened)),
        "data_faults": lambda: without("data_faults", own),
        "left_out": lambda: without("left_out", asked | (own & (pl.col("cascade") == ""))),
    }


def _among(columns: Sequence[str], wanted: Sequence[tuple[str, ...]]) -> pl.Expr:
    """Whether a row has, in some columns, the texts of one of some tuples."""
    return pl.concat_str(columns, separator="\x1f").is_in(
        pl.Series(["\x1f".join(one) for one in wanted], dtype=pl.String).implode()
    )


def _renamed(piece: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """A piece with the present names of subjects whose description changed."""
    found = piece.select("subject").join(names, on="subject", how="left", maintain_order="left")["name"]
    return piece.with_columns(name=pl.select(pl.coalesce(found, piece["name"])).to_series())
