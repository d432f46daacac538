"""The rulebook: a policy pack as a page that a lawyer reads, in Markdown, in English or Chinese.

For each rule: what it rests on and how sure that is, of which records it speaks, who is reached and when the role must be
held, what follows and how long, what it needs since a gate, how far it carries, and its scenarios.  For each ownership rule: who
is caught.  For each incentive: its condition.

Invariants: everything that is said of a rule comes from the compiled table, its file or its scenarios, and from the message
catalogue; nothing here knows a pack.  What is unverified is marked wherever it is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graph_service.messages import Lang, say
from graph_service.policy.desk_table import Barring, Cited
from graph_service.policy.document import Folder, read_document
from graph_service.policy.loader import PACK_FILE, load_pack
from graph_service.policy.rulebook_scenarios import scenario_lines
from graph_service.policy.rulebook_words import (
    confidence,
    effect_title,
    escape,
    force,
    linked,
    listed,
    mark,
    percent,
    table,
    term_text,
    word,
)
from graph_service.policy.scenarios import Scenario, load_scenarios
from graph_service.policy.schema import PackFile
from graph_service.policy.table import Carriage, Cascade, Effect, Gate, Incentive, Pack, Rule

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Book:
    """A pack with what stands beside its table: its first file (names, sources, notes) and its scenarios."""

    pack: Pack
    file: PackFile
    scenarios: tuple[Scenario, ...]


def open_book(folder: Folder) -> Book:
    """The pack in a folder, ready to be told.  Raises `PackError`."""
    pack = load_pack(folder)
    return Book(pack, read_document(folder, PACK_FILE).read(PackFile), load_scenarios(folder, pack))


def rulebook(book: Book, lang: Lang) -> str:
    """The whole page in Markdown, ending with a line break."""
    pack = book.pack
    parts: list[Lines] = [[f"# {escape(pack.title[lang])}"], *_head(book, lang)]
    if pack.rules:
        parts.append([f"## {say('rulebook_title_rules', lang)}"])
        parts += [part for rule in pack.rules for part in _rule(book, rule, lang)]
    if pack.cascades:
        parts.append([f"## {say('rulebook_title_cascades', lang)}"])
        parts += [part for one in pack.cascades for part in _cascade(book, one, lang)]
    if pack.incentives:
        parts.append([f"## {say('rulebook_title_incentives', lang)}"])
        parts += _incentives(book, pack.incentives, lang)
    if pack.lists:
        parts += _lists(pack, lang)
    if pack.procedures:
        parts += _procedures(pack, lang)
    parts += _vocabulary(book, lang)
    parts += _sources(book, lang)
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _head(book: Book, lang: Lang) -> Iterable[Lines]:
    pack, head = book.pack, book.file.pack
    instrument = book.file.instruments[head.instrument]
    name = instrument.name.zh if lang == "zh" else instrument.name.en
    yield [say("rulebook_about", lang, version=pack.version, jurisdiction=pack.jurisdiction, digest=pack.digest)]
    in_force = force(pack.valid_from, pack.valid_to, lang)
    sure = confidence(head.confidence, lang)
    yield [
        " ".join(
            [
                say(
                    "rulebook_head",
                    lang,
                    instrument=escape(f"{name} {instrument.number}".strip()),
                    force=in_force,
                    confidence=sure,
                ),
                say("rulebook_mark", lang, mark=say("rulebook_unverified", lang)),
            ]
        )
    ]
    if not pack.through_state_holders:
        yield [say("rulebook_state_holders", lang)]
    if head.note:
        yield [say("rulebook_note", lang, note=escape(head.note.zh if lang == "zh" else head.note.en))]
    if book.scenarios:
        yield [say("rulebook_scenario_names", lang)]


def _items(lines: Iterable[str]) -> Lines:
    return [f"- {line}" for line in lines]


def _title(item: Rule | Cascade, siblings: Sequence[Rule | Cascade], lang: Lang) -> str:
    """The heading; with its version where there are several."""
    several = sum(one.id == item.id for one in siblings) > 1
    title = escape(item.title[lang])
    return f"### {say('rulebook_version', lang, title=title, version=escape(item.version)) if several else title}"


def _stated(item: Rule | Cascade, lang: Lang) -> Lines:
    basis = item.basis
    instrument, article = escape(basis.instrument[lang]), escape(basis.article[lang])
    return [
        say("rulebook_basis", lang, instrument=instrument, article=article, confidence=confidence(basis.confidence, lang)),
        say("rulebook_reference", lang, reference=linked(item.reference)),
        say("rulebook_force", lang, force=force(basis.valid_from, basis.valid_to, lang)),
    ]


def _rule(book: Book, rule: Rule, lang: Lang) -> Iterable[Lines]:
    pack = book.pack
    yield [_title(rule, pack.rules, lang)]
    yield [f"`{rule.id}`"]
    yield [*_items(_stated(rule, lang)), *_trigger(pack, rule, lang), *_items(_reach(pack, rule, lang))]
    if rule.effects:
        yield [say("rulebook_follows", lang)]
        yield _effects(pack, rule.effects, lang)
    more = [] if rule.effects else [say("rulebook_nothing_follows", lang)]
    more += [line for gate in pack.gates if (line := _gate(rule, gate, lang))]
    more += [*_exits(pack, rule, lang), *_carriages(pack, rule, lang)]
    more.append(say("rulebook_initiator", lang, who=escape(rule.initiator[lang])))
    if rule.note:
        more.append(say("rulebook_note", lang, note=escape(rule.note[lang])))
    yield _items(more)
    yield from scenario_lines(
        pack, book.scenarios, rule.id, {*(one.code for one in rule.effects), *(one.code for one in rule.carriages)}, lang
    )


def _trigger(pack: Pack, rule: Rule, lang: Lang) -> Iterable[str]:
    """Of which records a rule speaks; what it does not test is not named.  The texts of families hold commas."""
    apart = say("rulebook_semicolon", lang)
    yield f"- {say('rulebook_when', lang, subject=say(f'rulebook_subject_{rule.subject_kind}', lang))}"
    for name, words in (
        ("families", _in_order(pack, rule.families)),
        ("behaviours", _in_order(pack, rule.behaviours)),
        ("severities", sorted(rule.severities)),
        ("outcomes", sorted(rule.outcomes)),
    ):
        if words:
            yield f"    - {say(f'rulebook_test_{name}', lang, words=apart.join(word(pack, one, lang) for one in words))}"
    if rule.regions:
        codes = say("rulebook_comma", lang).join(f"`{one}`" for one in sorted(rule.regions))
        yield f"    - {say('rulebook_test_regions', lang, words=codes)}"


def _in_order(pack: Pack, words: Iterable[str]) -> list[str]:
    """Words in the order of the pack's own list of names."""
    place = {name: number for number, name in enumerate(pack.names)}
    return sorted(words, key=lambda one: (place.get(one, len(place)), one))


