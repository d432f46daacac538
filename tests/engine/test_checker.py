"""The checker: whole proofs hold, parts of them and forged ones do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest

from graph_service.engine.answers import Consequence, consequence_id
from graph_service.engine.checker import check
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie, fact_id
from graph_service.model.interval import LAST, Bound, Interval, parse_day
from graph_service.model.share import Share
from graph_service.model.verdict import Status
from graph_service.policy.table import Basis, Carriage, Cascade, Effect, Exits, Gate, Pack, Rule, Term
from graph_service.snapshot.view import View
from tests.strategies import pack_of, word

AT = parse_day("2024-06-01")
FIRM = "91530000MATEXT01X1"
BASIS = Basis(word("Instrument"), word("Article 1"), parse_day("2016-01-01"), LAST, "sourced")
NONE: frozenset[str] = frozenset()
ENTRY = Effect("record_entry", "entry", "mandatory", word("registry"), Term())
BAN = Effect("measure", "ban", "mandatory", word("registry"), Term(years=3))
EXITS = Exits(
    ended_by=frozenset({"annulled", "objection_upheld", "repaired"}),
    suspended_by=(("objection_lodged", frozenset({"objection_rejected"})), ("stayed", frozenset())),
)
RULE = Rule(
    id="item12",
    version="1",
    title=word("Rule"),
    basis=BASIS,
    subject_kind="enterprise",
    families=frozenset({"health_safety"}),
    behaviours=NONE,
    severities=frozenset({"serious"}),
    outcomes=NONE,
    regions=NONE,
    reach="role",
    roles=("legal_representative", "director"),
    clock="act",
    clocks=("act",),
    fault_test="none",
    fault=NONE,
    effects=(ENTRY,),
    carriages=(),
    exits=EXITS,
    initiator=word("registry"),
    reference="an invented rule",
)
SELF = replace(RULE, reach="self", roles=(), clock="decision", clocks=("decision",))
FAULT = replace(RULE, fault_test="direct", fault=frozenset({"directly_responsible"}))
NAMED = replace(FAULT, clock="named", clocks=("act", "decision", "current"))
SILENT = replace(RULE, clock="unspecified", clocks=("act", "decision", "current"))
FINDING = replace(NAMED, reach="finding", roles=())
OFFICE = Carriage("office", "flag", "other_office", "discretion", roles=frozenset({"director"}))
CONTROL = Carriage("control", "constraint", "group", "discretion", directions=frozenset({"down", "up", "sibling"}))
CASCADE = Cascade(
    id="fifty",
    version="1",
    title=word("Cascade"),
    basis=BASIS,
    regimes=frozenset({"us-ofac"}),
    threshold=Fraction(1, 2),
    strict=False,
    aggregate=True,
    measures=(frozenset({"shareholder"}), frozenset({"voting_rights"})),
    control=frozenset({"appoints_board"}),
    possible_control=NONE,
    joint=True,
    code="blocked",
    nature="mandatory",
    implementer=word("agency"),
    reference="an invented cascade",
)


def days(start: str = "", end: str = "") -> Interval:
    return Interval.parse(start, end)


def tie(kind: str, holder: str, enterprise: str, valid: Interval = days(), share: str | None = None, source: str = "") -> Tie:  # noqa: B008
    parsed = None if share is None else Share.parse(share)
    return Tie(f"{holder}-{enterprise}-{kind}-{valid}-{source}", kind, holder, enterprise, valid, parsed, source=source)


def office(holder: str, enterprise: str = FIRM, start: str = "2019-01-01", end: str = "") -> Tie:
    return tie("director", holder, enterprise, days(start, end))


def held(holder: str, enterprise: str, share: str, source: str = "") -> Tie:
    return tie("shareholder", holder, enterprise, days("2019-01-01"), share, source)


def event(kind: str, on: str, person: str = "") -> Event:
    return Event("R1", kind, parse_day(on), person)


def person(key: str, died: str = "") -> Subject:
    return Subject(key, SubjectKind.PERSON, closed_on=Bound.parse(died, "end"))


RECORD = Record(
    "R1",
    FIRM,
    "health_safety",
    severity="serious",
    act=days("2020-03-01", "2020-06-01"),
    decided_on=Bound.on(parse_day("2021-01-15")),
    instrument_no="No. 1",
)
ON_SHOP = replace(RECORD, subject="shop")
KNEW = Finding("R1", "P1", "directly_responsible")


@dataclass(frozen=True)
class Case:
    """Facts of which all belong to the one proof of the consequence with this code, and where that stands."""

    facts: Sequence[Fact]
    rule: Rule | None
    code: str = "entry"
    status: Status = Status.ACTIVE
    cause: str = ""
    subject: str = FIRM
    gates: Sequence[Gate] = ()
    cascade: Cascade = CASCADE
    at: int = AT

    @property
    def pack(self) -> Pack:
        return pack_of([self.rule] if self.rule else [], [self.cascade], self.gates, through_state_holders=False)


GATE = Gate(parse_day("2020-01-01"), frozenset({"measure"}), BASIS)
SINCE_2018 = Listing("X", "us-ofac", days("2018-01-01"))
CASES = {
    "the recorded firm by its own code": Case([RECORD], SELF),
    "a recorded shop that a row describes": Case([ON_SHOP, Subject("shop", SubjectKind.ENTERPRISE)], SELF, subject="shop"),
    "a recorded shop that a tie shows": Case([ON_SHOP, tie("employee", "P8", "shop")], SELF, subject="shop"),
    "an office held during the act": Case([RECORD, office("P1")], RULE),
    "an office in a shop shows that it is an enterprise": Case([ON_SHOP, office("P1", "shop")], RULE, subject="shop"),
    "an office held under every clock": Case([RECORD, office("P1")], SILENT),
    "two offices that cover an unknown act between them": Case(
        [
            replace(RECORD, act=Interval.parse("2020", "2020-08-01..2020-12-31")),
            office("P1", end="2020-08-01"),
            office("P1", start="2020-08-01"),
        ],
        RULE,
    ),
    "three offices, one for each clock": Case(
        [
            RECORD,
            office("P1", end="2020-03-02"),
            office("P1", start="2021-01-15", end="2021-01-16"),
            office("P1", start="2024-06-01"),
        ],
        SILENT,
    ),
    "an office and the finding that the rule asks for": Case([RECORD, office("P1"), KNEW], FAULT),
    "an office at any time for whom a finding names": Case([RECORD, office("P1", start="2023-01-01"), KNEW], NAMED),
    "whom a finding names, whatever they are": Case([RECORD, KNEW], FINDING),
    "an entry that repair ended": Case(
        [RECORD, office("P1"), event("repaired", "2022-05-01")], RULE, status=Status.ENDED, cause="repaired"
    ),
    "an entry that the person's own objection ended": Case(
        [RECORD, office("P1"), event("objection_upheld", "2022-05-01", "P1")], RULE, status=Status.ENDED, cause="objection_upheld"
    ),
    "an entry that another's objection ended, where the pack says so": Case(
        [RECORD, office("P1"), event("objection_upheld", "2022-05-01", "P2")],
        replace(RULE, exits=replace(EXITS, own_event="record")),
        status=Status.ENDED,
        cause="objection_upheld",
    ),
    "an entry that an objection suspends": Case(
        [RECORD, office("P1"), event("objection_lodged", "2024-06-01", "P1")],
        RULE,
        status=Status.SUSPENDED,
        cause="objection_lodged",
    ),
    "a ban that expired": Case(
        [RECORD, office("P1")], replace(RULE, effects=(BAN,)), "ban", status=Status.ENDED, cause="expired"
    ),
    "an entry of one who died": Case([RECORD, office("P1"), person("P1", "2023-01-01")], RULE, status=Status.ENDED, cause="died"),
    "a ban that the gate holds back": Case(
        [RECORD, office("P1")],
        replace(RULE, effects=(replace(BAN, term=Term()),)),
        "ban",
        status=Status.INACTIVE,
        cause="no_legal_basis",
        gates=[GATE],
    ),
    "a ban that passes the gate": Case(
        [RECORD, office("P1")], replace(RULE, effects=(replace(BAN, term=Term(), own_bases=(BASIS,)),)), "ban", gates=[GATE]
    ),
    "an entry under a repealed rule": Case(
        [RECORD, office("P1")],
        replace(RULE, basis=replace(BASIS, valid_to=parse_day("2024-01-01"))),
        status=Status.INACTIVE,
        cause="not_in_force",
    ),
    "a ban whose term hangs on an unknown day": Case(
        [
            replace(RECORD, act=days("2020-03-01", "2020-06-01..2022-01-01"), decided_on=Bound.on(parse_day("2022-01-15"))),
            office("P1"),
        ],
        replace(RULE, effects=(replace(BAN, term=Term("act_end", years=4)),)),
        "ban",
        status=Status.INACTIVE,
        cause="term_unknown",
    ),
    "a hint at the firm where a liable person is a director": Case(
        [RECORD, office("P1"), office("P1", "other")], replace(RULE, carriages=(OFFICE,)), "other_office"
    ),
    "a hint that the person's own objection suspends": Case(
        [RECORD, office("P1"), office("P1", "other"), event("stayed", "2024-01-01", "P1")],
        replace(RULE, carriages=(OFFICE,)),
        "other_office",
        status=Status.SUSPENDED,
        cause="stayed",
    ),
    "a firm below, by two levels": Case(
        [RECORD, held(FIRM, "B", "51"), held(FIRM, "C", ">20"), held("B", "C", "30")],
        replace(SELF, carriages=(replace(CONTROL, directions=frozenset({"down"})),), effects=()),
        "group",
    ),
    "a firm above": Case([RECORD, held("B", FIRM, "60")], replace(SELF, carriages=(CONTROL,)), "group"),
    "a firm beside, under a common controller": Case(
        [RECORD, held("X", FIRM, "60"), held("X", "B", "51")], replace(SELF, carriages=(CONTROL,)), "group"
    ),
    "a listed owner": Case([SINCE_2018, held("X", "B", "50")], None, "blocked", subject="B"),
    "two listed owners together": Case(
        [SINCE_2018, replace(SINCE_2018, subject="Y"), held("X", "B", "25"), held("Y", "B", "25-30")],
        None,
        "blocked",
        subject="B",
    ),
    "a listed owner through another, beside its own holding": Case(
        [SINCE_2018, held("X", "B", "50"), held("X", "C", ">25"), held("B", "C", "25")],
        None,
        "blocked",
        subject="C",
    ),
    "open bounds over a strict threshold": Case(
        [SINCE_2018, held("X", "B", "60"), held("X", "C", ">25"), held("B", "C", ">=25")],
        None,
        "blocked",
        subject="C",
        cascade=replace(CASCADE, strict=True),
    ),
    "one who appoints the board": Case(
        [SINCE_2018, tie("appoints_board", "X", "B", days("2019-01-01"))], None, "blocked", subject="B"
    ),
    "one who acts with a listed one": Case(
        [SINCE_2018, held("X", "B", "20"), held("Y", "B", "30"), tie("joint_arrangement", "X", "Y", days("2019-01-01"))],
        None,
        "blocked",
        subject="B",
        cascade=replace(CASCADE, aggregate=False),
    ),
}


def proved(case: Case) -> tuple[Consequence, list[Stored[Fact]]]:
    """The consequence of a case's code that rests on most, with the facts of its proof."""
    with MemoryLedger.of(case.facts).read() as reader:
        found = [one for one in trace(View(reader), case.subject, [case.pack], case.at).consequences if one.code == case.code]
        whole = max(found, key=lambda one: len(one.proof))
        return whole, reader.facts(whole.proof)


