"""By which ties an actor certainly controls a company: `graph_service.engine.closure.support` for many pairs at once.

* a *step* is the ties of the owners by which one company comes in for an actor: owners that came in earlier, the largest holdings
  first, as few as pass the threshold;
* the *way* to a company is its step and the ways to the owners of the step.

Where all holdings of a step are single ties, none of the fewest can be spared: each is at least as large as the last one, without
which they do not pass.  (But where these others come exactly to the threshold, an open bound of the last one may do what one of
them did.)  Such steps and those of several ties a holding are cut by the engine itself, those alike once.

Invariant: the same ties as the engine gives for the same actor and company.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import narwhals as nw
import polars as pl

from graph_service.engine.bulk.backend import Backend, Frame
from graph_service.engine.bulk.control import Over
from graph_service.engine.closure import Test, none_to_spare
from graph_service.engine.holdings import Sum, holdings
from graph_service.model.facts import Stored, Tie, is_tie
from graph_service.model.words import SHARES
from graph_service.snapshot.columns import KINDS, Columns


def ways(backend: Backend, columns: Columns, held: Frame, pairs: Frame, wanted: Frame, over: Over, day: int) -> Frame:
    """The ties of the ways to some pairs: ``(key, tie)``.

    ``held`` are the holdings of the day, ``pairs`` all certain pairs of the actors (`controlled`), ``wanted`` the ``key`` of
    those asked for.  Costs the holders of the companies on the ways, once for each actor that they are on a way of.
    """
    size = columns.frames["subjects"].height
    order = backend.table(
        columns.frames["subjects"].select(pl.int_range(pl.len(), dtype=pl.Int32).alias("holder"), pl.col("order"))
    )
    todo = backend.materialise(pairs.join(wanted.select("key").unique(), on="key", how="semi"))
    known = todo.select("key")
    steps: list[Frame] = []
    links: list[Frame] = []
    while backend.height(todo):
        owners = backend.materialise(_owners(held, pairs, todo, order, size))
        step = backend.materialise(_fewest(owners, over))
        plain, odd = _parted(backend, step)
        cut = backend.table(_cut(columns, odd, over, day))
        step = backend.materialise(nw.concat([plain.select("key", "holder", "tie"), cut]))
        steps.append(step.select("key", "tie"))
        actor = nw.col("key") // size
        indirect = step.filter(nw.col("holder").cast(nw.Int64) != actor)
        link = backend.materialise(indirect.select("key", to=actor * size + nw.col("holder").cast(nw.Int64)).unique())
        links.append(link)
        fresh = link.select(key="to").unique().join(known, on="key", how="anti")
        todo = backend.materialise(pairs.join(fresh, on="key", how="semi"))
        known = backend.materialise(nw.concat([known, todo.select("key")]))
    if not steps:
        return backend.table(pl.DataFrame(schema={"key": pl.Int64, "tie": pl.Int32}))
    return _followed(backend, nw.concat(steps), nw.concat(links), wanted)


def _owners(held: Frame, pairs: Frame, todo: Frame, order: Frame, size: int) -> Frame:
    """The owners of each company that came in before it under the same actor (the actor itself in round 0)."""
    into = todo.select("actor", "key", "company", level="round").join(
        held.select("holder", "company", "lo", "lo_open", "den", "tie"), on="company", how="inner"
    )
    into = into.with_columns(way=nw.col("actor").cast(nw.Int64) * size + nw.col("holder").cast(nw.Int64))
    into = into.join(pairs.select(way="key", came="round"), on="way", how="left")
    came = nw.when(nw.col("holder") == nw.col("actor")).then(nw.lit(0)).otherwise(nw.col("came")).cast(nw.Int32)
    earlier = into.with_columns(came=came).filter(~nw.col("came").is_null() & (nw.col("came") < nw.col("level")))
    return earlier.join(order, on="holder", how="inner")


def _fewest(owners: Frame, over: Over) -> Frame:
    """The largest holdings that together pass, as few as do; ``even``: whether those before one come exactly to the threshold."""
    by = ["less", "came", "order"]
    ranked = owners.with_columns(less=-nw.col("lo")).with_columns(
        sum=nw.col("lo").cum_sum().over("key", order_by=by), opened=nw.col("lo_open").cum_sum().over("key", order_by=by)
    )
    least = nw.col("sum") - nw.col("lo")
    before = over.surely(least, nw.col("opened") - nw.col("lo_open"))
    even = least * over.threshold.denominator == nw.col("den") * over.threshold.numerator
    return ranked.filter(~before).with_columns(even=even)


def _parted(backend: Backend, step: Frame) -> tuple[Frame, pl.DataFrame]:
    """The steps that stand as they are, and those that the engine must cut."""
    strange = (nw.col("tie") < 0) | ((nw.col("lo_open") > 0) & nw.col("even"))
    odd = backend.materialise(step.filter(strange).select("key").unique())
    return step.join(odd, on="key", how="anti"), backend.collect(
        step.join(odd, on="key", how="semi").select("key", "holder", "company", "less", "came", "order")
    )


def _cut(columns: Columns, odd: pl.DataFrame, over: Over, day: int) -> pl.DataFrame:
    """The ties of strange steps, cut to the least: ``(key, holder, tie)``."""
    found = list(_least(columns, odd, over, day)) if odd.height else []
    cut = pl.DataFrame(found, schema={"key": pl.Int64, "tie": pl.Int32}, orient="row")
    return cut.with_columns(holder=columns.frames["ties"]["holder"][cut["tie"]]).select("key", "holder", "tie")


def _least(columns: Columns, odd: pl.DataFrame, over: Over, day: int) -> Iterator[tuple[int, int]]:
    kinds = sorted(KINDS[kind] for kind in SHARES)
    ties = (
        columns.frames["holdings"]
        .filter(pl.col("kind").is_in(kinds))
        .select("holder", pl.col("enterprise").alias("company"), "tie")
        .join(odd.select("holder", "company").unique(), on=("holder", "company"), how="semi")
    )
    rows = odd.join(ties, on=("holder", "company"), how="inner").sort("key", "less", "came", "order", "tie")
    told = rows["tie"].unique().to_list()
    facts = {row: fact for row, fact in zip(told, columns.facts("ties", told), strict=True) if is_tie(fact)}
    test = Test(over.threshold, over.strict, (SHARES,))
    # A company comes in by the same owners for everybody above them.
    known: dict[tuple[int, ...], tuple[int, ...]] = {}
    for key, numbers in rows.group_by("key", maintain_order=True).agg("tie").iter_rows():
        alike = tuple(numbers)
        if alike not in known:
            row_of = {facts[row].id: row for row in alike}
            enough = _enough([facts[row] for row in alike], over.threshold, test, day)
            known[alike] = tuple(row_of[tie.id] for tie in enough)
        for row in known[alike]:
            yield key, row


def _enough(facts: list[Stored[Tie]], threshold: Fraction, test: Test, day: int) -> list[Stored[Tie]]:
    """The ties of the first holdings that pass together, none of them to spare."""
    held = {one.holder: one for one in holdings(facts, day, SHARES)}
    total = Sum()
    taken: list[Stored[Tie]] = []
    for holder in dict.fromkeys(fact.fact.holder for fact in facts):
        if holder not in held:
            continue
        total.add(held[holder])
        taken.extend(held[holder].ties)
        if total.surely(threshold, strict=test.strict):
            break
    return none_to_spare(taken, SHARES, test, day)


def _followed(backend: Backend, steps: Frame, links: Frame, wanted: Frame) -> Frame:
    """The steps of each way and of all ways that it goes by."""
    steps, links = backend.materialise(steps), backend.materialise(links)
    reached = backend.materialise(wanted.select("key").unique().with_columns(to=nw.col("key")))
    all_reached, frontier = reached, reached
    while backend.height(frontier):
        further = frontier.join(links.select(to="key", further="to"), on="to", how="inner").select("key", to="further").unique()
        frontier = backend.materialise(further.join(all_reached, on=["key", "to"], how="anti"))
        all_reached = backend.materialise(nw.concat([all_reached, frontier]))
    return backend.materialise(
        all_reached.join(steps.select(to="key", tie="tie"), on="to", how="inner").select("key", "tie").unique()
    )
