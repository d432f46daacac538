"""Facts as rows of the SQLite ledger and back: one `Table` for each kind of fact.

Rows are typed columns (see ``sqlite_schema.sql``); what is written is read back equal, whatever it was.  Bounds, intervals
and shares are cached: registers repeat them, and equal values may be one object because they are frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Generic, TypeVar

from graph_service.ledger.changes import moment_text
from graph_service.model.facts import Event, Fact, Finding, Listing, Record, Stored, Subject, SubjectKind, Tie
from graph_service.model.interval import Bound, Interval
from graph_service.model.share import Share

F = TypeVar("F", bound=Fact)
Row = tuple[Any, ...]
Ids = Mapping[str, int]

CHUNK = 1024
_SIZES = (1, 4, 16, 64, 256, CHUNK)
_SHORT = 64  # Share.parse takes texts up to here

LIVE_AT = "+t.position <= ?1 AND (t.retracted IS NULL OR t.retracted > ?1)"
"""The rows live at the position that is the first parameter; the plus keeps the planner from walking all positions."""


@dataclass(frozen=True, slots=True)
class Table(Generic[F]):
    """How facts of a kind lie in their table.

    ``select`` reads rows for `decode`: position, digest and recorded time first.  ``keys`` and ``words`` are the texts that
    must have integers before ``encode`` can make the row (after position, retracted, recorded, digest).  ``parts`` is what
    makes the fact's key, ``live`` selects it: position, digest, kind of subject, parts; ``found_by`` finds candidates by the
    first part.
    """

    kind: type[F]
    name: str
    select: str
    insert: str
    keys: Callable[[F], tuple[str, ...]]
    words: Callable[[F], tuple[str, ...]]
    encode: Callable[[F, Ids, Ids], Row]
    parts: Callable[[F], Row]
    live: str
    found_by: str
    make: Callable[[Row], F]

    def decode(self, rows: Sequence[Row]) -> list[Stored[F]]:
        """The facts of selected rows."""
        make, prefix = self.make, f"{self.name}-"
        return [Stored(make(row), prefix + row[1].hex(), row[0], moment_text(row[2])) for row in rows]


def chunks(values: Sequence[object]) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Runs of at most `CHUNK` values as ``(?,?,...)`` and its parameters.

    Runs are filled up by repeating a value, so that there are few different statements and each is prepared once.

    >>> list(chunks(["a", "b"]))
    [('(?,?,?,?)', ('a', 'b', 'b', 'b'))]
    """
    for first in range(0, len(values), CHUNK):
        run = tuple(values[first : first + CHUNK])
        size = next(size for size in _SIZES if size >= len(run))
        yield _PLACES[size], run + run[-1:] * (size - len(run))


_PLACES = {size: f"({','.join('?' * size)})" for size in _SIZES}

KEYS_IN = "(SELECT id FROM keys WHERE text IN {places})"
WORDS_IN = "(SELECT id FROM words WHERE text IN {places})"


@lru_cache(maxsize=65536)
def bound(lo: int, hi: int) -> Bound:
    """The bound of two columns."""
    return Bound(lo, hi)


@lru_cache(maxsize=65536)
def interval(start_lo: int, start_hi: int, end_lo: int, end_hi: int) -> Interval:
    """The interval of four columns."""
    return Interval(bound(start_lo, start_hi), bound(end_lo, end_hi))


@lru_cache(maxsize=65536)
def share_text(share: Share) -> str:
    """A share as exact text: the canonical one, or, where that is too long to be parsed, fractions of the whole.

    >>> share_text(Share.parse("33.33")), share_text(Share.parse("25-50"))
    ('33.33', '25-50')
    """
    text = str(share)
    if len(text) <= _SHORT:
        return text
    left, right = "(" if share.lo_open else "[", ")" if share.hi_open else "]"
    return f"={left}{share.lo};{share.hi}{right}"


@lru_cache(maxsize=65536)
def share_of(text: str) -> Share:
    """The share that `share_text` wrote.

    >>> long = Share.of(Fraction(1, 3**90))
    >>> share_of(share_text(long)) == long
    True
    """
    if not text.startswith("="):
        return Share.parse(text)
    low, _, high = text[2:-1].partition(";")
    return Share(Fraction(low), Fraction(high), text[1] == "(", text[-1] == ")")


