"""From BODS statements to facts.

All statements are read before the first fact is made, into a temporary database on disk:

1. Of the statements of one record the latest counts (date, then status, then statement id); the order of files and lines
   does not.
2. Entities of one registration number or LEI (`codes.unique_key`) are one subject.  Each attribute comes from the latest
   statement that states it; persons are never merged.
3. Subjects are made, then one tie an interest, between the subjects that its records have become.

Invariants (must never happen): the order of statements changes a fact; two persons become one; a party without a record
becomes a person.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any

from graph_service.ingest.bods.statement import read_statement
from graph_service.ingest.bods.streams import SUFFIXES, read_statements
from graph_service.ingest.intake import Intake
from graph_service.ingest.progress import Progress
from graph_service.ingest.rejects import MASK, mask_numbers
from graph_service.ingest.report import Notice
from graph_service.messages import BadValue, InputError
from graph_service.model.facts import Subject, SubjectKind, Tie
from graph_service.model.interval import Bound, Interval
from graph_service.model.rows import BadRow, Hasher
from graph_service.model.share import Share

_TABLES = {"entity": "enterprises", "person": "persons", "relationship": "ties"}
_MARKS = frozenset({"statementId", "recordId", "recordType", "recordDetails", "declarationSubject"})

_SCHEMA = """
CREATE TABLE statement (
    kind TEXT NOT NULL, record TEXT NOT NULL, rank TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
    file INTEGER NOT NULL, line INTEGER NOT NULL, PRIMARY KEY (kind, record)
) WITHOUT ROWID
"""


def looks_like_bods(path: Path) -> bool:
    """Whether a path is a JSON file of BODS 0.4, or a folder with JSON files.

    Raises `InputError` for JSON that is something else.
    """
    if path.is_dir():
        return any(_is_json(entry) for entry in path.iterdir())
    if not _is_json(path):
        return False
    first = next(iter(read_statements(path, str(path))), None)
    if first is None:
        return True
    value = first[0][1]
    if isinstance(value, dict) and "statementType" in value and "recordType" not in value:
        raise InputError("bods_old", file=path)
    if not isinstance(value, dict) or not _MARKS & value.keys():
        raise InputError("bods_unlike", file=path)
    return True


def _is_json(path: Path) -> bool:
    return path.suffix.lower() in SUFFIXES and path.is_file()


def find_files(paths: Sequence[Path]) -> list[Path]:
    """The files to read, folders opened.  Raises `InputError` for one that is empty or cannot be read."""
    files: list[Path] = []
    for path in paths:
        inside = sorted(entry for entry in path.iterdir() if _is_json(entry)) if path.is_dir() else [path]
        if not inside:
            raise InputError("form_wrong", file=path, form="BODS")
        files.extend(inside)
    for path in files:
        try:
            with path.open("rb") as file:
                if not file.read(4096).strip():
                    raise InputError("file_empty", file=path)
        except OSError as error:
            raise InputError("file_unreadable", file=path, cause=error.strerror or "") from None
    return files


def load_files(
    files: Sequence[Path], intake: Intake, scratch: sqlite3.Connection, hasher: Hasher, progress: Progress
) -> list[Notice]:
    """Read all statements, then give their facts to the intake.  Notices say what was merged and superseded."""
    scratch.execute(_SCHEMA)
    superseded = 0
    for number, path in enumerate(files):
        progress.begin(str(path), path.stat().st_size)
        for (line, value, text), size in read_statements(path, str(path)):
            superseded += _keep(number, line, value, text, intake, scratch, hasher)
            progress.advance(size)
        progress.end()
    scratch.execute("CREATE INDEX by_subject ON statement (kind, subject, rank)")
    progress.begin("facts", int(scratch.execute("SELECT count(*) FROM statement").fetchone()[0]))
    merged = _make_entities(intake, scratch, progress)
    _make_persons(intake, scratch, progress)
    _make_ties(intake, scratch, progress)
    progress.end()
    counted = (("notice_merged", merged), ("notice_superseded", superseded))
    return [Notice(code, {"count": count}) for code, count in counted if count]


def _keep(file: int, line: int, value: object, text: str, intake: Intake, scratch: sqlite3.Connection, hasher: Hasher) -> int:
    """Keep a statement if it is the latest of its record so far; 1 if it or another is superseded by that."""
    if isinstance(value, BadValue):
        intake.reject("statements", file, line, "$", value, mask_numbers(text))
        return 0
    try:
        read = read_statement(value, hasher)
    except BadRow as bad:
        table = _table_of(value)
        intake.reject(table, file, line, bad.field, bad, _without_numbers(value, text, table))
        return 0
    body = json.dumps(read.body, ensure_ascii=False, separators=(",", ":"))
    rank = f"{read.rank} {blake2b(body.encode(), digest_size=8).hexdigest()}"
    row = (read.kind, read.record, rank, read.subject, body, file, line)
    known = scratch.execute("SELECT rank FROM statement WHERE kind = ? AND record = ?", (read.kind, read.record)).fetchone()
    if known is None:
        scratch.execute("INSERT INTO statement VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return 0
    if known[0] == rank:
        intake.repeated(_TABLES[read.kind])
        return 0
    if rank > known[0]:
        scratch.execute("REPLACE INTO statement VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    return 1


def _table_of(value: object) -> str:
    kind = value.get("recordType") if isinstance(value, dict) else None
    return _TABLES.get(kind, "statements") if isinstance(kind, str) else "statements"


def _without_numbers(value: object, text: str, table: str) -> str:
    """The text of a rejected statement; whatever may be a person's identity number is hidden."""
    if table in ("enterprises", "ties"):
        return text
    details = value.get("recordDetails") if isinstance(value, dict) else None
    identifiers = details.get("identifiers") if isinstance(details, dict) else None
    if table == "persons" and isinstance(value, dict) and isinstance(details, dict) and isinstance(identifiers, list):
        if all(isinstance(entry, dict) for entry in identifiers):
            hidden = [{**entry, "id": MASK} if "id" in entry else entry for entry in identifiers]
            return json.dumps({**value, "recordDetails": {**details, "identifiers": hidden}}, ensure_ascii=False, default=str)
        return mask_numbers(text)
    return mask_numbers(text) if table == "statements" else text


