"""The JSON shapes of what an analyst asks of a register: circles, groups, shared office holders, ways, exposure, measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, cast

from graph_service.analysis.connections import Ways
from graph_service.analysis.exposure import Exposed, Exposure
from graph_service.analysis.shapes import tie_shape
from graph_service.engine.answers import LeftOut
from graph_service.engine.sentences import sentence
from graph_service.engine.shapes import (
    PAIR_WORD,
    Shape,
    bound_text,
    consequence_shape,
    left_out_shape,
    possible_shape,
    reached_shape,
)
from graph_service.messages import Lang
from graph_service.model.facts import Record, Stored, Tie
from graph_service.policy.table import Pack

if TYPE_CHECKING:  # polars loads when it is used
    from graph_service.analysis.structure import Circle, Group, Shared


def circles_shape(found: Sequence[Circle], ties: Mapping[int, Stored[Tie]], names: Mapping[str, str], lang: Lang) -> Shape:
    """Circular holdings: of each circle its ties; ``ties`` are the facts of the rows."""
    return {
        "circles": [
            {
                "circle": number,
                "size": len(circle.members),
                "verdict": "certain" if circle.certain else "possible",
                "ties": [tie_shape(ties[row], names, lang) for row in circle.ties],
            }
            for number, circle in enumerate(found, 1)
        ],
        "names": dict(names),
    }


def groups_shape(found: Sequence[Group], names: Mapping[str, str]) -> Shape:
    """Ultimate controllers and all that they control."""
    return {
        "groups": [
            {
                "group": number,
                "controllers": list(group.controllers),
                "size": len(group.members),
                "members": [
                    {
                        "subject": pair.controlled,
                        "name": names.get(pair.controlled, ""),
                        "verdict": PAIR_WORD[pair.verdict.value],
                    }
                    for pair in group.members
                ],
            }
            for number, group in enumerate(found, 1)
        ],
        "names": {key: names.get(key, "") for group in found for key in group.controllers},
    }


def shared_shape(
    found: Sequence[Shared], keys: Sequence[str], names: Mapping[str, str], left_out: Sequence[LeftOut], lang: Lang
) -> Shape:
    """Enterprises that share office holders; ``keys`` gives the key of a subject's number."""
    return {
        "shared_officers": [
            {
                "enterprise": keys[one.one],
                "name": names.get(keys[one.one], ""),
                "other": keys[one.other],
                "other_name": names.get(keys[one.other], ""),
                "shared": len(one.holders),
                "certain": one.certain,
                "holders": [keys[holder] for holder in one.holders],
            }
            for one in found
        ],
        "complete": not left_out,
        "left_out": [left_out_shape(one, lang) for one in left_out],
    }


def ways_shape(found: Ways, names: Mapping[str, str], lang: Lang) -> Shape:
    """Several ways between two subjects, each a list of steps, each step all the ties between its two ends."""
    start, goal = found.ends
    return {
        "from": {"id": start, "name": names.get(start, "")},
        "to": {"id": goal, "name": names.get(goal, "")},
        "paths": [[[tie_shape(tie, names, lang) for tie in step] for step in way] for way in found.ways],
        "kinds_not_walked_over": list(found.excluded),
        "not_walked_through": list(found.stopped_at),
        "complete": not found.left_out,
        "left_out": [left_out_shape(one, lang) for one in found.left_out],
    }


def records_shape(records: Sequence[Stored[Record]], names: Mapping[str, str], lang: Lang) -> Shape:
    """Records as they were told; dates are texts with their gaps."""
    return {
        "records": [
            {
                "record": one.id,
                "subject": one.subject,
                "name": names.get(one.subject, ""),
                "family": one.family,
                "behaviour": one.behaviour,
                "severity": one.severity,
                "act_from": bound_text(one.act.start),
                "act_to": bound_text(one.act.end),
                "decided_on": bound_text(one.decided_on),
                "authority": one.authority,
                "instrument_no": one.instrument_no,
                "region": one.region,
                "outcome": one.outcome,
                "fact": stored.id,
                "text": sentence(one, names, lang),
            }
            for stored in records
            for one in [stored.fact]
        ],
    }


def exposure_shape(found: Exposure, packs: Mapping[str, Pack], names: Mapping[str, str], lang: Lang) -> Shape:
    """All that reaches a subject, the most direct first."""
    return {
        "subject": {"id": found.subject, "name": names.get(found.subject, "")},
        "exposure": [_exposed(one, packs, names, lang) for one in found.reaching],
        "possibly_caught": [possible_shape(one, names, lang) for one in found.possible],
        "looked_at": list(found.traced),
        "complete": not found.left_out,
        "left_out": [left_out_shape(one, lang) for one in found.left_out],
    }


def _exposed(one: Exposed, packs: Mapping[str, Pack], names: Mapping[str, str], lang: Lang) -> Shape:
    row: Shape = {"ties": one.ties, "origin": one.origin, "origin_name": names.get(one.origin, "")}
    if one.consequence is not None:
        return row | {"what": "consequence", "verdict": "certain"} | consequence_shape(one.consequence, packs, names, lang)
    assert one.verdict is not None
    told = reached_shape(one.verdict, names, lang)
    return row | {"what": "verdict", "legal_effect": False} | told | {"subject": cast(str, told["person"])}
