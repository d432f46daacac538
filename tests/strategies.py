"""Hypothesis strategies for small registers and small laws: everything that has gaps, cycles and contradictions, and shrinks.

All days lie in a window of some days across the end of a leap February, so that bounds meet often.  Gaps are few enough for
`tests.reference` to enumerate their readings.  What the semantics page leaves open is not generated unless asked for:

* a person's death that is only partly known, or that falls where it matters (``deaths``);
* a recorded subject that no row describes;
* listings with gaps on enterprises (whether a company that may be listed is *caught* or *listed*);
* arrangements of which only some members are listed, unless ``mixed_joint``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from hypothesis import strategies as st

from graph_service.model.facts import Event, Fact, Finding, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, FIRST, LAST, OPEN_END, OPEN_START, UNKNOWN, Bound, Interval, Side
from graph_service.model.share import UNKNOWN_SHARE
from graph_service.model.words import FAMILIES, FINDINGS, SEVERITIES
from graph_service.policy.table import Basis, Cascade, Clock, Effect, Exits, Gate, Kind, Pack, Reach, Rule, Term, Text

WINDOW = tuple(range(date(2024, 2, 25).toordinal(), date(2024, 3, 7).toordinal()))
"""The days that facts and rules name."""
ROLES = ("legal_representative", "director", "shareholder")
BEHAVIOURS = {"tainted_food": "health_safety", "bid_rigging": "market_order", "unpaid_judgment": "refusing_obligations"}
ENTERPRISE = "E1"
PERSONS = ("P1", "P2", "P3")
UNDESCRIBED = "P9"
UNSPECIFIED = "U1"
HOLDERS = (*PERSONS, UNDESCRIBED, UNSPECIFIED, "E2")

days = st.sampled_from(WINDOW)


def word(text: str) -> Text:
    """The same word in both languages."""
    return Text(text, text)


def _part(pair: tuple[int, int]) -> Bound:
    return Bound(min(pair), max(pair))


def bounds(side: Side) -> st.SearchStrategy[Bound]:
    """A bound: a day, open on its side, unknown, or somewhere between two days or on one side of a day."""
    half = st.one_of(days.map(lambda day: Bound(FIRST, day)), days.map(lambda day: Bound(day, LAST)))
    return st.one_of(
        days.map(Bound.on),
        st.just(OPEN_START if side == "start" else OPEN_END),
        st.just(UNKNOWN),
        st.tuples(days, days).map(_part),
        half,
    )


intervals: st.SearchStrategy[Interval] = (
    st.tuples(bounds("start"), bounds("end")).filter(lambda pair: pair[0].lo < pair[1].hi).map(lambda pair: Interval(*pair))
)
"""Intervals with any gaps."""

known_intervals: st.SearchStrategy[Interval] = (
    st.tuples(st.one_of(st.just(FIRST), days), st.one_of(st.just(LAST), days))
    .filter(lambda pair: pair[0] < pair[1])
    .map(lambda pair: Interval(Bound.on(pair[0]), Bound.on(pair[1])))
)
"""Intervals without gaps, open or not."""

decisions: st.SearchStrategy[Bound] = st.one_of(
    days.map(Bound.on), days.map(Bound.on), st.tuples(days, days).map(_part), st.just(UNKNOWN)
)
"""The date of a decision: mostly known."""


def bases(whole: bool = False) -> st.SearchStrategy[Basis]:
    """Legal bases, in force always or for a part of the window."""

    def basis(pair: tuple[int, int]) -> Basis:
        return Basis(word("Instrument"), word("Article 1"), *pair, "sourced")

    always = st.just((FIRST, LAST))
    part = st.tuples(st.one_of(st.just(FIRST), days), st.one_of(st.just(LAST), days)).filter(lambda pair: pair[0] < pair[1])
    return (always if whole else st.one_of(always, part)).map(basis)


def some(words: Sequence[str], least: int = 0) -> st.SearchStrategy[frozenset[str]]:
    """A set of some of the words."""
    return st.frozensets(st.sampled_from(words), min_size=least, max_size=len(words))


exits: st.SearchStrategy[Exits] = st.builds(
    Exits,
    ended_by=some(("objection_upheld", "repaired", "performed", "annulled")),
    suspended_by=st.dictionaries(
        st.sampled_from(["objection_lodged", "appealed", "stayed"]), some(("objection_rejected", "performed"))
    ).map(lambda pairs: tuple(sorted(pairs.items()))),
    own_event=st.sampled_from(["own", "record"]),
)

terms: st.SearchStrategy[Term] = st.one_of(
    st.just(Term()),
    st.builds(Term, anchor=st.sampled_from(["decision", "act_start", "act_end"]), days=st.integers(1, 12)),
    st.builds(Term, anchor=st.just("decision"), months=st.integers(1, 2), days=st.none() | st.integers(1, 3)),
    st.builds(Term, years=st.integers(1, 3)),
    st.builds(Term, permanent=st.just(True)),
)

Test = Literal["none", "personal", "direct", "knew"]
RuleClock = Literal["act", "decision", "current", "named", "unspecified"]
_REACHES: tuple[Reach, ...] = ("role", "role", "role", "role", "self", "finding")
_TESTS: tuple[Test, ...] = ("personal", "direct", "knew")
_THREE: tuple[Clock, ...] = ("act", "decision", "current")
_KINDS: tuple[Kind, ...] = ("record_entry", "measure", "role_block", "flag")


@st.composite
def effects(draw: st.DrawFn, code: str = "effect") -> Effect:
    """An effect of any kind and term, with or without a legal basis of its own."""
    return Effect(
        draw(st.sampled_from(_KINDS)),
        code,
        "mandatory",
        word("authority"),
        draw(terms),
        own_bases=tuple(draw(st.lists(bases(), max_size=2))),
    )


def _rarely(words: st.SearchStrategy[frozenset[str]]) -> st.SearchStrategy[frozenset[str]]:
    """Mostly the empty set, which admits any word."""
    return st.integers(0, 5).flatmap(lambda number: words if number == 5 else st.just(frozenset[str]()))


@st.composite
def rules(draw: st.DrawFn, rule_id: str = "R-1", timeless: bool = False) -> Rule:
    """A rule with any trigger, reach, clock, fault test and exits; ``timeless``: always in force."""
    reach = draw(st.sampled_from(_REACHES))
    clock, clocks, fault_test, fault = draw(_reaching(reach))
    codes = ["entry", "limit"][: draw(st.integers(1, 2))]
    return Rule(
        id=rule_id,
        version="1",
        title=word("Rule"),
        basis=draw(bases(whole=timeless or draw(st.integers(0, 3)) > 0)),
        subject_kind=draw(st.sampled_from(["any", "any", "any", "enterprise", "enterprise", "enterprise", "person"])),
        families=draw(_rarely(some(("health_safety", "market_order")))),
        # A behaviour of another family than the rule's would make a trigger that nothing fits.
        behaviours=draw(_rarely(st.just(frozenset(BEHAVIOURS)))),
        severities=draw(_rarely(some(SEVERITIES))),
        outcomes=draw(_rarely(st.just(frozenset({"licence_revoked:food"})))),
        regions=draw(_rarely(some(("53", "5301", "31"), least=1))),
        reach=reach,
        roles=tuple(sorted(draw(st.just(frozenset(ROLES)) | some(ROLES, least=1)))) if reach == "role" else (),
        clock=clock,
        clocks=clocks,
        fault_test=fault_test,
        fault=fault,
        effects=tuple(draw(effects(code)) for code in codes),
        carriages=(),
        exits=draw(exits),
        initiator=word("authority"),
        reference="an invented rule",
    )


@st.composite
def _reaching(draw: st.DrawFn, reach: Reach) -> tuple[RuleClock, tuple[Clock, ...], Test, frozenset[str]]:
    """Clock, clocks, fault test and findings that go together."""
    if reach == "self":
        return "decision", ("decision",), "none", frozenset()
    fault, test = draw(some(FINDINGS, least=1)), draw(st.sampled_from(_TESTS))
    if reach == "finding":
        return "named", _THREE, test, fault
    shape = draw(st.sampled_from(["one", "silent", "named"]))
    if shape == "named":
        return "named", _in_order(draw(st.just(frozenset[str](_THREE)) | some(_THREE, least=1))), test, fault
    if draw(st.booleans()):
        fault, test = frozenset(), "none"
    if shape == "silent":
        return "unspecified", _in_order(draw(st.just(frozenset[str](_THREE)) | some(_THREE, least=2))), test, fault
    clock = draw(st.sampled_from(_THREE))
    return clock, (clock,), test, fault


def _in_order(clocks: frozenset[str]) -> tuple[Clock, ...]:
    return tuple(one for one in _THREE if one in clocks)


def pack_of(
    rules: Sequence[Rule] = (), cascades: Sequence[Cascade] = (), gates: Sequence[Gate] = (), through_state_holders: bool = True
) -> Pack:
    """A pack of these rules, always in force, with the vocabulary of this module."""
    return Pack(
        id="invented",
        version="1",
        title=word("Invented pack"),
        jurisdiction="XX",
        valid_from=FIRST,
        valid_to=LAST,
        rules=tuple(rules),
        cascades=tuple(cascades),
        incentives=(),
        gates=tuple(gates),
        names={},
        behaviours=BEHAVIOURS,
        through_state_holders=through_state_holders,
        digest="invented",
    )


def described(deaths: bool = False) -> st.SearchStrategy[list[Fact]]:
    """The subjects of a liability case; `UNDESCRIBED` has no row, `UNSPECIFIED` is a party nobody names."""

    def persons(died: list[int | None]) -> list[Fact]:
        ends = [OPEN_END if day is None else Bound.on(day) for day in died]
        return [
            Subject(ENTERPRISE, SubjectKind.ENTERPRISE),
            Subject("E2", SubjectKind.ENTERPRISE),
            Subject(UNSPECIFIED, SubjectKind.UNSPECIFIED),
            *(Subject(person, SubjectKind.PERSON, closed_on=end) for person, end in zip(PERSONS, ends, strict=True)),
        ]

    day = st.none() | days if deaths else st.none()
    return st.lists(day, min_size=len(PERSONS), max_size=len(PERSONS)).map(persons)


@st.composite
def ties_of_office(draw: st.DrawFn, enterprise: str = ENTERPRISE, most: int = 4) -> list[Tie]:
    """Ties of the roles into an enterprise, with gaps; a holder may have several."""
    found = []
    for number in range(draw(st.integers(1, most))):
        kind = draw(st.sampled_from(ROLES))
        holder = draw(st.sampled_from([*PERSONS, *HOLDERS]))
        share = UNKNOWN_SHARE if kind == "shareholder" else None
        found.append(
            Tie(f"T{number}", kind, holder, enterprise, draw(st.just(ALWAYS) | known_intervals | intervals | intervals), share)
        )
    return found


@st.composite
def records(draw: st.DrawFn, record_id: str = "R1", subjects: Sequence[str] = (ENTERPRISE,)) -> Record:
    """A record with any gaps."""
    return Record(
        id=record_id,
        subject=draw(st.sampled_from(subjects)),
        family=draw(st.sampled_from(["health_safety", "health_safety", "", FAMILIES[1]])),
        behaviour=draw(st.sampled_from(["", *BEHAVIOURS, "something_else"])),
        severity=draw(st.sampled_from(["serious", "", "minor"])),
        act=draw(intervals),
        decided_on=draw(decisions),
        instrument_no=draw(st.sampled_from(["No. 1"] * 9 + [""])),
        region=draw(st.sampled_from(["530102", "530000", "53", "310000", "", "somewhere"])),
        outcome=draw(st.sampled_from(["", "licence_revoked:food", "fine;licence_revoked:food", "fine"])),
    )


@st.composite
def findings(draw: st.DrawFn, record: str = "R1", most: int = 3) -> list[Finding]:
    """Findings on a record: of holders and of others, made in the window or with the decision."""
    found: dict[str, Finding] = {}
    for _ in range(draw(st.integers(0, most))):
        person = draw(st.sampled_from((*PERSONS, UNDESCRIBED, UNSPECIFIED)))
        one = Finding(record, person, draw(st.sampled_from(FINDINGS)), found_on=draw(st.none() | days))
        found[one.key] = one
    return list(found.values())


@st.composite
def events(draw: st.DrawFn, record: str = "R1", since: int = WINDOW[0], most: int = 5) -> list[Event]:
    """Events on a record from a day on, of everybody or of one person."""
    kinds = (
        "objection_lodged",
        "objection_rejected",
        "objection_upheld",
        "repaired",
        "performed",
        "annulled",
        "appealed",
        "stayed",
    )
    found: dict[str, Event] = {}
    for _ in range(draw(st.integers(0, most))):
        on = draw(st.sampled_from([day for day in WINDOW if day >= since]))
        one = Event(record, draw(st.sampled_from(kinds)), on, draw(st.sampled_from(["", "P1", "P2"])))
        found[one.key] = one
    return list(found.values())


@dataclass(frozen=True)
class LiabilityCase:
    """One record, one rule, one day: for `reference_verdicts`."""

    facts: tuple[Fact, ...]
    record_id: str
    rule: Rule
    at: int


@st.composite
def liability_cases(draw: st.DrawFn, deaths: bool = False) -> LiabilityCase:
    """Everything that may decide who answers: gaps, several ties of a holder, findings, silent clocks."""
    record = draw(records(subjects=[ENTERPRISE] * 7 + ["P1"]))
    facts = [*draw(described(deaths)), record, *draw(ties_of_office()), *draw(findings())]
    return LiabilityCase(tuple(facts), record.id, draw(rules()), draw(st.sampled_from([*WINDOW, *[WINDOW[-1] + 1] * 40])))


@dataclass(frozen=True)
class StatusCase:
    """A liability that is certain, and events: for `reference_status` of each effect of the rule for ``person``."""

    facts: tuple[Fact, ...]
    record_id: str
    rule: Rule
    at: int
    person: str
    gates: tuple[Gate, ...]


@st.composite
def status_cases(draw: st.DrawFn) -> StatusCase:
    """A person certainly liable (in office always, no fault test) under a rule that may be repealed, and what happened since.

    The decision is known and the rule was in force then; the day asked is not before it.  The act may have gaps.
    """
    decided = draw(days)
    start = draw(
        st.one_of(st.tuples(days, days).map(_part), days.map(Bound.on), st.just(UNKNOWN)).filter(
            lambda bound: bound.lo <= decided
        )
    )
    end = draw(st.sampled_from([UNKNOWN, OPEN_END, Bound.on(decided + 1)]))
    record = Record(
        "R1",
        ENTERPRISE,
        "health_safety",
        "tainted_food",
        "serious",
        Interval(start, end),
        Bound.on(decided),
        instrument_no="No. 1",
    )
    drawn = draw(rules(timeless=True))
    basis = replace(drawn.basis, valid_to=draw(st.sampled_from([LAST, LAST, *(day for day in WINDOW if day > decided)])))
    rule = replace(
        drawn,
        basis=basis,
        subject_kind="enterprise",
        families=frozenset(),
        behaviours=frozenset(),
        severities=frozenset(),
        outcomes=frozenset(),
        regions=frozenset(),
        reach="role",
        roles=("legal_representative",),
        clock="decision",
        clocks=("decision",),
        fault_test="none",
        fault=frozenset(),
    )
    gates = tuple(Gate(draw(days), draw(some(_KINDS, least=1)), draw(bases(whole=True))) for _ in range(draw(st.integers(0, 1))))
    later = [day for day in WINDOW if day >= decided]
    at = draw(st.sampled_from([*later, *[WINDOW[-1] + 1] * 8, WINDOW[-1] + 40, WINDOW[-1] + 800]))
    died = OPEN_END if draw(st.integers(0, 7)) else Bound.on(draw(st.sampled_from([day + 1 for day in later])))
    facts: list[Fact] = [
        Subject(ENTERPRISE, SubjectKind.ENTERPRISE),
        Subject("P1", SubjectKind.PERSON, closed_on=died),
        Tie("T1", "legal_representative", "P1", ENTERPRISE, ALWAYS),
        record,
        *draw(events(since=decided)),
    ]
    return StatusCase(tuple(facts), record.id, rule, at, "P1", gates)