cases = pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())


@cases
def test_a_whole_proof_holds_and_is_all_the_facts_of_the_case(case: Case) -> None:
    one, facts = proved(case)
    assert check(one, facts, case.pack, case.at) is None
    assert sorted(fact.id for fact in facts) == sorted(fact_id(fact) for fact in case.facts)
    assert (one.standing.status, one.standing.cause) == (case.status, case.cause)


@cases
def test_a_proof_without_one_or_two_of_its_facts_does_not_hold(case: Case) -> None:
    one, facts = proved(case)
    for size in (1, 2):
        for dropped in combinations(facts, size):
            assert check(one, [fact for fact in facts if fact not in dropped], case.pack, case.at) is not None


@cases
def test_a_consequence_that_says_something_else_does_not_hold(case: Case) -> None:
    one, facts = proved(case)
    stands = one.standing
    later = Bound(min(stands.end.lo, LAST - 1) + 1, min(stands.end.hi, LAST - 1) + 1)
    other = Status.ACTIVE if stands.status is Status.ENDED else Status.ENDED
    for told in (
        renamed(one, subject="P7"),
        renamed(one, record="R7"),
        renamed(one, code="other"),
        renamed(one, rule="other"),
        renamed(one, pack="other"),
        renamed(one, via="P7"),
        replace(one, subject="P7"),
        replace(one, kind="role_block"),
        replace(one, nature="civil"),
        replace(one, rule_version="2"),
        replace(one, basis=replace(one.basis, article=word("Article 2"))),
        replace(one, standing=replace(stands, start=Bound.on(stands.start.lo + 1))),
        replace(one, standing=replace(stands, end=later if later != stands.end else Bound.on(AT + 1))),
        replace(one, standing=replace(stands, status=other)),
        replace(one, standing=replace(stands, cause="performed")),
        replace(one, standing=replace(stands, own_basis=replace(BASIS, valid_to=AT + 1))),
    ):
        assert check(told, facts, case.pack, case.at) is not None, told


