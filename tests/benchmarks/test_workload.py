"""The worked example of WORKLOAD.md: the answers on the page are those that the engines give."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from benchmarks.answers import Answer
from benchmarks.engines import Context, Entry, engine
from benchmarks.workload import QUESTIONS, fingerprints
from graph_service.snapshot.intake import register_columns

PAGE = (Path(__file__).parents[2] / "benchmarks" / "WORKLOAD.md").read_text("utf-8")
EXAMPLE = PAGE.partition("## 4.")[2]


class _Example(Context):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 4)
        self.__dict__["columns"] = register_columns([folder])[0]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Context:
    """The register of the page."""
    folder = tmp_path_factory.mktemp("example")
    for name, rows in re.findall(r"`(\w+)\.csv`\n\n```csv\n(.*?)```", EXAMPLE, re.DOTALL):
        (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    assert len(list(folder.iterdir())) == 6
    return _Example(folder)


def _answer(example: Context, name: str, question: str) -> Answer:
    entry = engine(name).entries[question]
    assert isinstance(entry, Entry)
    return entry.answer(example, entry.run(entry.prepare(example)))


def _on_page(title: str) -> list[list[str]]:
    """The rows of the first table after a title."""
    part = EXAMPLE.partition(f"**{title}.**")[2]
    table = re.search(r"(?:^\|.*\n)+", part, re.MULTILINE)
    assert table
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in table[0].splitlines())
    return [head, *rows]


def _rows(table: object) -> list[list[str]]:
    assert isinstance(table, pl.DataFrame)
    return [table.columns, *(list(row) for row in table.fill_null("").sort(table.columns).rows())]


def test_the_control_pairs_of_the_page_are_those_of_the_joins(example: Context) -> None:
    assert _rows(_answer(example, "joins", "control")["pairs"]) == _on_page("CONTROL")


def test_the_verdicts_and_standings_of_the_page_are_those_of_the_joins(example: Context) -> None:
    answer = _answer(example, "joins", "propagate")
    assert _rows(answer["verdicts"]) == _on_page("VERDICTS")
    head, *rows = _rows(answer["standings"])
    shown = _on_page("PROPAGATE")
    assert shown == [head, *(row for row in rows if row[5].startswith("per-"))]
    assert f"Of {len(rows)} rows" in EXAMPLE


def test_the_fingerprints_of_the_page_are_those_of_the_joins(example: Context) -> None:
    answer = {**_answer(example, "joins", "control"), **_answer(example, "joins", "propagate")}
    for name, print_ in fingerprints(answer).items():
        assert f"`{name}` {print_.rows} rows `{print_.digest}`" in EXAMPLE


@pytest.mark.parametrize(
    ("name", "question"),
    [("dicts", "control"), ("dicts", "propagate"), ("networkx", "control"), ("duckdb", "control"), ("duckdb", "verdicts")],
)
def test_other_engines_give_the_answers_of_the_page(example: Context, name: str, question: str) -> None:
    for table, print_ in fingerprints(_answer(example, name, question)).items():
        assert f"`{table}` {print_.rows} rows `{print_.digest}`" in EXAMPLE


def test_every_question_that_is_measured_is_on_the_page() -> None:
    for question in QUESTIONS.values():
        assert f"| {question.title.partition(':')[0]} |" in PAGE
