"""The tables of a report: who answers, what follows for whom, what is related, each with its articles, dates and proof.

What differs in nothing but its article or its code stands in one row.  Nothing is worked out here: every value is the trace's or
the network's, put into words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from graph_service.engine.shapes import Shape, word
from graph_service.messages import Lang, say
from graph_service.report.reading import Edge, Network, mapping, mappings, text

ASIDE = frozenset({"flag", "constraint"})
"""Kinds of consequences that concern others than those who answer."""


@dataclass(frozen=True, slots=True)
class Who:
    """A subject as a row names it; ``number`` is its row among those in the picture, None where it is not there."""

    key: str
    name: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Law:
    """An instrument and its articles."""

    instrument: str
    articles: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One verdict: on whom, in which roles, held when, under which articles, what would decide it, and the facts it rests on."""

    who: Who
    verdict: str
    record: str
    roles: tuple[tuple[str, tuple[str, ...]], ...]
    laws: tuple[Law, ...]
    rules: str
    unverified: bool
    gaps: tuple[str, ...]
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows for a subject, from when until when, how it stands and why.

    ``what``: code and title of each consequence of the row, under the body that implements it; ``ids``: their ids.
    """

    who: Who
    kind: str
    kind_word: str
    what: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    ids: tuple[str, ...]
    start: str
    end: str
    status: str
    status_word: str
    cause: str
    nature: str
    record: str
    laws: tuple[Law, ...]
    gate: str
    unverified: bool
    no_legal_effect: bool
    via: str
    rules: str
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """An ownership rule that may catch the subject, as one sentence."""

    told: str
    laws: tuple[Law, ...]
    pack: str


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything of a report that is not the picture."""

    liable: tuple[Ground, ...]
    candidates: tuple[Ground, ...]
    itself: tuple[Ground, ...]
    effects: tuple[tuple[Who, tuple[Effect, ...]], ...]
    aside: tuple[Effect, ...]
    maybe: tuple[Maybe, ...]
    faults: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: tuple[str, ...]
    notices: tuple[str, ...]
    several_records: bool
    one_instrument: str
    """The instrument that all articles are of; empty where there are several."""


def tables(trace: Shape, network: Network, lang: Lang) -> Tables:
    """The tables of a trace, in a language."""
    teller = _Teller(network, lang)
    persons, itself = mappings(trace.get("persons")), mappings(trace.get("subjects"))
    grounds = teller.grounds(persons)
    own = teller.grounds(itself)
    answering = {text(mapping(trace.get("subject")).get("id")), *(text(row.get("person")) for row in [*persons, *itself])}
    effects = teller.effects(mappings(trace.get("consequences")))
    first = [one for one in effects if one.who.key in answering and one.kind not in ASIDE]
    instruments = {
        law.instrument for laws in [*(one.laws for one in [*grounds, *own]), *(one.laws for one in effects)] for law in laws
    }
    left_out = [text(one.get("text")) for one in mappings(trace.get("left_out"))]
    return Tables(
        liable=tuple(one for one in grounds if one.verdict == "liable"),
        candidates=tuple(one for one in [*grounds, *own] if one.verdict != "liable"),
        itself=tuple(one for one in own if one.verdict == "liable"),
        effects=_by_subject(first),
        aside=tuple(one for one in effects if one not in first),
        maybe=tuple(
            Maybe(text(one.get("text")), _laws([mapping(one.get("basis"))]), text(one.get("pack")))
            for one in mappings(trace.get("possibly_caught"))
        ),
        faults=tuple((text(one.get("text")), teller.proof(one.get("facts"))) for one in mappings(trace.get("data_faults"))),
        left_out=tuple(dict.fromkeys([*left_out, *network.left_out])),
        notices=tuple(text(one.get("text")) for one in mappings(trace.get("notices"))),
        one_instrument=instruments.pop() if len(instruments) == 1 else "",
        several_records=len({*(one.record for one in [*grounds, *own]), *(one.record for one in effects)}) > 1,
    )


def _by_subject(effects: Iterable[Effect]) -> tuple[tuple[Who, tuple[Effect, ...]], ...]:
    """Those in the picture first, in its order: the subject asked about, then whoever is liable."""
    found: dict[Who, list[Effect]] = {}
    for one in effects:
        found.setdefault(one.who, []).append(one)
    order = sorted(found, key=lambda who: (who.number is None, who.number or 0, who.key))
    return tuple((who, tuple(found[who])) for who in order)


