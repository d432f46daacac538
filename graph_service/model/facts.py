"""Facts: what the ledger holds.  Frozen values; a fact is never changed, only retracted and replaced.

Two identities, both independent of the order in which facts arrive:

* ``key``: what the fact is *about* (this tie, this record).  A new fact with the key of a live one corrects it: the ledger
  retracts the old and adds the new in one step.
* ``fact_id``: what the fact *says*, a digest of its content.  Proofs name facts by it; the same content has the same id in
  every ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeGuard, TypeVar, cast

from graph_service.model.interval import ALWAYS, OPEN_END, OPEN_START, UNKNOWN, UNKNOWN_INTERVAL, Bound, Interval, day_text
from graph_service.model.share import Share


class SubjectKind(Enum):
    """What a subject is."""

    ENTERPRISE = "enterprise"
    """Any organisation."""
    PERSON = "person"
    """A natural person."""
    UNSPECIFIED = "unspecified"
    """A party that a source declares without naming, or withholds: known to be there, never matched with anybody."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An enterprise or a person (主体).

    ``id`` is a USCC or any stable key of the provider.  Of an identity number only its keyed hash is ever here.
    ``opened_on`` and ``closed_on`` are founding and end of an enterprise, birth and death of a person; open where not stated.
    ``note`` keeps what a source says of an unspecified party (reason code and words).
    """

    id: str
    kind: SubjectKind
    name: str = ""
    form: str = ""
    status: str = ""
    region: str = ""
    industry: str = ""
    opened_on: Bound = OPEN_START
    closed_on: Bound = OPEN_END
    state_owned: bool = False
    id_type: str = ""
    id_hash: str = ""
    note: str = ""

    @property
    def key(self) -> str:
        """What the fact is about."""
        return f"subject:{self.id}"


@dataclass(frozen=True, slots=True)
class Tie:
    """A holder's office, holding, control, practice or structural tie to an enterprise, valid ``[from, to)``.

    ``share`` is None for ties that carry none.  ``id`` is the provider's; where the provider gives none it is made of the
    content, so that such a tie can be retracted but not corrected.
    """

    id: str
    kind: str
    holder: str
    enterprise: str
    valid: Interval = ALWAYS
    share: Share | None = None
    title: str = ""
    credential: str = ""
    source: str = ""

    @property
    def key(self) -> str:
        """What the fact is about."""
        return f"tie:{self.id}"


@dataclass(frozen=True, slots=True)
class Record:
    """An authority's finding that a subject was dishonest.  Empty words are unknown; without ``instrument_no`` it is a lead."""

    id: str
    subject: str
    family: str = ""
    behaviour: str = ""
    severity: str = ""
    act: Interval = UNKNOWN_INTERVAL
    decided_on: Bound = UNKNOWN
    authority: str = ""
    instrument_no: str = ""
    region: str = ""
    amount: str = ""
    outcome: str = ""

    @property
    def key(self) -> str:
        """What the fact is about."""
        return f"record:{self.id}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Part of a decision: an authority says that this person answers for the record.  Never inferred.

    ``found_on`` is None where it is the day of the decision itself.
    """

    record: str
    person: str
    finding: str
    instrument_no: str = ""
    found_on: int | None = None

    @property
    def key(self) -> str:
        """What the fact is about."""
        return f"finding:{self.record}\x1f{self.person}\x1f{self.finding}"


@dataclass(frozen=True, slots=True)
class Event:
    """A step that moves a record on, for everybody (``person`` empty) or for one person."""

    record: str
    kind: str
    on: int
    person: str = ""
    instrument_no: str = ""

    @property
    def key(self) -> str:
        """What the fact is about."""
        return f"event:{self.record}\x1f{self.kind}\x1f{self.on}\x1f{self.person}"


@dataclass(frozen=True, slots=True)
class Listing:
    """A subject on the list of a sanctions regime (``us-ofac``, ``eu``, ``uk-ofsi``, ...)."""

    subject: str
    regime: str
    listed: Interval = ALWAYS
    instrument_no: str = ""

    @property
    def key(self) -> str:
        """What the fact is about."""
        return f"listing:{self.subject}\x1f{self.regime}\x1f{self.listed.start}"


Fact: TypeAlias = Subject | Tie | Record | Finding | Event | Listing
FACT_TYPES: tuple[type, ...] = (Subject, Tie, Record, Finding, Event, Listing)
FACT_KINDS: dict[str, type] = {kind.__name__.lower(): kind for kind in FACT_TYPES}


_VALUES = {kind: attrgetter(*(field.name for field in fields(cast(Any, kind)))) for kind in FACT_TYPES}


def content(fact: Fact) -> tuple[str, ...]:
    """The canonical text of every field, in order, the kind of the fact first.

    >>> content(Finding("R1", "P1", "knew"))
    ('finding', 'R1', 'P1', 'knew', '', '')
    """
    kind = type(fact)
    return (_WORDS[kind], *[value if type(value) is str else _ENCODERS[type(value)](value) for value in _VALUES[kind](fact)])


@lru_cache(maxsize=65536)
def _interval_text(interval: Interval) -> str:
    return f"{interval.start}\x1e{interval.end}"


@lru_cache(maxsize=65536)
def _bound_text(bound: Bound) -> str:
    return str(bound)


@lru_cache(maxsize=65536)
def _share_text(share: Share) -> str:
    return f"={share}"  # "=" tells a share that is unknown from a tie that has none


_WORDS = {kind: kind.__name__.lower() for kind in FACT_TYPES}
_ENCODERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "",
    bool: lambda value: "true" if value else "false",
    int: day_text,
    SubjectKind: lambda kind: str(kind.value),
    Interval: _interval_text,
    Bound: _bound_text,
    Share: _share_text,
}


def digest(*parts: str, size: int = 10) -> str:
    """A short stable digest of texts, in hexadecimal.

    >>> digest("a", "b") == digest("a", "b") != digest("ab", "")
    True
    """
    return blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=size).hexdigest()


def fact_id(fact: Fact) -> str:
    """What the fact says, as a digest: ``tie-7c0e...``.  Costs some microseconds.

    >>> fact_id(Finding("R1", "P1", "knew")) == fact_id(Finding("R1", "P1", "knew"))
    True
    """
    parts = content(fact)
    return f"{parts[0]}-{digest(*parts)}"


F_co = TypeVar("F_co", bound=Fact, covariant=True)


@dataclass(frozen=True, slots=True)
class Stored(Generic[F_co]):
    """A fact as a ledger holds it.

    ``position`` counts every change of the ledger from 1; ``recorded_at`` is ISO 8601 in UTC.
    """

    fact: F_co
    id: str
    position: int
    recorded_at: str


def is_tie(stored: Stored[Fact]) -> TypeGuard[Stored[Tie]]:
    """Whether a stored fact is a tie."""
    return isinstance(stored.fact, Tie)


def is_listing(stored: Stored[Fact]) -> TypeGuard[Stored[Listing]]:
    """Whether a stored fact is a listing."""
    return isinstance(stored.fact, Listing)
