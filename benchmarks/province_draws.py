"""Chance for whole columns, the same everywhere: a draw is a function of the seed, the name of what is drawn, and the row.

There is no state: the draws of rows 5 to 9 are those that the whole column has there, whatever was drawn before, in whatever
pieces.  The bits are SplitMix64's (a fixed arithmetic of 64-bit integers), scaled by multiplication; no float is involved, so
that no platform or library version rounds otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Bits = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)
_HALF = np.uint64(32)


def rows(count: int) -> Ints:
    """The rows ``0 .. count - 1``."""
    return np.arange(count, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Dice:
    """Draws under a seed.  ``name`` tells draws apart, ``at`` are the rows that they are for (any integers from 0)."""

    seed: int

    def _bits(self, name: str, at: Ints) -> Bits:
        """32 bits a row, as 64-bit integers so that they can be scaled."""
        start = np.uint64(int.from_bytes(blake2b(f"{self.seed}/{name}".encode(), digest_size=8).digest(), "little"))
        mixed = (at.astype(np.uint64) + np.uint64(1)) * _STEP
        mixed += start
        mixed ^= mixed >> np.uint64(30)
        mixed *= _FIRST
        mixed ^= mixed >> np.uint64(27)
        mixed *= _SECOND
        mixed ^= mixed >> np.uint64(31)
        return mixed >> _HALF

    def below(self, name: str, at: Ints, limit: int | Ints) -> Ints:
        """Integers from 0 to ``limit - 1`` (a number, or one a row; under 2**31)."""
        scale = np.asarray(limit, dtype=np.uint64)
        return ((self._bits(name, at) * scale) >> _HALF).astype(np.int64)

    def between(self, name: str, at: Ints, low: int | Ints, high: int | Ints) -> Ints:
        """Integers from ``low`` to ``high``, both included."""
        return np.asarray(low, dtype=np.int64) + self.below(name, at, np.asarray(high, dtype=np.int64) - low + 1)

    def chance(self, name: str, at: Ints, per_mille: int | Ints) -> Flags:
        """True so many times in a thousand."""
        return self.below(name, at, 1000) < per_mille

    def pick(self, name: str, at: Ints, items: Sequence[int] | Ints) -> Ints:
        """One of some integers."""
        choice = np.asarray(items, dtype=np.int64)
        return choice[self.below(name, at, len(choice))]

    def octave(self, name: str, at: Ints, limit: int) -> Ints:
        """Integers from 0 to ``limit - 1`` with a heavy tail: each octave (1, 2 to 3, 4 to 7, ...) comes as often as every other.

        So the first comes about ``1 / log2(limit)`` of the time, and the k-th about k times less often.
        """
        low = np.int64(1) << self.below(f"{name}/octave", at, limit.bit_length())
        room = np.minimum(low, limit + 1 - low)
        return low - 1 + self.below(f"{name}/place", at, room)
