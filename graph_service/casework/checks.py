"""The must-check before an approval (应查必查): allow, refuse or review, and why.

* *refuse*: an active, certain, mandatory consequence on the subject bars the procedure, by law that somebody read; or a
  constraint certainly holds it together with another bidder; what bars one member of a consortium (联合体) bars the subject
  with it, where the procedure's law says so;
* *review*: whatever else a person must look at: a candidate, a consequence that is suspended, recommended, left to discretion or
  to a memorandum, a text that asks for care, law that nobody verified, a hint, an answer that is not complete, a subject of
  which the ledger knows nothing;
* *allow*: nothing of these.  What ended, or is not imposed for want of a legal basis, stands in nobody's way.

Invariants (must never happen): a refusal on a possibility, on a hint or on a lead; an approval on an incomplete answer; a reason
without the article that it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from graph_service.casework.procedures import Together, procedures_of, together
from graph_service.casework.reaching import Maybe, Reaching, reaching
from graph_service.engine.answers import Consequence, LeftOut
from graph_service.engine.incentives import Granted, incentives
from graph_service.engine.trace import names as names_of
from graph_service.messages import BadValue
from graph_service.model.facts import Record, Stored
from graph_service.model.verdict import Status
from graph_service.policy.desk_table import Bar, Cited, Procedure
from graph_service.policy.table import Basis, Pack
from graph_service.snapshot.view import View, in_ledger

Effect: TypeAlias = Literal["refuse", "review", "none"]
Decision: TypeAlias = Literal["allow", "refuse", "review"]
_ORDER: Mapping[str, int] = {"refuse": 0, "review": 1, "none": 2}


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks for a decision: a code of the catalogue (``check_<code>``) and what it rests on.

    ``cited`` is the law of the procedure, ``basis`` that of the consequence or rule; one of them is there unless it is the
    facts that are missing.
    """

    code: str
    effect: Effect
    subject: str
    values: Mapping[str, object] = field(default_factory=dict)
    consequence: Consequence | None = None
    maybe: Maybe | None = None
    cited: Cited | None = None
    basis: Basis | None = None
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer of a must-check.  ``written_on`` are records of others that are written on the subject through a role."""

    subject: str
    procedure: str
    at: int
    bidders: tuple[str, ...]
    members: tuple[str, ...]
    decision: Decision
    reasons: tuple[Reason, ...]
    incentives: tuple[Granted, ...]
    promises: frozenset[tuple[str, str]]
    own_records: tuple[str, ...]
    written_on: tuple[str, ...]
    others: tuple[Together, ...]
    reaching: Reaching
    packs: tuple[Pack, ...]
    procedures: tuple[tuple[Pack, Procedure], ...]
    names: Mapping[str, str]

    @property
    def complete(self) -> bool:
        """Whether nothing that can matter was left out."""
        return not any(one.code in ("unknown_subject", "incomplete") for one in self.reasons)


def check(
    view: View,
    subject: str,
    procedure: str,
    packs: Sequence[Pack],
    at: int,
    *,
    bidders: Sequence[str] = (),
    members: Sequence[str] = (),
    unfinished: Sequence[str] = (),
) -> Checked:
    """What to do about a subject in a procedure on a day.

    ``bidders``: the whole set, with or without the subject; ``members``: those with whom the subject bids as one;
    ``unfinished``: loads into the ledger that are not over.  Raises `BadValue` for a procedure that no pack knows, bidders where
    the procedure has none, or members where its law says nothing of a consortium.
    """
    found = procedures_of(packs, procedure)
    if bidders and not any(one.bidders for _, one in found):
        raise BadValue("procedure_without_bidders", value=found[0][1].code)
    if members and not any(one.consortium for _, one in found):
        raise BadValue("procedure_without_consortium", value=found[0][1].code)
    partners = tuple(sorted({*members} - {subject}))
    everybody = tuple(sorted({subject, *bidders, *partners})) if bidders else ()
    asked = _asked(packs, found, at)
    around = reaching(view, subject, asked, at)
    reasons: list[Reason] = [_incomplete(one, subject) for one in around.left_out]
    reasons += [_incomplete(LeftOut("unfinished_load", "", {"loads": list(unfinished)}), subject)] if unfinished else []
    unknown = [key for key in sorted({subject, *everybody, *partners}) if not in_ledger(view, key)]
    reasons += [Reason("unknown_subject", "review", key) for key in unknown]
    others: list[Together] = []
    for pack, one in found:
        reasons += _of_consequences(around, pack, one, at)
        for member in partners:
            beside = reaching(view, member, asked, at)
            reasons += [_incomplete(left, member) for left in beside.left_out]
            reasons += _of_member(beside, pack, one, at)
        for pair in together(view, one, everybody, at):
            ours = {pair.one, pair.other} & {subject, *partners}
            if not ours:
                others.append(pair)
            elif len(ours) == 1:  # within one consortium two may have a head in common
                reasons.append(_of_pair(pair, *ours))
    reasons += [
        Reason("flag", "review", subject, consequence=one, basis=one.basis, facts=one.proof)
        for one in around.consequences
        if one.kind == "flag" and one.standing.status is Status.ACTIVE
    ]
    effects = {one.effect for one in reasons}
    own = view.records_of([subject])
    return Checked(
        subject=subject,
        procedure=found[0][1].code,
        at=at,
        bidders=everybody,
        members=partners,
        decision="refuse" if "refuse" in effects else "review" if "review" in effects else "allow",
        reasons=tuple(sorted(reasons, key=_reason_order)),
        incentives=tuple(
            one
            for pack, procedure_ in found
            for one in incentives(view, subject, [pack], at)
            if one.incentive.code in procedure_.incentives
        ),
        promises=frozenset((pack.id, one.promise) for pack, one in found if one.promise),
        own_records=_own(view, own, found, at),
        written_on=_written_on(around, {one.fact.id for one in own}),
        others=tuple(others),
        reaching=around,
        packs=asked,
        procedures=tuple(found),
        names={**around.names, **names_of(view, [subject, *everybody, *partners])},
    )


def _asked(packs: Sequence[Pack], found: Sequence[tuple[Pack, Procedure]], at: int) -> tuple[Pack, ...]:
    """The packs that can say anything: those with the procedure, and those with consequences of a kind that bars it."""
    ids = {pack.id for pack, _ in found}
    kinds = {kind for _, one in found for bar in one.bars if _in_force(bar.cited, at) for kind in bar.kinds}

    def may_say(pack: Pack) -> bool:
        made = {effect.kind for rule in pack.rules for effect in rule.effects} | {
            one.kind for rule in pack.rules for one in rule.carriages
        }
        return pack.id in ids or bool(made & {*kinds, "flag"}) or (bool(pack.cascades) and "derived_sanction" in kinds)

    return tuple(pack for pack in packs if may_say(pack))


def _in_force(cited: Cited, at: int) -> bool:
    return cited.basis.valid_from <= at < cited.basis.valid_to


def _bars(pack: Pack, procedure: Procedure, one: Consequence, at: int) -> list[Bar]:
    """The bars of a procedure that a consequence meets; the gravest first."""
    met = [
        bar
        for bar in procedure.bars
        if _in_force(bar.cited, at) and ((one.pack == pack.id and one.code in bar.codes) or one.kind in bar.kinds)
    ]
    return sorted(met, key=lambda bar: (_ORDER[bar.effect], bar.cited.basis.confidence))


def _of_consequences(around: Reaching, pack: Pack, procedure: Procedure, at: int) -> list[Reason]:
    """What the consequences on the subject, certain and possible, mean for a procedure."""
    reasons = []
    for one in around.consequences:
        bars = _bars(pack, procedure, one, at)
        if bars and one.kind != "flag" and one.standing.status is not Status.ENDED:
            code, effect = _weigh(one, bars[0])
            reasons.append(
                Reason(code, effect, one.subject, consequence=one, cited=bars[0].cited, basis=one.basis, facts=one.proof)
            )
    for it in around.maybe:
        bars = _bars(pack, procedure, it.consequence, at)
        stands = it.consequence.standing
        if bars and (stands.status in (Status.ACTIVE, Status.SUSPENDED) or stands.cause == "term_unknown"):
            reasons.append(
                Reason(
                    "candidate",
                    "review",
                    it.reached.subject,
                    maybe=it,
                    cited=bars[0].cited,
                    basis=it.reached.rule.basis,
                    facts=it.reached.proof,
                )
            )
    for caught in around.caught:
        bars = [bar for bar in procedure.bars if "derived_sanction" in bar.kinds and _in_force(bar.cited, at)]
        if bars:
            values = {"pack": caught.pack, "listed": caught.listed}
            basis = caught.cascade.basis
            reasons.append(Reason("possibly_caught", "review", around.subject, values, cited=bars[0].cited, basis=basis))
    return reasons


def _weigh(one: Consequence, bar: Bar) -> tuple[str, Effect]:
    """What one certain consequence that meets a bar means: the code of the reason, and its effect."""
    stands = one.standing
    if stands.status is Status.INACTIVE:
        return ("term_unknown", "review") if stands.cause == "term_unknown" else ("inactive", "none")
    if stands.status is Status.SUSPENDED:
        return "suspended", "review"
    if one.nature != "mandatory":
        return "nature", "review"
    if bar.effect == "review":
        return "care", "review"
    if bar.cited.basis.confidence == "unverified" or one.confidence == "unverified":
        return "unverified", "review"
    return "barred", "refuse"


def _of_member(beside: Reaching, pack: Pack, procedure: Procedure, at: int) -> list[Reason]:
    """What bars another member of the consortium bars the whole, as far as the procedure's law says so."""
    law = procedure.consortium
    if law is None or not _in_force(law, at):
        return []
    sure = law.basis.confidence == "sourced"
    return [
        one if one.effect != "refuse" or sure else replace(one, code="unverified", effect="review", cited=law)
        for one in _of_consequences(beside, pack, procedure, at)
    ]


