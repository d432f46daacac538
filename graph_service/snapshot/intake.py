"""A register folder straight into columns, for registers of millions: no ledger, no object for a fact.

* The facts, their positions, the counts, reasons and notices are those that `graph_service.ingest` gives with a new ledger in
  memory that takes everything at the moment when the newest file was last changed, and hashes under a key made of their content.
* Rows are read a block at a time (`intake_rows`) and by columns (`intake_cells`, `intake_decisions`); whatever is odd in them by
  `graph_service.model.rows.to_fact`.
* Files that are no register, or that cannot be read to their end, go through the ordinary load: it judges them.

Invariants (must never happen): another outcome than that of the ordinary load; a fact without its position.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np
import polars as pl

from graph_service.ingest.intake import BATCH, WAITING_CHARACTERS
from graph_service.ingest.load import form_of
from graph_service.ingest.quiet import REASONS_KEPT, check_readable, content_key, files_of, load_quietly, moment_of
from graph_service.ingest.register import Source, find_sources
from graph_service.ingest.rejects import Rejects
from graph_service.ingest.report import Counts, Form, LoadReport, Notice
from graph_service.ledger.changes import micros, moment_text
from graph_service.ledger.dated import Dated
from graph_service.ledger.memory import MemoryLedger
from graph_service.ledger.protocol import Position
from graph_service.messages import BadValue
from graph_service.model.facts import Fact, Stored
from graph_service.model.identifiers import keyed_hash
from graph_service.model.rows import BadRow, to_fact
from graph_service.snapshot.assemble import FACT_FRAMES, NUMBERED_FRAMES, SUBJECT_COLUMNS, assemble_numbered
from graph_service.snapshot.build import columns_of, fact_frame
from graph_service.snapshot.columns import UNDESCRIBED, Columns
from graph_service.snapshot.held import COLD, HeldColumns
from graph_service.snapshot.intake_cells import Cells, read_columns
from graph_service.snapshot.intake_decisions import Decisions
from graph_service.snapshot.intake_keys import KEYS, later_rows
from graph_service.snapshot.intake_numbers import Numbering
from graph_service.snapshot.intake_piles import Pile
from graph_service.snapshot.intake_rows import LINE, Block, Unusual, read_blocks

Frames = dict[str, pl.DataFrame]

_FILE = "#file"
_MANY = 1 << 16  # files whose numbers need more than two bytes
_FRAMES = {
    "enterprises": "subjects",
    "persons": "subjects",
    **{table: table for table in ("ties", "records", "findings", "events", "listings")},
}
# What a fact says: all of a fact frame but what the ledger adds, and words of no vocabulary, which no row may have.
_CONTENT = {
    name: {column: kind for column, kind in frame.items() if column not in ("position", "recorded", "digest", "other")}
    for name, frame in FACT_FRAMES.items()
}
_ROWS_WEIGHED = BATCH // 2
_NEVER = moment_text(0)


def register_columns(paths: Sequence[Path], form: Form | None = None) -> tuple[HeldColumns, LoadReport]:
    """The columns of all that some paths hold, and what could not be taken.

    ``form`` None recognises the form by content.  The report has no rejects file, but the first reasons.  Raises `InputError`.
    Costs some 2 microseconds and 100 bytes for each row, 20 microseconds for an odd one.
    """
    inputs = [Path(path) for path in paths]
    files = files_of(inputs)
    check_readable(files)
    if form_of(inputs, form) == "register":
        try:
            keys, frames, position, report = _read(inputs, files)
        except Unusual:
            pass
        else:
            columns = assemble_numbered(keys, frames, position)
            return columns, replace(report, notices=report.notices + _left_open(columns))
    return _ordinary(inputs, files, form)


def _read(paths: Sequence[Path], files: Sequence[Path]) -> tuple[pl.Series, Frames, Position, LoadReport]:
    """The keys of subjects, numbered frames of all that was taken, and the report without what only columns tell."""
    sources, notices = find_sources(paths)
    loading = _Loading(sources, files)
    for file, source in enumerate(sources):
        for block in read_blocks(source):
            loading.take(file, block)
    keys = loading.let_go()
    frames, position, report = loading.finish(notices)
    return keys, frames, position, report


def _ordinary(paths: Sequence[Path], files: Sequence[Path], form: Form | None) -> tuple[HeldColumns, LoadReport]:
    """The same by way of a ledger in memory."""
    ledger, moment = MemoryLedger(content_key(files)), moment_of(files)
    report = load_quietly(paths, Dated(ledger, moment), form, "en")
    with ledger.read() as reader:
        return columns_of(reader), report


@dataclass(frozen=True, slots=True)
class _Reject:
    """A row that was not taken.  ``when`` orders rejects as an ordinary load tells them."""

    when: tuple[int, int, int]
    file: int
    line: int
    column: str
    cause: BadValue


class _Loading:
    """One load: what was taken so far, and what was not."""

    def __init__(self, sources: Sequence[Source], files: Sequence[Path]) -> None:
        self._sources, self._files = sources, files
        self._piles = {name: Pile(name) for name in _CONTENT}
        self._numbering = Numbering()
        cells = Cells(self._hash, self._numbering)
        self._makers = {**cells.makers, **Decisions(cells).makers}
        self._counts: Counter[tuple[str, str]] = Counter()
        self._taken = 0
        self._rejects: list[_Reject] = []  # the first `REASONS_KEPT`
        self._heavy = False

    @cached_property
    def _key(self) -> bytes:
        return content_key(self._files)

    def _hash(self, id_type: str, number: str) -> str:
        return keyed_hash(self._key, id_type, number)

    def let_go(self) -> pl.Series:
        """The keys of subjects by the numbers that they have in the frames; what only further rows would need is given up."""
        keys = self._numbering.keys
        self._numbering = Numbering()
        self._makers = {}
        return keys

    def take(self, file: int, block: Block) -> None:
        """The rows of a block of a file."""
        table = self._sources[file].table
        name = _FRAMES[table]
        faults = [(line, "", cause) for line, cause in block.faults]
        facts, odd = None, block.rows
        if block.rows.height:
            facts, odd = read_columns(table, block.rows, self._makers[table])
            facts = facts.select(LINE, *_CONTENT[name])
        if facts is None or odd.height:
            singles, bad = self._one_by_one(table, odd)
            facts = singles if facts is None or not facts.height else pl.concat([facts, singles]).sort(LINE)
            faults = sorted(faults + bad, key=lambda fault: fault[0])
        lines = facts.get_column(LINE)
        self._note_weight(block.rows, lines)
        for line, column, cause in faults[: REASONS_KEPT - len(self._rejects)]:
            before = self._taken + int(lines.search_sorted(line))
            self._rejects.append(_Reject((before, 1, len(self._rejects)), file, line, column, cause))
        if faults:
            self._counts[table, "rejected"] += len(faults)
        self._taken += facts.height
        place = (pl.lit(file, pl.UInt16 if len(self._sources) < _MANY else pl.UInt32).alias(_FILE), pl.col(LINE).cast(pl.UInt32))
        self._piles[name].add(facts.with_columns(place))

    def _one_by_one(self, table: str, rows: pl.DataFrame) -> tuple[pl.DataFrame, list[tuple[int, str, BadValue]]]:
        facts: list[Fact] = []
        lines: list[int] = []
        bad: list[tuple[int, str, BadValue]] = []
        for row in rows.iter_rows(named=True):
            line = row.pop(LINE)
            try:
                facts.append(to_fact(table, row, self._hash))
                lines.append(line)
            except BadRow as cause:
                if any(cell and not cell.isspace() for cell in row.values()):
                    bad.append((line, cause.field, cause))
        name = _FRAMES[table]
        stored = (Stored(fact, "-", line, _NEVER) for fact, line in zip(facts, lines, strict=True))
        frame = fact_frame(name, stored).select(pl.col("position").alias(LINE), *_CONTENT[name])
        return self._numbering.numbered(frame, SUBJECT_COLUMNS[name]), bad

    def _note_weight(self, rows: pl.DataFrame, taken: pl.Series) -> None:
        """Note whether a batch may be full by its text before it is by its rows: any of it lies in four runs of half as many."""
        if self._heavy or not len(taken):
            return
        if len(taken) < rows.height:
            rows = rows.filter(pl.col(LINE).is_in(taken.implode()))
        # No row is shown longer: every character quoted, every cell set in quotation marks, every number masked.
        longest = pl.sum_horizontal(pl.all().exclude(LINE).str.len_bytes().cast(pl.Int64) * 2 + 6)
        weights = rows.select(longest).to_series().to_numpy()
        self._heavy = bool((np.add.reduceat(weights, np.arange(0, len(weights), _ROWS_WEIGHED)) >= WAITING_CHARACTERS // 4).any())

    def finish(self, notices: Sequence[Notice]) -> tuple[Frames, Position, LoadReport]:
        """The frames of all that was taken, and the report."""
        moment = moment_of(self._files)
        recorded = pl.lit(micros(moment), pl.Int64).alias("recorded")
        frames: Frames = {}
        number = first = 0
        for name, schema in NUMBERED_FRAMES.items():
            filled = [column for column in schema if column in (*_CONTENT[name], "position")]
            pieces = self._piles.pop(name).settle()
            kept = self._once(name, pieces, first)
            first += sum(piece.height for piece in pieces)
            for at, (piece, rows) in enumerate(zip(pieces, kept, strict=True)):
                facts = piece if rows is None else piece.filter(rows)
                for file, count in facts.group_by(_FILE).len().iter_rows():
                    self._counts[self._sources[file].table, "taken"] += count
                positions = pl.int_range(number + 1, number + facts.height + 1, dtype=pl.Int64, eager=True)
                pieces[at] = facts.with_columns(positions.alias("position")).select(filled)
                number += facts.height
            del kept
            frames[name] = _whole(name, pieces).with_columns(recorded) if pieces else pl.DataFrame(schema=schema)
        position = Position(number, moment_text(micros(moment)) if number else "")
        tables = {table: self._counts_of(table) for table in _FRAMES if any(table == counted for counted, _ in self._counts)}
        return frames, position, LoadReport("register", tables, tuple(notices), None, self._reasons())

    def _once(self, name: str, pieces: Sequence[pl.DataFrame], first: int) -> list[pl.Series | None]:
        """Which rows of each piece to keep (None: all): not those whose key was stated before.

        ``first`` is how many rows of other frames were taken before them.
        """
        frame = pl.concat(pieces) if pieces else None
        later = None if frame is None else later_rows(frame, KEYS[name], list(_CONTENT[name]))
        if frame is None or later is None:
            return [None] * len(pieces)
        files = frame.get_column(_FILE)
        for file, same, count in pl.DataFrame([files.gather(later.rows), later.same]).group_by(pl.all()).len().iter_rows():
            self._counts[self._sources[file].table, "repeated" if same else "rejected"] += count
        others = pl.DataFrame([later.rows, later.firsts.alias("first")]).filter(~later.same)
        if others.height and self._heavy:
            raise Unusual
        lines = frame.get_column(LINE)
        for row, earlier in others.head(REASONS_KEPT).iter_rows():
            cause = BadValue("already_used", line=lines[earlier], file=self._sources[files[earlier]].shown)
            when = ((first + row) // BATCH + 1) * BATCH
            column = "id" if KEYS[name] in (["id"], ["key"]) else ""
            self._rejects.append(_Reject((when, 0, first + row), files[row], lines[row], column, cause))
        kept = pl.repeat(value=True, n=frame.height, dtype=pl.Boolean, eager=True).scatter(later.rows, values=False)
        ends = list(accumulate(piece.height for piece in pieces))
        return [kept.slice(end - piece.height, piece.height) for end, piece in zip(ends, pieces, strict=True)]

    def _counts_of(self, table: str) -> Counts:
        return Counts(**{word: self._counts[table, word] for word in ("taken", "repeated", "rejected")})

    def _reasons(self) -> tuple[dict[str, str], ...]:
        """The first rejects, as they stand in a rejects file."""
        out = io.StringIO(newline="")
        told = Rejects(out, "en")
        for reject in sorted(self._rejects, key=lambda one: one.when)[:REASONS_KEPT]:
            source = self._sources[reject.file]
            told.add(source.shown, reject.line, reject.column, reject.cause, "", personal=source.table == "persons")
        written = out.getvalue().encode("utf-8", "backslashreplace").decode()
        rows = csv.DictReader(io.StringIO(written, newline=""))
        return tuple({name: row[name] for name in ("file", "line", "column", "reason")} for row in rows)


def _whole(name: str, pieces: list[pl.DataFrame]) -> pl.DataFrame:
    """One frame of some, which are let go column by column; what stays in memory as it is, is put together."""
    columns = []
    for column in pieces[0].columns:
        whole = pl.concat([piece.drop_in_place(column) for piece in pieces])
        columns.append(whole.rechunk() if column == "position" or column in COLD[name] else whole)
    return pl.DataFrame(columns)


def _left_open(columns: Columns) -> tuple[Notice, ...]:
    """What the facts speak of without stating it."""
    frames = columns.frames
    counts = {
        "notice_undescribed": frames["subjects"].filter(pl.col("kind") == UNDESCRIBED).height,
        "notice_unstated": sum(frames[name].filter(pl.col("record") < 0).height for name in ("findings", "events")),
    }
    return tuple(Notice(code, {"count": count}) for code, count in counts.items() if count)
