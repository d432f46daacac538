"""How answers are printed: tables for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from graph_service.cli.options import Format
from graph_service.engine.shapes import to_json, word
from graph_service.messages import Lang, say

Rows = Sequence[Mapping[str, Any]]
Columns = Sequence[tuple[str, str]]
"""The heading (a code of the catalogue) and the key of each column."""

STATUS_STYLE = {"active": "bold red", "suspended": "yellow", "inactive": "dim", "ended": "dim"}
VERDICT_STYLE = {"liable": "bold red", "candidate": "yellow", "certain": "bold red", "possible": "yellow"}
TRANSLATED = frozenset({"verdict", "kind", "status", "cause", "nature", "confidence", "clock", "before", "after"})


def console() -> Console:
    """Standard output, as wide as the terminal (or ``COLUMNS``); a file or pipe gets wide plain lines."""
    fitted = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(width=None if fitted else 160, highlight=False, soft_wrap=False)


def answer(what: str, shape: Mapping[str, Any], fmt: Format, lang: Lang) -> None:
    """Print an answer of some kind in some format."""
    if fmt is Format.JSON:
        sys.stdout.write(to_json(shape) + "\n")
    elif fmt is Format.CSV:
        _csv(_MAIN[what](shape))
    else:
        _TABLES[what](console(), shape, lang)


def _csv(rows: Rows) -> None:
    """The main list of an answer as CSV; what is nested is written as JSON on one line."""
    if not rows:
        return
    names = list(dict.fromkeys(key for row in rows for key in row))
    writer = csv.DictWriter(sys.stdout, names, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: object) -> object:
    if isinstance(value, list | dict):
        return " ".join(to_json(value).split())
    return value


def table(out: Console, title: str, columns: Columns, rows: Rows, lang: Lang) -> None:
    """A table with a title, less the columns that are empty; a line that says so where there is nothing."""
    if not rows:
        out.print(f"[bold]{escape(title)}[/bold]: {escape(say('nothing', lang))}")
        return
    drawn = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    told = [(heading, key) for heading, key in columns if any(row.get(key) not in (None, "", []) for row in rows)]
    for heading, _ in told:
        drawn.add_column(say(heading, lang), overflow="fold")
    for row in rows:
        drawn.add_row(*(_shown(key, row.get(key), lang) for _, key in told))
    out.print(drawn)


def _shown(key: str, value: Any, lang: Lang) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return ", ".join(_shown(key, one, lang) for one in value)
    if isinstance(value, Mapping):
        return escape(str(value.get("text") or value.get("article") or value.get("id") or ""))
    text = word(str(value), lang) if key in TRANSLATED else str(value)
    if key == "role":
        text = " + ".join(word(part, lang) for part in str(value).split("+"))
    style = STATUS_STYLE.get(str(value)) or VERDICT_STYLE.get(str(value))
    return f"[{style}]{escape(text)}[/{style}]" if style and key in ("status", "verdict") else escape(text)


def head(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    """The clocks, the law and the decision id of an answer."""
    packs = ", ".join(f"{pack['id']} {pack['version']}" for pack in shape.get("packs", ()))
    parts = [say("head_at", lang, at=shape["at"])]
    if shape.get("known"):
        parts.append(say("head_known", lang, known=shape["known"], position=shape["position"]))
    if packs:
        parts.append(say("head_packs", lang, packs=packs))
    if shape.get("decision_id"):
        parts.append(say("head_decision", lang, id=shape["decision_id"]))
    out.print(escape(" · ".join(parts)), style="dim")


def tail(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    """What the answer left out, and the data faults beside it."""
    for one in shape.get("data_faults", ()):
        out.print(f"[yellow]{escape(say('data_fault', lang))}[/yellow] {escape(str(one['text']))}")
    for one in shape.get("left_out", ()):
        out.print(f"[yellow]{escape(say('incomplete', lang))}[/yellow] {escape(str(one['text']))}")


def _named(row: Mapping[str, Any], key: str) -> str:
    name = row.get("name") or ""
    return f"{name} {row[key]}".strip()


def _trace(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    subject = shape["subject"]
    out.print(f"[bold]{escape(subject['name'] or subject['id'])}[/bold] {escape(subject['id'] if subject['name'] else '')}")
    head(out, shape, lang)
    persons(out, shape["persons"], lang)
    consequences(out, say("title_consequences", lang), shape["consequences"], lang)
    tail(out, shape, lang)


def persons(out: Console, rows: Rows, lang: Lang) -> None:
    """Verdicts as a table: who, by which role, under which articles, and what would decide a candidate.

    The rules under which a person is judged alike stand on one line.
    """
    grouped: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        gap = row["gap"]["text"] if row["gap"] else ""
        grouped.setdefault((row["record"], row["person"], row["verdict"], row["role"], gap), []).append(row)
    records = {row["record"] for row in rows}
    shown = [
        {
            **group[0],
            "who": _named(group[0], "person"),
            "record": group[0]["record"] if len(records) > 1 else "",
            "articles": ", ".join(sorted({row["basis"]["article"] for row in group})),
        }
        for group in grouped.values()
    ]
    columns = (
        ("col_record", "record"),
        ("col_person", "who"),
        ("col_verdict", "verdict"),
        ("col_role", "role"),
        ("col_article", "articles"),
        ("col_gap", "gap"),
    )
    table(out, say("title_persons", lang), columns, shown, lang)


def consequences(out: Console, title: str, rows: Rows, lang: Lang) -> None:
    """Consequences as a table: on whom, what, from when until when, how it stands and why.

    What differs in nothing but its code stands on one line.
    """
    same = ("subject", "kind", "from", "to", "status", "cause", "nature", "confidence", "rule", "record", "via")
    grouped: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[key] for key in same), []).append(row)
    shown = [
        {
            **group[0],
            "who": _named(group[0], "subject"),
            "what": "; ".join(f"{row['code']} {row['title']}" for row in group),
            "to": group[0]["to"] or say("open_end", lang),
            "basis": _law(group[0], lang),
        }
        for group in grouped.values()
    ]
    columns = (
        ("col_subject", "who"),
        ("col_kind", "kind"),
        ("col_what", "what"),
        ("col_from", "from"),
        ("col_to", "to"),
        ("col_status", "status"),
        ("col_cause", "cause"),
        ("col_article", "basis"),
    )
    table(out, title, columns, shown, lang)
    for gate in dict.fromkeys((row["gate"]["instrument"], row["gate"]["article"]) for row in rows if row.get("gate")):
        out.print(escape(say("gate", lang, instrument=gate[0], article=gate[1])))


def _law(row: Mapping[str, Any], lang: Lang) -> str:
    """The article, the legal basis of its own that a gate asked for, and whether somebody must still verify the source."""
    own = row.get("own_basis")
    parts = [row["basis"]["article"], *([f"{own['instrument']}, {own['article']}"] if own else [])]
    return "; ".join(parts) + (f" ({word('unverified', lang)})" if row["confidence"] == "unverified" else "")


def _person(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    out.print(f"[bold]{escape(shape['name'] or shape['person'])}[/bold] {escape(shape['person'] if shape['name'] else '')}")
    head(out, shape, lang)
    for key in ("entries", "measures", "role_blocks"):
        consequences(out, say(f"title_{key}", lang), shape[key], lang)


def _why(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    found = shape["consequence"]
    if found is None:
        out.print(say("why_nothing", lang, id=escape(shape["id"])))
        return
    head(out, shape, lang)
    consequences(out, say("title_consequences", lang), [found], lang)
    out.print(escape(say("why_law", lang, instrument=found["basis"]["instrument"], article=found["basis"]["article"])))
    rows = [{"number": str(number), **row} for number, row in enumerate(shape["proof"], 1)]
    columns = (("col_number", "number"), ("col_fact", "text"), ("col_recorded", "recorded_at"), ("col_id", "fact"))
    table(out, say("title_proof", lang), columns, rows, lang)
    holds = shape["check"] == "holds"
    out.print(escape(say("check_holds" if holds else "check_fails", lang, reason=shape["check"])))


def _why_not(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    rows = [{**row, "reason": row["text"] or (row.get("gaps") or [{}])[0].get("text", "")} for row in shape["rules"]]
    columns = (
        ("col_pack", "pack"),
        ("col_rule", "rule"),
        ("col_article", "article"),
        ("col_verdict", "verdict"),
        ("col_reason", "reason"),
    )
    table(out, say("title_why_not", lang, person=shape["person"], record=shape["record"]), columns, rows, lang)


def _control(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    head(out, shape, lang)
    rows = [
        {
            **row,
            "who": f"{row['controller_name']} {row['controller']}".strip(),
            "what": f"{row['controlled_name']} {row['controlled']}".strip(),
        }
        for row in shape["pairs"]
    ]
    columns = (("col_controller", "who"), ("col_controlled", "what"), ("col_verdict", "verdict"), ("col_jointly", "jointly_with"))
    table(out, say("title_control", lang), columns, rows, lang)
    for group in shape.get("ultimate_controllers", ()):
        out.print(escape(say("ultimate", lang, group=", ".join(group))))
    tail(out, shape, lang)


def _screen(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    head(out, shape, lang)
    for rule in shape["rules"]:
        basis = rule["basis"]
        out.print(escape(f"{rule['title']} · {basis['instrument']} {basis['article']} · {word(rule['confidence'], lang)}"))
    rows = [
        {
            **row,
            "who": _named(row, "subject"),
            "held": "; ".join(f"{_named(one, 'subject')} {one['share'] + ' %' if one['share'] else ''}" for one in row["owners"]),
        }
        for row in shape["caught"]
    ]
    columns = (("col_subject", "who"), ("col_verdict", "verdict"), ("col_owners", "held"), ("col_listed", "listed"))
    table(out, say("title_screen", lang, pack=shape["pack"]), columns, rows, lang)


def _related(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    head(out, shape, lang)
    rows = [{**row, "who": _named(row, "subject"), "hops": str(row["hops"])} for row in shape["related"]]
    columns = (("col_hops", "hops"), ("col_subject", "who"), ("col_tie", "tie"))
    table(out, say("title_related", lang, subject=shape["subject"]["id"]), columns, rows, lang)
    _stopped(out, shape, lang)
    tail(out, shape, lang)


def _stopped(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    if shape["not_walked_through"]:
        out.print(escape(say("not_walked", lang, subjects=", ".join(shape["not_walked_through"]))))


def _path(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    head(out, shape, lang)
    rows = [{"number": str(number), **row} for number, row in enumerate(shape["path"], 1)]
    title = say("title_path", lang, start=shape["from"]["id"], goal=shape["to"]["id"])
    table(out, title, (("col_number", "number"), ("col_tie", "text")), rows, lang)
    _stopped(out, shape, lang)


def _impact(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    head(out, shape, lang)
    verdicts = (
        ("col_person", "person"),
        ("col_record", "record"),
        ("col_rule", "rule"),
        ("col_before", "before"),
        ("col_after", "after"),
    )
    table(out, say("title_verdict_changes", lang), verdicts, shape["verdicts"], lang)
    rows = []
    for row in shape["consequences"]:
        one = row["after"] or row["before"]
        rows.append(
            {
                **one,
                "change": say(f"change_{row['change']}", lang),
                "who": _named(one, "subject"),
                "what": f"{one['code']} {one['title']}",
                "was": word(row["before"]["status"], lang) if row["before"] else "",
                "will": word(row["after"]["status"], lang) if row["after"] else "",
            }
        )
    columns = (
        ("col_change", "change"),
        ("col_subject", "who"),
        ("col_kind", "kind"),
        ("col_what", "what"),
        ("col_before", "was"),
        ("col_after", "will"),
        ("col_article", "basis"),
    )
    table(out, say("title_consequence_changes", lang), columns, rows, lang)
    caught = (("col_pack", "pack"), ("col_subject", "subject"), ("col_change", "change"))
    table(out, say("title_caught_changes", lang), caught, shape["caught"], lang)
    tail(out, shape, lang)


def _packs(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    rows = [{key: str(value) if value is not None else "" for key, value in row.items()} for row in shape["packs"]]
    columns = (
        ("col_id", "id"),
        ("col_version", "version"),
        ("col_title", "title"),
        ("col_from", "in_force_from"),
        ("col_to", "in_force_to"),
        ("col_rules", "rules"),
    )
    table(out, say("title_packs", lang), columns, rows, lang)


def _pack(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    out.print(f"[bold]{escape(shape['id'])} {escape(shape['version'])}[/bold] {escape(shape['title'])}")
    rows = [
        {
            **row,
            "who": ", ".join(word(role, lang) for role in row["roles"]) or word(row["reach"], lang),
            "what": ", ".join(f"{one['code']}" for one in row["effects"]),
            "fault": word(row["fault_test"], lang),
        }
        for row in shape["rulebook"]
    ]
    columns = (
        ("col_id", "id"),
        ("col_article", "article"),
        ("col_reach", "who"),
        ("col_clock", "clock"),
        ("col_fault", "fault"),
        ("col_what", "what"),
        ("col_confidence", "confidence"),
    )
    table(out, say("title_rules", lang), columns, rows, lang)
    if shape["incentive_list"]:
        wanted = (("col_id", "code"), ("col_title", "title"), ("col_article", "article"))
        table(out, say("title_incentives", lang), wanted, shape["incentive_list"], lang)


def _scenarios(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    for one in shape["failures"]:
        out.print(f"[red]{escape(one['pack'])}[/red] {escape(one['scenario'])}: {escape(one['problem'])}")
    out.print(say("scenarios_tried", lang, tried=shape["tried"], failed=shape["failed"]))


def _ingest(out: Console, shape: Mapping[str, Any], lang: Lang) -> None:
    rows = [{key: str(value) for key, value in row.items()} for row in shape["tables"]]
    total = {"table": say("total", lang), **{key: str(value) for key, value in shape["total"].items()}}
    columns = (
        ("col_table", "table"),
        ("col_taken", "taken"),
        ("col_corrected", "corrected"),
        ("col_unchanged", "unchanged"),
        ("col_repeated", "repeated"),
        ("col_rejected", "rejected"),
    )
    table(out, say("title_ingest", lang), columns, [*rows, total], lang)
    for notice in shape["notices"]:
        out.print(escape(notice))
    if shape["rejects"]:
        out.print(escape(say("rejects_at", lang, path=shape["rejects"])))


def _rows(*keys: str) -> Callable[[Mapping[str, Any]], Rows]:
    """The rows of some lists of an answer, one after the other."""

    def pick(shape: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        for key in keys:
            rows: Iterable[Mapping[str, Any]] = shape[key]
            found.extend(rows)
        return found

    return pick


_MAIN: dict[str, Callable[[Mapping[str, Any]], Rows]] = {
    "ingest": _rows("tables"),
    "trace": _rows("persons", "subjects", "consequences"),
    "person": _rows("entries", "measures", "role_blocks"),
    "why": _rows("proof"),
    "why_not": _rows("rules"),
    "control": _rows("pairs"),
    "screen": _rows("caught"),
    "related": _rows("related"),
    "path": _rows("path"),
    "impact": _rows("consequences"),
    "packs": _rows("packs"),
    "pack": _rows("rulebook"),
    "scenarios": _rows("failures"),
}
_TABLES: dict[str, Callable[[Console, Mapping[str, Any], Lang], None]] = {
    "ingest": _ingest,
    "trace": _trace,
    "person": _person,
    "why": _why,
    "why_not": _why_not,
    "control": _control,
    "screen": _screen,
    "related": _related,
    "path": _path,
    "impact": _impact,
    "packs": _packs,
    "pack": _pack,
    "scenarios": _scenarios,
}
