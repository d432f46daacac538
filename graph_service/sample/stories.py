"""The stories: small hand-made cases with fixed ids and known answers, in every sample register, the same for every seed.

What is known of each answer stands beside its facts below; tests/sample/test_story_answers.py asks it of the whole.
Ids of persons begin with the story (``S1-...``), records are ``S1-RECORD`` and so on.
"""

from __future__ import annotations

from dataclasses import dataclass

from graph_service.messages import Lang, say
from graph_service.sample.register import Register

FOOD = "91530000MATEXT01X1"
DEBTOR, DEBTORS_OTHER = "91530102MATEXT0283", "91530102MATEXT036X"
GROUP_TOP, GROUP_MIDDLE, GROUP_LOW = "91530111MATEXT044R", "91530111MATEXT052L", "91530111MATEXT060F"
GROUP_SHARED, GROUP_HALF = "91530111MATEXT079C", "91530111MATEXT0877"
STATE_BODY, STATE_DEBTOR, STATE_OTHER = "11530000MATEXT0957", "91530302MATEXT1081", "91530302MATEXT116U"
GAPS = "91532901MATEXT1240"
LISTED, LISTED_TOO = "TEXT0090000000000174", "TEXT0090000000000271"
HALF_OF_LISTED, HALF_OF_HALF = "TEXT0090000000000368", "TEXT0090000000000465"
RANGED, AT_LEAST_HALF = "zz-reg-90000001", "zz-reg-90000002"
HALF_AT_HOME = "91530000MATEXT1400"


@dataclass(frozen=True, slots=True)
class Story:
    """A case of the sample: the subject to ask about, its record if it has one, the question that shows it, what it shows."""

    code: str
    subject: str
    record: str
    command: str

    def text(self, lang: Lang = "en") -> str:
        """What the story shows."""
        return say(self.code, lang)


STORIES: tuple[Story, ...] = (
    Story("story_food", FOOD, "S1-RECORD", "trace"),
    Story("story_debtor", DEBTOR, "S2-RECORD", "trace"),
    Story("story_group", GROUP_TOP, "", "control"),
    Story("story_state", STATE_DEBTOR, "S4-RECORD", "trace"),
    Story("story_gaps", GAPS, "S5-RECORD", "trace"),
    Story("story_sanctions", LISTED, "", "screen"),
)


def add_stories(register: Register) -> None:
    """Put the rows of every story into a register."""
    _food(register)
    _debtor(register)
    _group(register)
    _state(register)
    _gaps(register)
    _sanctions(register)


def _company(register: Register, key: str, name: str, region: str = "530000", industry: str = "", **cells: str) -> None:
    more = {"kind": "company", "status": "active", "opened_on": "2010-05-12", **cells}
    register.add("enterprises", id=key, name=name, region=region, industry=industry, **more)


def _tie(register: Register, key: str, kind: str, holder: str, enterprise: str, **cells: str) -> None:
    register.add("ties", id=key, kind=kind, holder=holder, enterprise=enterprise, source="sample register", **cells)


def _persons(register: Register, **names: str) -> None:
    for key, name in names.items():
        register.add("persons", id=key.replace("_", "-"), name=name)


