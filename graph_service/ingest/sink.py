"""Where facts go: the little of a ledger that a load needs.  Every `Ledger` meets it; ingest knows no ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from graph_service.model.facts import Fact


class Outcome(Protocol):
    """What became of one fact: ``value`` is ``added``, ``unchanged``, ``corrected`` or ``refused``."""

    @property
    def value(self) -> str:
        """The word."""
        ...


class Receipt(Protocol):
    """The outcomes of an append, one a fact, in order."""

    @property
    def outcomes(self) -> Sequence[Outcome]:
        """What became of each fact."""
        ...


class Sink(Protocol):
    """Takes facts, all of a batch or none, and hashes identity numbers."""

    def append(self, facts: Sequence[Fact], /) -> Receipt:
        """Add a batch of facts; a fact whose key is there already with other content corrects it."""
        ...

    def identity_hash(self, id_type: str, number: str, /) -> str:
        """The keyed hash under which an identity number is kept."""
        ...
