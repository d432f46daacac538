"""Chance that is the same everywhere: a seed gives one sequence of integers, on every platform and Python version.

Only `random.Random.getrandbits` is used: its sequence for an integer seed is the Mersenne Twister's own.  Draws are scaled by
multiplication; the bias (below one in a million for the sizes here) does not matter for a sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A sequence of draws."""

    def __init__(self, seed: int) -> None:
        self._bits = Random(seed).getrandbits  # noqa: S311 (a sample, no secret)

    def below(self, limit: int) -> int:
        """An integer from 0 to ``limit - 1``."""
        return (self._bits(32) * limit) >> 32

    def between(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``, both included."""
        return low + ((self._bits(32) * (high - low + 1)) >> 32)

    def chance(self, per_mille: int) -> bool:
        """True so many times in a thousand."""
        return (self._bits(32) * 1000) >> 32 < per_mille

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[(self._bits(32) * len(items)) >> 32]

    def low(self, limit: int) -> int:
        """An integer from 0 to ``limit - 1`` where the first come far more often: the least of four draws."""
        return min(self.below(limit), self.below(limit), self.below(limit), self.below(limit))
