"""Following the ledger along: what is looked at again, and that nothing else can have changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph_service.engine.follow import Delta, follow
from graph_service.engine.rows import Rows, cascades_on, consequence_row, rows_by_trace, rows_of_cascades
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Position
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, SubjectKind, Tie, fact_id
from graph_service.model.interval import ALWAYS, Bound, Interval, parse_day
from graph_service.model.share import Share
from graph_service.policy.loader import shipped_packs
from graph_service.policy.table import Carriage, Pack, Rule
from graph_service.snapshot.view import View
from tests import strategies as small
from tests import strategies_ownership as owned

AT = parse_day("2019-12-31")
PACKS = [shipped_packs()[key] for key in ("cn-yunnan-2016", "us-ofac")]
MAJORITY = Share.parse("60")


def record(record_id: str, subject: str) -> Record:
    act, decided = Interval.parse("2018-01-01", "2018-06-01"), Bound.on(parse_day("2018-09-01"))
    return Record(record_id, subject, "market_order", "bribery", "serious", act, decided, instrument_no="No. 1", region="530000")


def company(key: str, **more: object) -> Subject:
    return Subject(key, SubjectKind.ENTERPRISE, **more)  # type: ignore[arg-type]


BASE: tuple[Fact, ...] = (
    *(company(key) for key in ("E1", "E2", "E3", "TOP", "SIDE", "FAR")),
    *(Subject(key, SubjectKind.PERSON) for key in ("L1", "L2", "D")),
    Tie("T1", "legal_representative", "L1", "E1"),
    Tie("T2", "legal_representative", "L1", "E2"),
    Tie("T3", "legal_representative", "L2", "E3"),
    Tie("H1", "shareholder", "TOP", "E1", share=MAJORITY),
    Tie("H2", "shareholder", "TOP", "SIDE", share=MAJORITY),
    record("R1", "E1"),
    record("R3", "E3"),
    Finding("R1", "D", "directly_responsible"),
)


def after_append(*more: Fact, retract: Sequence[Fact] = (), base: Iterable[Fact] = BASE, packs: Sequence[Pack] = PACKS) -> Delta:
    """The delta of one append to a ledger."""
    ledger = MemoryLedger.of(base)
    was = ledger.last()
    ledger.append(more, [fact_id(one) for one in retract])
    return delta_since(ledger, was, packs, AT)


def delta_since(ledger: MemoryLedger, was: Position, packs: Sequence[Pack], at: int) -> Delta:
    facts = [change.fact for change in ledger.since(was.number)]
    with ledger.read(was) as before, ledger.read() as after:
        return follow(View(before), View(after), facts, packs, at)


def looked_at(delta: Delta) -> set[str]:
    return set(delta.affected.subjects)


def test_an_objection_looks_at_the_recorded_enterprise_alone() -> None:
    delta = after_append(Event("R1", "objection_lodged", AT))
    assert looked_at(delta) == {"E1"}
    assert {row.status for row in delta.before.consequences} >= {"active"}
    assert "suspended" in {row.status for row in delta.after.consequences}


def test_a_new_record_looks_at_its_subject_alone() -> None:
    assert looked_at(after_append(record("R2", "E2"))) == {"E2"}


def test_a_record_moved_to_another_enterprise_looks_at_both() -> None:
    assert looked_at(after_append(record("R1", "E2"))) == {"E1", "E2"}


def test_an_office_looks_at_the_enterprise_and_at_the_records_for_which_its_holder_answers() -> None:
    assert looked_at(after_append(Tie("T9", "legal_representative", "L2", "FAR"))) == {"E3"}
    assert looked_at(after_append(Tie("T9", "legal_representative", "L1", "E3"))) == {"E1", "E3"}


def test_an_office_that_carries_nothing_looks_at_its_enterprise_alone() -> None:
    assert looked_at(after_append(Tie("T9", "employee", "L1", "FAR"))) == set()
    assert looked_at(after_append(Tie("T9", "supervisor", "L2", "E1"))) == {"E1"}


def test_a_holding_below_a_common_controller_looks_at_the_siblings() -> None:
    assert looked_at(after_append(Tie("H9", "shareholder", "TOP", "FAR", share=MAJORITY))) == {"E1"}
    assert looked_at(after_append(Tie("H9", "shareholder", "SIDE", "E3", share=MAJORITY))) == {"E1", "E3"}


def test_a_holding_that_controls_nothing_looks_at_no_group() -> None:
    assert looked_at(after_append(Tie("H9", "shareholder", "TOP", "FAR", share=Share.parse("10")))) == set()


def test_the_holdings_of_the_state_look_at_no_group() -> None:
    state = company("TOP", state_owned=True)
    delta = after_append(Tie("H9", "shareholder", "TOP", "FAR", share=MAJORITY), base=(*BASE, state))
    assert looked_at(delta) == set()


def test_a_controller_found_to_be_the_state_looks_at_its_group() -> None:
    delta = after_append(company("TOP", state_owned=True))
    assert looked_at(delta) == {"E1"}
    carried = {row.via for row in delta.before.consequences} - {row.via for row in delta.after.consequences}
    assert "TOP" in carried


def test_a_controller_with_another_name_looks_at_no_group() -> None:
    assert looked_at(after_append(company("TOP", name="another name"))) == set()


def test_a_death_looks_at_every_record_for_which_the_person_answers() -> None:
    died = Bound.on(parse_day("2019-06-01"))
    assert looked_at(after_append(Subject("L1", SubjectKind.PERSON, closed_on=died))) == {"E1"}
    assert looked_at(after_append(Subject("D", SubjectKind.PERSON, closed_on=died))) == {"E1"}


def test_a_withdrawn_office_frees_its_holder() -> None:
    delta = after_append(retract=[BASE[9]])
    assert looked_at(delta) == {"E1"}
    assert "L1" in {row.subject for row in delta.before.verdicts} - {row.subject for row in delta.after.verdicts}


def screened(delta: Delta) -> dict[str, tuple[str, ...]]:
    return {pack.id: keys for pack, _, keys in delta.affected.cascades}


def test_a_cascade_is_asked_anew_only_below_what_changed_and_while_somebody_is_caught() -> None:
    holding = Tie("H9", "shareholder", "TOP", "FAR", share=MAJORITY)
    below = Tie("H8", "shareholder", "FAR", "E3", share=MAJORITY)
    assert screened(after_append(holding, base=(*BASE, below))) == {"us-ofac": ("FAR",)}
    listed = Listing("TOP", "us-ofac", ALWAYS)
    delta = after_append(holding, base=(*BASE, below, listed))
    assert screened(delta) == {"us-ofac": ("E3", "FAR")}
    assert {row.subject for row in delta.after.derived} - {row.subject for row in delta.before.derived} == {"FAR", "E3"}
    assert screened(after_append(listed)) == {"us-ofac": ("E1", "SIDE", "TOP")}
    assert screened(after_append(Listing("TOP", "eu", ALWAYS))) == {}


# Any history.


@dataclass(frozen=True)
class History:
    """Appends in order, each with what it retracts (by number among the facts appended before), and the law."""

    steps: tuple[tuple[tuple[Fact, ...], tuple[int, ...]], ...]
    packs: tuple[Pack, ...]
    at: int


@st.composite
def carriages(draw: st.DrawFn, via: str = "") -> Carriage:
    if not via and draw(st.booleans()):
        return Carriage("office", "flag", "by_office", "mandatory", roles=draw(small.some(small.ROLES, least=1)))
    every = frozenset({"down", "up", "sibling"})
    directions = draw(st.sampled_from([every, every]) | small.some(("down", "up", "sibling"), least=1))
    threshold = draw(st.sampled_from([Fraction(1, 2), Fraction(1, 2), Fraction(1, 4)]))
    return Carriage("control", "flag", "by_control", "mandatory", directions=directions, threshold=threshold)


def certainly(rule: Rule) -> Rule:
    """A rule that certainly reaches every recorded subject itself, so that something carries."""
    anything = frozenset[str]()
    return replace(
        rule,
        reach="self",
        subject_kind="any",
        families=anything,
        behaviours=anything,
        severities=anything,
        outcomes=anything,
        regions=anything,
        roles=(),
        clock="decision",
        clocks=("decision",),
        fault_test="none",
        fault=anything,
    )


@st.composite
def further(draw: st.DrawFn, at: int) -> list[Fact]:
    """Facts that change one register in any way: the state, joint arrangements, holdings across, descriptions, listings."""
    keys = (*owned.COMPANIES, *owned.OWNERS, small.ENTERPRISE, "E2", *small.PERSONS)
    facts: list[Fact] = []
    for _ in range(draw(st.integers(1, 4))):
        what = draw(
            st.sampled_from(
                ["register", "holding", "subject", "record", "listing", "office", "joint", "event", "holding", "record"]
            )
        )
        holder, into = draw(st.sampled_from(keys)), draw(st.sampled_from((*owned.COMPANIES, small.ENTERPRISE, "E2")))
        valid = draw(st.sampled_from([ALWAYS, ALWAYS]) | small.intervals)
        number = draw(st.integers(0, 3))
        if what == "register":
            facts += draw(owned.registers(deaths=True))
        elif what == "holding" and holder != into:
            share = draw(st.sampled_from((*[MAJORITY] * 20, *owned.STATED, *owned.RANGED)))
            facts.append(Tie(f"X{number}", "shareholder", holder, into, valid, share, source=draw(st.sampled_from(["", "g"]))))
        elif what == "subject":
            person = holder in (*small.PERSONS, *owned.OWNERS)
            kind = draw(st.sampled_from([SubjectKind.UNSPECIFIED, SubjectKind.PERSON if person else SubjectKind.ENTERPRISE]))
            facts.append(Subject(holder, kind, form=draw(st.sampled_from(["", "state"])), state_owned=draw(st.booleans())))
        elif what == "record":
            drawn = draw(small.records(f"R{number}", keys))
            decided = draw(st.sampled_from([drawn.decided_on, Bound.on(small.WINDOW[0])]))
            facts.append(replace(drawn, decided_on=decided))
        elif what == "listing":
            facts.append(Listing(holder, draw(st.sampled_from(["us-ofac", "eu"])), draw(st.just(ALWAYS) | small.known_intervals)))
        elif what == "office":
            facts.append(Tie(f"O{number}", draw(st.sampled_from(small.ROLES)), holder, into, valid))
        elif what == "joint" and holder != into:
            facts.append(Tie(f"J{number}", "joint_arrangement", holder, into, valid))
        elif what == "event":
            facts += [*draw(small.events(f"R{number}", most=2)), *draw(small.findings(f"R{number}", 2))]
    return facts


@st.composite
def histories(draw: st.DrawFn) -> History:
    at = draw(st.sampled_from([*small.WINDOW, *[small.WINDOW[-1]] * 8]))
    rules = []
    for number in range(draw(st.integers(1, 2))):
        rule = draw(small.rules(f"R-{number}", timeless=True))
        if draw(st.booleans()):
            rule = certainly(rule)
        rules.append(replace(rule, carriages=tuple(draw(st.lists(carriages(), max_size=2, unique_by=lambda one: one.code)))))
    cascade = draw(owned.cascades())
    pack = small.pack_of(rules, [cascade], through_state_holders=draw(st.booleans()))
    steps = []
    for number in range(draw(st.integers(2, 4))):
        facts = draw(owned.registers() if number == 0 else further(at))
        facts += draw(further(at)) if number == 0 else []
        gone = draw(st.lists(st.integers(0, 99), max_size=2))
        steps.append((tuple(facts), tuple(gone)))
    return History(tuple(steps), (pack,), at)


@st.composite
def histories_of_groups(draw: st.DrawFn) -> History:
    """Majorities that come and go, holders that become the state or nobody, records that certainly carry by control."""
    at = small.WINDOW[-1]
    rule = replace(certainly(draw(small.rules(timeless=True))), basis=draw(small.bases(whole=True)))
    pack = small.pack_of([replace(rule, carriages=(draw(carriages(via="control")),))], through_state_holders=draw(st.booleans()))
    keys, companies = ("X", "X", "X", "Y", "A", "B", "C"), ("A", "B", "C")

    @st.composite
    def batch(draw: st.DrawFn, least: int) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        for _ in range(draw(st.integers(least, least + 3))):
            holder, into = draw(st.sampled_from(keys)), draw(st.sampled_from(companies))
            what = draw(st.sampled_from(["holding", "holding", "holding", "record", "subject"]))
            if what == "holding" and holder != into:
                share = draw(st.sampled_from([MAJORITY, MAJORITY, MAJORITY, MAJORITY, Share.parse("30"), Share.parse("25-50")]))
                facts.append(Tie(f"H{draw(st.integers(0, 5))}", "shareholder", holder, into, ALWAYS, share))
            elif what == "record":
                decided = Bound.on(small.WINDOW[0])
                facts.append(
                    Record(f"R{draw(st.integers(0, 2))}", into, decided_on=decided, instrument_no="No. 1", region="530000")
                )
            elif what == "subject":
                kind = draw(st.sampled_from([SubjectKind.UNSPECIFIED, *[SubjectKind.ENTERPRISE] * 3]))
                form, owned = draw(st.sampled_from([("", False), ("", False), ("", True), ("state", False)]))
                facts.append(Subject(holder, kind, form=form, state_owned=owned))
        return tuple(facts)

    gone = st.lists(st.integers(0, 99), max_size=2).map(tuple)
    first: tuple[Fact, ...] = (
        Tie("H0", "shareholder", "X", "A", share=MAJORITY),
        Tie("H1", "shareholder", draw(st.sampled_from(["X", "A"])), "B", share=MAJORITY),
        Record(
            "R0", draw(st.sampled_from(companies)), decided_on=Bound.on(small.WINDOW[0]), instrument_no="No. 1", region="530000"
        ),
    )
    steps: list[tuple[tuple[Fact, ...], tuple[int, ...]]] = [
        (first, ()),
        (draw(batch(1)), ()),
        *((draw(batch(1)), draw(gone)) for _ in range(draw(st.integers(1, 4)))),
    ]
    return History(tuple(steps), (pack,), at)


def whole(view: View, packs: Sequence[Pack], at: int) -> Rows:
    """All rows, from nothing."""
    records = [stored for stored in view.reader.scan(Record) if isinstance(stored.fact, Record)]
    rows = rows_by_trace(view, sorted(records, key=lambda one: one.id), packs, at)  # type: ignore[arg-type]
    screened = rows_of_cascades(view, cascades_on(packs, at), at)
    return replace(rows, derived=screened.derived, caught=screened.caught)


def told(rows: Rows) -> dict[str, list[str]]:
    """Rows by table, to compare two sets of them."""
    return {name: sorted(map(repr, getattr(rows, name))) for name in Rows.__dataclass_fields__}


def folded(rows: Rows, delta: Delta) -> Rows:
    """Rows with what a delta affects taken out and put in anew."""
    records, subjects = set(delta.affected.records), set(delta.affected.subjects)
    anew = {(pack.id, cascade.id, key) for pack, cascade, keys in delta.affected.cascades for key in keys}
    now = delta.after
    return Rows(
        (*(one for one in rows.verdicts if one.record not in records), *now.verdicts),
        (*(one for one in rows.consequences if one.record not in records), *now.consequences),
        (*(one for one in rows.derived if (one.pack, one.rule, one.subject) not in anew), *now.derived),
        (*(one for one in rows.caught if (one.pack, one.cascade, one.subject) not in anew), *now.caught),
        (*(one for one in rows.data_faults if one.subject not in subjects), *now.data_faults),
        (*(one for one in rows.left_out if one.cascade or one.subject not in subjects), *now.left_out),
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories())
def test_following_a_history_step_by_step_gives_what_replaying_it_from_nothing_gives(history: History) -> None:
    hold(history)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories_of_groups())
def test_following_groups_that_form_and_break_step_by_step_gives_what_replaying_gives(history: History) -> None:
    hold(history)


def hold(history: History) -> None:
    """Each step followed along gives the rows that replaying gives."""
    ledger = MemoryLedger()
    known: list[str] = []
    rows = Rows()
    for facts, gone in history.steps:
        was = ledger.last()
        ledger.append(facts, [known[number % len(known)] for number in gone if known])
        known += [change.fact_id for change in ledger.since(was.number) if change.added]
        delta = delta_since(ledger, was, history.packs, history.at)
        assert delta.affected.left_out == ()
        rows = folded(rows, delta)
        with ledger.read() as reader:
            assert told(rows) == told(whole(View(reader), history.packs, history.at))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(owned.cascade_cases(mixed_joint=True))
def test_screening_finds_everybody_whose_trace_says_that_they_are_caught(case: owned.CascadeCase) -> None:
    pack = small.pack_of([], [case.cascade])
    with MemoryLedger.of(case.facts).read() as reader:
        view = View(reader)
        found = rows_of_cascades(view, cascades_on([pack], case.at), case.at)
        answers = [trace(view, key, [pack], case.at) for key in (*owned.COMPANIES, *owned.OWNERS)]
    assert list(found.derived) == sorted(
        (consequence_row(one) for answer in answers for one in answer.consequences), key=lambda row: (row.record, row.id)
    )
    possible = {(answer.subject, *one.owners, *one.listed) for answer in answers for one in answer.possible}
    assert possible == {
        (row.subject, *zip(row.owners, row.shares, strict=True), *row.listed) for row in found.caught if row.verdict == "possible"
    }