def _rows(scratch: sqlite3.Connection, kind: str, order: str) -> Iterator[tuple[str, str, list[Any], str, int, int]]:
    """``(record, subject, body, its text, file, line)`` of every record of a kind."""
    query = f"SELECT record, subject, body, file, line FROM statement WHERE kind = ? ORDER BY {order}"  # noqa: S608 (our own words)
    for record, subject, body, file, line in scratch.execute(query, (kind,)):
        yield record, subject, json.loads(body), body, file, line


def _make_entities(intake: Intake, scratch: sqlite3.Connection, progress: Progress) -> int:
    """Make the enterprises; how many statements were merged with others."""
    merged = 0
    for subject, records in groupby(_rows(scratch, "entity", "subject, rank, record"), key=lambda row: row[1]):
        stated = ["", "", "", "", "", ""]
        count = file = line = 0
        for _, _, body, _, file, line in records:  # noqa: B007 (the last one's place)
            stated = [new or old for new, old in zip(body, stated, strict=True)]
            count += 1
        name, form, region, opened, closed, note = stated
        fact = Subject(
            id=subject,
            kind=SubjectKind.ENTERPRISE,
            name=name,
            form=form,
            region=region,
            opened_on=Bound.parse(opened, "start"),
            closed_on=Bound.parse(closed, "end"),
            note=note,
        )
        intake.take("enterprises", fact, file, line, json.dumps([subject, *stated], ensure_ascii=False))
        progress.advance(count)
        merged += count - 1
    return merged


def _make_persons(intake: Intake, scratch: sqlite3.Connection, progress: Progress) -> None:
    for record, _, body, text, file, line in _rows(scratch, "person", "record"):
        name, id_type, id_hash, born, died, note = body
        fact = Subject(
            id=record,
            kind=SubjectKind.PERSON,
            name=name,
            id_type=id_type,
            id_hash=id_hash,
            opened_on=Bound.parse(born, "start"),
            closed_on=Bound.parse(died, "end"),
            note=note,
        )
        intake.take("persons", fact, file, line, text)
        progress.advance(1)


def _make_ties(intake: Intake, scratch: sqlite3.Connection, progress: Progress) -> None:
    for record, _, body, text, file, line in _rows(scratch, "relationship", "record"):
        (subject_kind, subject), (party_kind, party), source, ties = body
        progress.advance(1)
        enterprise, is_person = _resolve(scratch, subject) if subject_kind == "record" else ("", False)
        if is_person:
            intake.reject("ties", file, line, "$.recordDetails.subject", BadValue("bods_subject_is_person"), text)
            continue
        holder = _resolve(scratch, party)[0] if party_kind == "record" else ""
        if not holder:
            holder = f"unspecified:{record}"
            intake.take("unspecified", Subject(holder, SubjectKind.UNSPECIFIED, note=party), file, line, text)
        if not enterprise:
            enterprise = f"unspecified:{record}" if party_kind == "record" else f"unspecified:{record}#subject"
            intake.take("unspecified", Subject(enterprise, SubjectKind.UNSPECIFIED, note=subject), file, line, text)
        for suffix, kind, start, end, share, title in ties:
            tie = Tie(
                id=f"{record}#{suffix}",
                kind=kind,
                holder=holder,
                enterprise=enterprise,
                valid=Interval.parse(start, end),
                share=None if share is None else Share.parse(share),
                title=title,
                source=source,
            )
            intake.take("ties", tie, file, line, text)


def _resolve(scratch: sqlite3.Connection, record: str) -> tuple[str, bool]:
    """The subject that a record has become (the record's own id if no statement describes it), and whether it is a person."""
    found = scratch.execute(
        "SELECT subject, kind FROM statement WHERE record = ? AND kind IN ('entity', 'person') ORDER BY kind", (record,)
    ).fetchone()
    return (found[0], found[1] == "person") if found else (record, False)
