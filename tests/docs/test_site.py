"""The site builds strictly, carries what the code tells, and loads nothing from elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path

import pytest

from graph_service.cli.app import app
from graph_service.policy.loader import shipped_ids, shipped_packs

ROOT = Path(__file__).parents[2]
LOADING = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href"), ("object", "data")}
ELSEWHERE = re.compile(r"^(?:[a-z]+:)?//", re.I)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    if find_spec("mkdocs") is None or find_spec("material") is None or find_spec("mkdocstrings") is None:
        pytest.skip("MkDocs Material is not installed")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


class Loads(HTMLParser):
    """The addresses that a page loads when it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if value and (tag, name) in LOADING]
        self.found += [part.split()[0] for name, value in attrs if name == "srcset" and value for part in value.split(",")]
        self.found += [one for name, value in attrs if name == "style" and value for one in _css(value)]


def _css(text: str) -> list[str]:
    return re.findall(r"url\(\s*['\"]?([^'\")]+)", text) + re.findall(r"@import\s+['\"]([^'\"]+)", text)


def loads(page: str) -> list[str]:
    parser = Loads()
    parser.feed(page)
    return parser.found + [one for style in re.findall(r"<style[^>]*>(.*?)</style>", page, re.S) for one in _css(style)]


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://example.org/x.js"></script>',
        '<link rel="stylesheet" href="//example.org/x.css">',
        '<img srcset="https://example.org/x.png 2x">',
        "<style>@import 'https://example.org/x.css';</style>",
        '<p style="background: url(https://example.org/x.png)">',
    ],
)
def test_what_a_page_would_load_from_elsewhere_is_seen(text: str) -> None:
    assert [one for one in loads(text) if ELSEWHERE.match(one)]


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    assert all(loads(page.read_text("utf-8")) for page in pages if page.name != "404.html")
    found = {(page.name, one) for page in pages for one in loads(page.read_text("utf-8")) if ELSEWHERE.match(one)}
    assert found == set()
    sheets = list(site.rglob("*.css"))
    assert sheets
    assert {one for sheet in sheets for one in _css(sheet.read_text("utf-8")) if ELSEWHERE.match(one)} == set()


def test_nothing_asks_the_theme_for_what_it_would_fetch(site: Path) -> None:
    """The theme's script fetches a drawer of diagrams where a page has one, and facts about a repository where one is named."""
    for page in site.rglob("*.html"):
        text = page.read_text("utf-8")
        assert not re.search(r"class=\"[^\"]*mermaid", text)
        assert 'data-md-component="source"' not in text


@pytest.mark.parametrize("folder", ["rulebook", "zh/rulebook"])
def test_every_shipped_pack_has_its_page_and_the_unverified_is_marked(site: Path, folder: str) -> None:
    lang, sign = ("zh", "⚠ 待核实") if folder.startswith("zh") else ("en", "⚠ unverified")
    first = (site / folder / "index.html").read_text("utf-8")
    for key in shipped_ids():
        text = (site / folder / f"{key}.html").read_text("utf-8")
        assert f"<code>{(shipped_packs()[key].rules or shipped_packs()[key].cascades)[0].id}</code>" in text
        assert f'<strong class="unverified">{sign}</strong>' in text
        assert f'href="{key}.html"' in first
        assert f'<html lang="{"zh-CN" if lang == "zh" else "en"}"' in text


def test_every_command_and_option_is_in_the_reference(site: Path) -> None:
    import typer

    text = (site / "reference" / "cli.html").read_text("utf-8")
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert "trace" in commands
    assert re.search(r"<code>--format [^<]*table\|json\|csv[^<]*</code>", text)
    for name, command in commands.items():
        assert f'id="{name}"' in text
        for option in command.params:
            if option.param_type_name == "option" and not option.hidden:
                assert f"<code>{option.opts[0]}" in text, (name, option.opts)


def test_the_public_calls_are_in_the_reference_of_the_library(site: Path) -> None:
    text = (site / "reference" / "api.html").read_text("utf-8")
    for name in ("open", "read_register", "Graph.trace", "Graph.screen"):
        assert f'id="graph_service.graph.{name}"' in text
    assert 'id="graph_service.traced.Trace.persons"' in text


def test_nothing_that_is_made_for_the_site_is_in_the_repository() -> None:
    for place in ("docs/rulebook", "docs/zh/rulebook", "docs/tour.md", "docs/reference/cli.md"):
        assert not (ROOT / place).exists()
