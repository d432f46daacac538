"""The options that commands share, each said once."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from graph_service.messages import Lang, say
from graph_service.questions.ask import Questions
from graph_service.questions.opening import open_store, read_register


class Format(StrEnum):
    """How an answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class Language(StrEnum):
    """The language of an answer."""

    EN = "en"
    ZH = "zh"

    @property
    def lang(self) -> Lang:
        """As the catalogue knows it."""
        return "zh" if self is Language.ZH else "en"


Store = Annotated[
    str,
    typer.Option(
        "--store", envvar="GRAPH_SERVICE_STORE", help="Where the facts are: sqlite:///path or neo4j://host:7687.", metavar="URL"
    ),
]
Register = Annotated[
    Path | None,
    typer.Option("--register", envvar="GRAPH_SERVICE_REGISTER", help="Work on a register folder in memory instead of a store."),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at", envvar="GRAPH_SERVICE_AT", help="The day asked: what held in the world. Default: today.", metavar="DATE"
    ),
]
Known = Annotated[
    str | None,
    typer.Option(
        "--known", envvar="GRAPH_SERVICE_KNOWN", help="What the ledger held then. Default: all recorded.", metavar="DATE"
    ),
]
Packs = Annotated[
    list[str] | None,
    typer.Option(
        "--pack",
        envvar="GRAPH_SERVICE_PACK",
        help="A policy pack by id or folder; repeat for several. Default: all.",
        metavar="ID",
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", envvar="GRAPH_SERVICE_FORMAT", help="table, json or csv.")]
LangOption = Annotated[Language, typer.Option("--lang", envvar="GRAPH_SERVICE_LANG", help="en or zh.")]

DEFAULT_STORE = "sqlite:///graph-service.db"


@contextmanager
def graph_of(store: str, register: Path | None, lang: Lang) -> Iterator[Questions]:
    """The graph that a command works on."""
    with read_register(register) if register is not None else open_store(store) as graph:
        if graph.rejected:
            print(say("register_rejected", lang, count=graph.rejected, folder=register), file=sys.stderr)  # noqa: T201
        yield graph