def _reach(pack: Pack, rule: Rule, lang: Lang) -> Iterable[str]:
    either = say("rulebook_or", lang)
    yield say(f"rulebook_reach_{rule.reach}", lang, words=listed(pack, rule.roles, lang, last=either))
    if rule.reach == "self":
        return
    if rule.reach == "role":
        clocks = say("rulebook_comma", lang).join(say(f"rulebook_at_{clock}", lang) for clock in rule.clocks)
        yield say(f"rulebook_clock_{rule.clock}", lang, clocks=clocks)
    if rule.fault:
        code = "rulebook_fault_role" if rule.reach == "role" else "rulebook_fault_finding"
        yield say(code, lang, words=listed(pack, _in_order(pack, rule.fault), lang, last=either))
    else:
        yield say("rulebook_fault_none", lang)


def _effects(pack: Pack, effects: Sequence[Effect], lang: Lang) -> Lines:
    """The effects as a table: those that differ in their code alone share a row."""
    alike: dict[tuple[object, ...], list[Effect]] = {}
    for one in effects:
        alike.setdefault((one.kind, one.nature, one.implementer, one.term, one.own_bases), []).append(one)
    rows = []
    for group in alike.values():
        one = group[0]
        own = [
            say(
                "rulebook_own",
                lang,
                instrument=escape(basis.instrument[lang]),
                article=escape(basis.article[lang]),
                force=force(basis.valid_from, basis.valid_to, lang),
                mark=mark(basis.confidence, lang),
            )
            for basis in one.own_bases
        ]
        rows.append(
            (
                "<br>".join(effect_title(pack, effect.code, lang) for effect in group),
                f"{word(pack, one.kind, lang)}{say('rulebook_comma', lang)}{word(pack, one.nature, lang)}",
                term_text(one.term, lang),
                escape(one.implementer[lang]),
                "<br>".join(own) or say("rulebook_own_none", lang),
            )
        )
    columns = ("what", "kind", "term", "by", "own")
    return table([say(f"rulebook_col_{name}", lang) for name in columns], rows)


