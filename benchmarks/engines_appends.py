"""Appending to an empty ledger, batch after batch, whatever the ledger is."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import islice
from tempfile import TemporaryDirectory

from benchmarks.engines import Answer, Context, Entry
from graph_service.ledger.open import open_ledger
from graph_service.ledger.protocol import Ledger
from graph_service.model.facts import Fact, Subject, Tie

BATCH, BATCHES = 10_000, 30


@dataclass(frozen=True, slots=True)
class Batches:
    """An empty ledger, and facts to append to it."""

    ledger: Ledger
    batches: tuple[tuple[Fact, ...], ...]
    kept: ExitStack


def _facts(context: Context) -> Iterator[Fact]:
    """Descriptions of subjects, then ties."""
    ledger = open_ledger(f"sqlite:///{context.store}", create=False)
    with ledger.read() as reader:
        yield from (one.fact for one in islice(reader.scan(Subject), BATCH * BATCHES // 3))
        yield from (one.fact for one in islice(reader.scan(Tie), BATCH * BATCHES - BATCH * BATCHES // 3))
    ledger.close()


def in_batches(context: Context) -> tuple[tuple[Fact, ...], ...]:
    """The first facts of a store in batches."""
    facts = list(_facts(context))
    batches = tuple(tuple(facts[first : first + BATCH]) for first in range(0, len(facts), BATCH))
    # Whoever appends holds one batch, not all of them: looking through the rest for garbage is no cost of an append.
    gc.collect()
    gc.freeze()
    return batches


def empty_sqlite(context: Context) -> Batches:
    """A new SQLite ledger."""
    kept = ExitStack()
    ledger = open_ledger(f"sqlite:///{kept.enter_context(TemporaryDirectory())}/ledger.db", create=True)
    kept.callback(ledger.close)
    return Batches(ledger, in_batches(context), kept)


def append(given: Batches, batch: tuple[Fact, ...]) -> int:
    """Append one batch; the position after it."""
    return given.ledger.append(batch).position


def appended_told(_: Context, positions: Sequence[int]) -> Answer:
    """How far the ledger came."""
    return {"facts": positions[-1] if positions else 0}


def _batches(given: Batches) -> Sequence[tuple[Fact, ...]]:
    return given.batches


APPEND = partial(Entry, items=_batches, each=append, answer=appended_told, needs_store=True, once=True)
"""The entry of an engine; it lacks what makes an empty ledger."""