def renamed(one: Consequence, **changes: Any) -> Consequence:
    """A consequence changed together with its id, as a careful forger would."""
    new = replace(one, **changes)
    return replace(new, id=consequence_id(new.pack, new.rule, new.code, new.record, new.subject, new.via))


def forged(case: Case, change: Callable[[Fact], Fact], at: int = AT) -> str | None:
    """What the checker says where the facts of a proof are changed, and the proof names the changed ones."""
    one, facts = proved(case)
    changed = [stored(change(old.fact)) for old in facts]
    return check(replace(one, proof=tuple(new.id for new in changed)), changed, case.pack, at)


def stored(fact: Fact) -> Stored[Fact]:
    """A fact as if a ledger held it."""
    return Stored(fact, fact_id(fact), 9, "")


def on_ties(**changes: Any) -> Callable[[Fact], Fact]:
    """A change of every tie."""
    return lambda fact: replace(fact, **changes) if isinstance(fact, Tie) else fact


def instead(other: Fact) -> Callable[[Fact], Fact]:
    """Another fact in the place of each of its kind."""
    return lambda fact: other if type(fact) is type(other) else fact


def test_an_office_moved_by_a_day_out_of_the_act_proves_nothing() -> None:
    case = CASES["an office held during the act"]
    assert forged(case, on_ties(valid=days("2020-05-31"))) is None
    assert forged(case, on_ties(valid=days("2020-06-01"))) == "role"
    assert forged(case, on_ties(valid=days("2020-05-31..2020-06-01"))) == "role"
    assert forged(case, on_ties(valid=days("", "2020-03-02"))) is None
    assert forged(case, on_ties(valid=days("", "2020-03-01"))) == "role"


