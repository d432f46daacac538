"""What a load did: counts for each table, notices, and where the rejects are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graph_service.messages import Lang, say

Form = Literal["register", "bods"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows (or statements) of a table.

    ``taken`` facts were new, ``corrected`` ones replaced a live fact of the same key, ``unchanged`` ones were live already,
    ``repeated`` ones stood before in this load with the same content, ``rejected`` rows are in the rejects file.
    """

    taken: int = 0
    corrected: int = 0
    unchanged: int = 0
    repeated: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.taken + other.taken,
            self.corrected + other.corrected,
            self.unchanged + other.unchanged,
            self.repeated + other.repeated,
            self.rejected + other.rejected,
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """Something worth knowing that stops nothing."""

    code: str
    values: Mapping[str, object]

    def text(self, lang: Lang = "en") -> str:
        """The notice in words."""
        return say(self.code, lang, **self.values)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did.  ``rejects`` is the rejects file, None where nothing was rejected.

    ``tables`` has an entry for each table of which a row was read, by its register name; statements of BODS are counted
    under the tables that they become, those of no known type under ``statements``.  ``reasons`` is for callers that keep no
    rejects file: the file, line, column and reason of the first rows that were rejected.
    """

    form: Form
    tables: Mapping[str, Counts]
    notices: tuple[Notice, ...]
    rejects: Path | None
    reasons: tuple[Mapping[str, str], ...] = ()

    @property
    def total(self) -> Counts:
        """The sum over all tables."""
        return sum(self.tables.values(), Counts())
