"""Who answers for a record under a rule.

The problem: offices change, dates have gaps, the law is silent on the clock, findings may be missing.  The rules:

* a rule speaks of a record that has an instrument, was decided by the date asked while the rule was in force, and whose
  words are in the rule's sets;
* it reaches the recorded subject (``self``), the persons that a finding names (``finding``), or the holders of a role at the
  clock who pass the fault test (``role``);
* several admissible clocks are several readings: all must reach for certain, one for possible;
* a finding that is required and absent leaves a candidate; with the clock ``named`` a finding fixes person and time;
* all ties of one holder answer together, against one and the same act.

Invariants: a possible verdict always names a gap; a certain one rests on a minimal set of facts; a fault is never inferred; a
lead (no instrument) reaches nobody; an unspecified party is never reached.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from graph_service.engine.answers import Gap, Reached
from graph_service.model.facts import Finding, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.identifiers import is_uscc
from graph_service.model.interval import LAST, Bound, Interval, any_surely_overlaps, overlaps
from graph_service.model.region import lies_in
from graph_service.model.verdict import Verdict
from graph_service.model.words import CONTROLS, FAMILIES, HOLDINGS, OFFICES, SEVERITIES, WORK
from graph_service.policy.table import Clock, Pack, Rule

INTO_ENTERPRISES = frozenset(OFFICES + HOLDINGS + CONTROLS + WORK)


@dataclass(frozen=True, slots=True)
class Case:
    """A record with everything that bears on who answers for it.

    ``ties`` are those into the recorded subject; ``subjects`` the descriptions of it and of the holders, as far as there are any.
    """

    record: Stored[Record]
    ties: tuple[Stored[Tie], ...]
    findings: tuple[Stored[Finding], ...]
    subjects: dict[str, Stored[Subject]]
    at: int

    @property
    def act(self) -> Interval:
        """The act, cut at the day after the decision where that is known."""
        return act_until_decision(self.record.fact) or self.record.fact.act


def act_until_decision(record: Record) -> Interval | None:
    """The act as far as it can lie: not after the day of a known decision.  None where the act begins after the decision."""
    return act_decided_on(record, record.decided_on.lo) if record.decided_on.dated else record.act


def act_decided_on(record: Record, day: int) -> Interval | None:
    """The act of a record if it was decided on a day: cut at the day after it.  None where it begins only then."""
    act, cut = record.act, day + 1
    if act.start.lo >= cut:
        return None
    return Interval(Bound(act.start.lo, min(act.start.hi, cut - 1)), Bound(min(act.end.lo, cut), min(act.end.hi, cut)))


@dataclass(frozen=True, slots=True)
class Test:
    """One test of a rule on a record: how it came out and, where not certain, the gap that would decide it."""

    name: str
    verdict: Verdict
    gap: Gap | None = None


def trigger_tests(case: Case, rule: Rule, pack: Pack) -> list[Test]:
    """The tests of a rule's trigger, in the order in which `why-not` names them."""
    stored, at = case.record, case.at
    record, own = stored.fact, (stored.id,)
    decided = record.decided_on
    low, high = decided.lo, decided.hi
    in_force = _in_force(decided, rule, at)
    words = Words(record.family, record.behaviour, record.severity, record.outcome, record.region)
    return [
        Test("instrument", Verdict.of(always=bool(record.instrument_no), ever=bool(record.instrument_no))),
        Test("decided", Verdict.of(always=high <= at, ever=low <= at), Gap("decision_date", {"date": str(decided)}, own)),
        Test("in_force", in_force, Gap("decision_date", {"date": str(decided)}, own)),
        Test("subject_kind", subject_kind_is(case, rule), Gap("subject_kind", {"subject": record.subject}, own)),
        *word_tests(words, rule, pack, own),
    ]


class Words(NamedTuple):
    """The words of a record that rules ask for."""

    family: str
    behaviour: str
    severity: str
    outcome: str
    region: str


def word_tests(words: Words, rule: Rule, pack: Pack, facts: tuple[str, ...] = ()) -> list[Test]:
    """The tests of a rule that hang on the words of a record alone; ``facts`` is whose words they are."""
    family = words.family or pack.behaviours.get(words.behaviour, "")
    return [
        _word("family", family, rule.families, facts, FAMILIES),
        _word("behaviour", words.behaviour, rule.behaviours, facts, ()),
        _word("severity", words.severity, rule.severities, facts, SEVERITIES),
        Test("outcome", _yes(not rule.outcomes or bool(rule.outcomes & outcomes(words.outcome)))),
        Test("region", lies_in(words.region, rule.regions) if rule.regions else Verdict.CERTAIN, Gap("region", {}, facts)),
    ]


