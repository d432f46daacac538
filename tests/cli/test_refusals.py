"""What the system or the user gets wrong is one clear line; questions with two meanings say which was answered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from graph_service.cli.app import main
from tests.cli.helpers import DAY, FOOD, Ask, folder, shape

FULL, UNREADABLE = Path("/dev/full"), Path("/proc/self/mem")


def test_known_may_be_the_last_day_there_is(ask: Ask) -> None:
    assert shape(ask, "trace", FOOD, "--at", DAY, "--known", "9999-12-31") == shape(ask, "trace", FOOD, "--at", DAY)


def test_an_argument_that_is_no_utf_8_is_named(ask: Ask) -> None:
    code, out, err = ask("trace", os.fsdecode(b"\xff\xfe"))
    assert (code, out) == (2, "")
    assert err == "graph-service: argument 2 is not UTF-8 text; write it in UTF-8\n"


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_demo_into_something_that_is_no_folder_is_one_clear_line(ask: Ask, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine", "utf-8")
    code, out, err = ask("demo", "--out", str(tmp_path / place), "--enterprises", "20", on=None)
    assert (code, out) == (2, "")
    assert str(tmp_path / place) in err
    assert "--out" in err
    assert err.count("\n") == 1
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_a_register_file_that_cannot_be_read_is_named(ask: Ask, tmp_path: Path) -> None:
    if not UNREADABLE.exists():
        pytest.skip("no file here that even its owner cannot read")
    (tmp_path / "ties.csv").symlink_to(UNREADABLE)
    code, out, err = ask("control", "--register", str(tmp_path), on=None)
    assert (code, out) == (2, "")
    assert "ties.csv" in err
    assert err.count("\n") == 1


def test_a_name_too_long_for_a_file_is_one_clear_line(ask: Ask) -> None:
    for option in ("--register", "--pack"):
        code, out, err = ask("trace", FOOD, option, "x" * 300)
        assert (code, out) == (2, "")
        assert err.count("\n") == 1


def test_output_that_cannot_be_written_is_one_clear_line(register: Path) -> None:
    if not FULL.exists():
        pytest.skip("no full device here")
    command = [sys.executable, "-m", "graph_service", "control", "--register", str(register)]
    with FULL.open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("graph-service: ")
    assert done.stderr.count("\n") == 1


BOTH = {
    "enterprises": "id E1 E2",
    "persons": "id P1 P2",
    "ties": "kind,holder,enterprise legal_representative,P1,E1 legal_representative,P2,E2",
    # The record of E2 has the key of E1 as its id.
    "records": "id,subject,family,severity,decided_on,instrument_no,region E1,E2,health_safety,serious,2018-01-01,N1,530000",
}


def test_a_key_that_is_a_subject_and_a_record_means_the_subject_and_says_so(ask: Ask, tmp_path: Path) -> None:
    place = folder(tmp_path / "r", **BOTH)
    answer = shape(ask, "trace", "E1", "--at", DAY, "--register", place, on=None)
    assert answer["subject"]["id"] == "E1"
    assert answer["persons"] == []
    assert answer["complete"] is True
    assert [one["code"] for one in answer["notices"]] == ["record_too"]
    assert "record, on E2" in ask("trace", "E1", "--at", DAY, "--register", place, on=None)[1]
    assert "record, on E2" in ask("trace", "E1", "--at", DAY, "--register", place, "--format", "csv", on=None)[2]
    other = shape(ask, "trace", "E2", "--at", DAY, "--register", place, on=None)
    assert {row["person"] for row in other["persons"]} == {"P2"}
    assert other["notices"] == []


def test_why_asks_the_cascade_that_an_id_names_though_a_record_has_the_id_of_the_listed(ask: Ask, tmp_path: Path) -> None:
    place = folder(
        tmp_path / "r",
        enterprises="id L1 E1 E2",
        ties="kind,holder,enterprise,share shareholder,L1,E1,60",
        listings="subject,regime L1,us-ofac",
        records="id,subject,family,severity,decided_on,instrument_no,region L1,E2,health_safety,serious,2018-01-01,N1,530000",
    )
    rows = shape(ask, "trace", "E1", "--at", DAY, "--register", place, on=None)["consequences"]
    (derived,) = (row["id"] for row in rows if row["kind"] == "derived_sanction" and row["pack"] == "us-ofac")
    assert shape(ask, "why", derived, "--at", DAY, "--register", place, on=None)["check"] == "holds"
    by_record = shape(ask, "trace", "E2", "--at", DAY, "--register", place, on=None)["consequences"][0]["id"]
    assert shape(ask, "why", by_record, "--at", DAY, "--register", place, on=None)["check"] == "holds"


def test_findings_and_events_of_a_record_that_nothing_states_are_counted(ask: Ask, tmp_path: Path) -> None:
    place = folder(
        tmp_path / "r",
        persons="id P1",
        enterprises="id E1",
        records="id,subject R1,E1",
        findings="record,person,finding R1,P1,knew R2,P1,knew",
        events="record,kind,on R1,repaired,2019-01-01 R2,repaired,2019-01-01 R3,repaired,2019-01-01",
    )
    url = f"sqlite:///{tmp_path / 'facts.db'}"
    answer = shape(ask, "ingest", place, on=url)
    assert answer["total"]["taken"] == 8
    assert answer["notices"] == ["3 findings or events name a record that nothing in this load states"]
    assert shape(ask, "ingest", place, on=url)["notices"] == answer["notices"]
    assert "3 findings or events" in ask("ingest", place, on=url)[1]


def test_the_whole_command_line_never_ends_in_a_traceback_for_a_store_that_is_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["trace", "E1", "--store", f"sqlite:///{tmp_path}"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
