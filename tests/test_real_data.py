"""Real ownership data: UK and GLEIF statements taken whole, and screened under three regimes.  No row of them is copied here."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph_service.ingest import load
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Listing, Subject, Tie, is_tie
from graph_service.questions.ask import Questions
from graph_service.questions.opening import read_register
from graph_service.register import read_facts

REGIMES = ("us-ofac", "eu", "uk-ofsi")


@pytest.fixture(scope="module")
def statements(shared: Path) -> Path:
    path = shared / "fixtures" / "bods_uk_gleif" / "all_demo.jsonl"
    if not path.is_file():
        pytest.skip("needs ../shared/fixtures/bods_uk_gleif, real data that is not part of the project")
    return path


@pytest.fixture(scope="module")
def register(statements: Path) -> Iterator[Questions]:
    with read_register(statements) as graph:
        yield graph


def names(graph: Questions) -> dict[str, list[str]]:
    """The subjects of each name, in capitals."""
    found: dict[str, list[str]] = defaultdict(list)
    with graph.ledger.read() as reader:
        for stored in reader.scan(Subject):
            if isinstance(stored.fact, Subject):
                found[stored.fact.name.upper()].append(stored.fact.id)
    return found


def widest(graph: Questions) -> str:
    """The subject that has ties to the most enterprises."""
    with graph.ledger.read() as reader:
        held = {(tie.fact.holder, tie.fact.enterprise) for tie in reader.scan(Tie) if is_tie(tie)}
    return min(Counter(holder for holder, _ in held).items(), key=lambda one: (-one[1], one[0]))[0]


def changes(graph: Questions, facts: list[Any], regime: str) -> Counter[str]:
    shape: dict[str, Any] = graph.impact(facts, packs=[regime], at="2026-11-23")
    assert shape["complete"]
    return Counter(row["change"] for row in shape["caught"])


def test_every_statement_is_taken_and_the_same_companies_are_merged(statements: Path, tmp_path: Path) -> None:
    ledger = MemoryLedger()
    first = load([statements], ledger, rejects=tmp_path / "rejects.csv")
    again = load([statements], ledger, rejects=tmp_path / "rejects.csv")
    assert (first.total.taken, first.total.rejected) == (1756, 0)
    assert {name: counts.taken for name, counts in first.tables.items()} == {"enterprises": 482, "persons": 18, "ties": 1256}
    assert (again.total.taken, again.total.unchanged) == (0, 1756)
    assert any("38" in notice.text() for notice in first.notices)


@pytest.mark.parametrize("regime", REGIMES)
def test_listed_names_that_are_subjects_here_are_listed_and_not_caught(
    register: Questions, shared: Path, tmp_path: Path, regime: str
) -> None:
    with (shared / "fixtures" / "ofac_sdn" / "sdn.csv").open(encoding="utf-8", newline="") as rows:
        listed = {row[1].upper() for row in csv.reader(rows) if len(row) > 1}
    by_name = names(register)
    matched = sorted(key for name in listed & by_name.keys() for key in by_name[name])
    assert len(matched) == 4
    lines = "".join(f"{key},{regime}\n" for key in matched)
    (tmp_path / "listings.csv").write_text(f"subject,regime\n{lines}", "utf-8")
    facts, report = read_facts([tmp_path / "listings.csv"], register.ledger)
    assert report.total.rejected == 0
    shape: dict[str, Any] = register.impact(facts, packs=[regime], at="2026-11-23")
    assert not {row["subject"] for row in shape["caught"]} & set(matched)


def test_ranges_of_shares_keep_certain_and_possible_apart(register: Questions) -> None:
    found = {regime: changes(register, [Listing(widest(register), regime)], regime) for regime in REGIMES}
    certain = {regime: found[regime]["excluded -> certain"] for regime in REGIMES}
    possible = {regime: found[regime]["excluded -> possible"] for regime in REGIMES}
    assert certain == {"us-ofac": 88, "eu": 93, "uk-ofsi": 92}
    assert possible == {"us-ofac": 14, "eu": 124, "uk-ofsi": 118}
