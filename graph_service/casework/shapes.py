"""Answers of casework as plain values for programs: a must-check, and whatever moves by steps (a task, a case, an objection)."""

from __future__ import annotations

from collections.abc import Mapping

from graph_service.casework.checks import Checked, Reason
from graph_service.casework.history import Thing
from graph_service.casework.machines import machine_of
from graph_service.casework.procedures import Together
from graph_service.engine.answers import Consequence, LeftOut
from graph_service.engine.incentives import Granted
from graph_service.engine.shapes import PAIR_WORD, Shape, code_title, fault_shape, gap_shape, left_out_shape, say_values
from graph_service.messages import Lang
from graph_service.model.interval import day_text
from graph_service.policy.desk_table import Cited
from graph_service.policy.table import Basis, Pack, Text


def basis_shape(basis: Basis, lang: Lang) -> Shape:
    """An instrument and its article."""
    return {"instrument": basis.instrument[lang], "article": basis.article[lang]}


def cited_shape(cited: Cited, lang: Lang) -> Shape:
    """A statement of law: instrument and article, how sure, where it was read."""
    return {"basis": basis_shape(cited.basis, lang), "confidence": cited.basis.confidence, "reference": cited.reference}


def thing_shape(thing: Thing, lang: Lang) -> Shape:
    """A thing of the history: its state in words, what may follow, when each step was last taken, and all that they brought.

    What the steps brought stands beside these under its own names; ``due`` are the last days of the steps that are waited for.
    """
    machine = machine_of(thing.machine)
    state = machine.states[thing.state]
    due = {key.split(":", 1)[1]: value for key, value in thing.body.items() if key.startswith("due:")}
    brought = {key: _in(value, lang) for key, value in thing.body.items() if not key.startswith(("due:", "due_unknown:"))}
    return {
        **brought,
        "id": thing.id,
        "machine": thing.machine,
        "state": thing.state,
        "state_text": state.zh if lang == "zh" else state.en,
        "open": thing.open,
        "next": [step for step in machine.steps if machine.lead(thing.state, step, thing.before) is not None],
        "days": {step: day_text(day) for step, day in thing.days.items()},
        "due": {step: day for step, day in due.items() if step not in thing.days},
        "by": thing.actor,
        "parent": thing.parent or None,
    }


def _in(value: object, lang: Lang) -> object:
    """A text that is kept in both languages, in one."""
    return value.get(lang, "") if isinstance(value, dict) and set(value) <= {"en", "zh"} else value


def check_shape(one: Checked, lang: Lang) -> Shape:
    """The JSON shape of a must-check, without its ids and clocks."""
    packs = {pack.id: pack for pack in one.packs}
    return {
        "subject": {"id": one.subject, "name": one.names.get(one.subject, "")},
        "procedure": one.procedure,
        "title": one.procedures[0][1].title[lang],
        "at": day_text(one.at),
        "decision": one.decision,
        "reasons": [_reason(reason, packs, one.names, lang) for reason in one.reasons],
        "incentives": [_incentive(granted, one, lang) for granted in one.incentives],
        "own_records": list(one.own_records),
        "written_on": list(one.written_on),
        "bidders": list(one.bidders),
        "members": list(one.members),
        "others_together": [_pair(pair, lang) for pair in one.others],
        "rests_on": [{"pack": pack.id, **cited_shape(it.cited, lang)} for pack, it in one.procedures],
        "complete": one.complete,
        "data_faults": [fault_shape(fault, lang) for fault in one.reaching.faults],
        "left_out": [left_out_shape(left, lang) for left in one.reaching.left_out],
    }


def _reason(one: Reason, packs: Mapping[str, Pack], names: Mapping[str, str], lang: Lang) -> Shape:
    about = one.consequence or (one.maybe.consequence if one.maybe else None)
    values = {key: _value(value, lang) for key, value in one.values.items()} | {"subject": one.subject}
    if about is not None:
        values |= {"measure": about.code, "title": code_title(packs[about.pack], about.code, lang), "record": about.record}
        values |= {"nature": about.nature, "cause": about.standing.cause}
    shape: Shape = {
        "code": one.code,
        "effect": one.effect,
        "text": say_values(f"check_{one.code}", values, lang),
        "subject": one.subject,
        "name": names.get(one.subject, ""),
        "consequence": one.consequence.id if one.consequence else None,
        **_consequence(about, packs, lang),
        "verdict": "candidate" if one.maybe else "liable" if one.consequence else None,
        "gap": gap_shape(one.maybe.reached.gaps[0], lang) if one.maybe and one.maybe.reached.gaps else None,
        "other": one.values.get("other"),
        "basis": basis_shape(one.basis, lang) if one.basis else None,
        "bar": cited_shape(one.cited, lang) if one.cited else None,
        "proof": list(one.facts),
    }
    return shape


def _consequence(about: Consequence | None, packs: Mapping[str, Pack], lang: Lang) -> Shape:
    """What a reason tells of the consequence behind it; empty places where there is none."""
    if about is None:
        return dict.fromkeys(("record", "pack", "kind", "measure", "title", "status", "cause", "nature", "to", "confidence"))
    return {
        "record": about.record,
        "pack": about.pack,
        "kind": about.kind,
        "measure": about.code,
        "title": code_title(packs[about.pack], about.code, lang),
        "status": about.standing.status.word,
        "cause": about.standing.cause or None,
        "nature": about.nature,
        "to": str(about.standing.end) or None,
        "confidence": about.confidence,
    }


def _value(value: object, lang: Lang) -> object:
    if isinstance(value, LeftOut):
        return left_out_shape(value, lang)["text"]
    return value[lang] if isinstance(value, Text) else value


def _incentive(granted: Granted, one: Checked, lang: Lang) -> Shape:
    """An incentive; ``granted``: its condition is certainly met, by a complete answer, in a procedure that is not refused.

    A hint takes none away: that would be an effect, and it has none.
    """
    it = granted.incentive
    met = PAIR_WORD.get(granted.verdict.value, "excluded")
    return {
        "code": it.code,
        "title": it.title[lang],
        "pack": granted.pack,
        "granted": granted.verdict.certain and one.complete and one.decision != "refuse",
        "condition": met,
        "clean_years": it.clean_years,
        "against": list(granted.against),
        "promise": (granted.pack, it.code) in one.promises,
        "text": say_values(f"incentive_{met}", {"title": it.title[lang], "years": it.clean_years or "-"}, lang),
        "basis": basis_shape(it.basis, lang),
        "confidence": it.basis.confidence,
    }


def _pair(pair: Together, lang: Lang) -> Shape:
    """Two other bidders that are held together."""
    return {
        "one": pair.one,
        "other": pair.other,
        "constraint": pair.constraint.id,
        "title": pair.constraint.title[lang],
        "verdict": PAIR_WORD[pair.verdict.value],
        **cited_shape(pair.constraint.cited, lang),
        "proof": list(pair.facts),
    }