def _days(value: Interval) -> tuple[int, int, int, int]:
    return value.start.lo, value.start.hi, value.end.lo, value.end.hi


_KINDS = {kind.value: kind for kind in SubjectKind}


def _table(  # one place that knows how the parts of a statement fit together
    kind: type[F],
    columns: str,
    stored: str,
    joins: str,
    *,
    keys: Callable[[F], tuple[str, ...]],
    words: Callable[[F], tuple[str, ...]],
    encode: Callable[[F, Ids, Ids], Row],
    parts: Callable[[F], Row],
    parts_columns: str,
    found_by: str,
    make: Callable[[Row], F],
    subject_kind: str = "NULL",
) -> Table[F]:
    name = kind.__name__.lower()
    places = ",".join("?" * (4 + len(stored.split(","))))
    return Table(
        kind=kind,
        name=name,
        select=f"SELECT t.position, t.digest, t.recorded, {columns} FROM {name} t {joins}",  # noqa: S608 (constants of this module)
        insert=f"INSERT INTO {name} (position, retracted, recorded, digest, {stored}) VALUES ({places})",  # noqa: S608
        keys=keys,
        words=words,
        encode=encode,
        parts=parts,
        live=f"SELECT t.position, t.digest, {subject_kind}, {parts_columns} FROM {name} t {joins} WHERE t.retracted IS NULL",  # noqa: S608
        found_by=found_by,
        make=make,
    )


# CROSS JOIN fixes the order: the facts first, then the texts of their integers.
SUBJECTS = _table(
    Subject,
    "k.text, w.text, t.name, t.form, t.status, t.region, t.industry, t.opened_lo, t.opened_hi, t.closed_lo, t.closed_hi, "
    "t.state_owned, t.id_type, t.id_hash, t.note",
    "subject, kind, name, form, status, region, industry, opened_lo, opened_hi, closed_lo, closed_hi, "
    "state_owned, id_type, id_hash, note",
    "CROSS JOIN keys k ON k.id = t.subject CROSS JOIN words w ON w.id = t.kind",
    keys=lambda fact: (fact.id,),
    words=lambda fact: (fact.kind.value,),
    encode=lambda fact, keys, words: (
        *(keys[fact.id], words[fact.kind.value], fact.name, fact.form, fact.status, fact.region, fact.industry),
        *(fact.opened_on.lo, fact.opened_on.hi, fact.closed_on.lo, fact.closed_on.hi),
        *(fact.state_owned, fact.id_type, fact.id_hash, fact.note),
    ),
    parts=lambda fact: (fact.id,),
    parts_columns="k.text",
    found_by=f"t.subject IN {KEYS_IN}",
    make=lambda row: Subject(
        *(row[3], _KINDS[row[4]], *row[5:10], bound(row[10], row[11]), bound(row[12], row[13]), bool(row[14]), *row[15:18])
    ),
    subject_kind="w.text",
)

TIES = _table(
    Tie,
    "t.id, w.text, h.text, e.text, t.start_lo, t.start_hi, t.end_lo, t.end_hi, t.share, t.title, t.credential, t.source",
    "id, kind, holder, enterprise, start_lo, start_hi, end_lo, end_hi, share, title, credential, source",
    "CROSS JOIN words w ON w.id = t.kind CROSS JOIN keys h ON h.id = t.holder CROSS JOIN keys e ON e.id = t.enterprise",
    keys=lambda fact: (fact.holder, fact.enterprise),
    words=lambda fact: (fact.kind,),
    encode=lambda fact, keys, words: (
        *(fact.id, words[fact.kind], keys[fact.holder], keys[fact.enterprise], *_days(fact.valid)),
        *(None if fact.share is None else share_text(fact.share), fact.title, fact.credential, fact.source),
    ),
    parts=lambda fact: (fact.id,),
    parts_columns="t.id",
    found_by="t.id IN {places}",
    make=lambda row: Tie(
        *(row[3], row[4], row[5], row[6], interval(row[7], row[8], row[9], row[10])),
        *(None if row[11] is None else share_of(row[11]), row[12], row[13], row[14]),
    ),
)

