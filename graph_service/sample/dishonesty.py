"""The seeded part's records and what follows them: findings, events, leads, records on persons, sanctions listings.

Acts are laid around a change of office where there is one, so that who held it at the act, at the decision and today are often
three answers.  Most decisions lie between 2017 and November 2020, some later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from graph_service.sample.dice import Dice
from graph_service.sample.province import END, Company
from graph_service.sample.register import Register, iso

_FIRST = date(2017, 1, 16).toordinal()
_LAST = date(2020, 11, 20).toordinal()


@dataclass(frozen=True, slots=True)
class Offence:
    """A kind of dishonest act: words of the pack vocabulary, the authority that finds it, what the decision does."""

    family: str
    behaviour: str
    authority: str
    prefix: str
    outcomes: tuple[str, ...]


OFFENCES: dict[str, Offence] = {
    "food": Offence("health_safety", "food", "样例市市场监督管理局", "样市监罚", ("licence_revoked:food", "")),
    "drug": Offence("health_safety", "drug", "样例省药品监督管理局", "样药监罚", ("licence_revoked:drug", "")),
    "safety": Offence("health_safety", "work_safety", "样例市应急管理局", "样应急罚", ("",)),
    "construction": Offence("health_safety", "engineering_quality", "样例市住房和城乡建设局", "样建罚", ("",)),
    "environment": Offence("health_safety", "environment", "样例市生态环境局", "样环罚", ("",)),
    "trade": Offence("market_order", "false_advertising", "样例市市场监督管理局", "样市监罚", ("business_licence_revoked", "")),
    "fraud": Offence("market_order", "contract_fraud", "样例市市场监督管理局", "样市监罚", ("business_licence_revoked", "")),
    "tax": Offence("market_order", "tax_evasion", "样例市税务局稽查局", "样税稽罚", ("",)),
    "procurement": Offence("market_order", "bid_rigging", "样例市财政局", "样财采罚", ("",)),
    "debt": Offence(
        "refusing_obligations",
        "able_but_refuses_judgment",
        "样例市中级人民法院",
        "样01执",
        ("listed:judgment_debtor;consumption_limited", "listed:judgment_debtor", "consumption_limited"),
    ),
    "fine": Offence("refusing_obligations", "able_but_refuses_decision", "样例市城市管理局", "样城管罚", ("",)),
    "defence": Offence("national_defence", "evades_military_service", "样例县人民政府", "样征决", ("",)),
}
"""By topic; the topic of a company's trade is the likeliest, the general ones can meet anybody."""

_GENERAL = ("tax", "procurement", "trade", "fraud", "fine", "debt", "debt", "debt")


def add_records(register: Register, dice: Dice, companies: list[Company]) -> None:
    """Records on about every eighth enterprise and on some of the persons who head one."""
    number = 0
    for company in companies:
        # Where the office changed in these years there is more to trace, so more is on record.
        if not dice.chance(350 if _changes(company) else 110):
            continue
        for _ in range(dice.pick((1, 1, 1, 1, 2))):
            number += 1
            topic = company.trade if company.trade in OFFENCES and dice.chance(600) else dice.pick(_GENERAL)
            _record(register, dice, f"R{number:06d}", company, OFFENCES[topic])
        if dice.chance(150):
            number += 1
            _record_on_person(register, dice, f"R{number:06d}", company)


def _changes(company: Company) -> list[int]:
    """The days in the years of most records on which the head changed."""
    return [first for _, first, _ in company.heads[1:] if _FIRST - 500 < first < _LAST - 200]


def _instrument(dice: Dice, prefix: str, day: int) -> str:
    return f"{prefix}〔{iso(day)[:4]}〕{dice.between(1, 999)}号"


def _record(register: Register, dice: Dice, key: str, company: Company, offence: Offence) -> None:
    begin = max(_begin(dice, _changes(company)), company.opened + 1)
    end = begin + dice.between(1, 200)
    decided = end + dice.between(20, 300)
    if decided < _FIRST or dice.chance(150):
        decided = dice.between(max(_LAST, end + 20), max(END - 30, end + 60))
    act_from, act_to = _act(dice, begin, end)
    register.add(
        "records",
        id=key,
        subject=company.key,
        family=offence.family if not dice.chance(10) else "",
        behaviour=offence.behaviour,
        severity=dice.pick(("serious",) * 8 + ("general", "minor")),
        act_from=act_from,
        act_to=act_to,
        decided_on=iso(decided)[:7] if dice.chance(25) else iso(decided),
        authority=offence.authority,
        instrument_no="" if dice.chance(35) else _instrument(dice, offence.prefix, decided),
        region=company.region,
        amount=str(dice.between(1, 400) * 5000) if dice.chance(600) else "",
        outcome=dice.pick(offence.outcomes),
    )
    _findings(register, dice, key, company, begin, decided)
    _events(register, dice, key, company, decided, performed=offence.family == "refusing_obligations")


