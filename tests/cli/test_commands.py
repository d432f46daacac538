"""The command line as people and programs use it: real answers, both languages, bad input."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import graph_service
from graph_service.policy.loader import shipped_folder
from graph_service.questions.opening import open_store
from tests.cli.helpers import DAY, FOOD, RECORD, Ask, shape


def test_trace_has_the_keys_that_others_rely_on_and_names_the_liable(ask: Ask) -> None:
    answer = shape(ask, "trace", FOOD, "--at", DAY, "--pack", "cn-yunnan-2016")
    assert {"subject", "at", "known", "decision_id", "packs", "complete", "persons", "consequences", "data_faults"} <= set(answer)
    assert answer["subject"]["id"] == FOOD
    assert answer["at"] == DAY
    verdicts = {(row["person"], row["rule"]): row["verdict"] for row in answer["persons"]}
    assert verdicts["S1-REP-2", "item12-heads"] == "liable"
    assert verdicts["S1-REP-1", "item12-heads"] == "candidate"
    assert verdicts["S1-DIRECTOR-1", "item12-directly-responsible"] == "liable"
    assert verdicts["S1-OWNER", "item8-honours-responsible"] == "candidate"
    for row in answer["persons"]:
        assert {"person", "name", "record", "verdict", "rule", "role", "gap"} <= set(row)
        assert (row["gap"] is None) is (row["verdict"] == "liable")
    wanted = {"id", "subject", "kind", "code", "from", "to", "status", "cause", "nature", "record", "rule", "basis", "proof"}
    assert all(wanted <= set(row) and row["proof"] for row in answer["consequences"])


def test_a_record_may_be_asked_for_in_place_of_its_subject(ask: Ask) -> None:
    by_record, by_subject = (shape(ask, "trace", key, "--at", DAY) for key in (RECORD, FOOD))
    assert by_record["decision_id"] == by_subject["decision_id"]


def test_the_same_question_gives_the_same_bytes(ask: Ask) -> None:
    once, again = (ask("trace", FOOD, "--at", DAY, "--format", "json") for _ in range(2))
    assert once == again


def test_a_register_folder_answers_like_the_store_it_was_loaded_into(ask: Ask, register: Path, store: str) -> None:
    from_store = shape(ask, "trace", FOOD, "--at", DAY)
    code, out, _ = ask("trace", FOOD, "--at", DAY, "--register", str(register), "--format", "json", on=None)
    assert code == 0
    assert json.loads(out)["decision_id"] == from_store["decision_id"]
    assert json.loads(out)["consequences"] == from_store["consequences"]


def test_known_shows_what_the_ledger_held_then(ask: Ask) -> None:
    assert shape(ask, "trace", FOOD, "--known", "2001-01-01")["persons"] == []


def test_person_gathers_everything_written_on_one_person(ask: Ask) -> None:
    answer = shape(ask, "person", "S1-REP-2", "--at", DAY)
    assert [row["code"] for row in answer["entries"]] == ["D01"]
    assert {"A12", "A13", "A14"} == {row["code"] for row in answer["measures"]}
    assert answer["role_blocks"] == []


def test_why_gives_the_proof_of_every_consequence_and_the_checker_agrees(ask: Ask) -> None:
    rows = shape(ask, "trace", FOOD, "--at", DAY)["consequences"]
    for row in [rows[0], rows[-1], next(row for row in rows if row["code"] == "D01")]:
        answer = shape(ask, "why", row["id"], "--at", DAY)
        assert answer["check"] == "holds"
        assert [one["fact"] for one in answer["proof"]] == sorted(row["proof"])
        assert all(one["text"] for one in answer["proof"])


def test_why_of_something_that_does_not_stand_is_an_empty_answer(ask: Ask) -> None:
    assert shape(ask, "why", "nonsense")["consequence"] is None
    assert shape(ask, "why", "cn-yunnan-2016:item12-heads:D01:S1-RECORD:nobody")["consequence"] is None


def test_why_not_names_the_first_test_that_fails(ask: Ask) -> None:
    answer = shape(ask, "why-not", "S1-OWNER", RECORD, "--at", DAY, "--pack", "cn-yunnan-2016")
    by_rule = {row["rule"]: row for row in answer["rules"]}
    assert by_rule["item12-heads"]["failed"] == "never_held"
    assert by_rule["item12-directly-responsible"]["failed"] == "no_finding"
    assert by_rule["item8-honours-responsible"]["verdict"] == "candidate"
    early = shape(ask, "why-not", "S1-REP-2", RECORD, "--at", "2018-01-01")["rules"]
    assert early[0]["failed"] == "decided"


def test_control_of_one_subject_and_of_the_whole_register(ask: Ask) -> None:
    group = ["91530111MATEXT044R", "91530111MATEXT052L", "91530111MATEXT060F", "91530111MATEXT079C"]
    one = shape(ask, "control", group[0])
    assert {(row["controller"], row["controlled"]) for row in one["pairs"]} == {
        ("S3-OWNER", group[0]), (group[0], group[1]), (group[0], group[2]), (group[0], group[3])
    }  # fmt: skip
    assert one["ultimate_controllers"] == [["S3-OWNER"]]
    every = {(row["controller"], row["controlled"]) for row in shape(ask, "control")["pairs"]}
    assert {(row["controller"], row["controlled"]) for row in one["pairs"]} <= every


def test_screen_keeps_certain_and_possible_apart(ask: Ask) -> None:
    answer = shape(ask, "screen", "--pack", "us-ofac")
    verdicts = {row["subject"]: row["verdict"] for row in answer["caught"]}
    assert verdicts["TEXT0090000000000368"] == "certain"
    assert verdicts["zz-reg-90000001"] == "possible"
    assert "zz-reg-90000002" in verdicts
    british = {row["subject"]: row["verdict"] for row in shape(ask, "screen", "--pack", "uk-ofsi")["caught"]}
    assert "TEXT0090000000000368" not in british
    assert british["zz-reg-90000002"] == "possible"


def test_related_and_path(ask: Ask) -> None:
    near = shape(ask, "related", "S2-REP", "--at", DAY)
    assert {row["subject"] for row in near["related"]} == {"91530102MATEXT0283", "91530102MATEXT036X"}
    chain = shape(ask, "path", "91530102MATEXT0283", "S2-OTHER-OWNER", "--at", DAY)
    assert chain["hops"] == 3
    state = shape(ask, "path", "91530302MATEXT1081", "91530302MATEXT116U", "--at", DAY)
    assert not state["connected"]
    assert state["not_walked_through"] == ["11530000MATEXT0957"]
    assert shape(ask, "path", "91530302MATEXT1081", "91530302MATEXT116U", "--at", DAY, "--through-state")["hops"] == 2


def test_impact_says_what_would_change_and_changes_nothing(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("record,kind,on\nS1-RECORD,repaired,2019-06-01\n", "utf-8")
    before = shape(ask, "trace", FOOD, "--at", DAY)
    answer = shape(ask, "impact", str(tmp_path), "--at", DAY, "--pack", "cn-yunnan-2016")
    assert {row["change"] for row in answer["consequences"]} == {"changed"}
    assert {row["after"]["status"] for row in answer["consequences"]} == {"ended"}
    assert shape(ask, "trace", FOOD, "--at", DAY) == before


def test_csv_is_read_back_by_a_csv_reader(ask: Ask) -> None:
    code, out, _ = ask("screen", "--pack", "us-ofac", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert {"subject", "verdict"} <= set(rows[0])


def test_tables_speak_both_languages(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    english, chinese = (ask("trace", FOOD, "--at", DAY, "--lang", lang)[1] for lang in ("en", "zh"))
    assert "Who answers" in english
    assert "责任人员" in chinese
    assert "法定代表人" in chinese


@pytest.mark.parametrize(
    "arguments", [("packs",), ("packs", "cn-yunnan-2016"), ("packs", "test"), ("packs", "eu", "--lang", "zh")]
)
def test_packs_are_listed_shown_and_tested(ask: Ask, arguments: tuple[str, ...]) -> None:
    code, out, err = ask(*arguments, on=None)
    assert (code, err) == (0, "")
    assert out


def test_packs_have_the_keys_that_others_rely_on(ask: Ask) -> None:
    _, out, _ = ask("packs", "--format", "json", on=None)
    for row in json.loads(out)["packs"]:
        assert {"id", "version", "title", "in_force_from", "in_force_to", "rules"} <= set(row)


@pytest.mark.parametrize("command", [("trace",), ("person",), ("related",), ("control",)])
def test_an_unknown_subject_is_an_empty_well_formed_answer(ask: Ask, command: tuple[str, ...]) -> None:
    assert shape(ask, *command, "nobody-knows-this-key")["complete"] is True


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("trace", "91530000MATEXT01X2"), "check character"),
        (("trace", FOOD, "--at", "2024-13-45"), "2024-13-45"),
        (("trace", FOOD, "--known", "yesterday"), "yesterday"),
        (("trace", FOOD, "--pack", "cn-atlantis"), "cn-atlantis"),
        (("trace", FOOD, "--format", "xml"), "xml"),
        (("trace",), "subject"),
        (("screen", "--pack", "cn-yunnan-2016"), "us-ofac"),
        (("control", "--threshold", "101"), "101"),
        (("control", "--threshold", "25-50"), "25-50"),
        (("ingest", "no/such/folder"), "no/such/folder"),
        (("ingest", ".", "--as", "excel"), "register"),
        (("packs", "one", "two", "three"), "packs test"),
        (("dance",), "dance"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_2(ask: Ask, arguments: tuple[str, ...], expected: str) -> None:
    code, out, err = ask(*arguments, **({"on": None} if arguments[0] in ("packs", "dance") else {}))
    assert code == 2
    assert out == ""
    assert expected in err
    assert err.count("\n") == 1
    assert "Traceback" not in err


def test_bad_input_is_told_in_chinese_where_asked(ask: Ask) -> None:
    assert "不是日期" in ask("trace", FOOD, "--at", "2024-13-45", "--lang", "zh")[2]


def test_input_that_cannot_be_read_makes_no_store(ask: Ask, tmp_path: Path) -> None:
    assert ask("ingest", str(tmp_path / "absent"), on=f"sqlite:///{tmp_path / 'new.db'}")[0] == 2
    assert not list(tmp_path.iterdir())


def test_a_store_that_is_not_there_is_not_made_by_asking(ask: Ask, tmp_path: Path) -> None:
    code, _, err = ask("trace", FOOD, on=f"sqlite:///{tmp_path / 'none.db'}")
    assert code == 2
    assert "none.db" in err
    assert not list(tmp_path.iterdir())


def test_demo_ends_with_what_to_try_next_and_may_be_run_again(tmp_path: Path, ask: Ask) -> None:
    out = tmp_path / "demo"
    first = ask("demo", "--out", str(out), "--enterprises", "20", on=None)
    again = ask("demo", "--out", str(out), "--enterprises", "20", "--lang", "zh", on=None)
    assert first[0] == again[0] == 0
    assert "graph-service trace" in first[1]
    assert (out / "rejects.csv").is_file()


def test_output_into_a_closed_pipe_is_no_error(register: Path) -> None:
    command = [sys.executable, "-m", "graph_service", "control", "--register", str(register), "--format", "json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        complaint = run.stderr.read()
        assert run.wait(60) == 0
    assert complaint == b""


def test_a_scenario_that_fails_makes_packs_test_fail(tmp_path: Path, ask: Ask) -> None:
    folder = tmp_path / "us-ofac"
    shutil.copytree(Path(str(shipped_folder("us-ofac"))), folder)
    file = next((folder / "scenarios").glob("*.yaml"))
    file.write_text(file.read_text("utf-8").replace("verdict: certain", "verdict: possible"), "utf-8")
    code, out, _ = ask("packs", "test", str(folder), on=None)
    assert code == 1
    assert "failed" in out


def test_a_load_that_was_cut_off_is_told_with_every_answer_until_it_is_repeated(register: Path, tmp_path: Path, ask: Ask) -> None:
    url = f"sqlite:///{tmp_path / 'cut.db'}"
    assert ask("ingest", str(register), on=url)[0] == 0
    with open_store(url) as graph:
        graph.ledger.begin_load(str(register.resolve()))
    _, out, _ = ask("trace", RECORD, "--format", "json", on=url)
    answer = json.loads(out)
    assert not answer["complete"]
    assert [one["code"] for one in answer["left_out"]] == ["unfinished_load"]
    assert ask("ingest", str(register), on=url)[0] == 0
    assert json.loads(ask("trace", RECORD, "--format", "json", on=url)[1])["complete"]


def test_a_key_that_the_ledger_does_not_know_is_told_apart_from_a_clean_record(ask: Ask) -> None:
    unknown, known = shape(ask, "person", "nobody-knows-this-key"), shape(ask, "person", "S1-OWNER", "--at", "2010-01-01")
    assert [one["code"] for one in unknown["notices"]] == ["not_in_ledger"]
    assert not known.get("notices")


def test_without_arguments_there_is_help_and_a_version_where_asked(ask: Ask) -> None:
    code, out, err = ask(on=None)
    assert (code, err) == (0, "")
    assert "trace" in out
    assert ask("--version", on=None)[1].strip() == graph_service.__version__


def test_a_shipped_pack_is_tested_by_its_id(ask: Ask) -> None:
    assert ask("packs", "test", "us-ofac", on=None)[0] == 0


def test_a_trace_says_what_may_catch_its_subject(ask: Ask) -> None:
    answer = shape(ask, "trace", "zz-reg-90000001", "--pack", "us-ofac")
    assert answer["consequences"] == []
    (possible,) = answer["possibly_caught"]
    assert (possible["pack"], possible["listed"]) == ("us-ofac", ["TEXT0090000000000174", "TEXT0090000000000271"])
    assert "possibly caught under us-ofac" in ask("trace", "zz-reg-90000001", "--pack", "us-ofac")[1]
