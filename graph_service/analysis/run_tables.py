"""The tables of a run as frames: their columns, how they are sorted, and the words beside their rows.

The rows are those of `graph_service.engine.rows`.  What is put in here follows from them alone: names from the subjects, titles,
instruments, articles and implementers from the packs by ``(pack, rule, rule_version, kind, code)`` and whether it is carried.

Invariants: words change nothing and decide nothing; every row finds its words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import polars as pl

from graph_service.engine.rows import CAUGHT, CONSEQUENCES, FAULTS, LEFT_OUT, ORDER, VERDICTS, Rows
from graph_service.engine.shapes import code_title
from graph_service.engine.standing import gate_of
from graph_service.messages import Lang
from graph_service.policy.table import Basis, Effect, Pack, Term, Text

Names = Callable[[pl.Series], pl.DataFrame]
"""The names of some subjects: ``subject``, ``name`` of those that have one."""

_TEXTS = pl.List(pl.String)
_OTHER = dict.fromkeys(("gaps", "proof", "owners", "shares", "listed", "facts"), _TEXTS) | {"legal_effect": pl.Boolean()}
_COLUMNS = {
    "consequences": CONSEQUENCES,
    "verdicts": VERDICTS,
    "caught": CAUGHT,
    "data_faults": FAULTS,
    "left_out": LEFT_OUT,
}
_WORDS = {
    "consequences": ("name", "title", "instrument", "article", "implementer", "own_basis", "gate"),
    "verdicts": ("name", "title", "instrument", "article"),
    "caught": ("name",),
    "data_faults": ("name",),
    "left_out": (),
}
Schema = dict[str, pl.DataType]


def _schema(names: Iterable[str]) -> Schema:
    return {name: _OTHER.get(name, pl.String()) for name in names}


ROWS: Mapping[str, Schema] = {table: _schema(names) for table, names in _COLUMNS.items()}
"""The columns of each table without words."""
WORDED: Mapping[str, Schema] = {table: _schema((*names, *_WORDS[table])) for table, names in _COLUMNS.items()}
"""The columns of each table as it is written."""
NULLABLE = frozenset({"from", "to", "cause", "via", "implementer", "own_basis", "gate"})
"""The texts that may be missing; all others are texts, perhaps empty."""


def frame(table: str, rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Rows of `graph_service.engine.rows` as a frame."""
    return pl.DataFrame(rows, schema=ROWS[table], orient="row")


def frames_of(rows: Rows) -> dict[str, pl.DataFrame]:
    """The tables of some rows."""
    return {
        "consequences": frame("consequences", [*rows.consequences, *rows.derived]),
        "verdicts": frame("verdicts", rows.verdicts),
        "caught": frame("caught", rows.caught),
        "data_faults": frame("data_faults", rows.data_faults),
        "left_out": frame("left_out", rows.left_out),
    }


