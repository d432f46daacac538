"""Names made safe to show."""

from __future__ import annotations

import pytest

from graph_service.report.texts import cells, isolated, lines, short, shown


def test_a_mark_that_turns_the_direction_of_writing_is_shown_as_what_it_is() -> None:
    assert shown("invoice\u202egnp.exe") == "invoice⟨U+202E⟩gnp.exe"


@pytest.mark.parametrize("one", ["\x00", "\x1b", "\u2067", "\u2028", "\ufeff", "\ud800"])
def test_no_hidden_character_stays_hidden(one: str) -> None:
    assert shown(f"a{one}b") == f"a⟨U+{ord(one):04X}⟩b"


@pytest.mark.parametrize("name", ["云南样例食品有限公司", "Ann O'Neill & Sons", "👩‍👩‍👧‍👦", "שלום", "é"])
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert shown(name) == name == short(name)


def test_a_label_is_at_most_40_characters_and_never_splits_a_family_of_emoji() -> None:
    assert len(short("名" * 200)) == 40
    cut = short("x" * 36 + "👩‍👩‍👧‍👦 and more")
    assert cut == "x" * 36 + "…"


def test_a_label_is_on_one_line_before_it_is_wrapped() -> None:
    assert short("a\n\tb\r\nc") == "a b c"


@pytest.mark.parametrize(
    "name", ["云南样例国际贸易集团股份有限公司", "Sample Harbour Holdings (Cayman) Limited", "W" * 60, "名" * 60, "a"]
)
def test_no_line_of_a_label_is_wider_than_the_room_for_it(name: str) -> None:
    found = lines(name)
    assert "".join(found).replace(" ", "") == short(name).replace(" ", "")
    assert all(0 < cells(one) <= 25 for one in found)


def test_words_stay_whole_where_they_fit() -> None:
    assert lines("Sample Harbour Holdings Limited Company") == ["Sample Harbour Holdings", "Limited Company"]


def test_a_name_without_letters_is_an_empty_line() -> None:
    assert lines("") == [""]


def test_an_isolated_name_ends_in_itself() -> None:
    assert isolated("x") == "\u2068x\u2069"
