"""Control as compiled loops over integers.

* holdings that meet the day become one row a holder and company (``pairs``), by the rules of `graph_service.engine.holdings`:
  the rows of one pair are adjacent, so that one pass is enough;
* the pairs are turned into a table by holder (counting sort);
* each actor that passes the threshold of something by itself walks down from there, with a sum for each company it meets.  What
  was met in which walk is told by a stamp, so that nothing is cleared between walks;
* the walk for the possible pairs is made only where the first met a company whose holdings have a gap.

Everything is exact: numerators over the denominator of the company, compared by multiplication.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.peers.compiled import Flags, Int8s, Int32s, Int64s, compiled, grown
from graph_service.engine.holdings import MOST_UNSURE_TIES

NO_CAP = 1 << 60
"""What is left for a holder of a company whose minima exceed the whole: nothing caps it."""


class Shares(NamedTuple):
    """The columns of ``holdings`` that control reads."""

    kind: Int8s
    holder: Int32s
    enterprise: Int32s
    start_lo: Int32s
    start_hi: Int32s
    end_lo: Int32s
    end_hi: Int32s
    lo: Int64s
    hi: Int64s
    lo_open: Flags
    hi_open: Flags
    den: Int64s
    source: Int32s


class Pairs(NamedTuple):
    """One row a holder and company, sorted by company."""

    holder: Int32s
    company: Int32s
    lo: Int64s
    hi: Int64s
    lo_open: Flags


class Companies(NamedTuple):
    """By subject: ``limit``, threshold times denominator; ``room``, what nobody certainly holds; ``gap``: a holding has one."""

    limit: Int64s
    room: Int64s
    gap: Flags


class Walks(NamedTuple):
    """The pairs by holder, those of ``h`` from ``first[h]`` to ``first[h + 1]``; ``alone``: 2 passes by itself, 1 may."""

    first: Int32s
    company: Int32s
    lo: Int64s
    hi: Int64s
    lo_open: Flags
    alone: Int8s


@compiled
def valid_on(start_lo: int, start_hi: int, end_lo: int, end_hi: int, day: int) -> int:
    """Whether an interval holds a day: 2 certainly, 1 possibly, 0 not."""
    if not start_lo <= day < end_hi:
        return 0
    if start_hi < end_lo:
        return 2 if start_hi <= day < end_lo else 1
    first, last = max(start_lo, end_lo - 1), min(start_hi, end_hi - 1)
    return 2 if first == last == day else 1


@compiled
def _told(shares: Shares, first: int, after: int, there: Flags) -> tuple[int, bool, int, bool]:
    """What the holdings that are there say of one pair: the sources intersected, or spanned where they contradict each other."""
    most_lo, most_lo_open, least_hi, least_hi_open = -1, False, 1 << 62, False
    least_lo, least_lo_open, most_hi, most_hi_open = 1 << 62, False, -1, False
    found = False
    for row in range(first, after):
        if not there[row - first]:
            continue
        counted = False
        for before in range(first, row):
            counted = counted or (there[before - first] and shares.source[before] == shares.source[row])
        if counted:
            continue
        lo, hi, lo_open, hi_open = 0, 0, False, False
        for other in range(row, after):
            if there[other - first] and shares.source[other] == shares.source[row]:
                lo += shares.lo[other]
                hi += shares.hi[other]
                lo_open |= shares.lo_open[other]
                hi_open |= shares.hi_open[other]
        found = True
        if lo > most_lo or (lo == most_lo and lo_open):
            most_lo, most_lo_open = lo, lo_open
        if hi < least_hi or (hi == least_hi and hi_open):
            least_hi, least_hi_open = hi, hi_open
        if lo < least_lo or (lo == least_lo and not lo_open):
            least_lo, least_lo_open = lo, lo_open
        if hi > most_hi or (hi == most_hi and not hi_open):
            most_hi, most_hi_open = hi, hi_open
    if not found:
        return 0, False, 0, False
    if most_lo < least_hi or (most_lo == least_hi and not most_lo_open and not least_hi_open):
        return most_lo, most_lo_open, least_hi, least_hi_open
    return least_lo, least_lo_open, most_hi, most_hi_open


@compiled
def _several(shares: Shares, first: int, after: int, valid: Int8s) -> tuple[int, bool, int]:
    """Several holdings of one pair, valid as told, as one: ``(lo, lo_open, hi)``."""
    den = shares.den[first]
    one_source = True
    source = np.int32(-1)
    unsure = np.empty(after - first, dtype=np.int32)
    count = 0
    there = np.zeros(after - first, dtype=np.bool_)
    for place in range(after - first):
        if valid[place] == 0:
            continue
        there[place] = True
        one_source = one_source and bool(source < 0 or source == shares.source[first + place])
        source = shares.source[first + place]
        if valid[place] == 1:
            unsure[count] = place
            count += 1
    if one_source:
        lo, hi, lo_open = 0, 0, False
        for place in range(after - first):
            if valid[place] == 2:
                lo += shares.lo[first + place]
                lo_open |= shares.lo_open[first + place]
            if valid[place] > 0:
                hi += shares.hi[first + place]
        return lo, lo_open, min(hi, den)
    if count > MOST_UNSURE_TIES:
        return 0, False, den
    lo, lo_open, hi = 1 << 62, False, -1
    for picked in range(1 << count):
        for number in range(count):
            there[unsure[number]] = (picked >> number) & 1 == 1
        low, low_open, high, _ = _told(shares, first, after, there)
        if low < lo or (low == lo and not low_open):
            lo, lo_open = low, low_open
        hi = max(hi, high)
    return lo, lo_open, min(hi, den)


@compiled
def pairs_on(shares: Shares, kinds: int, day: int, size: int, top: int) -> tuple[Pairs, Companies]:
    """The holdings of some kinds (bits) on a day and what they leave of each company; ``top`` is the threshold's numerator.

    The number of pairs with a denominator of 0 is a fault of the caller's: exact numerators are needed.
    """
    rows = shares.kind.size
    holder, company = np.empty(rows, dtype=np.int32), np.empty(rows, dtype=np.int32)
    lo, hi, lo_open = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.bool_)
    limit, room, gap = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    count = 0
    row = 0
    while row < rows:
        enterprise = shares.enterprise[row]
        den = shares.den[row]
        total, open_bounds, gaps = 0, 0, False
        while row < rows and shares.enterprise[row] == enterprise:
            one = shares.holder[row]
            first, found, last, sure = row, 0, row, 0
            while row < rows and shares.holder[row] == one and shares.enterprise[row] == enterprise:
                if (kinds >> shares.kind[row]) & 1:
                    valid = valid_on(shares.start_lo[row], shares.start_hi[row], shares.end_lo[row], shares.end_hi[row], day)
                    if valid:
                        found, last, sure = found + 1, row, valid
                row += 1
            if found == 0:
                continue
            if found == 1:
                certain = sure == 2
                least, is_open = (shares.lo[last], shares.lo_open[last]) if certain else (0, False)
                most = shares.hi[last]
            else:
                told = np.zeros(row - first, dtype=np.int8)
                for place in range(row - first):
                    at = first + place
                    if (kinds >> shares.kind[at]) & 1:
                        told[place] = valid_on(
                            shares.start_lo[at], shares.start_hi[at], shares.end_lo[at], shares.end_hi[at], day
                        )
                least, is_open, most = _several(shares, first, row, told)
            holder[count], company[count] = one, enterprise
            lo[count], hi[count], lo_open[count] = least, most, is_open
            total += least
            open_bounds += is_open
            gaps = gaps or least != most or is_open
            count += 1
        limit[enterprise] = top * den
        over = total > den or (total == den and open_bounds > 0)
        room[enterprise] = NO_CAP if over else den - total
        gap[enterprise] = gaps
    pairs = Pairs(holder[:count], company[:count], lo[:count], hi[:count], lo_open[:count])
    return pairs, Companies(limit, room, gap)


@compiled
def by_holder(pairs: Pairs, companies: Companies, bottom: int, size: int) -> Walks:
    """The pairs by holder; ``bottom`` is the threshold's denominator."""
    count = pairs.holder.size
    first = np.zeros(size + 2, dtype=np.int32)
    for row in range(count):
        first[pairs.holder[row] + 2] += 1
    for subject in range(1, size + 2):
        first[subject] += first[subject - 1]
    company, lo_open = np.empty(count, dtype=np.int32), np.empty(count, dtype=np.bool_)
    lo, hi = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    alone = np.empty(count, dtype=np.int8)
    for row in range(count):
        place = first[pairs.holder[row] + 1]
        first[pairs.holder[row] + 1] = place + 1
        target = pairs.company[row]
        low, high, is_open = pairs.lo[row], pairs.hi[row], pairs.lo_open[row]
        company[place], lo[place], hi[place], lo_open[place] = target, low, high, is_open
        limit = companies.limit[target]
        sure = low * bottom > limit or (low * bottom == limit and is_open)
        ever = min(high, companies.room[target] + low) * bottom > limit
        alone[place] = 2 if sure else 1 if ever else 0
        if pairs.holder[row] == target:
            alone[place] = 0
    return Walks(first[: size + 1], company, lo, hi, lo_open, alone)


