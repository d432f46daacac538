"""The tours of both READMEs: every command runs, and shows what the README shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.cli.app import main
from tests.docs.shown import commands, hold

ROOT = Path(__file__).parents[1]
README, CHINESE = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh.md"))


@pytest.mark.parametrize("page", [README, CHINESE], ids=["en", "zh"])
def test_the_tour_shows_what_the_program_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    assert main(["demo"]) == 0
    assert hold(page, capsys) >= 6


def test_the_chinese_tour_asks_what_the_english_one_asks() -> None:
    asked = [command for command, _ in commands(README)]
    assert [command.removesuffix(" --lang zh") for command, _ in commands(CHINESE)] == asked
    assert all(command.endswith(" --lang zh") for command, _ in commands(CHINESE))


def test_each_readme_leads_to_the_other_in_its_first_lines() -> None:
    assert "(README.zh.md)" in "".join(README.splitlines()[:4])
    assert "(README.md)" in "".join(CHINESE.splitlines()[:4])
