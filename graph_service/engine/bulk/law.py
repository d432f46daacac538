"""The law of a run as flat tables: what the joins read, and nothing else.

Rules, effects and carriages get numbers; what many of them share is computed once:

* a *class* is what the words and the kind of a record's subject are: every rule is asked of every class once, by the very tests
  that a single trace applies, so that a rule meets records by a join on the class;
* an *asking* is what decides whom a rule reaches for a record (reach, roles, clocks, fault test, its days in force): rules that
  ask alike are answered once;
* a *footing* is what decides where a consequence stands (exits, term, whether rule and gate are in force on the day).

So fifty times the rules cost joins of small tables, not fifty runs.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl

from graph_service.engine.bulk.gaps import TRIGGER_BITS
from graph_service.engine.liability import Test, Words, word_tests
from graph_service.engine.standing import REPAIR, gate_of
from graph_service.model.facts import SubjectKind
from graph_service.model.verdict import Verdict
from graph_service.model.words import EVENTS
from graph_service.policy.table import Carriage, Effect, Exits, Pack, Rule, Term
from graph_service.snapshot.columns import ENTERPRISE, EVENT_WORDS, FINDING_WORDS, KINDS, PERSON, UNSPECIFIED

UNKNOWN_KIND = 3
"""What a recorded subject is that neither a row nor its key nor a tie shows."""
CLOCKS = ("act", "decision", "current")

K = TypeVar("K", bound=Hashable)


class Numbers(dict[K, int]):
    """Numbers in the order of first use."""

    def of(self, key: K) -> int:
        """The number of a key, a new one for a new key."""
        return self.setdefault(key, len(self))


@dataclass(frozen=True, slots=True)
class Asking:
    """What decides whom a rule reaches for a record."""

    reach: str
    roles: tuple[str, ...]
    clocks: tuple[str, ...]
    named: bool
    fault: frozenset[str]
    valid_from: int
    valid_to: int


@dataclass(frozen=True, slots=True)
class Footing:
    """What decides where a consequence stands: ``carried`` tells those whose own basis must be in force as well."""

    exits: int
    term: int
    in_force: bool
    gated: bool
    carried_in_force: bool = True


@dataclass(frozen=True, slots=True)
class Leaving:
    """Which events end and hold up, by their numbers; ``own``: whether a person's events touch that person only."""

    ends: frozenset[int]
    holds: tuple[tuple[int, frozenset[int]], ...]
    own: bool


@dataclass(slots=True)
class Law:
    """The rules of some packs on a day, numbered.

    ``effects`` and ``carriages`` pair the number of a rule with what it gives; a footing belongs to each effect.  ``longest`` are
    the terms among which a carriage runs as long as the longest.
    """

    packs: tuple[Pack, ...]
    at: int
    rules: list[tuple[Pack, Rule]] = field(default_factory=list)
    effects: list[tuple[int, Effect, int]] = field(default_factory=list)
    carriages: list[tuple[int, Carriage]] = field(default_factory=list)
    askings: Numbers[Asking] = field(default_factory=Numbers)
    footings: Numbers[Footing] = field(default_factory=Numbers)
    leavings: Numbers[Leaving] = field(default_factory=Numbers)
    terms: Numbers[Term] = field(default_factory=Numbers)

    @property
    def areas(self) -> frozenset[str]:
        """The regions that any rule asks for."""
        return frozenset(area for _, rule in self.rules for area in rule.regions)

    def asking_of(self, rule: Rule) -> int:
        """The number of what decides whom a rule reaches."""
        return self.askings.of(
            Asking(
                rule.reach,
                rule.roles,
                rule.clocks,
                rule.clock == "named",
                rule.fault,
                rule.basis.valid_from,
                rule.basis.valid_to,
            )
        )

    def footing_of(self, pack: Pack, rule: Rule, effect: Effect, carriage: Carriage | None = None) -> int:
        """The number of what decides where an effect of a rule stands, or what a rule carries."""
        gate, own = gate_of(effect, pack.gates, self.at)
        basis = carriage.basis if carriage else None
        leaving = Leaving(*_leaving(rule.exits, permanent=effect.term.permanent), rule.exits.own_event == "own")
        return self.footings.of(
            Footing(
                exits=self.leavings.of(leaving),
                term=self.terms.of(effect.term),
                in_force=rule.basis.valid_from <= self.at < rule.basis.valid_to,
                gated=gate is not None and own is None,
                carried_in_force=basis is None or basis.valid_from <= self.at < basis.valid_to,
            )
        )

    def carried_effect(self, rule: int, carriage: Carriage, term: Term) -> Effect:
        """A carriage as an effect that runs for a term."""
        return Effect(carriage.kind, carriage.code, carriage.nature, self.rules[rule][1].initiator, term)


