"""Marks: the shape and colour of each part, the glyph of each kind.  Both pictures and the legend are drawn from here.

Parts differ in shape, in colour and in border, so that one of the three is enough.  Colours are of the palette of Okabe and Ito,
which colour-blind readers tell apart.  What is only possible is hollow and its border is broken: it never looks like what is
certain.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph_service.report.reading import KINDS, PARTS


@dataclass(frozen=True, slots=True)
class Mark:
    """A part's mark: its outline as an SVG path in a box from -1 to 1, its half size, whether its border is broken."""

    path: str
    size: int
    broken: bool = False


_CIRCLE = "M-1,0A1,1 0 1 1 1,0A1,1 0 1 1 -1,0Z"
_OCTAGON = "M-.41,-1L.41,-1L1,-.41L1,.41L.41,1L-.41,1L-1,.41L-1,-.41Z"
_DIAMOND = "M0,-1.15L1.15,0L0,1.15L-1.15,0Z"
_HEXAGON = "M-1.1,0L-.55,-.95L.55,-.95L1.1,0L.55,.95L-.55,.95Z"
_SQUARE = "M-.9,-.62Q-.9,-.9 -.62,-.9L.62,-.9Q.9,-.9 .9,-.62L.9,.62Q.9,.9 .62,.9L-.62,.9Q-.9,.9 -.9,.62Z"
_PENTAGON = "M-1.05,-.85L1.05,-.85L1.05,.2L0,1.1L-1.05,.2Z"
# A frame around a block: the inner outline runs the other way, which leaves the gap between the two empty.
_FRAMED = "M-1.05,-1.05L1.05,-1.05L1.05,1.05L-1.05,1.05ZM-.9,-.9L-.9,.9L.9,.9L.9,-.9ZM-.76,-.76L.76,-.76L.76,.76L-.76,.76Z"

MARKS: dict[str, Mark] = {
    "subject": Mark(_FRAMED, 27),
    "liable": Mark(_OCTAGON, 22),
    "caught": Mark(_HEXAGON, 21),
    "candidate": Mark(_DIAMOND, 21, broken=True),
    "possibly_caught": Mark(_HEXAGON, 21, broken=True),
    "related": Mark(_SQUARE, 17),
    "listed": Mark(_PENTAGON, 19),
    "connected": Mark(_CIRCLE, 14),
}
assert tuple(MARKS) == PARTS

GLYPHS: dict[str, str] = {
    # a house with three windows
    "enterprise": "M-.42,.5L-.42,-.28L0,-.55L.42,-.28L.42,.5L.12,.5L.12,.16L-.12,.16L-.12,.5Z",
    # head and shoulders
    "person": "M-.2,-.3A.2,.2 0 1 1 .2,-.3A.2,.2 0 1 1 -.2,-.3ZM-.45,.5Q-.45,0 0,0Q.45,0 .45,.5Z",
    # head and shoulders with a card before them
    "practitioner": "M-.36,-.3A.2,.2 0 1 1 .04,-.3A.2,.2 0 1 1 -.36,-.3ZM-.58,.5Q-.58,0 -.16,0Q.12,0 .2,.2L.2,.5Z"
    "M.28,-.05L.6,-.05L.6,.5L.28,.5Z",
    "unknown": "M-.34,-.14Q-.34,-.55 0,-.55Q.34,-.55 .34,-.2Q.34,.04 .1,.12L.1,.24L-.1,.24L-.1,0Q.13,-.06 .13,-.2Q.13,-.34 0,-.34"
    "Q-.13,-.34 -.13,-.14ZM-.1,.34L.1,.34L.1,.54L-.1,.54Z",
}
assert tuple(GLYPHS) == KINDS


def size(part: str, members: int = 1) -> int:
    """Half the width of a mark; a gathering is a little larger than one of its part."""
    return MARKS[part].size + (4 if members > 1 else 0)
