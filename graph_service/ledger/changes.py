"""What an append changes: the rules of the protocol as one pure function that every store obeys.

Rules, in order:

* retractions come first, so that one append may retract a person and add an enterprise under the same id;
* facts are then taken one by one, each seeing what those before it did;
* a fact whose content is live under its key is UNCHANGED;
* a subject whose id is live as the other kind is REFUSED: persons and enterprises are never turned into each other.
  An unspecified party may become either, and either may be withheld later: that is a correction;
* any other fact whose key is live CORRECTS it: a retraction and an addition, two positions;
* everything else is ADDED.

Also here: moments.  Recorded times are whole microseconds since 1970 in UTC inside stores, ISO 8601 outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from graph_service.ledger.protocol import Outcome
from graph_service.model.facts import Fact, Subject, SubjectKind, fact_id

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Held(NamedTuple):
    """A live fact as an append needs it: its key, its id, where it was added, its kind and, of a subject, what that is."""

    key: str
    fact_id: str
    position: int
    kind: type[Fact]
    subject_kind: SubjectKind | None


def held(fact: Fact, identity: str, position: int) -> Held:
    """A fact that is live since a position."""
    return Held(fact.key, identity, position, type(fact), fact.kind if isinstance(fact, Subject) else None)


class Addition(NamedTuple):
    """A fact to add at a position; ``retracted`` where a later fact of the same append corrects it."""

    position: int
    fact_id: str
    fact: Fact
    retracted: int | None


class Retraction(NamedTuple):
    """A fact added at position ``of`` to retract at ``position``."""

    position: int
    of: int
    kind: type[Fact]


@dataclass(frozen=True, slots=True)
class Plan:
    """All that one append does.  ``additions`` and ``retractions`` share one run of positions without holes."""

    outcomes: tuple[Outcome, ...]
    additions: tuple[Addition, ...]
    retractions: tuple[Retraction, ...]
    end: int


def plan(facts: Sequence[Fact], retract: Iterable[Held], live: Mapping[str, Held], start: int) -> Plan:
    """What to do for these facts and retractions after position ``start``.

    ``live`` maps keys to live facts and need only know the keys of ``facts``; ``retract`` are live facts, each once.
    Costs a digest (some microseconds) for each fact.
    """
    now: dict[str, Held | None] = {}
    outcomes: list[Outcome] = []
    added: list[tuple[Held, Fact]] = []
    retractions: list[Retraction] = []
    position = start
    for old in retract:
        position += 1
        retractions.append(Retraction(position, old.position, old.kind))
        now[old.key] = None
    for fact in facts:
        key, identity = fact.key, fact_id(fact)
        current = now[key] if key in now else live.get(key)
        if current is not None:
            if current.fact_id == identity:
                outcomes.append(Outcome.UNCHANGED)
                continue
            if isinstance(fact, Subject) and _other_kind(current.subject_kind, fact.kind):
                outcomes.append(Outcome.REFUSED)
                continue
            position += 1
            retractions.append(Retraction(position, current.position, current.kind))
        position += 1
        new = held(fact, identity, position)
        now[key] = new
        added.append((new, fact))
        outcomes.append(Outcome.ADDED if current is None else Outcome.CORRECTED)
    gone = {retraction.of: retraction.position for retraction in retractions if retraction.of > start}
    additions = tuple(Addition(new.position, new.fact_id, fact, gone.get(new.position)) for new, fact in added)
    return Plan(tuple(outcomes), additions, tuple(retractions), position)


def _other_kind(old: SubjectKind | None, new: SubjectKind) -> bool:
    return old is not new and SubjectKind.UNSPECIFIED not in (old, new)


def micros(moment: datetime) -> int:
    """An aware moment as microseconds since 1970.  A moment without a time zone is a mistake of the caller: ``ValueError``.

    >>> micros(datetime(2024, 3, 1, tzinfo=UTC))
    1709251200000000
    """
    if moment.utcoffset() is None:
        raise ValueError("a recorded time needs a time zone")
    return (moment - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=65536)
def moment_text(value: int) -> str:
    """Microseconds since 1970 as ISO 8601 in UTC; texts sort as the moments do.

    >>> moment_text(1709251200000000)
    '2024-03-01T00:00:00.000000Z'
    """
    moment = (_EPOCH + value * _MICROSECOND).replace(tzinfo=None)
    return f"{moment.isoformat(timespec='microseconds')}Z"


def recording_time(recorded_at: datetime | None, last: int | None) -> int:
    """The recorded time of an append: what was asked (default: now), lifted to the last recorded time."""
    asked = micros(datetime.now(UTC) if recorded_at is None else recorded_at)
    return asked if last is None else max(asked, last)
