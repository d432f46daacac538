"""What happened between two runs: which facts came and went, whether the law or the day differs, what undid a suspension.

A run notes where the ledger stood (`mark_of`).  If the ledger at hand went through that very point, its changes since say which
facts came and went; otherwise nothing is known of them, and only facts that are no longer there count as withdrawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import polars as pl

from graph_service.analysis.changes import Between, Undone
from graph_service.analysis.run_folder import Manifest
from graph_service.ledger.protocol import Ledger
from graph_service.model.facts import Event, Stored, digest
from graph_service.model.interval import parse_day
from graph_service.policy.table import Exits, Pack
from graph_service.snapshot.view import View


def mark_of(ledger: Ledger, position: int) -> str | None:
    """A digest of a point in a ledger's history: its number, time and last change; None where the ledger is not that far.

    Another ledger that only has as many changes has another mark.
    """
    if position == 0:
        return digest("0")
    last = next(iter(ledger.since(position - 1, 1)), None)
    return None if last is None else digest(str(position), last.recorded_at, str(last.added), last.fact_id)


def between_runs(
    ledger: Ledger, view: View, last: Manifest, packs: Sequence[Pack], at: int, position: int, *, known: bool
) -> Between:
    """What happened between the last run and one on a day at a position; ``known``: the ledger went through where the last stood.

    Costs the changes between the two.
    """
    then, day = int(last["position"]), parse_day(last["at"])
    came, went = _moved(ledger, then, position) if known else (set[str](), set[str]())
    before = {one["id"]: one["digest"] for one in last["packs"]}
    after = {pack.id: pack.digest for pack in packs}
    law = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return Between(
        added=pl.Series(sorted(came), dtype=pl.String),
        withdrawn=pl.Series(sorted(went), dtype=pl.String),
        law=frozenset(law),
        moved=day != at,
        undone=_undone(view, packs, at, lambda event: not known or event.position > then or event.fact.on > day),
    )


def between_positions(ledger: Ledger, view: View, packs: Sequence[Pack], at: int, then: int, now: int) -> Between:
    """What happened between two positions of one ledger, on one day and under one law."""
    came, went = _moved(ledger, then, now)
    return Between(
        added=pl.Series(sorted(came), dtype=pl.String),
        withdrawn=pl.Series(sorted(went), dtype=pl.String),
        law=frozenset(),
        moved=False,
        undone=_undone(view, packs, at, lambda event: event.position > then),
    )


def _moved(ledger: Ledger, then: int, now: int) -> tuple[set[str], set[str]]:
    """The ids of the facts that are live at the second of two positions and not at the first, and the other way round."""
    came: set[str] = set()
    went: set[str] = set()
    low, high = min(then, now), max(then, now)
    for change in ledger.since(low, high - low):
        here, there = (came, went) if change.added else (went, came)
        if change.fact_id in there:
            there.discard(change.fact_id)
        else:
            here.add(change.fact_id)
    return (came, went) if then <= now else (went, came)


def _undone(view: View, packs: Sequence[Pack], at: int, fresh: Callable[[Stored[Event]], bool]) -> Undone:
    """How to look up the events that undid suspensions, among those that have happened or become known since."""
    exits = {(pack.id, rule.id): rule.exits for pack in packs for rule in pack.rules}

    def undone(rows: pl.DataFrame) -> pl.DataFrame:
        events = view.events_of(sorted(set(rows["record"])))
        found = []
        for one, record, pack, rule, bearer, held in rows.iter_rows():
            since = [event for event in events.get(record, ()) if fresh(event)]
            event = _undoing(since, exits.get((pack, rule)), bearer, held, at)
            if event is not None:
                found.append((one, event.fact.kind, event.id))
        return pl.DataFrame(found, schema={"id": pl.String, "word": pl.String, "fact": pl.String}, orient="row")

    return undone


def _undoing(events: Iterable[Stored[Event]], exits: Exits | None, bearer: str, held: str, at: int) -> Stored[Event] | None:
    """The last event that undoes what held a consequence of a bearer up."""
    kinds = dict(exits.suspended_by).get(held, frozenset()) if exits else frozenset()
    touching = [
        event
        for event in events
        if event.fact.kind in kinds
        and event.fact.on <= at
        and (event.fact.person in ("", bearer) or (exits is not None and exits.own_event == "record"))
    ]
    return max(touching, key=lambda event: (event.fact.on, event.id), default=None)
