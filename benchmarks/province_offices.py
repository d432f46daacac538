"""Who acts for the enterprises: heads and their changes, principals, boards, managers, practitioners; and what is rare.

Of six enterprises two have changed their head once, one twice; some persons head very many, the heads of groups many of their
members.  Bounds of offices are gaps in one of twenty rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from benchmarks.province_cells import WHOLE, bound, on
from benchmarks.province_draws import Dice, Ints, rows
from benchmarks.province_subjects import (
    BRANCH,
    JOINT_STOCK,
    PARTNERSHIP,
    PROPRIETORSHIP,
    STATE_BODY,
    TRADER,
    Enterprises,
    Layout,
)
from benchmarks.province_ties import TITLES, People, Ties
from graph_service.sample.names import TRADES

NOBODY = -1
_CARE = np.array([180 if trade[2] != "trade" else 80 for trade in TRADES])
"""Of a thousand enterprises of a trade, how many have registered practitioners."""


@dataclass(frozen=True, slots=True)
class Offices:
    """What records need: the heads in turn (`NOBODY` for none) and when the later ones began, a director, a practitioner."""

    heads: tuple[Ints, Ints, Ints]
    changes: tuple[Ints, Ints]
    """The days on which the second and third head began; 0 for none."""
    director: Ints
    practitioner: Ints

    @property
    def head(self) -> Ints:
        """The last head of each enterprise."""
        return np.select([self.changes[1] != 0, self.changes[0] != 0], [self.heads[2], self.heads[1]], self.heads[0])


def offices_of(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> Offices:
    """Add every office, and say who held those that records ask for."""
    at = rows(plan.enterprises)
    heads, changes = _heads(dice, plan, found, people, at)
    _head_ties(dice, found, ties, at, heads, changes)
    none = np.full(len(at), NOBODY)
    offices = Offices(heads, changes, none, none.copy())
    start, end, last = on(found.opened), on(found.closed), found.last
    acts = np.isin(found.kind, (PROPRIETORSHIP, TRADER, BRANCH), invert=True)
    since = np.select([changes[1] != 0, changes[0] != 0], [changes[1], changes[0]], found.opened)

    rest = at[acts]
    principal = np.where(dice.chance("principal", rest, 600), offices.head[rest], people.mostly_own("principal/who", rest, 1))
    ties.add("principal", principal, rest, on(since[rest]), end[rest], title=TITLES.index("总经理"))

    rest = at[acts & (found.kind != PARTNERSHIP) & (found.kind != STATE_BODY)]
    seats = np.where(found.kind[rest] == JOINT_STOCK, 5, dice.pick("board", rest, [1, 2, 2, 3]))
    for place in range(5):
        sits = rest[seats > place]
        person = people.mostly_own(f"director/{place}", sits, place) if place < 2 else people.known(f"director/{place}", sits)
        if place == 0:
            offices.director[sits] = person
        leaves = dice.chance(f"director/{place}/leaves", sits, 250) & (last[sits] > found.opened[sits] + 300)
        gone = dice.between(
            f"director/{place}/gone", sits, found.opened[sits] + 300, np.maximum(last[sits], found.opened[sits] + 300)
        )
        until = np.where(leaves, bound(dice, f"director/{place}/until", sits, gone), end[sits])
        ties.add("director", person, sits, start[sits], until, title=TITLES.index("董事"))

    sits = rest[dice.chance("supervisor", rest, 700)]
    ties.add("supervisor", people.mostly_own("supervisor/who", sits, 1, known=400), sits, start[sits], end[sits], title=3)
    sits = rest[dice.chance("manager", rest, 350)]
    title = dice.pick("manager/title", sits, [TITLES.index("副总经理"), TITLES.index("财务负责人")])
    ties.add("senior_manager", people.mostly_own("manager/who", sits, 1, known=500), sits, start[sits], end[sits], title=title)
    for place, times in ((0, 1000), (1, 500)):
        sits = rest[dice.chance("practitioner", rest, _CARE[found.trade[rest]])]
        sits = sits[dice.chance(f"practitioner/{place}", sits, times)]
        person = people.known(f"practitioner/{place}/who", sits)
        if place == 0:
            offices.practitioner[sits] = person
        number = dice.below(f"practitioner/{place}/number", sits, 1_000_000)
        ties.add("practitioner", person, sits, start[sits], end[sits], title=TITLES.index("注册执业人员"), credential=number)
    sits = rest[dice.chance("employee", rest, 20)]
    ties.add("employee", people.known("employee/who", sits), sits, start[sits], end[sits])
    return offices


def _heads(
    dice: Dice, plan: Layout, found: Enterprises, people: People, at: Ints
) -> tuple[tuple[Ints, Ints, Ints], tuple[Ints, Ints]]:
    changing = ~np.isin(found.kind, (PROPRIETORSHIP, TRADER))
    times = np.where(changing, dice.pick("head/changes", at, [0, 0, 0, 1, 1, 2]), 0)
    low, high = found.opened + 60, found.last - 1
    days = np.sort(np.stack([dice.between(f"head/day/{place}", at, low, high) for place in (0, 1)]), axis=0)
    times = np.minimum(times, np.where(days[0] == days[1], 1, 2))
    changes = (np.where(times >= 1, days[0], 0), np.where(times == 2, days[1], 0))
    current = people.mostly_own("head/current", at, 0, known=120, everywhere=12)
    inside = slice(plan.hubs, plan.ring_first)
    members = at[inside]
    chief = people.own(plan.group_first[plan.group], 0)
    current[inside] = np.where(dice.chance("head/chief", members, 300), chief, current[inside])
    before = [people.mostly_own(f"head/before/{place}", at, 1, known=700, everywhere=12) for place in (0, 1)]
    heads = (
        np.where(times == 0, current, before[0]),
        np.select([times == 1, times == 2], [current, before[1]], NOBODY),
        np.where(times == 2, current, NOBODY),
    )
    return heads, changes


def _head_ties(
    dice: Dice, found: Enterprises, ties: Ties, at: Ints, heads: tuple[Ints, Ints, Ints], changes: tuple[Ints, Ints]
) -> None:
    """The head's office is called by the form of the enterprise; a sole proprietor heads by holding all of it."""
    begins = (found.opened, *changes)
    ends = (
        np.where(changes[0] != 0, changes[0], found.closed),
        np.where(changes[1] != 0, changes[1], found.closed),
        found.closed,
    )
    for place in range(3):
        held = at[(heads[place] != NOBODY) & (found.kind != STATE_BODY)]
        start = bound(dice, f"head/{place}/from", held, begins[place][held])
        end = bound(dice, f"head/{place}/to", held, ends[place][held])
        kind = found.kind[held]
        for name, chosen in (
            ("branch_head", kind == BRANCH),
            ("executive_partner", kind == PARTNERSHIP),
            ("legal_representative", ~np.isin(kind, (BRANCH, PARTNERSHIP, PROPRIETORSHIP, TRADER))),
        ):
            ties.add(name, heads[place][held][chosen], held[chosen], start[chosen], end[chosen])
        alone = np.isin(kind, (PROPRIETORSHIP, TRADER))
        ties.add("investor", heads[place][held][alone], held[alone], on(found.opened[held][alone]), share=WHOLE)


def unusual_ties(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """What few enterprises have: declared controllers, the right to appoint the board, nominees, successors; and branches."""
    at = rows(plan.enterprises)[plan.hubs :]
    start = on(found.opened)
    roll = dice.below("unusual", at, 1000)
    few = at[roll < 30]
    ties.add(
        "actual_controller",
        people.mostly_own("controller", few, 1, known=500),
        few,
        bound(dice, "controller/from", few, found.opened[few]),
    )
    few = at[(roll >= 30) & (roll < 38)]
    ties.add("appoints_board", dice.below("appoints", few, few), few, start[few])
    few = at[(roll >= 38) & (roll < 44)]
    ties.add("nominee_for", people.everywhere("nominee", few), few, start[few])
    few = at[(roll >= 44) & (roll < 46)]
    ties.add(
        "voting_rights", people.known("votes", few), few, start[few], share=dice.pick("votes/share", few, [1000, 3000, 5100])
    )
    gone = at[(found.closed[at] != 0) & dice.chance("successor", at, 300)]
    ties.add("successor_of", dice.below("successor/who", gone, gone), gone, on(found.closed[gone]))
    branches = at[found.kind[at] == BRANCH]
    ties.add("branch_of", branches, dice.below("branch/of", branches, branches), start[branches])
