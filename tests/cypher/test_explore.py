"""What analysts ask in Cypher has the answers that the library gives, or that plain Python finds among the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import pytest

from graph_service.engine.carriage import is_state_body
from graph_service.ledger.neo4j_codec import day_number, tie_type
from graph_service.model.facts import Event, Finding, Stored, Tie
from graph_service.model.interval import covers
from graph_service.model.words import CAPITAL, OFFICES, SHARES, TIE_KINDS
from graph_service.sample.stories import DEBTOR, FOOD, GAPS, GROUP_LOW, GROUP_TOP, HALF_AT_HOME, LISTED, STATE_BODY
from graph_service.snapshot.view import View
from tests.cypher.province import DAY, GONE, MENDED, Province, numbers
from tests.neo4j_fixtures import GROUP

pytestmark = GROUP
JOINING = frozenset(OFFICES) | CAPITAL | {"actual_controller", "appoints_board"}


def may_hold(ties: Iterable[Stored[Tie]], kinds: Iterable[str], day: int = DAY) -> list[Tie]:
    """The ties of some kinds that certainly or perhaps hold on a day."""
    wanted = frozenset(kinds)
    return [one.fact for one in ties if one.fact.kind in wanted and covers(one.fact.valid, day)]


def surely(tie: Tie, day: int = DAY) -> bool:
    return covers(tie.valid, day).certain


def enterprises(sample: Province) -> list[str]:
    return sorted({one.fact.enterprise for one in sample.ties})


def levels(start: str, ties: Iterable[Tie], *, up: bool) -> dict[str, int]:
    """How many ties away others are, following ties down or up only."""
    steps: dict[str, set[str]] = defaultdict(set)
    for tie in ties:
        here, there = (tie.enterprise, tie.holder) if up else (tie.holder, tie.enterprise)
        steps[here].add(there)
    found, frontier = {start: 0}, [start]
    while frontier:
        frontier = [other for one in frontier for other in steps[one] if found.setdefault(other, found[one] + 1) > found[one]]
        frontier = sorted(set(frontier))
    del found[start]
    return found


def test_shared_holders(sample: Province) -> None:
    held: dict[str, dict[str, list[Tie]]] = defaultdict(lambda: defaultdict(list))
    for tie in may_hold(sample.ties, JOINING):
        held[tie.enterprise][tie.holder].append(tie)
    pairs = {pair for one in held for two in held if one != two and held[one].keys() & held[two].keys() for pair in [(one, two)]}
    assert len(pairs) > 20
    for one, two in [*sorted(pairs)[:60], (FOOD, GROUP_TOP)]:
        told = {row["holder"]: row for row in sample.ask("explore/shared_holders", a=one, b=two, day=DAY)}
        assert told.keys() == held[one].keys() & held[two].keys()
        for holder, row in told.items():
            for key, there in (("in_a", one), ("in_b", two)):
                assert sorted(row[key]) == sorted({tie.kind for tie in held[there][holder]})
            assert row["certain"] is all(any(map(surely, held[there][holder])) for there in (one, two))


def test_sharing_officers(sample: Province) -> None:
    offices = may_hold(sample.ties, OFFICES)
    of: dict[str, set[str]] = defaultdict(set)
    for tie in offices:
        of[tie.enterprise].add(tie.holder)
    described, met = sample.subjects, 0
    for one in enterprises(sample):
        told = {row["enterprise"]: row for row in sample.ask("explore/sharing_officers", id=one, day=DAY)}
        assert {key: set(row["officers"]) for key, row in told.items()} == {
            other: both for other in sorted(of) if other != one and (both := of.get(one, set()) & of[other])
        }
        for other, row in told.items():
            here, there = described[one], described[other]
            assert row["same_region"] is (here.region == there.region != "")
            assert row["same_industry"] is (here.industry == there.industry != "")
            met += 1
    assert met > 20


def test_circular_holdings(sample: Province) -> None:
    down: dict[str, set[str]] = defaultdict(set)
    for tie in may_hold(sample.ties, CAPITAL):
        down[tie.holder].add(tie.enterprise)

    def back(chain: list[str]) -> list[list[str]]:
        found = [[*chain, chain[0]]] if chain[0] in down[chain[-1]] else []
        ahead = sorted(down[chain[-1]] - set(chain)) if len(chain) < 6 else []
        return found + [cycle for other in ahead for cycle in back([*chain, other])]

    met = 0
    for one in enterprises(sample):
        told = sample.ask("explore/circular_holdings", id=one, day=DAY)
        assert sorted(row["chain"] for row in told) == sorted(back([one]))
        assert all(len(row["shares"]) == len(row["chain"]) - 1 for row in told)
        met += len(told)
    assert met >= 3


def test_majority_owners_are_chains_of_one_certain_majority_each(sample: Province) -> None:
    half, owner = Fraction(1, 2), {}
    for tie in may_hold(sample.ties, SHARES):
        share = tie.share
        if share and surely(tie) and (share.lo > half or (share.lo == half and share.lo_open)):
            owner[tie.enterprise] = (tie.holder, str(share))
    met = 0
    for one in enterprises(sample):
        chain: list[str] = [one]
        while chain[-1] in owner and owner[chain[-1]][0] not in chain:
            chain.append(owner[chain[-1]][0])
        told = sample.ask("explore/majority_owners", id=one, day=DAY)
        assert [row["controller"] for row in told] == chain[1:]
        assert [row["steps"] for row in told] == list(range(1, len(chain)))
        assert all(row["shares"] == [owner[key][1] for key in chain[: row["steps"]]] for row in told)
        assert [row["top"] for row in told] == [key not in owner for key in chain[1:]]
        met += len(told) > 1
    assert met >= 3


def test_majority_owners_control_for_certain(sample: Province) -> None:
    for one in (GROUP_LOW, GROUP_TOP, DEBTOR):
        pairs = sample.graph.control(one, at="2024-06-30")["pairs"]
        assert isinstance(pairs, list)
        certain = {pair["controller"] for pair in pairs if pair["controlled"] == one and pair["verdict"] == "certain"}
        told = {row["controller"] for row in sample.ask("explore/majority_owners", id=one, day=DAY)}
        assert told
        assert told <= certain


def test_owned_group(sample: Province) -> None:
    holdings = may_hold(sample.ties, CAPITAL)
    deepest = 0
    for one in sorted({tie.holder for tie in holdings}):
        told = sample.ask("explore/owned_group", id=one, day=DAY)
        assert {row["enterprise"]: row["level"] for row in told} == levels(one, holdings, up=False)
        assert len(told) == len({row["enterprise"] for row in told})
        shares = {(tie.holder, tie.enterprise, str(tie.share) or "?") for tie in holdings}
        assert all((row["holder"], row["enterprise"], row["share"]) in shares for row in told)
        deepest = max([deepest, *(row["level"] for row in told)])
    assert deepest >= 3


def test_listed_owners(sample: Province) -> None:
    holdings = may_hold(sample.ties, CAPITAL)
    listed: dict[str, set[str]] = defaultdict(set)
    for one in sample.listings:
        if covers(one.listed, DAY):
            listed[one.subject].add(one.regime)
    for key in enterprises(sample):
        told = sample.ask("explore/listed_owners", id=key, day=DAY)
        above = levels(key, holdings, up=True)
        assert {row["owner"]: row["level"] for row in told} == {owner: above[owner] for owner in listed if owner in above}
        assert all(row["regimes"] == sorted(listed[row["owner"]]) for row in told)
    (row,) = sample.ask("explore/listed_owners", id=HALF_AT_HOME, day=DAY)
    assert (row["owner"], row["level"], row["shares"]) == (LISTED, 2, ["50", "50"])


def test_shortest_connection_is_as_short_as_the_library_finds_it(sample: Province) -> None:
    keys = sorted({end for one in sample.ties for end in (one.fact.holder, one.fact.enterprise)})
    pairs = [(one, keys[(place * 37 + 11) % len(keys)]) for place, one in enumerate(keys)]
    pairs += [("S3-OWNER", GROUP_LOW), (GAPS, FOOD), (STATE_BODY, "S4-REP"), ("S4-REP", "S4-OTHER-REP")]
    lengths = set()
    for one, two in pairs:
        if one == two:
            continue
        hops = sample.graph.path(one, two, at="2024-06-30")["hops"]
        told = sample.ask("explore/shortest_connection", a=one, b=two, types=None, day=DAY)
        assert [row["steps"] for row in told] == ([] if hops is None else [hops])
        lengths.add(hops or 0)
        for row in told:
            assert (row["chain"][0], row["chain"][-1]) == (one, two)
            assert not [key for key in row["chain"][1:-1] if state(sample, key)]
            assert linked(sample, row["chain"], row["ties"])
    assert {0, 1, 2, 3} <= lengths


def state(sample: Province, key: str) -> bool:
    with sample.memory.read() as reader:
        return is_state_body(View(reader).subject(key), key)


def linked(sample: Province, chain: list[str], types: list[str]) -> bool:
    """Whether each pair in a chain is joined by a tie of its type, in one direction or the other."""
    held = {(tie.holder, tie.enterprise, tie_type(tie.kind)) for tie in may_hold(sample.ties, TIE_KINDS)}
    steps = zip(pairwise(chain), types, strict=True)
    return all((one, two, type_) in held or (two, one, type_) in held for (one, two), type_ in steps)


def test_shortest_connection_goes_by_the_types_asked(sample: Province) -> None:
    wanted = ["SHAREHOLDER"]
    (row,) = sample.ask("explore/shortest_connection", a="S3-OWNER", b=GROUP_LOW, types=wanted, day=DAY)
    assert (row["steps"], set(row["ties"])) == (2, {"SHAREHOLDER"})
    assert sample.ask("explore/shortest_connection", a="S2-REP", b="S2-OTHER-OWNER", types=["PRACTITIONER"], day=DAY) == []


def test_practitioners_in_several(sample: Province) -> None:
    of: dict[str, set[str]] = defaultdict(set)
    for tie in may_hold(sample.ties, ["practitioner"]):
        of[tie.holder].add(tie.enterprise)
    told = sample.ask("explore/practitioners_in_several", least=2, day=DAY)
    assert {row["practitioner"]: set(row["enterprises"]) for row in told} == {
        key: many for key, many in of.items() if len(many) > 1
    }
    assert {row["practitioner"]: len(row["credentials"]) for row in told}["S1-FOOD-1"] == 2


@pytest.mark.parametrize("kinds", [None, ("legal_representative",), ("director", "supervisor")])
def test_holders_on_day(sample: Province, kinds: tuple[str, ...] | None) -> None:
    types = None if kinds is None else [tie_type(kind) for kind in kinds]
    for day in (DAY, DAY - 2400):
        for one in enterprises(sample):
            told = sample.ask("explore/holders_on_day", id=one, types=types, day=day)
            assert {(row["role"], row["holder"], row["fact"], row["certain"]) for row in told} == {
                (tie.fact.kind, tie.fact.holder, tie.id, surely(tie.fact, day))
                for tie in sample.ties
                if tie.fact.enterprise == one and (kinds is None or tie.fact.kind in kinds) and covers(tie.fact.valid, day)
            }


def test_records_around(sample: Province) -> None:
    on: dict[str, list[str]] = defaultdict(list)
    decided = {}
    for record in sample.records:
        on[record.fact.subject].append(record.fact.id)
        decided[record.fact.id] = record.fact.decided_on
    words: set[str] = set()
    for person in sorted({one.fact.holder for one in sample.ties}):
        told = sample.ask("explore/records_around", id=person)
        mine = [one.fact for one in sample.ties if one.fact.holder == person]
        assert sorted((row["record"], row["role"]) for row in told) == sorted(
            (record, tie.kind) for tie in mine for record in on[tie.enterprise]
        )
        expected = sorted(
            (record, tie.kind, then(tie, decided[record].lo, decided[record].hi)) for tie in mine for record in on[tie.enterprise]
        )
        assert sorted((row["record"], row["role"], row["then"]) for row in told) == expected
        words.update(row["then"] for row in told)
    assert words >= {"certain", "no"}


def then(tie: Tie, low: int, high: int) -> str:
    """Whether a tie held on every, on some or on no day of a range."""
    start, end = tie.valid.start, tie.valid.end
    if start.hi <= low and high < end.lo:
        return "certain"
    return "possible" if start.lo <= high and low < end.hi else "no"


def test_without_legal_representative(sample: Province) -> None:
    headed = {tie.enterprise for tie in may_hold(sample.ties, ["legal_representative"])}
    bare = {key for key, one in sample.subjects.items() if one.kind.value == "enterprise" and key not in headed}
    assert bare
    assert {row["enterprise"] for row in sample.ask("explore/without_legal_representative", day=DAY, status=None)} == bare
    for row in (told := sample.ask("explore/without_legal_representative", day=DAY, status="active")):
        assert sample.subjects[row["enterprise"]].status == "active"
    assert len(told) == sum(sample.subjects[key].status == "active" for key in bare)


@pytest.mark.parametrize("page", [(0, 10_000), (100, 300)])
def test_added_since(sample: Province, page: tuple[int, int]) -> None:
    changes = [one for one in sample.ledger.since(page[0]) if one.position <= page[1]]
    told = sample.ask("explore/added_since", after=page[0], to=page[1])
    assert [(row["position"], row["fact"]) for row in told] == [(one.position, one.fact_id) for one in changes if one.added]
    gone = {one.fact_id for one in sample.ledger.since(0) if not one.added}
    assert all(row["live"] is (row["fact"] not in gone) for row in told)


def test_retracted_since(sample: Province) -> None:
    last = sample.ledger.last().number
    told = sample.ask("explore/retracted_since", after=sample.mended_after, to=last)
    assert [(row["about"], row["corrected"]) for row in told] == [(f"tie:{MENDED}", True), (f"tie:{GONE}", False)]
    changes = [one for one in sample.ledger.since(0) if not one.added]
    assert [(row["position"], row["fact"]) for row in told] == [(one.position, one.fact_id) for one in changes]
    assert sample.ask("explore/retracted_since", after=last, to=last + 1) == []


def test_super_nodes(sample: Province) -> None:
    ends: dict[str, int] = defaultdict(int)
    into: dict[str, int] = defaultdict(int)
    for one in sample.ties:
        for key in (one.fact.holder, one.fact.enterprise):
            ends[key] += 1
        into[one.fact.enterprise] += 1
    told = sample.ask("explore/super_nodes", least=10)
    assert {row["subject"]: (row["ties"], row["incoming"]) for row in told} == {
        key: (many, into[key]) for key, many in ends.items() if many >= 10
    }
    assert told


def test_moved_on(sample: Province) -> None:
    met: set[tuple[str, str]] = set()
    for record in sample.records:
        low, high = record.fact.decided_on.lo, record.fact.decided_on.hi
        offices = [one.fact for one in sample.ties if one.fact.kind in OFFICES]
        was = {
            tie.holder
            for tie in offices
            if tie.enterprise == record.fact.subject and tie.valid.start.hi <= low and high < tie.valid.end.lo
        }
        told = sample.ask("explore/moved_on", record=record.fact.id)
        assert sorted((row["officer"], row["enterprise"], row["became"], row["since"]) for row in told) == sorted(
            (tie.holder, tie.enterprise, tie.kind, day_number(tie.valid.start.lo))
            for tie in offices
            if tie.holder in was and tie.enterprise != record.fact.subject and tie.valid.start.known and tie.valid.start.lo > high
        )
        met |= {(row["officer"], row["enterprise"]) for row in told}
    assert ("S1-DIRECTOR-1", GAPS) in met


def test_office_history_tells_corrections_too(sample: Province) -> None:
    told = sample.ask("explore/office_history", id=FOOD)
    mended = [row for row in told if row["holder"] == "S3-SMALL"]
    assert [(row["to_lo"], row["retracted"] is None) for row in mended] == [(99999999, False), (20150101, True)]
    assert [row["retracted"] is None for row in told if row["holder"] == "S3-PARTNER"] == [False]
    live = [one for one in sample.ties if one.fact.enterprise == FOOD and one.fact.kind in OFFICES]
    assert sorted(
        (row["role"], row["holder"], row["from_lo"], row["from_hi"], row["to_lo"], row["to_hi"], row["fact"])
        for row in told
        if row["retracted"] is None
    ) == sorted(
        (one.fact.kind, one.fact.holder, *numbers(one.fact.valid.start), *numbers(one.fact.valid.end), one.id) for one in live
    )


def test_record_story(sample: Province) -> None:
    for record in sample.records:
        fact = record.fact
        told = sample.ask("explore/record_story", record=fact.id)
        days = [row["on"] for row in told]
        assert days == sorted(days)
        decided = day_number(fact.decided_on.lo)
        assert sorted((row["on"], row["step"], row["person"] or "") for row in told) == sorted(
            [
                (day_number(fact.act.start.lo), "act", ""),
                (decided, "decision", ""),
                *(
                    (decided if one.found_on is None else day_number(one.found_on), one.finding, one.person)
                    for one in sample.findings
                    if one.record == fact.id
                ),
                *((day_number(one.on), one.kind, one.person) for one in sample.events if one.record == fact.id),
            ]
        )


def test_record_picture(sample: Province) -> None:
    for record in ("S1-RECORD", "S2-RECORD"):
        told = sample.ask("explore/record_picture", record=record)
        drawn = {one["fact"] for row in told for one in row["path"].relationships if "fact" in one}
        drawn |= {node["fact"] for row in told for node in row["path"].nodes if "Event" in node.labels}
        (stored,) = [one for one in sample.records if one.fact.id == record]
        kinds = frozenset(OFFICES) | CAPITAL | {"actual_controller", "appoints_board", "practitioner"}
        ties = {one.id for one in sample.ties if one.fact.enterprise == stored.fact.subject and one.fact.kind in kinds}
        rest = [one.id for kind in (Finding, Event) for one in sample.facts[kind] if one.fact.record == record]  # type: ignore[union-attr]
        assert drawn == {stored.id, *ties, *rest}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("explore/record_picture", {"record": "nothing"}),
        ("explore/consequences_of", {"record": "S1-RECORD", "status": None}),
        ("explore/consequences_on", {"id": "S2-REP", "status": None}),
        ("explore/sharing_officers", {"id": "nobody", "day": DAY}),
        ("explore/circular_holdings", {"id": "nobody", "day": DAY}),
        ("explore/majority_owners", {"id": "nobody", "day": DAY}),
        ("explore/owned_group", {"id": "nobody", "day": DAY}),
        ("explore/listed_owners", {"id": "nobody", "day": DAY}),
        ("explore/record_story", {"record": "nothing"}),
        ("explore/moved_on", {"record": "nothing"}),
    ],
)
def test_who_is_not_there_has_an_empty_answer(sample: Province, name: str, parameters: dict[str, object]) -> None:
    assert sample.ask(name, **parameters) == []
