"""Which incentives an honest subject may have: clean years before a date.

* *clean for N years* on a date: no record on the subject itself was decided in the N years before it; records on others are
  not its own;
* a lead (no instrument) is no record; one that was withdrawn by the date, by an event that the pack names, is none either;
* a decision date that is a gap makes the answer possible, never certain;
* where the law names no number of years a record excludes, and without one the answer is possible: somebody must choose.

Invariants: one more record never grants more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from dateutil.relativedelta import relativedelta

from graph_service.model.facts import Event, Record, Stored
from graph_service.model.interval import FIRST
from graph_service.model.verdict import Verdict
from graph_service.policy.table import Incentive, Pack
from graph_service.snapshot.view import View


@dataclass(frozen=True, slots=True)
class Granted:
    """Whether an incentive's condition is met, and the records that stand against it."""

    pack: str
    incentive: Incentive
    verdict: Verdict
    against: tuple[str, ...]


def incentives(view: View, subject: str, packs: Sequence[Pack], at: int) -> list[Granted]:
    """How a subject stands with each incentive in force on a day.  Costs its own records."""
    records = view.records_of([subject])
    events = view.events_of([record.fact.id for record in records])
    told = [record for record in records if record.fact.instrument_no and record.fact.decided_on.lo <= at]
    return [
        _granted(pack, one, [record for record in told if not _void(events[record.fact.id], one, at)], at)
        for pack in packs
        for one in pack.incentives
        if one.basis.valid_from <= at < one.basis.valid_to
    ]


def _void(events: Iterable[Stored[Event]], one: Incentive, at: int) -> bool:
    """Whether a record counts for nothing by a date: withdrawn as a whole, not for one person."""
    return any(event.fact.kind in one.voided_by and not event.fact.person and event.fact.on <= at for event in events)


def _granted(pack: Pack, one: Incentive, records: Sequence[Stored[Record]], at: int) -> Granted:
    if one.clean_years is None:
        verdict = Verdict.of(always=False, ever=not any(record.fact.decided_on.hi <= at for record in records))
        return Granted(pack.id, one, verdict, tuple(record.id for record in records))
    today = date.fromordinal(at)
    since = (today - relativedelta(years=one.clean_years)).toordinal() if today.year > one.clean_years else FIRST
    against = [record for record in records if record.fact.decided_on.hi >= since]
    surely = [record for record in against if record.fact.decided_on.lo >= since and record.fact.decided_on.hi <= at]
    verdict = Verdict.of(always=not against, ever=not surely)
    return Granted(pack.id, one, verdict, tuple(record.id for record in against))