def _leaving(exits: Exits, *, permanent: bool) -> tuple[frozenset[int], tuple[tuple[int, frozenset[int]], ...]]:
    ends = exits.ended_by - REPAIR if permanent else exits.ended_by
    holds = tuple((EVENT_WORDS[kind], frozenset(EVENT_WORDS[one] for one in undone)) for kind, undone in exits.suspended_by)
    return frozenset(EVENT_WORDS[one] for one in ends), holds


def law_of(packs: Sequence[Pack], at: int) -> Law:
    """The rules of some packs on a day as numbered tables.  Costs the rules."""
    law = Law(tuple(packs), at)
    for pack in packs:
        for rule in pack.rules:
            number = len(law.rules)
            law.rules.append((pack, rule))
            law.effects.extend((number, effect, law.footing_of(pack, rule, effect)) for effect in rule.effects)
            law.carriages.extend((number, carriage) for carriage in rule.carriages)
    return law


def meetings(law: Law, classes: pl.DataFrame) -> pl.DataFrame:
    """Which rules speak of which class, how surely: ``(cls, rule, asking, sure, gaps, kind_asked, valid_from, valid_to)``.

    ``kind_asked`` is what the rule asks the subject to be: 0 anything, 1 an enterprise, 2 a person.

    ``classes`` has a column ``cls`` and those of the words and the kind.  Costs classes times rules, in Python: classes are the
    distinct words of records, of which there are few.
    """
    rows: list[tuple[int, int, int, bool, int, int, int, int]] = []
    for number, (pack, rule) in enumerate(law.rules):
        asking = law.asking_of(rule)
        for cls, *words, kind in classes.select("cls", *Words._fields, "kind").iter_rows():
            tests = [_kind_test(kind, rule), *word_tests(Words(*words), rule, pack)]
            verdict = Verdict.all(test.verdict for test in tests)
            if verdict:
                bits = sum(TRIGGER_BITS[test.name] for test in tests if test.verdict is Verdict.POSSIBLE)
                asked = _KINDS_ASKED[rule.subject_kind]
                rows.append((cls, number, asking, verdict.certain, bits, asked, rule.basis.valid_from, rule.basis.valid_to))
    return pl.DataFrame(
        rows,
        schema={
            "cls": pl.Int32,
            "rule": pl.Int32,
            "asking": pl.Int32,
            "sure": pl.Boolean,
            "gaps": pl.Int32,
            "kind_asked": pl.Int8,
            "valid_from": pl.Int32,
            "valid_to": pl.Int32,
        },
        orient="row",
    )


_KINDS_ASKED = {"any": 0, "enterprise": 1, "person": 2}
_KIND_WORDS = {ENTERPRISE: SubjectKind.ENTERPRISE, PERSON: SubjectKind.PERSON, UNSPECIFIED: SubjectKind.UNSPECIFIED}


def _kind_test(kind: int, rule: Rule) -> Test:
    """Whether a recorded subject of a kind is of the rule's."""
    if rule.subject_kind == "any":
        return Test("subject_kind", Verdict.CERTAIN)
    if kind == UNKNOWN_KIND:
        return Test("subject_kind", Verdict.POSSIBLE)
    fits = _KIND_WORDS[kind].value == rule.subject_kind
    return Test("subject_kind", Verdict.of(always=fits, ever=fits))