def test_two_offices_with_a_day_between_them_do_not_cover_an_unknown_act() -> None:
    case = CASES["two offices that cover an unknown act between them"]

    def then(since: str) -> Callable[[Fact], Fact]:
        return lambda fact: office("P1", start=since) if isinstance(fact, Tie) and fact.valid.end.hi == LAST else fact

    assert forged(case, then("2020-08-02")) == "role"
    assert forged(case, then("2020-07-01")) is None


def test_who_died_before_the_act_did_not_hold_the_office_but_may_on_the_day_of_death() -> None:
    case = CASES["an entry of one who died"]
    dead = [Subject("P1", SubjectKind.PERSON, closed_on=Bound.parse(day, "end")) for day in ("2020-02-29", "2020-03-01")]
    assert [forged(case, instead(one)) for one in dead] == ["role", "dates"]


def test_an_office_that_may_begin_only_after_its_holder_died_proves_nothing() -> None:
    case = CASES["an entry of one who died"]
    assert forged(case, on_ties(valid=days("?"))) == "role"


def test_an_unspecified_party_is_never_reached() -> None:
    case = CASES["an entry of one who died"]
    nobody = Subject("P1", SubjectKind.UNSPECIFIED)
    assert forged(case, instead(nobody)) == "role"


def test_a_share_below_the_threshold_proves_nothing() -> None:
    assert forged(CASES["a listed owner"], on_ties(share=Share.parse("49.999"))) == "not_caught"
    assert forged(CASES["a listed owner"], on_ties(share=Share.parse("<50"))) == "not_caught"
    assert forged(CASES["a firm above"], on_ties(share=Share.parse("50"))) == "way"
    assert forged(CASES["a firm above"], on_ties(share=Share.parse(">50"))) is None
    assert forged(CASES["a firm above"], on_ties(share=None)) == "way"


