"""Rows taken out of a long frame and others put into it, a few at a time: what lies between is copied as it lies.

Invariant: the rows that stay keep their order, and so do those that come.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

Rows = npt.NDArray[np.int64]

FEW = 2_000
"""Up to how many changes a frame is put together from the runs between them; more are done row by row."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What happens to a frame of ``height`` rows: ``gone`` are rows that go, in order, each once.

    ``before`` says before which of its rows, gone ones among them, each new row stands, in order; ``height`` is behind all.
    """

    height: int
    gone: Rows
    before: Rows

    @property
    def changes(self) -> bool:
        """Whether anything goes or comes."""
        return bool(len(self.gone) or len(self.before))

    @property
    def height_after(self) -> int:
        """How many rows there are then."""
        return self.height - len(self.gone) + len(self.before)

    def came(self) -> Rows:
        """Where the new rows are then."""
        rows: Rows = self.before - np.searchsorted(self.gone, self.before) + np.arange(len(self.before))
        return rows

    def moved(self, rows: npt.NDArray[np.int32] | Rows) -> npt.NDArray[np.int32] | Rows:
        """Where rows that stay are then, in their own type.  Costs a pass over the height."""
        if not self.changes or not len(rows):
            return rows
        shift = np.zeros(self.height + 2, dtype=np.int32)
        np.add.at(shift, self.before, 1)
        np.subtract.at(shift, self.gone + 1, 1)
        found: npt.NDArray[np.int32] | Rows = rows + np.cumsum(shift, out=shift)[rows]
        return found

    def applied(self, frame: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
        """The frame afterwards.  Costs a copy.

        >>> frame, new = pl.DataFrame({"of": [0, 1, 2, 3]}), pl.DataFrame({"of": [7, 8, 9]})
        >>> Edit(4, np.array([1]), np.array([0, 2, 4])).applied(frame, new)["of"].to_list()
        [7, 0, 8, 2, 3, 9]
        """
        if not self.changes:
            return frame
        if len(self.gone) + len(self.before) > FEW:
            kept = np.delete(np.arange(self.height), self.gone)
            at = self.before - np.searchsorted(self.gone, self.before)
            return pl.concat([frame, new])[pl.Series(np.insert(kept, at, np.arange(self.height, self.height + new.height)))]
        parts = [frame.clear()]
        start = put = 0
        for end in [*np.unique(np.concatenate([self.gone, self.before])).tolist(), self.height]:
            parts.append(frame.slice(start, end - start))
            upto = int(np.searchsorted(self.before, end, side="right"))
            parts.append(new.slice(put, upto - put))
            goes = int(np.searchsorted(self.gone, end, side="right")) - int(np.searchsorted(self.gone, end))
            start, put = end + goes, upto
        return pl.concat([part for part in parts if part.height] or parts[:1], rechunk=True)