def askings_frame(law: Law) -> pl.DataFrame:
    """What each asking asks: ``(asking, by_role, by_finding, named, fault, asks_act, asks_decision, asks_current)``."""
    rows = [
        (
            number,
            one.reach == "role",
            one.reach == "finding",
            one.named,
            bool(one.fault),
            *(clock in one.clocks for clock in CLOCKS),
        )
        for one, number in law.askings.items()
    ]
    flags = ("by_role", "by_finding", "named", "fault", *(f"asks_{clock}" for clock in CLOCKS))
    return pl.DataFrame(rows, schema={"asking": pl.Int32, **dict.fromkeys(flags, pl.Boolean)}, orient="row")


def accepted_frame(law: Law) -> pl.DataFrame:
    """The findings that satisfy each asking's fault test: ``(asking, finding)``; without a fault test, all."""
    rows = [
        (number, finding)
        for one, number in law.askings.items()
        for word, finding in FINDING_WORDS.items()
        if not one.fault or word in one.fault
    ]
    return pl.DataFrame(rows, schema={"asking": pl.Int32, "finding": pl.Int8}, orient="row")


def effects_frame(law: Law) -> pl.DataFrame:
    """What each rule gives: ``(rule, effect, footing, entry)``; ``entry``: through an office it is written on persons only."""
    rows = [
        (rule, number, footing, effect.kind == "record_entry" and law.rules[rule][1].reach != "self")
        for number, (rule, effect, footing) in enumerate(law.effects)
    ]
    schema = {"rule": pl.Int32, "effect": pl.Int32, "footing": pl.Int32, "entry": pl.Boolean}
    return pl.DataFrame(rows, schema=schema, orient="row")


def footings_of_rules(law: Law) -> pl.DataFrame:
    """The footings of each rule's effects, each once: ``(rule, footing, entries, place)``; ``entries``: all are such entries.

    ``place`` numbers the pairs of a rule and a footing.
    """
    pairs = effects_frame(law).group_by("rule", "footing", maintain_order=True).agg(entries=pl.col("entry").all())
    return pairs.with_row_index("place").with_columns(pl.col("place").cast(pl.Int32))


def placed_effects(law: Law) -> pl.DataFrame:
    """The effects by the place of their rule and footing: ``(place, effect, entry)``."""
    places = footings_of_rules(law).drop("entries")
    return places.join(effects_frame(law), on=("rule", "footing"), how="inner").select("place", "effect", "entry")


def footings_frame(law: Law) -> pl.DataFrame:
    """What each footing says: ``(footing, leaving, own, term, in_force, gated, carried_in_force)``."""
    leavings = list(law.leavings)
    rows = [
        (number, one.exits, leavings[one.exits].own, one.term, one.in_force, one.gated, one.carried_in_force)
        for one, number in law.footings.items()
    ]
    flags = ("in_force", "gated", "carried_in_force")
    schema = {
        "footing": pl.Int32,
        "leaving": pl.Int32,
        "own": pl.Boolean,
        "term": pl.Int32,
        **dict.fromkeys(flags, pl.Boolean),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def leavings_frames(law: Law) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Which events end, ``(leaving, kind)``, and which hold up and are undone by which, ``(leaving, kind, undone_by)``.

    ``undone_by`` is -1 in one row of every kind that holds up, so that a kind which nothing undoes is there as well.
    """
    ends = [(number, kind) for one, number in law.leavings.items() for kind in sorted(one.ends)]
    holds = [
        (number, kind, undone)
        for one, number in law.leavings.items()
        for kind, undoing in one.holds
        for undone in (-1, *sorted(undoing))
    ]
    schema = {"leaving": pl.Int32, "kind": pl.Int8}
    return (
        pl.DataFrame(ends, schema=schema, orient="row"),
        pl.DataFrame(holds, schema={**schema, "undone_by": pl.Int8}, orient="row"),
    )


def distinct_terms(rule: Rule) -> list[Term]:
    """The terms of a rule's effects, each once, in order; a rule without effects has the open term."""
    return list(dict.fromkeys(effect.term for effect in rule.effects)) or [Term()]


def numbers_of(words: Iterable[str]) -> frozenset[int]:
    """The numbers of kinds of ties."""
    return frozenset(KINDS[word] for word in words)


EVENT_RANK = {EVENT_WORDS[word]: rank for rank, word in enumerate(sorted(EVENTS))}
"""The place of each kind of event in the order of their words."""
