"""The command that makes a visual relationship report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli.ask import Subject
from graph_service.cli.drawing import console, line
from graph_service.cli.options import DEFAULT_STORE, At, Known, LangOption, Language, Packs, Register, Store, graph_of
from graph_service.messages import Lang, say
from graph_service.questions.ask import Questions


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    subject: Subject,
    out: Annotated[Path, typer.Option("-o", "--out", help="The HTML file to write.", metavar="FILE.html")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    lang: LangOption = Language.EN,
) -> None:
    """Write the visual relationship report of a subject or record: one HTML file that needs nothing else."""
    with graph_of(store, register, lang.lang) as graph:
        path = write_report(graph, subject, out, at=at, known=known, packs=pack or [], lang=lang.lang)
    line(console(), say("report_made", lang.lang, path=path, size=f"{path.stat().st_size / 1000:,.0f}"))


def write_report(
    graph: Questions, subject: str, out: Path, *, at: str | None, known: str | None = None, packs: list[str], lang: Lang
) -> Path:
    """Ask, draw and write; gives the path.  Raises `InputError` where it cannot be written."""
    from graph_service.report import html
    from graph_service.report.saving import save

    trace, network = graph.picture(subject, at=at, known=known, packs=packs, lang=lang)
    return save(out, html(trace, network, lang))
