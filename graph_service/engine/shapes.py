"""Answers as plain values for programs: the JSON shapes, and the decision id.

The same question on the same facts gives the same bytes: keys in a fixed order, lists sorted, no clock of the machine.
The decision id is a digest of the question and of what was decided; it hangs neither on ledger positions nor on the language.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from graph_service.engine.answers import Consequence, Fault, Gap, LeftOut, PossiblyCaught, Reached, Trace
from graph_service.engine.trace import CreditRecord
from graph_service.messages import Lang, say
from graph_service.model.facts import digest
from graph_service.model.interval import OPEN_START, Bound, Interval, day_text
from graph_service.policy.table import Pack

Shape = dict[str, object]
PERSON_WORD = {2: "liable", 1: "candidate"}
PAIR_WORD = {2: "certain", 1: "possible"}


def clocks(at: int, known: str, position: int) -> Shape:
    """The two clocks of an answer: ``known`` is when the last fact it may rest on was recorded."""
    return {"at": day_text(at), "known": known, "position": position}


def packs_shape(packs: Iterable[Pack]) -> list[Shape]:
    """Which law an answer was made under."""
    return [{"id": pack.id, "version": pack.version} for pack in packs]


def bound_text(bound: Bound) -> str | None:
    """A date, a range of dates for a gap, None for an open bound.

    >>> bound_text(Bound(0, 0)) is None, bound_text(Bound(738946, 738946))
    (True, '2024-03-01')
    """
    return str(bound) or None


def say_values(code: str, values: Mapping[str, object], lang: Lang) -> str:
    """A message with its lists written out and its words translated where the catalogue has them."""
    return say(code, lang, **{name: _words(value, lang) for name, value in values.items()})


def _words(value: object, lang: Lang) -> str:
    if isinstance(value, Interval):
        return when(value, lang)
    if isinstance(value, list | tuple):
        return ("、" if lang == "zh" else ", ").join(_words(one, lang) for one in value) or ("无" if lang == "zh" else "none")
    return word(str(value), lang)


def when(interval: Interval, lang: Lang) -> str:
    """An interval in words."""
    return say("when", lang, start=bound_words(interval.start, lang), end=bound_words(interval.end, lang))


def bound_words(bound: Bound, lang: Lang) -> str:
    """A bound in words: a date, a range, unknown, or open."""
    if bound.unknown:
        return say("bound_unknown", lang)
    if bound == OPEN_START:
        return say("bound_ever", lang)
    return str(bound) or say("bound_open", lang)


def word(code: str, lang: Lang) -> str:
    """The word for a code of the closed vocabularies; the code itself where there is none."""
    from graph_service.messages import catalogue

    found = catalogue().get(f"word_{code}")
    return found[lang] if found else code


def gap_shape(gap: Gap, lang: Lang) -> Shape:
    """What would decide a candidate."""
    return {"code": gap.code, "text": say_values(f"gap_{gap.code}", gap.values, lang), "facts": list(gap.facts)}


def reached_shape(one: Reached, names: Mapping[str, str], lang: Lang) -> Shape:
    """A person of a trace."""
    gaps = [gap_shape(gap, lang) for gap in one.gaps]
    return {
        "person": one.subject,
        "name": names.get(one.subject, ""),
        "record": one.record,
        "verdict": PERSON_WORD[one.verdict.value],
        "pack": one.pack,
        "rule": one.rule.id,
        "role": "+".join(one.roles),
        "gap": gaps[0] if gaps else None,
        "gaps": gaps,
        "basis": {"instrument": one.rule.basis.instrument[lang], "article": one.rule.basis.article[lang]},
        "confidence": one.rule.basis.confidence,
        "proof": list(one.proof),
    }


def consequence_shape(one: Consequence, packs: Mapping[str, Pack], names: Mapping[str, str], lang: Lang) -> Shape:
    """A consequence of a trace."""
    stands = one.standing
    shape: Shape = {
        "id": one.id,
        "subject": one.subject,
        "name": names.get(one.subject, ""),
        "kind": one.kind,
        "code": one.code,
        "title": code_title(packs[one.pack], one.code, lang),
        "from": bound_text(stands.start),
        "to": bound_text(stands.end),
        "status": stands.status.word,
        "cause": stands.cause or None,
        "nature": one.nature,
        "implementer": one.implementer[lang] if one.implementer else None,
        "record": one.record,
        "pack": one.pack,
        "rule": one.rule,
        "rule_version": one.rule_version,
        "basis": {"instrument": one.basis.instrument[lang], "article": one.basis.article[lang]},
        "legal_effect": one.legal_effect,
        "confidence": one.confidence,
        "via": one.via or None,
        "proof": list(one.proof),
    }
    if stands.own_basis is not None:
        shape["own_basis"] = {"instrument": stands.own_basis.instrument[lang], "article": stands.own_basis.article[lang]}
    if stands.gate is not None and stands.own_basis is None:
        shape["gate"] = {"instrument": stands.gate.instrument[lang], "article": stands.gate.article[lang]}
    return shape


def code_title(pack: Pack, code: str, lang: Lang) -> str:
    """The words for a code of a pack."""
    found = pack.names.get(code)
    return found[lang] if found else code


def fault_shape(one: Fault, lang: Lang) -> Shape:
    """A data fault."""
    return {
        "code": one.code,
        "about": one.about,
        "text": say_values(f"fault_{one.code}", one.values, lang),
        "facts": list(one.facts),
    }


def left_out_shape(one: LeftOut, lang: Lang) -> Shape:
    """Something that an answer did not look at."""
    return {
        "code": one.code,
        "about": one.about,
        "text": say_values(f"left_out_{one.code}", {"about": one.about, **one.values}, lang),
    }


def possible_shape(one: PossiblyCaught, names: Mapping[str, str], lang: Lang) -> Shape:
    """An ownership rule that may catch the subject of a trace."""
    basis = one.cascade.basis
    owners = [{"subject": key, "name": names.get(key, ""), "share": share or None} for key, share in one.owners]
    told = [f"{names.get(key) or key} {share + ' %' if share else ''}".strip() for key, share in one.owners]
    return {
        "pack": one.pack,
        "rule": one.cascade.id,
        "basis": {"instrument": basis.instrument[lang], "article": basis.article[lang]},
        "owners": owners,
        "listed": list(one.listed),
        "text": say("possibly_caught", lang, pack=one.pack, owners="; ".join(told), listed=", ".join(one.listed)),
    }


def trace_shape(
    answer: Trace,
    *,
    known: str,
    position: int,
    lang: Lang,
    people: frozenset[str] = frozenset(),
    notices: Iterable[LeftOut] = (),
) -> Shape:
    """The JSON shape of a trace.

    ``people`` are the recorded subjects that are persons: a verdict on one is a verdict on a person.  ``notices`` are worth
    knowing and leave the answer complete.
    """
    packs = {pack.id: pack for pack in answer.packs}
    return {
        "subject": {"id": answer.subject, "name": answer.names.get(answer.subject, "")},
        **clocks(answer.at, known, position),
        "decision_id": decision_id(answer),
        "packs": packs_shape(answer.packs),
        "complete": answer.complete,
        "persons": [reached_shape(one, answer.names, lang) for one in answer.persons if not _recorded_itself(one, people)],
        "subjects": [reached_shape(one, answer.names, lang) for one in answer.persons if _recorded_itself(one, people)],
        "consequences": [consequence_shape(one, packs, answer.names, lang) for one in answer.consequences],
        "possibly_caught": [possible_shape(one, answer.names, lang) for one in answer.possible],
        "data_faults": [fault_shape(one, lang) for one in answer.faults],
        "left_out": [left_out_shape(one, lang) for one in answer.left_out],
        "notices": [left_out_shape(one, lang) for one in notices],
    }


def _recorded_itself(one: Reached, people: frozenset[str]) -> bool:
    """Whether a verdict is on the recorded subject itself, and that is no person."""
    return one.roles == ("self",) and one.subject not in people


def person_shape(answer: CreditRecord, *, known: str, position: int, lang: Lang) -> Shape:
    """The JSON shape of a person's credit record."""
    packs = {pack.id: pack for pack in answer.packs}
    by_kind: dict[str, list[Shape]] = {"record_entry": [], "measure": [], "role_block": []}
    for one in answer.consequences:
        by_kind.setdefault(one.kind, []).append(consequence_shape(one, packs, answer.names, lang))
    return {
        "person": answer.person,
        "name": answer.names.get(answer.person, ""),
        **clocks(answer.at, known, position),
        "decision_id": decision_id(answer),
        "packs": packs_shape(answer.packs),
        "complete": True,
        "verdicts": [reached_shape(one, answer.names, lang) for one in answer.reached],
        "entries": by_kind["record_entry"],
        "measures": by_kind["measure"],
        "role_blocks": by_kind["role_block"],
        "data_faults": [],
        "left_out": [],
    }


