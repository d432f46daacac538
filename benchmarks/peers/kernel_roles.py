"""Who held a role at the clock, as compiled loops: `graph_service.engine.liability` for one holder after another.

The ties of one holder into an enterprise are adjacent, so that each holder is judged as it is met.  What is found of one asking
goes into ``found``, a table of `PARTS` columns: the person, whether the role is sure, whether a finding is lacking, the gaps, the
tie and the finding.
"""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.peers.compiled import Flags, Int32s, compiled
from benchmarks.peers.kernel_law import Facts, Row, Subjects, Table, Ties
from graph_service.engine.bulk.gaps import (
    ACT_DATES,
    ACT_FIRST,
    CLOCK,
    CLOCK_UNSURE,
    DEATH,
    FINDING,
    OWN_DECISION,
    TIE_DATES,
)
from graph_service.model.interval import LAST
from graph_service.snapshot.columns import PERSON, UNSPECIFIED

PARTS = 6
SEVERAL = -2


class Held(NamedTuple):
    """The ties of one holder: ``days`` are start, its latest, earliest end and latest of how long it was surely held, and the
    last of how long at most; ``sure`` whether surely held at all."""

    days: Int32s
    sure: Flags
    row: Int32s
    meets: Flags


@compiled
def core_of(start_lo: int, start_hi: int, end_lo: int, end_hi: int) -> tuple[int, int]:
    """The days ``[low, high)`` that an interval covers under every reading; none: ``(0, 0)``."""
    if start_hi < end_lo:
        return start_hi, end_lo
    first, last = max(start_lo, end_lo - 1), min(start_hi, end_hi - 1)
    return (first, first + 1) if first == last else (0, 0)


@compiled
def meets_always(start_lo: int, start_hi: int, end_lo: int, end_hi: int, low: int, high: int) -> bool:
    """Whether every reading of an interval shares a day with the known days ``[low, high)``."""
    if start_hi < end_lo:
        return max(start_hi, low) < min(end_lo, high)
    return low <= max(start_lo, end_lo - 1) and min(start_hi, end_hi - 1) < high


@compiled
def _covered(held: Held, count: int, first: int, last: int, longest: bool) -> bool:
    """Whether ties together cover every day from ``first`` to ``last``: by their certain days, or by their longest readings."""
    need = first
    while need <= last:
        reached = need
        for tie in range(count):
            if longest:
                low, high = held.days[0, tie], held.days[4, tie]
            elif held.sure[tie]:
                low, high = core_of(held.days[0, tie], held.days[1, tie], held.days[2, tie], held.days[3, tie])
            else:
                continue
            if low <= need < high:
                reached = max(reached, high)
        if reached == need:
            return False
        need = reached
    return True


@compiled
def _alone(held: Held, tie: int, targets: Int32s, clock: int) -> bool:
    """Whether one tie surely meets the target of a clock."""
    if not held.sure[tie]:
        return False
    days = held.days
    from_lo, from_hi, to_lo, to_hi = targets[clock, 0], targets[clock, 1], targets[clock, 2], targets[clock, 3]
    if from_hi < to_lo:
        return meets_always(days[0, tie], days[1, tie], days[2, tie], days[3, tie], from_hi, to_lo)
    low, high = core_of(days[0, tie], days[1, tie], days[2, tie], days[3, tie])
    return bool(low <= max(from_lo, to_lo - 1) and min(from_hi, to_hi - 1) < high)


@compiled
def _collect(ties: Ties, subjects: Subjects, roles: int, first: int, after: int, held: Held) -> tuple[int, bool]:
    """The ties of one holder that the asking looks at, into ``held``: how many, and whether any has a gap of its own."""
    holder = ties.holder[first]
    mortal = subjects.kind[holder] == PERSON and subjects.closed_lo[holder] != LAST
    alive, dead = LAST, LAST
    if mortal:
        alive, dead = subjects.closed_lo[holder] + 1, min(subjects.closed_hi[holder] + 1, LAST)
    count, vague = 0, False
    for row in range(first, after):
        if not (roles >> ties.kind[row]) & 1 or (mortal and ties.start_lo[row] >= dead):
            continue
        held.days[0, count] = ties.start_lo[row]
        held.days[1, count] = ties.start_hi[row]
        held.days[2, count] = min(ties.end_lo[row], alive)
        held.days[3, count] = min(ties.end_hi[row], alive)
        held.days[4, count] = min(ties.end_hi[row], dead)
        held.sure[count] = not mortal or ties.start_hi[row] < alive
        held.row[count] = row
        vague = vague or ties.start_lo[row] != ties.start_hi[row] or ties.end_lo[row] != ties.end_hi[row]
        count += 1
    return count, vague


@compiled
def _finding(findings: Table, first: int, after: int, accepted: int, person: int) -> int:
    """The finding of least fact id, among some, that an asking accepts for a person; -1: none."""
    for number in range(first, after):
        if findings[number].person == person and (accepted >> findings[number].finding) & 1:
            return int(findings[number].row)
    return -1


@compiled
def _least(rank: Int32s, held: Held, chosen: int, tie: int) -> int:
    """Of two places in ``held`` the one whose tie has the lesser fact id; -1 is none."""
    if chosen < 0 or rank[held.row[tie]] < rank[held.row[chosen]]:
        return tie
    return chosen


