"""Every verdict, and where every effect of the certain ones stands, in plain Python: see `benchmarks.peers.dicts`.

One record after the other, one rule after the other; whom rules that ask alike reach is found once a record.  Days are integers,
an interval is four of them (the ranges of its start and its end), as in `graph_service.model.interval`, whose closed forms these
are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

import polars as pl

from benchmarks.peers import STANDINGS, VERDICTS, Propagated
from benchmarks.peers.dicts_standings import Event, Standings, events_by_record
from benchmarks.peers.frames import findings_of, records_of, ties_of
from graph_service.engine.bulk.cases import cases_of
from graph_service.engine.bulk.gaps import (
    ACT_DATES,
    ACT_FIRST,
    CLOCK,
    CLOCK_UNSURE,
    DEATH,
    DECISION,
    FINDING,
    OWN_DECISION,
    TIE_DATES,
)
from graph_service.engine.bulk.law import Asking, Law, law_of, meetings, numbers_of
from graph_service.model.interval import LAST, Days, all_days_covered
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import ENTERPRISE, FINDING_WORDS, PERSON, UNDESCRIBED, UNSPECIFIED, Columns

SEVERAL = -2
Span = tuple[int, int, int, int]
"""Start from, start to, end from, end to."""


class Tie(NamedTuple):
    """A tie into a recorded subject."""

    row: int
    kind: int
    span: Span
    rank: int


class Held(NamedTuple):
    """A tie as long as its holder lived: ``sure`` for certain (None: perhaps never), ``[start, until)`` at most."""

    tie: Tie
    sure: Span | None
    start: int
    until: int


class Found(NamedTuple):
    """Whom an asking reaches for a record."""

    subject: int
    sure: bool
    gaps: int
    tie: int
    finding: int


class Facts(NamedTuple):
    """What bears on the records: ties by subject and holder, findings by place and person, subjects."""

    ties: dict[int, dict[int, list[Tie]]]
    findings: dict[int, dict[int, list[tuple[int, int]]]]
    kinds: list[int]
    closed: dict[int, tuple[int, int]]
    uscc: list[bool]


def propagate(columns: Columns, packs: Sequence[Pack], day: int) -> Propagated:
    """Every verdict on every record on a day, and where every effect of the certain ones stands."""
    law = law_of(packs, day)
    cases = cases_of(columns, day, law.areas)
    by_class = _meetings(meetings(law, cases.classes))
    askings = list(law.askings)
    roles = [numbers_of(one.roles) for one in askings]
    accepted = [frozenset(FINDING_WORDS[word] for word in one.fault or FINDING_WORDS) for one in askings]
    effects: dict[int, list[tuple[int, int, bool]]] = defaultdict(list)
    for number, (rule, effect, footing) in enumerate(law.effects):
        entry = effect.kind == "record_entry" and law.rules[rule][1].reach != "self"
        effects[rule].append((number, footing, entry))
    records = records_of(cases)
    facts, events = _facts(columns, law, records), events_by_record(columns, records, day)
    verdicts: list[tuple[int, int, int, bool, int, int, int]] = []
    standings: list[tuple[int, int, int, int, int, int, int]] = []
    for row in records.iter_rows(named=True):
        reached: dict[int, list[Found]] = {}
        stands = Standings(law, row, events.get(row["place"], _NO_EVENTS), facts.closed)
        low, high = row["decided_lo"], row["decided_hi"]
        for meeting in by_class.get(row["cls"], ()):
            rule, asking = meeting["rule"], meeting["asking"]
            since, until = meeting["valid_from"], meeting["valid_to"]
            if max(low, since) > min(high, until - 1, day):
                continue
            always = high <= day and since <= low and high < until
            if asking not in reached:
                reached[asking] = _reached(law, facts, row, askings[asking], roles[asking], accepted[asking])
            trigger, gaps = meeting["sure"] and always, meeting["gaps"] | (0 if always else DECISION)
            shown = meeting["kind_asked"] and row["described"] == UNDESCRIBED and not row["uscc"]
            own_tie = row["kind_tie"] if shown and askings[asking].reach != "role" else -1
            for one in reached[asking]:
                sure = trigger and one.sure
                tie = own_tie if askings[asking].reach != "role" else one.tie
                told = 0 if sure else gaps | one.gaps
                if sure:
                    firm = _is_firm(facts, one.subject)
                    standings.extend(
                        (len(verdicts), effect, *stands.of(footing, one.subject))
                        for effect, footing, entry in effects[rule]
                        if not (entry and firm)
                    )
                verdicts.append((row["rec"], rule, one.subject, sure, told, tie, one.finding))
    return Propagated(
        pl.DataFrame(verdicts, schema=VERDICTS, orient="row"), pl.DataFrame(standings, schema=STANDINGS, orient="row")
    )


_NO_EVENTS: list[Event] = []
Row = dict[str, Any]


def _meetings(frame: pl.DataFrame) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        found[row["cls"]].append(row)
    return found


def _is_firm(facts: Facts, subject: int) -> bool:
    """Whether a subject is an enterprise, by its description or its key: it has no credit record of a person."""
    kind = facts.kinds[subject]
    return kind == ENTERPRISE or (kind == UNDESCRIBED and facts.uscc[subject])


def _facts(columns: Columns, law: Law, records: pl.DataFrame) -> Facts:
    ties: dict[int, dict[int, list[Tie]]] = {}
    names = ("enterprise", "holder", "tie", "kind", "start_lo", "start_hi", "end_lo", "end_hi", "rank")
    for enterprise, holder, row, kind, *span, rank in ties_of(columns, records, law).select(names).iter_rows():
        tie = Tie(row, kind, (span[0], span[1], span[2], span[3]), rank)
        ties.setdefault(enterprise, {}).setdefault(holder, []).append(tie)
    findings: dict[int, dict[int, list[tuple[int, int]]]] = {}
    for place, row, person, finding in findings_of(columns, records, law.at).iter_rows():
        findings.setdefault(place, {}).setdefault(person, []).append((row, finding))
    subjects = columns.frames["subjects"]
    mortal = subjects.with_row_index("subject").filter((pl.col("kind") == PERSON) & (pl.col("closed_lo") != LAST))
    closed = {subject: (lo, hi) for subject, lo, hi in mortal.select("subject", "closed_lo", "closed_hi").iter_rows()}
    return Facts(ties, findings, subjects["kind"].to_list(), closed, subjects["uscc"].to_list())


def _reached(law: Law, facts: Facts, row: Row, asking: Asking, roles: frozenset[int], accepted: frozenset[int]) -> list[Found]:
    if asking.reach == "self":
        return [] if row["described"] == UNSPECIFIED else [Found(row["subject"], True, 0, -1, -1)]
    named = {
        person: first
        for person, found in facts.findings.get(row["place"], {}).items()
        if (first := next((number for number, finding in found if finding in accepted), None)) is not None
    }
    if asking.reach == "finding":
        return [Found(person, True, 0, -1, first) for person, first in named.items() if facts.kinds[person] != UNSPECIFIED]
    low = max(row["decided_lo"], asking.valid_from)
    high = min(row["decided_hi"], law.at, asking.valid_to - 1)
    anchors: dict[str, Span | None] = {
        "act": (row["act_sl"], row["act_sh"], row["act_el"], row["act_eh"]),
        "decision": (low, high, low + 1, high + 1) if low <= high else None,
        "current": (law.at, law.at, law.at + 1, law.at + 1),
    }
    reached = []
    for holder, ties in facts.ties.get(row["subject"], {}).items():
        if facts.kinds[holder] == UNSPECIFIED:
            continue
        closed = facts.closed.get(holder)
        held = [one for tie in ties if tie.kind in roles and (one := _held(tie, closed)) is not None]
        if held and (found := _judged(row, asking, anchors, holder, held, closed, named.get(holder, -1))) is not None:
            reached.append(found)
    return reached


def _held(tie: Tie, closed: tuple[int, int] | None) -> Held | None:
    """A tie as long as its holder lived; None where the holder died before it."""
    start_lo, start_hi, end_lo, end_hi = tie.span
    if closed is None:
        return Held(tie, tie.span, start_lo, end_hi)
    first, last = closed[0] + 1, min(closed[1] + 1, LAST)
    if start_lo >= last:
        return None
    sure = (start_lo, start_hi, min(end_lo, first), min(end_hi, first)) if start_hi < first else None
    return Held(tie, sure, start_lo, min(end_hi, last))


def _judged(
    row: Row,
    asking: Asking,
    anchors: dict[str, Span | None],
    holder: int,
    held: Sequence[Held],
    closed: tuple[int, int] | None,
    finding: int,
) -> Found | None:
    """Whether a holder is reached: by a finding that fixes person and time, or by the role at the clocks."""
    needs = bool(asking.fault) or asking.named
    lacks = needs and finding < 0
    shown = finding if needs else -1
    if asking.named and not lacks:
        return Found(holder, True, 0, min(held, key=lambda one: one.tie.rank).tie.row, shown)
    by_clock = {clock: _at(held, anchors[clock]) for clock in asking.clocks}
    if not any(by_clock.values()):
        return None
    targets = [anchor for clock in asking.clocks if (anchor := anchors[clock]) is not None]
    if not asking.named and all(verdict == 2 for verdict in by_clock.values()):
        # A certain role holds at every clock, so that every clock has its anchor.
        alone = [one.tie for one in held if all(_surely([one], target) for target in targets)]
        tie = min(alone, key=lambda one: one.rank).row if alone else SEVERAL
        return Found(holder, not lacks, FINDING if lacks else 0, tie, shown)
    touching = [one.tie for one in held if any(_meet(one, target) for target in targets)]
    gaps = 0 if asking.named else _gaps(row, by_clock, anchors, held, closed)
    tie = touching[0].row if len(touching) == 1 else SEVERAL
    return Found(holder, False, gaps | (FINDING if lacks else 0), tie, shown)


def _meet(one: Held, target: Span) -> bool:
    return max(one.start, target[0]) < min(one.until, target[3])


def _at(held: Sequence[Held], target: Span | None) -> int:
    """Whether ties meet an anchor: 2 surely, together or alone, 1 perhaps, 0 not."""
    if target is None or not any(_meet(one, target) for one in held):
        return 0
    return 2 if _surely(held, target) else 1


def _surely(held: Sequence[Held], target: Span) -> bool:
    return _any_surely([one.sure for one in held if one.sure is not None], target)


def _any_surely(spans: Sequence[Span], target: Span) -> bool:
    """Whether under every reading one of the spans shares a day with the target."""
    if target[1] < target[2]:
        return any(_meets_always(span, target[1], target[2]) for span in spans)
    first, last = max(target[0], target[2] - 1), min(target[1], target[3] - 1)
    return all_days_covered([days for span in spans if (days := _core(span)) is not None], first, last)


def _meets_always(span: Span, low: int, high: int) -> bool:
    if span[1] < span[2]:
        return max(span[1], low) < min(span[2], high)
    return low <= max(span[0], span[2] - 1) and min(span[1], span[3] - 1) < high


def _core(span: Span) -> Days | None:
    """The days that a span covers under every reading."""
    if span[1] < span[2]:
        return span[1], span[2]
    first, last = max(span[0], span[2] - 1), min(span[1], span[3] - 1)
    return (first, first + 1) if first == last else None


def _gaps(
    row: Row, by_clock: dict[str, int], anchors: dict[str, Span | None], held: Sequence[Held], closed: tuple[int, int] | None
) -> int:
    """What leaves a role unsure, as bits: the clocks on which the law is silent, and dates."""
    unsure = [clock for clock, verdict in by_clock.items() if verdict == 1]
    bits = 0
    if len(set(by_clock.values())) > 1:
        bits |= CLOCK_UNSURE if unsure else CLOCK
    if not unsure:
        return bits
    act = (row["act_sl"], row["act_sh"], row["act_el"], row["act_eh"])
    vague = any(one.tie.span[0] != one.tie.span[1] or one.tie.span[2] != one.tie.span[3] for one in held)
    act_vague = "act" in unsure and (act[0] != act[1] or act[2] != act[3])
    bits |= TIE_DATES * vague | ACT_DATES * act_vague
    bits |= OWN_DECISION * ("decision" in unsure and row["decided_lo"] != row["decided_hi"])
    bits |= DEATH * (closed is not None and closed[0] != closed[1])
    if vague and act_vague and unsure == ["act"]:
        longest = (act[0], act[0], act[3], act[3])
        widest = [(one.start, one.start, one.until, one.until) for one in held]
        if _surely(held, longest) and not _any_surely(widest, act):
            bits |= ACT_FIRST
    return bits
