"""The command that makes a report, on the sample register."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.cli.app import main
from graph_service.questions.opening import read_register
from graph_service.report import html
from graph_service.sample import STORIES, generate, write


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report") / "register"
    write(folder, generate(20, 1))
    return folder


def test_a_report_is_written_and_its_place_and_size_are_told(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "food.html"
    assert main(["report", "S1-RECORD", "-o", str(place), "--register", str(register), "--at", "2019-12-31"]) == 0
    assert str(place) in capsys.readouterr().out.replace("\n", "")
    assert place.read_text("utf-8").startswith("<!doctype html>")
    assert [one.name for one in tmp_path.iterdir()] == ["food.html"]


def test_the_report_in_chinese_is_in_chinese(register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "food.html"
    assert main(["report", "S1-RECORD", "-o", str(place), "--register", str(register), "--lang", "zh"]) == 0
    assert '<html lang="zh-CN">' in place.read_text("utf-8")


def test_the_command_and_the_library_make_the_same_report(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "food.html"
    assert main(["report", "S1-RECORD", "-o", str(place), "--register", str(register), "--at", "2019-12-31"]) == 0
    with read_register(register) as graph:
        trace, network = graph.picture("S1-RECORD", at="2019-12-31")
    assert len(html(trace, network, "en")) == len(place.read_text("utf-8"))  # the moment of loading differs


@pytest.mark.parametrize("place", ["missing/food.html", "."])
def test_a_place_that_cannot_be_written_is_refused_in_one_line_and_leaves_nothing(
    register: Path, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "S1-RECORD", "-o", str(tmp_path / place), "--register", str(register)]) == 2
    *_, told = capsys.readouterr().err.splitlines()
    assert told.startswith("graph-service: the report cannot be written to")
    assert list(tmp_path.iterdir()) == []
    assert not [one for one in tmp_path.parent.iterdir() if one.name.startswith(f".{tmp_path.name}")]


def test_a_subject_of_whom_nothing_is_known_has_a_report_that_says_so(
    register: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "nobody.html"
    assert main(["report", "NOBODY", "-o", str(place), "--register", str(register)]) == 0
    assert "Nobody is liable" in place.read_text("utf-8")


@pytest.mark.parametrize("story", [story for story in STORIES if story.record], ids=lambda story: story.code)
def test_every_story_of_the_sample_names_its_persons_in_its_report(register: Path, story: object) -> None:
    assert hasattr(story, "record")
    with read_register(register) as graph:
        trace, network = graph.picture(story.record, at="2019-12-31")
    source = html(trace, network, "en")
    persons = trace["persons"]
    assert isinstance(persons, list)
    assert all(f"<bdi>{row['person']}</bdi>" in source for row in persons)
    missing = [fact for row in persons for fact in row["proof"] if f"<li><bdi>{fact}</bdi>" in source]
    assert missing == []


def test_the_demonstration_ends_with_a_report_of_its_first_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--out", str(tmp_path), "--enterprises", "20"]) == 0
    place = tmp_path / "report.html"
    assert str(place) in capsys.readouterr().out.replace("\n", "")
    assert STORIES[0].subject in place.read_text("utf-8")


def test_the_demonstration_goes_on_where_no_report_can_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "report.html").mkdir()
    assert main(["demo", "--out", str(tmp_path), "--enterprises", "20"]) == 0
    told = capsys.readouterr().out
    assert "Try next" in told
    assert "visual report" not in told
