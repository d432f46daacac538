"""Where everything stands: the subject asked about in the middle, its neighbours around it, the others behind what they hang on.

The picture opens still, and is the same each time: nothing here is drawn by lot or hangs on the order of a set.

* Room is handed out in boxes, each large enough for a mark and its label, on ellipses around the middle; no two boxes overlap.
* Up to 26 neighbours of the subject stand on one ellipse, so that no line to the middle passes another mark; those that are
  connected elsewhere stand beside each other.
* Everybody else takes the free place nearest to the neighbours that already stand, the most important first.
"""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from graph_service.report.gathering import Drawn

Points = npt.NDArray[np.float64]

BOX = (158.0, 92.0)
"""The width and height that a mark with its label takes."""
FIRST_RING = (310.0, 240.0)
"""Half axes of the innermost ellipse: room for the words on the lines to the middle."""
STEP = (150.0, 98.0)
"""How much the half axes grow from one ellipse to the next."""
ONE_RING = 26
LARGEST = 42.0
"""Half the width of the largest mark that never touches another: two boxes are a width or a height apart."""


def positions(drawn: Drawn) -> list[tuple[int, int]]:
    """The place of each spot, x to the right and y down, in the order of the spots; the first spot is in the middle."""
    count = len(drawn.spots)
    if not count:
        return []
    near = _neighbours(drawn)
    first = _first_ring(drawn, near)
    placed: dict[int, tuple[float, float]] = {0: (0.0, 0.0)}
    axes = FIRST_RING
    if 0 < len(first) <= ONE_RING:
        ring, axes = _even(len(first))
        placed |= {spot: (float(x), float(y)) for spot, (x, y) in zip(first, ring, strict=True)}
        axes = axes[0] + STEP[0], axes[1] + STEP[1]
    rest = [spot for spot in _outward(near, count) if spot not in placed]
    slots = _field(np.array(list(placed.values())), axes, len(rest) + len(rest) // 4)
    free = np.ones(len(slots), dtype=bool)
    for spot in rest:
        x, y = _target(spot, near, placed)
        away = np.where(free, (slots[:, 0] - x) ** 2 + (1.6 * (slots[:, 1] - y)) ** 2, np.inf)
        taken = int(np.argmin(away))
        free[taken] = False
        placed[spot] = float(slots[taken, 0]), float(slots[taken, 1])
    return [(round(placed[spot][0]), round(placed[spot][1])) for spot in range(count)]


def _neighbours(drawn: Drawn) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in drawn.spots]
    for line in drawn.lines:
        near[line.a].append(line.b)
        near[line.b].append(line.a)
    return [sorted(set(one)) for one in near]


def _first_ring(drawn: Drawn, near: Sequence[Sequence[int]]) -> list[int]:
    """The subject's neighbours, those connected without it beside each other; everybody where nobody is tied to it."""
    around = near[0] or ([*range(1, len(drawn.spots))] if len(drawn.spots) <= ONE_RING else [])
    found: list[int] = []
    seen = {0}
    for start in around:
        rest = [start]
        while rest:
            spot = rest.pop()
            if spot not in seen:
                seen.add(spot)
                rest.extend(reversed(near[spot]))
                if spot in around:
                    found.append(spot)
    return found


def _outward(near: Sequence[Sequence[int]], count: int) -> list[int]:
    """Every spot, by its distance from the middle, then its importance; what nothing ties to the middle last."""
    away = {0: 0}
    rest = deque([0])
    while rest:
        spot = rest.popleft()
        for other in near[spot]:
            if other not in away:
                away[other] = away[spot] + 1
                rest.append(other)
    return sorted(range(count), key=lambda spot: (away.get(spot, count), spot))


def _target(spot: int, near: Sequence[Sequence[int]], placed: dict[int, tuple[float, float]]) -> tuple[float, float]:
    """Where a spot would best stand: behind the middle of those of its neighbours that stand, seen from the centre."""
    there = [placed[other] for other in near[spot] if other in placed and other]
    if not there:
        return 0.0, 0.0
    x, y = sum(one[0] for one in there) / len(there), sum(one[1] for one in there) / len(there)
    return 1.15 * x, 1.15 * y


def _even(count: int) -> tuple[Points, tuple[float, float]]:
    """So many places on one ellipse, as far apart as they will go, and its half axes: it grows until they fit."""
    axes = FIRST_RING
    while len(_walk(axes, BOX, np.empty((0, 2)))) < count:
        axes = axes[0] * 1.06, axes[1] * 1.06
    low, high = 1.0, 8.0
    for _ in range(20):
        middle = (low + high) / 2
        wide = BOX[0] * middle, BOX[1] * middle
        low, high = (middle, high) if len(_walk(axes, wide, np.empty((0, 2)))) >= count else (low, middle)
    return _walk(axes, (BOX[0] * low, BOX[1] * low), np.empty((0, 2)))[:count], axes


def _field(taken: Points, axes: tuple[float, float], count: int) -> Points:
    """At least so many free places on ellipses from these half axes outward, none overlapping another or a taken one."""
    rings: list[Points] = [taken]
    found = 0
    while found < count:
        ring = _walk(axes, BOX, np.concatenate(rings[-2:]))
        rings.append(ring)
        found += len(ring)
        axes = axes[0] + STEP[0], axes[1] + STEP[1]
    return np.concatenate(rings[1:]) if len(rings) > 1 else np.empty((0, 2))


def _walk(axes: tuple[float, float], box: tuple[float, float], taken: Points) -> Points:
    """Places along an ellipse from its top, clockwise: each as soon as its box is clear of every other."""
    a, b = axes
    steps = max(72, int(math.pi * (a + b) / 9))
    angles = np.linspace(0.0, 2 * math.pi, steps, endpoint=False) - math.pi / 2
    ring = np.stack([a * np.cos(angles), b * np.sin(angles)], axis=1)
    # What a place may not come near to: those of earlier rings, all at once; those of this ring, one by one.
    clear: npt.NDArray[np.bool_] = np.ones(steps, dtype=np.bool_)
    if len(taken):
        off = np.abs(ring[:, None, :] - taken[None, :, :])
        clear = np.logical_or(off[:, :, 0] >= box[0], off[:, :, 1] >= box[1]).min(axis=1)
    chosen: list[int] = []
    while clear.any():
        one = int(np.argmax(clear))
        chosen.append(one)
        clear &= (np.abs(ring[:, 0] - ring[one, 0]) >= box[0]) | (np.abs(ring[:, 1] - ring[one, 1]) >= box[1])
        clear[: one + 1] = False
    return ring[chosen]


def extent(places: Sequence[tuple[int, int]]) -> tuple[int, int, int, int]:
    """Left, top, width and height of all places with their boxes."""
    if not places:
        return (-200, -120, 400, 240)
    xs, ys = [x for x, _ in places], [y for _, y in places]
    left, top = min(xs) - 95, min(ys) - 60
    return left, top, max(xs) + 95 - left, max(ys) + 85 - top


def crowded(places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pairs of places whose boxes overlap: none, unless the layout is wrong."""
    columns: dict[int, list[int]] = defaultdict(list)
    for number, (x, _) in enumerate(places):
        columns[int(x // BOX[0])].append(number)
    return [
        (one, other)
        for column, members in columns.items()
        for one in members
        for beside in (column, column + 1)
        for other in columns.get(beside, ())
        if (other > one or beside > column)
        and abs(places[one][0] - places[other][0]) < BOX[0] - 2
        and abs(places[one][1] - places[other][1]) < BOX[1] - 2
    ]
