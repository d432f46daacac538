"""The report of a whole run: figures, plots and tables on one page that asks nobody for anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graph_service.engine.shapes import Shape, word
from graph_service.messages import Lang, catalogue, say
from graph_service.report.page import asset, environment, policy
from graph_service.report.plots import bars

STATUSES = ("active", "suspended", "ended", "inactive")
Cells = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, a plot, and the same figures as a table: its column headings, and of each row the cells."""

    title: str
    plot: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    hint: str = ""


def overview_html(shape: Shape, lang: Lang) -> str:
    """The page of an overview (`graph_service.analysis.overview`), in a language."""
    from markupsafe import Markup

    told: Mapping[str, Any] = shape
    packs = ", ".join(f"{pack['id']} {pack['version']}" for pack in told["packs"])
    totals = told["totals"]
    style = asset("report.css") + "\n" + asset("overview.css")
    return (
        environment()
        .get_template("overview.html.j2")
        .render(
            lang="zh-CN" if lang == "zh" else "en",
            title=say("overview_title", lang),
            question=say("overview_question", lang, at=told["at"], known=told["known"], packs=packs, run=told["run_id"]),
            incomplete="" if told["complete"] else say("overview_incomplete", lang),
            unverified=say("overview_unverified", lang, count=f"{totals['unverified']:,}") if totals["unverified"] else "",
            tiles=_tiles(totals, lang),
            sections=[
                (section, Markup(section.plot))  # noqa: S704 (made here; its labels are escaped)
                for section in _sections(told, lang)
            ],
            nothing=say("overview_none", lang),
            as_table=say("overview_as_table", lang),
            style=style,
            policy=policy(style, ()),
        )
    )


def _tiles(totals: Mapping[str, int], lang: Lang) -> list[tuple[str, str]]:
    names = ("records", "reaching", "liable", "candidates", "waiting_for_finding", "consequences")
    tiles = [(f"{totals[name]:,}", say(f"overview_{name}", lang)) for name in names]
    return tiles + [(f"{totals[status]:,}", word(status, lang)) for status in STATUSES if totals[status]]


def _sections(told: Mapping[str, Any], lang: Lang) -> list[Section]:
    def text(code: str) -> str:
        return catalogue()[f"overview_{code}"][lang]

    people = {"liable": text("liable"), "candidates": text("candidates")}
    sections: list[Section] = []
    for name in ("by_family", "by_region", "by_severity"):
        columns = (text("col_what"), text("records"), *people.values())
        rows: list[tuple[Any, ...]] = [(row["title"], row["records"], row["liable"], row["candidates"]) for row in told[name]]
        series = {text("records"): [row["records"] for row in told[name]]}
        more = _more(told["regions_more"], lang) if name == "by_region" else ""
        sections.append(_section(text(name), columns, rows, series, more))
    rows = [(row["title"], row["liable"], row["candidate"]) for row in told["by_role"]]
    series = {people["liable"]: [row[1] for row in rows], people["candidates"]: [row[2] for row in rows]}
    sections.append(_section(text("by_role"), (text("col_what"), *people.values()), rows, series))
    rows = [(row["title"], row["verdicts"], row["persons"]) for row in told["waiting"]]
    columns = (text("col_what"), text("col_verdicts"), text("col_persons"))
    sections.append(_section(text("waiting"), columns, rows, {columns[1]: [row[1] for row in rows]}))
    for name in ("by_kind", "by_measure"):
        columns = (text("col_what"), *(word(status, lang) for status in STATUSES), text("col_total"))
        rows = [(_measure(row), *(row[status] for status in STATUSES), row["total"]) for row in told[name]]
        series = {word(status, lang): [row[status] for row in told[name]] for status in STATUSES}
        sections.append(_section(text(name), columns, rows, series))
    rows = [(row["year"] or text("unknown_year"), row["records"]) for row in told["years"]]
    columns = (text("col_year"), text("records"))
    sections.append(_section(text("years"), columns, rows, {columns[1]: [row[1] for row in rows]}))
    sections += _further(told, lang)
    return sections


def _further(told: Mapping[str, Any], lang: Lang) -> list[Section]:
    """Groups, cascades, faults and changes: tables without a plot."""

    def text(code: str) -> str:
        return catalogue()[f"overview_{code}"][lang]

    groups = [(_controllers(row), row["touched"], row["hinted"], row["members"]) for row in told["groups"]]
    columns: tuple[str, ...] = (text("col_controller"), text("col_touched"), text("col_hinted"), text("col_members"))
    hint = text("groups_hint") + _more(told["groups_more"], lang)
    found = [Section(text("groups"), "", columns, tuple(groups), hint)]
    caught = [(row["pack"], row["certain"], row["possible"]) for row in told["caught"]]
    columns = (text("col_pack"), word("certain", lang), word("possible", lang))
    found.append(Section(text("caught"), "", columns, tuple(caught)))
    faults = [(row["title"], row["count"]) for row in told["data_faults"]]
    found.append(Section(text("data_faults"), "", (text("col_what"), text("col_count")), tuple(faults)))
    if told["changes"] is not None:
        changes = [(row["title"], row["why"], row["count"]) for row in told["changes"]]
        columns = (text("col_change"), text("col_cause"), text("col_count"))
        found.append(Section(text("changes"), "", columns, tuple(changes)))
    return found


def _section(title: str, columns: tuple[str, ...], rows: Cells, series: Mapping[str, Sequence[int]], hint: str = "") -> Section:
    return Section(title, bars([str(row[0]) for row in rows], series, title), columns, tuple(rows), hint)


def _more(count: int, lang: Lang) -> str:
    """That so many further rows are not shown; nothing where all are."""
    return f" {say('overview_more', lang, count=f'{count:,}')}" if count else ""


def _measure(row: Mapping[str, Any]) -> str:
    return f"{row['code']} {row['title']}" if row.get("code") else str(row["title"])


def _controllers(row: Mapping[str, Any]) -> str:
    pairs = zip(row["names"], row["controllers"], strict=True)
    return "; ".join(f"{name} {key}".strip() for name, key in pairs)
