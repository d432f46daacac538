"""The how-tos: every command that they show runs on the sample register, and prints what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph_service.cli.app import main
from tests.docs.shown import commands, hold

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
PAGES = sorted(HOWTO.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_how_to_shows_what_the_program_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    assert main(["demo"]) == 0
    assert hold(page.read_text("utf-8"), capsys) >= 2


def test_a_line_that_the_program_does_not_print_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    page = "```console\n$ graph-service packs us-ofac\n...\nno such line\n```\n"
    assert commands(page) == [("packs us-ofac", "...\nno such line\n")]
    with pytest.raises(AssertionError, match="packs us-ofac"):
        hold(page, capsys)


def test_every_option_that_a_how_to_names_is_one() -> None:
    known = (Path(__file__).parents[2] / "graph_service" / "cli").glob("*.py")
    source = "".join(path.read_text("utf-8") for path in known)
    named = {option for page in PAGES for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text("utf-8"))}
    assert named
    assert [option for option in sorted(named) if f'"{option}"' not in source] == []
