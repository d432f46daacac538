"""A Neo4j ledger as fact frames: lists of columns as the server collects them, and no object for a tie or a subject.

Invariant: the frames are those that `graph_service.snapshot.build.fact_frame` makes of the same reader's facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from graph_service.ledger.neo4j_bulk import live_descriptions, live_ties
from graph_service.ledger.neo4j_codec import TYPES, day_of
from graph_service.ledger.neo4j_reader import Neo4jReader
from graph_service.ledger.neo4j_store import telling
from graph_service.snapshot.assemble import FACT_FRAMES
from graph_service.snapshot.columns import KINDS
from graph_service.snapshot.rows import SUBJECT_KINDS

_KINDS = {name: KINDS[kind] for kind, name in TYPES.items()}
_SUBJECTS = {kind.value: number for number, kind in SUBJECT_KINDS.items()}
_TIE_DAYS = {"start_lo": "from_lo", "start_hi": "from_hi", "end_lo": "to_lo", "end_hi": "to_hi"}
_TEXTS = ("name", "form", "status", "region", "industry", "id_type", "id_hash", "note")
_DAYS = ("opened_lo", "opened_hi", "closed_lo", "closed_hi")

Lists = Mapping[str, Sequence[Any]]


def tie_frame(reader: Neo4jReader) -> pl.DataFrame:
    """The live ties as a fact frame (`FACT_FRAMES`).  Costs some 7 microseconds a tie, most of it in the server."""
    with telling():
        return _concat("ties", [_ties(lists) for lists in live_ties(reader.session, reader.position.number)])


def subject_frame(reader: Neo4jReader) -> pl.DataFrame:
    """The live descriptions of subjects as a fact frame."""
    with telling():
        return _concat("subjects", [_subjects(lists) for lists in live_descriptions(reader.session, reader.position.number)])


def _concat(table: str, frames: list[pl.DataFrame]) -> pl.DataFrame:
    empty = pl.DataFrame(schema=FACT_FRAMES[table])
    return pl.concat([empty, *frames])


def _ties(lists: Lists) -> pl.DataFrame:
    columns = {
        **{name: lists[name] for name in ("id", "holder", "enterprise", "title", "credential", "source", "position", "recorded")},
        "kind": pl.Series(lists["type"], dtype=pl.String).replace_strict(_KINDS, default=-1, return_dtype=pl.Int8),
        "other": lists["kind"],
        **{name: _days(lists[stored]) for name, stored in _TIE_DAYS.items()},
        "share": _shares(lists["share"]),
        "digest": _digests(lists["fact"]),
    }
    return _framed("ties", columns)


def _subjects(lists: Lists) -> pl.DataFrame:
    texts = dict(zip(_TEXTS, zip(*lists["text"], strict=True), strict=True))
    days = {name: _days(some) for name, some in zip(_DAYS, zip(*lists["days"], strict=True), strict=True)}
    columns = {
        **texts,
        **days,
        "key": lists["subject"],
        "kind": pl.Series(lists["kind"], dtype=pl.String).replace_strict(_SUBJECTS, return_dtype=pl.Int8),
        **{name: lists[name] for name in ("state_owned", "position", "recorded")},
        "digest": _digests(lists["fact"]),
    }
    return _framed("subjects", columns)


def _framed(table: str, columns: Mapping[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([pl.Series(name, columns[name], dtype=kind) for name, kind in FACT_FRAMES[table].items()])


def _days(numbers: Sequence[int]) -> pl.Series:
    """Days of day numbers; each distinct one is converted once."""
    column = pl.Series(numbers, dtype=pl.Int32)
    distinct = column.unique().to_list()
    return column.replace_strict(distinct, [day_of(number) for number in distinct], return_dtype=pl.Int32)


def _shares(texts: Sequence[str]) -> pl.Series:
    """Shares as fact frames have them: null for none, empty for unknown."""
    told = pl.col("share")
    frame = pl.DataFrame({"share": pl.Series(texts, dtype=pl.String)})
    return frame.select(pl.when(told != "-").then(told.replace("?", "")).alias("share"))["share"]


def _digests(ids: Sequence[str]) -> pl.Series:
    """The digests of fact ids (``tie-7c0e...``)."""
    return pl.DataFrame({"id": pl.Series(ids, dtype=pl.String)}).select(
        pl.col("id").str.split("-").list.last().str.decode("hex")
    )["id"]


FRAMES: Mapping[str, Callable[[Any], pl.DataFrame]] = {"ties": tie_frame, "subjects": subject_frame}
"""The frames that are read so; of the other facts there are few."""
