"""Invented names, put together from lists of words."""

from __future__ import annotations

from graph_service.sample.dice import Dice

_SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗段普刀岩和木白余尹董施苏沈彭魏蒋田杜丁程"
_GIVEN_FIRST = "云滇洱澜沧怒江翠昭曲楚丽普临保玉红文思怀西迪苍鸡元景勐腾龙瑞芒盈梁陇镇永昌宁"
_GIVEN_LAST = "峰溪岚川霖桐樱竹杉榕棠茗芷蔚翎骏鹭鸣澍涵祺彦哲朗畅颖妍婧琪珂瑜璟玥萱菁荃茵薇蕊"
_BRANDS = "和润茂祥安泰恒丰盛源昌隆瑞康达兴德诚信宏广益嘉华锦鑫旺顺凯利"

TRADES: tuple[tuple[str, str, str], ...] = (
    ("食品", "C14", "food"),
    ("餐饮管理", "H62", "food"),
    ("医药", "C27", "drug"),
    ("建筑工程", "E47", "construction"),
    ("矿业", "B09", "safety"),
    ("化工", "C26", "environment"),
    ("商贸", "F51", "trade"),
    ("农业科技", "A01", "farm"),
    ("旅游", "N78", "tourism"),
    ("投资", "L72", "holding"),
    ("物流", "G59", "trade"),
    ("信息技术", "I65", "trade"),
    ("房地产开发", "K70", "construction"),
    ("机电设备", "C34", "trade"),
)
"""Word in the name, industry (GB/T 4754), and the trade by which dishonest acts are chosen."""

REGIONS: tuple[tuple[str, str], ...] = (
    ("530102", "昆明"),
    ("530111", "昆明"),
    ("530302", "曲靖"),
    ("530402", "玉溪"),
    ("530502", "保山"),
    ("530602", "昭通"),
    ("530702", "丽江"),
    ("532301", "楚雄"),
    ("532503", "蒙自"),
    ("532901", "大理"),
)
"""Region (GB/T 2260) and the place in the name."""

_ABROAD = (
    "Alder",
    "Birch",
    "Cedar",
    "Dove",
    "Ember",
    "Fjord",
    "Garnet",
    "Heron",
    "Isle",
    "Juniper",
    "Kestrel",
    "Larch",
    "Marten",
)
_LINES = ("Shipping", "Trading", "Metals", "Capital", "Logistics", "Energy", "Holdings")
_ENDINGS = ("Ltd", "GmbH", "B.V.", "S.A.", "Inc.")


def person_name(dice: Dice) -> str:
    """A Chinese name of two or three characters."""
    first = dice.pick(_GIVEN_FIRST) if dice.chance(820) else ""
    return dice.pick(_SURNAMES) + first + dice.pick(_GIVEN_LAST)


def company_name(dice: Dice, place: str, trade: str, ending: str) -> str:
    """A Chinese company name that says that it is a sample."""
    return f"{place}样例{dice.pick(_BRANDS)}{dice.pick(_BRANDS)}{trade}{ending}"


def foreign_name(dice: Dice) -> str:
    """The name of a company abroad that says that it is a sample."""
    return f"Sample {dice.pick(_ABROAD)} {dice.pick(_LINES)} {dice.pick(_ENDINGS)}"