@compiled
def _judge(
    asking: Row,
    record: Row,
    rank: Int32s,
    mortal: bool,
    targets: Int32s,
    held: Held,
    count: int,
    vague: bool,
    found: Int32s,
    number: int,
) -> bool:
    """The role of one holder at the clocks, into a row of ``found``; whether it is held at all.

    ``mortal``: whether the holder's death is a gap.
    """
    clocks, named = asking.clocks, asking.named
    ever, sure, unsure, missed = False, 0, 0, 0
    always, unsure_act, unsure_decision = True, False, False
    for tie in range(count):
        held.meets[tie] = False
    for clock in range(3):
        if not (clocks >> clock) & 1:
            continue
        from_lo, from_hi, to_lo, to_hi = targets[clock, 0], targets[clock, 1], targets[clock, 2], targets[clock, 3]
        may, certain = False, False
        for tie in range(count):
            if max(held.days[0, tie], from_lo) < min(held.days[4, tie], to_hi):
                may = True
                held.meets[tie] = True
                certain = certain or _alone(held, tie, targets, clock)
        if may and not certain and count > 1 and from_hi >= to_lo:
            certain = _covered(held, count, max(from_lo, to_lo - 1), min(from_hi, to_hi - 1), False)
        ever, always = ever or may, always and certain
        sure += certain
        unsure += may and not certain
        missed += not may
        unsure_act = unsure_act or (clock == 0 and may and not certain)
        unsure_decision = unsure_decision or (clock == 1 and may and not certain)
    if not ever:
        return False
    gaps = 0
    if not always and not named:
        if unsure:
            gaps = _dates(record, mortal, held, count, vague, unsure, unsure_act, unsure_decision)
        if (sure > 0) + (unsure > 0) + (missed > 0) > 1:
            gaps |= CLOCK_UNSURE if unsure else CLOCK
    chosen, touching = -1, 0
    if always and not named:
        for tie in range(count):
            enough = True
            for clock in range(3):
                if (clocks >> clock) & 1:
                    enough = enough and _alone(held, tie, targets, clock)
            if enough:
                chosen = _least(rank, held, chosen, tie)
    else:
        for tie in range(count):
            if held.meets[tie]:
                touching += 1
                chosen = tie
        if touching > 1:
            chosen = -1
    found[number, 1] = always and not named
    found[number, 3] = gaps
    found[number, 4] = held.row[chosen] if chosen >= 0 else SEVERAL
    return True


@compiled
def _dates(
    record: Row,
    mortal: bool,
    held: Held,
    count: int,
    vague: bool,
    unsure: int,
    unsure_act: bool,
    unsure_decision: bool,
) -> int:
    """The dates that leave a role unsure at some clocks, as bits."""
    act_vague = unsure_act and (record.act_sl != record.act_sh or record.act_el != record.act_eh)
    bits = 0
    if vague:
        bits |= TIE_DATES
    if act_vague:
        bits |= ACT_DATES
    if unsure_decision and record.decided_lo != record.decided_hi:
        bits |= OWN_DECISION
    if mortal:
        bits |= DEATH
    if vague and act_vague and unsure == 1:
        by_act, by_ties, days = False, False, held.days
        for tie in range(count):
            if held.sure[tie] and meets_always(
                days[0, tie], days[1, tie], days[2, tie], days[3, tie], record.act_sl, record.act_eh
            ):
                by_act = True
            if record.act_sh < record.act_el and max(days[0, tie], record.act_sh) < min(days[4, tie], record.act_el):
                by_ties = True
        if record.act_sh >= record.act_el:
            by_ties = _covered(held, count, max(record.act_sl, record.act_el - 1), min(record.act_sh, record.act_eh - 1), True)
        if by_act and not by_ties:
            bits |= ACT_FIRST
    return bits


@compiled
def by_role(facts: Facts, asking: Row, record: Row, first: int, after: int, targets: Int32s, held: Held, found: Int32s) -> int:
    """Whom an asking reaches for a record among the holders of the ties ``first`` to ``after``: into ``found``, how many."""
    ties, subjects = facts.ties, facts.subjects
    needs = asking.fault or asking.named
    number = 0
    row = first
    while row < after:
        holder, begin = ties.holder[row], row
        while row < after and ties.holder[row] == holder:
            row += 1
        if subjects.kind[holder] == UNSPECIFIED:
            continue
        count, vague = _collect(ties, subjects, asking.roles, begin, row, held)
        if count == 0:
            continue
        finding = -1
        if needs:
            finding = _finding(facts.findings, record.finding_first, record.finding_after, asking.accepted, holder)
        lacks = needs and finding < 0
        found[number, 0], found[number, 2], found[number, 5] = holder, lacks, finding
        if asking.named and finding >= 0:
            chosen = -1
            for tie in range(count):
                chosen = _least(ties.rank, held, chosen, tie)
            found[number, 1], found[number, 3], found[number, 4] = True, 0, held.row[chosen]
        else:
            mortal = subjects.kind[holder] == PERSON and subjects.closed_lo[holder] != subjects.closed_hi[holder]
            if not _judge(asking, record, ties.rank, mortal, targets, held, count, vague, found, number):
                continue
        if lacks:
            found[number, 3] |= FINDING
        number += 1
    return number
