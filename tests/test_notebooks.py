"""The notebooks run, end with an answer, are kept without outputs, and their pages show what they show."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from scripts.notebooks import NOTEBOOKS, PAGES, executed, printed, rendered

quiet = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning", "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
IDS = [path.stem for path in NOTEBOOKS]


def cells(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cells"]
    return found


def test_there_are_four() -> None:
    assert IDS == ["01-who-answers", "02-a-group", "03-is-this-buyer-caught", "04-repeat-offenders"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_opens_with_a_question_ends_with_an_answer_and_holds_no_output(path: Path) -> None:
    told = cells(path)
    assert "".join(told[0]["source"]).splitlines()[0].endswith("?")
    assert "".join(told[-2]["source"]) == "## Answer"
    assert "assert " in "".join(told[-1]["source"])
    code = [cell for cell in told if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@quiet
@pytest.mark.parametrize("path", NOTEBOOKS, ids=IDS)
def test_a_notebook_runs_and_its_page_shows_what_it_shows(path: Path) -> None:
    book = executed(path)
    assert printed(book).strip()
    text, pictures = rendered(path, book)
    page = PAGES / f"{path.stem}.md"
    assert page.read_text("utf-8") == text, "write the pages anew: make notebooks"
    assert all((PAGES / "pictures" / name).is_file() for name in pictures)


@quiet
def test_the_buyer_is_looked_for_in_real_statements_where_they_are_there(shared: Path) -> None:
    statements = shared / "fixtures" / "bods_uk_gleif" / "all_demo.jsonl"
    if not statements.is_file():
        pytest.skip("needs ../shared/fixtures/bods_uk_gleif, real data that is not part of the project")
    path = next(one for one in NOTEBOOKS if "buyer" in one.name)
    answer = printed(executed(path, GRAPH_SERVICE_BODS=os.fspath(statements.resolve())))
    for regime in ("us-ofac", "eu", "uk-ofsi"):
        assert f"{regime}: if the widest holder were listed: {{" in answer
    assert "certain" in answer