def outcomes(cell: str) -> frozenset[str]:
    """What the decision did, as a set: a cell may name several, separated by ``;``."""
    return frozenset(word.strip() for word in cell.split(";") if word.strip())


def _yes(value: bool) -> Verdict:
    return Verdict.of(always=value, ever=value)


def _in_force(decided: Bound, rule: Rule, at: int) -> Verdict:
    """Whether the rule was in force on the day of the decision, as far as that lies on or before the date asked.

    The same unknown day must pass both tests, so that they cannot each be passed by another.
    """
    low, high = rule.basis.valid_from, rule.basis.valid_to
    return Verdict.of(always=low <= decided.lo and decided.hi < high, ever=max(decided.lo, low) <= min(decided.hi, high - 1, at))


def _word(name: str, word: str, allowed: frozenset[str], facts: tuple[str, ...], closed: tuple[str, ...]) -> Test:
    """Whether a word is allowed.  An empty one may be any; of a closed vocabulary that is allowed as a whole it surely is."""
    if not allowed or word in allowed or (not word and closed and allowed.issuperset(closed)):
        return Test(name, Verdict.CERTAIN)
    return Test(name, Verdict.EXCLUDED) if word else Test(name, Verdict.POSSIBLE, Gap(name, {}, facts))


def subject_kind_is(case: Case, rule: Rule) -> Verdict:
    """Whether the recorded subject is of the rule's kind.

    A subject that no row describes is an enterprise if its key is a USCC or somebody holds an office or a share in it; otherwise
    its kind is a gap.
    """
    if rule.subject_kind == "any":
        return Verdict.CERTAIN
    key = case.record.fact.subject
    described = case.subjects.get(key)
    if described is not None:
        return _yes(described.fact.kind.value == rule.subject_kind)
    if is_uscc(key) or any(_shows_enterprise(tie) for tie in case.ties):
        return _yes(rule.subject_kind == "enterprise")
    return Verdict.POSSIBLE


def _shows_enterprise(tie: Stored[Tie]) -> bool:
    """Whether a tie can only lead into an enterprise: an office, a holding, control or work, none between any two subjects."""
    return tie.fact.kind in INTO_ENTERPRISES


def verdicts(case: Case, rule: Rule, pack: Pack) -> list[Reached]:
    """Everyone whom a rule reaches or may reach for a record, by subject.  Costs the ties into the recorded subject."""
    tests = trigger_tests(case, rule, pack)
    trigger = Verdict.all(test.verdict for test in tests)
    if not trigger:
        return []
    gaps = tuple(test.gap for test in tests if test.verdict is Verdict.POSSIBLE and test.gap is not None)
    gaps = tuple({gap.code: gap for gap in gaps}.values())
    if rule.reach == "self":
        found = [_self(case, rule, pack, trigger, gaps)]
    elif rule.reach == "finding":
        found = _by_finding(case, rule, pack, trigger, gaps)
    else:
        found = _by_role(case, rule, pack, trigger, gaps)
    return [one for one in found if not _unspecified(case, one.subject)]


def _unspecified(case: Case, key: str) -> bool:
    """Whether a subject is a party that a source declares without naming: known to be there, and nobody."""
    described = case.subjects.get(key)
    return described is not None and described.fact.kind is SubjectKind.UNSPECIFIED


def _by_finding(case: Case, rule: Rule, pack: Pack, trigger: Verdict, gaps: tuple[Gap, ...]) -> list[Reached]:
    record, kind = case.record, _kind_proof(case, rule, ())
    return [
        Reached(person, record.fact.id, pack.id, rule, trigger, ("finding",), gaps, _sorted(record.id, *kind, found[0].id))
        for person, found in sorted(accepted_findings(case, rule).items())
    ]


def _sorted(*facts: str) -> tuple[str, ...]:
    return tuple(sorted(set(facts)))


def _kind_proof(case: Case, rule: Rule, ties: Sequence[Stored[Tie]]) -> tuple[str, ...]:
    """The fact that shows what the recorded subject is, where neither its key nor a tie of the proof does."""
    key = case.record.fact.subject
    described = case.subjects.get(key)
    if rule.subject_kind == "any" or described is None:
        # Undescribed and without a USCC, it is an enterprise only because somebody holds a tie to it.
        if rule.subject_kind == "any" or ties or is_uscc(key):
            return ()
        return tuple(sorted(tie.id for tie in case.ties if _shows_enterprise(tie))[:1])
    if rule.subject_kind == "enterprise" and (ties or is_uscc(key)):
        return ()
    return (described.id,)


