"""The tour of the README: every command runs, and shows what the README shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from graph_service.cli.app import main

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```console\n\$ graph-service ([^\n]+)\n(.*?)```", README, re.S)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z)")


def _lines(text: str) -> list[str]:
    """The lines of an output, less moments, spaces and the borders of tables: they differ from run to run."""
    return [
        line for line in (re.sub(r"[\s─]+", "", MOMENT.sub("", line)) for line in text.splitlines()) if line and line != "..."
    ]


def test_the_tour_shows_what_the_program_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "110")
    assert main(["demo"]) == 0
    assert len(BLOCKS) >= 6
    for command, shown in BLOCKS:
        capsys.readouterr()
        assert main(shlex.split(command)) == 0, command
        told = _lines(capsys.readouterr().out)
        assert not [line for line in _lines(shown) if line not in told], command
