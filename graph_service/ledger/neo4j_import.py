"""A ledger as files for Neo4j's offline importer: the same nodes and relationships that appending its facts would give.

* Live facts are scanned; where some were retracted, the changes are gone through twice, for the positions of their retractions.
* A fact keeps its position, its recorded time and its id, so that the new ledger goes on from where this one stands.
* Constraints and indexes cannot be imported: the ledger says format 0 until it is first opened, which makes them.

Invariants: every fact is in the files once; a folder is whole or not there; nothing that the importer could drop without a word
(`COMMAND` lets it tolerate nothing).
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from uuid import uuid4

from graph_service.ledger.changes import micros
from graph_service.ledger.neo4j_codec import LABELS, properties, shown_record, shown_subject, type_of
from graph_service.ledger.protocol import Ledger, Reader
from graph_service.messages import InputError
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, Tie

KINDS: tuple[type[Fact], ...] = (Subject, Tie, Record, Finding, Event, Listing)
LIST = "\x1f"
"""What separates the items of a list; no text that came through a file holds a control character."""
PRACTICE = "practitioner"
"""The kind of tie that makes a practitioner."""

_FACT = {"position": "long", "recorded": "long", "retracted": "long", "fact": "string"}
_DAYS = {"from_lo": "long", "from_hi": "long", "to_lo": "long", "to_hi": "long"}
_TEXTS = dict.fromkeys(("family", "behaviour", "severity", "authority", "instrument_no", "region", "amount", "outcome"), "string")
_SHARE = {"share": "string", "share_lo": "long", "share_hi": "long", "share_of": "long"}
_OPEN = {"share_lo_open": "boolean", "share_hi_open": "boolean"}
_MORE = dict.fromkeys(("title", "credential", "source", "kind"), "string")
_SHOWN = dict.fromkeys(("name", "form", "status", "region", "industry", "opened_on", "closed_on"), "string")


@dataclass(frozen=True, slots=True)
class File:
    """A file of nodes or relationships: its name, what it holds for the importer, its columns with their types.

    ``ends`` are the id spaces of the nodes, or of both ends of the relationships.
    """

    name: str
    holds: str
    ends: tuple[str, ...]
    columns: Mapping[str, str]

    @property
    def header(self) -> list[str]:
        """The first line, as the importer reads it."""
        typed = [f"{name}:{kind}" for name, kind in self.columns.items()]
        if self.holds.startswith("nodes"):
            own = [f":ID({space})" if space == "Event" else f"{_OWN[space]}:ID({space})" for space in self.ends]
            return [*own, *typed, ":LABEL"]
        return [f":START_ID({self.ends[0]})", f":END_ID({self.ends[1]})", *typed, ":TYPE"]


_OWN = {"Subject": "id", "Record": "id", "Authority": "name", "Regime": "id"}
FILES = {
    one.name: one
    for one in (
        File("subjects", "nodes=GsSubject", ("Subject",), {**_SHOWN, "state_owned": "boolean"}),
        File("records", "nodes=GsRecord", ("Record",), {"subject": "string", "decided_on": "string", **_TEXTS}),
        File("authorities", "nodes=GsAuthority:Authority", ("Authority",), {}),
        File("regimes", "nodes=GsRegime:Regime", ("Regime",), {}),
        File(
            "events", "nodes=GsFact:GsEvent:Event", ("Event",),
            {**_FACT, "key": "string", "type": "string", "record": "string", "kind": "string", "on": "long",
             "person": "string", "instrument_no": "string"},
        ),
        File(
            "descriptions", "nodes=GsFact:GsDescription", (),
            {**_FACT, "key": "string", "type": "string", "subject": "string", "kind": "string", "text": "string[]",
             "days": "long[]", "state_owned": "boolean"},
        ),
        File(
            "facts", "nodes=GsFact", (),
            {"key": "string", "fact": "string", "position": "long", "retracted": "long", "type": "string"},
        ),
        File(
            "ledger", "nodes=GsLedger", (),
            {"name": "string", "format": "long", "uuid": "string", "appended": "long", "position": "long", "appended_at": "long",
             "identity_key": "string"},
        ),
        File("appends", "nodes=GsAppend", (), {"token": "string", "first": "long", "last": "long", "recorded": "long"}),
        File("loads", "nodes=GsLoad", (), {"name": "string"}),
        File("ties", "relationships", ("Subject", "Subject"), {"id": "string", **_DAYS, **_SHARE, **_OPEN, **_MORE, **_FACT}),
        File(
            "against", "relationships", ("Record", "Subject"),
            {**_DAYS, "decided_lo": "long", "decided_hi": "long", **_TEXTS, **_FACT},
        ),
        File(
            "names", "relationships", ("Record", "Subject"),
            {"finding": "string", "instrument_no": "string", "found_on": "long", **_FACT},
        ),
        File("listed", "relationships", ("Subject", "Regime"), {"regime": "string", **_DAYS, "instrument_no": "string", **_FACT}),
        File("decided_by", "relationships", ("Record", "Authority"), {}),
        File("moves", "relationships", ("Event", "Record"), {}),
        File("concerns", "relationships", ("Event", "Subject"), {}),
    )
}  # fmt: skip
"""Every file, by name."""


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: rows of each file, the facts and those of them that are live, and the importer's arguments.

    ``hashed``: whether identity numbers are among them, as hashes under the key of the ledger.
    """

    rows: dict[str, int]
    facts: int
    live: int
    arguments: tuple[str, ...]
    hashed: bool