def _self(case: Case, rule: Rule, pack: Pack, trigger: Verdict, gaps: tuple[Gap, ...]) -> Reached:
    record = case.record
    proof = _sorted(record.id, *_kind_proof(case, rule, ()))
    return Reached(record.fact.subject, record.fact.id, pack.id, rule, trigger, ("self",), gaps, proof)


def accepted_findings(case: Case, rule: Rule) -> dict[str, list[Stored[Finding]]]:
    """The findings that satisfy the rule's fault test on the date asked, by person, each list in the order of its ids.

    A rule without a fault test accepts every finding: it matters to reach ``finding`` and to the clock ``named`` only.
    """
    found: dict[str, list[Stored[Finding]]] = defaultdict(list)
    for stored in case.findings:
        fact = stored.fact
        if (not rule.fault or fact.finding in rule.fault) and (fact.found_on is None or fact.found_on <= case.at):
            found[fact.person].append(stored)
    return found


def anchor(case: Case, clock: Clock, rule: Rule) -> Interval | None:
    """The interval at which a clock asks for the role: the act, the day of the decision, or the date asked.

    A decision that may lie after the date asked, or outside the rule's force, is taken only as far as it lies within:
    elsewhere the rule does not speak.
    """
    if clock == "act":
        return case.act
    if clock == "current":
        return Interval(Bound.on(case.at), Bound.on(case.at + 1))
    decided = case.record.fact.decided_on
    low = max(decided.lo, rule.basis.valid_from)
    high = min(decided.hi, case.at, rule.basis.valid_to - 1)
    return Interval(Bound(low, high), Bound(low + 1, high + 1)) if low <= high else None


class Held(NamedTuple):
    """A tie and when it was held, no longer than its holder lived.

    ``sure`` are the days under the earliest death that is admissible (None: it may never have been held), ``maybe`` those
    under the latest.
    """

    tie: Stored[Tie]
    sure: Interval | None
    maybe: Interval


def held_days(case: Case, tie: Stored[Tie]) -> Held | None:
    """When a tie was held; None if its holder certainly died before it.  An office may be held on the day of death."""
    valid = tie.fact.valid
    holder = case.subjects.get(tie.fact.holder)
    if holder is None or holder.fact.kind is not SubjectKind.PERSON or holder.fact.closed_on.lo == LAST:
        return Held(tie, valid, valid)
    first, last = holder.fact.closed_on.lo + 1, min(holder.fact.closed_on.hi + 1, LAST)
    if valid.start.lo >= last:
        return None
    start = Bound(valid.start.lo, min(valid.start.hi, last - 1))
    maybe = Interval(start, Bound(min(valid.end.lo, last), min(valid.end.hi, last)))
    sure = Interval(valid.start, Bound(min(valid.end.lo, first), min(valid.end.hi, first))) if valid.start.hi < first else None
    return Held(tie, sure, maybe)


def _by_role(case: Case, rule: Rule, pack: Pack, trigger: Verdict, gaps: tuple[Gap, ...]) -> list[Reached]:
    holders: dict[str, list[Held]] = defaultdict(list)
    for tie in case.ties:
        if tie.fact.kind in rule.roles and (held := held_days(case, tie)) is not None:
            holders[tie.fact.holder].append(held)
    findings = accepted_findings(case, rule)
    reached = []
    for holder, ties in sorted(holders.items()):
        one = _holder(case, rule, pack, holder, ties, findings.get(holder, []), trigger, gaps)
        if one is not None:
            reached.append(one)
    return reached


def _holder(
    case: Case,
    rule: Rule,
    pack: Pack,
    holder: str,
    ties: list[Held],
    findings: list[Stored[Finding]],
    trigger: Verdict,
    gaps: tuple[Gap, ...],
) -> Reached | None:
    needs_finding = bool(rule.fault) or rule.clock == "named"
    own: list[Gap] = []
    if rule.clock == "named" and findings:
        role = Verdict.CERTAIN
        support = [min((held.tie for held in ties), key=lambda tie: tie.id)]
    else:
        if needs_finding and not findings:
            own.append(Gap("finding", {"findings": sorted(rule.fault)}, (case.record.id,)))
        by_clock = {clock: held_at(case, rule, clock, ties) for clock in rule.clocks}
        if rule.clock == "named":
            role = Verdict.any(by_clock.values()) & Verdict.POSSIBLE
        else:
            role = Verdict.of(always=all(v.certain for v in by_clock.values()), ever=any(by_clock.values()))
            own.extend(_role_gaps(case, rule, by_clock, ties))
        if not role:
            return None
        touching = [held.tie for held in ties if touches(case, rule, held.maybe)]
        support = minimal(touching, lambda part: enough(case, rule, ties, part)) if role.certain else touching
    verdict = trigger & role & (Verdict.POSSIBLE if needs_finding and not findings else Verdict.CERTAIN)
    proof = _sorted(case.record.id, *(tie.id for tie in support), *(finding.id for finding in findings[: needs_finding and 1]))
    roles = tuple(kind for kind in rule.roles if any(tie.fact.kind == kind for tie in support))
    return Reached(holder, case.record.fact.id, pack.id, rule, verdict, roles, () if verdict.certain else (*gaps, *own), proof)


