"""The JSON shapes of answers about control, cascades, neighbourhoods, connections and impact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from graph_service.analysis.neighbourhood import Connection, Neighbourhood
from graph_service.engine.answers import LeftOut
from graph_service.engine.cascade import Caught
from graph_service.engine.control import Pair
from graph_service.engine.explain import WhyNot
from graph_service.engine.impact import Impact
from graph_service.engine.sentences import sentence
from graph_service.engine.shapes import (
    PAIR_WORD,
    PERSON_WORD,
    Shape,
    consequence_shape,
    left_out_shape,
    reached_shape,
    say_values,
)
from graph_service.messages import Lang, say
from graph_service.model.facts import Stored, Tie
from graph_service.model.interval import day_text
from graph_service.model.share import Share
from graph_service.policy.table import Cascade, Pack, Rule


def control_shape(
    pairs: Sequence[Pair],
    ultimate: Sequence[Sequence[str]] | None,
    names: Mapping[str, str],
    left_out: Sequence[LeftOut],
    lang: Lang,
) -> Shape:
    """Control pairs; ``ultimate`` where one subject was asked for."""
    shape: Shape = {
        "pairs": [
            {
                "controller": pair.controller,
                "controller_name": names.get(pair.controller, ""),
                "controlled": pair.controlled,
                "controlled_name": names.get(pair.controlled, ""),
                "verdict": PAIR_WORD[pair.verdict.value],
                "jointly_with": list(pair.jointly_with),
            }
            for pair in pairs
        ],
        "complete": not left_out,
        "left_out": [left_out_shape(one, lang) for one in left_out],
    }
    if ultimate is not None:
        shape["ultimate_controllers"] = [list(group) for group in ultimate]
    return shape


def screen_shape(
    pack: Pack, cascades: Sequence[Cascade], caught: Sequence[Caught], at: int, names: Mapping[str, str], lang: Lang
) -> Shape:
    """Everything that the cascades in force catch; ``note`` says so where none is."""
    return {
        "pack": pack.id,
        "version": pack.version,
        "note": None if cascades else say("screen_not_in_force", lang, pack=pack.id, at=day_text(at)),
        "rules": [
            {
                "rule": one.id,
                "version": one.version,
                "title": one.title[lang],
                "basis": {"instrument": one.basis.instrument[lang], "article": one.basis.article[lang]},
                "confidence": one.basis.confidence,
                "threshold": str(Share(one.threshold, one.threshold)),
                "strict": one.strict,
            }
            for one in cascades
        ],
        "caught": [
            {
                "subject": one.subject,
                "name": names.get(one.subject, ""),
                "verdict": PAIR_WORD[one.verdict.value],
                "owners": [{"subject": key, "name": names.get(key, ""), "share": share or None} for key, share in one.owners],
                "listed": list(one.seeds),
            }
            for one in caught
        ],
        "complete": True,
        "left_out": [],
    }


def tie_shape(tie: Stored[Tie], names: Mapping[str, str], lang: Lang) -> Shape:
    """A tie with its sentence."""
    fact = tie.fact
    return {
        "fact": tie.id,
        "kind": fact.kind,
        "holder": fact.holder,
        "enterprise": fact.enterprise,
        "share": None if fact.share is None else str(fact.share),
        "text": sentence(fact, names, lang),
    }


def related_shape(found: Neighbourhood, names: Mapping[str, str], lang: Lang) -> Shape:
    """What is around a subject."""
    return {
        "subject": {"id": found.subject, "name": names.get(found.subject, "")},
        "related": [
            {
                "subject": one.subject,
                "name": names.get(one.subject, ""),
                "hops": one.hops,
                "tie": tie_shape(one.tie, names, lang),
            }
            for one in found.neighbours
        ],
        "not_walked_through": list(found.stopped_at),
        "complete": not found.left_out,
        "left_out": [left_out_shape(one, lang) for one in found.left_out],
    }


def path_shape(found: Connection, names: Mapping[str, str], lang: Lang) -> Shape:
    """How two subjects are connected."""
    start, goal = found.ends
    return {
        "from": {"id": start, "name": names.get(start, "")},
        "to": {"id": goal, "name": names.get(goal, "")},
        "connected": found.chain is not None,
        "hops": None if found.chain is None else len(found.chain),
        "path": [tie_shape(tie, names, lang) for tie in found.chain or ()],
        "not_walked_through": list(found.stopped_at),
        "complete": not found.left_out,
        "left_out": [left_out_shape(one, lang) for one in found.left_out],
    }


def why_not_shape(person: str, record: str, answers: Iterable[WhyNot], names: Mapping[str, str], lang: Lang) -> Shape:
    """How each rule judges a person for a record, the closest first."""
    rows: list[Shape] = []
    for one in answers:
        row: Shape = {
            "pack": one.pack,
            "rule": one.rule.id,
            "rule_version": one.rule.version,
            "title": one.rule.title[lang],
            "article": one.rule.basis.article[lang],
            "verdict": PERSON_WORD.get(one.verdict.value, "excluded"),
            "failed": one.failed or None,
            "text": say_values(f"test_{one.failed}", one.values, lang) if one.failed else None,
        }
        if one.reached is not None:
            row["gaps"] = reached_shape(one.reached, names, lang)["gaps"]
        rows.append(row)
    return {"person": person, "record": record, "rules": rows}


def impact_shape(found: Impact, packs: Mapping[str, Pack], names: Mapping[str, str], lang: Lang) -> Shape:
    """What some facts would change."""
    return {
        "looked_at": list(found.looked_at),
        "verdicts": [
            {
                "person": one.subject,
                "record": one.record,
                "rule": one.rule,
                "before": PERSON_WORD.get(one.before.value, "excluded"),
                "after": PERSON_WORD.get(one.after.value, "excluded"),
            }
            for one in found.verdicts
        ],
        "consequences": [
            {
                "change": one.what,
                "before": consequence_shape(one.before, packs, names, lang) if one.before else None,
                "after": consequence_shape(one.after, packs, names, lang) if one.after else None,
            }
            for one in found.consequences
        ],
        "caught": [{"pack": pack, "subject": subject, "change": change} for pack, subject, change in found.caught],
        "complete": not found.left_out,
        "left_out": [left_out_shape(one, lang) for one in found.left_out],
    }


def rule_shape(rule: Rule, lang: Lang) -> Shape:
    """One rule of a pack, for people who look one up."""
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title[lang],
        "instrument": rule.basis.instrument[lang],
        "article": rule.basis.article[lang],
        "reach": rule.reach,
        "roles": list(rule.roles),
        "clock": rule.clock,
        "fault_test": rule.fault_test,
        "effects": [{"kind": one.kind, "code": one.code, "nature": one.nature} for one in rule.effects],
        "carriage": [{"kind": one.kind, "code": one.code, "via": one.via} for one in rule.carriages],
        "confidence": rule.basis.confidence,
        "reference": rule.reference,
        "note": rule.note[lang] if rule.note else None,
    }
