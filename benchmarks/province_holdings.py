"""Who holds what: hubs of the state, private groups in pyramids, rings, pacts, holders from abroad, and ordinary owners.

No enterprise is held by more than the whole for certain.  In groups the share of a parent is now the whole, now a bare majority,
now exactly half, now 30 % beside 30 % of another member (control only by both), now a band or unknown.
"""

from __future__ import annotations

import numpy as np

from benchmarks.province_cells import BAND, UNKNOWN_SHARE, WHOLE, band, bound, on, share
from benchmarks.province_draws import Dice, Ints, rows
from benchmarks.province_subjects import (
    BRANCH,
    END,
    PARTNERSHIP,
    PROPRIETORSHIP,
    STATE_BODY,
    TRADER,
    Enterprises,
    Layout,
    abroad_opened,
)
from benchmarks.province_ties import TITLES, People, Ties

_SPLITS = np.array(
    [
        (10_000, 0, 0, 0), (10_000, 0, 0, 0), (10_000, 0, 0, 0), (5100, 4900, 0, 0), (5000, 5000, 0, 0), (6000, 4000, 0, 0),
        (7000, 3000, 0, 0), (8000, 2000, 0, 0), (9000, 1000, 0, 0), (3333, 3333, 3334, 0), (5000, 2500, 2500, 0),
        (4000, 3000, 3000, 0), (6700, 3300, 0, 0), (4000, 2000, 2000, 2000), (9950, 50, 0, 0),
    ]
)  # fmt: skip
"""How ordinary owners part an enterprise."""
_TWENTY_FIVE_TO_FIFTY = BAND + 2


