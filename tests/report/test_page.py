"""The file: one page, everything in it, nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources
from random import Random
from typing import Any

import pytest

from graph_service.engine.shapes import Shape
from graph_service.messages import LANGS, Lang, say
from graph_service.report import html, picture
from graph_service.report.page import WORDS
from tests.report.invented import HOSTILE, invented


class Page(HTMLParser):
    """The elements of a page, its scripts and styles, and what a reader reads."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.words: list[str] = []
        self._inside = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in {"script", "style"}:
            self._inside = "data" if dict(attrs).get("type") == "application/json" else tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = "" if tag in {"script", "style"} else self._inside

    def handle_data(self, data: str) -> None:
        places = {"script": self.scripts, "style": self.styles, "": self.words}
        places.get(self._inside, []).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def _values(source: str) -> Any:
    found = re.search(r'<script type="application/json" id="values">(.*?)</script>', source, re.DOTALL)
    assert found
    return json.loads(found[1])


def _digest(source: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode() + "'"


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("make", [html, lambda _, network, lang: picture(network, lang)])
def test_only_the_scripts_and_styles_of_the_page_may_run(make: Any, lang: Lang) -> None:
    page = Page(make(*invented(20), lang))
    (policy,) = [about["content"] for tag, about in page.elements if about.get("http-equiv") == "Content-Security-Policy"]
    assert policy
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == "'none'"
    assert parts["script-src"].split() == [_digest(one) for one in page.scripts]
    assert parts["style-src"].split() == [_digest(one) for one in page.styles]
    assert "unsafe" not in policy


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_names_no_address(lang: Lang) -> None:
    source = html(*invented(100), lang)
    assert "://" not in source
    assert not re.search(r"@import|url\((?!#)", source)
    for tag, about in Page(source).elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "action", "style", "srcset"} & set(about)
        assert (about.get("href") or "#").startswith("#")
        assert not [name for name in about if name.startswith("on")]


@pytest.mark.parametrize("lang", LANGS)
def test_a_hostile_name_shows_as_text(lang: Lang) -> None:
    trace, network = invented(12, hostile=True)
    source = html(trace, network, lang)
    page, plain = Page(source), Page(html(*invented(12), lang))
    told = [re.sub("[\u202a-\u202e\u2066-\u2069]", lambda one: f"⟨U+{ord(one[0]):04X}⟩", name) for name in HOSTILE]
    for name in told:
        assert " ".join(name.split()) in page.text
    assert len(page.scripts) == len(plain.scripts) == 2
    assert {tag for tag, _ in page.elements} == {tag for tag, _ in plain.elements}
    assert not re.search("[\u202a-\u202e]", source)


def test_the_title_of_the_page_is_escaped() -> None:
    trace, network = invented(3, hostile=True)
    assert "<title>&lt;script&gt;" in html(trace, network, "en")


def test_the_data_of_the_picture_ends_no_script_element() -> None:
    source = html(*invented(12, hostile=True), "en")
    found = re.search(r'id="values">(.*?)</script>', source, re.DOTALL)
    assert found
    assert not re.search("[<>&\u2028\u2029]", found[1])


@pytest.mark.parametrize("lang", LANGS)
def test_the_same_answer_gives_the_same_bytes_in_whatever_order_it_comes(lang: Lang) -> None:
    trace, network = invented(60)
    _, other = invented(60)
    for rows in (other["nodes"], other["edges"]):
        assert isinstance(rows, list)
        Random(3).shuffle(rows)
    assert html(trace, network, lang) == html(trace, other, lang)


@pytest.mark.parametrize("count", [10, 100, 1000])
@pytest.mark.parametrize("lang", LANGS)
def test_a_report_is_small(count: int, lang: Lang) -> None:
    trace, network = invented(count)
    assert len(html(trace, network, lang).encode()) < 3_000_000


def test_a_report_on_a_thousand_subjects_of_whom_hundreds_answer_is_still_small() -> None:
    assert len(html(*invented(1000, firm=600), "en").encode()) < 3_000_000


@pytest.mark.parametrize("count", [10, 1000])
def test_the_table_and_the_picture_agree(count: int) -> None:
    trace, network = invented(count)
    source = html(trace, network, "en")
    values, page = _values(source), Page(source)
    rows = [about for tag, about in page.elements if tag == "tr" and "data-part" in about]
    assert sorted(one for node in values["nodes"] for one in node["members"]) == list(range(len(rows))) == list(range(count))
    for node in values["nodes"]:
        assert {rows[one]["data-part"] for one in node["members"]} == {node["group"]}
    ties = [about["id"] for tag, about in page.elements if tag == "li" and (about.get("id") or "").startswith("e")]
    assert len(ties) == len(values["ties"])
    assert {f"e{tie}" for edge in values["edges"] for tie in edge["ties"]} <= set(ties)
    for edge in values["edges"]:
        ends = {*values["nodes"][edge["from"]]["members"], *values["nodes"][edge["to"]]["members"]}
        assert all(set(values["ties"][tie]) <= ends for tie in edge["ties"])


def test_every_sentence_of_every_proof_is_there() -> None:
    trace, network = invented(30)
    text = Page(html(trace, network, "en")).text
    facts = network["facts"]
    assert isinstance(facts, dict)
    for row in _rows(trace, "persons") + _rows(trace, "consequences"):
        assert all(facts[fact] in text for fact in row["proof"])


