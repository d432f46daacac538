"""A ledger as a load sees it that is to record everything at one moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graph_service.ledger.protocol import Ledger, Receipt
from graph_service.model.facts import Fact


@dataclass(frozen=True, slots=True)
class Dated:
    """Takes the facts of a load into ``ledger``, all recorded at ``moment``."""

    ledger: Ledger
    moment: datetime

    def append(self, facts: Sequence[Fact]) -> Receipt:
        """See `Ledger.append`."""
        return self.ledger.append(facts, recorded_at=self.moment)

    def identity_hash(self, id_type: str, number: str) -> str:
        """See `Ledger.identity_hash`."""
        return self.ledger.identity_hash(id_type, number)