def holdings(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """Add every holding of the province and abroad."""
    _hubs(plan, found, people, ties)
    _groups(dice, plan, found, people, ties)
    _rings(dice, plan, found, people, ties)
    _pacts(dice, plan, found, people, ties)
    _abroad(dice, plan, found, people, ties)
    _partnerships(dice, plan, found, people, ties)
    _ordinary(dice, plan, found, people, ties)


def _hubs(plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """A group of the state is held by the state body before it, an investment house by two persons."""
    hubs = rows(plan.hubs)
    groups, houses = hubs[hubs % 3 == 1], hubs[hubs % 3 == 2]
    ties.add("shareholder", groups - 1, groups, on(found.opened[groups]), share=WHOLE)
    for place, units in ((0, 6000), (1, 4000)):
        ties.add("shareholder", people.own(houses, place), houses, on(found.opened[houses]), share=units)


def _groups(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """Pyramids: each member's parent stands before it, two to four members to a parent, so that they are three to six deep."""
    first, size = plan.group_first[plan.group], plan.group_size[plan.group]
    member = plan.hubs + rows(len(plan.group))
    place = member - first
    start = on(found.opened[member])
    fan = np.select([size < 16, size < 64], [2, 3], 4)
    parent = np.where(place > 0, first + (place - 1) // fan, -1)
    other = first + dice.below("group/other", member, np.maximum(place, 1))
    other = np.where(other == parent, first + (other - first + 1) % np.maximum(place, 1), other)
    top = place == 0
    roll = np.where(place == 1, dice.below("group/mode", member, 50), dice.below("group/mode", member, 100))
    major = dice.pick("group/major", member, [10_000, 10_000, 8000, 7000, 6000, 5100])
    split = dice.below("group/split", member, 4)
    none = np.zeros(len(member), dtype=np.int64)
    modes = [top, roll < 50, roll < 72, roll < 80, roll < 88, roll < 94]
    parent_share = np.select(
        modes,
        [none, major, np.array([3000, 2600, 3500, 2500])[split], none + 5000, none + _TWENTY_FIVE_TO_FIFTY, none + UNKNOWN_SHARE],
        4000,
    )
    other_share = np.select(
        modes[:5], [none, none, np.array([3000, 2500, 2000, 2500])[split], none, none + _TWENTY_FIVE_TO_FIFTY], 0
    )
    tops = np.array([(10_000, 0), (5000, 5000), (6000, 4000), (5100, 4900)])[dice.below("group/top", first, 4)]
    left = [tops[:, 0], WHOLE - major, WHOLE - parent_share - other_share, none + 5000, none, none + 3000]
    rest = np.select(modes, left, 6000)

    back = member[(place > 0) & (rest >= 1000) & (place + 1 < size) & dice.chance("group/back", member, 80)] - plan.hubs
    units = dice.pick("group/back/share", member[back], [500, 1000])
    rest[back] -= units
    after = place[back] + 1
    holder = first[back] + after + dice.below("group/back/who", member[back], size[back] - after)
    ties.add("shareholder", holder, member[back], start[back], share=units)
    for who, cells in (
        (parent, parent_share),
        (other, other_share),
        (people.own(member, 0), rest),
        (people.own(member, 1), np.where(top, tops[:, 1], 0)),
    ):
        held = cells > 0
        ties.add("shareholder", who[held], member[held], start[held], share=cells[held])


def _rings(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """Two to four enterprises that hold each other in a circle; the fourth of a smaller ring stands alone."""
    member = plan.ring_first + rows(4 * plan.rings)
    ring, place = (member - plan.ring_first) // 4, (member - plan.ring_first) % 4
    length = dice.between("ring/length", ring, 2, 4)
    units = np.where(place < length, dice.pick("ring/share", ring, [1000, 2000, 4000, 5000, 5100, 6000]), 0)
    inside = units > 0
    held = plan.ring_first + 4 * ring + (place + 1) % length
    # Every member of a ring holds the next by the same share, so that what is left of each is the same too.
    ties.add("shareholder", member[inside], held[inside], on(found.opened[held[inside]]), share=units[inside])
    ties.add("shareholder", people.own(member, 0), member, on(found.opened[member]), share=WHOLE - units)


def _pacts(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """Two enterprises that hold a third together, under a joint arrangement."""
    one = plan.pact_first + 3 * rows(plan.pacts)
    other, held = one + 1, one + 2
    units = dice.pick("pact/share", one, [2500, 3000, 4000])
    for holder, enterprise, cells in (
        (people.own(one, 0), one, np.full(len(one), WHOLE)),
        (people.own(other, 0), other, np.full(len(one), WHOLE)),
        (one, held, units),
        (other, held, units),
        (people.own(held, 0), held, WHOLE - 2 * units),
    ):
        ties.add("shareholder", holder, enterprise, on(found.opened[enterprise]), share=cells)
    since = np.maximum(np.maximum(found.opened[one], found.opened[other]), found.opened[held])
    ties.add("joint_arrangement", one, other, bound(dice, "pact/from", one, since), title=TITLES.index("一致行动协议"))


def _abroad(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """Subjects abroad hold one enterprise of the province each, and each other in chains."""
    at = rows(plan.abroad)
    held, key = plan.held_first + at, plan.enterprises + at
    units = dice.pick("abroad/share", at, [2500, 5000, 5000, 7500, WHOLE])
    ties.add("shareholder", key, held, on(found.opened[held]), share=units)
    rest = units < WHOLE
    ties.add("shareholder", people.own(held, 0)[rest], held[rest], on(found.opened[held[rest]]), share=(WHOLE - units)[rest])
    chained = at[1:][dice.chance("abroad/chain", at[1:], 600)]
    holder = plan.enterprises + dice.below("abroad/holder", chained, chained)
    cells = share(dice, "abroad/cell", chained, dice.pick("abroad/part", chained, [5000, 2500, 7500]))
    ties.add("shareholder", holder, plan.enterprises + chained, on(abroad_opened(dice, plan)[chained]), share=cells)


def _partnerships(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    at = rows(plan.enterprises)[found.kind == PARTNERSHIP]
    start = on(found.opened)
    ties.add("general_partner", people.own(at, 0), at, start[at], share=100)
    parts = np.array([(9900, 0, 0), (4900, 5000, 0), (3300, 3300, 3300)])[dice.below("limited", at, 3)]
    for place in range(3):
        held = at[parts[:, place] > 0]
        person = people.known(f"limited/{place}", held)
        ties.add("limited_partner", person, held, start[held], share=parts[parts[:, place] > 0, place])


def _ordinary(dice: Dice, plan: Layout, found: Enterprises, people: People, ties: Ties) -> None:
    """The owners of all other companies: persons mostly; the state's hubs, other enterprises, and a few that hold very many.

    In one holding of eleven somebody sold it to the holder of today.  One of a hundred is told by a second source, at times
    otherwise.
    """
    owned = np.isin(found.kind, (PARTNERSHIP, PROPRIETORSHIP, TRADER, BRANCH, STATE_BODY), invert=True)
    at = rows(plan.enterprises)
    at = at[owned & (at >= plan.other_first)]
    parts = _SPLITS[dice.below("split", at, len(_SPLITS))]
    for place in range(4):
        chosen = parts[:, place] > 0
        held, units = at[chosen], parts[chosen, place]
        name = f"owner/{place}"
        holder = _owners(dice, plan, found, people, name, held, units, place)
        cells = share(dice, f"{name}/cell", held, units)
        since = found.opened[held]
        sold = np.where(
            dice.chance(f"{name}/sells", held, 90) & (since + 500 < END), dice.between(f"{name}/sold", held, since + 200, END), 0
        )
        was = sold > 0
        seller = people.known(f"{name}/seller", held[was])
        ties.add("shareholder", seller, held[was], on(since[was]), on(sold[was]), cells[was])
        start = np.where(was, on(sold), bound(dice, f"{name}/from", held, since))
        ties.add("shareholder", holder, held, start, share=cells)
        again = np.flatnonzero(dice.chance(f"{name}/again", held, 10))
        roll = dice.below(f"{name}/other", held[again], 10)
        told = np.select([roll < 7, roll < 9], [cells[again], band(units[again])], np.maximum(units[again] - 100, 1))
        ties.add("shareholder", holder[again], held[again], start[again], share=told, source=1)


def _owners(dice: Dice, plan: Layout, found: Enterprises, people: People, name: str, held: Ints, units: Ints, place: int) -> Ints:
    roll = dice.below(name, held, 1000)
    # Any enterprise that stands before: chains, mostly short.
    other = dice.below(f"{name}/enterprise", held, held)
    # A heavy tail of investors, in no order that is seen, with small parts only.
    investor = (dice.octave(f"{name}/investor", held, plan.enterprises) * 2_654_435_761 + 99) % plan.enterprises
    cannot = (found.kind[other] == BRANCH) | (found.kind[other] == TRADER)
    hub = dice.octave(f"{name}/hub", held, plan.hubs)
    # An investment house takes small parts only; the state's group before it takes the larger ones.
    hub = np.where((hub % 3 == 2) & (units > 2500), hub - 1, hub)
    person = (
        people.mostly_own(f"{name}/person", held, place, known=100, everywhere=5)
        if place < 2
        else people.known(f"{name}/person", held)
    )
    return np.select(
        [
            roll < 45,
            (roll < 145) & ~cannot,
            (roll < 230) & (units <= 2500) & (investor != held) & (found.kind[investor] != BRANCH),
        ],
        [hub, other, investor],
        person,
    )
