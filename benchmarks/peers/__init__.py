"""Other ways to the same answers, to measure the joins against: compiled loops, plain dictionaries, a graph library, SQL.

Each peer reads the same frames (`graph_service.snapshot.columns.Columns`) and says in its docstring what it computes and what it
leaves out.  Two questions:

* CONTROL: every pair of an actor alone (no joint arrangement) and a company that it controls on a day over a threshold, more
  than a half unless said otherwise: `CONTROL`, sorted by controller and controlled;
* PROPAGATE: every verdict on every record under some packs: `VERDICTS`; and, where the peer goes that far, where each effect of
  each certain verdict stands: `STANDINGS`.  Carriage to other enterprises and ownership cascades are no part of it.

Tests hold every peer equal to the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

CERTAIN, POSSIBLE = 2, 1
HALF = Fraction(1, 2)

CONTROL = {"controller": pl.Int32, "controlled": pl.Int32, "verdict": pl.Int8}
"""The columns of control pairs: rows of ``subjects``; `CERTAIN` or `POSSIBLE`."""

VERDICTS = {
    "rec": pl.Int32,
    "rule": pl.Int32,
    "subject": pl.Int32,
    "sure": pl.Boolean,
    "gaps": pl.Int32,
    "tie": pl.Int32,
    "finding": pl.Int32,
}
"""The columns of verdicts, as `graph_service.engine.bulk.verdicts.REACHED` has them.

``rec`` and ``subject`` are rows of the frames, ``rule`` counts the rules of the packs in order.  ``gaps`` are the bits of
`graph_service.engine.bulk.gaps`.  ``tie``: the tie that it rests on, of several that would do the one of least fact id; -1 where
it rests on none, -2 where it rests on several.  ``finding``: the row of the finding that it rests on, or -1.
"""

STANDINGS = {
    "n": pl.Int32,
    "effect": pl.Int32,
    "end_lo": pl.Int32,
    "end_hi": pl.Int32,
    "status": pl.Int8,
    "cause": pl.Int8,
    "event": pl.Int32,
}
"""The columns of consequences of certain verdicts: ``n`` is the row of the verdict, ``effect`` counts the effects of all rules.

``status`` and ``cause`` are the numbers of `graph_service.model.verdict.Status` and `graph_service.engine.bulk.standings.CAUSES`;
``event`` is the row of the event that it rests on, or -1.
"""


class NotExpressible(ValueError):
    """A register that a peer cannot answer for exactly, and why."""


@dataclass(frozen=True, slots=True)
class Propagated:
    """``verdicts`` has the columns of `VERDICTS`, ``standings`` those of `STANDINGS`."""

    verdicts: pl.DataFrame
    standings: pl.DataFrame
