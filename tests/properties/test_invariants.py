"""What the engine must keep on every register: order, retraction, narrower gaps, replay, the same question twice."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from graph_service.engine.cascade import screen
from graph_service.engine.control import control_pairs
from graph_service.engine.liability import verdicts
from graph_service.engine.shapes import to_json, trace_shape
from graph_service.engine.trace import cases_of, trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Ledger, Position
from graph_service.model.facts import Fact, Record, Subject, Tie, fact_id, is_tie
from graph_service.model.interval import FIRST, LAST, Bound, Interval
from graph_service.model.share import Share
from graph_service.model.verdict import Verdict
from graph_service.policy.table import Carriage, Pack
from graph_service.snapshot.view import View
from tests import strategies as small
from tests import strategies_ownership as owned

many = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
CARRYING = (
    Carriage("office", "flag", "near", "discretion", roles=frozenset(small.ROLES)),
    Carriage("control", "flag", "group", "discretion", directions=frozenset({"down", "up", "sibling"})),
)


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[Fact], Pack, int]:
    """A register, a law and a day."""
    facts = draw(owned.registers(deaths=True))
    rules = [replace(draw(small.rules(f"R-{number}")), carriages=CARRYING) for number in range(draw(st.integers(1, 2)))]
    pack = replace(small.pack_of(rules, [draw(owned.cascades())]), through_state_holders=draw(st.booleans()))
    return facts, pack, draw(st.sampled_from([*small.WINDOW, small.WINDOW[-1] + 30]))


def answers(ledger: Ledger, pack: Pack, at: int, known: Position | None = None) -> list[str]:
    """The bytes of every trace and screening of a register, less where in the ledger's history they were asked."""
    with ledger.read(known) as reader:
        view = View(reader)
        subjects = sorted({small.ENTERPRISE, "E2", *small.PERSONS, *owned.COMPANIES})
        traced = [to_json(trace_shape(trace(view, key, [pack], at), known="", position=0, lang="en")) for key in subjects]
        caught = [repr((one.subject, one.verdict, one.owners)) for one in screen(view, pack.cascades[0], at)]
    return [*traced, *caught]


