"""What tables and CSV say: nothing left out in silence, nothing read as markup, Chinese throughout."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from tests.cli.helpers import DAY, FOOD, RECORD, Ask, folder, rows, shape

ODD_KEYS = ["[/x]", "[red]", ":cat:", "a:b:c:cat:e", "[bold]x[/bold]\\", "x" * 300, "\u202ekey\u202c", "\u200fkey"]


@pytest.fixture
def further(tmp_path: Path) -> str:
    """Facts to add: a repair, a listing, and a row that cannot be taken."""
    return folder(
        tmp_path / "further",
        events="record,kind,on S1-RECORD,repaired,2019-06-01 S1-RECORD,forgotten,2019-06-01",
        listings="subject,regime,listed_from S1-OWNER,us-ofac,2018-01-01",
        findings="record,person,finding S1-RECORD,S1-OWNER,directly_responsible",
    )


def test_impact_says_which_rows_it_could_not_take_and_why(ask: Ask, further: str) -> None:
    _, table, _ = ask("impact", further, "--at", DAY)
    assert "1 rows of the input could not be taken" in table
    assert "forgotten" in table
    _, out, err = ask("impact", further, "--at", DAY, "--format", "csv")
    assert "could not be taken" not in out
    assert "1 rows of the input could not be taken" in err
    answer = shape(ask, "impact", further, "--at", DAY)
    assert answer["rejected"] == 1
    assert [(row["line"], row["column"]) for row in answer["rejected_rows"]] == [("3", "kind")]


def test_impact_as_csv_holds_verdicts_consequences_and_cascades(ask: Ask, further: str) -> None:
    found = rows(ask("impact", further, "--at", DAY, "--format", "csv")[1])
    assert {row["list"] for row in found} == {"verdicts", "consequences", "caught"}
    assert {row["after"] for row in found if row["list"] == "verdicts"} == {"liable"}
    assert all(row["id"] and row["rule"] for row in found if row["list"] == "consequences")
    assert (FOOD, "excluded -> certain") in {(row["subject"], row["change"]) for row in found if row["list"] == "caught"}


EMPTY = [
    ("trace", "nobody"),
    ("person", "nobody"),
    ("why", "nonsense"),
    ("why-not", "nobody", "nothing"),
    ("control", "nobody"),
    ("screen", "--pack", "us-ofac", "--at", "1990-01-01"),
    ("related", "nobody"),
    ("path", "nobody", "nobody-else"),
]


@pytest.mark.parametrize("command", EMPTY, ids=lambda one: one[0])
def test_an_empty_answer_as_csv_still_has_its_header(ask: Ask, command: tuple[str, ...]) -> None:
    code, out, _ = ask(*command, "--format", "csv")
    assert code == 0
    assert len(out.splitlines()) == 1
    assert len(next(csv.reader(io.StringIO(out)))) > 2


@pytest.mark.parametrize("command", [("trace", FOOD), ("person", "S1-REP-2"), ("why-not", "S1-OWNER", RECORD)])
def test_the_header_of_csv_does_not_hang_on_what_was_found(ask: Ask, command: tuple[str, ...]) -> None:
    full = ask(*command, "--at", DAY, "--format", "csv")[1].splitlines()
    empty = ask(command[0], *("nobody" for _ in command[1:]), "--format", "csv")[1].splitlines()
    assert len(full) > len(empty)
    assert full[0] == empty[0]


def test_csv_tells_data_faults_on_standard_error(ask: Ask, tmp_path: Path) -> None:
    lead = folder(tmp_path / "r", enterprises="id E1", records="id,subject R1,E1")
    _, out, err = ask("trace", "E1", "--register", lead, "--format", "csv", on=None)
    assert "it is a lead" in err
    assert "it is a lead" not in out


def test_a_person_sees_verdicts_with_their_record_and_article(ask: Ask) -> None:
    _, out, _ = ask("person", "S1-OWNER", "--at", DAY)
    assert "candidate" in out
    assert RECORD in out
    assert "item 8" in out
    assert "no finding of the authority" in out
    answer = shape(ask, "person", "S1-OWNER", "--at", DAY)
    assert (answer["data_faults"], answer["left_out"], answer["complete"]) == ([], [], True)


@pytest.mark.parametrize("command", [("trace", FOOD), ("person", "S1-REP-2")])
def test_a_table_says_how_to_ask_for_a_proof_and_its_example_works(ask: Ask, command: tuple[str, ...]) -> None:
    _, out, _ = ask(*command, "--at", DAY)
    told = re.search(r"graph-service why (\S+) --at (\S+)", out)
    assert told
    assert "checker derives it again" in ask("why", told[1], "--at", told[2])[1]


def test_a_candidate_that_is_the_recorded_subject_itself_is_shown(ask: Ask, tmp_path: Path) -> None:
    place = folder(
        tmp_path / "r",
        enterprises="id E1",
        records="id,subject,severity,decided_on,instrument_no R1,E1,serious,2018-01-01,N1",
    )
    answer = shape(ask, "trace", "E1", "--at", DAY, "--register", place, on=None)
    assert {row["verdict"] for row in answer["subjects"]} >= {"candidate"}
    _, out, _ = ask("trace", "E1", "--at", DAY, "--register", place, on=None)
    assert "The recorded subject itself" in out
    gaps = max((row["gaps"] for row in answer["subjects"]), key=len)
    assert len(gaps) > 1, "the record says neither its family nor its behaviour"
    text = " ".join(out.split())
    assert all(gap["text"].split()[-1] in text for gap in gaps)
    assert ";" in text


def test_a_recorded_person_answers_as_a_person(ask: Ask, tmp_path: Path) -> None:
    place = folder(
        tmp_path / "r",
        persons="id P1",
        records="id,subject,family,severity,decided_on,instrument_no R1,P1,health_safety,serious,2018-01-01,N1",
    )
    answer = shape(ask, "trace", "P1", "--at", DAY, "--register", place, on=None)
    assert answer["subjects"] == []
    assert {row["person"] for row in answer["persons"]} == {"P1"}


def test_screening_before_any_rule_was_in_force_says_so(ask: Ask) -> None:
    answer = shape(ask, "screen", "--pack", "us-ofac", "--at", "1990-01-01")
    assert answer["rules"] == answer["caught"] == []
    assert "in force on 1990-01-01" in answer["note"]
    assert answer["note"] in ask("screen", "--pack", "us-ofac", "--at", "1990-01-01")[1]
    assert shape(ask, "screen", "--pack", "us-ofac")["note"] is None


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize("command", ["trace", "person", "why", "why-not", "control", "related", "path", "impact"])
def test_a_key_is_shown_as_it_is_whatever_it_looks_like(
    command: str, key: str, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "2000")
    place = folder(
        tmp_path / "r",
        enterprises=f"id,name {key},{key} E2,{key}",
        ties=f"kind,holder,enterprise,share shareholder,{key},E2,60 legal_representative,{key}2,{key}, director,{key},{key},",
        records="id,subject,family,severity,decided_on,instrument_no,region "
        f"{key}R,{key},health_safety,serious,2018-01-01,{key},530000",
    )
    arguments = {
        "why-not": [f"{key}2", f"{key}R"],
        "path": [key, "E2"],
        "why": [f"cn-yunnan-2016:item12-heads:D01:{key.replace(':', '%3A')}R:{key.replace(':', '%3A')}2"],
        "impact": [place],
    }.get(command, [key])
    for lang in ("en", "zh"):
        code, out, err = ask(command, *arguments, "--at", DAY, "--register", place, "--lang", lang, on=None)
        assert (code, err) == (0, "")
        assert command == "impact" or key in out
        assert "🐱" not in out


CHINESE = [
    ("trace", FOOD),
    ("person", "S1-OWNER"),
    ("why-not", "S1-OWNER", RECORD),
    ("control",),
    ("screen", "--pack", "us-ofac"),
    ("related", "S2-REP"),
    ("path", "91530102MATEXT0283", "S2-OTHER-OWNER"),
]
CODES = re.compile(
    r"TEXT\w+|Sample [\w. ]+|(?:zz)?-reg-\w+|[0-9A-Z]{18}|S\d-[A-Z0-9-]+|P\d{7}|cn-(?:yunnan-2016|regions)\S*|us-ofac|uk-ofsi"
    r"|\beu\b|d-[0-9a-f]{32}|item[\w-]+|\b[a-z]+-\d+-[a-z]+\b|\b[A-Z]\d\d\b|\d{4}-\d\d-\d\dT\S+Z|FAQ|graph-service why .*"
    r"|--\w+ \w*"
)


@pytest.mark.parametrize("command", CHINESE, ids=lambda one: one[0])
def test_a_chinese_table_has_no_english_words(ask: Ask, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    _, out, _ = ask(*command, "--at", DAY, "--lang", "zh")
    assert re.findall(r"[A-Za-z]{2,}", CODES.sub("", out)) == []


def test_the_rules_of_every_pack_are_told_in_chinese(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    _, out, _ = ask("packs", "cn-yunnan-2016", "--lang", "zh", on=None)
    assert re.findall(r"[A-Za-z]{2,}", CODES.sub("", out)) == []
