"""What an append changed, as a shape for programs: `graph_service.engine.follow` in the words of a run's changes."""

from __future__ import annotations

from collections.abc import Sequence

from graph_service.analysis.changes import consequence_changes, verdict_changes
from graph_service.analysis.run_between import between_positions
from graph_service.analysis.run_source import names_in
from graph_service.analysis.run_tables import Wording, frames_of, in_order
from graph_service.engine.follow import follow
from graph_service.engine.rows import CaughtRow, Rows
from graph_service.engine.shapes import Shape, left_out_shape
from graph_service.ledger.protocol import Ledger
from graph_service.messages import Lang
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View


def follow_shape(ledger: Ledger, before: View, after: View, packs: Sequence[Pack], at: int, lang: Lang) -> Shape:
    """What differs between two positions of a ledger on a day: verdicts, consequences, and who is caught, with causes.

    ``before`` stands at the earlier position.  Costs the traces of what the changes between can touch.
    """
    then, now = before.position.number, after.position.number
    delta = follow(before, after, [change.fact for change in ledger.since(then, now - then)], packs, at)
    wording = Wording(packs, at, lang, names_in(after))
    sides = [
        {name: wording(name, in_order(name, rows)) for name, rows in frames_of(part).items()}
        for part in (delta.before, delta.after)
    ]
    between = between_positions(ledger, after, packs, at, then, now)
    old, new = sides
    changes = consequence_changes([old["consequences"]], [new["consequences"]], between=between)
    verdicts = verdict_changes([old["verdicts"]], [new["verdicts"]], between=between)
    return {
        "since": then,
        "looked_at": list(delta.affected.subjects),
        "verdicts": [row for piece in verdicts for row in piece.iter_rows(named=True)],
        "consequences": [row for piece in changes for row in piece.iter_rows(named=True)],
        "caught": _caught(delta.before, delta.after),
        "complete": not delta.affected.left_out,
        "left_out": [left_out_shape(one, lang) for one in delta.affected.left_out],
    }


def _caught(before: Rows, after: Rows) -> list[Shape]:
    """The subjects whose verdict under a cascade differs; none where it does not catch."""

    def index(rows: Sequence[CaughtRow]) -> dict[tuple[str, str, str], str]:
        return {(row.pack, row.cascade, row.subject): row.verdict for row in rows}

    was, now = index(before.caught), index(after.caught)
    return [
        {"pack": key[0], "rule": key[1], "subject": key[2], "before": was.get(key), "after": now.get(key)}
        for key in sorted(was.keys() | now.keys())
        if was.get(key) != now.get(key)
    ]
