"""The command that gives facts out again: export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graph_service.cli import show
from graph_service.cli.options import (
    DEFAULT_STORE,
    Format,
    FormatOption,
    LangOption,
    Language,
    Register,
    Store,
    graph_of,
)
from graph_service.ledger.protocol import Ledger
from graph_service.messages import BadValue, InputError

if TYPE_CHECKING:
    from graph_service.ledger.neo4j_import import Written

FORMS = ("neo4j-import",)


def add_to(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("export")(export)


def export(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.", metavar="DIR", show_default=False)],
    to: Annotated[str, typer.Option("--to", help="neo4j-import: files for Neo4j's offline importer.", metavar="FORM")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Facts out again, with the same ids and positions."""
    if to not in FORMS:
        raise BadValue("export_bad_form", value=to)
    with graph_of(store, register, lang.lang) as graph:
        written = _written(graph.ledger, folder)
    shape = {
        "form": to,
        "folder": str(folder),
        "facts": written.facts,
        "live": written.live,
        "files": [{"file": f"{name}.csv", "rows": rows} for name, rows in written.rows.items()],
        "identity_hashes": written.hashed,
        "command": " ".join(("neo4j-admin database import full neo4j", *written.arguments)),
    }
    show.answer("export", shape, fmt, lang.lang)


def _written(ledger: Ledger, folder: Path) -> Written:
    from graph_service.ledger.neo4j_import import write_import  # the driver beside it loads when it is used

    try:
        return write_import(ledger, folder)
    except OSError as error:
        raise InputError("export_not_written", folder=folder, cause=error.strerror or type(error).__name__) from None