def _begin(dice: Dice, changes: list[int]) -> int:
    """The first day of an act: mostly not long before a change of office, so that it ends or is decided under the next."""
    if changes and dice.chance(700):
        return dice.pick(changes) - dice.between(1, 120)
    return dice.between(_FIRST - 600, _LAST - 200)


def _act(dice: Dice, begin: int, end: int) -> tuple[str, str]:
    """The act as a record has it: two days, one day, a month, a range, one bound unknown, or nothing."""
    match dice.below(14):
        case 0:
            return "", ""
        case 1:
            return "?", iso(end)
        case 2:
            return iso(begin)[:7], iso(end)
        case 3:
            return f"{iso(begin - 30)}..{iso(begin)}", iso(end)
        case 4:
            return iso(begin), iso(begin)
        case _:
            return iso(begin), iso(end)


def _findings(register: Register, dice: Dice, key: str, company: Company, begin: int, decided: int) -> None:
    """Persons whom the decision names: some who held an office, now and then one who held none that the register knows."""
    head = next((person for person, first, after in company.heads if first <= begin and (after is None or begin < after)), "")
    named: dict[str, str] = {}
    if head and dice.chance(450):
        named[head] = dice.pick(("personally_responsible", "directly_responsible", "knew"))
    if company.directors and dice.chance(400):
        named.setdefault(dice.pick(company.directors), "directly_responsible")
    if company.practitioners and dice.chance(600):
        named.setdefault(dice.pick(company.practitioners), "directly_responsible")
    if dice.chance(60):
        named.setdefault(company.heads[-1][0], "organised")
    for person, finding in named.items():
        later = decided + dice.between(5, 60) if dice.chance(150) else 0
        register.add("findings", record=key, person=person, finding=finding, found_on=iso(later) if later else "")


def _events(register: Register, dice: Dice, key: str, company: Company, decided: int, *, performed: bool) -> None:
    def event(kind: str, day: int, person: str = "") -> None:
        if day < END:
            register.add("events", record=key, kind=kind, on=iso(day), person=person)

    roll = dice.below(100)
    if roll < 18:
        lodged = decided + dice.between(5, 60)
        person = company.heads[-1][0] if dice.chance(250) else ""
        event("objection_lodged", lodged, person)
        if answer := dice.pick(("objection_rejected", "objection_rejected", "objection_upheld", "")):
            event(answer, lodged + dice.between(7, 90), person)
    elif roll < 40:
        kind = "performed" if performed else "repaired"
        event(kind, decided + dice.between(60, 900), "" if performed or dice.chance(750) else company.heads[-1][0])
    elif roll < 45:
        event("appealed", decided + dice.between(5, 60))
        event(dice.pick(("annulled", "stayed")), decided + dice.between(90, 400))


def _record_on_person(register: Register, dice: Dice, key: str, company: Company) -> None:
    """A judgment debt of the head, a decision against the person."""
    offence = OFFENCES["debt" if dice.chance(850) else "defence"]
    decided = dice.between(_FIRST, _LAST)
    register.add(
        "records", id=key, subject=company.heads[-1][0], family=offence.family, behaviour=offence.behaviour, severity="serious",
        act_from=iso(decided - dice.between(60, 400)), act_to=iso(decided), decided_on=iso(decided), authority=offence.authority,
        instrument_no=_instrument(dice, offence.prefix, decided), region=company.region,
        amount=str(dice.between(1, 900) * 1000), outcome=dice.pick(offence.outcomes),
    )  # fmt: skip
    _events(register, dice, key, company, decided, performed=True)


def add_listings(register: Register, dice: Dice, companies: list[Company], abroad: list[str]) -> None:
    """Sanctions listings of every third subject abroad, of a few enterprises of the province and of a few persons."""
    heads = [company.heads[0][0] for company in companies[: 1 + len(companies) // 400]]
    home = [company.key for company in companies[1 : 2 + len(companies) // 300]]
    for subject in [*abroad[::3], *home, *heads]:
        first = dice.between(date(2014, 3, 1).toordinal(), date(2024, 6, 30).toordinal())
        until = iso(first + dice.between(400, 2500)) if dice.chance(150) else ""
        regimes = ("us-ofac", "eu", "uk-ofsi")
        for regime in regimes[: dice.between(1, 3)] if dice.chance(700) else regimes[dice.between(1, 2) :]:
            since = "?" if dice.chance(30) else iso(first + dice.between(0, 30))
            register.add(
                "listings", subject=subject, regime=regime, listed_from=since, listed_to=until,
                instrument_no=f"SAMPLE-{dice.between(1000, 9999)}",
            )  # fmt: skip