def _food(register: Register) -> None:
    """Story 1.  The act runs from March to May 2018; the decision is of September.

    * S1-REP-2 takes over during the act and stays: held the office at the act, at the decision and today.
    * S1-REP-1 held it at the act only: where the rule does not say when, a candidate.
    * S1-PRINCIPAL held the office throughout.
    * S1-DIRECTOR-1 is named as directly responsible, S1-DIRECTOR-2 by nobody; so with the practitioners S1-FOOD-1 and -2.
    * S1-OWNER holds shares and no office, and no finding names them: where the rule asks for direct responsibility, a candidate.
    * The objection was rejected: nothing is suspended after 25 October 2018.
    """
    _company(register, FOOD, "云南样例食品有限公司", "530102", "C14")
    _persons(
        register, S1_REP_1="段翠桐", S1_REP_2="杨澜哲", S1_PRINCIPAL="和丽骏", S1_DIRECTOR_1="普瑞彦", S1_DIRECTOR_2="尹昭萱",
        S1_FOOD_1="刀芒竹", S1_FOOD_2="木苍鹭", S1_OWNER="董沧翎",
    )  # fmt: skip
    head = "legal_representative"
    _tie(register, "S1-T1", head, "S1-REP-1", FOOD, valid_from="2010-05-12", valid_to="2018-05-01", title="执行董事")
    _tie(register, "S1-T2", head, "S1-REP-2", FOOD, valid_from="2018-05-01", title="执行董事")
    _tie(register, "S1-T3", "principal", "S1-PRINCIPAL", FOOD, valid_from="2010-05-12", title="总经理")
    _tie(register, "S1-T4", "director", "S1-DIRECTOR-1", FOOD, valid_from="2012-01-10", title="董事")
    _tie(register, "S1-T5", "director", "S1-DIRECTOR-2", FOOD, valid_from="2012-01-10", title="董事")
    for number in (1, 2):
        _tie(
            register, f"S1-T{5 + number}", "practitioner", f"S1-FOOD-{number}", FOOD, valid_from="2015-09-01",
            title="食品安全管理员", credential=f"云样食安字第00000{number}号",
        )  # fmt: skip
    _tie(register, "S1-T8", "shareholder", "S1-OWNER", FOOD, valid_from="2010-05-12", share="80")
    _tie(register, "S1-T9", "shareholder", "S1-PRINCIPAL", FOOD, valid_from="2010-05-12", share="20")
    register.add(
        "records", id="S1-RECORD", subject=FOOD, family="health_safety", behaviour="food", severity="serious",
        act_from="2018-03-01", act_to="2018-06-01", decided_on="2018-09-10", authority="样例市市场监督管理局",
        instrument_no="样市监罚〔2018〕101号", region="530102", amount="500000", outcome="licence_revoked:food",
    )  # fmt: skip
    for person in ("S1-DIRECTOR-1", "S1-FOOD-1"):
        register.add(
            "findings", record="S1-RECORD", person=person, finding="directly_responsible", instrument_no="样市监罚〔2018〕101号"
        )
    register.add("events", record="S1-RECORD", kind="objection_lodged", on="2018-09-20")
    register.add("events", record="S1-RECORD", kind="objection_rejected", on="2018-10-25")


def _debtor(register: Register) -> None:
    """Story 2.  S2-REP heads the debtor throughout and another enterprise as well, which may be flagged and never more.

    The debt is performed on 2020-06-30: what performance ends has ended after that day, cause ``performed``.
    """
    _company(register, DEBTOR, "昆明样例恒顺商贸有限公司", "530102", "F51")
    _company(register, DEBTORS_OTHER, "昆明样例益安物流有限公司", "530102", "G59")
    _persons(register, S2_REP="罗勐朗", S2_OTHER_OWNER="余景茗")
    for number, company in enumerate((DEBTOR, DEBTORS_OTHER), 1):
        _tie(register, f"S2-T{number}", "legal_representative", "S2-REP", company, valid_from="2014-03-03", title="执行董事")
    _tie(register, "S2-T3", "shareholder", "S2-REP", DEBTOR, valid_from="2014-03-03", share="100")
    _tie(register, "S2-T4", "shareholder", "S2-OTHER-OWNER", DEBTORS_OTHER, valid_from="2014-03-03", share="100")
    register.add(
        "records", id="S2-RECORD", subject=DEBTOR, family="refusing_obligations", behaviour="able_but_refuses_judgment",
        severity="serious", act_from="2018-11-01", act_to="2019-03-15", decided_on="2019-03-15",
        authority="样例市中级人民法院", instrument_no="样01执202号", region="530102", amount="1860000",
        outcome="listed:judgment_debtor;consumption_limited",
    )  # fmt: skip
    register.add("events", record="S2-RECORD", kind="performed", on="2020-06-30", instrument_no="样01执202号之三")


