"""The order of ties that share holder and enterprise: the place of each, from 0, in the order of their fact ids.

Of several ties that each prove a verdict a trace names the one of least fact id, and so must the joins.  Fact ids are digests: to
work them all out costs as much as to read the register, and most are never asked for.  So the place of a tie is worked out when
its pair is first asked for, and kept; a store, which has the digests, keeps all places beside its columns.

Invariant: a place that is known is that among all ties of the pair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from graph_service.snapshot.edits import Edit, Rows

Places = npt.NDArray[np.int32]

UNKNOWN = -1
"""What stands for a place that was not worked out."""


@dataclass(slots=True)
class TieRanks:
    """The places so far, one for each row of ``ties``; None before the first was asked for."""

    known: Places | None = None

    def of(self, ties: pl.DataFrame, rows: Rows, digests: Callable[[pl.Series], pl.Series]) -> Places:
        """The places of some rows.  ``digests`` gives the bytes of the fact ids of rows.

        Costs a scan of the ties, and a digest for each tie of a pair that was not asked for before; else a look.
        """
        if self.known is None:
            begins = _begins(ties)
            self.known = np.where(begins & np.append(begins[1:], True), 0, UNKNOWN).astype(np.int32)
        found = self.known[rows]
        unknown = found == UNKNOWN
        if unknown.any():
            whole, first = rows_of_pairs(ties, rows[unknown])
            told = pl.DataFrame({"first": first, "digest": digests(pl.Series(whole))}).with_row_index("at")
            if not self.known.flags.writeable:  # it lies in a file
                self.known = self.known.copy()
            # Pairs come one after another, so that each stays where it was.
            at = told.sort("first", "digest")["at"].to_numpy()
            starts = np.flatnonzero(np.diff(first, prepend=-1))
            lengths = np.diff(np.append(starts, len(first)))
            self.known[whole[at]] = np.arange(len(first)) - np.repeat(starts, lengths)
            found = self.known[rows]
        return found

    def after(self, before: pl.DataFrame, edit: Edit, ties: pl.DataFrame) -> TieRanks:
        """The places when the ties ``before`` were edited to ``ties``.  Nothing is known of the pairs that this touches."""
        if self.known is None or not edit.changes:
            return TieRanks(self.known)
        new = pl.DataFrame({"rank": np.full(len(edit.before), UNKNOWN, dtype=np.int32)})
        places = edit.applied(pl.DataFrame({"rank": self.known}), new)["rank"].to_numpy(writable=True)
        others = np.setdiff1d(rows_of_pairs(before, edit.gone)[0], edit.gone, assume_unique=True)
        places[edit.moved(others)] = UNKNOWN
        places[rows_of_pairs(ties, edit.came())[0]] = UNKNOWN
        return TieRanks(places)


def _begins(ties: pl.DataFrame) -> npt.NDArray[np.bool_]:
    """Where a pair begins among ties that lie by enterprise and holder."""
    begins = np.ones(ties.height, dtype=np.bool_)
    enterprise, holder = ties["enterprise"].to_numpy(), ties["holder"].to_numpy()
    begins[1:] = (enterprise[1:] != enterprise[:-1]) | (holder[1:] != holder[:-1])
    return begins


def rows_of_pairs(ties: pl.DataFrame, rows: Rows) -> tuple[Rows, Rows]:
    """All rows of the pairs of some rows, in order, each once; and the first row of the pair of each.

    Costs a few looks a row, and a step for each tie of the largest pair.

    >>> ties = pl.DataFrame({"enterprise": [1, 1, 1, 2], "holder": [5, 6, 6, 6]})
    >>> [part.tolist() for part in rows_of_pairs(ties, np.array([2]))]
    [[1, 2], [1, 1]]
    """
    enterprise, holder = ties["enterprise"].to_numpy(), ties["holder"].to_numpy()
    first = np.unique(_end_of_pair(enterprise, holder, rows.astype(np.int64), -1))
    lengths = _end_of_pair(enterprise, holder, first, 1) - first + 1
    of = np.repeat(first, lengths)
    return of + np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths), of


def _end_of_pair(enterprise: Places, holder: Places, rows: Rows, step: int) -> Rows:
    """The first (step -1) or last (step 1) row of the pair of each row."""
    at = rows.copy()
    going = np.arange(len(at))
    while len(going):
        following = at[going] + step
        inside = (following >= 0) & (following < len(enterprise))
        going, following = going[inside], following[inside]
        here = at[going]
        going = going[(enterprise[following] == enterprise[here]) & (holder[following] == holder[here])]
        at[going] += step
    return at