def decision_id(answer: Trace | CreditRecord) -> str:
    """A digest of the question and of what was decided, each verdict and consequence with its proof."""
    subject, reached, possible = (
        (answer.subject, answer.persons, answer.possible) if isinstance(answer, Trace) else (answer.person, answer.reached, ())
    )
    question = "trace" if isinstance(answer, Trace) else "person"
    parts = [question, subject, day_text(answer.at), *(f"{pack.id}@{pack.version}#{pack.digest}" for pack in answer.packs)]
    for one in reached:
        parts += [one.subject, one.record, one.rule.id, one.verdict.name, *one.roles, *(gap.code for gap in one.gaps), *one.proof]
    for it in answer.consequences:
        parts += [it.id, str(it.standing.start), str(it.standing.end), it.standing.status.word, it.standing.cause, *it.proof]
    for maybe in possible:
        parts += [maybe.pack, maybe.cascade.id, *maybe.listed, *(cell for owner in maybe.owners for cell in owner)]
    if isinstance(answer, Trace):
        for wrong in answer.faults:
            parts += [wrong.code, wrong.about, *wrong.facts]
        for missed in answer.left_out:
            parts += [missed.code, missed.about]
    return f"d-{digest(*parts, size=16)}"


def to_json(shape: object) -> str:
    """The bytes of an answer: indented JSON, nothing escaped that need not be."""
    return json.dumps(shape, ensure_ascii=False, indent=2)
