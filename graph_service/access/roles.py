"""Roles: what each may ask, and how it sees persons.

* a role grants *scopes*; a key or token may narrow them, never widen them;
* *sight* is how persons appear in an answer: in clear, only those of the caller's own cases, masked, or not at all;
* whoever may see any person in clear must state a purpose.

Invariant: nothing here depends on whom a question is about, so a refusal by role says nothing about that person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from graph_service.model.region import area_of, lies_in


class Scope(StrEnum):
    """A kind of request."""

    ENTERPRISES = "enterprises"
    """Questions about enterprises, and the proof of a consequence."""
    PERSONS = "persons"
    """Questions about one person."""
    CHANGES = "changes"
    """The feed of the ledger's changes."""
    WRITE = "write"
    """Adding records, findings and events."""
    LOG = "log"
    """Reading the log of who asked what."""
    OPERATE = "operate"
    """Metrics, and where changes are pushed to."""


class Sight(StrEnum):
    """How persons appear in an answer."""

    CLEAR = "clear"
    OWN = "own"
    """In clear where the case is of the caller's own region and department, otherwise masked."""
    MASKED = "masked"
    """A name as its first character, a key as a pseudonym that stays the same."""
    WITHHELD = "withheld"
    """No identity at all: verdicts and counts."""


class Role(StrEnum):
    """What a caller is."""

    READER = "reader"
    ANALYST = "analyst"
    OFFICER = "officer"
    AUDITOR = "auditor"
    ADMIN = "admin"


GRANTS: dict[Role, frozenset[Scope]] = {
    Role.READER: frozenset({Scope.ENTERPRISES}),
    Role.ANALYST: frozenset({Scope.ENTERPRISES, Scope.PERSONS, Scope.CHANGES}),
    Role.OFFICER: frozenset({Scope.ENTERPRISES, Scope.PERSONS, Scope.CHANGES, Scope.WRITE}),
    Role.AUDITOR: frozenset({Scope.LOG}),
    Role.ADMIN: frozenset(Scope),
}
SIGHTS: dict[Role, Sight] = {
    Role.READER: Sight.WITHHELD,
    Role.ANALYST: Sight.MASKED,
    Role.OFFICER: Sight.OWN,
    Role.AUDITOR: Sight.WITHHELD,
    Role.ADMIN: Sight.CLEAR,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.  ``how`` is ``key``, ``token`` or ``local`` (nobody has a key yet, and the service listens on loopback only)."""

    id: str
    name: str
    role: Role
    how: str
    regions: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    scopes: frozenset[Scope] = frozenset(Scope)

    def may(self, scope: Scope) -> bool:
        """Whether the role grants a scope and the key or token does not narrow it away."""
        return scope in GRANTS[self.role] and scope in self.scopes

    @property
    def sight(self) -> Sight:
        """How this caller sees persons."""
        return SIGHTS[self.role]

    @property
    def needs_purpose(self) -> bool:
        """Whether this caller may see persons in clear, and so must say what for."""
        return self.sight in (Sight.CLEAR, Sight.OWN)

    def within(self, region: str) -> bool:
        """Whether a region (GB/T 2260) is one of the caller's or inside one; trailing zeros name the larger region.

        >>> officer = Caller("k", "n", Role.OFFICER, "key", regions=("530000",))
        >>> officer.within("530102"), officer.within("520000"), officer.within("")
        (True, False, False)
        """
        return lies_in(region, [area for one in self.regions if (area := area_of(one))]).certain

    def answers_for(self, authority: str) -> bool:
        """Whether an authority is one of the caller's departments; who names none answers for all of their region."""
        return not self.departments or authority in self.departments
