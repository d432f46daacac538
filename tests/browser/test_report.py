"""The report as a reader sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from graph_service.messages import LANGS, Lang, say
from graph_service.report import html, picture
from tests.browser.conftest import Opened
from tests.report.invented import HOSTILE, invented

Open = Callable[..., Opened]


@pytest.mark.parametrize("lang", LANGS)
def test_no_request_leaves_the_page_and_nothing_breaks_its_policy(open_file: Open, lang: Lang) -> None:
    opened = open_file(html(*invented(100), lang))
    opened.page.click("#enlarge")
    opened.page.click("#answers a.pick >> nth=0")
    opened.page.click("#filters input >> nth=1")
    assert [one for one in opened.requests if not one.startswith("file:")] == []
    assert len(opened.requests) == 1
    assert opened.complaints == []


def test_the_policy_stops_a_script_that_somebody_put_in(open_file: Open) -> None:
    source = html(*invented(5), "en").replace("</footer>", "</footer><script>document.title = 'taken'</script>")
    opened = open_file(source)
    assert opened.page.title() != "taken"
    assert any("Content Security Policy" in one for one in opened.complaints)


def test_a_hostile_name_shows_as_text(open_file: Open) -> None:
    opened = open_file(html(*invented(12, hostile=True), "en"))
    page = opened.page
    assert "taken" not in page.title().split("·")[0] or page.title().startswith("<script>")
    text = page.inner_text("#everybody")
    for name in HOSTILE:
        told = re.sub("[\u202a-\u202e\u2066-\u2069]", lambda one: f"⟨U+{ord(one[0]):04X}⟩", name)
        assert told in text
    for number in range(len(HOSTILE)):
        page.evaluate(f"report.choose({number})")
        assert page.inner_text("#facts h3").strip()
    assert page.locator("#facts img, #facts svg[onload], #facts script").count() == 0
    assert opened.complaints == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_filters_of_the_legend_hide_and_show_their_part(open_file: Open) -> None:
    page = open_file(html(*invented(100), "en")).page
    visible = "report.nodes.filter(n => !n.hidden && n.group === '{}').reduce((sum, n) => sum + n.members.length, 0)"
    for box in page.locator("#filters input").all():
        part = box.get_attribute("value") or ""
        before = page.evaluate(visible.format(part))
        assert before > 0
        box.focus()
        page.keyboard.press("Space")
        assert page.evaluate(visible.format(part)) == 0
        assert page.evaluate("report.lines.every(l => l.hidden === (report.nodes[l.from].hidden || report.nodes[l.to].hidden))")
        assert page.inner_text("#hidden").startswith(say("report_hidden", "en", count=before))
        page.click("#hidden button")
        assert page.evaluate(visible.format(part)) == before
        assert page.inner_text("#hidden") == ""


def test_the_table_and_the_picture_agree(open_file: Open) -> None:
    page = open_file(html(*invented(60), "en")).page
    told = page.evaluate(
        "report.nodes.map(n => [n.group, document.getElementById('s' + n.members[0]).dataset.part,"
        " n.told.join('').replace(/[\\u2068\\u2069\\n ]/g, ''),"
        " document.querySelector('#s' + n.members[0] + ' .pick').textContent.replace(/ /g, '').slice(0, 30)])"
    )
    assert len(told) == page.locator("#everybody tbody tr").count() == 60
    for group, part, label, name in told:
        assert group == part
        assert label.startswith(name) or label.endswith("…")
    assert page.locator("#answers tr.liable").count() == sum(group == "liable" for group, *_ in told)


def test_choosing_a_name_in_a_table_shows_its_facts_and_marks_it_in_the_picture(open_file: Open) -> None:
    page = open_file(html(*invented(30), "en")).page
    first = page.locator("#answers a.pick").first
    first.focus()
    page.keyboard.press("Enter")
    assert page.inner_text("#facts h3").startswith(first.inner_text())
    assert page.evaluate("report.network.getSelectedNodes().length") == 1
    assert "supervisor" in page.inner_text("#facts") or "of" in page.inner_text("#facts")
    page.keyboard.press("Escape")
    assert page.evaluate("report.network.getSelectedNodes().length") == 0
    assert page.inner_text("#facts").strip() == say("report_hint", "en")


def test_a_click_in_the_picture_shows_the_facts_of_a_mark_and_of_a_line(open_file: Open) -> None:
    page = open_file(html(*invented(10), "en")).page
    frame = page.locator("#live").bounding_box()
    assert frame

    def at(script: str) -> tuple[float, float]:
        found = page.evaluate(f"report.network.canvasToDOM({script})")
        return frame["x"] + found["x"], frame["y"] + found["y"]

    page.mouse.click(*at("report.nodes[1]"))
    page.wait_for_selector("#facts h3")
    assert page.inner_text("#facts h3 .pick") == page.inner_text("#s1 .pick")
    page.mouse.click(*at("{x: (report.nodes[0].x + report.nodes[2].x) / 2, y: (report.nodes[0].y + report.nodes[2].y) / 2}"))
    page.wait_for_selector("#facts h3 .pick >> nth=1")


def test_a_gathering_tells_whom_it_stands_for(open_file: Open) -> None:
    page = open_file(html(*invented(1000), "en")).page
    number, size = page.evaluate("(n => [n.id, n.members.length])(report.nodes.find(n => n.members.length > 3))")
    page.evaluate(f"report.choose({number})")
    assert page.locator("#facts a.pick").count() == min(size, 200)
    page.locator("#facts a.pick").first.click()
    assert page.locator("#facts h3 .pick").count() == 1


def test_the_picture_opens_still(open_file: Open) -> None:
    page = open_file(html(*invented(1000), "en")).page
    places = "JSON.stringify([report.network.getPositions(), report.network.getScale(), report.network.getViewPosition()])"
    before = page.evaluate(places)
    page.wait_for_timeout(400)
    assert page.evaluate(places) == before


def _overlaps(page: Any, parts: str) -> list[list[str]]:
    script = """parts => {
      const {placed, scale} = report.labels(), found = [], named = new Set(placed.map(l => l.id));
      const shown = placed.filter(l => l.id !== undefined && parts.includes(report.nodes[l.id].group)).map(l => {
        const high = l.told.length * l.size * 1.2;
        return {id: l.id, top: l.y, bottom: l.y + high, x: l.x};
      });
      for (const node of report.nodes) if (parts.includes(node.group) && !named.has(node.id)) found.push(["unnamed", node.told]);
      for (const one of report.nodes) for (const two of report.nodes)
        if (one.id < two.id && parts.includes(one.group) && Math.hypot(one.x - two.x, one.y - two.y) * scale < 14)
          found.push([one.told, two.told]);
      return found;
    }"""
    found: list[list[str]] = page.evaluate(script, parts)
    return found


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("count", [100, 1000])
def test_nothing_hides_whoever_is_liable_and_each_is_named(open_file: Open, count: int, width: int) -> None:
    page = open_file(html(*invented(count), "zh"), width=width, height=844).page
    # Where there is no room for it, the name of the subject in the middle stands above the picture alone.
    assert _overlaps(page, "liable caught" if width < 500 else "subject liable caught") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_no_mark_covers_another_however_many_answer(open_file: Open) -> None:
    page = open_file(html(*invented(700, firm=600), "en")).page
    page.click("#fit")
    script = """() => report.nodes.some((a, i) => report.nodes.some((b, j) => i < j
      && Math.hypot(a.x - b.x, a.y - b.y) < report.half(a) + report.half(b)))"""
    assert page.evaluate(script) is False


def test_the_picture_moves_and_zooms_by_the_keys_once_it_has_the_focus(open_file: Open) -> None:
    page = open_file(html(*invented(10), "en")).page
    page.focus("#live .vis-network")
    before = page.evaluate("[report.network.getViewPosition().x, report.network.getScale()]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    after = page.evaluate("[report.network.getViewPosition().x, report.network.getScale()]")
    assert after[0] > before[0]
    assert after[1] > before[1]
    page.keyboard.press("0")
    assert page.evaluate("report.network.getScale()") == before[1]


def test_without_scripts_the_tables_stand_by_themselves_beside_a_still_picture(open_file: Open) -> None:
    page = open_file(html(*invented(30), "en"), scripts=False).page
    assert page.is_visible("svg.still")
    assert page.is_visible("noscript p.note")
    assert not page.is_visible("#live")
    assert not page.is_visible("#filters input >> nth=0")
    assert page.locator("#answers tr.liable").count() > 0
    page.click("#answers a.pick >> nth=0")
    assert page.is_visible("#everybody tbody tr >> nth=1")


def test_paper_is_light_and_shows_the_still_picture_and_every_proof(open_file: Open) -> None:
    page = open_file(html(*invented(30), "en"), color_scheme="dark").page
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink').trim()") == "#1b2027"
    assert page.is_visible("svg.still")
    assert not page.is_visible("#live")
    assert page.locator(".proof li >> visible=true").count() == page.locator(".proof li").count() > 0


def test_day_and_night_are_told_apart(open_file: Open) -> None:
    opened = open_file(html(*invented(10), "en"), color_scheme="light")
    page, script = opened.page, "report.network.body.edges[0].options.color.color"
    light = page.evaluate(script)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(50)
    assert page.evaluate(script) != light
    assert opened.complaints == []


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_and_marks_stand_out_from_their_ground(open_file: Open, scheme: str) -> None:
    page = open_file(html(*invented(5), "en"), color_scheme=scheme).page

    def colour(name: str) -> str:
        value = page.evaluate(f"getComputedStyle(document.documentElement).getPropertyValue('--{name}').trim()")
        return str(value)

    for word, ground in (
        ("ink", "card"),
        ("soft", "card"),
        ("ink", "page"),
        ("soft", "page"),
        ("accent", "card"),
        ("warn-ink", "warn"),
    ):
        assert _contrast(colour(word), colour(ground)) >= 4.5, (word, ground)
    for part in ("subject", "liable", "candidate", "caught", "possibly_caught", "related", "listed", "connected"):
        assert _contrast(colour(f"{part}-line"), colour("card")) >= 3, part
        assert _contrast(colour(f"{part}-ink"), colour(part)) >= 3, part
    for line in ("tie", "tie-proof", "tie-past"):
        assert _contrast(colour(line), colour("card")) >= (2.4 if line == "tie-past" else 3), line


def test_the_picture_alone_works_in_the_frame_of_a_notebook(open_file: Open) -> None:
    opened = open_file(picture(invented(20)[1], "zh"), width=900, height=640)
    assert opened.page.is_visible("#live canvas")
    opened.page.click("summary:has(#everybody-title)")
    opened.page.click("#everybody a.pick >> nth=2")
    assert opened.page.inner_text("#facts h3").strip()
    assert opened.complaints == []
