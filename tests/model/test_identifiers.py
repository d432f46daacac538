"""Codes and numbers, by their published rules; all made up but for the standard's own public examples."""

from __future__ import annotations

import pytest

from graph_service.messages import BadValue
from graph_service.model.identifiers import is_resident_id, is_uscc, keyed_hash, subject_key, uscc_check_character

VALID = (
    "91530000MATEXT01X1", "91530102999999015J", "92530102MA00000154", "93530300MF0000013J", "12530000000000123P",
    "115300000000001150", "51530000MJ00000183", "31530000MD0000016L", "N2530102MF0000021M", "Y1530000MB0000019X",
    "A1110000MC0000012U", "91110000600037341L",
)  # fmt: skip
RESIDENT = "360426199101010071"


@pytest.mark.parametrize("code", VALID)
def test_a_code_is_valid_with_its_own_check_character_only(code: str) -> None:
    assert is_uscc(code)
    assert uscc_check_character(code) == code[17]
    for other in "0123456789ABCDEFGHJKLMNPQRTUWXY":
        assert is_uscc(code[:17] + other) is (other == code[17])


@pytest.mark.parametrize("code", VALID)
def test_a_code_is_taken_in_small_letters_and_refused_with_a_slip(code: str) -> None:
    assert subject_key(f" {code.lower()} ") == code
    wrong = code[:17] + ("0" if code[17] != "0" else "1")
    with pytest.raises(BadValue, match=f"expected {code[17]}"):
        subject_key(wrong)


@pytest.mark.parametrize(
    "key", ["549300TRUWO2CD2G5692", "GB-COH-08584210", "E1", "公司-1", "4611686018427387906", "ABCDEFGH12345678XX"]
)
def test_keys_of_other_schemes_are_equal_citizens(key: str) -> None:
    assert subject_key(key) == key


def test_an_identity_number_is_no_key_and_is_not_repeated_in_the_message() -> None:
    with pytest.raises(BadValue) as caught:
        subject_key(RESIDENT)
    assert RESIDENT not in str(caught.value)


def test_a_resident_number_needs_a_date_that_was_and_its_check_character() -> None:
    assert is_resident_id(RESIDENT)
    assert not is_resident_id("360426199102300071")
    assert not is_resident_id(RESIDENT[:17] + "2")
    assert not is_resident_id("36042619910101007")


def test_a_hash_hangs_on_key_kind_and_number_and_on_nothing_else() -> None:
    one = keyed_hash(b"k" * 32, "resident_id", RESIDENT)
    assert one == keyed_hash(b"k" * 32, " Resident_ID ", f" {RESIDENT} ")
    assert one != keyed_hash(b"l" * 32, "resident_id", RESIDENT)
    assert one != keyed_hash(b"k" * 32, "passport", RESIDENT)
    assert RESIDENT not in one


def test_digits_of_other_scripts_and_line_ends_are_no_part_of_a_number() -> None:
    assert is_uscc("91530000MATEXT01X1")
    assert not is_uscc("9153\u06630000MATEXT01X1"[:18])
    assert not is_uscc("91530000MATEXT01X1\n")
    assert not is_resident_id("1101011990010100\u0661X")