def test_a_tie_or_listing_that_may_not_hold_on_the_day_proves_nothing() -> None:
    case = CASES["a listed owner"]
    assert forged(case, on_ties(valid=days("2019-01-01", "?"))) == "not_caught"
    unsure = replace(SINCE_2018, listed=days("?"))
    assert forged(case, instead(unsure)) == "no_record"


def test_an_office_elsewhere_that_may_be_over_carries_nothing() -> None:
    case = CASES["a hint at the firm where a liable person is a director"]
    over = tie("director", "P1", "other", days("2019-01-01", "?"))
    assert forged(case, lambda fact: over if isinstance(fact, Tie) and fact.enterprise == "other" else fact) == "way"


def test_a_finding_of_another_kind_person_or_day_is_none() -> None:
    case = CASES["an office and the finding that the rule asks for"]
    for other in (
        replace(KNEW, finding="knew"),
        replace(KNEW, person="P2"),
        replace(KNEW, record="R2"),
        replace(KNEW, found_on=AT + 1),
    ):
        assert forged(case, instead(other)) == "finding"


@pytest.mark.parametrize(
    "other",
    [
        replace(RECORD, instrument_no=""),
        replace(RECORD, family="market_order"),
        replace(RECORD, family=""),
        replace(RECORD, severity=""),
        replace(RECORD, decided_on=Bound.on(AT + 1)),
        replace(RECORD, decided_on=Bound(RECORD.decided_on.lo, AT + 1)),
        replace(RECORD, decided_on=Bound.on(BASIS.valid_from - 1)),
        replace(RECORD, subject="somebody"),
    ],
    ids=["lead", "family", "no family", "no severity", "undecided", "perhaps undecided", "before the rule", "of no known kind"],
)
def test_a_record_of_which_the_rule_may_not_speak_triggers_nothing(other: Record) -> None:
    case = CASES["the recorded firm by its own code"]
    assert forged(case, instead(other)) == "trigger"


def test_an_event_of_another_person_record_or_day_changes_nothing() -> None:
    case = CASES["an entry that an objection suspends"]
    for other in (event("objection_lodged", "2024-06-02"), event("objection_lodged", "2024-05-01", "P2")):
        assert forged(case, instead(other)) == "status"


def test_on_one_day_resuming_beats_suspending() -> None:
    one, facts = proved(CASES["an entry that an objection suspends"])
    resumed = event("objection_rejected", "2024-06-01", "P1")
    told = replace(one, proof=(*one.proof, fact_id(resumed)))
    assert check(told, [*facts, stored(resumed)], CASES["an entry that an objection suspends"].pack, AT) == "status"


def test_what_is_permanent_does_not_end_by_repair() -> None:
    case = CASES["an entry that repair ended"]
    assert case.rule is not None
    one, facts = proved(case)
    for_good = replace(case.rule, effects=(replace(ENTRY, term=Term(permanent=True)),))
    assert check(one, facts, replace(case, rule=for_good).pack, AT) == "dates"


def test_the_state_relates_nobody() -> None:
    state = "115300000000001150"
    case = CASES["a firm above"]
    one, facts = proved(case)
    changed = [replace(old, fact=replace(old.fact, holder=state)) if isinstance(old.fact, Tie) else old for old in facts]
    told = renamed(one, subject=state)
    assert check(told, changed, case.pack, AT) == "way"
    assert check(told, changed, replace(case.pack, through_state_holders=True), AT) is None


def test_sources_that_contradict_each_other_count_with_the_lowest() -> None:
    case = CASES["a listed owner"]
    one, facts = proved(case)
    other = held("X", "B", "40", source="gazette")
    told = replace(one, proof=(*one.proof, fact_id(other)))
    assert check(told, [*facts, stored(other)], case.pack, AT) == "not_caught"


def test_a_fact_that_the_proof_does_not_name_is_refused() -> None:
    case = CASES["the recorded firm by its own code"]
    one, facts = proved(case)
    assert check(one, [*facts, stored(KNEW)], case.pack, AT) == "extra"


def test_nothing_follows_from_no_facts_or_under_no_law() -> None:
    case = CASES["an office held during the act"]
    one, facts = proved(case)
    assert check(one, [], case.pack, AT) == "no_record"
    assert check(one, facts, pack_of(), AT) == "rule_unknown"
    assert check(one, facts, replace(case.pack, id="other"), AT) == "pack"