def held_at(case: Case, rule: Rule, clock: Clock, ties: Sequence[Held]) -> Verdict:
    """Whether a holder's ties, taken together, were held at a clock's anchor."""
    target = anchor(case, clock, rule)
    if target is None:
        return Verdict.EXCLUDED
    if not any(overlaps(held.maybe, target) for held in ties):
        return Verdict.EXCLUDED
    return Verdict.of(always=any_surely_overlaps([held.sure for held in ties if held.sure is not None], target), ever=True)


def touches(case: Case, rule: Rule, days: Interval) -> bool:
    """Whether a tie can matter to any clock of the rule."""
    return any((target := anchor(case, clock, rule)) is not None and overlaps(days, target) for clock in rule.clocks)


def enough(case: Case, rule: Rule, ties: list[Held], part: Sequence[Stored[Tie]]) -> bool:
    """Whether some of a holder's ties alone reach under every clock."""
    names = {tie.id for tie in part}
    some = [held for held in ties if held.tie.id in names]
    return all(held_at(case, rule, clock, some).certain for clock in rule.clocks)


def minimal(facts: Sequence[Stored[Tie]], enough: Callable[[Sequence[Stored[Tie]]], bool]) -> list[Stored[Tie]]:
    """The facts less all that can be dropped, in the order of their ids: one alone if one is enough.

    ``enough`` must not fail where a part of its argument succeeds; called at most twice a fact.
    """
    ordered = sorted(facts, key=lambda tie: tie.id)
    for one in ordered:
        if enough([one]):
            return [one]
    kept = list(ordered)
    for one in ordered:
        rest = [tie for tie in kept if tie is not one]
        if enough(rest):
            kept = rest
    return kept


def _role_gaps(case: Case, rule: Rule, by_clock: dict[Clock, Verdict], ties: list[Held]) -> list[Gap]:
    """Why a role is only possibly held: the clock on which the law is silent, the act's dates, the tie's dates."""
    if all(verdict.certain for verdict in by_clock.values()):
        return []
    gaps = []
    held = [clock for clock, verdict in by_clock.items() if verdict.certain]
    unsure = [clock for clock, verdict in by_clock.items() if verdict is Verdict.POSSIBLE]
    missed = [clock for clock, verdict in by_clock.items() if not verdict]
    if bool(held) + bool(unsure) + bool(missed) > 1:
        values = {"held": held, "missed": missed, **({"unsure": unsure} if unsure else {})}
        gaps.append(Gap("clock_unsure" if unsure else "clock", values, (case.record.id,)))
    return gaps + _date_gaps(case, rule, unsure, ties)


def _date_gaps(case: Case, rule: Rule, unsure: Sequence[Clock], ties: list[Held]) -> list[Gap]:
    """The dates that leave a role unsure at some clocks: first those that alone would decide it, the likeliest to be of use."""
    if not unsure:
        return []
    found: list[tuple[bool, Gap]] = []
    sure = [held.sure for held in ties if held.sure is not None]
    vague = [held.tie for held in ties if not held.tie.fact.valid.known]
    if vague:
        widest = [_known(*held.maybe.longest()) for held in ties]
        targets = [target for clock in unsure if (target := anchor(case, clock, rule)) is not None]
        decides = all(any_surely_overlaps(widest, target) for target in targets)
        found.append((decides, Gap("tie_dates", {"ties": [tie.fact.valid for tie in vague]}, tuple(tie.id for tie in vague))))
    if "act" in unsure and not case.act.known:
        decides = list(unsure) == ["act"] and any_surely_overlaps(sure, _known(*case.act.longest()))
        found.append((decides, Gap("act_dates", {"act": case.act}, (case.record.id,))))
    decided = case.record.fact.decided_on
    if "decision" in unsure and not decided.known:
        found.append((False, Gap("decision_date", {"date": str(decided)}, (case.record.id,))))
    holder = case.subjects.get(ties[0].tie.fact.holder)
    if holder is not None and holder.fact.kind is SubjectKind.PERSON and not holder.fact.closed_on.known:
        found.append((False, Gap("death_date", {"date": str(holder.fact.closed_on)}, (holder.id,))))
    return [gap for _, gap in sorted(found, key=lambda one: not one[0])]


def _known(start: int, end: int) -> Interval:
    return Interval(Bound.on(start), Bound.on(end))