@many
@given(questions(), st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_nothing(question: tuple[list[Fact], Pack, int], dice: random.Random) -> None:
    facts, pack, at = question
    assume(len({fact.key for fact in facts}) == len(facts))
    shuffled = list(facts)
    dice.shuffle(shuffled)
    assert answers(MemoryLedger.of(facts), pack, at) == answers(MemoryLedger.of(shuffled), pack, at)


@many
@given(questions(), owned.registers())
def test_adding_facts_and_retracting_them_changes_nothing(question: tuple[list[Fact], Pack, int], more: list[Fact]) -> None:
    facts, pack, at = question
    ledger = MemoryLedger.of(facts)
    before = answers(ledger, pack, at)
    keys = {fact.key for fact in facts}
    fresh = [fact for fact in more if fact.key not in keys]
    ledger.append(fresh)
    ledger.append((), retract=[fact_id(fact) for fact in fresh])
    assert answers(ledger, pack, at) == before


@many
@given(questions(), st.integers(1, 4))
def test_replaying_from_nothing_equals_following_along(question: tuple[list[Fact], Pack, int], steps: int) -> None:
    facts, pack, at = question
    following = MemoryLedger()
    size = max(1, len(facts) // steps)
    seen: list[tuple[Position, list[str]]] = []
    for start in range(0, len(facts), size):
        following.append(facts[start : start + size])
        seen.append((following.last(), answers(following, pack, at)))
    replayed = MemoryLedger()
    for change in following.since(0):
        if change.added:
            replayed.append([change.fact])
        else:
            replayed.append((), retract=[change.fact_id])
    assert answers(replayed, pack, at) == answers(following, pack, at)
    for position, was in seen:
        assert answers(following, pack, at, position) == was, "what was known then stays readable"


@many
@given(questions())
def test_the_same_question_gives_the_same_bytes(question: tuple[list[Fact], Pack, int]) -> None:
    facts, pack, at = question
    ledger = MemoryLedger.of(facts)
    assert answers(ledger, pack, at) == answers(ledger, pack, at)


def _narrower(draw: st.DrawFn, bound: Bound) -> Bound:
    near = [day for day in (bound.lo, bound.hi, *small.WINDOW) if bound.lo <= day <= bound.hi]
    first, last = sorted((draw(st.sampled_from(near)), draw(st.sampled_from(near))))
    return Bound(first, last)


@st.composite
def narrowed(draw: st.DrawFn) -> tuple[small.LiabilityCase, small.LiabilityCase]:
    """A case, and the same with some gap of a date made narrower."""
    case = draw(small.liability_cases(deaths=True))
    facts: list[Fact] = []
    for fact in case.facts:
        if isinstance(fact, Tie | Record) and draw(st.booleans()):
            span = fact.valid if isinstance(fact, Tie) else fact.act
            start, end = _narrower(draw, span.start), _narrower(draw, span.end)
            assume(start.lo < end.hi)
            narrow = Interval(start, end)
            if isinstance(fact, Tie):
                facts.append(replace(fact, valid=narrow))
            else:
                decided = _narrower(draw, fact.decided_on)
                assume((decided.lo > FIRST and decided.hi < LAST) or decided == fact.decided_on)
                facts.append(replace(fact, act=narrow, decided_on=decided))
        else:
            facts.append(fact)
    return case, replace(case, facts=tuple(facts))


def _verdicts(case: small.LiabilityCase) -> dict[str, Verdict]:
    pack = small.pack_of([case.rule])
    with MemoryLedger.of(case.facts).read() as reader:
        view = View(reader)
        (question,) = cases_of(view, view.records([case.record_id]), [pack], case.at)
        return {one.subject: one.verdict for one in verdicts(question, case.rule, pack)}


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(narrowed())
def test_a_narrower_gap_never_loosens_a_verdict(pair: tuple[small.LiabilityCase, small.LiabilityCase]) -> None:
    wide, narrow = (_verdicts(case) for case in pair)
    acts = [next(fact for fact in case.facts if isinstance(fact, Record)) for case in pair]
    # Where the act is known to begin after the decision the record contradicts itself and the act stands as stated.
    assume(all(not record.decided_on.dated or record.act.start.hi <= record.decided_on.lo for record in acts))
    for who in wide.keys() | narrow.keys():
        was, now = wide.get(who, Verdict.EXCLUDED), narrow.get(who, Verdict.EXCLUDED)
        assert was is Verdict.POSSIBLE or now is was, f"{who}: {was} became {now}"


@st.composite
def narrowed_holdings(draw: st.DrawFn) -> tuple[owned.OwnershipCase, owned.OwnershipCase]:
    """Holdings, and the same with a range made exact inside itself."""
    case = draw(owned.ownership_cases())
    facts: list[Fact] = []
    for fact in case.facts:
        if isinstance(fact, Tie) and fact.share is not None and not fact.share.exact and draw(st.booleans()):
            middle = (fact.share.lo + fact.share.hi) / 2
            facts.append(replace(fact, share=Share(middle, middle)))
        else:
            facts.append(fact)
    return case, owned.OwnershipCase(tuple(facts), case.at)


def _control(facts: Sequence[Fact], at: int) -> dict[tuple[str, str], Verdict]:
    with MemoryLedger.of(facts).read() as reader:
        ties = [tie for tie in reader.scan(Tie) if is_tie(tie)]
    return {(pair.controller, pair.controlled): pair.verdict for pair in control_pairs(ties, at)}


@many
@given(narrowed_holdings())
def test_an_exact_share_in_place_of_a_range_never_takes_certain_control_away(
    pair: tuple[owned.OwnershipCase, owned.OwnershipCase],
) -> None:
    wide, narrow = (_control(case.facts, case.at) for case in pair)
    sources = {(tie.holder, tie.enterprise, tie.source) for tie in pair[0].facts if isinstance(tie, Tie)}
    assume(len({key[:2] for key in sources}) == len(sources))  # sources that come to contradict each other widen a range
    assert all(narrow.get(key) is Verdict.CERTAIN for key, verdict in wide.items() if verdict.certain)


@many
@given(owned.registers(), small.rules())
def test_a_candidate_has_a_gap_and_no_consequence_and_the_liable_have_none(facts: list[Fact], rule: object) -> None:
    pack = small.pack_of([rule])  # type: ignore[list-item]
    with MemoryLedger.of(facts).read() as reader:
        answer = trace(View(reader), small.ENTERPRISE, [pack], small.WINDOW[-1])
    liable = {one.subject for one in answer.persons if one.verdict.certain}
    for one in answer.persons:
        assert one.verdict
        assert bool(one.gaps) is not one.verdict.certain
    assert {one.subject for one in answer.consequences} <= liable
    described = {fact.id for fact in facts if isinstance(fact, Subject)}
    missing = {fault.about for fault in answer.faults if fault.code == "undescribed"}
    assert not missing & described