def _rows(shape: Shape, name: str) -> list[dict[str, Any]]:
    rows = shape[name]
    assert isinstance(rows, list)
    return rows


@pytest.mark.parametrize("lang", LANGS)
def test_each_candidate_says_what_would_decide_it_and_never_looks_liable(lang: Lang) -> None:
    trace, network = invented(30)
    source = html(trace, network, lang)
    answers, rest = source.split('<section id="candidates"')
    candidates = rest.split("</section>")[0]
    for row in _rows(trace, "persons"):
        if row["verdict"] == "candidate":
            assert f"<bdi>{row['person']}</bdi>" in candidates
            assert f"<bdi>{row['person']}</bdi>" not in answers.split('<section id="answers"')[1]
    assert candidates.count("no finding of the authority says so") == sum(bool(row["gaps"]) for row in _rows(trace, "persons"))
    assert "#mark-liable" not in candidates
    assert '<tr class="liable"' not in candidates


@pytest.mark.parametrize("lang", LANGS)
def test_a_hint_says_that_it_has_no_legal_effect_and_what_nobody_confirmed_is_marked(lang: Lang) -> None:
    trace, network = invented(100)
    aside = html(trace, network, lang).split('<section id="aside"')[1].split("</section>")[0]
    flags = sum(row["kind"] == "flag" for row in _rows(trace, "consequences"))
    assert flags > 0
    assert aside.count(say("report_no_legal_effect", lang)) >= flags
    assert aside.count('class="badge unverified"') == flags


@pytest.mark.parametrize("lang", LANGS)
def test_what_is_not_imposed_says_why(lang: Lang) -> None:
    trace, network = invented(30)
    row = {**_rows(trace, "consequences")[0], "status": "inactive", "cause": "no_legal_basis"}
    row["gate"] = {"instrument": "a guideline of 2020", "article": "item 4"}
    page = Page(html({**trace, "consequences": [row]}, network, lang))
    assert say("word_no_legal_basis", lang) in page.text
    assert say("gate", lang, instrument="a guideline of 2020", article="item 4") in page.text


@pytest.mark.parametrize("lang", LANGS)
def test_an_answer_that_is_not_whole_says_so_before_anything_else(lang: Lang) -> None:
    source = html(*invented(10, complete=False), lang)
    assert say("report_incomplete", lang) in source.split("<main>")[0]
    assert "more than 2000 subjects are upstream" in source.split("<main>")[0]
    assert say("report_incomplete", lang) not in html(*invented(10), lang)


def test_the_clocks_the_law_and_the_decision_are_there() -> None:
    text = Page(html(*invented(10), "en")).text
    for one in ("2019-12-31", "2026-11-23T20:00:00Z", "4248", "d-bbf2018b568f4f89f4b71f2523619ce7", "cn-yunnan-2016 1"):
        assert one in text


def test_an_answer_about_nobody_is_a_page_too() -> None:
    head = {"subject": {"id": "X", "name": ""}, "persons": [], "subjects": [], "consequences": [], "packs": [], "complete": True}
    page = Page(html(head, {"subject": {"id": "X", "name": ""}, "nodes": [], "edges": [], "facts": {}}, "en"))
    assert say("report_answers_none", "en") in page.text


def test_a_tie_of_which_nothing_but_its_ends_is_told_is_drawn() -> None:
    trace, network = invented(2)
    network["edges"] = [{"fact": "f", "kind": "director", "from": "N0001", "to": "N0000", "text": "t"}]
    (edge,) = _values(html(trace, network, "en"))["edges"]
    assert edge["words"] == ["\u2068director\u2069"]


def test_the_label_of_a_tie_tells_office_dates_and_share() -> None:
    trace, network = invented(2)
    tie: Shape = {"fact": "f", "kind": "shareholder", "from": "N0001", "to": "N0000", "text": "t", "share": "33.33"}
    network["edges"] = [tie | {"valid_from": "2018-03-01", "valid_to": None, "current": True}]
    (edge,) = _values(html(trace, network, "en"))["edges"]
    assert edge["words"][0] == "\u2068shareholder, 33.33 %\u2069\n\u20682018-03-01 –\u2069"


def test_a_finding_is_told_in_its_own_words() -> None:
    trace, network = invented(2)
    network["edges"] = [{"fact": "f", "kind": "finding", "from": "N0001", "to": "N0000", "text": "t", "title": "organised it"}]
    (edge,) = _values(html(trace, network, "en"))["edges"]
    assert edge["words"] == ["\u2068organised it\u2069"]


def test_no_text_of_the_page_is_there_for_nothing() -> None:
    sources = "".join(one.read_text("utf-8") for one in (resources.files("graph_service.report") / "static").iterdir())
    names = [code.removeprefix("report_") for code in WORDS]
    assert [name for name in names if not re.search(rf"\b(t|words)\.{name}\b", sources)] == []


def test_both_pictures_have_every_spot_at_the_same_place() -> None:
    source = html(*invented(100), "en")
    drawn = re.findall(r'<g class="mark \w+" transform="translate\((-?\d+) (-?\d+)\)">', source)
    assert sorted((int(x), int(y)) for x, y in drawn) == sorted((node["x"], node["y"]) for node in _values(source)["nodes"])
