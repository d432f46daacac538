"""The compiled limit: loops over arrays of integers in machine code (numba), two threads.

* `prepare_control` and `control` (see `graph_service.engine.control`, without joint arrangements): exact, both bounds;
* `prepare_propagate` and `propagate`: every verdict and where every effect of the certain ones stands
  (see `graph_service.engine.liability` and `graph_service.engine.standing`).

What is prepared is what any engine has to bring in before it can start: columns as arrays, the law as numbers, the place of facts
in the order of their ids.  It is measured apart.  The first call of each compiles: that is not measured.

It leaves out carriage to other enterprises, cascades, and the facts of a proof that rests on several ties.  A register in which
the shares of a company have no common denominator up to 2**40 is refused with `NotExpressible`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

from benchmarks.peers import CONTROL, HALF, STANDINGS, VERDICTS, NotExpressible, Propagated
from benchmarks.peers.compiled import Int32s, Int64s, as_array, in_blocks
from benchmarks.peers.kernel_control import Shares, by_holder, controlled, pairs_on
from benchmarks.peers.kernel_law import Facts, Rules, prepared
from benchmarks.peers.kernel_verdicts import Scratch, judged, scratch
from graph_service.model.words import SHARES
from graph_service.policy.table import Pack
from graph_service.snapshot.columns import KINDS, Columns


@dataclass(frozen=True, slots=True)
class Control:
    """The holdings as arrays, how many subjects there are, and which kinds count, as bits."""

    shares: Shares
    size: int
    kinds: int


def prepare_control(columns: Columns) -> Control:
    """The holdings of a register as arrays: nothing is copied but the flags."""
    held = columns.frames["holdings"]
    if held.filter(pl.col("den") == 0).height:
        raise NotExpressible("some shares have no common denominator")
    shares = Shares(*(as_array(held[name]) for name in Shares._fields))
    return Control(shares, columns.frames["subjects"].height, sum(1 << KINDS[kind] for kind in SHARES))


def run_control(prepared: Control, day: int, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair on a day: the columns of `CONTROL`, sorted."""
    top, bottom = threshold.numerator, threshold.denominator
    pairs, companies = pairs_on(prepared.shares, prepared.kinds, day, prepared.size, top)
    walks = by_holder(pairs, companies, bottom, prepared.size)

    def scratch() -> tuple[Int64s, Int32s, Int64s]:
        return np.zeros((prepared.size, 4), np.int64), np.empty(prepared.size + 1, np.int32), np.zeros(1, np.int64)

    def work(first: int, after: int, own: tuple[Int64s, Int32s, Int64s]) -> pl.DataFrame:
        rows, count = controlled(walks, companies, bottom, first, after, *own)
        return _frame(rows[:, :count], CONTROL)

    found = in_blocks(prepared.size, scratch, work)
    return pl.concat(found) if found else pl.DataFrame(schema=CONTROL)


def control(columns: Columns, day: int, threshold: Fraction = HALF) -> pl.DataFrame:
    """Every control pair of a register on a day, prepared and computed."""
    return run_control(prepare_control(columns), day, threshold)


def prepare_propagate(columns: Columns, packs: Sequence[Pack], day: int) -> tuple[Rules, Facts]:
    """The law and the facts of a run on a day as arrays."""
    return prepared(columns, packs, day)


def run_propagate(ready: tuple[Rules, Facts]) -> Propagated:
    """Every verdict, and where every effect of the certain ones stands."""
    rules, facts = ready

    def room() -> Scratch:
        return scratch(facts.most, rules.footings.size)

    blocks = in_blocks(facts.records.size, room, lambda first, after, own: judged(rules, facts, first, after, own))
    verdicts, standings, before = [], [], 0
    for told, number, stands, count in blocks:
        verdicts.append(_frame(told[:, :number], VERDICTS))
        stands[0, :count] += before
        standings.append(_frame(stands[:, :count], STANDINGS))
        before += number
    if not blocks:
        return Propagated(pl.DataFrame(schema=VERDICTS), pl.DataFrame(schema=STANDINGS))
    return Propagated(pl.concat(verdicts), pl.concat(standings))


def propagate(columns: Columns, packs: Sequence[Pack], day: int) -> Propagated:
    """Every verdict and standing of a register on a day, prepared and computed."""
    return run_propagate(prepare_propagate(columns, packs, day))


def _frame(rows: Int32s, schema: Mapping[str, type[pl.DataType]]) -> pl.DataFrame:
    """A table held as one row of memory a column as a frame."""
    columns = [pl.Series(name, rows[number]).cast(kind) for number, (name, kind) in enumerate(schema.items())]
    return pl.DataFrame(columns)
