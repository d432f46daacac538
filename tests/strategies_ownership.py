"""Registers of holdings, listings and whatever else: what rules of ownership, and all rules together, are tried on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from hypothesis import strategies as st

from graph_service.model.facts import Fact, Listing, Subject, SubjectKind, Tie
from graph_service.model.interval import ALWAYS, OPEN_END, Bound, Interval
from graph_service.model.share import Share
from graph_service.policy.table import Cascade
from tests.strategies import (
    ENTERPRISE,
    bases,
    days,
    described,
    events,
    findings,
    intervals,
    known_intervals,
    records,
    some,
    ties_of_office,
    word,
)

COMPANIES = ("A", "B", "C", "D")
OWNERS = ("X", "Y", "Z")
STATED = tuple(Share.parse(text) for text in ("50", "60", "51", "25", "20", "10", "5", "30", "40", "33.33", "16.67", "1/3", "80"))
"""Exact shares, many of which add up to just a threshold."""
RANGED = tuple(Share.parse(text) for text in ("25-50", ">25", "<50", "<=20", ">=40", "", "10-30", "(25,50]", "0-25", ">50"))
"""Ranges, closed and open."""


@dataclass(frozen=True)
class OwnershipCase:
    """Holdings on a day: for `reference_control` and, with a cascade, `reference_caught`."""

    facts: tuple[Fact, ...]
    at: int


@dataclass(frozen=True)
class CascadeCase:
    """Holdings, rights and listings on a day, and a cascade: for `reference_caught`."""

    facts: tuple[Fact, ...]
    at: int
    cascade: Cascade


@st.composite
def holdings(draw: st.DrawFn, at: int, gaps: int = 3, most: int = 8) -> list[Tie]:
    """Holdings of owners and companies in companies, with cycles; at most ``gaps`` of them are ranges, uncertain or told twice.

    Exact shares that would take a company over the whole are left out, but for one holding in some examples.
    """
    certain: dict[str, Fraction] = {}
    found: list[Tie] = []
    careless = draw(st.integers(0, 9)) == 0
    for number in range(draw(st.integers(2, most))):
        company = draw(st.sampled_from(COMPANIES))
        owner = draw(st.sampled_from([one for one in (*OWNERS, *OWNERS, *COMPANIES) if one != company]))
        kind = draw(st.sampled_from(["shareholder"] * 6 + ["general_partner", "voting_rights"]))
        how = draw(st.sampled_from(["exact", "exact", "exact", "range", "uncertain", "again"])) if gaps else "exact"
        share = draw(st.sampled_from(RANGED if how == "range" else STATED))
        if how != "uncertain" and certain.get(company, Fraction(0)) + share.lo > 1 and not careless:
            continue
        gaps -= how != "exact"
        valid = draw(intervals) if how == "uncertain" else draw(st.sampled_from([ALWAYS, Interval(Bound.on(at), OPEN_END)]))
        source = draw(st.sampled_from(["", "", "", "gazette"]))
        found.append(Tie(f"H{number}", kind, owner, company, valid, share, source=source))
        if how == "again":
            twice = draw(st.sampled_from([*STATED[:5], *RANGED, share]))
            found.append(
                Tie(f"H{number}b", kind, owner, company, ALWAYS, twice, source=draw(st.sampled_from(["register", "gazette"])))
            )
        if how != "uncertain":
            certain[company] = certain.get(company, Fraction(0)) + share.lo
    return found


@st.composite
def arrangements(draw: st.DrawFn, at: int, gaps: bool = True) -> list[Tie]:
    """At most one joint arrangement, of two members, valid or not or perhaps."""
    if draw(st.integers(0, 2)):
        return []
    one = draw(st.sampled_from(OWNERS))
    other = draw(st.sampled_from([member for member in (*OWNERS, "D") if member != one]))
    validity = st.one_of(st.just(ALWAYS), known_intervals, intervals if gaps else st.just(ALWAYS))
    return [Tie("J1", "joint_arrangement", one, other, draw(validity))]


def _subjects(described: frozenset[str]) -> list[Fact]:
    return [
        Subject(name, SubjectKind.PERSON if name in OWNERS else SubjectKind.ENTERPRISE)
        for name in (*OWNERS, *COMPANIES)
        if name in described
    ]


@st.composite
def ownership_cases(draw: st.DrawFn, gaps: int = 3) -> OwnershipCase:
    """Holdings and perhaps a joint arrangement, for control."""
    at = draw(days)
    ties = [*draw(holdings(at, gaps)), *draw(arrangements(at))]
    return OwnershipCase((*_subjects(draw(some((*OWNERS, *COMPANIES)))), *ties), at)


@st.composite
def cascades(draw: st.DrawFn) -> Cascade:
    """A cascade with any parameters, always in force."""
    shares = frozenset({"shareholder", "general_partner", "limited_partner", "investor"})
    votes = frozenset({"voting_rights"})
    control = draw(some(("appoints_board", "actual_controller")))
    return Cascade(
        id="C-1",
        version="1",
        title=word("Cascade"),
        basis=draw(bases(whole=True)),
        regimes=draw(st.sampled_from([frozenset({"us-ofac"}), frozenset({"us-ofac", "eu"})])),
        threshold=draw(st.sampled_from([Fraction(1, 2), Fraction(1, 4), Fraction(1, 2), Fraction(1, 5)])),
        strict=draw(st.booleans()),
        aggregate=draw(st.booleans()),
        measures=draw(st.sampled_from([(shares,), (shares, votes), (frozenset({"shareholder"}),)])),
        control=control,
        possible_control=draw(some(("influence", "actual_controller"))) - control,
        joint=draw(st.booleans()),
        code="blocked",
        nature="mandatory",
        implementer=word("authority"),
        reference="an invented cascade",
    )


@st.composite
def cascade_cases(draw: st.DrawFn, gaps: int = 3, mixed_joint: bool = False) -> CascadeCase:
    """Holdings, rights of control, listings of two regimes, and a cascade."""
    at = draw(days)
    ties = [*draw(holdings(at, gaps)), *draw(arrangements(at))]
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from(["appoints_board", "actual_controller", "influence"]))
        company = draw(st.sampled_from(COMPANIES))
        owner = draw(st.sampled_from([one for one in (*OWNERS, *COMPANIES) if one != company]))
        ties.append(Tie(f"K{number}", kind, owner, company, draw(st.one_of(st.just(ALWAYS), intervals))))
    listings: dict[tuple[str, str], Listing] = {}
    for subject in sorted(draw(st.sets(st.sampled_from([*OWNERS, "A", "D"]), min_size=2, max_size=4))):
        regime = draw(st.sampled_from(["us-ofac"] * 4 + ["eu"]))
        listed = draw(st.sampled_from([ALWAYS] * 3 + [None]))
        if listed is None:
            listed = draw(known_intervals | intervals if subject in OWNERS else known_intervals)
        listings[subject, regime] = Listing(subject, regime, listed)
    if not mixed_joint:
        for tie in ties:
            pair = {tie.holder, tie.enterprise}
            if tie.kind == "joint_arrangement" and pair & {subject for subject, _ in listings}:
                regimes = sorted({regime for subject, regime in listings if subject in pair})
                listings = {key: one for key, one in listings.items() if key[0] not in pair}
                listings |= {(member, regime): Listing(member, regime, ALWAYS) for member in pair for regime in regimes}
    facts = (*_subjects(draw(some((*OWNERS, *COMPANIES)))), *ties, *(listings[key] for key in sorted(listings)))
    return CascadeCase(facts, at, draw(cascades()))


@st.composite
def registers(draw: st.DrawFn, deaths: bool = False) -> list[Fact]:
    """A whole small register: offices in two enterprises, holdings, up to two records with findings and events, listings."""
    at = draw(days)
    facts: list[Fact] = [*draw(described(deaths)), *draw(ties_of_office())]
    facts += [replace(tie, id=f"S{tie.id}") for tie in draw(ties_of_office("E2", 2)) if tie.holder != "E2"]
    facts += draw(holdings(at, gaps=2, most=5))
    for number in range(draw(st.integers(0, 2))):
        record = draw(records(f"R{number}", (ENTERPRISE, ENTERPRISE, "E2", "P1")))
        facts += [record, *draw(findings(record.id, 2)), *draw(events(record.id, most=2))]
    facts += [
        Listing(subject, "us-ofac", draw(known_intervals))
        for subject in sorted(draw(st.sets(st.sampled_from(OWNERS), max_size=2)))
    ]
    return facts
