"""What the engine says of a record under a rule, and how the same is asked in Cypher."""

from __future__ import annotations

from dataclasses import replace

from graph_service.engine.liability import Case, held_at, held_days, verdicts
from graph_service.engine.trace import cases_of
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.neo4j_codec import tie_type
from graph_service.model.interval import ALWAYS
from graph_service.model.words import FINDINGS
from graph_service.policy.table import Pack, Rule
from graph_service.snapshot.view import View


def untriggered(rule: Rule) -> Rule:
    """A rule that speaks of every record: what it asks of words and force is not asked in Cypher."""
    basis = replace(rule.basis, valid_from=ALWAYS.start.lo, valid_to=ALWAYS.end.lo)
    none: frozenset[str] = frozenset()
    words = dict.fromkeys(("families", "behaviours", "severities", "outcomes", "regions"), none)
    return replace(rule, basis=basis, subject_kind="any", **words)  # type: ignore[arg-type]


def asked(rule: Rule, case: Case) -> dict[str, object]:
    """What a rule asks, as parameters of the statement."""
    findings = rule.fault or (FINDINGS if rule.clock == "named" else ())
    clocks = [] if rule.clock == "named" else list(rule.clocks)
    types = [tie_type(kind) for kind in rule.roles]
    return {"record": case.record.fact.id, "types": types, "clocks": clocks, "findings": sorted(findings), "day": case.at}


def liable(case: Case, rule: Rule, pack: Pack) -> set[str]:
    """Those who certainly answer, as the engine says."""
    return {one.subject for one in verdicts(case, rule, pack) if one.verdict.certain}


def sayable(case: Case, rule: Rule, holder: str) -> bool:
    """Whether at each clock one tie alone, with days that are certain, shows that a holder held the role."""
    ties = [tie for tie in case.ties if tie.fact.holder == holder and tie.fact.kind in rule.roles]
    held = [one for tie in ties if (one := held_days(case, tie)) and one.sure and one.sure.start.hi < one.sure.end.lo]
    return rule.clock == "named" or all(any(held_at(case, rule, clock, [one]).certain for one in held) for clock in rule.clocks)


def case_of(memory: MemoryLedger, record: str, pack: Pack, at: int) -> Case:
    with memory.read() as reader:
        view = View(reader)
        (case,) = cases_of(view, view.records([record]), [pack], at)
        return case
