"""Why not: the first test that a person fails, rule by rule.

The tests stand in the order in which a lawyer asks them: is there an instrument, was it decided, was the rule in force, is it
this kind of subject, family, behaviour, severity, outcome; did the person ever hold the role; did they hold it at the clock; is
there the finding that the rule asks for.

Invariants: a person whom a rule reaches fails none of its tests; the answer names one test a rule, the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graph_service.engine.answers import Reached
from graph_service.engine.liability import Case, accepted_findings, held_at, held_days, trigger_tests, verdicts
from graph_service.model.facts import SubjectKind
from graph_service.model.interval import day_text
from graph_service.model.verdict import Verdict
from graph_service.policy.table import Pack, Rule


@dataclass(frozen=True, slots=True)
class WhyNot:
    """One rule's answer: the verdict on the person and, where excluded, the first test that fails (code ``test_<name>``)."""

    pack: str
    rule: Rule
    verdict: Verdict
    reached: Reached | None
    failed: str = ""
    values: Mapping[str, object] = field(default_factory=dict)


ORDER = (
    "instrument",
    "decided",
    "in_force",
    "subject_kind",
    "family",
    "behaviour",
    "severity",
    "outcome",
    "region",
    "unspecified_party",
    "other_subject",
    "never_held",
    "dead",
    "not_then",
    "no_finding",
)


def why_not(case: Case, person: str, packs: Sequence[Pack]) -> list[WhyNot]:
    """For each rule of the packs: how it judges a person for a record; those that came closest first."""
    answers = [_one(case, person, rule, pack) for pack in packs for rule in pack.rules]
    return sorted(answers, key=lambda one: (-one.verdict.value, -_depth(one), one.pack, one.rule.id, one.rule.version))


def _depth(answer: WhyNot) -> int:
    return ORDER.index(answer.failed) if answer.failed else len(ORDER)


def _one(case: Case, person: str, rule: Rule, pack: Pack) -> WhyNot:
    for one in verdicts(case, rule, pack):
        if one.subject == person:
            return WhyNot(pack.id, rule, one.verdict, one)
    name, values = _first_failure(case, person, rule, pack)
    return WhyNot(pack.id, rule, Verdict.EXCLUDED, None, name, values)


def _first_failure(case: Case, person: str, rule: Rule, pack: Pack) -> tuple[str, dict[str, object]]:
    record = case.record.fact
    for test in trigger_tests(case, rule, pack):
        if not test.verdict:
            return test.name, {
                "record": record.id,
                "decided": str(record.decided_on),
                "at": day_text(case.at),
                "from": day_text(rule.basis.valid_from),
                "to": day_text(rule.basis.valid_to),
                "word": {
                    "subject_kind": record.subject,
                    "family": record.family or pack.behaviours.get(record.behaviour, ""),
                    "behaviour": record.behaviour,
                    "severity": record.severity,
                    "outcome": record.outcome or "-",
                    "region": record.region or "-",
                }.get(test.name, ""),
                "wanted": sorted(
                    {
                        "subject_kind": {rule.subject_kind},
                        "family": rule.families,
                        "behaviour": rule.behaviours,
                        "severity": rule.severities,
                        "outcome": rule.outcomes,
                        "region": rule.regions,
                    }.get(test.name, set())
                ),
            }
    described = case.subjects.get(person)
    if described is not None and described.fact.kind is SubjectKind.UNSPECIFIED:
        return "unspecified_party", {"person": person}
    if rule.reach == "self":
        return "other_subject", {"person": person, "subject": record.subject}
    if rule.reach == "finding":
        return "no_finding", {"person": person, "findings": sorted(rule.fault)}
    mine = [tie for tie in case.ties if tie.fact.holder == person and tie.fact.kind in rule.roles]
    if not mine:
        return "never_held", {"person": person, "roles": list(rule.roles), "subject": record.subject}
    held = [days for tie in mine if (days := held_days(case, tie)) is not None]
    if not held:
        return "dead", {"person": person}
    missed = [clock for clock in rule.clocks if not held_at(case, rule, clock, held)]
    if missed or not accepted_findings(case, rule).get(person):
        return "not_then", {
            "person": person,
            "clocks": missed or list(rule.clocks),
            "held": [one.maybe for one in held],
            "act": case.act,
            "decided": str(record.decided_on),
            "at": day_text(case.at),
        }
    raise AssertionError("a person whom no test stops is reached")
