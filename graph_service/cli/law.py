"""The command about the law: packs, their rules, their scenario tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from graph_service.analysis.shapes import rule_shape
from graph_service.cli import show
from graph_service.cli.options import Format, FormatOption, LangOption, Language
from graph_service.engine.scenarios import run
from graph_service.engine.shapes import Shape, to_json
from graph_service.ledger.memory import MemoryLedger
from graph_service.messages import BadValue, Lang, say
from graph_service.model.facts import Fact
from graph_service.model.interval import day_text
from graph_service.policy.choosing import choose_packs
from graph_service.policy.document import Folder
from graph_service.policy.loader import load_pack, shipped_folder, shipped_ids
from graph_service.policy.rulebook import open_book, rulebook
from graph_service.policy.scenarios import load_scenarios
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


def add_to(app: typer.Typer) -> None:
    """Add this command to the application."""
    app.command("packs")(packs)


def packs(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            help="Nothing: list the packs. An id: its rules. show [ID...]: the rulebook, every rule in plain words. "
            "test [DIR]: try scenarios."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="With show: write the rulebook to this folder, one file a pack.", metavar="DIR"),
    ] = None,
    fmt: FormatOption = Format.TABLE,
    lang: LangOption = Language.EN,
) -> None:
    """The policy packs; their rules, as a table or in plain words; their scenario tests."""
    words = what or []
    if words[:1] == ["show"]:
        show_rulebook(words[1:], out, fmt, lang.lang)
    elif out is not None:
        raise BadValue("rulebook_out_unused")
    elif words[:1] == ["test"] and len(words) <= 2:
        failed = test(words[1:], fmt, lang.lang)
        if failed:
            raise typer.Exit(1)
    elif len(words) > 1:
        raise BadValue("packs_usage")
    elif words:
        show.answer("pack", pack_shape(choose_packs(words)[0], lang.lang), fmt, lang.lang)
    else:
        show.answer("packs", {"packs": [head(pack, lang.lang) for pack in choose_packs(())]}, fmt, lang.lang)


def show_rulebook(wanted: Sequence[str], out: Path | None, fmt: Format, lang: Lang) -> None:
    """Print the rulebook of some packs (ids or folders; none: all shipped), or write it to a folder, one file a pack."""
    if fmt is Format.CSV:
        raise BadValue("rulebook_bad_form")
    shipped = shipped_ids()
    choose_packs(wanted)  # says which packs there are where one is not
    places: list[Folder] = [shipped_folder(one) if one in shipped else Path(one) for one in dict.fromkeys(wanted or shipped)]
    books = [open_book(place) for place in places]
    pages = {book.pack.id: rulebook(book, lang) for book in books}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for key, page in pages.items():
            path = out / f"{key}.{lang}.md"
            path.write_text(page, encoding="utf-8")
            typer.echo(say("rulebook_written", lang, path=path), err=True)
    elif fmt is Format.JSON:
        typer.echo(to_json({"rulebook": [{"pack": key, "lang": lang, "markdown": page} for key, page in pages.items()]}))
    else:
        typer.echo("\n".join(pages.values()), nl=False)


def head(pack: Pack, lang: Lang) -> Shape:
    """One line about a pack."""
    return {
        "id": pack.id,
        "version": pack.version,
        "title": pack.title[lang],
        "jurisdiction": pack.jurisdiction,
        "in_force_from": day_text(pack.valid_from) or None,
        "in_force_to": day_text(pack.valid_to) or None,
        "rules": len(pack.rules) + len(pack.cascades),
        "incentives": len(pack.incentives),
    }


def pack_shape(pack: Pack, lang: Lang) -> Shape:
    """A pack with its rules."""
    cascades: list[Shape] = [
        {
            "id": one.id,
            "version": one.version,
            "title": one.title[lang],
            "instrument": one.basis.instrument[lang],
            "article": one.basis.article[lang],
            "reach": "cascade",
            "roles": sorted({kind for kinds in one.measures for kind in kinds} | one.control),
            "clock": "current",
            "fault_test": f"{'>' if one.strict else '>='} {one.threshold * 100} %",
            "effects": [{"kind": "derived_sanction", "code": one.code, "nature": one.nature}],
            "carriage": [],
            "confidence": one.basis.confidence,
            "reference": one.reference,
            "note": one.note[lang] if one.note else None,
        }
        for one in pack.cascades
    ]
    incentives: list[Shape] = [
        {"code": one.code, "title": one.title[lang], "clean_years": one.clean_years, "article": one.basis.article[lang]}
        for one in pack.incentives
    ]
    rules = [rule_shape(rule, lang) for rule in pack.rules]
    return {**head(pack, lang), "rulebook": rules + cascades, "incentive_list": incentives}


@contextmanager
def view_of(facts: Sequence[Fact]) -> Iterator[View]:
    """A view of a few facts."""
    with MemoryLedger.of(facts).read() as reader:
        yield View(reader)


def test(folders: Sequence[str], fmt: Format, lang: Lang) -> int:
    """Try the scenarios of the shipped packs, or of the pack in a folder; the number that did not come out as expected."""
    shipped = shipped_ids()
    wanted: list[Folder] = [shipped_folder(one) if one in shipped else Path(one) for one in folders]
    places = wanted or [shipped_folder(key) for key in shipped]
    packs = [(load_pack(place), place) for place in places]
    outcomes = [run(pack, one, view_of) for pack, place in packs for one in load_scenarios(place, pack)]
    failed = [one for one in outcomes if one.problems]
    shape: Shape = {
        "tried": len(outcomes),
        "failed": len(failed),
        "failures": [
            {"pack": one.pack, "scenario": one.scenario, "problem": problem} for one in failed for problem in one.problems
        ],
    }
    show.answer("scenarios", shape, fmt, lang)
    return len(failed)