@compiled
def _walk(
    walks: Walks, companies: Companies, bottom: int, actor: int, stamp: int, sums: Int64s, queue: Int32s, possible: bool
) -> tuple[int, bool]:
    """What an actor controls, into ``queue`` from 1 on: how many are in it (the actor included), and whether a gap was met.

    ``sums`` has for each company the stamp of the walk that met it (negative: it is inside), minimum, maximum and open bounds.
    """
    queue[0] = actor
    sums[actor, 0] = -stamp
    head, tail, gap = 0, 1, False
    while head < tail:
        owner = queue[head]
        head += 1
        for place in range(walks.first[owner], walks.first[owner + 1]):
            company = walks.company[place]
            mark = sums[company, 0]
            if mark == -stamp:
                continue
            if mark != stamp:
                sums[company, 0] = stamp
                sums[company, 1] = walks.lo[place]
                sums[company, 2] = walks.hi[place]
                sums[company, 3] = walks.lo_open[place]
            else:
                sums[company, 1] += walks.lo[place]
                sums[company, 2] += walks.hi[place]
                sums[company, 3] += walks.lo_open[place]
            gap = gap or companies.gap[company]
            lo, limit = sums[company, 1], companies.limit[company]
            if possible:
                inside = min(sums[company, 2], companies.room[company] + lo) * bottom > limit
            else:
                inside = lo * bottom > limit or (lo * bottom == limit and sums[company, 3] > 0)
            if inside:
                sums[company, 0] = -stamp
                queue[tail] = company
                tail += 1
    return tail, gap


