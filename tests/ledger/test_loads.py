"""A load that goes on, or was cut off, is known to whoever asks meanwhile."""

from __future__ import annotations

from pathlib import Path

from graph_service.ledger.protocol import Ledger
from graph_service.ledger.sqlite import SqliteLedger
from graph_service.model.facts import Subject, SubjectKind


def test_a_load_is_unfinished_until_it_ends(ledger: Ledger) -> None:
    assert ledger.unfinished_loads() == []
    ledger.begin_load("register")
    ledger.begin_load("more")
    ledger.append([Subject("E1", SubjectKind.ENTERPRISE)])
    assert ledger.unfinished_loads() == ["more", "register"]
    ledger.end_load("register")
    assert ledger.unfinished_loads() == ["more"]


def test_a_load_that_was_cut_off_is_still_known_and_repeating_it_clears_it(tmp_path: Path) -> None:
    first = SqliteLedger.open(tmp_path / "facts.db")
    first.begin_load("register")
    first.close()
    again = SqliteLedger.open(tmp_path / "facts.db", create=False)
    assert again.unfinished_loads() == ["register"]
    again.begin_load("register")
    again.end_load("register")
    assert again.unfinished_loads() == []
    again.close()
