"""Days that count: the working days of China (工作日), and the last day of a term (期限届满之日).

* a term of N days after a day ends with the Nth day after it; the day itself does not count (Civil Code of China, article 201);
* working days are those of the State Council's yearly notice: holidays and the weekends that are worked instead
  (``chinese_calendar``).  The notice of a year comes out near the end of the year before, so outside the published years nothing
  is known.

Invariant (must never happen): a working day outside the published years is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from dateutil.relativedelta import relativedelta

from graph_service.messages import BadValue
from graph_service.model.interval import LAST
from graph_service.policy.desk_table import Days, Length


@lru_cache(maxsize=1)
def published_years() -> tuple[int, int]:
    """The first and last year whose holidays are known here."""
    from chinese_calendar.constants import holidays  # type: ignore[import-untyped]

    years = [day.year for day in holidays]
    return min(years), max(years)


def is_working_day(day: int) -> bool:
    """Whether a day is worked in China.  Raises `BadValue` outside the published years."""
    import chinese_calendar  # type: ignore[import-untyped]

    asked = date.fromordinal(day)
    first, last = published_years()
    if not first <= asked.year <= last:
        raise BadValue("calendar_unknown", year=asked.year, first=first, last=last)
    return bool(chinese_calendar.is_workday(asked))


def last_day(day: int, within: Days) -> int:
    """The last day of a term that begins after a day.  Raises `BadValue` where a working day is not known.

    >>> from graph_service.model.interval import day_text, parse_day
    >>> day_text(last_day(parse_day("2024-06-03"), Days(3, working=True)))
    '2024-06-06'
    >>> day_text(last_day(parse_day("2024-09-30"), Days(7, working=True)))  # the week of the National Day, then a worked Saturday
    '2024-10-15'
    """
    if not within.working:
        return day + within.days
    left = within.days
    while left:
        day += 1
        left -= is_working_day(day)
    return day


@dataclass(frozen=True, slots=True)
class Due:
    """A last day, or why none can be told."""

    day: int | None
    unknown: str = ""


def due(day: int, within: Days) -> Due:
    """The last day of a term, or the year of which no working day is known."""
    try:
        return Due(last_day(day, within))
    except BadValue as error:
        return Due(None, str(error.values["year"]))


def later(day: int, length: Length) -> int:
    """The day by which a length of time after a day is over, by the calendar."""
    try:
        moved = date.fromordinal(day) + relativedelta(years=length.years, months=length.months, days=length.days)
    except (ValueError, OverflowError):
        return LAST
    return moved.toordinal()
