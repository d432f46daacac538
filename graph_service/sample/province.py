"""The seeded province: who exists, who holds what, who sits where, since when.

Shapes that matter, and where they are made:

* **super-nodes**: a few state bodies and investment holders take a share of all holdings, the first of them most (`_hubs`); some
  persons head very many enterprises (`_People`);
* **chains**: holders are often enterprises that already hold others (`_owners`);
* **cycles, cross-holdings, exact halves, pacts**: planned before anything else (`_plan`);
* **gaps**: some dates are a year, a month, a range or unknown, some shares a range or unknown (`_bound`, `_share_text`).  The
  true day is always inside the gap, so that every interval is admissible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from graph_service.sample.codes import company_number, lei, numbered_uscc
from graph_service.sample.dice import Dice
from graph_service.sample.names import REGIONS, TRADES, company_name, foreign_name, person_name
from graph_service.sample.register import Register, iso

START = date(1998, 1, 1).toordinal()
END = date(2026, 10, 31).toordinal()
WHOLE = 10_000
"""Shares are dealt out in hundredths of a per cent."""

_SPLITS: tuple[tuple[int, ...], ...] = (
    (WHOLE,), (WHOLE,), (WHOLE,), (5100, 4900), (5000, 5000), (6000, 4000), (7000, 3000), (8000, 2000), (9000, 1000),
    (3333, 3333, 3334), (2500, 2500, 5000), (4000, 3000, 3000), (6700, 3300), (2000, 2000, 2000, 4000), (9950, 50),
)  # fmt: skip
_BANDS = ((0, 500, "<5"), (500, 2500, "5-25"), (2500, 5000, "25-50"), (5000, 7500, "50-75"), (7500, 10_001, ">=75"))


@dataclass(slots=True)
class Company:
    """An enterprise as the later steps need it.  ``heads`` are the legal representatives (or their like) in turn."""

    key: str
    kind: str
    region: str
    trade: str
    opened: int
    closed: int | None
    heads: list[tuple[str, int, int | None]] = field(default_factory=list)
    directors: list[str] = field(default_factory=list)
    practitioners: list[str] = field(default_factory=list)


def build(register: Register, dice: Dice, enterprises: int) -> tuple[list[Company], list[str]]:
    """Add the province to a register: its enterprises with their ties, and subjects abroad.

    Returns the enterprises and the keys of the subjects abroad, which are counted beside ``enterprises``.
    """
    hubs = _hubs(register, dice, enterprises)
    companies = [_company(register, dice, number) for number in range(len(hubs), enterprises)]
    people = _People(register, dice)
    abroad = _abroad(register, dice, enterprises)
    plan = _plan(register, dice, companies, abroad)
    holders: list[str] = []
    for number, company in enumerate(companies):
        _offices(register, dice, people, company)
        match company.kind:
            case "branch":
                register.tie("branch_of", company.key, _earlier(dice, companies, number).key, iso(company.opened))
            case "partnership":
                _partners(register, dice, people, company)
            case "sole_proprietorship" | "sole_trader":
                register.tie("investor", company.heads[0][0], company.key, iso(company.opened), share="100")
            case _:
                _owners(register, dice, people, company, plan.get(number, []), hubs, holders)
        _unusual(register, dice, people, company, companies, number)
    return companies, abroad


class _People:
    """The persons who come forward: mostly new ones, some who are known already, a few who are everywhere."""

    def __init__(self, register: Register, dice: Dice) -> None:
        self._register, self._dice = register, dice
        self._known: list[str] = []
        self._everywhere = [self._new() for _ in range(4)]

    def _new(self) -> str:
        dice = self._dice
        born = "" if dice.chance(300) else iso(dice.between(date(1945, 1, 1).toordinal(), date(1992, 12, 31).toordinal()))
        died = _bound(dice, dice.between(date(2012, 1, 1).toordinal(), END), "died") if dice.chance(8) else ""
        return self._register.person(person_name(dice), born, died)

    def anybody(self) -> str:
        """A person for an office or a holding."""
        dice = self._dice
        if dice.chance(6):
            return self._everywhere[dice.low(len(self._everywhere))]
        if self._known and dice.chance(220):
            return dice.pick(self._known)
        person = self._new()
        self._known.append(person)
        return person

    def nominee(self) -> str:
        """One of the persons who are everywhere."""
        return self._everywhere[self._dice.low(len(self._everywhere))]


def _hubs(register: Register, dice: Dice, enterprises: int) -> list[str]:
    """State bodies, state-owned groups and investment holders: the super-nodes."""
    found = []
    for number in range(4 + enterprises // 15_000):
        region, place = REGIONS[number % len(REGIONS)]
        opened = dice.between(START - 3000, START)
        kind, prefix, state, name = (
            ("state_body", "11", True, f"{place}样例国有资产监督管理局第{number + 1}局"),
            ("company", "91", True, f"{place}样例国有投资集团第{number + 1}有限责任公司"),
            ("company", "91", False, f"{place}样例创业投资第{number + 1}有限公司"),
        )[number % 3]
        key = numbered_uscc(prefix, region, number)
        found.append(register.enterprise(key, name, kind, region, "L72", opened, state_owned=state))
    return found


def _company(register: Register, dice: Dice, number: int) -> Company:
    trade, industry, topic = dice.pick(TRADES)
    region, place = dice.pick(REGIONS)
    roll = dice.below(100)
    kind, prefix, ending = next(
        row[1:]
        for row in (
            (78, "company", "91", "有限公司"),
            (83, "joint_stock_company", "91", "股份有限公司"),
            (88, "branch", "91", "有限公司分公司"),
            (92, "partnership", "91", "合伙企业（有限合伙）"),
            (94, "sole_proprietorship", "91", "厂"),
            (97, "cooperative", "93", "专业合作社"),
            (99, "sole_trader", "92", "经营部"),
            (100, "public_institution", "12", "服务中心"),
        )
        if roll < row[0]
    )
    opened = dice.between(START, date(2021, 12, 31).toordinal())
    closed = dice.between(max(opened + 400, date(2016, 1, 1).toordinal()), END) if dice.chance(60) else None
    status = "active" if closed is None else dice.pick(("deregistered", "deregistered", "revoked"))
    key = numbered_uscc(prefix, region, number)
    register.enterprise(key, company_name(dice, place, trade, ending), kind, region, industry, opened, closed, status=status)
    return Company(key, kind, region, topic, opened, closed)


def _bound(dice: Dice, day: int, what: str = "") -> str:
    """A bound as a register has it: mostly the day, sometimes less than that."""
    if not dice.chance(45):
        return iso(day)
    text = iso(day)
    match dice.below(5):
        case 0 if what != "died":
            return "?"
        case 1:
            # The year of an end is a gap that also holds the next New Year's Day, and so the day itself.
            return text[:4]
        case 2 | 3:
            return text[:7]
        case _:
            return f"{iso(day - dice.between(1, 90))}..{iso(day + dice.between(1, 90))}"


def _offices(register: Register, dice: Dice, people: _People, company: Company) -> None:
    """The head and its changes, the principal, the board, managers, practitioners."""
    head = {"branch": "branch_head", "partnership": "executive_partner", "sole_proprietorship": "", "sole_trader": ""}.get(
        company.kind, "legal_representative"
    )
    begin, end = company.opened, company.closed or END
    changes = sorted({dice.between(begin + 60, end - 1) for _ in range(dice.pick((0, 0, 0, 1, 1, 2)))}) if head else []
    for first, after in zip([begin, *changes], [*changes, company.closed], strict=True):
        person = people.anybody()
        company.heads.append((person, first, after))
        if head:
            ends = "" if after is None else _bound(dice, after)
            register.tie(head, person, company.key, _bound(dice, first), ends)
    if company.kind in ("sole_proprietorship", "sole_trader", "branch"):
        return
    started, ended = iso(begin), "" if company.closed is None else iso(company.closed)
    principal = company.heads[-1][0] if dice.chance(600) else people.anybody()
    register.tie("principal", principal, company.key, iso(company.heads[-1][1]), ended, title="总经理")
    if company.kind == "partnership":
        return
    for _ in range(dice.pick((1, 1, 2, 3)) if company.kind != "joint_stock_company" else 5):
        person = people.anybody()
        company.directors.append(person)
        leaves = _bound(dice, dice.between(begin + 300, end)) if dice.chance(250) and end > begin + 300 else ended
        register.tie("director", person, company.key, started, leaves, title="董事")
    if dice.chance(600):
        register.tie("supervisor", people.anybody(), company.key, started, ended, title="监事")
    if dice.chance(350):
        register.tie("senior_manager", people.anybody(), company.key, started, ended, title=dice.pick(("副总经理", "财务负责人")))
    for _ in range(dice.pick((1, 2)) if dice.chance(80 if company.trade == "trade" else 180) else 0):
        person = people.anybody()
        company.practitioners.append(person)
        credential = f"云样执字第{dice.below(1_000_000):06d}号"
        register.tie("practitioner", person, company.key, started, ended, title="注册执业人员", credential=credential)
    if dice.chance(20):
        register.tie("employee", people.anybody(), company.key, started, ended)


def _partners(register: Register, dice: Dice, people: _People, company: Company) -> None:
    register.tie("general_partner", company.heads[-1][0], company.key, iso(company.opened), share="1")
    for share in dice.pick((("99",), ("49", "50"), ("33", "33", "33"))):
        register.tie("limited_partner", people.anybody(), company.key, iso(company.opened), share=share)


def _plan(register: Register, dice: Dice, companies: list[Company], abroad: list[str]) -> dict[int, list[tuple[str, int]]]:
    """Holdings fixed beforehand, by the number of the enterprise held: rings of two to four, pacts, holders from abroad."""
    plan: dict[int, list[tuple[str, int]]] = {}
    fit = [number for number, company in enumerate(companies) if company.kind == "company" and company.closed is None]
    place = 0
    while place + 7 <= len(fit):
        ring = fit[place : place + dice.between(2, 4)]
        share = dice.pick((1000, 2000, 4000, 5000, 5100, 6000))
        for holder, held in zip(ring, [*ring[1:], ring[0]], strict=True):
            plan.setdefault(held, []).append((companies[holder].key, share))
        place += len(ring)
        one, other, held = fit[place : place + 3]
        share = dice.pick((2500, 3000, 4000))
        plan[held] = [(companies[one].key, share), (companies[other].key, share)]
        since = max(companies[number].opened for number in (one, other, held))
        register.tie("joint_arrangement", companies[one].key, companies[other].key, _bound(dice, since), title="一致行动协议")
        place += 3 + dice.between(20, 80)
    for number, key in enumerate(abroad):
        held = fit[number * len(fit) // len(abroad)] if fit else -1
        if held >= 0 and held not in plan:
            plan[held] = [(key, dice.pick((2500, 5000, 5000, 7500, WHOLE)))]
    return plan


def _owners(
    register: Register, dice: Dice, people: _People, company: Company, planned: list[tuple[str, int]], hubs: list[str],
    holders: list[str],
) -> None:  # fmt: skip
    """Who holds an enterprise: the planned holders, then enterprises that hold others already, hubs and persons."""
    since = company.opened
    for holder, units in planned:
        register.tie("shareholder", holder, company.key, iso(since), share=_percent(units))
    rest = WHOLE - sum(units for _, units in planned)
    if not rest:
        return
    parts = [part * rest // WHOLE for part in dice.pick(_SPLITS)]
    parts[0] += rest - sum(parts)
    taken = {holder for holder, _ in planned} | {company.key}
    for units in parts:
        holder = hubs[dice.low(len(hubs))] if dice.chance(60) else ""
        if not holder and holders and dice.chance(300):
            holder = dice.pick(holders)
        if not holder or holder in taken:
            holder = people.anybody()
        if holder in taken or not units:
            continue
        taken.add(holder)
        text = _share_text(dice, units)
        if dice.chance(90) and since + 500 < END:
            sold = dice.between(since + 200, END)
            register.tie("shareholder", people.anybody(), company.key, iso(since), iso(sold), text)
            register.tie("shareholder", holder, company.key, iso(sold), share=text)
        else:
            register.tie("shareholder", holder, company.key, _bound(dice, since), share=text)
    holders.append(company.key)
    # Who holds much goes on to hold more: the holder that came last is put in again.
    if len(holders) > 1 and dice.chance(500):
        holders.append(dice.pick(holders))


def _percent(units: int) -> str:
    """Hundredths of a per cent as a share.

    >>> _percent(3333), _percent(5000), _percent(50)
    ('33.33', '50', '0.5')
    """
    whole, part = divmod(units, 100)
    return f"{whole}.{part:02d}".rstrip("0") if part else str(whole)


def _share_text(dice: Dice, units: int) -> str:
    """A share as a register has it: mostly exact, sometimes a band that holds it, sometimes unknown."""
    roll = dice.below(1000)
    if roll < 30:
        return next(text for low, high, text in _BANDS if low <= units < high)
    return "" if roll < 50 else _percent(units)


def _earlier(dice: Dice, companies: list[Company], number: int) -> Company:
    """An enterprise before this one (the first for the first)."""
    return companies[dice.below(max(number, 1))]


def _unusual(register: Register, dice: Dice, people: _People, company: Company, companies: list[Company], number: int) -> None:
    """Ties that few enterprises have: declared controllers, the right to appoint the board, nominees, successors."""
    since = iso(company.opened)
    roll = dice.below(1000)
    if roll < 30:
        register.tie("actual_controller", people.anybody(), company.key, _bound(dice, company.opened))
    elif roll < 38:
        register.tie("appoints_board", _earlier(dice, companies, number).key, company.key, since)
    elif roll < 44:
        register.tie("nominee_for", people.nominee(), company.key, since)
    if company.closed is not None and dice.chance(300):
        register.tie("successor_of", _earlier(dice, companies, number).key, company.key, iso(company.closed))


def _abroad(register: Register, dice: Dice, enterprises: int) -> list[str]:
    """Subjects of other countries, holding each other."""
    found: list[str] = []
    for number in range(max(8, enterprises // 100)):
        key = lei(number + 1) if number % 2 else company_number(number + 1)
        opened = dice.between(START, END - 3000)
        register.enterprise(key, foreign_name(dice), "foreign_company", "", "", opened)
        if found and dice.chance(600):
            register.tie(
                "shareholder", dice.pick(found), key, iso(opened), share=_share_text(dice, dice.pick((5000, 2500, 7500)))
            )
        found.append(key)
    return found
