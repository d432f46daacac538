"""Where consequences stand, as compiled loops: `graph_service.engine.standing` for one after another.

The calendar is arithmetic on days here, not a library: days are counted from 1 January of the year 1.
"""

from __future__ import annotations

from benchmarks.peers.compiled import Int32s, compiled
from benchmarks.peers.kernel_law import Row, Rules, Subjects, Table
from graph_service.engine.bulk.standings import DIED, EXPIRED, NO_BASIS, NOT_IN_FORCE, TERM_UNKNOWN
from graph_service.model.interval import FIRST, LAST
from graph_service.model.verdict import Status
from graph_service.snapshot.columns import PERSON

ACTIVE, SUSPENDED, INACTIVE, ENDED = (int(one) for one in Status)
FIELDS = 5
"""Of a standing: ``end_lo end_hi status cause event``."""


@compiled
def _day_of(year: int, month: int, day: int) -> int:
    """The day that a date is."""
    if month <= 2:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 306


@compiled
def _date_of(number: int) -> tuple[int, int, int]:
    """The year, month and day of a day."""
    shifted = number + 305
    era, of_era = shifted // 146097, shifted % 146097
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year_of_era + 400 * era + (month <= 2), month, day


@compiled
def day_after(day: int, months: int, days: int) -> int:
    """The day after the last of a term that is counted from a day; the last day of a month that has no such day."""
    if day <= FIRST + 1:
        return FIRST
    if day >= LAST:
        return LAST
    year, month, of_month = _date_of(day)
    month += months
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    if year > 9999:
        return LAST
    first_of_next = _day_of(year + month // 12, month % 12 + 1, 1)
    moved = min(_day_of(year, month, of_month), first_of_next - 1) + days
    return min(moved, LAST)


@compiled
def _act_by(record: Row, day: int) -> tuple[int, int, int, int]:
    """The act of a record if it was decided on a day: cut at the day after, as stated where it begins only then."""
    start_lo, start_hi, end_lo, end_hi = record.act_start_lo, record.act_start_hi, record.act_end_lo, record.act_end_hi
    if start_lo >= day + 1:
        return start_lo, start_hi, end_lo, end_hi
    return start_lo, min(start_hi, day), min(end_lo, day + 1), min(end_hi, day + 1)


@compiled
def term_end(footing: Row, record: Row) -> tuple[int, int]:
    """The day after the last of a footing's term for a record, as a range."""
    if not footing.length:
        return LAST, LAST
    low, high = record.decided_lo, record.decided_hi
    if footing.anchor == 0:
        return day_after(low, footing.months, footing.days), day_after(high, footing.months, footing.days)
    dated = low > FIRST and high < LAST
    one = _act_by(record, low if dated else LAST)
    other = _act_by(record, high if dated else LAST)
    if footing.anchor == 1:
        begin = min(one[0], other[0])
        until = max(min(one[1], one[3] - 1), min(other[1], other[3] - 1))
    else:
        begin = min(max(one[2], one[0] + 1), max(other[2], other[0] + 1))
        until = max(one[3], other[3])
    return day_after(begin, footing.months, footing.days), day_after(until, footing.months, footing.days)


@compiled
def _ending(footing: Row, events: Table, rank: Int32s, first: int, after: int, person: int) -> int:
    """The place of the event that ends a consequence first; -1: none."""
    chosen = -1
    for one in range(first, after):
        event = events[one]
        if chosen >= 0 and event.on > events[chosen].on:
            break
        touches = not footing.own or event.person < 0 or event.person == person
        if not touches or not (footing.ends >> event.kind) & 1:
            continue
        if chosen < 0 or rank[event.kind] < rank[events[chosen].kind]:
            chosen = one
    return chosen


@compiled
def _holding(footing: Row, holds: Table, events: Table, first: int, after: int, person: int) -> int:
    """The place of the event that holds a consequence up, of several the one that began first; -1: none."""
    for one in range(first, after):
        event = events[one]
        if footing.own and event.person >= 0 and event.person != person:
            continue
        for number in range(footing.first, footing.after):
            if holds[number].kind != event.kind:
                continue
            # It counts if it is the last of its kind in its stream, and nothing there undoes it on that day or later.
            stands = True
            for other in range(first, after):
                if events[other].person == event.person:
                    again = other > one and events[other].kind == event.kind
                    undoes = events[other].on >= event.on and (holds[number].undone >> events[other].kind) & 1
                    stands = stands and not again and not undoes
            if stands:
                return one
    return -1


@compiled
def stand(
    rules: Rules, footing: Row, record: Row, events: Table, subjects: Subjects, person: int, stands: Int32s, place: int
) -> None:
    """Where what stands on a footing stands for a person: into a row of ``stands``."""
    at, begin, end = rules.at, record.event_first, record.event_after
    end_lo, end_hi = term_end(footing, record)
    stands[place, 0], stands[place, 1], stands[place, 4] = end_lo, end_hi, -1
    first_lo, first_hi, cause = LAST, LAST + 1, 0
    ending = _ending(footing, events, rules.rank, begin, end, person)
    if ending >= 0:
        first_lo, first_hi = events[ending].on, events[ending].on
        cause = events[ending].kind + 1
        stands[place, 4] = events[ending].row
    if end_hi <= at and (end_hi < first_hi or (end_hi == first_hi and end_lo < first_lo)):
        first_lo, first_hi, cause, stands[place, 4] = end_lo, end_hi, EXPIRED, -1
    if subjects.kind[person] == PERSON and subjects.closed_hi[person] <= at:
        died_lo, died_hi = subjects.closed_lo[person], subjects.closed_hi[person]
        if died_hi < first_hi or (died_hi == first_hi and died_lo < first_lo):
            first_lo, first_hi, cause, stands[place, 4] = died_lo, died_hi, DIED, -1
    if cause:
        stands[place, 0], stands[place, 1], stands[place, 2], stands[place, 3] = min(end_lo, first_lo), first_hi, ENDED, cause
        return
    if not footing.in_force:
        stands[place, 2], stands[place, 3] = INACTIVE, NOT_IN_FORCE
    elif footing.gated:
        stands[place, 2], stands[place, 3] = INACTIVE, NO_BASIS
    elif end_lo <= at:
        stands[place, 2], stands[place, 3] = INACTIVE, TERM_UNKNOWN
    else:
        holding = _holding(footing, rules.holds, events, begin, end, person)
        if holding >= 0:
            stands[place, 2], stands[place, 3], stands[place, 4] = SUSPENDED, events[holding].kind + 1, events[holding].row
        else:
            stands[place, 2], stands[place, 3] = ACTIVE, 0