def _group(register: Register) -> None:
    """Story 3.  S3-OWNER -60-> top -51-> middle -80-> low -40-> top, a cycle; two companies with exact halves.

    Controlled (over half): by S3-OWNER top, middle, low and the shared one; by top middle, low and the shared one; by middle
    low.  The shared one belongs half to top and half to middle, so that top holds all of it together with middle.  The half
    one belongs half to top and half to S3-PARTNER: nobody controls it.
    """
    for key, name in (
        (GROUP_TOP, "曲靖样例宏源投资有限公司"),
        (GROUP_MIDDLE, "曲靖样例宏源建筑工程有限公司"),
        (GROUP_LOW, "曲靖样例宏源物流有限公司"),
        (GROUP_SHARED, "曲靖样例宏源机电设备有限公司"),
        (GROUP_HALF, "曲靖样例源和房地产开发有限公司"),
    ):
        _company(register, key, name, "530111", "L72")
    _persons(register, S3_OWNER="何镇峰", S3_PARTNER="沈盈玥", S3_SMALL="苏怒霖")
    for number, (holder, company, share) in enumerate(
        (
            ("S3-OWNER", GROUP_TOP, "60"), (GROUP_LOW, GROUP_TOP, "40"), (GROUP_TOP, GROUP_MIDDLE, "51"),
            ("S3-PARTNER", GROUP_MIDDLE, "49"), (GROUP_MIDDLE, GROUP_LOW, "80"), ("S3-SMALL", GROUP_LOW, "20"),
            (GROUP_TOP, GROUP_SHARED, "50"), (GROUP_MIDDLE, GROUP_SHARED, "50"), (GROUP_TOP, GROUP_HALF, "50"),
            ("S3-PARTNER", GROUP_HALF, "50"),
        ),
        1,
    ):  # fmt: skip
        _tie(register, f"S3-T{number}", "shareholder", holder, company, valid_from="2012-08-01", share=share)
    for number, company in enumerate((GROUP_TOP, GROUP_MIDDLE, GROUP_LOW, GROUP_SHARED, GROUP_HALF), 11):
        _tie(register, f"S3-T{number}", "legal_representative", "S3-OWNER", company, valid_from="2012-08-01")


def _state(register: Register) -> None:
    """Story 4.  A state body holds 60 % of a company with a record and all of another: the other is not reached by anything."""
    _company(register, STATE_BODY, "样例省国有资产监督管理委员会", kind="state_body", opened_on="2004-01-01", state_owned="true")
    _company(register, STATE_DEBTOR, "曲靖样例兴隆矿业有限公司", "530302", "B09", state_owned="true")
    _company(register, STATE_OTHER, "曲靖样例兴达文化旅游有限公司", "530302", "N78", state_owned="true")
    _persons(register, S4_REP="董保涵", S4_OTHER_REP="蒋文荃", S4_SMALL="彭元川")
    _tie(register, "S4-T1", "shareholder", STATE_BODY, STATE_DEBTOR, valid_from="2010-05-12", share="60")
    _tie(register, "S4-T2", "shareholder", "S4-SMALL", STATE_DEBTOR, valid_from="2010-05-12", share="40")
    _tie(register, "S4-T3", "shareholder", STATE_BODY, STATE_OTHER, valid_from="2010-05-12", share="100")
    _tie(register, "S4-T4", "legal_representative", "S4-REP", STATE_DEBTOR, valid_from="2016-02-01")
    _tie(register, "S4-T5", "legal_representative", "S4-OTHER-REP", STATE_OTHER, valid_from="2016-02-01")
    register.add(
        "records", id="S4-RECORD", subject=STATE_DEBTOR, family="refusing_obligations", behaviour="able_but_refuses_judgment",
        severity="serious", act_from="2019-01-10", act_to="2019-05-20", decided_on="2019-05-20",
        authority="样例市中级人民法院", instrument_no="样03执77号", region="530302", amount="920000",
        outcome="listed:judgment_debtor",
    )  # fmt: skip


