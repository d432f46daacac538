"""What further facts would change: also what a correction takes away."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.impact import Impact, impact
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Event, Fact, Finding, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import Bound, Interval, parse_day
from graph_service.model.verdict import Verdict
from graph_service.policy.loader import shipped_pack
from graph_service.policy.table import Pack
from graph_service.snapshot.overlay import OverlayReader
from graph_service.snapshot.view import View
from tests import strategies as small
from tests import strategies_ownership as owned

AT = parse_day("2019-12-31")
PACK = shipped_pack("cn-yunnan-2016")
DECIDED = Bound.on(parse_day("2018-09-01"))
ACT = Interval.parse("2018-01-01", "2018-06-01")


def record(subject: str) -> Record:
    return Record("R1", subject, "market_order", "bribery", "serious", ACT, DECIDED, instrument_no="No. 1", region="530000")


FACTS: tuple[Fact, ...] = (
    Subject("E1", SubjectKind.ENTERPRISE),
    Subject("E2", SubjectKind.ENTERPRISE),
    Subject("L1", SubjectKind.PERSON),
    Subject("D", SubjectKind.PERSON),
    Tie("T1", "legal_representative", "L1", "E1"),
    record("E1"),
    Finding("R1", "D", "directly_responsible"),
)


def changes(facts: Sequence[Fact], more: Sequence[Fact], pack: Pack = PACK, at: int = AT) -> Impact:
    with MemoryLedger.of(facts).read() as reader:
        return impact(View(reader), View(OverlayReader(reader, more)), more, [pack], at)


def test_a_corrected_office_frees_who_held_it_before() -> None:
    found = changes(FACTS, [Tie("T1", "legal_representative", "L2", "E2")])
    assert "E1" in found.looked_at
    assert {(one.subject, one.after) for one in found.verdicts} == {("L1", Verdict.EXCLUDED)}


def test_a_record_moved_to_another_enterprise_is_lifted_from_the_first() -> None:
    found = changes(FACTS, [record("E2")])
    assert set(found.looked_at) == {"E1", "E2"}
    assert {one.before.subject for one in found.consequences if one.before} >= {"E1", "L1"}


def test_the_death_of_somebody_whom_only_a_finding_names_ends_what_was_written_on_them() -> None:
    found = changes(FACTS, [Subject("D", SubjectKind.PERSON, closed_on=Bound.on(parse_day("2019-06-01")))])
    assert [one.after.standing.cause for one in found.consequences if one.after] == ["died"]


def test_an_event_changes_what_stands_and_adds_nothing_to_the_ledger() -> None:
    found = changes(FACTS, [Event("R1", "repaired", parse_day("2019-01-01"))])
    assert {one.what for one in found.consequences} == {"changed"}


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
@given(owned.registers(), owned.registers(), small.rules(timeless=True), st.sampled_from(small.WINDOW))
def test_whatever_differs_anywhere_is_among_the_changes(facts: list[Fact], more: list[Fact], rule: object, at: int) -> None:
    pack = small.pack_of([rule])  # type: ignore[list-item]
    found = changes(facts, more, pack, at)
    with MemoryLedger.of(facts).read() as reader:
        before, after = View(reader), View(OverlayReader(reader, more))
        for subject in (small.ENTERPRISE, "E2", *small.PERSONS):
            was, will = (
                {one.id: one.standing for one in trace(view, subject, [pack], at).consequences} for view in (before, after)
            )
            differing = {key for key in was.keys() | will.keys() if was.get(key) != will.get(key)}
            told = {one.id for change in found.consequences for one in (change.before, change.after) if one is not None}
            assert differing <= told
