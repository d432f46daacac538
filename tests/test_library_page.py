"""The page of the library names every column of every frame, and its examples run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graph_service.analysis.frames import FRAMES
from graph_service.cli.app import main
from graph_service.graph import Graph

PAGE = (Path(__file__).parent.parent / "docs" / "library.md").read_text("utf-8")


def test_every_column_of_every_frame_stands_on_the_page() -> None:
    told = {
        line.split("|")[1].strip(" `"): re.findall(r"`([a-z_]+)`", line.split("|")[2])
        for line in PAGE[PAGE.index("| frame |") :].splitlines()[2:]
    }
    assert told == {name: list(columns) for name, columns in FRAMES.items() if name != "verdicts"}


def test_every_question_of_the_library_stands_on_the_page() -> None:
    public = {name for name in vars(Graph) if not name.startswith("_")} - {"close", "rejected"}
    assert {name for name in public if f"`{name}(" not in PAGE} == set()


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo"]) == 0
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
    names: dict[str, object] = {}
    exec(compile(code, "docs/library.md", "exec"), names)
    graph = names["graph"]
    assert isinstance(graph, Graph)
    graph.close()
