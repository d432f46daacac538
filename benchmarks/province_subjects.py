"""Who exists in the province: enterprises in blocks by what will be made of them, subjects abroad, persons.

Subjects are integers while the province is made: enterprises first, then subjects abroad, then persons.  Enterprises stand in
blocks (`Layout`): the hubs of the state, private groups, rings, pacts, enterprises held from abroad, and all the others.  The
numbers in their codes are shuffled, so that the blocks are not to be seen in the keys.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from benchmarks.province_cells import DAYS, bound, foreign_keys, numbered, on, organisation_codes, taken
from benchmarks.province_draws import Dice, Ints, rows
from graph_service.model.rows import TABLES
from graph_service.sample.names import REGIONS, TRADES

START = date(1998, 1, 1).toordinal()
END = date(2026, 10, 31).toordinal()
SMALLEST, LARGEST = 100, 10_000_000
"""How many enterprises a province may have."""

KINDS = (
    "company", "joint_stock_company", "branch", "partnership", "sole_proprietorship", "cooperative", "sole_trader",
    "public_institution", "state_body",
)  # fmt: skip
COMPANY, JOINT_STOCK, BRANCH, PARTNERSHIP, PROPRIETORSHIP, COOPERATIVE, TRADER, INSTITUTION, STATE_BODY = range(len(KINDS))
_PREFIXES = np.array(["91", "91", "91", "91", "91", "93", "92", "12", "11"])
_ENDINGS = pl.Series(
    [
        "有限公司",
        "股份有限公司",
        "有限公司分公司",
        "合伙企业（有限合伙）",
        "厂",
        "专业合作社",
        "经营部",
        "服务中心",
        "国有资产监督管理局",
    ]
)
_UP_TO = np.array([780, 830, 880, 920, 940, 970, 990, 1000])
"""Of a thousand enterprises, how many are of a kind up to each."""

_BRANDS = pl.Series(list("和润茂祥安泰恒丰盛源昌隆瑞康达兴德诚信宏广益嘉华锦鑫旺顺凯利"))
_SURNAMES = pl.Series(list("李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗段普刀岩和木白余尹董施苏沈彭魏蒋田杜丁程"))
_GIVEN = pl.Series(list("云滇洱澜沧怒江翠昭曲楚丽普临保玉红文思怀西迪苍鸡元景勐腾龙瑞芒盈梁陇镇永昌宁峰溪岚川霖桐樱竹杉榕棠茗"))
_ABROAD = pl.Series(
    ["Alder", "Birch", "Cedar", "Dove", "Ember", "Fjord", "Garnet", "Heron", "Isle", "Juniper", "Kestrel", "Larch"]
)
_LINES = pl.Series(
    ["Shipping Ltd", "Trading GmbH", "Metals B.V.", "Capital S.A.", "Logistics Inc.", "Energy Ltd", "Holdings Ltd"]
)


@dataclass(frozen=True, slots=True)
class Layout:
    """How many there are, and where each block of enterprises begins.

    ``group`` gives, for the rows of the block of groups, which group each belongs to; ``group_first`` and ``group_size`` are of
    groups.
    """

    enterprises: int
    abroad: int
    persons: int
    hubs: int
    rings: int
    pacts: int
    group_first: Ints
    group_size: Ints
    group: Ints
    ring_first: int
    pact_first: int
    held_first: int
    other_first: int

    @property
    def person_first(self) -> int:
        """The first person among subjects."""
        return self.enterprises + self.abroad

    @property
    def subjects(self) -> int:
        """How many subjects there are."""
        return self.person_first + self.persons


def layout(dice: Dice, enterprises: int) -> Layout:
    """The blocks of a province of so many enterprises.  Raises ``ValueError`` outside `SMALLEST` to `LARGEST`."""
    if not SMALLEST <= enterprises <= LARGEST:
        raise ValueError(f"a province has from {SMALLEST} to {LARGEST} enterprises, not {enterprises}")
    hubs = 6 + enterprises // 15_000
    groups = rows(max(1, enterprises // 5000))
    # 8 to 511 members, small groups far more often; none larger than a tenth of a small province.
    low = np.int64(8) << np.minimum(dice.below("group/size", groups, 6), dice.below("group/again", groups, 6))
    size = np.minimum(low + dice.below("group/rest", groups, low), max(8, enterprises // 10))
    first = hubs + np.concatenate([[0], np.cumsum(size)[:-1]])
    rings, pacts, abroad = enterprises // 200, max(1, enterprises // 300), max(8, enterprises // 100)
    ring_first = hubs + int(size.sum())
    pact_first = ring_first + 4 * rings
    held_first = pact_first + 3 * pacts
    return Layout(
        enterprises=enterprises,
        abroad=abroad,
        persons=2 * enterprises,
        hubs=hubs,
        rings=rings,
        pacts=pacts,
        group_first=first,
        group_size=size,
        group=np.repeat(groups, size),
        ring_first=ring_first,
        pact_first=pact_first,
        held_first=held_first,
        other_first=held_first + abroad,
    )


@dataclass(frozen=True, slots=True)
class Enterprises:
    """What later steps need of the province's enterprises; ``closed`` is 0 for those that still exist."""

    kind: Ints
    opened: Ints
    closed: Ints
    region: Ints
    trade: Ints
    state_owned: Ints

    @property
    def last(self) -> Ints:
        """The last day that matters of each."""
        return np.where(self.closed == 0, END, self.closed)


