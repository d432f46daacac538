"""The law of casework: procedures and deadlines load with their citation or not at all, and change no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.messages import LANGS, PackError
from graph_service.policy.desk_table import Days
from graph_service.policy.loader import load_pack, shipped_pack
from tests.policy.sample import PACK, RULES, write

YUNNAN = shipped_pack("cn-yunnan-2016")
CITED = "article: {en: art. 1, zh: 第一条}, reference: KEY"
DESK = f"""
procedures:
  - code: licence
    title: {{en: Licence, zh: 许可}}
    {CITED.replace(", reference", chr(10) + "    reference")}
    incentives: [I1]
    promise: I1
    bars: [{{codes: [M1], effect: refuse, {CITED}}}]
  - code: tender
    title: {{en: Tender, zh: 招标}}
    {CITED.replace(", reference", chr(10) + "    reference")}
    bidders: true
    constraints:
      - id: held
        title: {{en: held, zh: 控股}}
        by: holding
        roles: [legal_representative]
        threshold_percent: "50"
        effect: refuse
        {CITED.replace(", reference", chr(10) + "        reference")}
casework:
  cases: {{severities: [serious], {CITED}}}
  publication:
    - {{within: {{days: 7, count: working_days}}, {CITED}}}
"""


def folder(tmp_path: Path, desk: str) -> Path:
    place = write(tmp_path, PACK, RULES)
    (place / "desk.yaml").write_text(desk, "utf-8")
    return place


def test_procedures_and_deadlines_load_with_what_they_rest_on(tmp_path: Path) -> None:
    pack = load_pack(folder(tmp_path, DESK))
    licence, tender = pack.procedures
    assert licence.bars[0].codes == {"M1"}
    assert licence.bars[0].cited.basis.instrument.en == "The law (第1号)"
    assert tender.constraints[0].threshold is not None
    assert pack.casework is not None
    assert pack.casework.publication[0].within == Days(7, working=True)


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (f"bars: [{{codes: [M1], effect: refuse, {CITED}}}]", "bars: [{codes: [M1], effect: refuse}]", "article"),
        (f"effect: refuse, {CITED}}}]", "effect: refuse, article: {en: a, zh: 甲}, reference: NOWHERE}]", "NOWHERE"),
        ("codes: [M1], effect", "codes: [M9], effect", "M9"),
        ("codes: [M1], effect", "effect", "codes or kinds"),
        ("promise: I1", "promise: M1", "incentives"),
        ("bidders: true", "bidders: false", "bidders"),
        ('        threshold_percent: "50"\n', "", "threshold_percent"),
        ("roles: [legal_representative]", "roles: [director]", "director"),
        ("roles: [legal_representative]", "roles: []", "roles"),
        ("by: holding", "by: control", "roles"),
        ("code: tender", "code: licence", "licence"),
        ("days: 7, count: working_days", "days: 7", "count"),
        ("days: 7, count", "days: seven, count", "days"),
    ],
)
def test_what_is_wrong_in_it_is_refused_with_its_place(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in DESK
    with pytest.raises(PackError, match=said) as caught:
        load_pack(folder(tmp_path, DESK.replace(right, wrong, 1)))
    assert "desk.yaml" in str(caught.value)


def test_a_pack_has_one_casework_section(tmp_path: Path) -> None:
    place = folder(tmp_path, DESK)
    (place / "more.yaml").write_text(DESK[DESK.index("casework:") :], "utf-8")
    with pytest.raises(PackError, match="one casework section"):
        load_pack(place)


def test_a_deadline_that_changes_leaves_what_verdicts_are_made_by(tmp_path: Path) -> None:
    before = load_pack(folder(tmp_path / "before", DESK))
    after = load_pack(folder(tmp_path / "after", DESK.replace("days: 7", "days: 8")))
    assert before.digest == after.digest == load_pack(write(tmp_path / "none", PACK, RULES)).digest
    assert before.desk_digest != after.desk_digest


def test_every_measure_of_items_8_and_9_that_limits_a_procedure_bars_one() -> None:
    bars = {code for one in YUNNAN.procedures for bar in one.bars for code in bar.codes}
    assert {f"A{number:02}" for number in range(1, 15)} <= bars
    assert {"B02", "B03", "B10", "B11"} <= bars
    assert {code for one in YUNNAN.procedures for code in one.incentives} == {f"I0{number}" for number in range(1, 8)}


def test_the_days_of_the_plan_are_as_read() -> None:
    law = YUNNAN.casework
    assert law is not None
    assert law.cases is not None
    assert law.cases.severities == {"serious"}
    (publication,), (withdrawal, after_repair) = law.publication, law.withdrawal
    assert after_repair.events == {"repaired"}
    assert after_repair.cited.basis.confidence == "unverified"
    assert (publication.within, publication.cited.basis.confidence) == (Days(7, working=True), "sourced")
    assert withdrawal.within == Days(3, working=True)
    assert withdrawal.events == {"annulled", "objection_upheld"}
    assert {one.region: one.decide for one in law.objections} == {
        "": None,
        "4403": Days(2, working=True),
        "31": Days(5, working=True),
        "37": Days(3, working=True),
        "41": Days(3, working=True),
        "33": Days(5, working=True),
    }


def test_what_no_text_orders_says_so() -> None:
    law = YUNNAN.casework
    assert law is not None
    cited = [one.cited for one in law.deadlines] + [one.cited for one in law.objections if one.region == "4403"]
    assert {one.basis.confidence for one in cited} == {"unverified"}
    assert all(one.title[lang] for one in YUNNAN.procedures for lang in LANGS)
