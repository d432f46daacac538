"""Facts out again by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.helpers import Ask, shape


def test_the_importers_files_and_its_one_command(ask: Ask, tmp_path: Path) -> None:
    answer = shape(ask, "export", "--to", "neo4j-import", str(tmp_path / "out"))
    rows = {one["file"]: one["rows"] for one in answer["files"]}
    assert rows == {path.name: len(path.read_text("utf-8").splitlines()) - 1 for path in (tmp_path / "out").glob("*.csv")}
    assert answer["facts"] == answer["live"] > rows["ties.csv"] > 0
    assert answer["command"].startswith("neo4j-admin database import full neo4j --id-type=string --bad-tolerance=0 ")
    named = [word.rpartition("=")[2] for word in answer["command"].split() if word.endswith(".csv")]
    assert set(named) == {name for name, count in rows.items() if count}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_table_says_what_to_do_with_the_files(ask: Ask, tmp_path: Path, lang: str) -> None:
    code, out, _ = ask("export", "--to", "neo4j-import", str(tmp_path / "out"), "--lang", lang)
    assert code == 0
    assert "\nneo4j-admin database import full neo4j " in out
    assert str(tmp_path / "out") in out.replace("\n", "")


@pytest.mark.parametrize(
    ("form", "place", "says"),
    [("pdf", "out", "neo4j-import"), ("neo4j-import", "full", "full"), ("neo4j-import", "nowhere/out", "nowhere")],
)
def test_what_cannot_be_written_is_one_clear_line(ask: Ask, tmp_path: Path, form: str, place: str, says: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", "utf-8")
    code, out, err = ask("export", "--to", form, str(tmp_path / place))
    assert (code, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "mine.txt"]
