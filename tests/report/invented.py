"""Invented answers of any size for the report: the shapes of a trace and of its network, names as they come, and hostile ones."""

from __future__ import annotations

from random import Random
from typing import Any

from graph_service.engine.shapes import Shape

HOSTILE = (
    "<script>document.title='taken'</script>",
    "</script><img src=x onerror=alert(1)>",
    "\u202egnp.exe\u202c right to left \u2067mark",
    "名" * 200,
    "👩‍👩‍👧‍👦🏳️‍🌈 Emoji & Sons Ltd 🇨🇳",
    "{{ 7 * 7 }} {% raw %} ${7*7}",
    "\"'><svg/onload=alert(1)>&lt;b&gt;",
    "W" * 200,
)
_SURNAMES = ("刀", "和", "段", "董", "木", "杨", "尹", "普")
_GIVEN = ("瑞彦", "芒竹", "丽骏", "澜哲", "翠桐", "苍鹭", "昭萱", "沧翎")
_TRADES = (
    "食品有限公司",
    "机电设备有限公司",
    "国际贸易集团股份有限公司",
    "Trading GmbH",
    "Holdings (Cayman) Limited Partnership",
)
_LAW = {"instrument": "Yunnan plan on joint incentives and joint punishment (云政发〔2016〕97号)", "article": "item 12"}
_PARTS = {"liable": 4, "candidate": 5, "related": 12, "connected": 77, "listed": 1, "caught": 1}