@compiled
def controlled(
    walks: Walks, companies: Companies, bottom: int, first: int, after: int, sums: Int64s, queue: Int32s, stamps: Int64s
) -> tuple[Int32s, int]:
    """The control pairs of the holders ``first`` to ``after``, sorted: a table of controller, controlled, verdict; how many."""
    out = np.empty((3, 1024), dtype=np.int32)
    count = 0
    for actor in range(first, after):
        begin, end = walks.first[actor], walks.first[actor + 1]
        starts, leaves = False, True
        for place in range(begin, end):
            if walks.alone[place]:
                starts = True
                below = walks.company[place]
                leaves = leaves and walks.first[below] == walks.first[below + 1]
        if not starts:
            continue
        if leaves:
            # What it passes alone holds nothing further: nothing to walk.
            out = grown(out, count + end - begin)
            for place in range(begin, end):
                if walks.alone[place]:
                    out[0, count], out[1, count], out[2, count] = actor, walks.company[place], walks.alone[place]
                    count += 1
            continue
        stamps[0] += 1
        tail, gap = _walk(walks, companies, bottom, actor, stamps[0], sums, queue, False)
        sure = np.sort(queue[1:tail])
        out = grown(out, count + sure.size)
        if not gap:
            for company in sure:
                out[0, count], out[1, count], out[2, count] = actor, company, 2
                count += 1
            continue
        stamps[0] += 1
        tail, _ = _walk(walks, companies, bottom, actor, stamps[0], sums, queue, True)
        ever = np.sort(queue[1:tail])
        out = grown(out, count + ever.size)
        known = 0
        for company in ever:
            while known < sure.size and sure[known] < company:
                known += 1
            certain = known < sure.size and sure[known] == company
            out[0, count], out[1, count], out[2, count] = actor, company, 2 if certain else 1
            count += 1
    return out, count
