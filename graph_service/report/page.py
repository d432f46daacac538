"""The file: one HTML page that holds everything it needs and asks nobody for anything.

* Every text is escaped by the template, after what would be hidden in it was made visible (`texts.shown`).
* A Content-Security-Policy lets run and style only what the file was made with, by its digest; nothing else is ever loaded.
* Without scripts the tables stand by themselves, with a picture that is still.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from graph_service.engine.shapes import Shape, word
from graph_service.messages import Lang, catalogue, say
from graph_service.report.reading import KINDS, Network, mapping, mappings, read, text
from graph_service.report.rows import Tables, tables

if TYPE_CHECKING:
    from jinja2 import Environment

WORDS = (
    "report_all",
    "report_also",
    "report_answers",
    "report_answers_none",
    "report_as_of",
    "report_aside",
    "report_aside_hint",
    "report_by",
    "report_candidates",
    "report_candidates_hint",
    "report_decision",
    "report_enlarge",
    "report_everybody",
    "report_everybody_hint",
    "report_facts_count",
    "report_faults",
    "report_fit",
    "report_follows",
    "report_gathered",
    "report_gathered_hint",
    "report_hidden",
    "report_hint",
    "report_ids",
    "report_incomplete",
    "report_itself",
    "report_known",
    "report_law",
    "report_left_out",
    "report_legend",
    "report_legend_kinds",
    "report_legend_lines",
    "report_legend_parts",
    "report_line_both",
    "report_line_past",
    "report_line_proof",
    "report_may_hold",
    "report_maybe",
    "report_network",
    "report_no_legal_effect",
    "report_no_script",
    "report_none_told",
    "report_notices",
    "report_one_instrument",
    "report_packs",
    "report_past",
    "report_position",
    "report_proof",
    "report_proof_count",
    "report_records",
    "report_selected",
    "report_title",
    "report_unverified",
    "report_via",
    "report_zoom_in",
    "report_zoom_out",
    "report_col_article",
    "report_col_from",
    "report_col_gap",
    "report_col_part",
    "report_col_role",
    "report_col_status",
    "report_col_ties",
    "report_col_until",
    "report_col_what",
    "report_col_who",
)
"""Every text of the page; the template has them under their names without ``report_``."""
PART_WORDS = {
    "subject": "report_part_subject",
    "liable": "report_part_liable",
    "candidate": "report_part_candidate",
    "caught": "report_part_caught",
    "possibly_caught": "report_part_possibly_caught",
    "related": "report_part_related",
    "listed": "report_part_listed",
    "connected": "report_part_connected",
}


def html(trace: Shape, network: Shape, lang: Lang) -> str:
    """The visual relationship report of a trace: ``trace`` and ``network`` are the answers' JSON shapes in the same language."""
    found = read(network)
    return _page(
        "report.html.j2", found, lang, trace=_head(trace), tables=tables(trace, found, lang), counts=_counts(trace, lang)
    )


def picture(network: Shape, lang: Lang) -> str:
    """The network alone, as a whole page of its own: for the frame of a notebook."""
    found = read(network)
    return _page("picture.html.j2", found, lang, trace=_head(network), tables=None, counts="")


def _head(shape: Shape) -> dict[str, Any]:
    """What stands above and below a page: whom it is about, the clocks, the law, and whether it is whole."""
    return {
        "subject": mapping(shape.get("subject")),
        "packs": [f"{text(one.get('id'))} {text(one.get('version'))}".strip() for one in mappings(shape.get("packs"))],
        "complete": bool(shape.get("complete", True)),
        **{key: text(shape.get(key)) for key in ("at", "known", "position", "decision_id")},
    }


