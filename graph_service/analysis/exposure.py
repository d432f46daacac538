"""Everything that reaches one subject, ranked by how directly: from its own records, its offices, those around it, its owners.

* what reaches a subject is every consequence on it, and every verdict on it, whoever's record it stems from;
* the records that can reach it are those that a change of its own ties could touch (`graph_service.engine.affected`), so that
  nothing is missed; what a bound left out is said;
* how directly: the number of ties in the proof.  Its own record needs none, an office one, another office of the same person two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graph_service.engine.affected import ALL_KINDS, affected
from graph_service.engine.answers import Consequence, LeftOut, PossiblyCaught, Reached
from graph_service.engine.trace import trace
from graph_service.model.facts import Tie
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

TRACED_LIMIT = 500
"""How many recorded subjects around a subject are traced before the answer says that it left the rest out."""


@dataclass(frozen=True, slots=True)
class Exposed:
    """One thing that reaches the subject: a consequence, or a verdict that has none on it; ``ties``: how many its proof needs."""

    ties: int
    origin: str
    consequence: Consequence | None = None
    verdict: Reached | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """All that reaches a subject, the most direct first, and the ownership rules that may catch it."""

    subject: str
    reaching: tuple[Exposed, ...]
    possible: tuple[PossiblyCaught, ...]
    traced: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


def exposure(view: View, subject: str, packs: Sequence[Pack], at: int) -> Exposure:
    """What reaches a subject on a day.  Costs a trace of each recorded subject that it has to do with, at most `TRACED_LIMIT`."""
    ties = [*view.ties_into([subject])[subject], *view.ties_of([subject], ALL_KINDS)[subject]]
    around = affected(view, view, [tie.fact for tie in ties], packs, at)
    found_on = {one.fact.subject for one in view.records(sorted({find.fact.record for find in view.findings_naming([subject])}))}
    held = {one.fact.subject for one in view.records_of(sorted({tie.fact.enterprise for tie in ties}))}
    origins = sorted({subject, *around.subjects, *found_on, *held})
    left_out = list(around.left_out)
    if len(origins) > TRACED_LIMIT:
        left_out.append(LeftOut("exposure", subject, {"shown": TRACED_LIMIT}))
        origins = [subject, *(key for key in origins if key != subject)][:TRACED_LIMIT]
    answers = {origin: trace(view, origin, packs, at) for origin in origins}
    proofs = [one.proof for answer in answers.values() for one in answer.consequences if one.subject == subject]
    proofs += [one.proof for answer in answers.values() for one in answer.persons if one.subject == subject]
    named = view.reader.facts({fact for proof in proofs for fact in proof})
    ties_named = {stored.id for stored in named if isinstance(stored.fact, Tie)}
    reaching: list[Exposed] = []
    for origin, answer in answers.items():
        on_it = [one for one in answer.consequences if one.subject == subject]
        told = {(one.record, one.rule) for one in on_it}
        verdicts = [one for one in answer.persons if one.subject == subject and (one.record, one.rule.id) not in told]
        reaching += [Exposed(len(ties_named.intersection(one.proof)), origin, consequence=one) for one in on_it]
        reaching += [Exposed(len(ties_named.intersection(one.proof)), origin, verdict=one) for one in verdicts]
        left_out += answer.left_out
    return Exposure(
        subject=subject,
        reaching=tuple(sorted(reaching, key=_order)),
        possible=answers[subject].possible,
        traced=tuple(origins),
        left_out=tuple({(one.code, one.about): one for one in left_out}.values()),
    )


def _order(one: Exposed) -> tuple[int, bool, str, str]:
    name = one.consequence.id if one.consequence else f"{one.verdict.pack}:{one.verdict.rule.id}" if one.verdict else ""
    return one.ties, one.consequence is None, one.origin, name
