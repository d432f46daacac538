"""Every verdict and where every effect of the certain ones stands, as compiled loops over the records.

For each record the rules of its class are met in the order of what they ask, so that whom an asking reaches is found once for all
rules that ask alike; where something stands is computed once a footing, unless the person has died or events name persons.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.peers.compiled import Flags, Int32s, Int64s, compiled, grown
from benchmarks.peers.kernel_law import FINDING, ROLE, SELF, Facts, Row, Rules
from benchmarks.peers.kernel_roles import PARTS, Held, by_role
from benchmarks.peers.kernel_standings import FIELDS, stand
from graph_service.engine.bulk.gaps import DECISION
from graph_service.snapshot.columns import ENTERPRISE, PERSON, UNDESCRIBED, UNSPECIFIED


class Scratch(NamedTuple):
    """Room of one thread: the ties of a holder, whom an asking reaches, the anchors, and where footings stand for a record."""

    days: Int32s
    sure: Flags
    row: Int32s
    meets: Flags
    found: Int32s
    targets: Int32s
    stands: Int32s
    stamps: Int64s


def scratch(most: int, footings: int) -> Scratch:
    """Room for records with at most ``most`` holders or persons."""
    return Scratch(
        days=np.empty((5, most), dtype=np.int32),
        sure=np.empty(most, dtype=np.bool_),
        row=np.empty(most, dtype=np.int32),
        meets=np.empty(most, dtype=np.bool_),
        found=np.empty((most, PARTS), dtype=np.int32),
        targets=np.empty((3, 4), dtype=np.int32),
        stands=np.empty((footings, FIELDS), dtype=np.int32),
        stamps=np.full(footings, -1, dtype=np.int64),
    )


@compiled
def _own_tie(record: Row, kind_asked: int) -> int:
    """The tie that shows that a recorded subject which nothing describes is an enterprise, where a rule asks for that; or -1."""
    if kind_asked and record.described == UNDESCRIBED and not record.uscc:
        return int(record.kind_tie)
    return -1


@compiled
def _put(found: Int32s, number: int, person: int, finding: int) -> None:
    """Somebody who is reached whatever they hold, into a row of ``found``."""
    found[number, 0], found[number, 1], found[number, 2] = person, True, False
    found[number, 3], found[number, 4], found[number, 5] = 0, -1, finding


@compiled
def _named(facts: Facts, asking: Row, record: Row, found: Int32s) -> int:
    """The persons whom findings name that an asking accepts, into ``found``: how many."""
    number = 0
    for one in range(record.finding_first, record.finding_after):
        finding = facts.findings[one]
        if not (asking.accepted >> finding.finding) & 1 or facts.subjects.kind[finding.person] == UNSPECIFIED:
            continue
        # The findings of one person are adjacent, the least fact id first.
        if number and found[number - 1, 0] == finding.person:
            continue
        _put(found, number, finding.person, finding.row)
        number += 1
    return number


@compiled
def _aim(targets: Int32s, clock: int, from_lo: int, from_hi: int, to_lo: int, to_hi: int) -> None:
    """Set the anchor of a clock."""
    targets[clock, 0], targets[clock, 1], targets[clock, 2], targets[clock, 3] = from_lo, from_hi, to_lo, to_hi


@compiled
def _reached(at: int, facts: Facts, asking: Row, record: Row, first: int, after: int, room: Scratch) -> int:
    """Whom an asking reaches for a record, into the table ``found``: how many."""
    found = room.found
    if asking.reach == SELF:
        if record.described == UNSPECIFIED:
            return 0
        _put(found, 0, record.subject, -1)
        return 1
    if asking.reach == FINDING:
        return _named(facts, asking, record, found)
    _aim(room.targets, 0, record.act_sl, record.act_sh, record.act_el, record.act_eh)
    low = max(record.decided_lo, asking.valid_from)
    high = min(record.decided_hi, at, asking.valid_to - 1)
    # An empty anchor meets nothing: its last day lies before its first.
    _aim(room.targets, 1, low, high, low + 1, high + 1)
    _aim(room.targets, 2, at, at, at + 1, at + 1)
    held = Held(room.days, room.sure, room.row, room.meets)
    return by_role(facts, asking, record, first, after, room.targets, held, found)


@compiled
def _consequences(
    rules: Rules,
    facts: Facts,
    record: Row,
    rule: int,
    person: int,
    verdict: int,
    personal: bool,
    room: Scratch,
    out: Int32s,
    count: int,
) -> int:
    """Add where each effect of a rule stands for a person to the table ``out``, which has the room: how many it then has."""
    subjects = facts.subjects
    died = subjects.kind[person] == PERSON and subjects.closed_hi[person] <= rules.at
    firm = subjects.kind[person] == ENTERPRISE or (subjects.kind[person] == UNDESCRIBED and subjects.uscc[person])
    for number in range(rules.rules[rule].first, rules.rules[rule].after):
        effect = rules.effects[number]
        if firm and effect.entry:
            continue
        if died or personal:
            stand(rules, rules.footings[effect.footing], record, facts.events, subjects, person, room.stands, effect.footing)
            room.stamps[effect.footing] = -1
        elif room.stamps[effect.footing] != record.rec:
            stand(rules, rules.footings[effect.footing], record, facts.events, subjects, person, room.stands, effect.footing)
            room.stamps[effect.footing] = record.rec
        out[0, count], out[1, count] = verdict, number
        for part in range(FIELDS):
            out[2 + part, count] = room.stands[effect.footing, part]
        count += 1
    return count


@compiled
def judged(rules: Rules, facts: Facts, first: int, after: int, room: Scratch) -> tuple[Int32s, int, Int32s, int]:
    """The verdicts on the records ``first`` to ``after`` and where their effects stand: two tables, and how many rows each has.

    The first has the columns of `benchmarks.peers.VERDICTS`, the second of `benchmarks.peers.STANDINGS`.
    """
    at, enterprises = rules.at, facts.ties.enterprise
    verdicts, number = np.empty((7, 1024), dtype=np.int32), 0
    standings, count = np.empty((2 + FIELDS, 1024), dtype=np.int32), 0
    for place in range(first, after):
        record = facts.records[place]
        begin = np.searchsorted(enterprises, record.subject)
        end = begin
        while end < enterprises.size and enterprises[end] == record.subject:
            end += 1
        personal = False
        for event in range(record.event_first, record.event_after):
            personal = personal or facts.events[event].person >= 0
        low, high = record.decided_lo, record.decided_hi
        asked, reached = -1, 0
        for met in range(rules.classes[record.cls].first, rules.classes[record.cls].after):
            meeting = rules.meetings[met]
            if max(low, meeting.valid_from) > min(high, meeting.valid_to - 1, at):
                continue
            always = high <= at and meeting.valid_from <= low and high < meeting.valid_to
            asking = rules.askings[meeting.asking]
            if meeting.asking != asked:
                asked, reached = meeting.asking, _reached(at, facts, asking, record, begin, end, room)
            if reached == 0:
                continue
            trigger = meeting.sure and always
            gaps = meeting.gaps if always else meeting.gaps | DECISION
            by_role = asking.reach == ROLE
            own_tie = -1 if by_role else _own_tie(record, meeting.kind_asked)
            verdicts = grown(verdicts, number + reached)
            effects = rules.rules[meeting.rule].after - rules.rules[meeting.rule].first
            standings = grown(standings, count + reached * effects)
            for one in range(reached):
                found = room.found
                sure = trigger and found[one, 1] != 0 and found[one, 2] == 0
                verdicts[0, number], verdicts[1, number], verdicts[2, number] = record.rec, meeting.rule, found[one, 0]
                verdicts[3, number] = sure
                verdicts[4, number] = 0 if sure else gaps | found[one, 3]
                verdicts[5, number] = found[one, 4] if by_role else own_tie
                verdicts[6, number] = found[one, 5]
                if sure:
                    count = _consequences(
                        rules, facts, record, meeting.rule, found[one, 0], number, personal, room, standings, count
                    )
                number += 1
    return verdicts, number, standings, count
