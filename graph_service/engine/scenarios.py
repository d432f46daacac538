"""Scenario tests of policy packs: plain-language cases with the answers that a lawyer expects.

A scenario states facts as register rows, a question, and what must and must not be in the answer.  `run` gives the list of what
did not come out as expected, empty if all did.  It needs a way to read facts (`readers`), so that it stays free of stores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from graph_service.engine.cascade import in_force, screen
from graph_service.engine.incentives import incentives
from graph_service.engine.shapes import consequence_shape, reached_shape
from graph_service.engine.trace import trace
from graph_service.messages import say
from graph_service.model.facts import Fact
from graph_service.model.rows import to_fact
from graph_service.policy.scenarios import Scenario
from graph_service.policy.schema import Model
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

Readers = Callable[[Sequence[Fact]], AbstractContextManager[View]]
"""Makes a view of a few facts."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one scenario came out: what was not as expected, each as a sentence."""

    pack: str
    scenario: str
    problems: tuple[str, ...]


def run(pack: Pack, scenario: Scenario, views: Readers) -> Outcome:
    """Try one scenario of a pack."""
    facts = [to_fact(table, row, _no_numbers) for table, rows in scenario.facts.tables() for row in rows]
    with views(facts) as view:
        found = _answers(view, pack, scenario)
    problems: list[str] = []
    for wanted in ("persons", "consequences", "caught", "incentives"):
        for row in _rows_of(getattr(scenario.expect, wanted)):
            if not any(_matches(row, one) for one in found[wanted]):
                problems.append(say("scenario_missing", what=wanted, row=_row(row), found=_near(row, found[wanted])))
    for unwanted, among in (("not_persons", "persons"), ("no_consequences", "consequences"), ("not_caught", "caught")):
        for row in _rows_of(getattr(scenario.expect, unwanted)):
            problems.extend(
                say("scenario_unwanted", what=unwanted, row=_row(row), found=_row(one))
                for one in found[among]
                if _matches(row, one)
            )
    return Outcome(pack.id, scenario.name, tuple(problems))


def _no_numbers(_kind: str, _number: str) -> str:
    """Scenarios hold no identity numbers worth keeping."""
    return ""


def _rows_of(expected: Iterable[Model | str]) -> list[dict[str, Any]]:
    return [{"subject": one} if isinstance(one, str) else one.model_dump(by_alias=True, exclude_none=True) for one in expected]


def _answers(view: View, pack: Pack, scenario: Scenario) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"persons": [], "consequences": [], "caught": [], "incentives": []}
    at = scenario.day
    if scenario.ask:
        records = view.records([scenario.ask])
        subject = records[0].fact.subject if records else scenario.ask
        answer = trace(view, subject, [pack], at, records or None)
        packs = {pack.id: pack}
        found["persons"] = [reached_shape(one, answer.names, "en") for one in answer.persons]
        found["consequences"] = [consequence_shape(one, packs, answer.names, "en") for one in answer.consequences]
        found["incentives"] = [
            {"subject": subject, "code": one.incentive.code, "granted": one.verdict.certain}
            for one in incentives(view, subject, [pack], at)
        ]
    for cascade in in_force(pack.cascades, at):
        found["caught"] += [
            {"subject": one.subject, "verdict": "certain" if one.verdict.certain else "possible"}
            for one in screen(view, cascade, at)
        ]
    return found


def _matches(wanted: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    """Whether every field that is given is as it is in an answer; an empty text stands for nothing."""
    return all(value == ("" if (got := one.get(key)) is None else got) for key, value in wanted.items())


def _row(row: Mapping[str, Any]) -> str:
    shown = ("person", "subject", "record", "rule", "verdict", "code", "kind", "status", "cause", "from", "to", "granted")
    return ", ".join(f"{key} {row[key]}" for key in shown if row.get(key) is not None)


def _near(wanted: Mapping[str, Any], found: Iterable[Mapping[str, Any]]) -> str:
    """The rows on the same subject, as the likeliest reason of a miss."""
    who = {key: value for key, value in wanted.items() if key in ("person", "subject")}
    near = [_row(one) for one in found if _matches(who, one)]
    return "; ".join(near[:8]) or say("scenario_nothing")
