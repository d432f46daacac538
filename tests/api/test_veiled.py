"""A veiled ledger against the real one, on every register: the same verdicts, and nothing of anybody hidden."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.access.masking import FACT, PERSON, TEXT, TIE, Masks
from graph_service.api.veiled import Veil, VeiledLedger
from graph_service.engine.control import control_pairs
from graph_service.engine.holdings import holdings
from graph_service.engine.shapes import to_json, trace_shape
from graph_service.engine.trace import credit_record, trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger, Reader
from graph_service.messages import LedgerError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie, fact_id, is_tie
from graph_service.model.share import Share
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View
from tests import strategies as small
from tests import strategies_ownership as owned
from tests.properties.test_invariants import questions

MASKS = Masks(b"property tests have a secret, too")
HIDDEN = {key: f"HUMAN-{key}-BEING" for key in (*small.PERSONS, small.UNDESCRIBED, small.UNSPECIFIED)}
SEALED = re.compile(r"[pfts]~[\w-]{43,}")
few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def distinct(fact: Fact) -> Fact:
    """The fact with persons under keys and names that stand nowhere else."""
    told: dict[str, Any] = {
        one.name: HIDDEN[getattr(fact, one.name)]
        for one in fields(fact)
        if isinstance(getattr(fact, one.name), str) and getattr(fact, one.name) in HIDDEN
    }
    made = replace(fact, **told)
    return replace(made, name=f"Name of {made.id}") if isinstance(made, Subject) and made.id in HIDDEN.values() else made


def names_hidden(fact: Fact) -> bool:
    keys = [getattr(fact, name, "") for name in ("id", "holder", "enterprise", "subject", "person")]
    return any(key in HIDDEN.values() for key in keys)


def unsealed(text: str) -> str:
    return SEALED.sub(
        lambda found: next(one for kind in (PERSON, FACT, TIE, TEXT) if (one := MASKS.opened(kind, found[0]))), text
    )


def rows(ledger: Ledger, subject: str, pack: Pack, at: int) -> tuple[list[str], str]:
    """What is decided about a subject, one text a row, and the whole answer."""
    with ledger.read() as reader:
        found = trace(View(reader), subject, [pack], at)
    shape: Any = trace_shape(found, known="", position=0, lang="en")
    told = [[one[name] for name in ("person", "record", "rule", "verdict")] for one in shape["persons"]]
    for one in shape["consequences"]:
        # Of several minimal proofs of a cascade the first by fact ids counts, and fact ids are sealed.
        id_of = () if one["kind"] == "derived_sanction" else ("id",)
        told.append([one[name] for name in (*id_of, "subject", "kind", "code", "status", "from", "to", "cause")])
    told += [[one["code"], one["about"]] for one in shape["data_faults"]]
    return [unsealed(str(row)) for row in told], to_json(shape)


@few
@given(questions())
def test_what_is_decided_is_the_same_and_nobody_hidden_is_in_any_byte(question: tuple[list[Fact], Pack, int]) -> None:
    facts, pack, at = question
    facts = [distinct(fact) for fact in facts]
    plain = MemoryLedger.of(facts)
    veiled = VeiledLedger(plain, Veil(MASKS, frozenset()))
    secrets = [fact_id(fact) for fact in facts if names_hidden(fact)] + ["HUMAN-", "Name of HUMAN"]
    for key in (small.ENTERPRISE, "E2"):
        expected, _ = rows(plain, key, pack, at)
        got, body = rows(veiled, key, pack, at)
        assert sorted(got) == sorted(expected)
        assert [one for one in secrets if one in body] == []
    for person in HIDDEN.values():
        with plain.read() as reader, veiled.read() as other:
            expected_record = credit_record(View(reader), person, [pack], at)
            by_pseudonym = credit_record(View(other), MASKS.pseudonym(person), [pack], at)
            by_key = credit_record(View(other), person, [pack], at)
        assert sorted(unsealed(one.id) for one in by_pseudonym.consequences) == sorted(
            one.id for one in expected_record.consequences
        )
        assert not by_key.reached
        assert not by_key.consequences


@few
@given(questions(), st.sets(st.sampled_from(sorted(HIDDEN.values()))))
def test_whoever_is_in_clear_is_as_they_are_and_the_others_are_not(
    question: tuple[list[Fact], Pack, int], clear: set[str]
) -> None:
    facts = [distinct(fact) for fact in question[0]]
    veil = Veil(MASKS, frozenset(clear))
    changes = list(VeiledLedger(MemoryLedger.of(facts), veil).since(0))
    text = repr([change.fact for change in changes])
    hidden = set(HIDDEN.values()) - clear
    assert not any(key in text for key in hidden)
    assert veil.shown == {key for key in clear if key in repr(facts)}
    with VeiledLedger(MemoryLedger.of(facts), veil).read() as reader:
        for kind in (Subject, Tie, Record, Finding, Event, Listing):
            assert not any(key in repr(stored) for stored in reader.scan(kind) for key in hidden)


OWNERS = {key: f"HUMAN-{key}-OWNER" for key in owned.OWNERS}


@few
@given(st.sampled_from(small.WINDOW).flatmap(lambda at: st.tuples(st.just(at), owned.holdings(at), owned.arrangements(at))))
def test_masked_owners_hold_and_control_what_they_do_in_clear(case: tuple[int, list[Tie], list[Tie]]) -> None:
    at, *ties = case
    facts = [
        replace(tie, holder=OWNERS.get(tie.holder, tie.holder), enterprise=OWNERS.get(tie.enterprise, tie.enterprise))
        for tie in (*ties[0], *ties[1])
    ]
    plain = MemoryLedger.of([*facts, *(Subject(key, SubjectKind.ENTERPRISE) for key in owned.COMPANIES)])
    with plain.read() as reader, VeiledLedger(plain, Veil(MASKS, frozenset())).read() as other:
        expected, got = _pairs(reader, at), _pairs(other, at)
    assert sorted(unsealed(one) for one in got) == sorted(expected)


def _pairs(reader: Reader, at: int) -> list[str]:
    pairs = control_pairs([one for one in reader.scan(Tie) if is_tie(one)], at)
    return [f"{one.controller} {one.controlled} {one.verdict} {sorted(map(unsealed, one.jointly_with))}" for one in pairs]


def test_two_sources_of_a_masked_owner_are_not_added_up() -> None:
    told = [Tie(f"H{source}", "shareholder", "HUMAN", "A", share=Share.parse("30"), source=source) for source in ("x", "y")]
    plain = MemoryLedger.of([*told, Subject("A", SubjectKind.ENTERPRISE)])
    with VeiledLedger(plain, Veil(MASKS, frozenset())).read() as reader:
        (holding,) = holdings(reader.ties_into(["A"]), small.WINDOW[0], frozenset({"shareholder"}))
    assert holding.lo == holding.hi == Share.parse("30").lo


def test_a_person_on_the_far_side_of_an_arrangement_or_a_nominee_is_masked_though_nobody_describes_them() -> None:
    for kind in ("joint_arrangement", "nominee_for"):
        ledger = VeiledLedger(MemoryLedger.of([Tie("T", kind, "HUMAN-1", "HUMAN-2")]), Veil(MASKS, frozenset()))
        with ledger.read() as reader:
            assert "HUMAN" not in repr(list(reader.scan(Tie)))
            assert reader.ties_into(["HUMAN-2"]) == []
            assert len(reader.ties_into([MASKS.pseudonym("HUMAN-2")])) == 1


def test_a_veiled_ledger_takes_nothing() -> None:
    ledger = VeiledLedger(MemoryLedger.of([]), Veil(MASKS, frozenset()))
    for write in (lambda: ledger.append([]), lambda: ledger.begin_load("x"), lambda: ledger.identity_hash("", "1")):
        with pytest.raises(LedgerError, match="view"):
            write()
