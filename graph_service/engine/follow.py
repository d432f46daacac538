"""Following along: after an append, what changed, from the records that it can have touched.

* the ledger is bitemporal, so the state before is a view at the earlier position: nothing has to be kept beside it;
* `affected` says which recorded subjects and cascades to look at; these are traced on both sides, nothing else is;
* taking the rows before out of a run's tables and putting the rows after in gives the tables that a whole run gives.

Invariants: folding the deltas of a history, in any steps, gives what replaying it from nothing gives; where a bound was met the
delta says so, and only a whole run is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from graph_service.engine.affected import Affected, affected
from graph_service.engine.rows import Rows, joined_rows, rows_by_trace, rows_of_cascade
from graph_service.model.facts import Fact
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


@dataclass(frozen=True, slots=True)
class Delta:
    """The rows of everything affected, ``before`` and ``after``; what is not among them is as it was."""

    affected: Affected
    before: Rows
    after: Rows


def follow(before: View, after: View, facts: Iterable[Fact], packs: Sequence[Pack], at: int) -> Delta:
    """What differs between two views of a ledger under some packs on a day.

    ``facts`` are those live in one view and not in the other.  Costs two traces for each record of the affected subjects.
    """
    touched = affected(before, after, facts, packs, at)
    return Delta(touched, _rows(before, touched, packs, at), _rows(after, touched, packs, at))


def _rows(view: View, touched: Affected, packs: Sequence[Pack], at: int) -> Rows:
    records = view.records_of(touched.subjects) if touched.subjects else ()
    parts = [rows_by_trace(view, records, packs, at)]
    parts += [rows_of_cascade(view, pack, cascade, subjects, at) for pack, cascade, subjects in touched.cascades]
    return joined_rows(parts)
