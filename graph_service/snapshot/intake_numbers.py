"""Numbers for the keys of subjects as they come, some million at a time.

* A key has the number under which it came first, from 0 without holes; the empty text, where it may stand, has -1.
* Keys are found by their 64-bit hashes, and every single one is compared with the key that was found for it: should two keys ever
  have one hash, all are hashed anew with another seed.
* New keys are put into an index of their own, which is joined with those before it when it has grown to their size.

Invariant (must never happen): two different keys have one number, or one key has two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

UNKNOWN = -2
"""What stands for the number of a key that has none yet."""
_BITS = 22  # the most leading bits of a hash that are looked up at once

_Hashes = npt.NDArray[np.uint64]
_Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Index:
    """Sorted hashes with a last one above all, the places of their keys, and where each run of leading bits begins."""

    hashes: _Hashes
    places: npt.NDArray[np.int32]
    shift: np.uint64
    starts: npt.NDArray[np.int32]

    @classmethod
    def of(cls, hashes: _Hashes, first: int) -> _Index | None:
        """The index of keys with places from ``first``; None where two have one hash."""
        return cls._ordered(hashes, np.arange(first, first + len(hashes), dtype=np.int32), np.argsort(hashes))

    def joined(self, other: _Index) -> _Index | None:
        """One index of two; None where two keys have one hash.  Costs a merge of what is sorted already."""
        hashes = np.concatenate([self.hashes[:-1], other.hashes[:-1]])
        places = np.concatenate([self.places[:-1], other.places[:-1]])
        return self._ordered(hashes, places, np.argsort(hashes, kind="stable"))

    @classmethod
    def _ordered(cls, hashes: _Hashes, places: npt.NDArray[np.int32], order: _Places) -> _Index | None:
        ordered = hashes[order]
        top = np.uint64(np.iinfo(np.uint64).max)
        if (ordered[1:] == ordered[:-1]).any() or (len(ordered) and ordered[-1] == top):
            return None
        bits = min(max(len(hashes).bit_length(), 1), _BITS)
        shift = np.uint64(64 - bits)
        counts = np.bincount((ordered >> shift).astype(np.int64), minlength=1 << bits)
        starts = (np.cumsum(counts) - counts).astype(np.int32)
        return cls(np.append(ordered, top), np.append(places[order], np.int32(-1)), shift, starts)

    def find(self, wanted: _Hashes) -> npt.NDArray[np.int32]:
        """The places of the keys with these hashes, -1 where there is none."""
        at = self.starts[wanted >> self.shift]
        behind = np.flatnonzero(self.hashes[at] < wanted)
        while len(behind):
            at[behind] += 1
            behind = behind[self.hashes[at[behind]] < wanted[behind]]
        found: npt.NDArray[np.int32] = np.where(self.hashes[at] == wanted, self.places[at], np.int32(-1))
        return found


class Numbering:
    """Keys and their numbers so far."""

    def __init__(self) -> None:
        self._keys = pl.Series([""])  # the number of a key is its place less one
        self._seed = 0
        self._indexes: list[_Index] = []
        self._index_anew()

    @property
    def keys(self) -> pl.Series:
        """All keys by their numbers."""
        return self._keys.slice(1)

    def find(self, texts: pl.Series) -> pl.Series:
        """The number of each text (Int32), `UNKNOWN` for one that is no key so far.  Costs some tenths of a microsecond each."""
        hashes = texts.hash(self._seed).to_numpy()
        places = self._indexes[0].find(hashes)
        for index in self._indexes[1:]:
            missing = np.flatnonzero(places < 0)
            places[missing] = index.find(hashes[missing])
        found = pl.Series(np.maximum(places, 0))
        same = (self._keys.gather(found) == texts).to_numpy()
        if not (same | (places < 0)).all():
            self._seed += 1
            self._index_anew()
            return self.find(texts)
        return pl.Series(np.where(places < 0, np.int32(UNKNOWN), places - 1))

    def number(self, texts: pl.Series) -> pl.Series:
        """The number of each text, also of those that were no key before."""
        found = self.find(texts)
        unknown = found == UNKNOWN
        if not unknown.any():
            return found
        strangers = texts.filter(unknown)
        fresh = strangers.is_first_distinct()
        self._add(strangers.filter(fresh))
        return found.scatter(unknown.arg_true(), self.find(strangers))

    def numbered(self, frame: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
        """A frame with numbers in place of the keys in some columns."""
        return frame.with_columns(self.number(frame.get_column(name)).alias(name) for name in columns)

    def _add(self, keys: pl.Series) -> None:
        """Take keys that are different from each other and from all others."""
        first = len(self._keys)
        self._keys = pl.concat([self._keys, keys.alias("")]).rechunk()
        index = _Index.of(keys.hash(self._seed).to_numpy(), first)
        while index is not None and self._indexes and len(self._indexes[-1].hashes) <= len(index.hashes):
            index = index.joined(self._indexes.pop())
        if index is None:
            self._seed += 1
            self._index_anew()
        else:
            self._indexes.append(index)

    def _index_anew(self) -> None:
        while (index := _Index.of(self._keys.hash(self._seed).to_numpy(), 0)) is None:
            self._seed += 1
        self._indexes = [index]
