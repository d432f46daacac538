"""Shares are exact, in and out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.messages import BadValue
from graph_service.model.share import Share

fractions = st.fractions(0, 1, max_denominator=400)


@st.composite
def shares(draw: st.DrawFn) -> Share:
    lo, hi = sorted((draw(fractions), draw(fractions)))
    return Share(lo, hi, lo < hi and draw(st.booleans()), lo < hi and draw(st.booleans()))


@given(shares())
def test_the_text_of_a_share_reads_back(share: Share) -> None:
    assert Share.parse(str(share)) == share


def test_decimals_are_exact_and_add_up() -> None:
    assert Share.parse("33.33").lo + Share.parse("16.67").lo == Fraction(1, 2)
    assert Share.parse("0.1").lo + Share.parse("0.2").lo == Share.parse("0.3").lo


@pytest.mark.parametrize("text", ["101", "abc", "-1", "60-40", "5/0", "3/2", "<", "1e2", "50%%", "25--50", "9" * 80, "(50,50]"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="is not a share"):
        Share.parse(text)
