"""Data faults: what is wrong with the facts that a verdict touches.  They change no verdict; they are said beside it.

* ``undescribed``: a tie, record or finding names a subject that no row describes;
* ``lead``: a record without an instrument triggers nothing;
* ``act_after_decision``: the act is said to begin after the decision;
* ``over_whole``: the certain holdings of a company add up to more than 100 %;
* ``majority_missing``: holders are known, but not of the greater part;
* ``sources_contradict``: sources tell one holding differently;
* ``two_legal_representatives``: two persons certainly held at once an office that only one can hold;
* ``unknown_behaviour``: the behaviour is in no vocabulary of the packs asked;
* ``family_contradicts``: the record's family is not the one that a pack gives its behaviour;
* ``event_before_decision``: something is said to have happened to a record before it was decided;
* ``event_on_nobody``: a person's own event names a person whom nothing ties to the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from graph_service.engine.answers import Fault
from graph_service.engine.holdings import by_company, certainly, holdings
from graph_service.engine.liability import Case, act_until_decision
from graph_service.model.facts import Event, Stored, Tie
from graph_service.model.share import ZERO, percent_text
from graph_service.model.words import CAPITAL
from graph_service.policy.table import Pack

HALF = Fraction(1, 2)
SINGLE_OFFICE = "legal_representative"


def record_faults(case: Case, packs: Iterable[Pack], events: Iterable[Stored[Event]]) -> list[Fault]:
    """What is wrong with a record, its findings and events."""
    record, own = case.record.fact, (case.record.id,)
    faults = []
    if record.subject not in case.subjects:
        faults.append(Fault("undescribed", record.subject, {"subject": record.subject}, own))
    if not record.instrument_no:
        faults.append(Fault("lead", record.id, {"record": record.id}, own))
    if act_until_decision(record) is None:
        faults.append(Fault("act_after_decision", record.id, {"record": record.id}, own))
    vocabularies = [pack.behaviours for pack in packs if pack.rules]
    if record.behaviour and vocabularies and not any(record.behaviour in words for words in vocabularies):
        faults.append(Fault("unknown_behaviour", record.id, {"record": record.id, "behaviour": record.behaviour}, own))
    families = {words[record.behaviour] for words in vocabularies if record.behaviour in words}
    if record.family and families and record.family not in families:
        values = {"record": record.id, "family": record.family, "behaviour": record.behaviour}
        faults.append(Fault("family_contradicts", record.id, values, own))
    for finding in case.findings:
        if finding.fact.person not in case.subjects:
            faults.append(Fault("undescribed", finding.fact.person, {"subject": finding.fact.person}, (finding.id,)))
    tied = {tie.fact.holder for tie in case.ties} | {finding.fact.person for finding in case.findings} | {record.subject}
    for event in events:
        if event.fact.on < record.decided_on.lo:
            faults.append(Fault("event_before_decision", record.id, {"record": record.id, "event": event.fact.kind}, (event.id,)))
        if event.fact.person and event.fact.person not in tied:
            values = {"record": record.id, "person": event.fact.person}
            faults.append(Fault("event_on_nobody", record.id, values, (event.id,)))
    return faults


def ties_faults(subject: str, ties: Sequence[Stored[Tie]], at: int, described: Iterable[str]) -> list[Fault]:
    """What is wrong with the ties into an enterprise on a day.  ``described`` are the holders that a row describes."""
    known = set(described)
    faults = [
        Fault("undescribed", key, {"subject": key}, tuple(tie.id for tie in ties if tie.fact.holder == key))
        for key in sorted({tie.fact.holder for tie in ties} - known)
    ]
    for company, held in by_company(holdings(ties, at, CAPITAL)).items():
        least, most = certainly(held)[company], sum((one.hi for one in held), ZERO)
        facts = tuple(sorted(tie.id for one in held for tie in one.ties))
        if least.over_whole:
            faults.append(Fault("over_whole", company, {"subject": company, "total": about(least.total)}, facts))
        elif most <= HALF:
            faults.append(Fault("majority_missing", company, {"subject": company, "total": about(most)}, facts))
        faults.extend(
            Fault("sources_contradict", company, {"subject": company, "holder": one.holder}, tuple(tie.id for tie in one.ties))
            for one in held
            if one.contradictory
        )
    return faults + two_at_once(subject, ties)


def about(total: Fraction) -> str:
    """A total in per cent for a sentence, rounded to two places; nothing is decided by it."""
    return percent_text(round(total, 4))


def two_at_once(subject: str, ties: Sequence[Stored[Tie]]) -> list[Fault]:
    """Two legal representatives at once, each told with certainty."""
    held = [(run, tie) for tie in ties if tie.fact.kind == SINGLE_OFFICE and (run := tie.fact.valid.shortest()) is not None]
    clash: set[str] = set()
    latest: tuple[int, Stored[Tie]] | None = None
    # In the order of their beginnings, an office clashes if it begins before the one that ends last is over.
    for (start, end), tie in sorted(held, key=lambda one: (one[0], one[1].id)):
        if latest is not None and start < latest[0] and tie.fact.holder != latest[1].fact.holder:
            clash.update((tie.id, latest[1].id))
        if latest is None or end > latest[0]:
            latest = end, tie
    return [Fault("two_legal_representatives", subject, {"subject": subject}, tuple(sorted(clash)))] if clash else []
