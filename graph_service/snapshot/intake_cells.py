"""From cells to the columns of facts: enterprises, persons, ties; `intake_decisions` reads the other tables.

The one way from a row to a fact is `graph_service.model.rows.to_fact`.  Here it is asked as seldom as possible:

* Dates, shares, words and flags repeat: each distinct text is read once, by `to_fact` itself, and the answer is used for all.
* Names, titles and keys are taken as they stand where they certainly may: no control character, no white space at an end, not
  too long; and a key of 18 characters only if it is a valid code in capitals or nothing like one.
* A key that came before as the key of any subject needs no other look.
* A row with anything else in it is *odd*: it is not judged here but given back, for `to_fact` to take or reject.

Invariants (must never happen): a row is taken here whose fact `to_fact` would not give, or as another fact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from graph_service.ledger.sqlite_codec import share_of, share_text
from graph_service.model.facts import Subject, Tie, digest
from graph_service.model.interval import Bound
from graph_service.model.rows import TABLES, TEXT_LIMIT, USCC_LENGTH, BadRow, Hasher, to_fact
from graph_service.model.words import HOLDINGS
from graph_service.snapshot.columns import ENTERPRISE, KINDS, PERSON
from graph_service.snapshot.intake_numbers import UNKNOWN, Numbering
from graph_service.snapshot.intake_rows import LINE
from graph_service.snapshot.numbering import valid_codes

REMEMBERED = 1 << 20
"""Distinct texts whose meaning is kept from block to block."""

ODD = "#odd"
"""The column that says which rows are odd."""
_ODD_TEXT = r"^\s|\s$|[\x00-\x1f\x7f-\x{9f}]"
# What a key of 18 characters looks like that `subject_key` has anything to say about (as written, or in capitals).
_ODD_KEY = r"(?i)^(?:[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}|[0-9]{17}[0-9X])$"
_CAPITAL_CODE = r"^[1-9ANY][1-9][0-9]{6}[0-9A-HJ-NP-RTUW-Y]{10}$"

_WIDE = 32  # bits of a packed bound's upper day


@dataclass(frozen=True, slots=True)
class Meanings:
    """What distinct texts of a column mean, remembered.  ``read`` gives None for a text that makes its row odd."""

    read: Callable[[str], int | str | None]
    kind: type[pl.DataType]
    known: dict[str, int | str | None] = field(default_factory=dict)

    def of(self, texts: pl.Series) -> pl.Series:
        """The meaning of each text, null where it makes its row odd."""
        distinct = texts.unique()
        if len(self.known) > REMEMBERED:
            self.known.clear()
        meant = []
        for text in distinct.to_list():
            if text not in self.known:
                self.known[text] = self.read(text)
            meant.append(self.known[text])
        return texts.replace_strict(distinct, pl.Series(meant, dtype=self.kind), return_dtype=self.kind)


def _packed(bound: Bound) -> int:
    return bound.lo << _WIDE | bound.hi


def _subject_cell(column: str, attribute: str, text: str) -> int | None:
    try:
        fact = to_fact("enterprises", {"id": "-", column: text})
    except BadRow:
        return None
    value = getattr(fact, attribute)
    return _packed(value) if isinstance(value, Bound) else int(value)


def _tie_of(**cells: str) -> Tie | None:
    try:
        fact = to_fact("ties", {"id": "-", "kind": HOLDINGS[0], "holder": "-", "enterprise": "-", **cells})
    except BadRow:
        return None
    assert isinstance(fact, Tie)
    return fact


def _kind(text: str) -> int | None:
    tie = _tie_of(kind=text, share="0")
    return None if tie is None else KINDS[tie.kind]


def _share(text: str) -> str | None:
    if text and text.isspace():
        return None  # empty for some kinds of ties, nothing for others
    tie = _tie_of(share=text)
    return None if tie is None or tie.share is None else share_text(tie.share)


def _bound_text(packed: str) -> str:
    value = int(packed)
    return str(Bound(value >> _WIDE, value & ((1 << _WIDE) - 1)))


def read_columns(
    table: str, rows: pl.DataFrame, make: Callable[[pl.DataFrame], pl.DataFrame]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The facts of rows as columns, with their `LINE`, and the odd rows as they were.  Subjects are named by their numbers.

    ``make`` is that of the table (`Cells.makers`).
    """
    cells = rows.with_columns(pl.lit("").alias(column) for column in TABLES[table].columns if column not in rows.columns)
    facts = make(cells)
    odd = facts.get_column(ODD)
    facts = facts.drop(ODD)
    if not odd.any():
        return facts, rows.clear()
    return facts.filter(~odd), rows.filter(odd)