def _by_implementer(group: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in group:
        found.setdefault(text(one.get("implementer")), []).append((text(one.get("code")), text(one.get("title"))))
    return tuple((implementer, tuple(codes)) for implementer, codes in found.items())


def _laws(bases: Iterable[Mapping[str, Any]]) -> tuple[Law, ...]:
    """Instruments in the order met, each with its articles."""
    found: dict[str, dict[str, None]] = {}
    for basis in bases:
        found.setdefault(text(basis.get("instrument")), {})[text(basis.get("article"))] = None
    return tuple(Law(instrument, ", ".join(articles)) for instrument, articles in found.items())


def dates(edge: Edge) -> str:
    """From when until when, as short as can be: ``2018-03-01 –``; empty where neither is told."""
    return f"{edge.valid_from or ''} – {edge.valid_to or ''}".strip() if edge.valid_from or edge.valid_to else ""


def share(edge: Edge) -> str:
    """The share of a tie, with its unit where it is a plain number or range."""
    told = edge.share or ""
    return f"{told} %" if told[-1:].isdigit() and "/" not in told else told


class _Teller:
    """Puts rows of one trace into words: it knows the network's numbers, facts and names, and the language."""

    def __init__(self, network: Network, lang: Lang) -> None:
        self._lang = lang
        self._facts = network.facts
        self._number = {node.key: number for number, node in enumerate(network.nodes)}
        self._names = {node.key: node.name for node in network.nodes}
        self._ties: dict[tuple[str, str], list[Edge]] = {}
        for edge in network.edges:
            self._ties.setdefault((edge.start, edge.fact), []).append(edge)

    def who(self, key: str, name: str) -> Who:
        """A subject of a row."""
        return Who(key, name or self._names.get(key, ""), self._number.get(key))

    def proof(self, facts: object) -> tuple[str, ...]:
        """Facts as sentences; the id of one that nobody put into words."""
        return tuple(self._facts.get(str(fact), str(fact)) for fact in facts) if isinstance(facts, list | tuple) else ()

    def grounds(self, rows: list[Mapping[str, Any]]) -> list[Ground]:
        """Verdicts, those that differ only in their article in one row, each person's together, as the trace has them."""
        grouped: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
        for row in rows:
            proof, gaps = tuple(row.get("proof") or ()), tuple(text(gap.get("text")) for gap in mappings(row.get("gaps")))
            what = (row.get("person"), row.get("verdict"), row.get("record"), row.get("role"), row.get("confidence"), gaps, proof)
            grouped.setdefault(what, []).append(row)
        found = [self._ground(group) for group in grouped.values()]
        first = {one.who.key: place for place, one in reversed(list(enumerate(found)))}
        return sorted(found, key=lambda one: first[one.who.key])

    def _ground(self, group: list[Mapping[str, Any]]) -> Ground:
        row = group[0]
        key, facts = text(row.get("person")), row.get("proof") or []
        roles, held = text(row.get("role")).split("+"), dict[str, list[str]]()
        for edge in (edge for fact in facts for edge in self._ties.get((key, str(fact)), ())):
            when = dates(edge).replace("?", say("bound_unknown", self._lang))
            if told := ", ".join(filter(None, (share(edge), when))):
                held.setdefault(edge.kind, []).append(told)
        gaps = [text(gap.get("text")) for gap in mappings(row.get("gaps"))]
        return Ground(
            who=self.who(key, text(row.get("name"))),
            verdict=text(row.get("verdict")),
            record=text(row.get("record")),
            roles=tuple((word(role, self._lang), tuple(dict.fromkeys(held.get(role, ())))) for role in roles),
            laws=_laws(mapping(one.get("basis")) for one in group),
            rules=self._list(dict.fromkeys(f"{text(one.get('pack'))}:{text(one.get('rule'))}" for one in group)),
            unverified=row.get("confidence") == "unverified",
            gaps=tuple(dict.fromkeys(gaps)),
            proof=self.proof(facts),
        )

    def effects(self, rows: list[Mapping[str, Any]]) -> list[Effect]:
        """Consequences, those that differ only in their code in one row."""
        same = ("subject", "kind", "from", "to", "status", "cause", "nature", "confidence", "record", "via", "legal_effect")
        grouped: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
        for row in rows:
            bases = tuple(tuple(sorted(mapping(row.get(name)).items())) for name in ("basis", "own_basis", "gate"))
            what = (*(row.get(name) for name in same), bases, tuple(row.get("proof") or ()))
            grouped.setdefault(what, []).append(row)
        return [self._effect(group) for group in grouped.values()]

    def _effect(self, group: list[Mapping[str, Any]]) -> Effect:
        row, lang = group[0], self._lang
        own, gate, via = mapping(row.get("own_basis")), mapping(row.get("gate")), text(row.get("via"))
        basis = mapping(row.get("basis"))
        return Effect(
            who=self.who(text(row.get("subject")), text(row.get("name"))),
            kind=text(row.get("kind")),
            kind_word=word(text(row.get("kind")), lang),
            what=_by_implementer(group),
            ids=tuple(text(one.get("id")) for one in group),
            start=text(row.get("from")) or say("bound_ever", lang),
            end=text(row.get("to")) or say("open_end", lang),
            status=text(row.get("status")),
            status_word=word(text(row.get("status")), lang),
            cause=word(text(row.get("cause")), lang) if row.get("cause") else "",
            nature=word(text(row.get("nature")), lang) if row.get("nature") else "",
            record=text(row.get("record")),
            laws=_laws([basis, own] if own else [basis]),
            gate=say("gate", lang, instrument=text(gate.get("instrument")), article=text(gate.get("article"))) if gate else "",
            unverified=row.get("confidence") == "unverified",
            no_legal_effect=row.get("legal_effect") is False,
            via=" ".join(filter(None, (self._names.get(via, ""), via))),
            rules=self._list(dict.fromkeys(f"{text(one.get('pack'))}:{text(one.get('rule'))}" for one in group)),
            proof=self.proof(row.get("proof")),
        )

    def _list(self, parts: Iterable[str]) -> str:
        return ("、" if self._lang == "zh" else ", ").join(parts)
