"""The two clocks of a question: the day asked (``at``), and what the ledger held (``known``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from graph_service.ledger.protocol import Position
from graph_service.messages import BadValue
from graph_service.model.interval import parse_day
from graph_service.policy.table import Pack

Day = date | str | None
"""A day of a question: a date, its text, or None for the default."""
Moment = date | datetime | str | None
"""A moment of the ledger; a date means all of that day (UTC)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question's clocks and law: the day asked, what the ledger held then, the packs."""

    at: int
    position: Position
    packs: tuple[Pack, ...]


def day_of(at: Day) -> int:
    """The day asked, as an ordinal; today where none is given.  Raises `BadValue`."""
    if at is None:
        return datetime.now(UTC).date().toordinal()
    if isinstance(at, str):
        return parse_day(at)
    # A missing value of a frame calls itself a date, and is none.
    if not isinstance(at, date) or at != at:  # noqa: PLR0124
        raise BadValue("bad_day_given", value=at)
    return at.toordinal()


def moment_of(known: date | datetime | str) -> datetime:
    """The moment up to which something was known; a date means all of that day (UTC)."""
    if isinstance(known, str):
        try:
            known = datetime.fromisoformat(known) if len(known) > 10 else date.fromordinal(parse_day(known))
        except BadValue:
            raise
        except ValueError:
            raise BadValue("bad_moment", value=known) from None
    if not isinstance(known, date) or known != known:  # noqa: PLR0124
        raise BadValue("bad_day_given", value=known)
    if isinstance(known, datetime):
        return known if known.tzinfo else known.replace(tzinfo=UTC)
    return datetime.combine(known, time.max, UTC)
