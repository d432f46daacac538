"""Published and derived examples, met exactly: ownership cascades of the shared vectors, and control."""

from __future__ import annotations

import json
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import pytest

from graph_service.engine.cascade import in_force, screen
from graph_service.engine.control import Pair, control_pairs, ultimate
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Listing, Tie, is_tie
from graph_service.model.interval import parse_day
from graph_service.model.share import Share
from graph_service.model.verdict import Verdict
from graph_service.policy.loader import shipped_pack
from graph_service.snapshot.view import View

TODAY = parse_day("2025-06-30")
REGIMES = {
    "ofac": ("us-ofac", TODAY),
    "uk": ("uk-ofsi", TODAY),
    "eu2024": ("eu", TODAY),
    "eu_pre2024": ("eu", parse_day("2024-07-02")),
}


def holdings(edges: Iterable[tuple[str, str, object]]) -> list[Fact]:
    return [
        Tie(f"T{number}", "shareholder", owner, owned, share=Share.parse(str(share)))
        for number, (owner, owned, share) in enumerate(edges)
    ]


def control(
    edges: Iterable[tuple[str, str, object]], threshold: Fraction = Fraction(1, 2), joint: tuple[str, str] | None = None
) -> list[Pair]:
    facts = holdings(edges)
    if joint:
        facts.append(Tie("J", "joint_arrangement", *joint))
    with MemoryLedger.of(facts).read() as reader:
        return control_pairs([tie for tie in reader.scan(Tie) if is_tie(tie)], TODAY, threshold)


def pairs(found: Iterable[Pair]) -> set[tuple[str, str]]:
    return {(pair.controller, pair.controlled) for pair in found if pair.verdict.certain}


def vectors(shared: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((shared / "vectors" / "cascade.json").read_text("utf-8"))["vectors"]
    return found


@pytest.mark.parametrize("column", REGIMES)
def test_every_cascade_vector_is_met_exactly(shared: Path, column: str) -> None:
    regime, at = REGIMES[column]
    pack = shipped_pack(regime)
    tried = 0
    for vector in vectors(shared):
        if column not in vector:
            continue
        tried += 1
        facts = holdings(vector["edges"])  # type: ignore[arg-type]
        facts += [Tie(f"J{number}", "joint_arrangement", *pair) for number, pair in enumerate(vector.get("joint", ()))]  # type: ignore[arg-type, var-annotated]
        facts += [Listing(subject, regime) for subject in vector["listed"]]  # type: ignore[attr-defined]
        (cascade,) = in_force(pack.cascades, at)
        with MemoryLedger.of(facts).read() as reader:
            view = View(reader)
            found = screen(view, cascade, at)
            sanctioned = {
                one.subject
                for key in {str(end) for edge in vector["edges"] for end in edge[:2]}  # type: ignore[attr-defined]
                for one in trace(view, key, [pack], at).consequences
            }
        assert {one.subject for one in found} == set(vector[column]), vector["id"]  # type: ignore[call-overload]
        assert all(one.verdict is Verdict.CERTAIN for one in found), vector["id"]
        assert sanctioned == set(vector[column]), f"{vector['id']}: one trace and the screening differ"  # type: ignore[call-overload]
    assert tried >= 2


def test_c2_a_source_controls_through_what_it_controls_together() -> None:
    edges = [("source", "c1", 100), ("source", "c2", 100), ("source", "c3", 100), ("c1", "c4", 30), ("c2", "c4", 30)]
    edges += [("c4", "sink", 30), ("c3", "sink", 30)]
    assert pairs(control(edges)) == {("source", name) for name in ("c1", "c2", "c3", "c4", "sink")}


def test_c3_a_published_page_and_its_mistake() -> None:
    edges = [
        ("Alpha", "Phoenix", 70), ("Alpha", "Initech", 40), ("Phoenix", "Initech", 10), ("Phoenix", "Royal", 60),
        ("Royal", "Initech", 10), ("Royal", "Goldward", 30), ("Goldleaf", "Acme", 40), ("Initech", "Acme", 40),
        ("Initech", "Soylent", 99), ("Soylent", "Goldward", 30),
    ]  # fmt: skip
    expected = {("Alpha", name) for name in ("Phoenix", "Royal", "Initech", "Soylent", "Goldward")}
    assert pairs(control(edges)) == expected | {("Phoenix", "Royal"), ("Initech", "Soylent")}


def test_c4_a_cycle_of_holdings() -> None:
    assert pairs(control([("1", "2", 80), ("2", "3", 80), ("3", "1", 20)])) == {("1", "2"), ("1", "3"), ("2", "3")}


def test_c5_partners_control_together_what_neither_controls_alone() -> None:
    edges = [
        ("P1", "C4", 80),
        ("P2", "C5", 60),
        ("P2", "C6", 70),
        ("C5", "C7", 30),
        ("C6", "C7", 30),
        ("P2", "C8", 35),
        ("P3", "C8", 25),
    ]
    apart, together = control(edges), control(edges, joint=("P2", "P3"))
    assert {("P1", "C4"), ("P2", "C5"), ("P2", "C6"), ("P2", "C7")} == pairs(apart)
    assert {("P2", "C8"), ("P3", "C8")} <= pairs(together)
    assert {pair.jointly_with for pair in together if pair.controlled == "C8"} == {("P2",), ("P3",)}
    assert next(pair for pair in together if (pair.controller, pair.controlled) == ("P2", "C7")).jointly_with == ()


def test_io1_control_counts_the_whole_of_what_a_controlled_owner_holds() -> None:
    assert ("X", "B") in pairs(control([("X", "A", 60), ("A", "B", 50), ("X", "B", 20)]))


def test_bo1_a_beneficial_owner_of_29_per_cent_controls_nothing() -> None:
    assert pairs(control([("P", "H", 60), ("H", "T", 40), ("P", "T", 5)])) == {("P", "H")}


def test_exactly_half_is_no_control_and_a_hair_more_is() -> None:
    assert not pairs(control([("X", "A", "50")]))
    assert pairs(control([("X", "A", "50.0001")])) == {("X", "A")}
    assert pairs(control([("X", "A", ">25"), ("Y", "A", "0")], threshold=Fraction(1, 4))) == {("X", "A")}


def test_a_range_across_the_threshold_is_possible_and_others_cap_it() -> None:
    (pair,) = control([("X", "A", "25-60")])
    assert pair.verdict is Verdict.POSSIBLE
    assert not control([("X", "A", "25-60"), ("Y", "A", "49"), ("Z", "A", "10")]), "others certainly hold 59 %"


def test_an_ultimate_controller_is_controlled_by_nobody_and_mutual_control_is_one_group() -> None:
    chain = control([("P", "A", 60), ("A", "B", 60)])
    assert ultimate(chain, "B") == [("P",)]
    circle = control([("A", "B", 60), ("B", "A", 60), ("B", "C", 80)])
    assert ultimate(circle, "C") == [("A", "B")]
    assert not ultimate(chain, "nobody")
