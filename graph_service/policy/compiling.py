"""From the models of a pack to the flat rule table, checking every word and date on the way.

What a rule does not say it inherits from the pack's header: instrument, dates, exits, initiator, implementer, confidence.
A statement is in force where its own dates (or the pack's) and those of its instrument meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Literal, TypeAlias

from graph_service.model.interval import parse_day
from graph_service.policy.desk_schema import LawFile
from graph_service.policy.document import Document, Loc
from graph_service.policy.schema import (
    CarriageModel,
    CascadeModel,
    Citation,
    EffectModel,
    ExitsModel,
    IncentiveModel,
    ListModel,
    PackFile,
    ReachModel,
    RuleModel,
    TermModel,
    TextModel,
    Trigger,
)
from graph_service.policy.stating import Statements, text_of
from graph_service.policy.table import (
    Carriage,
    Cascade,
    Clock,
    Effect,
    Exits,
    Gate,
    Incentive,
    Pack,
    Rule,
    Term,
    Text,
)

RoleClock: TypeAlias = Literal["act", "decision", "current", "named", "unspecified"]

_SPOKEN: dict[str, Clock] = {"act": "act", "decision": "decision", "current": "current"}
"""The clocks that a text itself names."""
_UNTIL_EXIT = Term()


class Compiler(Statements):
    """One pack being compiled: its vocabulary, and the file of which a problem would be said."""

    def __init__(self, head: Document, file: PackFile) -> None:
        super().__init__(head, file)
        self._behaviours = {word: family for family, model in file.families.items() for word in model.behaviours}
        self._names = self._read_names()

    def pack(self, laws: Iterable[tuple[Document, LawFile]]) -> Pack:
        """The compiled pack, its digest still empty.  Raises `PackError`."""
        head = self._head
        gates = self._check_head()
        valid_from, valid_to = self._in_force(head.in_force, head.instrument, ("pack",))
        rules: list[Rule] = []
        cascades: list[Cascade] = []
        incentives: list[Incentive] = []
        lists: list[Mapping[str, object]] = []
        for document, law in laws:
            self._at = document
            rules += [self._rule(rule, ("rules", index)) for index, rule in enumerate(law.rules)]
            cascades += [self._cascade(item, ("cascades", index)) for index, item in enumerate(law.cascades)]
            incentives += [self._incentive(item, ("incentives", index)) for index, item in enumerate(law.incentives)]
            lists += [self._list(item, ("lists", index)) for index, item in enumerate(law.lists)]
        return Pack(
            id=head.id,
            version=head.version,
            title=text_of(head.title),
            jurisdiction=head.jurisdiction,
            valid_from=valid_from,
            valid_to=valid_to,
            rules=tuple(rules),
            cascades=tuple(cascades),
            incentives=tuple(incentives),
            gates=gates,
            names=self._names,
            behaviours=self._behaviours,
            through_state_holders=head.through_state_holders,
            digest="",
            lists=tuple(lists),
        )

    # -- the head of the pack

    def _read_names(self) -> dict[str, Text]:
        """One list of names for every code: two meanings of one word would make answers ambiguous."""
        file = self._file
        names: dict[str, Text] = {}
        owner: dict[str, str] = {}
        sections: list[tuple[Loc, Mapping[str, TextModel]]] = [
            (("families",), file.families),
            *((("families", family, "behaviours"), model.behaviours) for family, model in file.families.items()),
            (("roles",), file.roles),
            (("findings",), file.findings),
            (("codes",), file.codes),
        ]
        for loc, words in sections:
            for word, model in words.items():
                if word in names:
                    raise self._problem((*loc, word), "pack_duplicate_name", value=word, other=owner[word])
                names[word] = text_of(model)
                owner[word] = ".".join(str(part) for part in loc)
        return names

    def _check_head(self) -> tuple[Gate, ...]:
        file = self._file
        for key, instrument in file.instruments.items():
            self._reference(instrument.reference, ("instruments", key, "reference"))
        for family, model in file.families.items():
            for word, behaviour in model.behaviours.items():
                self._reference(behaviour.reference, ("families", family, "behaviours", word, "reference"))
        for test, mapping in file.fault_tests.items():
            for finding in mapping.accepts:
                if finding not in file.findings:
                    raise self._problem(("fault_tests", test, "accepts"), "pack_unknown_finding_name", value=finding)
        return tuple(
            Gate(parse_day(gate.since), frozenset(gate.kinds), self._citation(gate.basis, ("gates", index, "basis")))
            for index, gate in enumerate(file.gates)
        )

    # -- rules

    def _rule(self, rule: RuleModel, loc: Loc) -> Rule:
        basis, reference = self._stated(rule, loc)
        self._trigger(rule.when, (*loc, "when"))
        clock, clocks, fault = self._reach(rule.reach, (*loc, "reach"))
        if not (rule.effects or rule.carriages):
            raise self._problem(loc, "pack_rule_without_effect")
        effects = tuple(self._effect(effect, (*loc, "effects", index)) for index, effect in enumerate(rule.effects))
        self._refuse_twice(effects, loc)
        return Rule(
            id=rule.id,
            version=rule.version,
            title=text_of(rule.title),
            basis=basis,
            subject_kind=rule.when.subject,
            families=frozenset(rule.when.families),
            behaviours=frozenset(rule.when.behaviours),
            severities=frozenset(rule.when.severities),
            outcomes=frozenset(rule.when.outcomes),
            regions=frozenset(rule.when.regions or self._head.regions),
            reach=rule.reach.who,
            roles=rule.reach.roles,
            clock=clock,
            clocks=clocks,
            fault_test=rule.reach.fault,
            fault=fault,
            effects=effects,
            carriages=tuple(self._carriage(item, (*loc, "carriages", index)) for index, item in enumerate(rule.carriages)),
            exits=self._exits(rule.exits),
            initiator=text_of(rule.initiator or self._head.initiator),
            reference=reference,
            note=text_of(rule.note) if rule.note else None,
        )

    def _trigger(self, when: Trigger, loc: Loc) -> None:
        self._families(when.families, (*loc, "families"))
        for word in when.behaviours:
            family = self._behaviours.get(word)
            if family is None:
                raise self._problem((*loc, "behaviours"), "pack_unknown_behaviour", value=word)
            if when.families and family not in when.families:
                raise self._problem((*loc, "behaviours"), "pack_behaviour_outside", value=word, family=family)

    def _reach(self, reach: ReachModel, loc: Loc) -> tuple[RoleClock, tuple[Clock, ...], frozenset[str]]:
        """The clock as the text has it, the clocks to be judged by, and the findings that satisfy the fault test."""
        silent = reach.clocks or self._head.unspecified_clocks
        fault = self._fault(reach, loc)
        if reach.who != "role":
            self._refuse_unused(reach, loc)
            return ("decision", ("decision",), fault) if reach.who == "self" else ("named", silent, fault)
        if not reach.roles:
            raise self._problem((*loc, "roles"), "pack_role_without_roles")
        self._roles(reach.roles, (*loc, "roles"))
        if reach.clock is None:
            raise self._problem((*loc, "clock"), "pack_role_without_clock")
        if reach.clock == "named" and reach.fault == "none":
            raise self._problem((*loc, "fault"), "pack_named_without_fault")
        spoken = _SPOKEN.get(reach.clock)
        if spoken is None:
            return reach.clock, silent, fault
        if reach.clocks:
            raise self._problem((*loc, "clocks"), "pack_clocks_unused")
        return spoken, (spoken,), fault

    def _refuse_unused(self, reach: ReachModel, loc: Loc) -> None:
        """Roles and clocks belong to a reach of roles alone; a finding needs a fault test and the subject itself has none."""
        if reach.roles:
            raise self._problem((*loc, "roles"), "pack_roles_unused", value=reach.who)
        if reach.clock or reach.clocks:
            raise self._problem((*loc, "clock"), "pack_clock_unused")
        if reach.who == "self" and reach.fault != "none":
            raise self._problem((*loc, "fault"), "pack_self_with_fault")
        if reach.who == "finding" and reach.fault == "none":
            raise self._problem((*loc, "fault"), "pack_finding_without_fault")

    def _fault(self, reach: ReachModel, loc: Loc) -> frozenset[str]:
        if reach.fault == "none":
            return frozenset()
        mapping = self._file.fault_tests.get(reach.fault)
        if mapping is None or not mapping.accepts:
            raise self._problem((*loc, "fault"), "pack_fault_unmapped", value=reach.fault)
        return frozenset(mapping.accepts)

    def _effect(self, effect: EffectModel, loc: Loc) -> Effect:
        self._code(effect.code, (*loc, "code"))
        return Effect(
            kind=effect.kind,
            code=effect.code,
            nature=effect.nature,
            implementer=text_of(effect.implementer or self._head.implementer),
            term=self._term(effect.term, (*loc, "term")),
            own_bases=tuple(self._citation(basis, (*loc, "own_bases", index)) for index, basis in enumerate(effect.own_bases)),
        )

    def _refuse_twice(self, effects: tuple[Effect, ...], loc: Loc) -> None:
        for index, effect in enumerate(effects):
            if any(effect.code == other.code for other in effects[:index]):
                raise self._problem((*loc, "effects", index), "pack_effect_twice", value=effect.code)

    def _term(self, term: TermModel | None, loc: Loc) -> Term:
        if term is None:
            return _UNTIL_EXIT
        basis = None
        if term.basis:
            cited = term.basis
            citation = Citation(
                instrument=cited.instrument, article=cited.article, reference=cited.reference, confidence=cited.confidence
            )
            basis = self._citation(citation, (*loc, "basis"))
        return Term(term.anchor or "decision", term.years, term.months, term.days, term.permanent, basis)

    def _carriage(self, item: CarriageModel, loc: Loc) -> Carriage:
        self._code(item.code, (*loc, "code"))
        if item.via == "office" and (not item.roles or item.directions):
            raise self._problem((*loc, "roles"), "pack_office_without_roles")
        if item.via == "control" and (not item.directions or item.roles):
            raise self._problem((*loc, "directions"), "pack_control_without_directions")
        if (item.threshold_percent is None) is (item.via == "control"):
            raise self._problem((*loc, "threshold_percent"), "pack_control_threshold")
        self._roles(item.roles, (*loc, "roles"))
        own = self._citation(item.basis, (*loc, "basis")) if item.basis else None
        return Carriage(
            via=item.via,
            kind=item.kind,
            code=item.code,
            nature=item.nature,
            roles=frozenset(item.roles),
            directions=frozenset(item.directions),
            basis=own,
            **({} if item.threshold_percent is None else {"threshold": Fraction(item.threshold_percent) / 100}),
        )

    def _exits(self, exits: ExitsModel | None) -> Exits:
        model = exits or self._head.exits
        suspended_by = tuple((word, frozenset(undone)) for word, undone in sorted(model.suspended_by.items()))
        return Exits(frozenset(model.ended_by), suspended_by, model.own_event)

    # -- cascades, incentives, lists

    def _cascade(self, item: CascadeModel, loc: Loc) -> Cascade:
        basis, reference = self._stated(item, loc)
        self._code(item.code, (*loc, "code"))
        for word in item.control:
            if word in item.possible_control:
                raise self._problem((*loc, "possible_control"), "pack_control_twice", value=word)
        return Cascade(
            id=item.id,
            version=item.version,
            title=text_of(item.title),
            basis=basis,
            regimes=frozenset(item.regimes),
            threshold=Fraction(item.threshold_percent) / 100,
            strict=item.strict,
            aggregate=item.aggregate,
            measures=tuple(frozenset(group) for group in item.measures),
            control=frozenset(item.control),
            possible_control=frozenset(item.possible_control),
            joint=item.joint,
            code=item.code,
            nature=item.nature,
            implementer=text_of(item.implementer or self._head.implementer),
            reference=reference,
            note=text_of(item.note) if item.note else None,
        )

    def _incentive(self, item: IncentiveModel, loc: Loc) -> Incentive:
        basis, reference = self._stated(item, loc)
        self._code(item.code, (*loc, "code"))
        return Incentive(item.code, text_of(item.title), basis, item.clean_years, reference, frozenset(self._head.voided_by))

    def _list(self, item: ListModel, loc: Loc) -> Mapping[str, object]:
        basis, reference = self._stated(item, loc)
        self._families(item.families, (*loc, "families"))
        return {
            "id": item.id,
            "colour": item.colour,
            "title": item.title.model_dump(),
            "entry": item.entry.model_dump(),
            "exit": item.exit.model_dump(),
            "authority": item.authority.model_dump(),
            "families": item.families,
            "severities": item.severities,
            "clean_years": item.clean_years,
            "ended_by": item.ended_by,
            "reference_only": item.reference_only,
            "instrument": {"en": basis.instrument.en, "zh": basis.instrument.zh},
            "article": item.article.model_dump(),
            "valid_from": basis.valid_from,
            "valid_to": basis.valid_to,
            "confidence": basis.confidence,
            "reference": reference,
        }