def _gate(rule: Rule, gate: Gate, lang: Lang) -> str:
    """What a gate does to the effects of a rule; empty where it does nothing."""
    under = [one for one in rule.effects if one.kind in gate.kinds]
    if not under:
        return ""
    backed = [one.code for one in under if one.own_bases]
    code = "rulebook_gate_all" if len(backed) == len(under) else "rulebook_gate_some" if backed else "rulebook_gate_none"
    return say(
        code,
        lang,
        since=force(gate.since, gate.since, lang, day=True),
        kinds=say("rulebook_comma", lang).join(dict.fromkeys(word(None, one.kind, lang) for one in under)),
        instrument=escape(gate.basis.instrument[lang]),
        article=escape(gate.basis.article[lang]),
        mark=mark(gate.basis.confidence, lang),
        codes=say("rulebook_comma", lang).join(backed),
    )


def _exits(pack: Pack, rule: Rule, lang: Lang) -> Iterable[str]:
    exits = rule.exits
    either = say("rulebook_or", lang)
    if exits.ended_by:
        yield say("rulebook_ended", lang, words=listed(pack, sorted(exits.ended_by), lang, last=either))
    else:
        yield say("rulebook_never_ended", lang)
    held = []
    for kind, undone in exits.suspended_by:
        told = word(pack, kind, lang)
        if undone:
            told = say("rulebook_undone", lang, word=told, undone=listed(pack, sorted(undone), lang, last=either))
        held.append(told)
    if held:
        yield say("rulebook_suspended", lang, words=say("rulebook_comma", lang).join(held))
    if rule.reach != "self" and (exits.ended_by or held):
        yield say(f"rulebook_own_event_{exits.own_event}", lang)


def _carriages(pack: Pack, rule: Rule, lang: Lang) -> Iterable[str]:
    if not rule.carriages:
        yield say("rulebook_carries_nowhere", lang)
    for one in rule.carriages:
        yield _carriage(pack, one, lang)


def _carriage(pack: Pack, one: Carriage, lang: Lang) -> str:
    basis = ""
    if one.basis:
        basis = say(
            "rulebook_carries_basis",
            lang,
            instrument=escape(one.basis.instrument[lang]),
            article=escape(one.basis.article[lang]),
            confidence=confidence(one.basis.confidence, lang),
        )
    what = effect_title(pack, one.code, lang)
    kind, nature = word(pack, one.kind, lang), word(pack, one.nature, lang)
    if one.via == "office":
        words = listed(pack, _in_order(pack, one.roles), lang, last=say("rulebook_or", lang))
        return say("rulebook_carries_office", lang, words=words, what=what, kind=kind, nature=nature, basis=basis)
    ways = [way for way in ("down", "up", "sibling") if way in one.directions]
    words = say("rulebook_comma", lang).join(say(f"rulebook_toward_{way}", lang) for way in ways)
    share = percent(one.threshold)
    return say("rulebook_carries_control", lang, words=words, percent=share, what=what, kind=kind, nature=nature, basis=basis)


def _cascade(book: Book, one: Cascade, lang: Lang) -> Iterable[Lines]:
    pack = book.pack
    yield [_title(one, pack.cascades, lang)]
    yield [f"`{one.id}`"]
    groups = [
        say("rulebook_and", lang).join(say(f"rulebook_held_{kind}", lang) for kind in sorted(group)) for group in one.measures
    ]
    together = "rulebook_together" if one.aggregate else "rulebook_apart_joint" if one.joint else "rulebook_apart"
    lines = [
        *_stated(one, lang),
        say(
            "rulebook_catches",
            lang,
            regimes=say("rulebook_comma", lang).join(f"`{regime}`" for regime in sorted(one.regimes)),
            together=say(together, lang),
            threshold=say("rulebook_over" if one.strict else "rulebook_least", lang, percent=percent(one.threshold)),
            held=say("rulebook_or", lang).join(groups),
        ),
    ]
    if one.control:
        lines.append(say("rulebook_control_sure", lang, words=listed(pack, sorted(one.control), lang)))
    if one.possible_control:
        lines.append(say("rulebook_control_possible", lang, words=listed(pack, sorted(one.possible_control), lang)))
    if not (one.control or one.possible_control):
        lines.append(say("rulebook_control_none", lang))
    lines.append(
        say(
            "rulebook_caught_follows",
            lang,
            what=effect_title(pack, one.code, lang),
            kind=word(pack, "derived_sanction", lang),
            nature=word(pack, one.nature, lang),
            who=escape(one.implementer[lang]),
        )
    )
    if one.note:
        lines.append(say("rulebook_note", lang, note=escape(one.note[lang])))
    yield _items(lines)
    # Scenarios name the id; of several versions each is asked on its own days.
    asked = [
        scenario
        for scenario in book.scenarios
        if one.id in scenario.rules and one.basis.valid_from <= scenario.day < one.basis.valid_to
    ]
    yield from scenario_lines(pack, asked, one.id, {one.code}, lang)