def in_order(table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows sorted as their table is."""
    return rows.sort([pl.col(name).list.join(" ") if name == "facts" else pl.col(name) for name in ORDER[table]])


_LAW_KEY = ("pack", "rule", "rule_version", "kind", "code", "carried")


def law_words(packs: Iterable[Pack], at: int, lang: Lang) -> pl.DataFrame:
    """What packs say of each consequence that they can give: its key (`_LAW_KEY`) and its words."""
    rows = []
    for pack in packs:
        for rule in pack.rules:
            given = [(effect, rule.basis, False) for effect in rule.effects]
            for one in rule.carriages:
                effect = Effect(one.kind, one.code, one.nature, rule.initiator, Term())
                given.append((effect, one.basis or rule.basis, True))
            for effect, basis, carried in given:
                gate, own = gate_of(effect, pack.gates, at)
                bases = (_basis_text(own, lang), _basis_text(gate if own is None else None, lang))
                key = (pack.id, rule.id, rule.version, effect.kind, effect.code, carried)
                rows.append((*key, code_title(pack, effect.code, lang), *_law(basis, effect.implementer, lang), *bases))
        for one_ in pack.cascades:
            key = (pack.id, one_.id, one_.version, "derived_sanction", one_.code, False)
            rows.append((*key, code_title(pack, one_.code, lang), *_law(one_.basis, one_.implementer, lang), None, None))
    names = (*_LAW_KEY, "title", "instrument", "article", "implementer", "own_basis", "gate")
    schema = {name: pl.Boolean if name == "carried" else pl.String for name in names}
    return pl.DataFrame(rows, schema=schema, orient="row").unique(_LAW_KEY, keep="first", maintain_order=True)


def _law(basis: Basis, implementer: Text | None, lang: Lang) -> tuple[str, str, str | None]:
    return basis.instrument[lang], basis.article[lang], implementer[lang] if implementer else None


def _basis_text(basis: Basis | None, lang: Lang) -> str | None:
    return None if basis is None else f"{basis.instrument[lang]}, {basis.article[lang]}"


def rule_words(packs: Iterable[Pack], lang: Lang) -> pl.DataFrame:
    """What packs call each rule: ``pack``, ``rule``, ``rule_version``, ``title``, ``instrument``, ``article``."""
    rows = [
        (pack.id, rule.id, rule.version, rule.title[lang], rule.basis.instrument[lang], rule.basis.article[lang])
        for pack in packs
        for rule in pack.rules
    ]
    names = ("pack", "rule", "rule_version", "title", "instrument", "article")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")


class Wording:
    """Puts the words beside rows: the law's once for all, names as rows come."""

    def __init__(self, packs: Sequence[Pack], at: int, lang: Lang, names: Names) -> None:
        self._law, self._rules, self._names = law_words(packs, at, lang), rule_words(packs, lang), names

    def __call__(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of a table with their words, in the order in which they came.  Costs joins with small tables."""
        told = rows
        if table == "consequences":
            told = rows.with_columns(carried=pl.col("via").is_not_null())
            told = told.join(self._law, on=_LAW_KEY, how="left", maintain_order="left")
        elif table == "verdicts":
            told = rows.join(self._rules, on=("pack", "rule", "rule_version"), how="left", maintain_order="left")
        if "name" in WORDED[table]:
            told = self.named(told)
        return told.select(*WORDED[table])

    def named(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows with the names of their subjects, empty where nobody gives one."""
        names = self._names(rows["subject"].unique())
        told = rows.drop("name", strict=False).join(names, on="subject", how="left", maintain_order="left")
        return told.with_columns(pl.col("name").fill_null(""))


def aligned(old: Iterable[pl.DataFrame], new: Iterable[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Pieces of two tables, each sorted by record, cut so that all rows of a record are in one pair.  Holds a piece of each."""
    sides = (_Side(old), _Side(new))
    while True:
        for side in sides:
            side.fill()
        # The last record of a piece may go on in the next one.
        ends = [side.rows["record"][-1] for side in sides if not side.done and side.rows is not None]
        parts = [side.take(min(ends) if ends else None) for side in sides]
        given = [part for part in parts if part is not None]
        if given:
            empty = given[0].clear()
            yield (empty if parts[0] is None else parts[0]), (empty if parts[1] is None else parts[1])
        elif all(side.done for side in sides):
            return


class _Side:
    """One of two tables that are read side by side."""

    def __init__(self, pieces: Iterable[pl.DataFrame]) -> None:
        self._pieces = iter(pieces)
        self.rows: pl.DataFrame | None = None
        self.done = False

    def fill(self) -> None:
        """Read on until more than one record is at hand, or nothing is left."""
        while not self.done and (self.rows is None or self.rows["record"][0] == self.rows["record"][-1]):
            piece = next(self._pieces, None)
            if piece is None:
                self.done = True
            elif piece.height:
                self.rows = piece if self.rows is None else pl.concat([self.rows, piece])

    def take(self, before: str | None) -> pl.DataFrame | None:
        """The rows of records before one (None: all), which are at hand no more."""
        if self.rows is None:
            return None
        due = pl.lit(True) if before is None else pl.col("record") < before
        taken, left = self.rows.filter(due), self.rows.filter(~due)
        self.rows = left if left.height else None
        return taken if taken.height else None


def spliced(table: str, old: Iterable[pl.DataFrame], kept: pl.Expr, fresh: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """A table sorted by record: of the old rows those that are kept, with fresh ones put in where they belong.

    Costs a pass; holds one piece at a time.
    """
    for was, now in aligned(old, [fresh]):
        yield in_order(table, pl.concat([was.filter(kept), now]))
