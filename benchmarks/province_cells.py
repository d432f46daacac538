"""Cells as numbers: every distinct text of a column stands once in a dictionary, and a column is made by taking rows of it.

* a **day** as a register has it: the day itself, its month, its year, a range around it, unknown, or nothing (`Days`);
* a **share**: hundredths of a per cent, a band that holds it, or unknown (`SHARES`);
* a **code** of an organisation: check characters computed for a whole column (`organisation_codes`, `foreign_keys`).

All gaps hold the true day or share, so that every interval is admissible and no total exceeds the whole for certain.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.province_draws import Dice, Ints
from graph_service.model.interval import day_text
from graph_service.sample.codes import ALPHABET

WHOLE = 10_000
"""Shares are dealt out in hundredths of a per cent."""

FIRST_DAY = date(1940, 1, 1).toordinal()
LAST_DAY = date(2030, 12, 31).toordinal()
_SPAN = LAST_DAY - FIRST_DAY + 1
_AROUND = ((-45, 0), (0, 60), (-20, 20), (-90, 90))
"""How far a range reaches before and after the true day."""

OPEN, UNKNOWN = 0, 1
_DAY, _MONTH, _YEAR, _RANGE = (2 + part * _SPAN for part in range(4))


def _day_texts() -> pl.Series:
    days = [day_text(FIRST_DAY + number) for number in range(_SPAN)]
    months, years = [day[:7] for day in days], [day[:4] for day in days]
    ranges = [
        f"{day_text(FIRST_DAY + number + before)}..{day_text(FIRST_DAY + number + after)}"
        for before, after in _AROUND
        for number in range(_SPAN)
    ]
    return pl.Series(["", "?", *days, *months, *years, *ranges])


DAYS = _day_texts()
"""The texts of cells with days, by the numbers that the functions below give."""


def on(day: Ints) -> Ints:
    """The cell of a known day; an open one (`OPEN`) where the day is 0."""
    return np.where(day == 0, OPEN, day - FIRST_DAY + _DAY)


def month(day: Ints) -> Ints:
    """The cell that only says the month."""
    return day - FIRST_DAY + _MONTH


def around(day: Ints, which: Ints) -> Ints:
    """The cell with a range around a day; ``which`` of four widths."""
    return day - FIRST_DAY + _RANGE + which * _SPAN


def bound(dice: Dice, name: str, at: Ints, day: Ints, *, unknown: bool = True) -> Ints:
    """A bound as a register has it: mostly the day (0: open), in one of twenty rows less than that."""
    cells = on(day)
    gap = np.flatnonzero((day != 0) & dice.chance(f"{name}/gap", at, 45))
    what, days = dice.below(f"{name}/kind", at[gap], 5), day[gap]
    around_it = around(days, dice.below(f"{name}/around", at[gap], len(_AROUND)))
    year = days - FIRST_DAY + _YEAR
    found = np.select(
        [what == 0, what == 1, what <= 3], [np.full(len(gap), UNKNOWN) if unknown else year, year, month(days)], around_it
    )
    cells[gap] = found
    return cells


_BANDS = ((0, 500, "<5"), (500, 2500, "5-25"), (2500, 5000, "25-50"), (5000, 7500, "50-75"), (7500, WHOLE + 1, ">=75"))
NO_SHARE, BAND, UNKNOWN_SHARE = WHOLE + 1, WHOLE + 2, WHOLE + 7
"""Numbers of share cells beyond the exact ones: no share, the first of the bands, an unknown share."""


def _percent(units: int) -> str:
    whole, part = divmod(units, 100)
    return f"{whole}.{part:02d}".rstrip("0") if part else str(whole)


SHARES = pl.Series([*map(_percent, range(WHOLE + 1)), "", *(text for _, _, text in _BANDS), ""])
"""The texts of share cells: 0 to `WHOLE` exactly, then as the numbers above say."""


def band(units: Ints) -> Ints:
    """The cell of the band that holds a share."""
    return BAND + np.searchsorted([high for _, high, _ in _BANDS], units, side="right")


def share(dice: Dice, name: str, at: Ints, units: Ints) -> Ints:
    """A share as a register has it: mostly exact, in 3 % a band that holds it, in 2 % unknown."""
    roll = dice.below(name, at, 1000)
    return np.select([roll < 30, roll < 50], [band(units), np.full(len(at), UNKNOWN_SHARE)], units)


def taken(texts: pl.Series, cells: Ints) -> pl.Series:
    """The texts of some cells."""
    return texts.gather(pl.Series(cells.astype(np.uint32)))


_VALUES = np.full(128, -1, dtype=np.int64)
_VALUES[[ord(char) for char in ALPHABET]] = np.arange(31)
_LETTERS = np.frombuffer(ALPHABET.encode(), dtype=np.uint8)
_USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_BASE_36 = np.zeros(128, dtype=np.int64)
_BASE_36[[ord(char) for char in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] = np.arange(36)
_ORGANISATION_CHECKS = np.frombuffer(b"0X987654321", dtype=np.uint8)


def organisation_codes(prefix: NDArray[np.str_], region: NDArray[np.str_], number: Ints) -> pl.Series:
    """The codes of sample organisations: `graph_service.sample.codes.numbered_uscc` for whole columns.

    ``prefix`` are texts of two characters, ``region`` of six, ``number`` below 28 million.
    """
    text = np.zeros((len(number), 18), dtype=np.uint8)
    text[:, 0:2] = _bytes(prefix, 2)
    text[:, 2:8] = _bytes(region, 6)
    text[:, 8:11] = np.frombuffer(b"TEX", dtype=np.uint8)
    rest = number.copy()
    for place in range(15, 10, -1):
        rest, digit = np.divmod(rest, 31)
        text[:, place] = _LETTERS[digit]
    text[:, 16] = _ORGANISATION_CHECKS[_BASE_36[text[:, 8:16]] @ _ORGANISATION_WEIGHTS % 11]
    text[:, 17] = _LETTERS[-(_VALUES[text[:, :17]] @ _USCC_WEIGHTS) % 31]
    return _texts(text)


def _bytes(texts: NDArray[np.str_], width: int) -> NDArray[np.uint8]:
    return texts.astype(f"S{width}").view(np.uint8).reshape(-1, width)


def _texts(characters: NDArray[np.uint8]) -> pl.Series:
    """The texts of rows of ASCII characters."""
    import pyarrow as pa

    count, width = characters.shape
    ends = pa.py_buffer(np.arange(count + 1, dtype=np.int64) * width)
    array = pa.LargeStringArray.from_buffers(count, ends, pa.py_buffer(np.ascontiguousarray(characters)))
    found = pl.from_arrow(array)
    assert isinstance(found, pl.Series)
    return found


_LEI_HEAD = int("".join(str(int(char, 36)) for char in "TEXT00")) * 10**14 % 97


def foreign_keys(number: Ints) -> pl.Series:
    """The keys of subjects abroad, numbered from 1: Legal Entity Identifiers for even ones, company numbers for the others.

    The values of `graph_service.sample.codes.lei` and `company_number` for whole columns.
    """
    check = 98 - (_LEI_HEAD + number * 100) % 97
    frame = pl.DataFrame({"number": number, "check": check}).with_columns(pl.col("number", "check").cast(pl.String))
    lei = pl.concat_str(pl.lit("TEXT00"), pl.col("number").str.zfill(12), pl.col("check").str.zfill(2))
    company = pl.concat_str(pl.lit("zz-reg-"), pl.col("number").str.zfill(8))
    even = pl.Series(number % 2 == 0)
    return frame.select(pl.when(even).then(lei).otherwise(company).alias("key"))["key"]


def numbered(letter: str, number: Ints, width: int) -> pl.Series:
    """Keys made of a letter and a number."""
    texts = pl.Series("key", number).cast(pl.String).str.zfill(width)
    return pl.DataFrame({"key": texts}).select(pl.concat_str(pl.lit(letter), pl.col("key")).alias("key"))["key"]
