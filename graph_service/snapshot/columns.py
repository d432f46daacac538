"""The facts of a ledger at one position as columns: what the bulk run reads.

One frame a kind of fact, one row a live fact, with integers wherever the work is done on them:

* a subject is its row in ``subjects``, described or only mentioned; every other frame names subjects by that number;
* kinds are indexes into the closed vocabularies (`graph_service.model.words`), days are ordinals, a bound is its range ``lo hi``;
* shares are exact: numerators over a denominator that all holdings of one enterprise have in common (``holdings``);
* ``position`` and ``recorded`` (microseconds since 1970, UTC) are the ledger's, so that a frame can be followed forward.

What is only shown (names, titles, credentials) is not held here: `Columns.facts` gives whole facts, `Columns.fact_ids` their ids.

Invariants: the frames hold exactly the facts live at ``position``; nothing is rounded; ``ties`` and ``holdings`` are sorted by
enterprise, then holder, then position; ``subjects.order`` sorts as the keys do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.model.facts import Fact, Stored
from graph_service.model.words import EVENTS, FINDINGS, TIE_KINDS

KINDS = {kind: number for number, kind in enumerate(TIE_KINDS)}
"""The number of each kind of tie."""
FINDING_WORDS = {word: number for number, word in enumerate(FINDINGS)}
EVENT_WORDS = {word: number for number, word in enumerate(EVENTS)}

UNDESCRIBED, ENTERPRISE, PERSON, UNSPECIFIED = -1, 0, 1, 2
"""What ``subjects.kind`` says."""

_FACT = {"position": pl.Int64, "recorded": pl.Int64}

SUBJECTS = {
    "key": pl.String,
    "kind": pl.Int8,
    "closed_lo": pl.Int32,  # end or death; open where not stated or not described
    "closed_hi": pl.Int32,
    "uscc": pl.Boolean,  # whether the key is a valid Unified Social Credit Code
    "state_body": pl.Boolean,  # the state itself, by form or code
    "state_holder": pl.Boolean,  # a state body, or an enterprise marked as state-owned
    "order": pl.Int32,  # the rank of the key
    **_FACT,  # -1 where no row describes it
}
TIES = {
    "kind": pl.Int8,
    "holder": pl.Int32,
    "enterprise": pl.Int32,
    "start_lo": pl.Int32,
    "start_hi": pl.Int32,
    "end_lo": pl.Int32,
    "end_hi": pl.Int32,
    **_FACT,
}
HOLDINGS = {
    "tie": pl.Int32,  # the row in ties
    "kind": pl.Int8,
    "holder": pl.Int32,
    "enterprise": pl.Int32,
    "start_lo": pl.Int32,
    "start_hi": pl.Int32,
    "end_lo": pl.Int32,
    "end_hi": pl.Int32,
    "lo": pl.Int64,  # numerators over den; the whole is den
    "hi": pl.Int64,
    "lo_open": pl.Boolean,
    "hi_open": pl.Boolean,
    "den": pl.Int64,  # 0 where the enterprise's shares have no common denominator up to LARGEST_DENOMINATOR
    "source": pl.Int32,  # equal numbers: the same source
    "several": pl.Boolean,  # whether other holdings join the same holder and enterprise
    "inner": pl.Boolean,  # whether anybody holds the holder
    "vague": pl.Boolean,  # whether any holding in the enterprise has a gap, or is told by several ties
}
MARKS = ("several", "inner", "vague")
"""What of a holding hangs on the others, whatever the day."""
RECORDS = {
    "id": pl.String,
    "subject": pl.Int32,
    "family": pl.String,
    "behaviour": pl.String,
    "severity": pl.String,
    "act_start_lo": pl.Int32,
    "act_start_hi": pl.Int32,
    "act_end_lo": pl.Int32,
    "act_end_hi": pl.Int32,
    "decided_lo": pl.Int32,
    "decided_hi": pl.Int32,
    "instrument_no": pl.String,
    "region": pl.String,
    "outcome": pl.String,
    **_FACT,
}
FINDINGS_COLUMNS = {
    "record": pl.Int32,  # the row in records; -1 where no row states the record
    "person": pl.Int32,
    "finding": pl.Int8,
    "found_on": pl.Int32,  # null: with the decision
    **_FACT,
}
EVENTS_COLUMNS = {
    "record": pl.Int32,
    "kind": pl.Int8,
    "on": pl.Int32,
    "person": pl.Int32,  # -1: everybody
    **_FACT,
}
LISTINGS = {
    "subject": pl.Int32,
    "regime": pl.String,
    "listed_start_lo": pl.Int32,
    "listed_start_hi": pl.Int32,
    "listed_end_lo": pl.Int32,
    "listed_end_hi": pl.Int32,
    **_FACT,
}
SCHEMAS: Mapping[str, Mapping[str, type[pl.DataType]]] = {
    "subjects": SUBJECTS,
    "ties": TIES,
    "holdings": HOLDINGS,
    "records": RECORDS,
    "findings": FINDINGS_COLUMNS,
    "events": EVENTS_COLUMNS,
    "listings": LISTINGS,
}
"""The columns of each frame, in order."""

LARGEST_DENOMINATOR = 1 << 40
"""Sums of a hundred thousand holdings over it fit into 63 bits, and so do comparisons with a threshold."""


class Columns(Protocol):
    """The frames, and the way back from a row to its fact.  ``table`` is a name of `SCHEMAS` other than ``holdings``."""

    @property
    def position(self) -> Position:
        """The ledger position that all of it is of."""
        ...

    @property
    def frames(self) -> Mapping[str, pl.DataFrame]:
        """The frames of `SCHEMAS`, by name."""
        ...

    def fact_ids(self, table: str, rows: pl.Series) -> pl.Series:
        """The fact ids (`graph_service.model.facts`) of rows, in their order, null for a subject that no row describes."""
        ...

    def tie_ranks(self, rows: pl.Series) -> pl.Series:
        """The place (Int32, from 0) of each of some ties, in the order of fact ids, among all of its holder and enterprise.

        Costs a digest for each tie of a pair that is asked for the first time, else a look.
        """
        ...

    def find(self, table: str, name: str, values: pl.Series) -> pl.Series:
        """The rows whose facts have one of these texts in a column that is only shown (``id`` of ties).  Costs a pass."""
        ...

    def facts(self, table: str, rows: Sequence[int]) -> list[Stored[Fact]]:
        """The facts of rows, in their order; raises ``KeyError`` for a subject that no row describes."""
        ...
