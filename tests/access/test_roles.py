"""Whose region a region lies in."""

from __future__ import annotations

from graph_service.access.roles import Caller, Role


def test_a_region_that_names_no_place_lies_in_nobodys_and_takes_in_none() -> None:
    everywhere = Caller("k", "n", Role.OFFICER, "key", regions=("000000",))
    assert not everywhere.within("530102")
    officer = Caller("k", "n", Role.OFFICER, "key", regions=("530000",))
    assert officer.within("530102004")
    assert not officer.within("")
    assert not officer.within("somewhere")
