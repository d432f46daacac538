"""How a verdict carries to other enterprises: by office, and by control.

* only a certain verdict carries, over facts that are certain on the date asked, and it never chains;
* ``office``: to the enterprises where a liable person holds one of the named roles;
* ``control``: down to what the recorded enterprise controls, up to who controls it, sideways to what such a controller controls;
* the state relates nobody where the pack does not walk through it: a state body carries nothing, and a state-owned holder makes
  its holdings no siblings (Company Law of China, article 265(4), is the model).

Invariants: the consequence is on the *other* enterprise and of the kind that the rule says; a flag has no legal effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from graph_service.engine.answers import Consequence, LeftOut, Reached, from_rule
from graph_service.engine.closure import Closure, Test, TiesAtHand, TiesOfView, closure, majority, support
from graph_service.engine.control import upstream
from graph_service.engine.liability import Case, held_days, verdicts
from graph_service.engine.standing import standing, term_end
from graph_service.model.facts import Event, Stored, Subject, SubjectKind
from graph_service.model.identifiers import is_uscc
from graph_service.model.interval import covers
from graph_service.model.verdict import Status
from graph_service.model.words import STATE_FORMS
from graph_service.policy.table import Carriage, Effect, Pack, Rule, Term
from graph_service.snapshot.view import View

CARRIED_LIMIT = 500
"""How many enterprises one verdict is carried to before the answer says that it left the rest out."""


def is_state_body(subject: Stored[Subject] | None, key: str) -> bool:
    """Whether a subject is the state itself: by its form, or by a USCC of registering authority 1 and category 1 (机关).

    A person never is, whatever the provider's key looks like.
    """
    if subject is not None and subject.fact.kind is not SubjectKind.ENTERPRISE:
        return False
    return (key.startswith("11") and is_uscc(key)) or (subject is not None and subject.fact.form in STATE_FORMS)


def is_state_holder(subject: Stored[Subject] | None, key: str) -> bool:
    """Whether common holding by this subject relates nobody: a state body, or an enterprise marked as state-owned."""
    return is_state_body(subject, key) or (subject is not None and subject.fact.state_owned)


def _nobody(subject: Stored[Subject] | None) -> bool:
    """Whether it is a party that a source declares without naming: nothing carries to it or through it."""
    return subject is not None and subject.fact.kind is SubjectKind.UNSPECIFIED


def carried(
    view: View, case: Case, pack: Pack, reached: Sequence[Reached], events: Sequence[Stored[Event]]
) -> tuple[list[Consequence], list[LeftOut]]:
    """All that certain verdicts on a record carry to other enterprises."""
    consequences: list[Consequence] = []
    left_out: list[LeftOut] = []
    by_control: set[tuple[str, str, int]] = set()
    for one in reached:
        for number, carriage in enumerate(one.rule.carriages if one.verdict.certain else ()):
            if carriage.via == "office":
                targets = _by_office(view, case, one, carriage)
            elif (one.rule.id, one.rule.version, number) in by_control:
                continue  # it hangs on the record and the group, not on who answers: once is enough
            else:
                by_control.add((one.rule.id, one.rule.version, number))
                targets, missed = _by_control(view, case, pack, one, carriage)
                left_out.extend(missed)
            if len(targets) > CARRIED_LIMIT:
                left_out.append(LeftOut("carried", one.subject, {"shown": CARRIED_LIMIT}))
            for target, via, proof in targets[:CARRIED_LIMIT]:
                consequences.append(_consequence(case, pack, one, carriage, events, target, via, proof))
    return consequences, left_out


Target = tuple[str, str, tuple[str, ...]]
"""The other enterprise, who carries to it, and the facts by which the verdict stands and reaches there."""


def _consequence(
    case: Case,
    pack: Pack,
    one: Reached,
    carriage: Carriage,
    events: Sequence[Stored[Event]],
    target: str,
    via: str,
    proof: tuple[str, ...],
) -> Consequence:
    effect = Effect(carriage.kind, carriage.code, carriage.nature, one.rule.initiator, longest_term(case, one.rule))
    person = one.subject if carriage.via == "office" else ""
    stands = standing(case, one.rule, effect, pack.gates, events, person)
    rule = one.rule
    if carriage.basis is not None:
        rule = replace(rule, basis=carriage.basis)
        in_force = carriage.basis.valid_from <= case.at < carriage.basis.valid_to
        if not in_force and stands.status < Status.INACTIVE:
            stands = replace(stands, status=Status.INACTIVE, cause="not_in_force", facts=())
    facts = tuple(sorted({*proof, *stands.facts}))
    return from_rule(replace(one, rule=rule), effect, stands, facts, subject=target, via=via)


def longest_term(case: Case, rule: Rule) -> Term:
    """How long what a rule carries runs: as long as the longest of its effects, which it hangs on."""
    terms = [effect.term for effect in rule.effects] or [Term()]
    return max(terms, key=lambda term: (term_end(case, term).hi, term_end(case, term).lo))


def _by_office(view: View, case: Case, one: Reached, carriage: Carriage) -> list[Target]:
    found: dict[str, str] = {}
    for tie in view.ties_of([one.subject], carriage.roles)[one.subject]:
        other, held = tie.fact.enterprise, held_days(case, tie)
        if other != case.record.fact.subject and held and held.sure and covers(held.sure, case.at).certain:
            found.setdefault(other, tie.id)
    return [(other, one.subject, tuple(sorted({*one.proof, tie}))) for other, tie in sorted(found.items())]


def _by_control(view: View, case: Case, pack: Pack, one: Reached, carriage: Carriage) -> tuple[list[Target], list[LeftOut]]:
    origin, at = case.record.fact.subject, case.at
    if not pack.through_state_holders and is_state_body(view.subject(origin), origin):
        return [], []
    test = majority(carriage.threshold)
    ties = TiesOfView(view, test.kinds)
    targets: dict[str, Target] = {}
    left_out: list[LeftOut] = []

    def add(found: Iterable[str], via: str, inside: Closure, companies: Callable[[str], list[str]]) -> None:
        fresh = sorted(key for key in set(found) if key not in targets)
        room = CARRIED_LIMIT - len(targets)
        if len(fresh) > room:
            left_out.append(LeftOut("carried", origin, {"shown": CARRIED_LIMIT}))
        view.fetch_subjects(fresh[:room])
        for key in fresh[:room]:
            if not _nobody(view.subject(key)):
                targets[key] = (key, via, _proof(case, pack, one, inside, companies(key), test))

    above: dict[str, Closure] = {}
    if carriage.directions & {"up", "sibling"}:
        above, left_out = controllers(view, origin, at, test, through_state=pack.through_state_holders)
    # Where two control each other, what makes somebody liable may show the way up as well: that proof is the shorter.
    for controller, inside in above.items() if "up" in carriage.directions else ():
        add([controller], origin, inside, lambda _: [origin])
    if "down" in carriage.directions:
        inside = closure(ties, at, [origin], test, possible=False)
        add(inside.rounds, origin, inside, lambda company: [company])
    for controller in above if "sibling" in carriage.directions else ():
        inside = closure(ties, at, [controller], test, possible=False)
        add(set(inside.rounds) - {origin}, controller, inside, lambda company: [origin, company])
    return [targets[key] for key in sorted(targets)], left_out


def _proof(case: Case, pack: Pack, one: Reached, inside: Closure, companies: Sequence[str], test: Test) -> tuple[str, ...]:
    """A minimal set of facts by which the rule reaches somebody for the record and the actor controls the companies.

    A tie of the way may also be what makes somebody liable, so the two halves are cut together.  Costs a verdict and a closure
    for each fact of a small first set.
    """
    by_way = {tie.id: tie for company in companies for tie in support(inside, company, test, case.at)}
    origin = case.record.fact.subject
    # Only ties into the recorded enterprise itself can also be what makes somebody liable for it.
    shared = {key for key, tie in by_way.items() if tie.fact.enterprise == origin}
    kept = {*one.proof, *by_way}
    if not shared:
        return tuple(sorted(kept))
    into_origin = {tie.id: tie for tie in case.ties}

    def enough(facts: set[str]) -> bool:
        ways = TiesAtHand(tie for key, tie in (into_origin | by_way).items() if key in facts)
        if not set(companies) <= set(closure(ways, case.at, inside.actor, test, possible=False).rounds):
            return False
        part = Case(
            record=case.record,
            ties=tuple(tie for tie in case.ties if tie.id in facts),
            findings=tuple(finding for finding in case.findings if finding.id in facts),
            subjects={key: subject for key, subject in case.subjects.items() if subject.id in facts},
            at=case.at,
        )
        return any(reached.verdict.certain for reached in verdicts(part, one.rule, pack))

    for fact in sorted((set(one.proof) | shared) - {case.record.id}):
        if enough(kept - {fact}):
            kept = kept - {fact}
    return tuple(sorted(kept))


def controllers(view: View, origin: str, at: int, test: Test, *, through_state: bool) -> tuple[dict[str, Closure], list[LeftOut]]:
    """Who certainly controls an enterprise alone, each with what it controls upstream of it.

    Without ``through_state`` the state is passed over.  Costs what is upstream.
    """
    read, left_out = upstream(view, origin, test.kinds)
    at_hand = TiesAtHand(read)
    view.fetch_subjects(at_hand.holders())
    found = {}
    for holder in at_hand.holders():
        described = view.subject(holder)
        if holder != origin and not _nobody(described) and (through_state or not is_state_holder(described, holder)):
            inside = closure(at_hand, at, [holder], test, possible=False)
            if origin in inside.rounds:
                found[holder] = inside
    return found, left_out
