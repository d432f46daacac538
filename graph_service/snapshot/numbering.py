"""Numbers for the keys of subjects, and what can be read off a key, for millions of keys at once.

* A number is the place of the key among all keys in the order of their code points.
* Keys are found by their 64-bit hashes, and every single one is compared with the key that was found for it: should two keys ever
  have one hash, the numbering starts anew with another seed.
* A Unified Social Credit Code is what `graph_service.model.identifiers.is_uscc` says, on bytes instead of texts.

Invariants: two different keys never have one number; numbers go from 0 without holes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

Numbers = npt.NDArray[np.int64]

_DIGITS = b"0123456789"
_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_LENGTH = 18


def number_keys(columns: Mapping[str, pl.Series]) -> tuple[pl.Series, dict[str, pl.Series]]:
    """All texts of some columns, sorted, and each column as places in them (Int32).  Costs a second for some million texts."""
    seed = 0
    while (found := _number(columns, seed)) is None:
        seed += 1
    keys, places = found
    ordered, rank = sorted_keys(keys)
    return ordered, {name: pl.Series(name, rank[place]) for name, place in places.items()}


def sorted_keys(keys: pl.Series) -> tuple[pl.Series, npt.NDArray[np.int32]]:
    """Different keys, sorted, and the place of each among the sorted ones.

    Costs half a second a million: to sort texts and find them again by their hashes costs half as much as to sort them with their
    places.
    """
    ordered, seed = keys.sort(), 0
    while True:
        hashes = keys.hash(seed).to_numpy()
        before = np.argsort(hashes)
        told = hashes[before]
        if not (told[1:] == told[:-1]).any():
            break
        seed += 1
    rank = np.empty(len(keys), dtype=np.int32)
    rank[before] = np.argsort(ordered.hash(seed).to_numpy())
    return ordered, rank


def _number(columns: Mapping[str, pl.Series], seed: int) -> tuple[pl.Series, dict[str, Numbers]] | None:
    """Texts in the order of their hashes and each column as places among them; None where two texts have one hash."""
    hashes = {name: column.hash(seed) for name, column in columns.items()}
    known = np.sort(pl.concat(list(hashes.values())).unique().to_numpy()) if hashes else np.empty(0, dtype=np.uint64)
    bits = min(max(len(known).bit_length(), 1), 24)
    shift = np.uint64(64 - bits)
    starts = np.searchsorted(known, np.arange(1 << bits, dtype=np.uint64) << shift)
    places: dict[str, Numbers] = {}
    there = np.zeros(len(known), dtype=np.bool_)
    parts: list[tuple[Numbers, pl.Series]] = [(np.empty(0, dtype=np.int64), pl.Series(dtype=pl.String))]
    for name, wanted in hashes.items():
        place = _places(known, starts, shift, wanted.to_numpy())
        row = np.full(len(known), -1, dtype=np.int64)
        row[place] = np.arange(len(place))
        fresh = np.flatnonzero((row >= 0) & ~there)
        there[fresh] = True
        parts.append((fresh, columns[name].gather(pl.Series(row[fresh])).alias("")))
        places[name] = place
    at = np.concatenate([part for part, _ in parts])
    texts = pl.concat([part for _, part in parts]).gather(pl.Series(np.argsort(at)))
    for name, column in columns.items():
        if not bool((texts.gather(pl.Series(places[name])).alias(name) == column).all()):
            return None
    return texts, places


def _places(known: npt.NDArray[np.uint64], starts: Numbers, shift: np.uint64, wanted: npt.NDArray[np.uint64]) -> Numbers:
    """Where hashes that are all known stand: from the first of their leading bits on, a step at a time."""
    place: Numbers = starts[wanted >> shift]
    behind = np.flatnonzero(known[place] != wanted)
    while len(behind):
        place[behind] += 1
        behind = behind[known[place[behind]] != wanted[behind]]
    return place


def valid_codes(keys: pl.Series) -> pl.Series:
    """Which keys are valid Unified Social Credit Codes (Boolean).  Costs some tenths of a second a million."""
    long = (keys.str.len_bytes() == _LENGTH).to_numpy()
    valid = np.zeros(len(keys), dtype=np.bool_)
    rows = np.flatnonzero(long)
    if len(rows):
        joined: str = keys.gather(pl.Series(rows)).str.join("").item()
        valid[rows] = _valid(np.frombuffer(joined.encode("utf-8"), dtype=np.uint8).reshape(-1, _LENGTH))
    return pl.Series("uscc", valid)


def _table(allowed: bytes) -> npt.NDArray[np.int16]:
    """The value of each byte: its place in the alphabet, -1 where it is not among ``allowed``."""
    table = np.full(256, -1, dtype=np.int16)
    for byte in allowed:
        table[byte] = _ALPHABET.index(byte)
    return table


_SHAPE = (_table(b"123456789ANY"), _table(b"123456789"), *[_table(_DIGITS)] * 6, *[_table(_ALPHABET)] * 10)
_WEIGHTS = np.array([pow(3, place, 31) for place in range(_LENGTH - 1)], dtype=np.int32)
_PROVINCES = np.zeros(100, dtype=np.bool_)
_PROVINCES[[10, 11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42, 43, 44, 45, 46, 50, 51, 52, 53, 54]] = True
_PROVINCES[[61, 62, 63, 64, 65, 71, 81, 82]] = True


def _valid(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    values = np.empty(codes.shape, dtype=np.int32)
    for place, table in enumerate(_SHAPE):
        values[:, place] = table[codes[:, place]]
    shaped = (values >= 0).all(axis=1)
    values[~shaped] = 0
    province = _PROVINCES[values[:, 2] * 10 + values[:, 3]]
    check = -(values[:, : _LENGTH - 1] @ _WEIGHTS) % 31
    right: npt.NDArray[np.bool_] = shaped & province & (check == values[:, _LENGTH - 1])
    return right
