"""Answers as pandas DataFrames: which columns each has and of which type.

Every frame keeps where it came from in ``attrs``: ``decision_id``, ``at``, ``known``, ``position``, ``packs``, whether the answer
is ``complete`` and what it ``left_out``.  Dates are texts, because a bound may have a gap (``2018-03-01..2018-05-31``) or be open
(missing); shares are texts, because they are exact or a range; ``pandas.to_datetime`` takes the dates that are exact.
Lists (a proof, owners) are tuples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Any

import pandas as pd

from graph_service.engine.shapes import Shape

_CLAUSE = {"instrument": "str", "article": "str", "confidence": "str"}
_REACHED = {
    "person": "str",
    "name": "str",
    "record": "str",
    "verdict": "str",
    "role": "str",
    "gap": "str",
    "pack": "str",
    "rule": "str",
    **_CLAUSE,
    "proof": "object",
}
_CONSEQUENCE = {
    "id": "str",
    "subject": "str",
    "name": "str",
    "kind": "str",
    "code": "str",
    "title": "str",
    "from": "str",
    "to": "str",
    "status": "str",
    "cause": "str",
    "nature": "str",
    "implementer": "str",
    "legal_effect": "bool",
    "record": "str",
    "via": "str",
    "pack": "str",
    "rule": "str",
    "rule_version": "str",
    **_CLAUSE,
    "proof": "object",
}
_TIE = {"fact": "str", "kind": "str", "holder": "str", "enterprise": "str", "share": "str", "text": "str"}
_TOLD = {"code": "str", "about": "str", "text": "str"}

FRAMES: Mapping[str, Mapping[str, str]] = {
    "persons": _REACHED,
    "subjects": _REACHED,
    "verdicts": _REACHED,
    "consequences": _CONSEQUENCE,
    "possibly_caught": {
        "pack": "str",
        "rule": "str",
        "instrument": "str",
        "article": "str",
        "owners": "object",
        "listed": "object",
        "text": "str",
    },
    "data_faults": {**_TOLD, "facts": "object"},
    "left_out": _TOLD,
    "notices": _TOLD,
    "records": {
        "record": "str",
        "subject": "str",
        "name": "str",
        "family": "str",
        "behaviour": "str",
        "severity": "str",
        "act_from": "str",
        "act_to": "str",
        "decided_on": "str",
        "authority": "str",
        "instrument_no": "str",
        "region": "str",
        "outcome": "str",
        "fact": "str",
        "text": "str",
    },
    "control": {
        "controller": "str",
        "controller_name": "str",
        "controlled": "str",
        "controlled_name": "str",
        "verdict": "str",
        "jointly_with": "object",
    },
    "screen": {"subject": "str", "name": "str", "verdict": "str", "owners": "object", "listed": "object"},
    "related": {"subject": "str", "name": "str", "hops": "int64", **_TIE},
    "paths": {"path": "int64", "step": "int64", "from": "str", "to": "str", **_TIE},
    "circles": {
        "circle": "int64",
        "size": "int64",
        "verdict": "str",
        "holder_name": "str",
        "enterprise_name": "str",
        **_TIE,
    },
    "groups": {"group": "int64", "controllers": "object", "size": "int64", "subject": "str", "name": "str", "verdict": "str"},
    "shared_officers": {
        "enterprise": "str",
        "name": "str",
        "other": "str",
        "other_name": "str",
        "shared": "int64",
        "certain": "int64",
        "holders": "object",
    },
    "exposure": {
        "ties": "int64",
        "origin": "str",
        "origin_name": "str",
        "what": "str",
        "verdict": "str",
        "kind": "str",
        "code": "str",
        "title": "str",
        "from": "str",
        "to": "str",
        "status": "str",
        "cause": "str",
        "role": "str",
        "gap": "str",
        "legal_effect": "bool",
        "record": "str",
        "via": "str",
        "id": "str",
        "pack": "str",
        "rule": "str",
        **_CLAUSE,
        "proof": "object",
    },
    "proof": {"fact": "str", "text": "str", "position": "int64", "recorded_at": "str"},
    "why_not": {
        "pack": "str",
        "rule": "str",
        "title": "str",
        "article": "str",
        "verdict": "str",
        "failed": "str",
        "text": "str",
    },
    "verdict_changes": {"person": "str", "record": "str", "rule": "str", "before": "str", "after": "str"},
    "consequence_changes": {"change": "str", "status_before": "str", "status_after": "str", **_CONSEQUENCE},
    "caught_changes": {"pack": "str", "subject": "str", "change": "str"},
    "packs": {
        "id": "str",
        "version": "str",
        "title": "str",
        "jurisdiction": "str",
        "in_force_from": "str",
        "in_force_to": "str",
        "rules": "int64",
    },
    "measures": {
        "subject": "str",
        "name": "str",
        "kind": "str",
        "hops": "int64",
        "degree": "int64",
        "betweenness": "float64",
        "closeness": "float64",
        "clustering": "float64",
        "component": "int64",
        "articulation": "bool",
    },
}
"""For each frame its columns, in order, and their types; ``str`` columns hold missing values where there is nothing to say."""

_NESTED = {"instrument": ("basis", "instrument"), "article": ("basis", "article"), "gap": ("gap", "text")}
_TIE_OF = frozenset(_TIE)
_ORIGIN = ("decision_id", "at", "known", "position", "packs", "complete", "left_out", "notices", "note", "not_walked_through")


def frame(what: str, rows: Iterable[Mapping[str, Any]], shape: Shape) -> pd.DataFrame:
    """The rows of an answer as a frame of one kind, with where they came from in ``attrs``.  Costs a pass over the rows."""
    held = list(rows)
    columns = {name: pd.Series([_cell(row, name) for row in held], dtype=kind) for name, kind in FRAMES[what].items()}
    made = pd.DataFrame(columns)
    made.attrs.update(origin(shape))
    return made


def origin(shape: Shape) -> dict[str, Any]:
    """Where an answer came from: its decision id, clocks, law, and whether it is whole."""
    return {key: deepcopy(shape[key]) for key in _ORIGIN if shape.get(key) not in (None, [])}


def _cell(row: Mapping[str, Any], name: str) -> Any:
    if name == "gap" and row.get("gaps"):
        return "; ".join(gap["text"] for gap in row["gaps"])
    if name in _NESTED and isinstance(row.get(_NESTED[name][0]), Mapping):
        return row[_NESTED[name][0]].get(_NESTED[name][1])
    if name in _TIE_OF and name not in row and isinstance(row.get("tie"), Mapping):
        return row["tie"].get(name)
    value = row.get(name)
    if isinstance(value, Mapping):
        return None
    return tuple(_plain(one) for one in value) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    """A member of a list: an owner as ``(subject, share)``."""
    return (value["subject"], value.get("share")) if isinstance(value, Mapping) and "subject" in value else value


def html(made: pd.DataFrame, *, rows: int = 30, columns: Sequence[str] | None = None) -> str:
    """A frame as an HTML table for a notebook, escaped, its first rows."""
    shown = made[list(columns)] if columns else made
    return shown.head(rows).to_html(index=False, escape=True, na_rep="", border=0)
