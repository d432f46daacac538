"""The small public face: what a notebook begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import graph_service as gs
from graph_service.cli.app import main
from graph_service.messages import LedgerError
from graph_service.sample import generate, write


def test_a_register_folder_and_the_store_it_is_loaded_into_answer_alike(tmp_path: Path) -> None:
    folder, store = tmp_path / "register", f"sqlite:///{tmp_path / 'facts.db'}"
    write(folder, generate(20, dirty=False))
    assert main(["ingest", str(folder), "--store", store]) == 0
    answers: list[dict[str, Any]] = []
    for graph in (gs.open(store), gs.read_register(folder)):
        with graph:
            answers.append(graph.trace("S1-RECORD", at="2019-12-31", packs=["cn-yunnan-2016"]))
    assert answers[0]["decision_id"] == answers[1]["decision_id"]
    assert answers[0]["persons"] == answers[1]["persons"] != []


def test_opening_a_store_that_is_not_there_says_so_and_makes_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match=r"none\.db"):
        gs.open(f"sqlite:///{tmp_path / 'none.db'}")
    assert not list(tmp_path.iterdir())


def test_only_what_is_public_is_there() -> None:
    assert gs.__all__ == ["Graph", "open", "read_register"]
    with pytest.raises(AttributeError, match="no attribute"):
        gs.nothing  # noqa: B018
