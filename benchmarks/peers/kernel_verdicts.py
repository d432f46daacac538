"""Every verdict and where every effect of the certain ones stands, as compiled loops over the records.

For each record the rules of its class are met in the order of what they ask, so that whom an asking reaches is found once for all
rules that ask alike; where something stands is computed once a footing, unless the person has died or events name persons.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from benchmarks.peers.compiled import Flags, Int32s, Int64s, compiled, grown
from benchmarks.peers.kernel_law import FINDING, ROLE, SELF, Facts, Rules
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
def _own_tie(facts: Facts, place: int, kind_asked: int) -> int:
    """The tie that shows that a recorded subject which nothing describes is an enterprise, where a rule asks for that; or -1."""
    records = facts.records
    if kind_asked and records.described[place] == UNDESCRIBED and not records.uscc[place]:
        return int(records.kind_tie[place])
    return -1


@compiled
def _named(rules: Rules, facts: Facts, place: int, asking: int, found: Int32s) -> int:
    """The persons whom findings name that an asking accepts, into ``found``: how many."""
    findings = facts.findings
    number = 0
    for one in range(findings.first[place], findings.first[place + 1]):
        person = findings.person[one]
        if not (rules.askings.accepted[asking] >> findings.finding[one]) & 1 or facts.subjects.kind[person] == UNSPECIFIED:
            continue
        # The findings of one person are adjacent, the least fact id first.
        if number and found[number - 1, 0] == person:
            continue
        out = found[number]
        out[0], out[1], out[2], out[3], out[4], out[5] = person, True, False, 0, -1, findings.row[one]
        number += 1
    return number


@compiled
def _reached(rules: Rules, facts: Facts, place: int, asking: int, first: int, after: int, room: Scratch) -> int:
    """Whom an asking reaches for a record, into the table ``found``: how many."""
    reach = rules.askings.reach[asking]
    found = room.found
    records = facts.records
    if reach == SELF:
        if records.described[place] == UNSPECIFIED:
            return 0
        out = found[0]
        out[0], out[1], out[2], out[3], out[4], out[5] = records.subject[place], True, False, 0, -1, -1
        return 1
    if reach == FINDING:
        return _named(rules, facts, place, asking, found)
    targets = room.targets
    act, decision, current = targets[0], targets[1], targets[2]
    act[0], act[1], act[2], act[3] = records.act_sl[place], records.act_sh[place], records.act_el[place], records.act_eh[place]
    low = max(records.decided_lo[place], rules.askings.valid_from[asking])
    high = min(records.decided_hi[place], rules.at, rules.askings.valid_to[asking] - 1)
    # An empty anchor meets nothing: its last day lies before its first.
    decision[0], decision[1], decision[2], decision[3] = low, high, low + 1, high + 1
    current[0], current[1], current[2], current[3] = rules.at, rules.at, rules.at + 1, rules.at + 1
    held = Held(room.days, room.sure, room.row, room.meets)
    return by_role(rules, facts, place, asking, first, after, targets, held, found)


@compiled
def _consequences(
    rules: Rules,
    facts: Facts,
    place: int,
    rule: int,
    person: int,
    verdict: int,
    personal: bool,
    room: Scratch,
    out: Int32s,
    count: int,
) -> int:
    """Add where each effect of a rule stands for a person to the table ``out``, which has the room: how many it then has."""
    effects, subjects = rules.effects, facts.subjects
    died = subjects.kind[person] == PERSON and subjects.closed_hi[person] <= rules.at
    firm = subjects.kind[person] == ENTERPRISE or (subjects.kind[person] == UNDESCRIBED and subjects.uscc[person])
    for effect in range(effects.first[rule], effects.first[rule + 1]):
        if firm and effects.entry[effect]:
            continue
        footing = effects.footing[effect]
        where = room.stands[footing]
        if died or personal:
            stand(rules, facts, place, footing, person, where)
            room.stamps[footing] = -1
        elif room.stamps[footing] != place:
            stand(rules, facts, place, footing, person, where)
            room.stamps[footing] = place
        out[0, count], out[1, count] = verdict, effect
        for field in range(FIELDS):
            out[2 + field, count] = where[field]
        count += 1
    return count


@compiled
def judged(rules: Rules, facts: Facts, first: int, after: int, room: Scratch) -> tuple[Int32s, int, Int32s, int]:
    """The verdicts on the records ``first`` to ``after`` and where their effects stand: two tables, and how many rows each has.

    The first has the columns of `benchmarks.peers.VERDICTS`, the second of `benchmarks.peers.STANDINGS`.
    """
    meetings, records, events, at = rules.meetings, facts.records, facts.events, rules.at
    verdicts, number = np.empty((7, 1024), dtype=np.int32), 0
    standings, count = np.empty((2 + FIELDS, 1024), dtype=np.int32), 0
    for place in range(first, after):
        subject = records.subject[place]
        begin = np.searchsorted(facts.ties.enterprise, subject)
        end = begin
        while end < facts.ties.enterprise.size and facts.ties.enterprise[end] == subject:
            end += 1
        personal = False
        for event in range(events.first[place], events.first[place + 1]):
            personal = personal or events.person[event] >= 0
        low, high = records.decided_lo[place], records.decided_hi[place]
        asked, reached = -1, 0
        for meeting in range(meetings.first[records.cls[place]], meetings.first[records.cls[place] + 1]):
            since, until = meetings.valid_from[meeting], meetings.valid_to[meeting]
            if max(low, since) > min(high, until - 1, at):
                continue
            always = high <= at and since <= low and high < until
            asking, rule = meetings.asking[meeting], meetings.rule[meeting]
            if asking != asked:
                asked, reached = asking, _reached(rules, facts, place, asking, begin, end, room)
            if reached == 0:
                continue
            trigger = meetings.sure[meeting] and always
            gaps = meetings.gaps[meeting] if always else meetings.gaps[meeting] | DECISION
            own_tie = -1
            if rules.askings.reach[asking] != ROLE:
                own_tie = _own_tie(facts, place, meetings.kind_asked[meeting])
            verdicts = grown(verdicts, number + reached)
            effects = rules.effects.first[rule + 1] - rules.effects.first[rule]
            standings = grown(standings, count + reached * effects)
            for one in range(reached):
                found = room.found[one]
                sure = trigger and found[1] != 0 and found[2] == 0
                verdicts[0, number], verdicts[1, number], verdicts[2, number] = records.rec[place], rule, found[0]
                verdicts[3, number] = sure
                verdicts[4, number] = 0 if sure else gaps | found[3]
                verdicts[5, number] = found[4] if rules.askings.reach[asking] == ROLE else own_tie
                verdicts[6, number] = found[5]
                if sure:
                    count = _consequences(rules, facts, place, rule, found[0], number, personal, room, standings, count)
                number += 1
    return verdicts, number, standings, count