def _counts(trace: Shape, lang: Lang) -> str:
    """How many answer, how many may, and what stands, in one line."""
    verdicts: dict[str, set[str]] = {"liable": set(), "candidate": set()}
    for row in mappings(trace.get("persons")):
        verdicts.setdefault(text(row.get("verdict")), set()).add(text(row.get("person")))
    rows = mappings(trace.get("consequences"))
    statuses = [text(row.get("status")) for row in rows]
    told = [f"{statuses.count(one)} {word(one, lang)}" for one in ("active", "suspended", "inactive", "ended") if one in statuses]
    asked = text(mapping(trace.get("subject")).get("id"))
    caught = {text(row.get("pack")) for row in rows if row.get("kind") == "derived_sanction" and row.get("subject") == asked}
    maybe = {text(row.get("pack")) for row in mappings(trace.get("possibly_caught"))}
    line = say(
        "report_counts",
        lang,
        liable=len(verdicts["liable"]),
        candidates=len(verdicts["candidate"] - verdicts["liable"]),
        consequences=len(statuses),
        statuses=f" ({', '.join(told)})" if told else "",
    )
    more = [
        say(code, lang, packs=", ".join(sorted(packs)))
        for code, packs in (("report_caught", caught), ("report_maybe_caught", maybe))
        if packs
    ]
    return " · ".join([line, *more])


def _page(name: str, network: Network, lang: Lang, *, trace: Mapping[str, Any], tables: Tables | None, counts: str) -> str:
    from graph_service.report.gathering import counted, gather
    from graph_service.report.layout import LARGEST, positions
    from graph_service.report.live import data, library
    from graph_service.report.marks import GLYPHS, MARKS
    from graph_service.report.still import definitions, svg

    drawn = gather(network)
    places = positions(drawn)
    words = {code.removeprefix("report_"): catalogue()[code][lang] for code in WORDS}
    parts = {part: say(code, lang) for part, code in PART_WORDS.items()}
    place = {node.key: number for number, node in enumerate(network.nodes)}
    values = {
        **data(network, drawn, places, lang),
        "ties": [[place[edge.start], place[edge.end]] for edge in network.edges],
        "marks": {part: {"path": mark.path, "broken": mark.broken} for part, mark in MARKS.items()},
        "glyphs": GLYPHS,
        "largest": LARGEST,
        "parts": parts,
        "words": {key: words[key] for key in ("gathered", "hidden", "also", "all")},
    }
    style, own, theirs = asset("report.css"), asset("report.js"), library()
    held: dict[int, list[tuple[int, Any]]] = {}
    for number, edge in enumerate(network.edges):
        held.setdefault(place[edge.start], []).append((number, edge))
    return (
        environment()
        .get_template(name)
        .render(
            lang="zh-CN" if lang == "zh" else "en",
            t=words,
            parts=parts,
            kinds={kind: say("report_kind_unknown", lang) if kind == "unknown" else word(kind, lang) for kind in KINDS},
            kinds_there=[kind for kind in KINDS if any(node.kind == kind for node in network.nodes)],
            counted=counted(drawn),
            gathered=sum(spot.gathered for spot in drawn.spots),
            trace=trace,
            tables=tables,
            counts=counts,
            network=network,
            held=held,
            definitions=definitions(),
            still=svg(network, drawn, places, lang, say("report_picture_of", lang, count=len(network.nodes))),
            values=_script_json(values),
            style=style,
            library=theirs,
            script=own,
            policy=policy(style, (theirs, own)),
        )
    )


def policy(style: str, scripts: tuple[str, ...]) -> str:
    """What the page may do: run these scripts, use this style, and nothing else."""
    allowed = " ".join(f"'sha256-{_digest(one)}'" for one in scripts)
    return f"default-src 'none'; script-src {allowed}; style-src 'sha256-{_digest(style)}'; base-uri 'none'; form-action 'none'"


def _digest(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode("utf-8")).digest()).decode()


def _script_json(value: object) -> str:
    """JSON that may stand in a script element: no character of it begins or ends anything in HTML."""
    made = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for one in "<>&\u2028\u2029":
        made = made.replace(one, f"\\u{ord(one):04x}")
    return made


@cache
def asset(name: str) -> str:
    """The text of a file of `static`."""
    return (resources.files(__package__) / "static" / name).read_text("utf-8").strip()


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of this room: everything escaped, nothing hidden, a name that is not there is an error."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup, escape

    from graph_service.report.texts import shown

    def visible(value: object) -> object:
        return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    def days(value: str) -> Markup:
        """A text whose dates are not broken across lines."""
        parts = re.split(r"(\d{4}-\d\d-\d\d)", shown(value))
        told = (Markup('<span class="day">{}</span>').format(part) if at % 2 else escape(part) for at, part in enumerate(parts))
        return Markup("").join(told)

    made = Environment(
        loader=FunctionLoader(asset),
        autoescape=True,
        finalize=visible,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["days"] = days
    return made
