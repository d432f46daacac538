"""Everything that reaches one subject on a day, from its own records and from those of others.

* a consequence on the subject reaches it, whoever's record it stems from: by an office, by control, by a finding;
* a verdict that is only possible has no consequence; what would follow if it were certain is told apart (`Maybe`), as it would
  stand on that day, so that what is not imposed anyway troubles nobody;
* the recorded subjects that can matter are those that a change of its own ties could touch (`graph_service.engine.affected`).

Invariants: what a bound left out is said; a lead reaches nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graph_service.engine.affected import ALL_KINDS, affected
from graph_service.engine.answers import Consequence, Fault, LeftOut, PossiblyCaught, Reached
from graph_service.engine.trace import cases_of, effects, trace
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

TRACED_LIMIT = 500
"""How many recorded subjects around a subject are traced before the answer says that it left the rest out."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """A verdict that is only possible, and one thing that would follow."""

    reached: Reached
    consequence: Consequence


@dataclass(frozen=True, slots=True)
class Reaching:
    """All that reaches a subject."""

    subject: str
    consequences: tuple[Consequence, ...]
    maybe: tuple[Maybe, ...]
    caught: tuple[PossiblyCaught, ...]
    faults: tuple[Fault, ...]
    left_out: tuple[LeftOut, ...]
    names: Mapping[str, str]


def reaching(view: View, subject: str, packs: Sequence[Pack], at: int) -> Reaching:
    """What reaches a subject on a day.  Costs a trace of each recorded subject that it has to do with, at most `TRACED_LIMIT`."""
    ties = [*view.ties_into([subject])[subject], *view.ties_of([subject], ALL_KINDS)[subject]]
    around = affected(view, view, [tie.fact for tie in ties], packs, at)
    named = {one.fact.subject for one in view.records(sorted({find.fact.record for find in view.findings_naming([subject])}))}
    held = {one.fact.subject for one in view.records_of(sorted({tie.fact.enterprise for tie in ties}))}
    origins = [subject, *sorted({*around.subjects, *named, *held} - {subject})]
    left_out = list(around.left_out)
    if len(origins) > TRACED_LIMIT:
        left_out.append(LeftOut("exposure", subject, {"shown": TRACED_LIMIT}))
        origins = origins[:TRACED_LIMIT]
    answers = [trace(view, origin, packs, at) for origin in origins]
    names: dict[str, str] = {}
    maybe: list[Maybe] = []
    for answer in answers:
        left_out += answer.left_out
        names |= answer.names
        maybe += [
            Maybe(one, it)
            for one in answer.persons
            if one.subject == subject and not one.verdict.certain
            for it in _would_follow(view, one, packs, at)
        ]
    return Reaching(
        subject=subject,
        consequences=tuple(one for answer in answers for one in answer.consequences if one.subject == subject),
        maybe=tuple(maybe),
        caught=answers[0].possible,
        faults=answers[0].faults,
        left_out=tuple({(one.code, one.about): one for one in left_out}.values()),
        names=names,
    )


def _would_follow(view: View, one: Reached, packs: Sequence[Pack], at: int) -> list[Consequence]:
    """The consequences of a verdict if it were certain."""
    pack = next(pack for pack in packs if pack.id == one.pack)
    events = view.events_of([one.record])[one.record]
    return [it for case in cases_of(view, view.records([one.record]), packs, at) for it in effects(case, pack, one, events)]
