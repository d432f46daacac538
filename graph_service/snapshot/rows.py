"""Whole rows of columns as facts, and the digests of facts, for many rows at once.

A whole row has all columns of its fact, hot and cold, and keys instead of numbers for the subjects that it names.

Invariant: a fact is equal to the one that the row was made of; its digest is that of `graph_service.model.facts.fact_id`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import polars as pl

from graph_service.ledger.changes import moment_text
from graph_service.ledger.sqlite_codec import bound, interval, share_of
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie, content, digest
from graph_service.model.words import EVENTS, FINDINGS, TIE_KINDS
from graph_service.snapshot.columns import ENTERPRISE, PERSON, UNSPECIFIED

SUBJECT_KINDS = {ENTERPRISE: SubjectKind.ENTERPRISE, PERSON: SubjectKind.PERSON, UNSPECIFIED: SubjectKind.UNSPECIFIED}
"""What ``subjects.kind`` stands for."""
NAMES = {
    "subjects": "subject",
    "ties": "tie",
    "records": "record",
    "findings": "finding",
    "events": "event",
    "listings": "listing",
}
"""How fact ids and contents name the facts of each frame."""


def make_facts(table: str, rows: pl.DataFrame, ids: pl.Series) -> list[Stored[Fact]]:
    """The stored facts of whole rows; ``ids`` are their fact ids."""
    positions, times = rows["position"].to_list(), map(moment_text, rows["recorded"].to_list())
    parts = zip(_MAKERS[table](rows), ids.to_list(), positions, times, strict=True)
    return [Stored(fact, identity, position, time) for fact, identity, position, time in parts]


def fact_digests(table: str, rows: pl.DataFrame) -> pl.Series:
    """The digests (Binary) of the facts of whole rows.  Costs two microseconds a row, and some more a distinct date or share."""
    columns = [column.to_list() for column in _PARTS[table](rows)]
    name = NAMES[table]
    made = [bytes.fromhex(digest(name, *parts)) for parts in zip(*columns, strict=True)]
    return pl.Series("digest", made, dtype=pl.Binary)


def _rows(rows: pl.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return rows.select(names).iter_rows()


def _word(words: Sequence[str], number: int, other: str) -> str:
    return words[number] if number >= 0 else other


_SUBJECT = ("name", "form", "status", "region", "industry")
_TIE_DAYS = ("start_lo", "start_hi", "end_lo", "end_hi")
_ACT_DAYS = ("act_start_lo", "act_start_hi", "act_end_lo", "act_end_hi")
_LISTED_DAYS = ("listed_start_lo", "listed_start_hi", "listed_end_lo", "listed_end_hi")


def _subjects(rows: pl.DataFrame) -> list[Fact]:
    days = ("opened_lo", "opened_hi", "closed_lo", "closed_hi")
    return [
        Subject(*(row[0], SUBJECT_KINDS[row[1]], *row[2:7], bound(row[7], row[8]), bound(row[9], row[10]), *row[11:]))
        for row in _rows(rows, "key", "kind", *_SUBJECT, *days, "state_owned", "id_type", "id_hash", "note")
    ]


def _ties(rows: pl.DataFrame) -> list[Fact]:
    names = ("id", "kind", "other", "holder", "enterprise", *_TIE_DAYS, "share", "title", "credential", "source")
    return [
        Tie(
            *(row[0], _word(TIE_KINDS, row[1], row[2]), row[3], row[4], interval(*row[5:9])),
            *(None if row[9] is None else share_of(row[9]), *row[10:]),
        )
        for row in _rows(rows, *names)
    ]


def _records(rows: pl.DataFrame) -> list[Fact]:
    names = ("id", "subject", "family", "behaviour", "severity", *_ACT_DAYS, "decided_lo", "decided_hi")
    return [
        Record(*(*row[:5], interval(*row[5:9]), bound(row[9], row[10]), *row[11:]))
        for row in _rows(rows, *names, "authority", "instrument_no", "region", "amount", "outcome")
    ]


def _findings(rows: pl.DataFrame) -> list[Fact]:
    names = ("record_id", "person", "finding", "other", "instrument_no", "found_on")
    return [Finding(row[0], row[1], _word(FINDINGS, row[2], row[3]), row[4], row[5]) for row in _rows(rows, *names)]


def _events(rows: pl.DataFrame) -> list[Fact]:
    names = ("record_id", "kind", "other", "on", "person", "instrument_no")
    return [Event(row[0], _word(EVENTS, row[1], row[2]), *row[3:]) for row in _rows(rows, *names)]


def _listings(rows: pl.DataFrame) -> list[Fact]:
    return [
        Listing(row[0], row[1], interval(*row[2:6]), row[6])
        for row in _rows(rows, "subject", "regime", *_LISTED_DAYS, "instrument_no")
    ]


_MAKERS: dict[str, Callable[[pl.DataFrame], list[Fact]]] = {
    "subjects": _subjects,
    "ties": _ties,
    "records": _records,
    "findings": _findings,
    "events": _events,
    "listings": _listings,
}


def _each(rows: pl.DataFrame, names: Sequence[str], text: Callable[..., str]) -> pl.Series:
    """A text of some columns, made once for each distinct combination of them."""
    distinct = rows.select(names).unique()
    made = distinct.with_columns(pl.Series("made", [text(*row) for row in distinct.iter_rows()], dtype=pl.String))
    return rows.select(names).join(made, on=names, how="left", nulls_equal=True, maintain_order="left")["made"]


# How the content of a fact words its values is asked of facts that hold nothing else.
def _interval_word(*days: int) -> str:
    return content(Listing("", "", interval(*days)))[3]


def _bound_word(lo: int, hi: int) -> str:
    return content(Subject("", SubjectKind.PERSON, opened_on=bound(lo, hi)))[8]


def _share_word(text: str | None) -> str:
    return content(Tie("", "", "", "", share=None if text is None else share_of(text)))[6]


def _day_word(day: int | None) -> str:
    return content(Finding("", "", "", found_on=day))[5]


def _flag_word(flag: bool) -> str:
    return content(Subject("", SubjectKind.PERSON, state_owned=flag))[10]


def _subject_parts(rows: pl.DataFrame) -> list[pl.Series]:
    return [
        rows["key"],
        _each(rows, ["kind"], lambda kind: SUBJECT_KINDS[kind].value),
        *(rows[name] for name in _SUBJECT),
        _each(rows, ["opened_lo", "opened_hi"], _bound_word),
        _each(rows, ["closed_lo", "closed_hi"], _bound_word),
        _each(rows, ["state_owned"], _flag_word),
        *(rows[name] for name in ("id_type", "id_hash", "note")),
    ]


def _tie_parts(rows: pl.DataFrame) -> list[pl.Series]:
    return [
        rows["id"],
        _each(rows, ["kind", "other"], lambda kind, other: _word(TIE_KINDS, kind, other)),
        *(rows[name] for name in ("holder", "enterprise")),
        _each(rows, _TIE_DAYS, _interval_word),
        _each(rows, ["share"], _share_word),
        *(rows[name] for name in ("title", "credential", "source")),
    ]


def _record_parts(rows: pl.DataFrame) -> list[pl.Series]:
    return [
        *(rows[name] for name in ("id", "subject", "family", "behaviour", "severity")),
        _each(rows, _ACT_DAYS, _interval_word),
        _each(rows, ["decided_lo", "decided_hi"], _bound_word),
        *(rows[name] for name in ("authority", "instrument_no", "region", "amount", "outcome")),
    ]


def _finding_parts(rows: pl.DataFrame) -> list[pl.Series]:
    return [
        *(rows[name] for name in ("record_id", "person")),
        _each(rows, ["finding", "other"], lambda word, other: _word(FINDINGS, word, other)),
        rows["instrument_no"],
        _each(rows, ["found_on"], _day_word),
    ]


def _event_parts(rows: pl.DataFrame) -> list[pl.Series]:
    return [
        rows["record_id"],
        _each(rows, ["kind", "other"], lambda kind, other: _word(EVENTS, kind, other)),
        _each(rows, ["on"], _day_word),
        *(rows[name] for name in ("person", "instrument_no")),
    ]


def _listing_parts(rows: pl.DataFrame) -> list[pl.Series]:
    return [rows["subject"], rows["regime"], _each(rows, _LISTED_DAYS, _interval_word), rows["instrument_no"]]


_PARTS: dict[str, Callable[[pl.DataFrame], list[pl.Series]]] = {
    "subjects": _subject_parts,
    "ties": _tie_parts,
    "records": _record_parts,
    "findings": _finding_parts,
    "events": _event_parts,
    "listings": _listing_parts,
}