def enterprises_of(dice: Dice, plan: Layout) -> Enterprises:
    """Kind, dates, region and trade of every enterprise."""
    at = rows(plan.enterprises)
    kind = np.searchsorted(_UP_TO, dice.below("kind", at, 1000), side="right").astype(np.int64)
    kind[: plan.other_first] = COMPANY
    hubs = rows(plan.hubs)
    kind[: plan.hubs][hubs % 3 == 0] = STATE_BODY
    opened = dice.between("opened", at, START, date(2018, 12, 31).toordinal())
    opened[: plan.hubs] = START - 1000 + hubs
    planned = at < plan.other_first
    ends = dice.between("closed", at, np.maximum(opened + 400, date(2016, 1, 1).toordinal()), END)
    closed = np.where(~planned & dice.chance("closes", at, 60), ends, 0)
    state_owned = (at < plan.hubs) & (at % 3 != 2)
    return Enterprises(
        kind=kind,
        opened=opened,
        closed=closed,
        region=dice.below("region", at, len(REGIONS)),
        trade=dice.below("trade", at, len(TRADES)),
        state_owned=state_owned.astype(np.int64),
    )


def shuffled(count: int, shift: int) -> Ints:
    """A number for each of so many rows, all different, in no order that is seen."""
    # The factor is a prime above every count, so it has no divisor in common with one.
    return (rows(count) * 2_654_435_761 + shift) % count


def keys_of(plan: Layout, found: Enterprises) -> pl.Series:
    """The key of every subject, by its number."""
    regions = np.array([region for region, _ in REGIONS])
    codes = organisation_codes(_PREFIXES[found.kind], regions[found.region], shuffled(plan.enterprises, 17))
    abroad = foreign_keys(rows(plan.abroad) + 1)
    persons = numbered("P", shuffled(plan.persons, 31) + 1, 7)
    return pl.concat([codes.rename("key"), abroad, persons]).rechunk()


def enterprise_rows(dice: Dice, plan: Layout, found: Enterprises, keys: pl.Series) -> pl.DataFrame:
    """The table of enterprises: those of the province, then those abroad."""
    at, far = rows(plan.enterprises), rows(plan.abroad)
    status = dice.pick("status", at, [1, 1, 2]) * (found.closed != 0)
    home = pl.DataFrame(
        {
            "id": keys[: plan.enterprises],
            "place": taken(pl.Series([place for _, place in REGIONS]), found.region),
            "one": taken(_BRANDS, dice.below("brand", at, len(_BRANDS))),
            "two": taken(_BRANDS, dice.below("brand/two", at, len(_BRANDS))),
            "trade": taken(pl.Series([trade for trade, _, _ in TRADES]), found.trade),
            "ending": taken(_ENDINGS, found.kind),
            "kind": taken(pl.Series(KINDS), found.kind),
            "status": taken(pl.Series(["active", "deregistered", "revoked"]), status),
            "region": taken(pl.Series([region for region, _ in REGIONS]), found.region),
            "industry": taken(pl.Series([industry for _, industry, _ in TRADES]), found.trade),
            "opened_on": taken(DAYS, on(found.opened)),
            "closed_on": taken(DAYS, on(found.closed)),
            "state_owned": taken(pl.Series(["", "true"]), found.state_owned),
        }
    ).with_columns(name=pl.concat_str("place", pl.lit("样例"), "one", "two", "trade", "ending"))
    abroad = pl.DataFrame(
        {
            "id": keys[plan.enterprises : plan.person_first],
            "one": taken(_ABROAD, dice.below("abroad/name", far, len(_ABROAD))),
            "two": taken(_LINES, dice.below("abroad/line", far, len(_LINES))),
            "opened_on": taken(DAYS, on(abroad_opened(dice, plan))),
        }
    ).with_columns(name=pl.concat_str(pl.lit("Sample "), "one", pl.lit(" "), "two"), kind=pl.lit("foreign_company"))
    whole = [
        frame.select(
            (pl.col(column) if column in frame.columns else pl.lit(default.get(column, ""))).alias(column)
            for column in TABLES["enterprises"].columns
        )
        for frame, default in ((home, {}), (abroad, {"status": "active"}))
    ]
    return pl.concat(whole)


def abroad_opened(dice: Dice, plan: Layout) -> Ints:
    """When the subjects abroad were founded."""
    return dice.between("abroad/opened", rows(plan.abroad), START, END - 4000)


def person_rows(dice: Dice, plan: Layout, keys: pl.Series) -> pl.DataFrame:
    """The table of persons: nobody has an identity number; eight of a thousand have died, on a day that may be a gap."""
    at = rows(plan.persons)
    born = dice.between("born", at, date(1945, 1, 1).toordinal(), date(1992, 12, 31).toordinal())
    born_cell = on(np.where(dice.chance("born/known", at, 700), born, 0))
    day = dice.between("died", at, date(2012, 1, 1).toordinal(), END)
    died = np.where(dice.chance("dies", at, 8), day, 0)
    named = pl.DataFrame(
        {
            "one": taken(_SURNAMES, dice.below("surname", at, len(_SURNAMES))),
            "two": taken(_GIVEN, dice.below("given", at, len(_GIVEN))),
            "three": taken(pl.concat([_GIVEN, pl.Series([""] * 10)]), dice.below("given/two", at, len(_GIVEN) + 10)),
        }
    ).select(pl.concat_str("one", "two", "three").alias("name"))
    return pl.DataFrame(
        {
            "id": keys[plan.person_first :],
            "name": named["name"],
            "id_type": pl.repeat("", plan.persons, eager=True),
            "id_number": pl.repeat("", plan.persons, eager=True),
            "born_on": taken(DAYS, born_cell),
            "died_on": taken(DAYS, bound(dice, "died/cell", at, died, unknown=False)),
        }
    )
