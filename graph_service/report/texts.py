"""Names and sentences made safe to show: no character in them moves or hides what stands beside it.

* Characters that turn the direction of writing (U+202A to U+202E, U+2066 to U+2069) and control characters are shown as what
  they are, ``⟨U+202E⟩``: a name that holds one must not pass for another.
* Each name stands in an isolate of its own (``bdi`` in HTML, FSI and PDI on a canvas).
* A label is cut at 40 characters, never inside a cluster that is joined to what stands before it; the whole name stands in
  the tables.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LABEL_CHARACTERS = 40
LINE_CELLS = 25
"""How wide a line of a label is: a Latin letter is one cell, a Chinese character two."""
_HIDDEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb\u2028\u2029\ud800-\udfff]"
)
_JOINERS = "\u200d\ufe0e\ufe0f"


def shown(text: str) -> str:
    r"""A text with what would be hidden made visible.

    >>> shown("a\u202eb")
    'a⟨U+202E⟩b'
    """
    return _HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text) if _HIDDEN.search(text) else text


def isolated(text: str) -> str:
    """A text between FSI and PDI: its direction touches nothing outside."""
    return f"\u2068{text}\u2069"


def short(name: str, limit: int = LABEL_CHARACTERS) -> str:
    """A name for a label: safe to show, on one line, at most so many characters.

    >>> short("x" * 50) == "x" * 39 + "…"
    True
    """
    flat = " ".join(shown(name).split())
    if len(flat) <= limit:
        return flat
    end = limit - 1
    while end > 1 and (_joined(flat[end]) or flat[end - 1] in _JOINERS):
        end -= 1
    return flat[:end].rstrip() + "…"


def _joined(one: str) -> bool:
    """Whether a character belongs to the one before it."""
    return one in _JOINERS or unicodedata.combining(one) > 0 or "\U0001f3fb" <= one <= "\U0001f3ff"


def cells(text: str) -> float:
    """How wide a text is, in Latin letters of middling width; an overestimate where characters join."""
    return sum(map(_wide, text))


def _wide(one: str) -> float:
    if one < "\u0300":
        return 1.6 if one in "WMmw@%" else 1.25 if one.isupper() else 1
    if one in _JOINERS or unicodedata.combining(one):
        return 0
    return 2 if unicodedata.east_asian_width(one) in "WF" else 1


def lines(name: str, width: int = LINE_CELLS) -> list[str]:
    """A label's lines: words are kept together where they fit, Chinese is cut between characters.

    >>> lines("Sample Harbour Holdings Limited Company")
    ['Sample Harbour Holdings', 'Limited Company']
    """
    found: list[str] = []
    line, used = "", 0.0
    for piece in _pieces(short(name), width):
        size = cells(piece)
        if used and used + size > width + (1 if piece.endswith(" ") else 0):
            found.append(line.rstrip())
            line, used = "", 0.0
        line, used = line + piece, used + size
    return [*found, line.rstrip()] if line.strip() else found or [""]


def _pieces(text: str, width: int) -> Iterator[str]:
    """What may not be broken: words with the space after them, Chinese characters, chunks of words that are too long."""
    for word in re.findall(r"[^ ]+ ?", text):
        piece, used = "", 0.0
        for one in word:
            if piece and not _joined(one) and piece[-1] not in _JOINERS and (used + _wide(one) > width or _wide(piece[-1]) == 2):
                yield piece
                piece, used = "", 0.0
            piece, used = piece + one, used + _wide(one)
        yield piece
