"""The engines that are measured side by side, and how each is asked each question.

An engine need not answer everything: a question is an `Entry` or an `Absent` with the reason, which the report shows.  An engine
may have a limit of size for a question (`Entry.limit`), beyond which it takes too long or too much memory on the machine of the
benchmark; the report shows that as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.workload import AT

if TYPE_CHECKING:
    import polars as pl

    from graph_service.policy.table import Pack
    from graph_service.snapshot.held import HeldColumns

Answer = Mapping[str, "pl.DataFrame | int"]


class Context:
    """What a question is asked of: a register folder of so many enterprises, a store with the same register or none, a day."""

    def __init__(self, folder: Path, enterprises: int, store: Path | None = None, at: int = AT) -> None:
        self.folder, self.enterprises, self.store, self.at = folder, enterprises, store, at

    @cached_property
    def packs(self) -> tuple[Pack, ...]:
        """Every pack that is shipped."""
        from graph_service.policy.choosing import choose_packs

        return choose_packs(())

    @cached_property
    def columns(self) -> HeldColumns:
        """The register in memory."""
        from benchmarks.kept import is_kept, kept
        from graph_service.snapshot.intake import register_columns

        if is_kept(self.folder / "columns"):
            return kept(self.folder / "columns")
        return register_columns([self.folder / "parquet"])[0]


def _nothing(_: Any) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True)
class Entry:
    """How an engine answers a question: ``prepare`` (timed apart), ``run`` (timed), ``answer`` (tables to compare, not timed).

    For a question of many subjects ``items`` gives them and ``each`` answers one; ``answer`` gets the list of results.
    ``compiles``: the first call compiles, so it is never measured.  ``partial`` says what an entry does less than is asked: it is
    a floor, and not compared; ``note`` what the report should say of it.  ``once``: an item changes something, so none is
    asked twice to warm up.
    """

    prepare: Callable[[Context], Any]
    run: Callable[[Any], Any] = _nothing
    answer: Callable[[Context, Any], Answer] = lambda _context, _result: {}
    items: Callable[[Any], Sequence[Any]] = _nothing
    each: Callable[[Any, Any], Any] = lambda _state, _item: None
    compiles: bool = False
    needs_store: bool = False
    once: bool = False
    partial: str = ""
    note: str = ""
    limit: int = 0
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Absent:
    """Why an engine does not answer a question."""

    reason: str


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine: its name in tables, what it is, its library (for the version), its entries by question."""

    title: str
    about: str
    entries: Mapping[str, Entry | Absent] = field(default_factory=dict)


ENGINES: Mapping[str, str] = {
    "joins": "benchmarks.engines_joins:ENGINE",
    "kernel": "benchmarks.engines_peers:KERNEL",
    "dicts": "benchmarks.engines_peers:DICTS",
    "networkx": "benchmarks.engines_peers:NETWORKX",
    "duckdb": "benchmarks.engines_peers:DUCKDB",
    "trace": "benchmarks.engines_stores:ENGINE",
    "columns": "benchmarks.engines_stores:COLUMNS",
    "floor": "benchmarks.engines_stores:FLOOR",
    "neo4j": "benchmarks.engines_neo4j:ENGINE",
}
"""Where each engine is; it is imported when it is asked, so that nobody pays for the libraries of another."""

BASE = "kernel"
"""The engine that times are shown as multiples of."""


def engine(name: str) -> Engine:
    """The engine of a name."""
    module, _, place = ENGINES[name].partition(":")
    found = getattr(import_module(module), place)
    assert isinstance(found, Engine)
    return found
