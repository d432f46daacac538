"""The table of each command's answer, for people."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.text import Text

from graph_service.cli.drawing import Columns, Rows, Shown, head, heading, line, marked, named, table, tail
from graph_service.engine.shapes import word
from graph_service.messages import Lang, say

CHECK_STYLE = {"allow": "bold green", "refuse": "bold red", "review": "bold yellow"}
REASONS_SHOWN = 10
"""How many reasons of rows not taken a table holds."""


def trace(out: Console, shape: Shown, lang: Lang, *, hint: bool = True) -> None:
    """A trace: who answers, whether the recorded subject itself is a candidate, what follows."""
    subject = shape["subject"]
    heading(out, subject["name"], subject["id"])
    head(out, shape, lang)
    verdicts(out, say("title_persons", lang), shape["persons"], lang)
    unsure = [row for row in shape["subjects"] if row["verdict"] == "candidate"]
    if unsure:
        verdicts(out, say("title_subjects", lang), unsure, lang)
    consequences(out, say("title_consequences", lang), shape["consequences"], lang)
    tail(out, shape, lang)
    if hint:
        _how_to_ask_why(out, shape["consequences"], shape, lang)


def _how_to_ask_why(out: Console, rows: Rows, shape: Shown, lang: Lang) -> None:
    """Where ids are and what to do with one, with an example that runs."""
    if rows:
        line(out, say("ask_why", lang, id=shlex.quote(rows[0]["id"]), at=shape["at"]), "dim")


def verdicts(out: Console, title: str, rows: Rows, lang: Lang, *, record: bool = False) -> None:
    """Verdicts as a table: who, by which role, under which articles, and all that would decide a candidate.

    The rules under which somebody is judged alike stand on one line.  The record is told where there are several, or always.
    """
    grouped: dict[tuple[object, ...], list[Shown]] = {}
    for row in rows:
        gap = say("list_separator", lang).join(dict.fromkeys(one["text"] for one in row["gaps"]))
        grouped.setdefault((row["record"], row["person"], row["verdict"], row["role"], gap), []).append(row)
    record = record or len({row["record"] for row in rows}) > 1
    told = [
        {
            **group[0],
            "who": named(group[0], "person"),
            "gap": gap,
            "record": group[0]["record"] if record else "",
            "articles": ", ".join(sorted({row["basis"]["article"] for row in group})),
        }
        for (*_, gap), group in grouped.items()
    ]
    columns = (
        ("col_record", "record"),
        ("col_subject", "who"),
        ("col_verdict", "verdict"),
        ("col_role", "role"),
        ("col_article", "articles"),
        ("col_gap", "gap"),
    )
    table(out, title, columns, told, lang)


def consequences(out: Console, title: str, rows: Rows, lang: Lang, *, record: bool = False) -> None:
    """Consequences as a table: on whom, what, from when until when, how it stands and why.

    What differs in nothing but its code stands on one line.  The record is told where there are several, or always.
    """
    same = ("subject", "kind", "from", "to", "status", "cause", "nature", "confidence", "rule", "record", "via")
    grouped: dict[tuple[object, ...], list[Shown]] = {}
    for row in rows:
        grouped.setdefault(tuple(row[key] for key in same), []).append(row)
    record = record or len({row["record"] for row in rows}) > 1
    told = [
        {
            **group[0],
            "who": named(group[0], "subject"),
            "record": group[0]["record"] if record else "",
            "what": "; ".join(f"{row['code']} {row['title']}" for row in group),
            "to": group[0]["to"] or say("open_end", lang),
            "law": _law(group[0], lang),
        }
        for group in grouped.values()
    ]
    columns = (
        ("col_record", "record"),
        ("col_subject", "who"),
        ("col_kind", "kind"),
        ("col_what", "what"),
        ("col_from", "from"),
        ("col_to", "to"),
        ("col_status", "status"),
        ("col_cause", "cause"),
        ("col_article", "law"),
    )
    table(out, title, columns, told, lang)
    for gate in dict.fromkeys((row["gate"]["instrument"], row["gate"]["article"]) for row in rows if row.get("gate")):
        line(out, say("gate", lang, instrument=gate[0], article=gate[1]))


def _law(row: Shown, lang: Lang) -> str:
    """The article, the legal basis of its own that a gate asked for, and whether somebody must still verify the source."""
    own = row.get("own_basis")
    parts = [row["basis"]["article"], *([f"{own['instrument']}, {own['article']}"] if own else [])]
    return "; ".join(parts) + (f" ({word('unverified', lang)})" if row["confidence"] == "unverified" else "")


def _person(out: Console, shape: Shown, lang: Lang) -> None:
    heading(out, shape["name"], shape["person"])
    head(out, shape, lang)
    verdicts(out, say("title_verdicts", lang), shape["verdicts"], lang, record=True)
    for key in ("entries", "measures", "role_blocks"):
        consequences(out, say(f"title_{key}", lang), shape[key], lang, record=True)
    tail(out, shape, lang)
    _how_to_ask_why(out, [*shape["entries"], *shape["measures"], *shape["role_blocks"]], shape, lang)


def _why(out: Console, shape: Shown, lang: Lang) -> None:
    found = shape["consequence"]
    if found is None:
        line(out, say("why_nothing", lang, id=shape["id"]))
        return
    head(out, shape, lang)
    consequences(out, say("title_consequences", lang), [found], lang, record=True)
    line(out, say("why_law", lang, instrument=found["basis"]["instrument"], article=found["basis"]["article"]))
    rows = [{"number": str(number), **row} for number, row in enumerate(shape["proof"], 1)]
    columns = (("col_number", "number"), ("col_fact", "text"), ("col_recorded", "recorded_at"), ("col_id", "fact"))
    table(out, say("title_proof", lang), columns, rows, lang)
    line(out, say("check_holds" if shape["check"] == "holds" else "check_fails", lang, reason=shape["check"]))


def _why_not(out: Console, shape: Shown, lang: Lang) -> None:
    rows = [
        {**row, "reason": row["text"] or say("list_separator", lang).join(one["text"] for one in row.get("gaps") or ())}
        for row in shape["rules"]
    ]
    columns = (
        ("col_pack", "pack"),
        ("col_rule", "rule"),
        ("col_article", "article"),
        ("col_verdict", "verdict"),
        ("col_reason", "reason"),
    )
    table(out, say("title_why_not", lang, person=shape["person"], record=shape["record"]), columns, rows, lang)


def _control(out: Console, shape: Shown, lang: Lang) -> None:
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
        line(out, say("ultimate", lang, group=", ".join(group)))
    tail(out, shape, lang)


def _screen(out: Console, shape: Shown, lang: Lang) -> None:
    head(out, shape, lang)
    for rule in shape["rules"]:
        basis = rule["basis"]
        line(out, f"{rule['title']} · {basis['instrument']} {basis['article']} · {word(rule['confidence'], lang)}")
    rows = [
        {
            **row,
            "who": named(row, "subject"),
            "held": "; ".join(f"{named(one, 'subject')} {one['share'] + ' %' if one['share'] else ''}" for one in row["owners"]),
        }
        for row in shape["caught"]
    ]
    columns = (("col_subject", "who"), ("col_verdict", "verdict"), ("col_owners", "held"), ("col_listed", "listed"))
    table(out, say("title_screen", lang, pack=shape["pack"]), columns, rows, lang)
    tail(out, shape, lang)


def _related(out: Console, shape: Shown, lang: Lang) -> None:
    head(out, shape, lang)
    rows = [{**row, "who": named(row, "subject"), "hops": str(row["hops"])} for row in shape["related"]]
    columns = (("col_hops", "hops"), ("col_subject", "who"), ("col_tie", "tie"))
    table(out, say("title_related", lang, subject=shape["subject"]["id"]), columns, rows, lang)
    _stopped(out, shape, lang)
    tail(out, shape, lang)


def _stopped(out: Console, shape: Shown, lang: Lang) -> None:
    if shape["not_walked_through"]:
        line(out, say("not_walked", lang, subjects=", ".join(shape["not_walked_through"])))


def _path(out: Console, shape: Shown, lang: Lang) -> None:
    head(out, shape, lang)
    rows = [{"number": str(number), **row} for number, row in enumerate(shape["path"], 1)]
    title = say("title_path", lang, start=shape["from"]["id"], goal=shape["to"]["id"])
    table(out, title, (("col_number", "number"), ("col_tie", "text")), rows, lang)
    _stopped(out, shape, lang)
    tail(out, shape, lang)


def _impact(out: Console, shape: Shown, lang: Lang) -> None:
    head(out, shape, lang)
    changes = (
        ("col_person", "person"),
        ("col_record", "record"),
        ("col_rule", "rule"),
        ("col_before", "before"),
        ("col_after", "after"),
    )
    table(out, say("title_verdict_changes", lang), changes, shape["verdicts"], lang)
    rows = []
    for row in shape["consequences"]:
        one = row["after"] or row["before"]
        rows.append(
            {
                **one,
                "change": say(f"change_{row['change']}", lang),
                "who": named(one, "subject"),
                "what": f"{one['code']} {one['title']}",
                "was": word(row["before"]["status"], lang) if row["before"] else "",
                "will": word(row["after"]["status"], lang) if row["after"] else "",
            }
        )
    columns = (
        ("col_change", "change"),
        ("col_subject", "who"),
        ("col_record", "record"),
        ("col_kind", "kind"),
        ("col_what", "what"),
        ("col_before", "was"),
        ("col_after", "will"),
        ("col_article", "basis"),
    )
    table(out, say("title_consequence_changes", lang), columns, rows, lang)
    caught = (("col_pack", "pack"), ("col_subject", "subject"), ("col_before", "was"), ("col_after", "will"))
    rows = [
        {**row, **{key: _caught(part, lang) for key, part in zip(("was", "will"), row["change"].split(" -> "), strict=True)}}
        for row in shape["caught"]
    ]
    table(out, say("title_caught_changes", lang), caught, rows, lang)
    tail(out, shape, lang)
    not_taken(out, shape, lang)


def _caught(verdict: str, lang: Lang) -> str:
    return say("not_caught", lang) if verdict == "excluded" else word(verdict, lang)


def not_taken(out: Console, shape: Shown, lang: Lang) -> None:
    """How many rows of the input could not be taken, and why; nothing where all were."""
    if shape.get("rejected"):
        rows: Rows = shape["rejected_rows"]
        marked(out, say("incomplete", lang), say("impact_rejected", lang, count=shape["rejected"]))
        columns: Columns = (("col_file", "file"), ("col_line", "line"), ("col_column", "column"), ("col_reason", "reason"))
        table(out, say("title_rejected", lang, count=min(REASONS_SHOWN, len(rows))), columns, rows[:REASONS_SHOWN], lang)
    if isinstance(shape.get("rejects"), str):
        line(out, say("rejects_at", lang, path=shape["rejects"]))


def _export(out: Console, shape: Shown, lang: Lang) -> None:
    """What was written, and the one command that takes it in."""
    line(out, say("export_done", lang, facts=shape["facts"], live=shape["live"], folder=shape["folder"]))
    out.print(Text(shape["command"]), soft_wrap=True)
    line(out, say("export_then", lang))
    if shape["identity_hashes"]:
        line(out, say("export_key", lang))


def _packs(out: Console, shape: Shown, lang: Lang) -> None:
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


def _pack(out: Console, shape: Shown, lang: Lang) -> None:
    heading(out, f"{shape['id']} {shape['version']}", shape["title"])
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


def _scenarios(out: Console, shape: Shown, lang: Lang) -> None:
    for one in shape["failures"]:
        marked(out, one["pack"], f"{one['scenario']}: {one['problem']}")
    line(out, say("scenarios_tried", lang, tried=shape["tried"], failed=shape["failed"]))


def _ingest(out: Console, shape: Shown, lang: Lang) -> None:
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
    tail(out, shape, lang)
    not_taken(out, shape, lang)


def _run(out: Console, shape: Shown, lang: Lang) -> None:
    """A run: how many verdicts and consequences of each sort, what changed, where the files are."""
    head(out, shape, lang)
    counts = shape["counts"]
    verdicts = [{"verdict": key, "count": f"{n:,}"} for key, n in counts["verdicts"]["verdict"].items()]
    table(out, say("title_run_verdicts", lang), (("col_verdict", "verdict"), ("col_count", "count")), verdicts, lang)
    rows = [{name: key, "count": f"{n:,}"} for name in ("kind", "status") for key, n in counts["consequences"][name].items()]
    columns = (("col_kind", "kind"), ("col_status", "status"), ("col_count", "count"))
    table(out, say("title_run_consequences", lang), columns, rows, lang)
    if shape["last"]:
        rows = [
            {"of": word(of, lang), "change": say(f"change_{key}", lang), "count": f"{n:,}"}
            for of, name in (("consequences", "changes"), ("verdicts", "verdict_changes"))
            for key, n in counts[name]["change"].items()
        ]
        columns = (("col_what_changed", "of"), ("col_change", "change"), ("col_count", "count"))
        table(out, say("title_run_changes", lang), columns, rows, lang)
    files = [{**one, "rows": f"{one['rows']:,}"} for one in shape["files"]]
    table(out, say("title_run_files", lang), (("col_file", "path"), ("col_rows", "rows")), files, lang)
    tail(out, shape, lang)


def _check(out: Console, shape: Shown, lang: Lang) -> None:
    """A must-check: the decision, the reasons with their articles, the incentives."""
    heading(out, shape["subject"]["name"], shape["subject"]["id"])
    head(out, shape, lang)
    decision = word(shape["decision"], lang)
    line(out, say("title_check", lang, title=shape["title"], decision=decision), CHECK_STYLE[shape["decision"]])
    rows = [
        {
            **row,
            "effect": word(row["effect"], lang),
            "law": row["basis"]["article"] if row["basis"] else "",
            "bar": f"{row['bar']['basis']['instrument']}, {row['bar']['basis']['article']}" if row["bar"] else "",
        }
        for row in shape["reasons"]
    ]
    columns = (("col_effect", "effect"), ("col_reason", "text"), ("col_article", "law"), ("col_bar", "bar"))
    table(out, say("title_reasons", lang), columns, rows, lang)
    if shape["incentives"]:
        rows = [
            {**row, "granted": say("yes" if row["granted"] else "no", lang), "law": row["basis"]["article"]}
            for row in shape["incentives"]
        ]
        columns = (("col_id", "code"), ("col_granted", "granted"), ("col_reason", "text"), ("col_article", "law"))
        table(out, say("title_check_incentives", lang), columns, rows, lang)
    if shape["others_together"]:
        columns = (("col_subject", "one"), ("col_subject", "other"), ("col_reason", "title"), ("col_verdict", "verdict"))
        table(out, say("title_together", lang), columns, shape["others_together"], lang)
    line(out, shape["check_id"], "dim")
    tail(out, shape, lang)


TABLES: Mapping[str, Callable[[Console, Shown, Lang], None]] = {
    "ingest": _ingest,
    "trace": trace,
    "person": _person,
    "why": _why,
    "why_not": _why_not,
    "control": _control,
    "screen": _screen,
    "related": _related,
    "path": _path,
    "impact": _impact,
    "run": _run,
    "export": _export,
    "check": _check,
    "packs": _packs,
    "pack": _pack,
    "scenarios": _scenarios,
}
"""How the answer of each command is drawn."""
