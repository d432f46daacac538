"""The run: every verdict and consequence of a whole register on a day, as files, and what changed since the last run.

A folder holds one run, whole: the tables (`graph_service.analysis.run_tables`), what changed against the run that it takes the
place of (`graph_service.analysis.changes`), and ``manifest.json``, which says what was asked, under which law, what was found,
how much of what, which data faults were met, and what was left out.

* a ledger that went on a little since a run of the same question is followed along: only what its changes can touch is computed;
* otherwise everything is computed anew, by joins of the ledger's columns.

Invariants: the same question on the same ledger gives the same bytes, whichever way it was computed; an error or a crash leaves
the last run as it was; nothing is left out without being said.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import polars as pl

from graph_service.analysis.changes import CHANGES, VERDICT_CHANGES, consequence_changes, verdict_changes
from graph_service.analysis.run_between import between_runs, mark_of
from graph_service.analysis.run_files import Form, read_table, write_table
from graph_service.analysis.run_folder import (
    FORMAT,
    MANIFEST,
    RESULTS,
    Manifest,
    file_digest,
    last_run,
    publish,
    run_folder,
)
from graph_service.analysis.run_source import Tables, followed, joined, traced
from graph_service.analysis.run_tables import WORDED, Schema
from graph_service.analysis.run_write_back import derived_store, write_run_back
from graph_service.engine.answers import LeftOut
from graph_service.engine.follow import follow
from graph_service.engine.shapes import left_out_shape
from graph_service.ingest.progress import Progress, Silent
from graph_service.ledger.protocol import Ledger, Position, Reader
from graph_service.messages import InputError, Lang, say
from graph_service.model.facts import digest
from graph_service.model.interval import day_text
from graph_service.policy.table import Pack
from graph_service.snapshot.held import HeldColumns
from graph_service.snapshot.view import View

FOLLOWED_CHANGES = 2000
"""How many changes of the ledger are followed along before computing everything anew is the better way."""
EXAMPLES = 5
"""How many of each data fault and of each thing left out the manifest names."""
COUNTED = {
    "consequences": ("kind", "status", "pack"),
    "verdicts": ("verdict", "pack"),
    "caught": ("verdict", "pack"),
    "data_faults": ("code",),
    "left_out": ("code",),
    "changes": ("change", "cause"),
    "verdict_changes": ("change", "cause"),
}
"""By which columns the rows of each table are counted for the manifest."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks: a day, what the ledger held then, the law; in which language and form it is written."""

    at: int
    position: Position
    packs: tuple[Pack, ...]
    lang: Lang = "en"
    form: Form = "parquet"

    @property
    def told(self) -> Manifest:
        """As the manifest tells it, without the position: what must be alike for a run to be followed on."""
        packs = [{"id": pack.id, "version": pack.version, "digest": pack.digest} for pack in self.packs]
        return {"at": day_text(self.at), "packs": packs, "lang": self.lang, "form": self.form}


Open = Callable[[Ledger, Reader], HeldColumns]
"""How the columns of what a reader sees are come by."""


