"""The commands that ask: trace, person, why, why-not, control, screen, related, path, impact."""

from __future__ import annotations

from fractions import Fraction
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
from graph_service.messages import BadValue
from graph_service.model.share import Share
from graph_service.register import read_facts

Subject = Annotated[str, typer.Argument(help="A subject's key (a USCC or any other) or a record's id.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the application."""
    for name, command in (
        ("trace", trace),
        ("person", person),
        ("why", why),
        ("why-not", why_not),
        ("control", control),
        ("screen", screen),
        ("related", related),
        ("path", path),
        ("impact", impact),
    ):
        app.command(name)(command)


def trace(
    subject: Subject,
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Who is liable or a candidate for a subject's records, and all that follows."""
    with graph_of(store, register, lang.lang) as graph:
        show.answer("trace", graph.trace(subject, at=at, known=known, packs=pack or (), lang=lang.lang), fmt, lang.lang)


def person(
    person: Annotated[str, typer.Argument(help="A person's key.")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """A person's credit record: entries, measures, role blocks, with their reasons."""
    with graph_of(store, register, lang.lang) as graph:
        show.answer("person", graph.person(person, at=at, known=known, packs=pack or (), lang=lang.lang), fmt, lang.lang)


def why(
    consequence: Annotated[str, typer.Argument(help="A consequence's id, as `trace --format json` gives it.")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """The proof of a consequence, fact by fact."""
    with graph_of(store, register, lang.lang) as graph:
        show.answer("why", graph.why(consequence, at=at, known=known, packs=pack or (), lang=lang.lang), fmt, lang.lang)


def why_not(
    person: Annotated[str, typer.Argument(help="A subject's key.")],
    record: Annotated[str, typer.Argument(help="A record's id.")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """The first test that fails, rule by rule."""
    with graph_of(store, register, lang.lang) as graph:
        shape = graph.why_not(person, record, at=at, known=known, packs=pack or (), lang=lang.lang)
        show.answer("why_not", shape, fmt, lang.lang)


def control(
    subject: Annotated[str | None, typer.Argument(help="A subject's key; none: the whole register.")] = None,
    threshold: Annotated[str, typer.Option(help="Control is more than this percentage.")] = "50",
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Control pairs, certain and possible."""
    with graph_of(store, register, lang.lang) as graph:
        shape = graph.control(subject, threshold=_threshold(threshold), at=at, known=known, lang=lang.lang)
        show.answer("control", shape, fmt, lang.lang)


def _threshold(text: str) -> Fraction:
    share = Share.parse(text)
    if not share.exact or share.lo == 1:
        raise BadValue("bad_threshold", value=text)
    return share.lo


def screen(
    pack: Annotated[str, typer.Option("--pack", help="The pack whose ownership rules are asked, e.g. us-ofac.", metavar="ID")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """Every subject caught by an ownership cascade."""
    with graph_of(store, register, lang.lang) as graph:
        show.answer("screen", graph.screen(pack, at=at, known=known, lang=lang.lang), fmt, lang.lang)


def related(
    subject: Subject,
    hops: Annotated[int, typer.Option(min=1, max=8, help="How many ties away.")] = 1,
    through_state: Annotated[bool, typer.Option(help="Walk through bodies of the state, too.")] = False,
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """What is around a subject."""
    with graph_of(store, register, lang.lang) as graph:
        shape = graph.related(subject, hops=hops, through_state=through_state, at=at, known=known, lang=lang.lang)
        show.answer("related", shape, fmt, lang.lang)


def path(
    start: Annotated[str, typer.Argument(help="A subject's key.")],
    goal: Annotated[str, typer.Argument(help="Another subject's key.")],
    through_state: Annotated[bool, typer.Option(help="Walk through bodies of the state, too.")] = False,
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """How two subjects are connected: a shortest chain of ties."""
    with graph_of(store, register, lang.lang) as graph:
        shape = graph.path(start, goal, through_state=through_state, at=at, known=known, lang=lang.lang)
        show.answer("path", shape, fmt, lang.lang)


def impact(
    file: Annotated[Path, typer.Argument(help="A register folder or a BODS file with further facts.")],
    store: Store = DEFAULT_STORE,
    register: Register = None,
    at: At = None,
    known: Known = None,
    pack: Packs = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """What would change if these facts were added, without adding them."""
    with graph_of(store, register, lang.lang) as graph:
        facts, report = read_facts([file], graph.ledger, lang=lang.lang)
        shape = graph.impact(facts, at=at, known=known, packs=pack or (), lang=lang.lang)
        shape |= {"rejected": report.total.rejected, "rejected_rows": list(report.reasons)}
        show.answer("impact", shape, fmt, lang.lang)