RECORDS = _table(
    Record,
    "k.text, s.text, t.family, t.behaviour, t.severity, t.act_start_lo, t.act_start_hi, t.act_end_lo, t.act_end_hi, "
    "t.decided_lo, t.decided_hi, t.authority, t.instrument_no, t.region, t.amount, t.outcome",
    "record, subject, family, behaviour, severity, act_start_lo, act_start_hi, act_end_lo, act_end_hi, "
    "decided_lo, decided_hi, authority, instrument_no, region, amount, outcome",
    "CROSS JOIN keys k ON k.id = t.record CROSS JOIN keys s ON s.id = t.subject",
    keys=lambda fact: (fact.id, fact.subject),
    words=lambda _: (),
    encode=lambda fact, keys, _: (
        *(keys[fact.id], keys[fact.subject], fact.family, fact.behaviour, fact.severity, *_days(fact.act)),
        *(fact.decided_on.lo, fact.decided_on.hi, fact.authority, fact.instrument_no, fact.region, fact.amount, fact.outcome),
    ),
    parts=lambda fact: (fact.id,),
    parts_columns="k.text",
    found_by=f"t.record IN {KEYS_IN}",
    make=lambda row: Record(*(*row[3:8], interval(*row[8:12]), bound(row[12], row[13]), *row[14:19])),
)

FINDINGS = _table(
    Finding,
    "k.text, p.text, w.text, t.instrument_no, t.found_on",
    "record, person, finding, instrument_no, found_on",
    "CROSS JOIN keys k ON k.id = t.record CROSS JOIN keys p ON p.id = t.person CROSS JOIN words w ON w.id = t.finding",
    keys=lambda fact: (fact.record, fact.person),
    words=lambda fact: (fact.finding,),
    encode=lambda fact, keys, words: (
        *(keys[fact.record], keys[fact.person], words[fact.finding], fact.instrument_no, fact.found_on),
    ),
    parts=lambda fact: (fact.record, fact.person, fact.finding),
    parts_columns="k.text, p.text, w.text",
    found_by=f"t.record IN {KEYS_IN}",
    make=lambda row: Finding(*row[3:8]),
)

EVENTS = _table(
    Event,
    "k.text, w.text, t.happened_on, p.text, t.instrument_no",
    "record, kind, happened_on, person, instrument_no",
    "CROSS JOIN keys k ON k.id = t.record CROSS JOIN words w ON w.id = t.kind CROSS JOIN keys p ON p.id = t.person",
    keys=lambda fact: (fact.record, fact.person),
    words=lambda fact: (fact.kind,),
    encode=lambda fact, keys, words: (keys[fact.record], words[fact.kind], fact.on, keys[fact.person], fact.instrument_no),
    parts=lambda fact: (fact.record, fact.kind, fact.on, fact.person),
    parts_columns="k.text, w.text, t.happened_on, p.text",
    found_by=f"t.record IN {KEYS_IN}",
    make=lambda row: Event(*row[3:8]),
)

LISTINGS = _table(
    Listing,
    "k.text, t.regime, t.listed_start_lo, t.listed_start_hi, t.listed_end_lo, t.listed_end_hi, t.instrument_no",
    "subject, regime, listed_start_lo, listed_start_hi, listed_end_lo, listed_end_hi, instrument_no",
    "CROSS JOIN keys k ON k.id = t.subject",
    keys=lambda fact: (fact.subject,),
    words=lambda _: (),
    encode=lambda fact, keys, _: (keys[fact.subject], fact.regime, *_days(fact.listed), fact.instrument_no),
    parts=lambda fact: (fact.subject, fact.regime, fact.listed.start.lo, fact.listed.start.hi),
    parts_columns="k.text, t.regime, t.listed_start_lo, t.listed_start_hi",
    found_by=f"t.subject IN {KEYS_IN}",
    make=lambda row: Listing(row[3], row[4], interval(*row[5:9]), row[9]),
)

TABLES: dict[type[Fact], Table[Any]] = {table.kind: table for table in (SUBJECTS, TIES, RECORDS, FINDINGS, EVENTS, LISTINGS)}
BY_NAME: dict[str, Table[Any]] = {table.name: table for table in TABLES.values()}


def digest_of(fact_id: str) -> tuple[Table[Any], bytes] | None:
    """The table and digest that a fact id names; None for what is no fact id.

    >>> digest_of("tie-zz") is None
    True
    """
    name, _, text = fact_id.partition("-")
    table = BY_NAME.get(name)
    try:
        digest = bytes.fromhex(text)
    except ValueError:
        return None
    return (table, digest) if table is not None and digest.hex() == text else None