def run(
    ledger: Ledger,
    out: Path,
    question: Question,
    *,
    columns: Open | None = None,
    since: Path | None = None,
    write_back: bool = False,
    progress: Progress | None = None,
) -> Manifest:
    """Write the run of a question into a folder, in the place of the run that was there; its manifest.

    ``columns`` opens the ledger's columns for the joins; without it one trace after another is made, for small registers.
    ``since``: the folder of another run to compare with.  ``write_back``: put the consequences into the graph as well, where the
    ledger is in Neo4j.  Raises `InputError` if the folder, or the run in it, cannot be used; `BadValue` if the ledger takes no
    verdicts.
    """
    watched = progress or Silent()
    store = derived_store(ledger) if write_back else None
    with run_folder(out) as stage, ledger.read(question.position) as reader:
        place = since if since is not None else out
        last = last_run(place)
        if since is not None:
            if last is None:
                raise InputError("run_no_run", folder=since)
            last_run(out)  # it is replaced, and must be a run
        view = View(reader)
        tables = _tables(ledger, view, question, last, place, stage, columns, watched)
        files, counts, examples = [], {}, {}
        for table in RESULTS:
            file, counted, some = _written(stage, table, question.form, WORDED[table], tables[table]())
            files.append(file)
            counts[table], examples[table] = counted, some
        manifest = _manifest(ledger, question, files, counts, examples)
        if last is not None:
            manifest["last"] = {key: last[key] for key in ("run_id", "at", "known", "position", "packs")}
            manifest["notices"] += _differences(last, question)
        watched.begin(say("run_step_compare", question.lang), 0)
        for table, schema, changed in _changes(ledger, view, stage, question, last, place, manifest):
            file, counts[table], _ = _written(stage, table, question.form, schema, changed)
            files.append(file)
        watched.end()
        publish(out, manifest)
    if store is not None:
        # Beside the files, which stay the same bytes whether or not.
        back = manifest["written_back"] = write_run_back(store, out, manifest, question.packs, watched)
        count, generation = f"{back['consequences']:,}", back["generation"]
        manifest["notices"] = [*manifest["notices"], say("run_written_back", question.lang, count=count, generation=generation)]
    return manifest


def _tables(
    ledger: Ledger,
    view: View,
    question: Question,
    last: Manifest | None,
    place: Path,
    stage: Path,
    columns: Open | None,
    progress: Progress,
) -> Tables:
    """The tables of a run: the last run followed on, joins, or traces."""
    at, packs, lang = question.at, question.packs, question.lang
    if last is not None and _may_follow(ledger, last, question):
        changes = list(ledger.since(last["position"], question.position.number - last["position"]))
        with ledger.read(Position(last["position"], last["known"])) as before:
            delta = follow(View(before), view, [change.fact for change in changes], packs, at)
        if not delta.affected.left_out:
            return followed(place, last, delta, view, packs, at, lang)
    if columns is not None:
        progress.begin(say("run_step_read", lang), 0)
        held = columns(ledger, view.reader)
        progress.end()
        return joined(held, view, packs, at, lang, stage, progress)
    return traced(view, packs, at, lang, progress)


def _may_follow(ledger: Ledger, last: Manifest, question: Question) -> bool:
    """Whether the last run asked the same of the same ledger, not long ago."""
    ahead = question.position.number - int(last["position"])
    same = all(last.get(key) == value for key, value in question.told.items()) and last["format"] == FORMAT
    return same and 0 <= ahead <= FOLLOWED_CHANGES and last["ledger"] == mark_of(ledger, int(last["position"]))


def _written(
    stage: Path, table: str, form: Form, schema: Schema, pieces: Iterator[pl.DataFrame]
) -> tuple[Manifest, Manifest, list[Manifest]]:
    """Write a table: its entry in the manifest, its rows counted, and the first rows of each code."""
    tallies: dict[str, Counter[str]] = {name: Counter() for name in COUNTED[table]}
    some: dict[str, list[Manifest]] = {}

    def counted() -> Iterator[pl.DataFrame]:
        for piece in pieces:
            for name, tally in tallies.items():
                tally.update(dict(piece.group_by(name).len().iter_rows()))
            if "code" in tallies:
                for row in piece.group_by("code", maintain_order=True).head(EXAMPLES).iter_rows(named=True):
                    held = some.setdefault(row["code"], [])
                    held += [row] if len(held) < EXAMPLES else []
            yield piece

    place = stage / f"{table}.{form}"
    rows = write_table(place, form, schema, counted())
    file = {"table": table, "file": place.name, "rows": rows, "bytes": place.stat().st_size, "digest": file_digest(place)}
    counts = {"total": rows, **{name: dict(sorted(tally.items())) for name, tally in tallies.items()}}
    return file, counts, [row for code in sorted(some) for row in some[code]]