def invented(
    count: int, *, seed: int = 1, hostile: bool = False, complete: bool = True, firm: int | None = None
) -> tuple[Shape, Shape]:
    """A trace and its network with so many subjects; ``firm``: how many of them answer or may."""
    dice = Random(seed)
    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    facts = {"record-1": "Record R-1: the authority found the subject dishonest by No. 12, decided 2018-09-10."}
    few = firm if firm is not None else min(24, max(2, count // 3))
    for number in range(count):
        part = "subject" if not number else ("liable", "candidate")[number % 2] if number <= few else _any_part(dice)
        person = 0 < number <= few or (number > few and dice.random() < 0.4)
        kind = ("person" if number % 3 else "practitioner") if person else "enterprise"
        name = _name(dice, person, number) if not hostile or number >= len(HOSTILE) else HOSTILE[number]
        hub = 0 if number <= few else _hub(dice, number)
        nodes.append(
            {
                "id": f"N{number:04}",
                "name": name,
                "kind": kind,
                "part": part,
                "hops": 0 if not number else 1 if not hub else 2,
                "records": ["R-1"] if number <= few else [],
            }
        )
        if number:
            for at in range(dice.choice((1, 1, 2))):
                edges.append(_edge(dice, f"{number}-{at}", nodes, number, hub, in_proof=number <= few))
        if number > few and dice.random() < 0.15:
            edges.append(_edge(dice, f"{number}-x", nodes, number, dice.randrange(number), in_proof=False))
    facts |= {edge["fact"]: edge["text"] for edge in edges if edge["in_proof"]}
    persons = [_ground(node, edges) for node in nodes if node["part"] in {"liable", "candidate"}]
    head: dict[str, Any] = {
        "subject": {"id": "N0000", "name": nodes[0]["name"]},
        "at": "2019-12-31",
        "known": "2026-11-23T20:00:00Z",
        "position": 4248,
        "decision_id": "d-bbf2018b568f4f89f4b71f2523619ce7",
        "packs": [{"id": "cn-yunnan-2016", "version": "1"}],
        "complete": complete,
        "left_out": [] if complete else [{"code": "upstream", "about": "N0000", "text": "more than 2000 subjects are upstream"}],
    }
    trace = {
        **head,
        "persons": persons,
        "subjects": [],
        "consequences": [one for node in nodes[: few + 14] for one in _effects(node)],
        "possibly_caught": [
            {"pack": "us-ofac", "rule": "r", "basis": _LAW, "owners": [], "listed": [], "text": "possibly caught"}
        ],
        "data_faults": [{"code": "over_whole", "about": "N0000", "text": "the holdings add up to 110 %", "facts": ["record-1"]}],
        "notices": [],
    }
    return trace, {**head, "nodes": nodes, "edges": edges, "facts": facts}


def _any_part(dice: Random) -> str:
    # The firm ones are numbered from the start; of the others a few are related or on a list.
    return dice.choices([*_PARTS][2:5], [*_PARTS.values()][2:5])[0]


def _hub(dice: Random, number: int) -> int:
    return 0 if dice.random() < 0.15 else dice.randrange(min(number, 60))


def _name(dice: Random, person: bool, number: int) -> str:
    if person:
        return dice.choice(_SURNAMES) + dice.choice(_GIVEN)
    trade = dice.choice(_TRADES)
    return f"Sample {number} {trade}" if trade.isascii() else f"云南样例{number}{trade}"


def _edge(dice: Random, key: str, nodes: list[dict[str, Any]], start: int, end: int, *, in_proof: bool) -> dict[str, Any]:
    kind = dice.choice(("director", "shareholder", "legal_representative", "supervisor", "actual_controller"))
    begun, ended = f"20{dice.randrange(10, 19)}-03-01", dice.choice((None, None, "2019-06-30"))
    share = dice.choice(("33.33", "25-50", "100")) if kind == "shareholder" else None
    one, other = nodes[start]["name"], nodes[end]["name"]
    return {
        "fact": f"tie-{key}",
        "kind": kind,
        "from": nodes[start]["id"],
        "to": nodes[end]["id"],
        "title": "",
        "valid_from": begun,
        "valid_to": ended,
        "share": share,
        "text": f"{one} ({nodes[start]['id']}): {kind} of {other} ({nodes[end]['id']}), from {begun} to {ended or '(no end)'}.",
        "current": ended is None,
        "in_proof": in_proof,
    }


def _ground(node: dict[str, Any], edges: list[dict[str, Any]]) -> dict[str, Any]:
    held = [edge for edge in edges if edge["from"] == node["id"]]
    gap = {"code": "finding", "text": "no finding of the authority says so (needed: directly responsible)", "facts": ["record-1"]}
    gaps = [gap] if node["part"] == "candidate" else []
    return {
        "person": node["id"],
        "name": node["name"],
        "record": "R-1",
        "verdict": node["part"],
        "pack": "cn-yunnan-2016",
        "rule": "item12-heads",
        "role": "+".join(sorted({edge["kind"] for edge in held})),
        "gap": gaps[0] if gaps else None,
        "gaps": gaps,
        "basis": _LAW,
        "confidence": "sourced",
        "proof": ["record-1", *(edge["fact"] for edge in held)],
    }


def _effects(node: dict[str, Any]) -> list[dict[str, Any]]:
    kind = {"liable": "measure", "subject": "measure", "related": "flag", "caught": "derived_sanction"}.get(node["part"])
    if kind is None:
        return []
    statuses = (("active", None), ("suspended", "objection_lodged"), ("ended", "repaired"), ("inactive", "no_legal_basis"))
    status, cause = statuses[int(node["id"][1:]) % 4]
    one: dict[str, Any] = {
        "id": f"cn-yunnan-2016:item8:A12:R-1:{node['id']}",
        "subject": node["id"],
        "name": node["name"],
        "kind": kind,
        "code": "A12",
        "title": "market and industry ban",
        "from": "2018-09-10",
        "to": None,
        "status": status,
        "cause": cause,
        "nature": "mandatory" if kind == "measure" else "discretion",
        "implementer": "the departments competent for the measure",
        "record": "R-1",
        "pack": "cn-yunnan-2016",
        "rule": "item8",
        "rule_version": "1",
        "basis": _LAW,
        "legal_effect": kind != "flag",
        "confidence": "unverified" if kind == "flag" else "sourced",
        "via": None,
        "proof": ["record-1"],
    }
    if status == "inactive":
        one["gate"] = {"instrument": "a guideline of 2020", "article": "item 4"}
    return [one]
