"""How answers are printed: tables for people, JSON and CSV for programs.

CSV has the same columns whatever was found, and says on standard error what a table says below its rows.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from graph_service.cli import tables
from graph_service.cli.drawing import Shown, console, marked, tail
from graph_service.cli.options import Format
from graph_service.engine.shapes import to_json
from graph_service.messages import Lang, say

_CLAUSE = ("basis", "confidence", "proof")
_REACHED = ("person", "name", "record", "verdict", "pack", "rule", "role", "gap", "gaps", *_CLAUSE)
_CONSEQUENCE = (
    *("id", "subject", "name", "kind", "code", "title", "from", "to", "status", "cause", "nature", "implementer", "record"),
    *("pack", "rule", "rule_version", "basis", "legal_effect", "confidence", "via", "proof", "own_basis", "gate"),
)
_VERDICT_CHANGE = ("person", "record", "rule", "before", "after")
_TIE = ("fact", "kind", "holder", "enterprise", "share", "text")
_PACK = ("id", "version", "title", "jurisdiction", "in_force_from", "in_force_to", "rules", "incentives")
_RULE = (
    *("id", "version", "title", "instrument", "article", "reach", "roles", "clock", "fault_test", "effects", "carriage"),
    *("confidence", "reference", "note"),
)
_REASON = (
    *("code", "effect", "text", "subject", "name", "consequence", "record", "pack", "kind", "measure", "title", "status"),
    *("cause", "nature", "to", "confidence", "verdict", "gap", "other", "basis", "bar", "proof"),
)
_INCENTIVE = ("code", "title", "pack", "granted", "condition", "clean_years", "against", "promise", "text", "basis", "confidence")
_WHY_NOT = ("pack", "rule", "rule_version", "title", "article", "verdict", "failed", "text", "gaps")

CSV: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ingest": (("tables",), ("table", "taken", "corrected", "unchanged", "repeated", "rejected")),
    "trace": (("persons", "subjects", "consequences"), (*_REACHED, *_CONSEQUENCE)),
    "person": (("verdicts", "entries", "measures", "role_blocks"), (*_REACHED, *_CONSEQUENCE)),
    "why": (("proof",), ("fact", "text", "position", "recorded_at")),
    "why_not": (("rules",), _WHY_NOT),
    "control": (("pairs",), ("controller", "controller_name", "controlled", "controlled_name", "verdict", "jointly_with")),
    "screen": (("caught",), ("subject", "name", "verdict", "owners", "listed")),
    "related": (("related",), ("subject", "name", "hops", "tie")),
    "path": (("path",), _TIE),
    "impact": (("verdicts", "consequences", "caught"), ("change", *_VERDICT_CHANGE, "pack", "subject", "id")),
    "run": (("files",), ("table", "file", "path", "rows", "bytes", "digest")),
    "export": (("files",), ("file", "rows")),
    "check": (("reasons", "incentives"), (*_REASON, *_INCENTIVE)),
    "packs": (("packs",), _PACK),
    "pack": (("rulebook",), _RULE),
    "scenarios": (("failures",), ("pack", "scenario", "problem")),
}
"""For each command the lists of its answer that make up its CSV, and the columns; of several lists, ``list`` says which."""


def answer(what: str, shape: Shown, fmt: Format, lang: Lang) -> None:
    """Print an answer of some kind in some format."""
    if fmt is Format.JSON:
        sys.stdout.write(to_json(shape) + "\n")
    elif fmt is Format.CSV:
        _csv(what, shape)
        _aside(shape, lang)
    else:
        tables.TABLES[what](console(), shape, lang)


def _csv(what: str, shape: Shown) -> None:
    """The lists of an answer as CSV; what is nested is written as JSON on one line."""
    lists, columns = CSV[what]
    names = list(dict.fromkeys((*(("list",) if len(lists) > 1 else ()), *columns)))
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_rows(shape, lists))


def _rows(shape: Shown, lists: tuple[str, ...]) -> Iterator[dict[str, object]]:
    for name in lists:
        for row in shape[name]:
            one = row.get("after") or row.get("before")
            # What changes is named in columns of its own, not only within what it was and what it will be.
            about = {key: one[key] for key in ("id", "pack", "rule", "record", "subject")} if isinstance(one, dict) else {}
            cells = {key: _cell(value) for key, value in (about | row).items()}
            yield {"list": name, **cells} if len(lists) > 1 else cells


def _cell(value: Any) -> object:
    if isinstance(value, list | dict):
        return " ".join(to_json(value).split())
    return value


def _aside(shape: Shown, lang: Lang) -> None:
    """What rows cannot say: data faults, what was left out, rows not taken, a proof that does not hold."""
    errors = console(errors=True)
    tail(errors, shape, lang)
    tables.not_taken(errors, shape, lang)
    if shape.get("check") not in (None, "holds"):
        marked(errors, say("incomplete", lang), say("check_fails", lang, reason=shape["check"]))