def _manifest(
    ledger: Ledger,
    question: Question,
    files: list[Manifest],
    counts: dict[str, Manifest],
    examples: Mapping[str, list[Manifest]],
) -> Manifest:
    """The manifest of a run as far as it hangs on the question and the facts alone."""
    position, lang = question.position, question.lang
    loads = ledger.unfinished_loads()
    # Several recorded subjects may leave out the same.
    left_out = list({(row["code"], row["about"]): _left_out(row, lang) for row in examples["left_out"]}.values())
    if loads:
        left_out.append(left_out_shape(LeftOut("unfinished_load", "", {"loads": loads}), lang))
    packs = [f"{pack.id}@{pack.version}#{pack.digest}" for pack in question.packs]
    results = [f"{one['table']}={one['digest']}" for one in files]
    return {
        "kind": "graph-service run",
        "format": FORMAT,
        "run_id": f"run-{digest(day_text(question.at), *packs, *results, size=16)}",
        **{key: value for key, value in question.told.items() if key == "at"},
        "known": position.recorded_at,
        "position": position.number,
        "ledger": mark_of(ledger, position.number),
        **{key: value for key, value in question.told.items() if key != "at"},
        "complete": not left_out,
        "counts": counts,
        "data_faults": _faults(counts["data_faults"]["code"], examples["data_faults"], lang),
        "left_out": left_out,
        "notices": [],
        "last": None,
        "files": files,
    }


def _left_out(row: Manifest, lang: Lang) -> Manifest:
    return left_out_shape(LeftOut(row["code"], row["about"], json.loads(row["values"])), lang)


def _faults(counts: Mapping[str, int], examples: Sequence[Manifest], lang: Lang) -> list[Manifest]:
    """How many data faults of each code there are, with the first few."""
    return [
        {
            "code": code,
            "count": count,
            "text": say(f"run_fault_{code}", lang, count=count),
            "examples": [
                {"subject": row["subject"], "about": row["about"], "facts": row["facts"]}
                for row in examples
                if row["code"] == code
            ],
        }
        for code, count in counts.items()
    ]


def _differences(last: Manifest, question: Question) -> list[str]:
    """In what the question differs from that of the last run, in words."""
    lang, told = question.lang, question.told
    found = []
    if last["at"] != told["at"]:
        found.append(say("run_other_day", lang, at=last["at"]))
    if last["packs"] != told["packs"]:
        packs = ", ".join(f"{one['id']} {one['version']}" for one in last["packs"])
        found.append(say("run_other_law", lang, packs=packs))
    return found


def _changes(
    ledger: Ledger,
    view: View,
    stage: Path,
    question: Question,
    last: Manifest | None,
    place: Path,
    manifest: Manifest,
) -> Iterator[tuple[str, Schema, Iterator[pl.DataFrame]]]:
    """What changed, table by table; empty tables where there was no run before."""
    if last is None:
        manifest["notices"].append(say("run_first", question.lang))
        yield "changes", CHANGES, iter(())
        yield "verdict_changes", VERDICT_CHANGES, iter(())
        return
    known = last["ledger"] == mark_of(ledger, int(last["position"]))
    if not known:
        manifest["notices"].append(say("run_other_ledger", question.lang))
    between = between_runs(ledger, view, last, question.packs, question.at, question.position.number, known=known)
    old, new = (
        {one["table"]: (folder / one["file"], cast("Form", form)) for one in files}
        for folder, files, form in ((place, last["files"], last["form"]), (stage, manifest["files"], question.form))
    )

    def sides(table: str) -> tuple[Iterator[pl.DataFrame], Iterator[pl.DataFrame]]:
        return read_table(*old[table], WORDED[table]), read_table(*new[table], WORDED[table])

    yield "changes", CHANGES, consequence_changes(*sides("consequences"), between=between)
    yield "verdict_changes", VERDICT_CHANGES, verdict_changes(*sides("verdicts"), between=between)


def run_shape(manifest: Manifest, out: Path) -> dict[str, Any]:
    """The answer of a run for programs: its manifest, and where the files are."""
    files = [{**one, "path": str(out / one["file"])} for one in manifest["files"]]
    return {**manifest, "files": files, "out": str(out), "manifest": str(out / MANIFEST)}