class _Sheet:
    """An open file; counts its rows, and notices texts that run over several lines."""

    def __init__(self, file: File, target: TextIOWrapper) -> None:
        self.file, self.rows, self.broken = file, -1, False
        self._target = target
        self._columns = tuple(file.columns)
        self._write = csv.writer(self, lineterminator="\n").writerow
        self._write(file.header)

    def write(self, line: str) -> None:
        """A row as text."""
        self.rows += 1
        if line.count("\n") > 1 or "\r" in line:
            self.broken = True
        self._target.write(line)

    def row(self, ends: Sequence[object], made: Mapping[str, Any], last: str) -> None:
        """One node or relationship: its ids, its properties, its labels or type."""
        get = made.get
        self._write([*ends, *(_cell(get(name)) for name in self._columns), last])


def _cell(value: Any) -> Any:
    if value is True:
        return "true"
    if not isinstance(value, list):
        return value
    texts = [str(one) for one in value]
    if any(LIST in one for one in texts):
        raise InputError("export_bad_text")
    return LIST.join(texts)


@dataclass(slots=True)
class _Seen:
    """What nodes there must be, and what they show, once all facts are written."""

    subjects: dict[str, None] = field(default_factory=dict)
    practitioners: set[str] = field(default_factory=set)
    records: dict[str, None] = field(default_factory=dict)
    authorities: dict[str, None] = field(default_factory=dict)
    regimes: dict[str, None] = field(default_factory=dict)
    appends: dict[int, tuple[int, int]] = field(default_factory=dict)
    hashed: bool = False

    def recorded(self, recorded: int, position: int) -> None:
        """Note when a position was recorded."""
        first, last = self.appends.get(recorded, (position, position))
        self.appends[recorded] = (min(first, position), max(last, position))


