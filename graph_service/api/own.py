"""Whose persons an officer sees in clear: those of the cases of their own region and department.

* a record is an officer's own if its region (or, where it states none, that of the enterprise) is in theirs, and its authority is
  one of their departments (or they name none);
* an enterprise is their own if it has such a record, or, for officers who name no department, if it lies in their region;
* its persons are those who hold a tie into it and those whom a finding of an own record names;
* a person asked about is their own if such a record concerns them: on an enterprise where they hold a tie, by a finding, or on
  themselves.

Everybody else is masked, also in the same answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph_service.access.roles import Caller
from graph_service.ledger.protocol import Reader
from graph_service.model.facts import Record, Stored


def persons_of(reader: Reader, caller: Caller, asked: Iterable[str]) -> frozenset[str]:
    """The persons in clear where somebody asks about enterprises or records."""
    keys = list(asked)
    records = {stored.fact.id: stored for stored in (*reader.records(keys), *reader.records_of(keys))}
    subjects = sorted({*keys, *(stored.fact.subject for stored in records.values())})
    regions = _regions(reader, subjects)
    own = [stored for stored in records.values() if _own(caller, stored, regions)]
    enterprises = {stored.fact.subject for stored in own}
    if not caller.departments:
        enterprises |= {key for key in subjects if caller.within(regions.get(key, ""))}
    found = {tie.fact.holder for tie in reader.ties_into(sorted(enterprises))}
    found |= {finding.fact.person for finding in reader.findings_of([stored.fact.id for stored in own])}
    return frozenset(found | {stored.fact.subject for stored in own})


def whether_own(reader: Reader, caller: Caller, person: str) -> bool:
    """Whether an own record concerns a person."""
    enterprises = sorted({tie.fact.enterprise for tie in reader.ties_of([person])})
    named = [finding.fact.record for finding in reader.findings_naming([person])]
    records = [*reader.records_of([person, *enterprises]), *reader.records(named)]
    regions = _regions(reader, sorted({stored.fact.subject for stored in records} | set(enterprises)))
    if any(_own(caller, stored, regions) for stored in records):
        return True
    return not caller.departments and any(caller.within(regions.get(key, "")) for key in enterprises)


def own_record(reader: Reader, caller: Caller, record: Record) -> bool:
    """Whether a record is the caller's own."""
    regions = _regions(reader, [record.subject])
    return caller.within(record.region or regions.get(record.subject, "")) and caller.answers_for(record.authority)


def _own(caller: Caller, stored: Stored[Record], regions: dict[str, str]) -> bool:
    record = stored.fact
    return caller.within(record.region or regions.get(record.subject, "")) and caller.answers_for(record.authority)


def _regions(reader: Reader, keys: Iterable[str]) -> dict[str, str]:
    return {stored.fact.id: stored.fact.region for stored in reader.subjects(keys)}
