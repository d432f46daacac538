"""Shares: exact fractions of the whole, ranges of them, or unknown.  Never floats.

Many published cases sit exactly on 50 %, 25 % or 20 %, so a share is a pair of `fractions.Fraction` bounds between 0 and 1,
each included or not.  An exact share has equal bounds, an unknown one is the whole range from 0 to 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from graph_service.messages import BadValue

ONE = Fraction(1)
ZERO = Fraction(0)

_NUMBER = r"\d+(?:\.\d+)?|\d+/\d+"
_EXACT = re.compile(rf"^({_NUMBER})$")
_RANGE = re.compile(rf"^({_NUMBER})-({_NUMBER})$")
_BRACKET = re.compile(rf"^([(\[])({_NUMBER}),({_NUMBER})([)\]])$")
_SIDED = re.compile(rf"^(<=|<|>=|>)({_NUMBER})$")


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the whole between ``lo`` and ``hi`` (fractions of 1), each bound included unless marked open.

    >>> Share.parse("33.33").lo
    Fraction(3333, 10000)
    >>> str(Share.parse("25-50")), str(Share.parse("<5")), str(Share.parse(">=75")), str(Share.parse(""))
    ('25-50', '<5', '>=75', '')
    >>> Share.parse("1/3").lo, str(Share.parse("(25,50]"))
    (Fraction(1, 3), '(25,50]')
    >>> Share.parse("101")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    graph_service.messages.BadValue: "101" is not a share; write a percentage from 0 to 100 (33.33), ...
    """

    lo: Fraction
    hi: Fraction
    lo_open: bool = False
    hi_open: bool = False

    def __post_init__(self) -> None:
        if not ZERO <= self.lo <= self.hi <= ONE or (self.lo == self.hi and (self.lo_open or self.hi_open)):
            raise BadValue("bad_share", value=f"{self.lo}..{self.hi}")

    @property
    def exact(self) -> bool:
        """Whether there is only one reading."""
        return self.lo == self.hi

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it."""
        return self.lo == ZERO and self.hi == ONE and not self.lo_open and not self.hi_open

    @classmethod
    def parse(cls, text: str) -> Share:
        """Read a share in per cent as registers write it: ``33.33 25-50 <5 <=5 >=75 >50 (25,50] 1/3``, empty if unknown.

        A fraction ``a/b`` is a fraction of the whole, not of a hundred.  Raises `BadValue`.
        """
        return _parse(text.strip().removesuffix("%").rstrip())

    @classmethod
    def of(cls, value: Fraction | int | str) -> Share:
        """The exact share of that fraction of the whole."""
        fraction = Fraction(value)
        return cls(fraction, fraction)

    def __str__(self) -> str:
        """The canonical text; `parse` reads it back."""
        if self.unknown:
            return ""
        if self.exact:
            return percent_text(self.lo)
        if not self.lo_open and not self.hi_open and self.lo > 0 and self.hi < 1 and not _odd(self.lo) and not _odd(self.hi):
            return f"{percent_text(self.lo)}-{percent_text(self.hi)}"
        if self.lo == 0 and not self.lo_open:
            return f"{'<' if self.hi_open else '<='}{percent_text(self.hi)}"
        if self.hi == 1 and not self.hi_open:
            return f"{'>' if self.lo_open else '>='}{percent_text(self.lo)}"
        left, right = "(" if self.lo_open else "[", ")" if self.hi_open else "]"
        return f"{left}{percent_text(self.lo)},{percent_text(self.hi)}{right}"


UNKNOWN_SHARE = Share(ZERO, ONE)


def _odd(value: Fraction) -> bool:
    """Whether the percentage has no finite decimal."""
    rest = (value * 100).denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest != 1


@lru_cache(maxsize=65536)
def percent_text(value: Fraction) -> str:
    """The shortest exact text of a fraction of the whole: a decimal percentage, or ``a/b`` where no decimal is exact."""
    if _odd(value):
        return f"{value.numerator}/{value.denominator}"
    percent, digits = value * 100, 0
    while (percent * 10**digits).denominator != 1:
        digits += 1
    whole = str((percent * 10**digits).numerator).rjust(digits + 1, "0")
    return f"{whole[:-digits]}.{whole[-digits:]}" if digits else whole


def _number(text: str) -> Fraction:
    if "/" in text:
        top, _, bottom = text.partition("/")
        return Fraction(int(top), int(bottom))
    return Fraction(text) / 100


@lru_cache(maxsize=65536)
def _parse(text: str) -> Share:
    if text in ("", "?"):
        return UNKNOWN_SHARE
    try:
        if len(text) <= 64:
            if found := _EXACT.match(text):
                return Share.of(_number(found[1]))
            if found := _RANGE.match(text):
                return Share(_number(found[1]), _number(found[2]))
            if found := _BRACKET.match(text):
                return Share(_number(found[2]), _number(found[3]), found[1] == "(", found[4] == ")")
            if found := _SIDED.match(text):
                value, strict = _number(found[2]), len(found[1]) == 1
                return Share(ZERO, value, hi_open=strict) if found[1][0] == "<" else Share(value, ONE, lo_open=strict)
    except (BadValue, ZeroDivisionError):
        pass
    raise BadValue("bad_share", value=text[:64])
