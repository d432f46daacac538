"""Facts as sentences, for proofs that people read: the words are the catalogue's, the facts stand as told, gaps included."""

from __future__ import annotations

from collections.abc import Mapping

from graph_service.engine.shapes import bound_words, when, word
from graph_service.messages import Lang, say
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Subject, Tie
from graph_service.model.interval import day_text


def sentence(fact: Fact, names: Mapping[str, str], lang: Lang, words: Mapping[str, str] | None = None) -> str:
    """What a fact says, as one sentence.  ``names`` gives the names of subjects, ``words`` those of a pack's behaviours."""

    def who(key: str) -> str:
        return f"{names[key]} ({key})" if names.get(key) else key

    match fact:
        case Tie():
            return say(
                "sentence_tie" if fact.share is None else "sentence_holding",
                lang,
                holder=who(fact.holder),
                enterprise=who(fact.enterprise),
                kind=word(fact.kind, lang),
                when=when(fact.valid, lang),
                share="" if fact.share is None else share_words(str(fact.share), lang),
            )
        case Record():
            return say(
                "sentence_record",
                lang,
                record=fact.id,
                subject=who(fact.subject),
                family=word(fact.family, lang) or "?",
                behaviour=(words or {}).get(fact.behaviour, fact.behaviour) or "?",
                severity=word(fact.severity, lang) or "?",
                act=when(fact.act, lang),
                decided=str(fact.decided_on) or "?",
                authority=fact.authority or "?",
                instrument=fact.instrument_no or "?",
            )
        case Finding():
            return say("sentence_finding", lang, person=who(fact.person), record=fact.record, finding=word(fact.finding, lang))
        case Event():
            return say(
                "sentence_event" if not fact.person else "sentence_own_event",
                lang,
                record=fact.record,
                kind=word(fact.kind, lang),
                on=day_text(fact.on),
                person=who(fact.person),
            )
        case Listing():
            return say("sentence_listing", lang, subject=who(fact.subject), regime=fact.regime, when=when(fact.listed, lang))
        case Subject():
            return say(
                "sentence_subject",
                lang,
                subject=who(fact.id),
                kind=word(fact.kind.value, lang),
                end=bound_words(fact.closed_on, lang),
            )


def mentioned(fact: Fact) -> list[str]:
    """The subjects that a fact names, whose names its sentence needs."""
    found = (getattr(fact, name, "") for name in ("holder", "enterprise", "subject", "person"))
    return [*([fact.id] if isinstance(fact, Subject) else []), *(key for key in found if key)]


def share_words(share: str, lang: Lang) -> str:
    """A share in words: per cent, a fraction of the whole, or unknown."""
    if not share:
        return say("share_unknown", lang)
    return say("share_fraction" if "/" in share else "share_percent", lang, share=share)
