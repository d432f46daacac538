"""Masks: stable, different for different persons, readable back by the service alone."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.access.masking import FACT, Masks, masked_name, withheld, without_numbers
from graph_service.access.sealing import service_key
from graph_service.messages import LedgerError
from graph_service.model.facts import Event, Finding, Listing, Record, Subject, SubjectKind, Tie

MASKS = Masks(b"k" * 32)


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_a_pseudonym_is_stable_and_finds_its_person_again(key: str) -> None:
    pseudonym = MASKS.pseudonym(key)
    assert MASKS.pseudonym(key) == pseudonym
    assert MASKS.key_of(pseudonym) == key
    assert len(key) < 8 or key not in pseudonym


def test_a_pseudonym_tells_nothing_of_its_length_and_differs_by_secret_and_kind() -> None:
    assert len(MASKS.pseudonym("a")) == len(MASKS.pseudonym("a" * 30))
    assert Masks(b"x" * 32).pseudonym("a") != MASKS.pseudonym("a")
    assert Masks(b"x" * 32).key_of(MASKS.pseudonym("a")) is None
    assert MASKS.seal(FACT, "a")[2:] != MASKS.pseudonym("a")[2:]
    assert MASKS.key_of(MASKS.seal(FACT, "a")) is None


@pytest.mark.parametrize("text", ["", "p~", "p~!", "p~" + "A" * 64, "P1", "p~é"])
def test_a_text_that_we_did_not_make_stands_for_nobody(text: str) -> None:
    assert MASKS.key_of(text) is None
    changed = MASKS.pseudonym("P1")
    assert MASKS.key_of(changed[:-2] + ("A" if changed[-2] != "A" else "B") + changed[-1]) is None


@pytest.mark.parametrize(
    "fact",
    [
        Subject("P1", SubjectKind.PERSON, "杨澜哲", id_type="passport", id_hash="00ff", note="told by P1"),
        Tie("T-P1", "director", "P1", "E1", credential="C-P1", source="told by P1"),
        Record("R1", "P1", instrument_no="No of P1", amount="31415", authority="A"),
        Finding("R1", "P1", "knew"),
        Event("R1", "repaired", 737000, "P1"),
        Listing("P1", "eu"),
    ],
)
def test_nothing_of_a_hidden_person_is_left_in_a_fact(fact: Subject | Tie | Record | Finding | Event | Listing) -> None:
    masked = repr(MASKS.fact(fact, {"P1"}.__contains__))
    assert not any(text in masked for text in ("P1'", "澜哲", "00ff", "passport", "C-P1", "told", "31415", "No of"))
    assert MASKS.pseudonym("P1") in masked
    assert MASKS.fact(fact, set[str]().__contains__) is fact


def test_what_is_masked_is_shown_as_masked_and_not_dropped() -> None:
    tie = MASKS.fact(Tie("T", "practitioner", "P1", "E1", title="engineer", credential="C-1", source="s"), {"P1"}.__contains__)
    assert isinstance(tie, Tie)
    assert (tie.title, tie.credential) == ("engineer", "**")
    assert re.fullmatch(r"s~[\w-]{43,}", tie.source)
    assert "E1" in repr(tie)


def test_withheld_rows_cannot_be_joined() -> None:
    body = f'["{MASKS.pseudonym("P1")}","{MASKS.pseudonym("P2")}","cn:x:{MASKS.pseudonym("P" * 90)}","p~ short"]'
    assert withheld(body.encode()) == b'["withheld","withheld","cn:x:withheld","p~ short"]'


def test_a_masked_name_keeps_one_character_and_not_its_length() -> None:
    assert masked_name("欧阳明") == masked_name("欧阳") == "欧**"


def test_an_identity_number_is_taken_out_of_any_text() -> None:
    assert "1991" not in without_numbers("about 36042619910101007 1, 360426199101010071")[-20:]
    assert without_numbers("91530000MATEXT01X1 and 123456789012345678") == "91530000MATEXT01X1 and 123456789012345678"


def test_the_secret_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPH_SERVICE_KEY", raising=False)
    desk = tmp_path / "desk.db"
    first = service_key(desk)
    assert len(first) >= 32
    assert service_key(desk) == first
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "desk.db.key").stat().st_mode) == 0o600
    monkeypatch.setenv("GRAPH_SERVICE_KEY", "s" * 40)
    assert service_key(desk) == b"s" * 40
    monkeypatch.setenv("GRAPH_SERVICE_KEY", "short")
    with pytest.raises(LedgerError, match="too short"):
        service_key(desk)
