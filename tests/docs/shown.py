"""Pages that show commands: what they show is what the program prints."""

from __future__ import annotations

import re
import shlex
import textwrap

import pytest

from graph_service.cli.app import main

_BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```", re.S | re.M)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?:T[\d:.]+Z)")


def commands(page: str) -> list[tuple[str, str]]:
    """Every command that a page shows in a ``console`` block, with the output that it shows below it."""
    found: list[tuple[str, str]] = []
    for block in _BLOCK.finditer(page):
        for part in re.split(r"^\$ graph-service ", textwrap.dedent(block[2]), flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            found.append((command, output))
    return found


def lines(text: str) -> list[str]:
    """The lines of an output, less moments, spaces and the borders of tables: they differ from run to run."""
    return [
        line for line in (re.sub(r"[\s─]+", "", _MOMENT.sub("", line)) for line in text.splitlines()) if line and line != "..."
    ]


def hold(page: str, capsys: pytest.CaptureFixture[str]) -> int:
    """Run every command of a page, and hold each line that it shows against what is printed; how many commands there were."""
    shown = commands(page)
    for command, output in shown:
        capsys.readouterr()
        assert main(shlex.split(command)) == 0, command
        told = lines(capsys.readouterr().out)
        assert not [line for line in lines(output) if line not in told], command
    return len(shown)
