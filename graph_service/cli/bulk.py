"""The commands that work on a whole register: run, overview."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from graph_service.cli import show
from graph_service.cli.intake import Bar
from graph_service.cli.options import (
    DEFAULT_STORE,
    At,
    Format,
    FormatOption,
    Known,
    LangOption,
    Language,
    Packs,
    Register,
    Store,
    graph_of,
)
from graph_service.messages import BadValue, say


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    app.command("run")(run)
    app.command("overview")(overview)


def run(
    out: Annotated[Path, typer.Option(help="The folder to write to; a run that is there is compared with and replaced.")] = Path(
        "run"
    ),
    since: Annotated[Path | None, typer.Option(help="The folder of another run to compare with.", metavar="DIR")] = None,
    files: Annotated[str, typer.Option(help="parquet or csv.", metavar="FORM")] = "parquet",
    write_back: Annotated[
        bool, typer.Option("--write-back", help="Put the consequences into the graph as well, marked derived (Neo4j only).")
    ] = False,
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Every verdict and consequence of every record, as files, and what changed since the last run."""
    form = _form(files)
    with graph_of(store, register, lang.lang) as graph, Bar() as bar:
        law = pack or ()
        shape = graph.run(
            out, at=at, known=known, packs=law, files=form, since=since, write_back=write_back, progress=bar, lang=lang.lang
        )
    show.answer("run", shape, fmt, lang.lang)


def overview(
    run: Annotated[Path, typer.Argument(help="The folder of a run of the store.", metavar="RUN")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The file to write.", metavar="FILE.html")] = Path("overview.html"),
    store: Store = DEFAULT_STORE,
    register: Register = None,
    lang: LangOption = Language.EN,
) -> None:
    """A run in figures, plots and tables: one self-contained HTML file."""
    from graph_service.report.overview import overview_html
    from graph_service.report.saving import save

    with graph_of(store, register, lang.lang) as graph:
        path = save(out, overview_html(graph.overview(run, lang=lang.lang), lang.lang))
    typer.echo(say("overview_written", lang.lang, path=path, size=-(-path.stat().st_size // 1000)))


def _form(text: str) -> Literal["parquet", "csv"]:
    forms: dict[str, Literal["parquet", "csv"]] = {"parquet": "parquet", "csv": "csv"}
    if text not in forms:
        raise BadValue("run_bad_files", value=text)
    return forms[text]
