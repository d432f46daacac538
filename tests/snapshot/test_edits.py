"""Rows that are taken out of a frame and put into it leave the others as they were."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph_service.snapshot import edits
from graph_service.snapshot.edits import Edit


@given(st.integers(0, 12), st.data())
def test_an_edit_is_what_taking_out_and_putting_in_one_by_one_is(height: int, data: st.DataObject) -> None:
    gone = sorted(data.draw(st.sets(st.integers(0, height - 1)))) if height else []
    before = sorted(data.draw(st.lists(st.integers(0, height), max_size=8)))
    edit = Edit(height, np.array(gone, dtype=np.int64), np.array(before, dtype=np.int64))
    wanted: list[int] = []
    for row in range(height + 1):
        wanted += [100 + number for number, place in enumerate(before) if place == row]
        wanted += [row] if row < height and row not in gone else []
    frame = pl.DataFrame({"of": range(height)}, {"of": pl.Int64})
    new = pl.DataFrame({"of": range(100, 100 + len(before))}, {"of": pl.Int64})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edits, "FEW", data.draw(st.sampled_from([0, 100])))
        found = edit.applied(frame, new)
    assert found["of"].to_list() == wanted
    assert found.n_chunks() <= 1
    assert [wanted[row] for row in edit.came()] == new["of"].to_list()
    stay = [row for row in range(height) if row not in gone]
    assert [wanted[row] for row in edit.moved(np.array(stay, dtype=np.int32))] == stay
