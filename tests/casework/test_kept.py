"""Checks are kept with their answer and with what was decided; promises rest on a check that granted them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph_service.casework.history import open_desk, things
from graph_service.casework.kept import (
    decide_check,
    end_promise,
    keep_check,
    kept_check,
    kept_checks,
    overdue_promises,
    promise,
)
from graph_service.cli.app import main
from graph_service.desk.base import Desk
from graph_service.engine.shapes import Shape
from graph_service.ledger.memory import MemoryLedger
from graph_service.messages import BadValue
from graph_service.model.interval import parse_day
from graph_service.questions.ask import Questions
from tests.casework.facts import DAY, LAW, act, world


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = open_desk(tmp_path / "desk.db")
    yield opened
    opened.close()


def asked(subject: str, procedure: str = "licence") -> Shape:
    with Questions(MemoryLedger.of(world())) as graph:
        return graph.check(subject, procedure, at=DAY, packs=[str(LAW)])


def test_the_same_question_has_the_same_answer_and_id() -> None:
    one, other = asked("E1"), asked("E1")
    assert {**one, "known": ""} == {**other, "known": ""}
    assert one["check_id"] == str(one["decision_id"]).replace("d-", "k-")
    assert one["check_id"] != asked("E3")["check_id"]
    with Questions(MemoryLedger.of(world())) as graph:
        chinese = graph.check("E1", "licence", at=DAY, packs=[str(LAW)], lang="zh")
    assert chinese["decision_id"] == one["decision_id"]
    assert one["packs"] == [{"id": "desk-law", "version": "1"}]


def test_a_check_is_kept_as_it_was_answered_with_what_was_then_decided(desk: Desk) -> None:
    answer = asked("E1")
    made = keep_check(desk, act(DAY), answer, "permit 7")
    assert keep_check(desk, act(DAY), answer, "permit 7") == made
    assert keep_check(desk, act(DAY, "bob"), answer, "permit 7") != made
    kept = kept_check(desk, made)
    assert (json.loads(kept.body["answer"]), kept.body["purpose"], kept.actor) == (answer, "permit 7", "ann")
    decided = decide_check(desk, act("2019-07-01", "bob"), made, "approved", "the ban was lifted by phone")
    assert (decided.state, decided.body["answered"], decided.body["decision"]) == ("decided", "refuse", "approved")
    with pytest.raises(BadValue, match="not allowed"):
        decide_check(desk, act("2019-07-02"), made, "refused", "again")
    assert [one.state for one in kept_checks(desk, subject="E1", day=parse_day(DAY))] == ["answered", "answered"]


def test_what_may_be_decided_is_said(desk: Desk) -> None:
    made = keep_check(desk, act(DAY), asked("E1"))
    with pytest.raises(BadValue, match="approved, refused, deferred"):
        decide_check(desk, act(DAY), made, "perhaps", "x")
    with pytest.raises(BadValue, match="needs reason"):
        decide_check(desk, act(DAY), made, "refused", "")
    with pytest.raises(BadValue):
        kept_check(desk, "nothing")


def test_a_promise_needs_a_check_that_grants_it_papers_and_a_day_to_come(desk: Desk) -> None:
    refused, allowed = keep_check(desk, act(DAY), asked("E1")), keep_check(desk, act(DAY), asked("E3"))
    with pytest.raises(BadValue, match="grants no tolerance"):
        promise(desk, act(DAY), refused, ["lease"], "2019-08-01")
    with pytest.raises(BadValue, match="over already"):
        promise(desk, act(DAY), allowed, ["lease"], "2019-01-01")
    with pytest.raises(BadValue, match="name the papers"):
        promise(desk, act(DAY), allowed, [" "], "2019-08-01")
    given = promise(desk, act(DAY), allowed, ["lease"], "2019-08-01")
    assert (given.state, given.body["incentive"], given.body["papers"]) == ("given", "I2", ["lease"])


def test_a_promise_is_kept_or_broken_and_overdue_in_between(desk: Desk) -> None:
    made = keep_check(desk, act(DAY), asked("E3"))
    promise(desk, act(DAY), made, ["lease"], "2019-08-01")

    def late(day: str) -> int:
        with desk.read() as db:
            return len(overdue_promises(things(db, "promise", day=parse_day(day)), parse_day(day)))

    assert (late("2019-08-01"), late("2019-08-02")) == (0, 1)
    with pytest.raises(BadValue, match="needs reason"):
        end_promise(desk, act("2019-08-05"), made, kept=False)
    assert end_promise(desk, act("2019-08-05"), made, kept=False, reason="no lease came").state == "broken"
    assert (late("2019-08-04"), late("2019-08-05")) == (1, 0)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_command_answers_and_keeps_the_check_beside_the_store(
    lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from graph_service.ledger.open import open_ledger

    url = f"sqlite:///{tmp_path / 'facts.db'}"
    ledger = open_ledger(url, create=True)
    ledger.append(world())
    ledger.close()
    asking = ["check", "E1", "--procedure", "licence", "--at", DAY, "--pack", str(LAW), "--store", url, "--lang", lang]
    assert main([*asking, "--actor", "ann"]) == 0
    out = capsys.readouterr().out
    assert {"en": "Licence: refuse", "zh": "许可：不予办理"}[lang] in out
    assert main([*asking, "--format", "json"]) == 0
    shape = json.loads(capsys.readouterr().out)
    assert (shape["decision"], shape["kept"]) == ("refuse", True)
    opened = open_desk(tmp_path / "facts.desk.db")
    assert json.loads(kept_check(opened, shape["check_id"]).body["answer"])["reasons"] == shape["reasons"]
    assert len(kept_checks(opened)) == 2
    opened.close()
    assert main([*asking, "--format", "csv"]) == 0
    assert "barred" in capsys.readouterr().out
    assert main([*asking[:2], "--procedure", "wedding", "--pack", str(LAW), "--store", url]) == 2
    assert "wedding" in capsys.readouterr().err


def test_a_check_of_a_register_folder_is_not_kept_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "enterprises.csv").write_text("id\nE3\n", "utf-8")
    asking = ["check", "E3", "--procedure", "licence", "--at", DAY, "--pack", str(LAW), "--register", str(tmp_path)]
    assert main([*asking, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"] is False
    assert main(asking) == 0
    assert "not kept" in capsys.readouterr().out
    assert list(tmp_path.glob("*.db")) == []