class Cells:
    """Reads blocks of rows; remembers what texts mean.  ``hasher`` is for identity numbers, ``numbering`` for keys."""

    def __init__(self, hasher: Hasher, numbering: Numbering) -> None:
        self._hasher, self._numbering = hasher, numbering
        self._beside = ThreadPoolExecutor(1)
        self.start = Meanings(partial(_subject_cell, "opened_on", "opened_on"), pl.Int64)
        self.end = Meanings(partial(_subject_cell, "closed_on", "closed_on"), pl.Int64)
        self._flag = Meanings(partial(_subject_cell, "state_owned", "state_owned"), pl.Int8)
        self._kind = Meanings(_kind, pl.Int8)
        self._share = Meanings(_share, pl.String)
        self._bound_text = Meanings(_bound_text, pl.String)

    @property
    def makers(self) -> Mapping[str, Callable[[pl.DataFrame], pl.DataFrame]]:
        """How the rows of each table are read: facts by columns, with `LINE` and whether a row is `ODD`."""
        return {"enterprises": self._enterprises, "persons": self._persons, "ties": self._ties}

    def _enterprises(self, cells: pl.DataFrame) -> pl.DataFrame:
        key = self.numbers(cells["id"])
        opened, closed = self.start.of(cells["opened_on"]), self.end.of(cells["closed_on"])
        owned = self._flag.of(cells["state_owned"])
        return cells.select(
            LINE,
            key.alias("key"),
            pl.lit(ENTERPRISE, pl.Int8).alias("kind"),
            "name",
            pl.col("kind").alias("form"),
            "status",
            "region",
            "industry",
            *days("opened", opened),
            *days("closed", closed),
            (owned == 1).alias("state_owned"),
            *(pl.lit("").alias(column) for column in ("id_type", "id_hash", "note")),
            (
                (key < 0)
                | pl.any_horizontal(map(odd_text, ("name", "kind", "status", "region", "industry")))
                | opened.is_null()
                | closed.is_null()
                | owned.is_null()
            ).alias(ODD),
        )

    def _persons(self, cells: pl.DataFrame) -> pl.DataFrame:
        key = self.numbers(cells["id"])
        born, died = self.start.of(cells["born_on"]), self.end.of(cells["died_on"])
        odd = cells.select(
            (key < 0) | pl.any_horizontal(map(odd_text, ("name", "id_type", "id_number"))) | born.is_null() | died.is_null()
        ).to_series()
        hashes = self._hashes(cells, odd)
        return cells.select(
            LINE,
            key.alias("key"),
            pl.lit(PERSON, pl.Int8).alias("kind"),
            "name",
            *(pl.lit("").alias(column) for column in ("form", "status", "region", "industry")),
            *days("opened", born),
            *days("closed", died),
            pl.lit(value=False).alias("state_owned"),
            "id_type",
            hashes.fill_null("").alias("id_hash"),
            pl.lit("").alias("note"),
            (odd | hashes.is_null()).alias(ODD),
        )

    def _hashes(self, cells: pl.DataFrame, odd: pl.Series) -> pl.Series:
        """The hash of each identity number, empty without one, null for a number that makes its row odd."""
        numbers = cells["id_number"]
        if not (numbers != "").any():
            return pl.repeat("", len(numbers), dtype=pl.String, eager=True)
        made: list[str | None] = []
        for kind, number, skip in zip(cells["id_type"].to_list(), numbers.to_list(), odd.to_list(), strict=True):
            made.append("" if skip or not number else self._hash(kind, number))
        return pl.Series(made, dtype=pl.String)

    def _hash(self, id_type: str, number: str) -> str | None:
        try:
            fact = to_fact("persons", {"id": "-", "id_type": id_type, "id_number": number}, self._hasher)
        except BadRow:
            return None
        assert isinstance(fact, Subject)
        return fact.id_hash

    def _ties(self, cells: pl.DataFrame) -> pl.DataFrame:
        # Numbers and meanings need nothing of each other, and ties are most of a register: two processors work on them.
        columns = {"kind": self._kind, "share": self._share, "valid_from": self.start, "valid_to": self.end}
        meant = self._beside.submit(lambda: [meanings.of(cells[name]) for name, meanings in columns.items()])
        holder, enterprise = self.numbers(cells["holder"]), self.numbers(cells["enterprise"])
        kind, share, start, end = meant.result()
        shared = kind.is_in([KINDS[word] for word in HOLDINGS]) | (cells["share"] != "")
        facts = cells.select(
            LINE,
            "id",
            kind.alias("kind"),
            holder.alias("holder"),
            enterprise.alias("enterprise"),
            *days("start", start),
            *days("end", end),
            pl.when(shared).then(share).alias("share"),
            "title",
            "credential",
            "source",
            (
                (holder < 0)
                | (enterprise < 0)
                | pl.any_horizontal(map(odd_text, ("id", "title", "credential", "source")))
                | pl.any_horizontal(meant.is_null() for meant in (kind, share, start, end))
                | is_empty(start, end)
            ).alias(ODD),
        )
        return self._with_ids(facts)

    def numbers(self, keys: pl.Series) -> pl.Series:
        """The numbers of keys, negative for one that may not simply be taken for a key."""
        numbers = self._numbering.find(keys)
        unknown = (numbers == UNKNOWN).arg_true()
        if len(unknown):
            strangers = keys.gather(unknown)
            plain = ~_odd_key(strangers)
            numbers = numbers.scatter(unknown.filter(plain), self._numbering.number(strangers.filter(plain)))
        return numbers

    def _with_ids(self, ties: pl.DataFrame) -> pl.DataFrame:
        """The ties with ids made of their content where they have none: see `graph_service.model.rows.with_made_id`."""
        bare = (ties["id"] == "") & ~ties[ODD]
        if not bare.any():
            return ties
        these = ties.filter(bare)
        kinds = pl.Series(list(KINDS), dtype=pl.String)
        holder, enterprise = (self._numbering.keys.gather(these[name]) for name in ("holder", "enterprise"))
        start, end = (
            self._bound_text.of((these[f"{side}_lo"].cast(pl.Int64) * (1 << _WIDE) + these[f"{side}_hi"]).cast(pl.String))
            for side in ("start", "end")
        )
        share = (
            Meanings(lambda text: str(share_of(text)), pl.String)
            .of(these["share"].fill_null(""))
            .zip_with(these["share"].is_not_null(), pl.Series(["None"]))
        )
        texts = these.select(
            pl.concat_str(
                kinds.gather(these["kind"]),
                holder,
                enterprise,
                pl.format("[{}, {})", start, end),
                share,
                "title",
                "credential",
                "source",
                separator="\x1f",
            )
        ).to_series()
        made = pl.Series([f"~{digest(text)}" for text in texts.to_list()], dtype=pl.String)
        places = bare.arg_true()
        return ties.with_columns(ties["id"].scatter(places, made))


