"""`graph-service run`: the whole register from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from graph_service.cli.app import main
from graph_service.model.facts import Event
from graph_service.model.interval import parse_day
from graph_service.questions.opening import open_store
from tests.cli.helpers import DAY, RECORD, Ask, rows, shape

YUNNAN = ("--pack", "cn-yunnan-2016")


def test_run_writes_its_files_and_says_where_they_are(ask: Ask, tmp_path: Path) -> None:
    answer = shape(ask, "run", "--out", str(tmp_path / "run"), "--at", DAY)
    assert {"run_id", "at", "known", "position", "packs", "complete", "counts", "data_faults", "left_out", "files"} <= set(answer)
    assert answer["at"] == DAY
    assert json.loads(Path(answer["manifest"]).read_text("utf-8"))["run_id"] == answer["run_id"]
    for file in answer["files"]:
        assert pl.read_parquet(file["path"]).height == file["rows"]


def test_its_rows_are_what_trace_says(ask: Ask, tmp_path: Path) -> None:
    shape(ask, "run", "--out", str(tmp_path), "--at", DAY, *YUNNAN)
    traced = shape(ask, "trace", RECORD, "--at", DAY, *YUNNAN)
    found = pl.read_parquet(tmp_path / "consequences.parquet").filter(pl.col("record") == RECORD)
    assert sorted(found["id"]) == sorted(one["id"] for one in traced["consequences"] if one["record"] == RECORD)
    by_id = {row["id"]: row for row in found.rows(named=True)}
    same = ("subject", "name", "kind", "code", "title", "from", "to", "status", "cause", "nature", "implementer", "via", "proof")
    for one in traced["consequences"]:
        assert {key: by_id[one["id"]][key] for key in same} == {key: one[key] for key in same}


def test_a_register_folder_and_its_store_give_the_same_rows(ask: Ask, register: Path, tmp_path: Path) -> None:
    shape(ask, "run", "--out", str(tmp_path / "store"), "--at", DAY)
    assert main(["run", "--register", str(register), "--out", str(tmp_path / "folder"), "--at", DAY]) == 0
    for table in ("consequences", "verdicts", "caught"):
        one, other = (pl.read_parquet(tmp_path / place / f"{table}.parquet") for place in ("store", "folder"))
        assert one.equals(other)


def test_csv_files_are_written_if_asked_for(ask: Ask, tmp_path: Path) -> None:
    answer = shape(ask, "run", "--out", str(tmp_path), "--at", DAY, "--files", "csv")
    assert all(Path(file["path"]).suffix == ".csv" for file in answer["files"])
    text = (tmp_path / "consequences.csv").read_text("utf-8")
    assert len(rows(text)) == answer["counts"]["consequences"]["total"]


@pytest.mark.parametrize(("lang", "told"), [("en", "Verdicts"), ("zh", "认定")])
def test_a_table_tells_counts_and_files_in_both_languages(ask: Ask, tmp_path: Path, lang: str, told: str) -> None:
    code, out, err = ask("run", "--out", str(tmp_path), "--at", DAY, "--lang", lang)
    assert (code, err) == (0, "")
    assert told in out
    assert "consequences.parquet" in out


def test_csv_on_standard_output_lists_the_files(ask: Ask, tmp_path: Path) -> None:
    code, out, _ = ask("run", "--out", str(tmp_path), "--at", DAY, "--format", "csv")
    assert code == 0
    assert {row["table"] for row in rows(out)} >= {"consequences", "verdicts", "changes"}


def test_the_next_run_tells_what_changed(register: Path, ask: Ask, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'facts.db'}"
    assert main(["ingest", str(register), "--store", store]) == 0
    shape(ask, "run", "--out", str(tmp_path / "run"), "--at", DAY, on=store)
    with open_store(store) as graph:
        graph.ledger.append([Event(RECORD, "annulled", parse_day(DAY) - 1)])
    answer = shape(ask, "run", "--out", str(tmp_path / "run"), "--at", DAY, on=store)
    assert answer["counts"]["changes"]["change"].keys() == {"lifted"}
    assert answer["counts"]["changes"]["cause"].keys() == {"annulled"}
    code, out, _ = ask("run", "--out", str(tmp_path / "run"), "--at", "2018-12-31", on=store)
    assert code == 0
    assert "the last run looked at" in out


def test_a_store_without_facts_gives_empty_well_formed_files(ask: Ask, tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path / 'empty.db'}"
    with open_store(store, create=True):
        pass
    answer = shape(ask, "run", "--out", str(tmp_path / "run"), "--at", DAY, on=store)
    assert answer["counts"]["consequences"]["total"] == 0
    assert pl.read_parquet(tmp_path / "run" / "consequences.parquet").height == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--files", "xlsx"], "not a form of files"),
        (["--at", "2019-13-01"], "is not a date"),
        (["--pack", "nowhere"], "there is no policy pack"),
        (["--since", "nowhere"], "there is no run in"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(ask: Ask, tmp_path: Path, arguments: list[str], told: str) -> None:
    code, out, err = ask("run", "--out", str(tmp_path / "new"), *arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_refused(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    code, _, err = ask("run", "--out", str(tmp_path / "file" / "new"), "--at", DAY)
    assert code == 2
    assert "cannot be written" in err


def test_a_file_and_a_foreign_folder_are_refused(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    code, _, err = ask("run", "--out", str(tmp_path / "file"), "--at", DAY)
    assert (code, "is a file" in err) == (2, True)
    (tmp_path / "manifest.json").write_text("{}")
    code, _, err = ask("run", "--out", str(tmp_path), "--at", DAY)
    assert (code, "not the manifest of a run" in err) == (2, True)
    assert (tmp_path / "manifest.json").read_text() == "{}"