def _incentives(book: Book, incentives: Sequence[Incentive], lang: Lang) -> Iterable[Lines]:
    rows = [
        (
            f"{escape(one.code)} {escape(one.title[lang])}",
            say("rulebook_clean", lang, number=one.clean_years) if one.clean_years else say("rulebook_clean_unsaid", lang),
            f"{escape(one.basis.instrument[lang])} {escape(one.basis.article[lang])}",
            force(one.basis.valid_from, one.basis.valid_to, lang),
            confidence(one.basis.confidence, lang),
        )
        for one in incentives
    ]
    yield table([say(f"rulebook_col_{name}", lang) for name in ("title", "condition", "article", "force", "sure")], rows)
    voided = sorted({word for one in incentives for word in one.voided_by})
    if voided:
        yield [say("rulebook_voided", lang, words=listed(book.pack, voided, lang, last=say("rulebook_or", lang)))]
    for one in incentives:
        told = list(scenario_lines(book.pack, book.scenarios, one.code, {one.code}, lang))
        if told:
            yield [f"### {escape(one.code)} {escape(one.title[lang])}"]
            yield from told


def _lists(pack: Pack, lang: Lang) -> Iterable[Lines]:
    def text(value: object) -> str:
        return escape(str(value[lang])) if isinstance(value, dict) else escape(str(value))

    def colour(one: Mapping[str, object]) -> str:
        return say(f"rulebook_colour_{one['colour']}", lang)

    yield [f"## {say('rulebook_title_lists', lang)}"]
    rows = [
        (
            f"{text(one['title'])} ({colour(one)})",
            text(one["entry"]),
            text(one["exit"]),
            text(one["article"]),
            say("rulebook_unverified", lang) if one["confidence"] == "unverified" else say("rulebook_sourced", lang),
        )
        for one in pack.lists
    ]
    yield table([say(f"rulebook_col_{name}", lang) for name in ("list", "entry", "exit", "article", "sure")], rows)


def _procedures(pack: Pack, lang: Lang) -> Iterable[Lines]:
    """Before which procedures credit is looked up, and what stands in the way of each."""
    semicolon = say("rulebook_semicolon", lang)
    rows = []
    for one in pack.procedures:
        bars = []
        for bar in one.bars:
            what = [effect_title(pack, code, lang) for code in sorted(bar.codes)]
            what += [word(pack, kind, lang) for kind in sorted(bar.kinds)]
            bars.append(_barring(bar.effect, semicolon.join(what), bar.cited, lang))
        bars += [_barring(rule.effect, escape(rule.title[lang]), rule.cited, lang) for rule in one.constraints]
        basis = one.cited.basis
        told = f"{escape(basis.instrument[lang])} {escape(basis.article[lang])} · {confidence(basis.confidence, lang)}"
        rows.append((f"`{one.code}` {escape(one.title[lang])}", "<br>".join(bars), told))
    yield [f"## {say('rulebook_title_procedures', lang)}"]
    yield [say("rulebook_barring_note", lang)]
    yield table([say(f"rulebook_col_{name}", lang) for name in ("procedure", "bars", "article")], rows)


def _barring(effect: Barring, what: str, cited: Cited, lang: Lang) -> str:
    sure = mark(cited.basis.confidence, lang)
    return say(f"rulebook_barring_{effect}", lang, what=what, article=escape(cited.basis.article[lang]), mark=sure)


def _vocabulary(book: Book, lang: Lang) -> Iterable[Lines]:
    rows = []
    for code, family in book.file.families.items():
        for behaviour in family.behaviours.values():
            name = behaviour.zh if lang == "zh" else behaviour.en
            rows.append(
                (word(book.pack, code, lang), escape(name), escape(behaviour.reference), confidence(behaviour.confidence, lang))
            )
    if rows:
        yield [f"## {say('rulebook_title_words', lang)}"]
        yield table([say(f"rulebook_col_{name}", lang) for name in ("family", "behaviour", "read", "sure")], rows)


def _sources(book: Book, lang: Lang) -> Iterable[Lines]:
    yield [f"## {say('rulebook_title_sources', lang)}"]
    rows = []
    for key, one in book.file.instruments.items():
        from_to = book.file.instruments[key].in_force
        name = one.name.zh if lang == "zh" else one.name.en
        rows.append(
            (
                escape(f"{name} {one.number}".strip()),
                escape(one.authority.zh if lang == "zh" else one.authority.en),
                force(from_to.from_ or "", from_to.to or "", lang),
                escape(one.reference),
            )
        )
    yield table([say(f"rulebook_col_{name}", lang) for name in ("instrument", "authority", "force", "read")], rows)
    yield [f"- **{escape(key)}**: {escape(one.title)}: {linked(one.where)}" for key, one in book.file.sources.items()]
