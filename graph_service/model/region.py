"""Regions by the codes of GB/T 2260 (行政区划代码): two digits a level, province, prefecture, county.

A code filled up with zeros is that of the level above: ``530000`` is the province ``53`` itself.  Townships and villages have
nine and twelve digits (统计用区划代码); they lie in the county of their first six.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from graph_service.model.verdict import Verdict

_CODE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}")
_DEEPEST = 6


def area_of(code: str) -> str:
    """The digits that say something; empty for what is no code.

    >>> area_of("530000"), area_of("530102"), area_of("530102004"), area_of("Yunnan")
    ('53', '530102', '530102', '')
    """
    if not _CODE.fullmatch(code):
        return ""
    code = code[:_DEEPEST]
    while code.endswith("00"):
        code = code[:-2]
    return code


def lies_in(code: str, areas: Iterable[str]) -> Verdict:
    """Whether what carries a region's code lies in one of some areas, given as the first digits of codes.

    What carries no code, or that of a wider region, may.

    >>> lies_in("530102", ["53"]), lies_in("530000", ["5301"]), lies_in("310000", ["53"]), lies_in("", ["53"])
    (<Verdict.CERTAIN: 2>, <Verdict.POSSIBLE: 1>, <Verdict.EXCLUDED: 0>, <Verdict.POSSIBLE: 1>)
    """
    own = area_of(code)
    if not own:
        return Verdict.POSSIBLE
    wanted = list(areas)
    always = any(own.startswith(area) for area in wanted)
    return Verdict.of(always=always, ever=always or any(area.startswith(own) for area in wanted))
