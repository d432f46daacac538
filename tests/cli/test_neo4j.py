"""What the command line does on SQLite it does on Neo4j, with the same answers."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from graph_service.cli.app import main
from tests.cli.helpers import DAY, FOOD, RECORD, Ask, folder
from tests.neo4j_fixtures import GROUP, Neo4j

pytestmark = GROUP

QUESTIONS: list[tuple[str, ...]] = [
    ("trace", FOOD, "--at", DAY),
    ("trace", RECORD),
    ("trace", "never heard of"),
    ("person", "S1-LI", "--at", DAY),
    ("why-not", "S1-LI", RECORD, "--at", DAY),
    ("control",),
    ("control", FOOD),
    ("screen", "--pack", "us-ofac"),
    ("related", FOOD, "--hops", "2"),
    ("path", FOOD, "S1-LI"),
]


@pytest.fixture(scope="module")
def loaded(neo4j_server: Neo4j, register: Path, store: str) -> str:
    """The address of a Neo4j ledger with the sample register."""
    neo4j_server.empty()
    assert main(["ingest", str(register), "--store", neo4j_server.uri]) == 0
    return neo4j_server.uri


def without_times(text: str) -> str:
    """An answer without what hangs on when a ledger was loaded: the moment, and the id that is made of it."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+Z?", "(moment)", text)
    return re.sub(r'"(decision_id|run_id)": "[^"]*"', r'"\1": "(of the moment)"', text)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda one: "-".join(one[:2]))
@pytest.mark.parametrize("form", ["json", "table"])
def test_every_question_has_the_same_answer_on_both(
    ask: Ask, loaded: str, store: str, question: tuple[str, ...], form: str
) -> None:
    code, out, err = ask(*question, "--format", form, on=store)
    assert (code, err) == (0, "")
    code, found, err = ask(*question, "--format", form, on=loaded)
    assert (code, err) == (0, "")
    assert without_times(found) == without_times(out)


def test_every_consequence_has_the_same_proof_on_both(ask: Ask, loaded: str, store: str) -> None:
    _, out, _ = ask("trace", FOOD, "--at", DAY, "--format", "json", on=loaded)
    consequences = json.loads(out)["consequences"]
    assert consequences
    for one in consequences[:3]:
        answers = [ask("why", one["id"], "--at", DAY, "--format", "json", on=place)[1] for place in (loaded, store)]
        assert without_times(answers[0]) == without_times(answers[1])
        assert json.loads(answers[0])


def test_loading_again_changes_nothing(ask: Ask, loaded: str, register: Path) -> None:
    code, out, err = ask("ingest", str(register), "--format", "json", on=loaded)
    assert code == 0, err
    total = json.loads(out)
    assert "taken" not in json.dumps(total) or _taken(total) == 0


def _taken(report: Any) -> int:
    if isinstance(report, dict):
        return sum(_taken(value) if key != "taken" else int(value) for key, value in report.items())
    return sum(map(_taken, report)) if isinstance(report, list) else 0


def test_a_run_gives_the_same_rows_on_both(ask: Ask, loaded: str, store: str, tmp_path: Path) -> None:
    for name, place in (("neo4j", loaded), ("sqlite", store)):
        code, _, err = ask("run", "--out", str(tmp_path / name), "--at", DAY, on=place)
        assert code == 0, err
    for table in ("consequences", "verdicts"):
        one, other = (pl.read_parquet(tmp_path / name / f"{table}.parquet") for name in ("neo4j", "sqlite"))
        assert one.height > 0
        assert one.equals(other), table


def test_impact_is_the_same_on_both_and_changes_nothing(ask: Ask, loaded: str, store: str, tmp_path: Path) -> None:
    more = folder(tmp_path / "more", ties=f"id,kind,holder,enterprise NEW,director,S1-LI,{FOOD}")
    answers = [ask("impact", more, "--format", "json", on=place) for place in (loaded, store)]
    assert without_times(answers[0][1]) == without_times(answers[1][1])
    assert [code for code, _, _ in answers] == [0, 0]
    assert json.loads(answers[0][1])


def test_bad_stores_are_one_clear_line_and_exit_2(ask: Ask, loaded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "open sesame")
    code, out, err = ask("trace", FOOD, on=loaded)
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "NEO4J_PASSWORD" in err
    assert "sesame" not in err
