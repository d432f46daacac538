"""The single trace and what stands on it: one subject after another, from a store on disk or from columns in memory.

Records are drawn at random, the same for every engine.  To follow along, single facts are appended to a copy of the store first;
the ledger keeps every state, so what each of them changed is asked afterwards, between the positions before and after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from benchmarks.answers import rows_answer
from benchmarks.engines import Answer, Context, Engine, Entry
from benchmarks.engines_appends import APPEND, empty_sqlite
from benchmarks.engines_runs import itself, run_by_trace, run_told
from benchmarks.workload import SAMPLE, drawn
from graph_service.engine.answers import Trace
from graph_service.engine.follow import Delta, follow
from graph_service.engine.rows import (
    CAUGHT,
    CONSEQUENCES,
    VERDICTS,
    Rows,
    cascades_on,
    consequence_row,
    rows_by_trace,
    rows_of_cascades,
    verdict_row,
)
from graph_service.engine.trace import trace
from graph_service.ledger.protocol import Ledger, Position
from graph_service.model.facts import Event, Fact, Record, Stored, Tie
from graph_service.model.interval import ALWAYS, OPEN_END, Bound, Interval
from graph_service.model.share import Share
from graph_service.model.words import TIE_KINDS
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

if TYPE_CHECKING:
    from graph_service.ledger.protocol import Reader

TRACES = 2000
HOLDERS = 20
FOLLOWED = 200
DERIVED = "derived_sanction"


def keys_of(context: Context, name: str, column: str) -> list[str]:
    """A column of a table of the province."""
    return pl.read_parquet(context.folder / "parquet" / f"{name}.parquet", columns=[column])[column].to_list()


@dataclass(frozen=True, slots=True)
class Store:
    """A copy of the store, open; ``steps`` are single facts appended to it with the positions before and after each."""

    ledger: Ledger
    packs: tuple[Pack, ...]
    at: int
    keys: tuple[str, ...]
    steps: tuple[tuple[Position, Position, Fact], ...]
    kept: ExitStack


def _open(context: Context) -> tuple[Ledger, ExitStack]:
    from graph_service.ledger.open import open_ledger

    kept = ExitStack()
    assert context.store is not None
    ledger = open_ledger(f"sqlite:///{context.store}", create=False)
    kept.callback(ledger.close)
    return ledger, kept


def prepare_traces(context: Context) -> Store:
    """The store open, and the records to trace."""
    ledger, kept = _open(context)
    keys = drawn(keys_of(context, "records", "id"), TRACES)
    return Store(ledger, context.packs, context.at, tuple(keys), (), kept)


def trace_record(reader: Reader, key: str, packs: Sequence[Pack], at: int) -> Trace:
    """The trace of one record."""
    view = View(reader)
    found = view.records([key])
    return trace(view, found[0].fact.subject, packs, at, found)


def trace_in_store(store: Store, key: str) -> Trace:
    """The trace of one record, from a store."""
    with store.ledger.read() as reader:
        return trace_record(reader, key, store.packs, store.at)


def prepare_holders(context: Context) -> Store:
    """The store open, and the subjects with the most holdings."""
    ledger, kept = _open(context)
    ties = pl.read_parquet(context.folder / "parquet" / "ties.parquet", columns=["holder", "share"])
    most = ties.filter(pl.col("share") != "")["holder"].value_counts().sort("count", "holder", descending=[True, False])
    return Store(ledger, context.packs, context.at, tuple(most["holder"].head(HOLDERS)), (), kept)


def _trace_holder(store: Store, key: str) -> Trace:
    """A trace of all records of a subject, and everything that it holds."""
    with store.ledger.read() as reader:
        view = View(reader)
        view.ties_of([key], frozenset(TIE_KINDS))
        return trace(view, key, store.packs, store.at)


@dataclass(frozen=True, slots=True)
class InMemory:
    """Columns as something that traces can walk."""

    reader: Reader
    packs: tuple[Pack, ...]
    at: int
    keys: tuple[str, ...]


def prepare_columns(context: Context) -> InMemory:
    """The columns with the indexes that traces use, and the records to trace."""
    from graph_service.snapshot.reader import ColumnarReader

    reader = ColumnarReader(context.columns)
    keys = tuple(drawn(keys_of(context, "records", "id"), TRACES))
    trace_record(reader, keys[0], context.packs, context.at)
    return InMemory(reader, context.packs, context.at, keys)


def prepare_sample(context: Context) -> InMemory:
    """The columns with the indexes that traces use, and the records of the sample."""
    return replace(prepare_columns(context), keys=tuple(drawn(keys_of(context, "records", "id"), SAMPLE)))


def traced_in_memory(ready: InMemory) -> list[Trace]:
    """The traces of all records drawn."""
    return [trace_record(ready.reader, key, ready.packs, ready.at) for key in ready.keys]


def traces_answer(_: Context, traces: Sequence[Trace]) -> Answer:
    """The verdicts and consequences of some traces as rows of words."""
    return rows_answer(
        {
            "verdicts": (VERDICTS, [verdict_row(one) for found in traces for one in found.persons]),
            "consequences": (CONSEQUENCES, [consequence_row(one) for found in traces for one in found.consequences]),
        }
    )


def sample_answer(context: Context, traces: Sequence[Trace]) -> Answer:
    """The same without derived sanctions, which hang on no record: they are caught by the run of a cascade."""
    return traces_answer(
        context, [replace(one, consequences=tuple(it for it in one.consequences if it.kind != DERIVED)) for one in traces]
    )


def _read_facts(store: Store, key: str) -> None:
    """What no trace can do without: the record, the ties into its subject, findings, events, holders."""
    with store.ledger.read() as reader:
        (found,) = reader.records([key])
        ties = reader.ties_into([found.fact.subject])
        reader.findings_of([key])
        reader.events_of([key])
        reader.subjects([tie.fact.holder for tie in ties])


def _appended(context: Context, facts: Sequence[Fact]) -> Store:
    """A copy of the store with some facts appended one by one."""
    from graph_service.ledger.open import open_ledger

    assert context.store is not None
    kept = ExitStack()
    folder = Path(kept.enter_context(TemporaryDirectory()))
    for part in context.store.parent.glob(f"{context.store.name}*"):
        if part.is_file():
            (folder / part.name).write_bytes(part.read_bytes())
    ledger = open_ledger(f"sqlite:///{folder / context.store.name}", create=False)
    kept.callback(ledger.close)
    steps = []
    for fact in facts:
        before = ledger.last()
        ledger.append([fact])
        steps.append((before, ledger.last(), fact))
    return Store(ledger, context.packs, context.at, (), tuple(steps), kept)


def prepare_records(context: Context) -> Store:
    """One serious record more on each of some enterprises."""
    subjects = drawn(keys_of(context, "enterprises", "id"), FOLLOWED)
    begin, end, decided = (Bound.on(context.at - days) for days in (400, 300, 60))
    return _appended(
        context,
        [
            Record(
                f"N{number:06d}", subject, "health_safety", "food", "serious", Interval(begin, end), decided,
                instrument_no=f"样市监罚〔2020〕新{number}号",
            )
            for number, subject in enumerate(subjects)
        ],
    )  # fmt: skip


def prepare_objections(context: Context) -> Store:
    """An objection to each of some records."""
    return _appended(
        context, [Event(key, "objection_lodged", context.at - 5) for key in drawn(keys_of(context, "records", "id"), FOLLOWED)]
    )


def prepare_ties(context: Context) -> Store:
    """For each of some recorded enterprises by turns a new head, a small and a large holding of somebody."""
    subjects = [key for key in drawn(keys_of(context, "records", "subject"), FOLLOWED) if not key.startswith("P")]
    persons = drawn(keys_of(context, "persons", "id"), len(subjects))
    facts: list[Fact] = []
    for number, (person, subject) in enumerate(zip(persons, subjects, strict=True)):
        since = Interval(Bound.on(context.at - 100), OPEN_END)
        kind = ("legal_representative", "shareholder", "shareholder")[number % 3]
        share = (None, Share.parse("1"), Share.parse("60"))[number % 3]
        facts.append(Tie(f"N{number:06d}", kind, person, subject, since if share is None else ALWAYS, share))
    return _appended(context, facts)


def steps(store: Store) -> Sequence[tuple[Position, Position, Fact]]:
    """The facts that were appended."""
    return store.steps


def what_changed(store: Store, step: tuple[Position, Position, Fact]) -> Delta:
    """What one appended fact changed."""
    earlier, later, fact = step
    with store.ledger.read(earlier) as before, store.ledger.read(later) as after:
        return follow(View(before), View(after), [fact], store.packs, store.at)


def changes_answer(_: Context, deltas: Sequence[Delta]) -> Answer:
    """The consequences that differ, before and after."""
    rows: list[tuple[object, ...]] = []
    for number, delta in enumerate(deltas):
        before, after = (_told(side) for side in (delta.before, delta.after))
        rows += [(str(number), "gone", *row) for row in sorted(before - after)]
        rows += [(str(number), "new", *row) for row in sorted(after - before)]
    return rows_answer({"changes": (("step", "change", "id", "status"), rows)})


def _told(side: Rows) -> set[tuple[str, str]]:
    return {(row.id, row.status) for row in (*side.consequences, *side.derived)}


def all_by_trace(context: Context) -> Any:
    """Every record of a store, one trace after another."""
    ledger, kept = _open(context)
    with kept, ledger.read() as reader:
        view = View(reader)
        records: list[Stored[Record]] = [one for one in reader.scan(Record) if isinstance(one.fact, Record)]  # type: ignore[misc]
        rows = rows_by_trace(view, records, context.packs, context.at)
        return rows, rows_of_cascades(view, cascades_on(context.packs, context.at), context.at)


def everything_answer(_: Context, found: Any) -> Answer:
    """Verdicts and consequences of all records, and of cascades, as rows of words."""
    rows, cascades = found
    tables = {"verdicts": (VERDICTS, rows.verdicts), "consequences": (CONSEQUENCES, rows.consequences)}
    return rows_answer({**tables, "derived": (CONSEQUENCES, cascades.derived), "caught": (CAUGHT, cascades.caught)})


ENGINE = Engine(
    "single trace",
    "one subject after another, from the SQLite ledger",
    {
        "trace": Entry(
            prepare_traces, items=lambda store: store.keys, each=trace_in_store, answer=traces_answer, needs_store=True
        ),
        "trace_holders": Entry(
            prepare_holders, items=lambda store: store.keys, each=_trace_holder, answer=traces_answer, needs_store=True
        ),
        "append": APPEND(empty_sqlite),
        "follow_record": Entry(prepare_records, items=steps, each=what_changed, answer=changes_answer, needs_store=True),
        "follow_objection": Entry(prepare_objections, items=steps, each=what_changed, answer=changes_answer, needs_store=True),
        "follow_tie": Entry(prepare_ties, items=steps, each=what_changed, answer=changes_answer, needs_store=True),
        "everything": Entry(itself, all_by_trace, everything_answer, needs_store=True),
        "run": Entry(itself, run_by_trace, run_told, needs_store=True),
    },
)
COLUMNS = Engine(
    "single trace on columns",
    "one subject after another, from the columns in memory",
    {
        "trace": Entry(
            prepare_columns,
            items=lambda ready: ready.keys,
            each=lambda ready, key: trace_record(ready.reader, key, ready.packs, ready.at),
            answer=traces_answer,
        ),
        "sample": Entry(prepare_sample, traced_in_memory, sample_answer),
    },
)
FLOOR = Engine(
    "reading alone",
    "the facts that no answer can do without, read and thrown away",
    {
        "trace": Entry(
            prepare_traces,
            items=lambda store: store.keys,
            each=_read_facts,
            needs_store=True,
            partial="reads the facts, answers nothing",
        ),
    },
)