def _gaps(register: Register) -> None:
    """Story 5.  The act ended by 2018-07-01 and began nobody knows when; the office passed on at some time in 2017.

    * S5-REP-2 is in office from 2018 at the latest to today, so at the decision and today, and at the end of the act.
    * S5-REP-1 left in 2017: at the act perhaps, at the decision not.
    * S5-DIRECTOR was found responsible, but from when on the office was held is not known.
    """
    _company(register, GAPS, "大理样例永和食品有限公司", "532901", "C14")
    _persons(register, S5_REP_1="赵元梁", S5_REP_2="马腾茵", S5_DIRECTOR="魏宁畅")
    _tie(register, "S5-T1", "legal_representative", "S5-REP-1", GAPS, valid_from="2011-01-01", valid_to="2017")
    _tie(register, "S5-T2", "legal_representative", "S5-REP-2", GAPS, valid_from="2017")
    _tie(register, "S5-T3", "director", "S5-DIRECTOR", GAPS, valid_from="?")
    register.add(
        "records", id="S5-RECORD", subject=GAPS, family="health_safety", behaviour="food", severity="serious",
        act_from="?", act_to="2018-07-01", decided_on="2019-02-18", authority="样例州市场监督管理局",
        instrument_no="样市监罚〔2019〕33号", region="532901",
    )  # fmt: skip
    register.add("findings", record="S5-RECORD", person="S5-DIRECTOR", finding="directly_responsible", found_on="2019-02-18")


def _sanctions(register: Register) -> None:
    """Story 6.  A subject listed by all three regimes and one listed by OFAC alone.

    * HALF_OF_LISTED (exactly 50), HALF_OF_HALF (50 of that) and HALF_AT_HOME (50 of HALF_OF_LISTED): caught where half is
      enough, not where more than half is needed.
    * AT_LEAST_HALF (``>=50``): certain where half is enough, possible where more is needed.
    * RANGED (``25-50`` and ``<25`` of the other listed subject): possible where holdings of different listed subjects add up,
      and where half is enough, for the first alone may hold it.
    """
    for key, name in (
        (LISTED, "Sample Harbour Holdings Ltd"),
        (LISTED_TOO, "Sample Dune Capital S.A."),
        (HALF_OF_LISTED, "Sample Heron Shipping B.V."),
        (HALF_OF_HALF, "Sample Heron Crewing Ltd"),
        (RANGED, "Sample Larch Metals Inc."),
        (AT_LEAST_HALF, "Sample Cedar Trading GmbH"),
    ):
        _company(register, key, name, "", kind="foreign_company", opened_on="2005-06-01")
    _company(register, HALF_AT_HOME, "云南样例赫伦船舶服务有限公司", "530000", "G59")
    for regime in ("us-ofac", "eu", "uk-ofsi"):
        register.add("listings", subject=LISTED, regime=regime, listed_from="2019-04-01", instrument_no="SAMPLE-0001")
    register.add("listings", subject=LISTED_TOO, regime="us-ofac", listed_from="2020-02-03", instrument_no="SAMPLE-0002")
    for number, (holder, company, share) in enumerate(
        (
            (LISTED, HALF_OF_LISTED, "50"), (HALF_OF_LISTED, HALF_OF_HALF, "50"), (HALF_OF_LISTED, HALF_AT_HOME, "50"),
            (LISTED, RANGED, "25-50"), (LISTED_TOO, RANGED, "<25"), (LISTED, AT_LEAST_HALF, ">=50"),
        ),
        1,
    ):  # fmt: skip
        _tie(register, f"S6-T{number}", "shareholder", holder, company, valid_from="2016-01-01", share=share)