def write_import(ledger: Ledger, folder: Path) -> Written:
    """Write the files of a ledger into a folder, which must not be there yet or be empty.

    The folder is readable by its owner alone, as it holds personal data.  Costs some 30 microseconds a fact, and memory for the
    ids of subjects and records.  Raises `InputError`, `LedgerError`; then there is no folder.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("export_folder_used", folder=folder)
    if not folder.parent.is_dir():
        raise InputError("export_no_parent", folder=folder)
    stage = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}-"))
    try:
        with ExitStack() as opened:
            sheets = {
                name: _Sheet(file, opened.enter_context((stage / f"{name}.csv").open("w", encoding="utf-8", newline="")))
                for name, file in FILES.items()
            }
            with ledger.read() as reader:
                facts, live, hashed = _write(ledger, reader, sheets)
        rows = {name: sheet.rows for name, sheet in sheets.items()}
        arguments = _arguments(sheets)
        (stage / "arguments.txt").write_text("".join(f"{one}\n" for one in arguments), "utf-8")
        if folder.exists():
            folder.rmdir()
        stage.rename(folder)
        return Written(rows, facts, live, arguments, hashed)
    except BaseException:
        rmtree(stage, ignore_errors=True)
        raise


def _write(ledger: Ledger, reader: Reader, sheets: Mapping[str, _Sheet]) -> tuple[int, int, bool]:
    seen, live = _Seen(), 0
    for kind in KINDS:
        for stored in reader.scan(kind):
            _fact(sheets, seen, stored, None)
            live += 1
    # Each change adds or retracts: where as many facts are live as there were changes, none was retracted.
    gone = list(_retracted(ledger, seen, reader.position.number)) if live < reader.position.number else []
    for stored, retracted in gone:
        _fact(sheets, seen, stored, retracted)
    _nodes(sheets, seen, reader)
    position, at = reader.position.number, _micros(reader.position.recorded_at)
    made = {"name": "ledger", "format": 0, "uuid": str(uuid4()), "appended": position, "position": position, "appended_at": at}
    # A key binds later loads only where something was hashed under it.
    sheets["ledger"].row((), {**made, "identity_key": ledger.identity_fingerprint() if seen.hashed else None}, "")
    for recorded, (first, last) in seen.appends.items():
        sheets["appends"].row((), {"token": uuid4().hex, "first": first, "last": last, "recorded": recorded}, "")
    for name in ledger.unfinished_loads():
        sheets["loads"].row((), {"name": name}, "")
    return live + len(gone), live, seen.hashed


def _retracted(ledger: Ledger, seen: _Seen, last: int) -> Iterator[tuple[Stored[Fact], int]]:
    """The facts that are no longer live, with the positions of their retractions."""
    ends: dict[str, list[int]] = {}
    for change in ledger.since(0, last):
        seen.recorded(_micros(change.recorded_at), change.position)
        if not change.added:
            ends.setdefault(change.fact_id, []).append(change.position)
    # A fact that was added, retracted and added again has its retractions in the order of its additions.
    for change in ledger.since(0, last):
        if change.added and ends.get(change.fact_id):
            yield Stored(change.fact, change.fact_id, change.position, change.recorded_at), ends[change.fact_id].pop(0)


def _fact(sheets: Mapping[str, _Sheet], seen: _Seen, stored: Stored[Any], retracted: int | None) -> None:
    fact, recorded, kind = stored.fact, _micros(stored.recorded_at), type_of(stored.fact)
    seen.recorded(recorded, stored.position)
    made = properties(fact, stored.id, stored.position, recorded, retracted)
    match fact:
        case Tie():
            seen.subjects[fact.holder] = seen.subjects[fact.enterprise] = None
            if fact.kind == PRACTICE and retracted is None:
                seen.practitioners.add(fact.holder)
            sheets["ties"].row((fact.holder, fact.enterprise), made, kind)
        case Subject():
            seen.subjects[fact.id] = None
            seen.hashed = seen.hashed or bool(fact.id_hash)
            sheets["descriptions"].row((), made, "")
            return
        case Record():
            seen.subjects[fact.subject] = seen.records[fact.id] = None
            if fact.authority:
                seen.authorities[fact.authority] = None
            sheets["against"].row((fact.id, fact.subject), made, kind)
        case Finding():
            seen.records[fact.record] = seen.subjects[fact.person] = None
            sheets["names"].row((fact.record, fact.person), made, kind)
        case Event():
            seen.records[fact.record] = None
            sheets["events"].row((stored.position,), made, "")
            sheets["moves"].row((stored.position, fact.record), {}, "MOVES")
            if fact.person:
                seen.subjects[fact.person] = None
                sheets["concerns"].row((stored.position, fact.person), {}, "CONCERNS")
            return
        case Listing():
            seen.subjects[fact.subject] = seen.regimes[fact.regime] = None
            sheets["listed"].row((fact.subject, fact.regime), made, kind)
    index = {"key": fact.key, "fact": stored.id, "position": stored.position, "retracted": retracted, "type": kind}
    sheets["facts"].row((), index, "")


def _nodes(sheets: Mapping[str, _Sheet], seen: _Seen, reader: Reader) -> None:
    """The nodes that facts join, with what is live of them."""
    for subject in reader.scan(Subject):
        fact = subject.fact
        assert isinstance(fact, Subject)
        labels = [LABELS[fact.kind], *(["Practitioner"] if fact.id in seen.practitioners else [])]
        sheets["subjects"].row((fact.id,), shown_subject(fact), LIST.join(labels))
        del seen.subjects[fact.id]
    for key in seen.subjects:
        sheets["subjects"].row((key,), {}, "Practitioner" if key in seen.practitioners else "")
    for record in reader.scan(Record):
        stated = record.fact
        assert isinstance(stated, Record)
        sheets["records"].row((stated.id,), shown_record(stated), "Record")
        if stated.authority:
            sheets["decided_by"].row((stated.id, stated.authority), {}, "DECIDED_BY")
        del seen.records[stated.id]
    for key in seen.records:
        sheets["records"].row((key,), {}, "")
    for name, keys in (("authorities", seen.authorities), ("regimes", seen.regimes)):
        for key in keys:
            sheets[name].row((key,), {}, "")


def _arguments(sheets: Mapping[str, _Sheet]) -> tuple[str, ...]:
    """What the importer is told besides the database: nothing may be dropped, and every file that has rows."""
    broken = any(sheet.broken for sheet in sheets.values())
    options = [
        "--id-type=string",
        "--bad-tolerance=0",
        "--array-delimiter=U+001F",
        *(["--multiline-fields=true"] if broken else []),
    ]
    return (*options, *(f"--{sheet.file.holds}={name}.csv" for name, sheet in sheets.items() if sheet.rows))


@lru_cache(maxsize=4096)
def _micros(recorded_at: str) -> int:
    """Microseconds since 1970 of a recorded time."""
    return micros(datetime.fromisoformat(recorded_at)) if recorded_at else 0
