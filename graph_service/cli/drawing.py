"""What tables are drawn with: the console, one table, the head and the tail of an answer.

Nothing of an answer is ever read as markup: a key such as ``[/x]`` or ``:cat:`` is shown as it is.  Styles are given as values.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graph_service.engine.shapes import word
from graph_service.messages import Lang, say

Shown = Mapping[str, Any]
Rows = Sequence[Shown]
Columns = Sequence[tuple[str, str]]
"""The heading (a code of the catalogue) and the key of each column."""

STATUS_STYLE = {"active": "bold red", "suspended": "yellow", "inactive": "dim", "ended": "dim"}
VERDICT_STYLE = {"liable": "bold red", "candidate": "yellow", "certain": "bold red", "possible": "yellow"}
TRANSLATED = frozenset({"verdict", "kind", "status", "cause", "nature", "confidence", "clock", "before", "after"})


def console(*, errors: bool = False) -> Console:
    """Standard output (or error), as wide as the terminal (or ``COLUMNS``); a file or pipe gets wide plain lines."""
    stream = sys.stderr if errors else sys.stdout
    fitted = stream.isatty() or "COLUMNS" in os.environ
    return Console(file=stream, width=None if fitted else 160, highlight=False, markup=False, emoji=False)


def line(out: Console, text: str, style: str = "") -> None:
    """One line as it is, never broken: what is in it may be copied."""
    out.print(Text(text, style=style), soft_wrap=True)


def heading(out: Console, name: str, key: str) -> None:
    """Whom an answer is about."""
    line_of = Text(name or key, style="bold")
    out.print(line_of.append(f" {key}", style="not bold") if name else line_of, soft_wrap=True)


def marked(out: Console, mark: str, text: str) -> None:
    """A line with a mark before it."""
    out.print(Text(mark, style="yellow").append(f" {text}", style="default"), soft_wrap=True)


def table(out: Console, title: str, columns: Columns, rows: Rows, lang: Lang) -> None:
    """A table with a title, less the columns that are empty; a line that says so where there is nothing."""
    if not rows:
        out.print(Text(title, style="bold").append(f": {say('nothing', lang)}", style="not bold"), soft_wrap=True)
        return
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    told = [(heading, key) for heading, key in columns if any(row.get(key) not in (None, "", []) for row in rows)]
    for name, _ in told:
        drawn.add_column(say(name, lang), overflow="fold")
    for row in rows:
        drawn.add_row(*(_cell(key, row.get(key), lang) for _, key in told))
    line(out, title, "bold")
    out.print(drawn)


def _cell(key: str, value: Any, lang: Lang) -> Text:
    style = STATUS_STYLE.get(str(value)) or VERDICT_STYLE.get(str(value)) if key in ("status", "verdict") else ""
    return Text(shown(key, value, lang), style=style or "")


def shown(key: str, value: Any, lang: Lang) -> str:
    """A value of an answer as people read it: words of the closed vocabularies translated, lists written out."""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(shown(key, one, lang) for one in value)
    if isinstance(value, Mapping):
        return str(value.get("text") or value.get("article") or value.get("id") or "")
    if key == "role":
        return " + ".join(word(part, lang) for part in str(value).split("+"))
    return word(str(value), lang) if key in TRANSLATED else str(value)


def named(row: Shown, key: str) -> str:
    """A subject's name and key."""
    name = row.get("name") or ""
    return f"{name} {row[key]}".strip()


def head(out: Console, shape: Shown, lang: Lang) -> None:
    """The clocks, the law and the decision id of an answer."""
    packs = ", ".join(f"{pack['id']} {pack['version']}" for pack in shape.get("packs", ()))
    parts = [say("head_at", lang, at=shape["at"])]
    if shape.get("known"):
        parts.append(say("head_known", lang, known=shape["known"], position=shape["position"]))
    if packs:
        parts.append(say("head_packs", lang, packs=packs))
    if shape.get("decision_id"):
        parts.append(say("head_decision", lang, id=shape["decision_id"]))
    out.print(Text(" · ".join(parts), style="dim"))


def tail(out: Console, shape: Shown, lang: Lang) -> None:
    """What is worth knowing beside an answer: notices, data faults, what it left out, rows that were not taken."""
    if shape.get("note"):
        line(out, shape["note"])
    for key, mark in (
        ("possibly_caught", "notice"),
        ("notices", "notice"),
        ("data_faults", "data_fault"),
        ("left_out", "incomplete"),
    ):
        for one in shape.get(key, ()):
            marked(out, say(mark, lang), str(one if isinstance(one, str) else one["text"]))