def _of_pair(pair: Together, subject: str) -> Reason:
    """What it means that the subject is held together with another bidder."""
    other = pair.other if pair.one == subject else pair.one
    cited = pair.constraint.cited
    code = "together" if pair.excluded else "together_maybe"
    effect: Effect = "refuse" if pair.excluded else "review"
    return Reason(code, effect, subject, {"other": other, "constraint": pair.constraint.title}, cited=cited, facts=pair.facts)


def _incomplete(one: LeftOut, subject: str) -> Reason:
    return Reason("incomplete", "review", subject, {"left_out": one})


def _own(view: View, own: Sequence[Stored[Record]], found: Sequence[tuple[Pack, Procedure]], at: int) -> tuple[str, ...]:
    """The subject's own records that count: no lead, and none that was void by then, by an event that an incentive names."""
    void = {kind for pack, _ in found for one in pack.incentives for kind in one.voided_by}
    events = view.events_of([one.fact.id for one in own])
    gone = {
        key for key, held in events.items() for one in held if one.fact.kind in void and not one.fact.person and one.fact.on <= at
    }
    return tuple(sorted(one.fact.id for one in own if one.fact.instrument_no and one.fact.id not in gone))


def _written_on(around: Reaching, own: set[str]) -> tuple[str, ...]:
    """The records of others that stand on the subject's own credit record on that day."""
    entries = [one for one in around.consequences if one.kind == "record_entry" and one.record not in own]
    return tuple(sorted({one.record for one in entries if one.standing.status in (Status.ACTIVE, Status.SUSPENDED)}))


def _reason_order(one: Reason) -> tuple[int, str, str, str]:
    about = one.consequence or (one.maybe.consequence if one.maybe else None)
    return _ORDER[one.effect], one.code, about.id if about else "", str(one.values.get("other", ""))
