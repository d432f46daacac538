"""From cells to the columns of facts, for what was decided: records, findings, events, listings.

As in `graph_service.snapshot.intake_cells`, each distinct date and word is read once, by `graph_service.model.rows.to_fact`;
texts and keys are taken as they stand where they certainly may be, and every other row is *odd*.

Invariant (must never happen): a row is taken here whose fact `to_fact` would not give, or as another fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import polars as pl

from graph_service.model.interval import LAST, UNKNOWN, UNKNOWN_INTERVAL
from graph_service.model.rows import BadRow, to_fact
from graph_service.model.words import EVENTS, FINDINGS
from graph_service.snapshot.columns import EVENT_WORDS, FINDING_WORDS
from graph_service.snapshot.intake_cells import ODD, Cells, Meanings, days, is_empty, odd_text
from graph_service.snapshot.intake_rows import LINE

_PLAIN: Mapping[str, Mapping[str, str]] = {
    "records": {"id": "-", "subject": "-"},
    "findings": {"record": "-", "person": "-", "finding": FINDINGS[0]},
    "events": {"record": "-", "kind": EVENTS[0], "on": "2000-01-01"},
}
"""A row of each table that says nothing else."""
_NO_DAY = 0  # the first day of all is 1


def _cell(table: str, column: str, text: str) -> str | int | None:
    """What a cell means to the fact of its row, by number where the fact frame has numbers; None for one that is not taken."""
    try:
        value = getattr(to_fact(table, {**_PLAIN[table], column: text}), column)
    except BadRow:
        return None
    numbers = {"finding": FINDING_WORDS, "kind": EVENT_WORDS}.get(column)
    if numbers is not None:
        return numbers[value]
    return _NO_DAY if value is None else value


def _meaning(table: str, column: str, kind: type[pl.DataType]) -> Meanings:
    return Meanings(partial(_cell, table, column), kind)


class Decisions:
    """Reads blocks of rows of these tables; remembers what texts mean.  ``cells`` reads keys and bounds."""

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._words = {name: _meaning("records", name, pl.String) for name in ("family", "severity")}
        self._finding = _meaning("findings", "finding", pl.Int8)
        self._found_on = _meaning("findings", "found_on", pl.Int32)
        self._kind = _meaning("events", "kind", pl.Int8)
        self._on = _meaning("events", "on", pl.Int32)

    @property
    def makers(self) -> Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]:
        """How the rows of each table are read: facts by columns, with `LINE` and whether a row is `ODD`."""
        return {"records": self._records, "findings": self._findings, "events": self._events, "listings": self._listings}

    def _records(self, cells: pl.DataFrame) -> pl.DataFrame:
        subject, decided = self._cells.numbers(cells["subject"]), self._cells.start.of(cells["decided_on"])
        words = {name: meaning.of(cells[name]) for name, meaning in self._words.items()}
        texts = ("id", "behaviour", "authority", "instrument_no", "region", "amount", "outcome")
        act, odd_act = self._act(cells["act_from"], cells["act_to"])
        unsaid = cells["decided_on"] == ""
        return cells.select(
            LINE,
            *texts,
            subject.alias("subject"),
            *(meant.alias(name) for name, meant in words.items()),
            *act.get_columns(),
            *(
                pl.when(unsaid).then(pl.lit(bound, pl.Int32)).otherwise(day).alias(day.name)
                for day, bound in zip(days("decided", decided), (UNKNOWN.lo, UNKNOWN.hi), strict=True)
            ),
            (
                (subject < 0)
                | (pl.col("id") == "")
                | pl.any_horizontal(map(odd_text, (*texts, "act_from", "act_to", "decided_on")))
                | decided.is_null()
                | odd_act
                | pl.any_horizontal(meant.is_null() for meant in words.values())
            ).alias(ODD),
        )

    def _act(self, first: pl.Series, after: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
        """The days of acts, and where they are odd: see `graph_service.model.rows` for cells that are empty or the same."""
        start, end = self._cells.start.of(first), self._cells.end.of(after)
        told = pl.DataFrame([*days("act_start", start), *days("act_end", end)])
        odd = start.is_null() | end.is_null() | is_empty(start, end)
        a_day = (first == after) & (first != "?") & (first != "")
        if a_day.any():
            lo, hi = told["act_start_lo"] + 1, (told["act_start_hi"] + 1).clip(upper_bound=LAST)
            told = told.with_columns(told["act_end_lo"].zip_with(~a_day, lo), told["act_end_hi"].zip_with(~a_day, hi))
            odd = odd.zip_with(~a_day, start.is_null() | (lo > hi))
        unsaid = (first == "") & (after == "")
        nothing = (UNKNOWN_INTERVAL.start, UNKNOWN_INTERVAL.end)
        bounds = [day for bound in nothing for day in (bound.lo, bound.hi)]
        told = told.select(
            pl.when(unsaid).then(pl.lit(bound, pl.Int32)).otherwise(pl.col(name)).alias(name)
            for name, bound in zip(told.columns, bounds, strict=True)
        )
        return told, odd & ~unsaid

    def _findings(self, cells: pl.DataFrame) -> pl.DataFrame:
        person, finding = self._cells.numbers(cells["person"]), self._finding.of(cells["finding"])
        found_on = self._found_on.of(cells["found_on"])
        return cells.select(
            LINE,
            "record",
            person.alias("person"),
            finding.alias("finding"),
            "instrument_no",
            pl.when(found_on != _NO_DAY).then(found_on).alias("found_on"),
            (
                (person < 0)
                | (pl.col("record") == "")
                | pl.any_horizontal(map(odd_text, ("record", "instrument_no")))
                | finding.is_null()
                | found_on.is_null()
            ).alias(ODD),
        )

    def _events(self, cells: pl.DataFrame) -> pl.DataFrame:
        person, kind, on = self._cells.numbers(cells["person"]), self._kind.of(cells["kind"]), self._on.of(cells["on"])
        return cells.select(
            LINE,
            "record",
            kind.alias("kind"),
            on.alias("on"),
            person.alias("person"),  # -1, of the empty text: everybody
            "instrument_no",
            (
                (person < -1)
                | (pl.col("record") == "")
                | pl.any_horizontal(map(odd_text, ("record", "instrument_no")))
                | kind.is_null()
                | on.is_null()
            ).alias(ODD),
        )

    def _listings(self, cells: pl.DataFrame) -> pl.DataFrame:
        subject = self._cells.numbers(cells["subject"])
        start, end = self._cells.start.of(cells["listed_from"]), self._cells.end.of(cells["listed_to"])
        return cells.select(
            LINE,
            subject.alias("subject"),
            "regime",
            *days("listed_start", start),
            *days("listed_end", end),
            "instrument_no",
            (
                (subject < 0)
                | (pl.col("regime") == "")
                | pl.any_horizontal(map(odd_text, ("regime", "instrument_no")))
                | start.is_null()
                | end.is_null()
                | is_empty(start, end)
            ).alias(ODD),
        )
