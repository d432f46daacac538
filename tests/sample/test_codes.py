"""Identifiers of the sample: in the right shape, with valid checks, of nobody."""

from __future__ import annotations

from graph_service.model.identifiers import is_uscc
from graph_service.sample.codes import lei, numbered_uscc, organisation_check, uscc


def test_the_check_character_of_an_organisation_code_is_that_of_the_published_example() -> None:
    # The public example 91110000600037341L holds the organisation code 600037341.
    assert organisation_check("60003734") == "1"
    assert uscc("91", "110000", "60003734") == "91110000600037341L"


def test_a_remainder_of_ten_and_of_eleven_gives_x_and_nought() -> None:
    assert organisation_check("MATEXT01") == "X"
    assert organisation_check("MA000000") in "0123456789X"


def test_numbered_codes_are_valid_and_different() -> None:
    codes = {numbered_uscc("91", "530102", number) for number in range(0, 28_000_000, 40_001)}
    assert len(codes) == 700
    assert all(is_uscc(code) and code[8:].startswith("TEX") for code in codes)


def test_a_legal_entity_identifier_has_the_remainder_one() -> None:
    for number in range(200):
        key = lei(number)
        assert len(key) == 20
        assert int("".join(str(int(char, 36)) for char in key)) % 97 == 1
