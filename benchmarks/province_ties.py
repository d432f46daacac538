"""Ties while they are made: columns of integers, put together part by part, and turned into a table at the end."""

from __future__ import annotations

import numpy as np
import polars as pl

from benchmarks.province_cells import DAYS, NO_SHARE, OPEN, SHARES, numbered, taken
from benchmarks.province_draws import Dice, Ints, rows
from graph_service.model.rows import TABLES
from graph_service.model.words import TIE_KINDS

SOURCES = ("sample register", "sample annual report")
TITLES = ("", "总经理", "董事", "监事", "副总经理", "财务负责人", "注册执业人员", "一致行动协议")
_COLUMNS = ("kind", "holder", "enterprise", "start", "end", "share", "title", "credential", "source")
_TYPES = (np.int8, np.int32, np.int32, np.int32, np.int32, np.int16, np.int8, np.int32, np.int8)

NO_CREDENTIAL = -1


class Ties:
    """The ties so far, part by part.  Cells are numbers: see `benchmarks.province_cells`."""

    def __init__(self) -> None:
        self._parts: list[tuple[np.ndarray, ...]] = []

    def add(
        self,
        kind: str,
        holder: Ints,
        enterprise: Ints,
        start: Ints | int = OPEN,
        end: Ints | int = OPEN,
        share: Ints | int = NO_SHARE,
        *,
        title: Ints | int = 0,
        credential: Ints | int = NO_CREDENTIAL,
        source: int = 0,
    ) -> None:
        """Add ties of one kind; columns given as one number hold it throughout."""
        values = (TIE_KINDS.index(kind), holder, enterprise, start, end, share, title, credential, source)
        self._parts.append(
            tuple(
                np.broadcast_to(np.asarray(value), (len(enterprise),)).astype(what)
                for value, what in zip(values, _TYPES, strict=True)
            )
        )

    def table(self, keys: pl.Series) -> pl.DataFrame:
        """The table of ties, their ids numbered in order; ``keys`` are those of subjects."""
        columns = dict(zip(_COLUMNS, (np.concatenate(found) for found in zip(*self._parts, strict=True)), strict=True))
        self._parts.clear()
        count = len(columns["kind"])
        cells = {
            "id": numbered("T", rows(count) + 1, 8),
            "kind": taken(pl.Series(TIE_KINDS), columns.pop("kind")),
            "holder": taken(keys, columns.pop("holder")),
            "enterprise": taken(keys, columns.pop("enterprise")),
            "valid_from": taken(DAYS, columns.pop("start")),
            "valid_to": taken(DAYS, columns.pop("end")),
            "share": taken(SHARES, columns.pop("share")),
            "title": taken(pl.Series(TITLES), columns.pop("title")),
            "credential": _credentials(columns.pop("credential")),
            "source": taken(pl.Series(SOURCES), columns.pop("source")),
        }
        return pl.DataFrame(cells).select(TABLES["ties"].columns)


def _credentials(number: Ints) -> pl.Series:
    texts = pl.concat_str(pl.lit("云样执字第"), pl.col("number").cast(pl.String).str.zfill(6), pl.lit("号"))
    cell = pl.when(pl.col("number") != NO_CREDENTIAL).then(texts).otherwise(pl.lit("")).alias("cell")
    return pl.DataFrame({"number": number}).select(cell)["cell"]


class People:
    """Persons for offices and holdings: two of each enterprise's own, others known from elsewhere, a few who are everywhere."""

    def __init__(self, dice: Dice, first: int, count: int) -> None:
        self._dice, self._first, self._count = dice, first, count

    def own(self, enterprise: Ints, place: int) -> Ints:
        """The first (0) or second (1) person of an enterprise."""
        return self._first + 2 * enterprise + place

    def known(self, name: str, at: Ints) -> Ints:
        """Anybody."""
        return self._first + self._dice.below(name, at, self._count)

    def everywhere(self, name: str, at: Ints) -> Ints:
        """Somebody who is in many places: a heavy tail."""
        return self._first + self._dice.octave(name, at, self._count)

    def mostly_own(self, name: str, enterprise: Ints, place: int, *, known: int = 150, everywhere: int = 0) -> Ints:
        """A person of the enterprise, but so many times in a thousand anybody, or somebody who is in many places."""
        roll = self._dice.below(name, enterprise, 1000)
        return np.select(
            [roll < everywhere, roll < everywhere + known],
            [self.everywhere(f"{name}/everywhere", enterprise), self.known(f"{name}/known", enterprise)],
            self.own(enterprise, place),
        )
