"""Verdicts and statuses: two small total algebras.

A verdict says under how many admissible readings of the facts and the law a statement holds
(the one principle of the semantics):

* ``CERTAIN``: under every reading (a person is *liable*);
* ``POSSIBLE``: under some reading (a person is a *candidate*);
* ``EXCLUDED``: under none.

``&`` and ``|`` are the three-valued conjunction and disjunction (Kleene).  They are exact where the parts rest on
*different* gaps; where two parts share a gap (one unknown act date seen by two offices), the caller must look at the
gap itself, as `graph_service.model.interval.all_days_covered` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum, IntEnum


class Verdict(Enum):
    """Under how many admissible readings something holds.

    >>> Verdict.CERTAIN & Verdict.POSSIBLE
    <Verdict.POSSIBLE: 1>
    >>> Verdict.EXCLUDED | Verdict.POSSIBLE
    <Verdict.POSSIBLE: 1>
    >>> ~Verdict.CERTAIN
    <Verdict.EXCLUDED: 0>
    >>> ~Verdict.POSSIBLE
    <Verdict.POSSIBLE: 1>
    >>> bool(Verdict.POSSIBLE), bool(Verdict.EXCLUDED)
    (True, False)
    """

    EXCLUDED = 0
    POSSIBLE = 1
    CERTAIN = 2

    def __and__(self, other: Verdict) -> Verdict:
        return self if self.value <= other.value else other

    def __or__(self, other: Verdict) -> Verdict:
        return self if self.value >= other.value else other

    def __invert__(self) -> Verdict:
        return Verdict(2 - self.value)

    def __bool__(self) -> bool:
        return self is not Verdict.EXCLUDED

    @property
    def certain(self) -> bool:
        """Whether it holds under every reading."""
        return self is Verdict.CERTAIN

    @classmethod
    def of(cls, *, always: bool, ever: bool) -> Verdict:
        """The verdict of something that holds under every reading (``always``) or under some (``ever``).

        >>> Verdict.of(always=False, ever=True)
        <Verdict.POSSIBLE: 1>
        """
        return cls.CERTAIN if always else cls.POSSIBLE if ever else cls.EXCLUDED

    @classmethod
    def all(cls, parts: Iterable[Verdict]) -> Verdict:
        """The conjunction of the parts; of none: certain.

        >>> Verdict.all([])
        <Verdict.CERTAIN: 2>
        """
        return min(parts, key=lambda part: part.value, default=cls.CERTAIN)

    @classmethod
    def any(cls, parts: Iterable[Verdict]) -> Verdict:
        """The disjunction of the parts; of none: excluded.

        >>> Verdict.any([Verdict.EXCLUDED, Verdict.CERTAIN])
        <Verdict.CERTAIN: 2>
        """
        return max(parts, key=lambda part: part.value, default=cls.EXCLUDED)


class Status(IntEnum):
    """Where a consequence stands on the date asked.  The stronger reason wins: ``max`` combines two.

    * ``ACTIVE``: it has effect;
    * ``SUSPENDED``: an objection or a stay holds it; it may resume;
    * ``INACTIVE``: not imposed, because its legal basis is missing or not in force, or a date it needs is not known;
    * ``ENDED``: over (repair, performance, annulment, an objection upheld, expiry, death).

    >>> max(Status.SUSPENDED, Status.ENDED).word
    'ended'
    >>> max(Status.ACTIVE, Status.INACTIVE).word
    'inactive'
    """

    ACTIVE = 0
    SUSPENDED = 1
    INACTIVE = 2
    ENDED = 3

    @property
    def word(self) -> str:
        """The word that stands in answers."""
        return self.name.lower()
