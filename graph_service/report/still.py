"""The picture that needs no script: an SVG with the same marks at the same places, for paper and for browsers without scripts.

Labels are as large as can be read when the picture is as wide as a page of A4.  Where there is no room for all, those of the most
important subjects stand; every subject is named in the tables.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from graph_service.messages import Lang
from graph_service.report.gathering import Drawn, Line, Spot
from graph_service.report.layout import LARGEST, extent
from graph_service.report.live import line_words, spot_lines
from graph_service.report.marks import GLYPHS, MARKS, size
from graph_service.report.reading import FIRM, PARTS, Network
from graph_service.report.texts import cells, isolated

PAGE = 690
"""How wide a page is, in CSS pixels."""
LEGIBLE = 8.6
"""The size of letters on that page, in CSS pixels."""
Box = tuple[float, float, float, float]


@dataclass
class _Room:
    """What is taken already: boxes (left, top, right, bottom) in a grid of squares, so that few are looked at."""

    square: float = 160.0
    boxes: dict[tuple[int, int], list[Box]] = field(default_factory=lambda: defaultdict(list))

    def free(self, box: Box) -> bool:
        """Whether nothing that is taken overlaps a box."""
        return not any(
            box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]
            for square in self._squares(box)
            for other in self.boxes.get(square, ())
        )

    def take(self, box: Box) -> None:
        """Nothing else may stand here."""
        for square in self._squares(box):
            self.boxes[square].append(box)

    def around(self, least: Box) -> Box:
        """The box that holds everything, and at least this one."""
        every = [least, *(box for boxes in self.boxes.values() for box in boxes)]
        return (
            min(one[0] for one in every),
            min(one[1] for one in every),
            max(one[2] for one in every),
            max(one[3] for one in every),
        )

    def _squares(self, box: Box) -> list[tuple[int, int]]:
        left, top, right, bottom = (math.floor(one / self.square) for one in box)
        return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def definitions() -> Markup:
    """The marks and glyphs as symbols, once a file; the legend and the tables use them, too (``sign-liable-person``)."""
    parts = [f'<path id="mark-{part}" d="{mark.path}" vector-effect="non-scaling-stroke"/>' for part, mark in MARKS.items()]
    parts += [f'<path id="glyph-{kind}" d="{path}"/>' for kind, path in GLYPHS.items()]
    parts += [_sign(part, kind) for part in MARKS for kind in ("", *GLYPHS)]
    head = '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="9" markerHeight="9" orient="auto-start-reverse"'
    parts.append(f'{head} markerUnits="userSpaceOnUse"><path d="M0,0L8,4L0,8Z"/></marker>')
    return Markup(f'<svg class="symbols" width="0" height="0" aria-hidden="true"><defs>{"".join(parts)}</defs></svg>')  # noqa: S704


def _sign(part: str, kind: str) -> str:
    """A small mark, alone or with a kind's glyph."""
    glyph = f'<use href="#glyph-{kind}" class="glyph" transform="scale(.7)"/>' if kind else ""
    name = "-".join(filter(None, ("sign", part, kind)))
    mark = f'<g class="mark small-mark {part}"><use href="#mark-{part}"/>{glyph}</g>'
    return f'<symbol id="{name}" viewBox="-1.35 -1.35 2.7 2.7" overflow="visible">{mark}</symbol>'


def svg(network: Network, drawn: Drawn, places: Sequence[tuple[int, int]], lang: Lang, title: str) -> Markup:
    """The picture; needs `definitions` in the same file.  ``title`` says what it shows to whoever cannot see it."""
    left, top, width, height = extent(places)
    letter = max(12.0, LEGIBLE * width / PAGE)
    room, bare = _Room(), _Room()
    halves = [_half(spot, letter) for spot in drawn.spots]
    for number, (spot, (x, y)) in enumerate(zip(drawn.spots, places, strict=True)):
        half = halves[number] + 2
        for one in (room, bare) if spot.part in FIRM else (room,):
            one.take((x - half, y - half, x + half, y + half))
    labels = [_label(drawn, number, places[number], half, letter, (room, bare), lang) for number, half in enumerate(halves)]
    words = [_words(network, line, places, halves, letter * 0.86, room, lang) for line in _most_telling(drawn)]
    box = room.around((left, top, left + width, top + height))
    view = f"{box[0]:.0f} {box[1]:.0f} {box[2] - box[0]:.0f} {box[3] - box[1]:.0f}"
    body = [
        f'<svg class="still" viewBox="{view}" role="img" aria-label="{escape(title)}" font-size="{letter:.4g}">',
        *(_line(line, places, halves) for line in drawn.lines),
        *(_mark(drawn.spots[number], places[number], halves[number]) for number in reversed(range(len(drawn.spots)))),
        *words,
        *reversed(labels),
        "</svg>",
    ]
    return Markup("".join(body))  # noqa: S704


def _most_telling(drawn: Drawn) -> list[Line]:
    return sorted(drawn.lines, key=lambda line: (not line.in_proof, line.a, line.b))


def _line(line: Line, places: Sequence[tuple[int, int]], halves: Sequence[float]) -> str:
    (x1, y1), (x2, y2) = places[line.a], places[line.b]
    long = math.hypot(x2 - x1, y2 - y1) or 1.0
    off_a, off_b = halves[line.a] + 4, halves[line.b] + 4
    dx, dy = (x2 - x1) / long, (y2 - y1) / long
    kind = " ".join(name for name, there in (("proof", line.in_proof), ("past", not line.current)) if there)
    tips = (' marker-end="url(#tip)"' if line.forward else "") + (' marker-start="url(#tip)"' if line.backward else "")
    return (
        f'<line class="tie {kind}" x1="{x1 + dx * off_a:.0f}" y1="{y1 + dy * off_a:.0f}"'
        f' x2="{x2 - dx * off_b:.0f}" y2="{y2 - dy * off_b:.0f}"{tips}/>'
    )


