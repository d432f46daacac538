"""To which other enterprises a verdict carries by control, and what is said where it stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from graph_service.engine.answers import Trace
from graph_service.engine.carriage import CARRIED_LIMIT
from graph_service.engine.trace import trace
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact, Record, Subject, SubjectKind, Tie
from graph_service.model.interval import Bound, Interval, parse_day
from graph_service.model.share import Share
from graph_service.policy.loader import shipped_pack
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

AT = parse_day("2019-12-31")
PACK = shipped_pack("cn-yunnan-2016")
RECORD = Record(
    "R1", "E1", "market_order", "bribery", "serious", Interval.parse("2018-01-01", "2018-06-01"),
    Bound.on(parse_day("2018-09-01")), instrument_no="No. 1", region="530000",
)  # fmt: skip


def held(holder: str, company: str, share: str) -> Tie:
    return Tie(f"{holder}-{company}", "shareholder", holder, company, share=Share.parse(share))


def answer(ties: Sequence[Tie], pack: Pack = PACK) -> Trace:
    facts: list[Fact] = [Subject("E1", SubjectKind.ENTERPRISE), RECORD, *ties]
    with MemoryLedger.of(facts).read() as reader:
        return trace(View(reader), "E1", [pack], AT)


def flagged(found: Trace) -> set[str]:
    return {one.subject for one in found.consequences if one.code == "F02"}


def with_threshold(threshold: Fraction) -> Pack:
    rules = tuple(
        replace(rule, carriages=tuple(replace(carriage, threshold=threshold) for carriage in rule.carriages))
        for rule in PACK.rules
    )
    return replace(PACK, rules=rules)


def test_control_carries_down_up_and_to_siblings() -> None:
    ties = [held("E1", "E2", "60"), held("P", "E1", "70"), held("P", "E3", "51")]
    assert flagged(answer(ties)) == {"E2", "P", "E3"}


def test_exactly_half_does_not_carry() -> None:
    assert flagged(answer([held("E1", "E2", "50"), held("P", "E1", "50")])) == set()


def test_the_pack_says_from_which_part_on_control_is() -> None:
    ties = [held("E1", "E2", "60"), held("E1", "E3", "30")]
    assert flagged(answer(ties, with_threshold(Fraction(2, 3)))) == set()
    assert flagged(answer(ties, with_threshold(Fraction(1, 4)))) == {"E2", "E3"}


def test_where_more_is_related_than_shown_the_answer_says_so() -> None:
    below = [held("E1", f"C{number:04}", "60") for number in range(CARRIED_LIMIT - 10)]
    beside = [held("P", f"S{number:04}", "60") for number in range(20)]
    whole = answer(below)
    assert whole.complete
    assert len(flagged(whole)) == CARRIED_LIMIT - 10
    cut = answer([*below, held("P", "E1", "60"), *beside])
    assert [one.code for one in cut.left_out] == ["carried"]
    assert len(flagged(cut)) == CARRIED_LIMIT
