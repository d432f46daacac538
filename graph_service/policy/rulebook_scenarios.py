"""The scenarios of a rule in plain words: who is reached, and who must not be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph_service.messages import Lang, say
from graph_service.model.words import STRUCTURE
from graph_service.policy.rulebook_words import effect_title, escape, word
from graph_service.policy.scenarios import ExpectedConsequence, Scenario
from graph_service.policy.table import Pack


def scenario_lines(pack: Pack, scenarios: Sequence[Scenario], rule: str, codes: Iterable[str], lang: Lang) -> Iterable[list[str]]:
    """The scenarios that cover a rule; of their expectations those that speak of it or of one of its codes."""
    covering = [one for one in scenarios if rule in one.rules]
    if not covering:
        return
    known = frozenset(codes)
    yield [say("rulebook_scenarios", lang)]
    lines: list[str] = []
    for one in covering:
        lines.append(f"- {say('rulebook_scenario', lang, name=escape(one.name), day=one.at)}")
        for code, told in (
            ("rulebook_is_reached", _reached(pack, one, rule, known, lang)),
            ("rulebook_is_spared", _spared(pack, one, rule, known, lang)),
        ):
            if told:
                lines.append(f"    - {say(code, lang, words=say('rulebook_semicolon', lang).join(told))}")
    yield lines


def _reached(pack: Pack, scenario: Scenario, rule: str, codes: frozenset[str], lang: Lang) -> list[str]:
    expect = scenario.expect
    told = []
    for person in expect.persons:
        if person.rule == rule:
            who = _who(pack, scenario, person.person, lang)
            if person.verdict:
                told.append(say("rulebook_reached_verdict", lang, who=who, verdict=word(pack, person.verdict, lang)))
            else:
                told.append(say("rulebook_reached_named", lang, who=who))
    for effect in expect.consequences:
        if effect.code in codes and effect.rule in (None, rule):
            who, what = _who(pack, scenario, effect.subject, lang), effect_title(pack, effect.code, lang)
            told.append(say("rulebook_reached_effect", lang, who=who, what=what, status=_status(pack, effect, lang)))
    for caught in expect.caught:
        told.append(say(f"rulebook_caught_{caught.verdict}", lang, who=_who(pack, scenario, caught.subject, lang)))
    for incentive in expect.incentives:
        if incentive.code in codes and incentive.granted:
            told.append(say("rulebook_granted", lang, who=_who(pack, scenario, incentive.subject, lang)))
    return told


def _spared(pack: Pack, scenario: Scenario, rule: str, codes: frozenset[str], lang: Lang) -> list[str]:
    expect = scenario.expect
    told = [
        say("rulebook_spared_verdict", lang, who=_who(pack, scenario, one.person, lang))
        for one in expect.not_persons
        if one.rule in (None, rule)
    ]
    for effect in expect.no_consequences:
        if effect.code in codes and effect.rule in (None, rule):
            who, what = _who(pack, scenario, effect.subject, lang), effect_title(pack, effect.code, lang)
            told.append(say("rulebook_spared_effect", lang, who=who, what=what))
    told += [say("rulebook_not_caught", lang, who=_who(pack, scenario, key, lang)) for key in expect.not_caught]
    for incentive in expect.incentives:
        if incentive.code in codes and not incentive.granted:
            told.append(say("rulebook_not_granted", lang, who=_who(pack, scenario, incentive.subject, lang)))
    return told


def _status(pack: Pack, effect: ExpectedConsequence, lang: Lang) -> str:
    if effect.status is None:
        return ""
    status = word(pack, effect.status, lang)
    if effect.cause:
        return say("rulebook_status_cause", lang, status=status, cause=word(pack, effect.cause, lang))
    return say("rulebook_status", lang, status=status)


def _who(pack: Pack, scenario: Scenario, key: str, lang: Lang) -> str:
    """A subject of the facts by its name and key, with the roles, findings and listings that the facts give it."""
    facts = scenario.facts
    name = next((row.get("name", "") for row in (*facts.enterprises, *facts.persons) if row.get("id") == key), "")
    roles = [word(pack, row["kind"], lang) for row in facts.ties if row.get("holder") == key and row["kind"] not in STRUCTURE]
    roles += [word(pack, row["finding"], lang) for row in facts.findings if row.get("person") == key]
    roles += [say("rulebook_listed", lang, regime=row["regime"]) for row in facts.listings if row.get("subject") == key]
    who = f"{escape(name)} {escape(key)}".strip()
    if not roles:
        return who
    return say("rulebook_person_roles", lang, who=who, roles=say("rulebook_comma", lang).join(dict.fromkeys(roles)))
