"""The command of officers: the must-check before an approval."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from graph_service.cli import show
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
from graph_service.desk.place import desk_of
from graph_service.engine.shapes import Shape
from graph_service.messages import say


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("check")(check)


def check(
    subject: Annotated[str, typer.Argument(help="A subject's key: a USCC or any other.")],
    procedure: Annotated[
        str, typer.Option("--procedure", help="The procedure's code: licence, procurement, tender, ...", metavar="CODE")
    ],
    bidder: Annotated[
        list[str] | None, typer.Option("--bidder", help="A bidder of the same tender; repeat for the whole set.", metavar="KEY")
    ] = None,
    member: Annotated[
        list[str] | None, typer.Option("--member", help="Another member of the subject's consortium.", metavar="KEY")
    ] = None,
    desk: Annotated[
        Path | None,
        typer.Option(
            "--desk",
            envvar="GRAPH_SERVICE_DESK",
            help="Where the check is kept. Default: the desk of the store; of a register folder none is kept.",
        ),
    ] = None,
    actor: Annotated[
        str | None, typer.Option("--actor", envvar="GRAPH_SERVICE_ACTOR", help="Who asks. Default: the user of this machine.")
    ] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="For what it is asked.")] = "",
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Must-check before an approval: allow, refuse or review, and why; incentives too."""
    with graph_of(store, register, lang.lang) as graph:
        shape = graph.check(
            subject,
            procedure,
            bidders=bidder or (),
            members=member or (),
            at=at,
            known=known,
            packs=pack or (),
            lang=lang.lang,
        )
    place = desk or (None if register is not None else desk_of(store))
    if place is not None:
        shape = _keep(place, shape, actor or getpass.getuser(), purpose)
    else:
        shape = shape | {"kept": False, "note": say("check_not_kept", lang.lang)}
    show.answer("check", shape, fmt, lang.lang)


def _keep(place: Path, shape: Shape, actor: str, purpose: str) -> Shape:
    from graph_service.casework.history import Act, open_desk
    from graph_service.casework.kept import keep_check

    opened = open_desk(place)
    try:
        return shape | {"check_id": keep_check(opened, Act(actor, datetime.now(UTC)), shape, purpose), "kept": True}
    finally:
        opened.close()