def days(name: str, packed: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The two columns of packed bounds; no day where they are null."""
    known = packed.fill_null(0)
    return (known // (1 << _WIDE)).cast(pl.Int32).alias(f"{name}_lo"), (known % (1 << _WIDE)).cast(pl.Int32).alias(f"{name}_hi")


def is_empty(start: pl.Series, end: pl.Series) -> pl.Series:
    """Whether no day can lie between two packed bounds."""
    return start // (1 << _WIDE) >= end % (1 << _WIDE)


def odd_text(column: str) -> pl.Expr:
    """Whether the text of a cell may not simply be taken as it stands."""
    return pl.col(column).str.contains(_ODD_TEXT) | (pl.col(column).str.len_bytes() > TEXT_LIMIT)


def _odd_key(keys: pl.Series) -> pl.Series:
    """Which cells may not simply be taken for keys."""
    odd = keys.str.contains(_ODD_TEXT) | (keys.str.len_bytes() > TEXT_LIMIT)
    alike = (keys.str.len_bytes() == USCC_LENGTH) & keys.str.contains(_ODD_KEY)
    if not alike.any():
        return odd
    codes = alike & keys.str.contains(_CAPITAL_CODE)
    wrong = alike & ~codes
    places = codes.arg_true()
    return odd | wrong.scatter(places, ~valid_codes(keys.gather(places)))