def _mark(spot: Spot, place: tuple[int, int], half: float) -> str:
    inner = (
        f'<text class="count" y="{half * 0.3:.0f}" font-size="{half * 0.85:.3g}">{len(spot.members)}</text>'
        if spot.gathered
        else f'<use href="#glyph-{spot.kind}" class="glyph" transform="scale({_glyph(spot.part, half):.3g})"/>'
    )
    several = (
        f'<use href="#mark-{spot.part}" class="under" transform="translate({half * 0.3:.3g} {-half / 5:.3g}) scale({half:.4g})"/>'
        if spot.gathered
        else ""
    )
    return (
        f'<g class="mark {spot.part}" transform="translate({place[0]} {place[1]})">'
        f'{several}<use href="#mark-{spot.part}" transform="scale({half:.4g})"/>{inner}</g>'
    )


def _half(spot: Spot, letter: float) -> float:
    """Half the width of a mark: never much smaller than the letters, more for those who matter."""
    return min(max(float(size(spot.part, len(spot.members))), letter * (0.8 if spot.part in FIRM else 0.42)), LARGEST)


def _glyph(part: str, half: float) -> float:
    """How large a glyph is within a mark."""
    return half * (0.62 if part in {"candidate", "subject"} else 0.72)


def _label(
    drawn: Drawn, number: int, place: tuple[int, int], half: float, letter: float, rooms: tuple[_Room, _Room], lang: Lang
) -> str:
    """The name beside a mark: below, above, to the right, to the left, or at a corner; nothing where there is no room.

    Whoever must be named may be named over a mark that is only connected; the first of the rooms holds every mark, the second
    those that nothing may cover.
    """
    spot = drawn.spots[number]
    told = spot_lines(drawn, number, lang)
    firm = spot.part in FIRM
    wide = max(map(cells, told)) * letter * 0.54
    high, (x, y) = len(told) * letter * 1.2, place
    middle, beside, off = x - wide / 2, y - high / 2, half * 0.7
    spaces = [
        (left, top, left + wide, top + high)
        for left, top in (
            *((middle, y + half + 3), (middle, y - half - 3 - high), (x + half + 5, beside), (x - half - 5 - wide, beside)),
            *((x + off, y + off), (x - off - wide, y + off), (x + off, y - off - high), (x - off - wide, y - off - high)),
            *((middle, y + half + 0.7 * high), (middle, y - half - 1.7 * high)),
        )
    ]
    free = [box for room in (rooms if firm else rooms[:1]) for box in spaces if room.free(box)]
    if not free and not firm:
        return ""
    box = [*free, spaces[0]][0]
    for room in rooms:
        room.take(box)
    center = (box[0] + box[2]) / 2
    spans = "".join(
        f'<tspan x="{center:.0f}" y="{box[1] + (row + 0.86) * letter * 1.2:.0f}">{escape(isolated(one))}</tspan>'
        for row, one in enumerate(told)
    )
    return f'<text class="name{" firm" if firm else ""}">{spans}</text>'


def _words(
    network: Network,
    line: Line,
    places: Sequence[tuple[int, int]],
    halves: Sequence[float],
    letter: float,
    room: _Room,
    lang: Lang,
) -> str:
    """The ties along a line, where there is room for them."""
    (x1, y1), (x2, y2) = sorted((places[line.a], places[line.b]))
    long = math.hypot(x2 - x1, y2 - y1) or 1.0
    dx, dy = (x2 - x1) / long, (y2 - y1) / long
    space = long - sum(halves[one] + 8 for one in (line.a, line.b))
    for told in line_words(network, line, lang):
        wide, high = max(map(cells, told)) * letter * 0.54, len(told) * letter * 1.15
        for along in (0.5, 0.6, 0.4):
            x, y = x1 + (x2 - x1) * along, y1 + (y2 - y1) * along
            boxes = _along(x, y, dx, dy, wide, high)
            if wide / 2 + abs(along - 0.5) * long <= space / 2 and all(map(room.free, boxes)):
                for box in boxes:
                    room.take(box)
                return _slanting(x, y, math.degrees(math.atan2(dy, dx)), told, wide, high, letter)
    return ""


def _slanting(x: float, y: float, turn: float, told: list[str], wide: float, high: float, letter: float) -> str:
    """Words along a line, on a ground of their own so that the line does not run through them."""
    rise = 0.33 - (len(told) - 1) / 2
    ys = [f"{(row + rise) * letter * 1.15:.1f}" for row in range(len(told))]
    spans = "".join(f'<tspan x="0" y="{at}">{escape(isolated(one))}</tspan>' for at, one in zip(ys, told, strict=True))
    ground = f'<rect class="ground" x="{-wide / 2:.0f}" y="{-high / 2:.0f}" width="{wide:.0f}" height="{high:.0f}"/>'
    turned = f'transform="translate({x:.0f} {y:.0f}) rotate({turn:.1f})"'
    return f'<g {turned}>{ground}<text class="words" font-size="{letter:.4g}">{spans}</text></g>'


def _along(x: float, y: float, dx: float, dy: float, wide: float, high: float) -> list[Box]:
    """A slanting text as a row of small boxes."""
    count = max(1, round(wide / high))
    half = high / 2
    steps = [(one + 0.5) / count * wide - wide / 2 for one in range(count)]
    return [(x + dx * at - half, y + dy * at - half, x + dx * at + half, y + dy * at + half) for at in steps]


assert set(MARKS) == set(PARTS)
