"""Further facts for a question that is only asked: register tables at hand, a folder, or facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph_service.ledger.protocol import Ledger
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import Fact
from graph_service.model.rows import TABLES, BadRow, to_fact
from graph_service.register import read_facts

if TYPE_CHECKING:
    import pandas as pd


def further_facts(
    facts: Sequence[Fact] | Mapping[str, pd.DataFrame | Iterable[Mapping[str, object]]] | str | Path, ledger: Ledger, lang: Lang
) -> list[Fact]:
    """The facts that are meant.  Raises `BadValue` for a row that cannot be taken, with table, row and column."""
    if isinstance(facts, str | Path):
        taken, report = read_facts([Path(facts)], ledger, lang=lang)
        if report.total.rejected:
            raise BadValue("further_rejected", count=report.total.rejected, reason=next(iter(report.reasons), ""))
        return taken
    if not isinstance(facts, Mapping):
        return list(facts)
    unknown = sorted(set(facts) - set(TABLES))
    if unknown:
        raise BadValue("further_table", value=", ".join(map(str, unknown)), known=", ".join(TABLES))
    return [
        _fact(name, number, row, ledger, lang)
        for name in TABLES
        if name in facts
        for number, row in enumerate(_rows(facts[name]), 1)
    ]


def _rows(table: pd.DataFrame | Iterable[Mapping[str, object]]) -> Iterable[Mapping[Any, object]]:
    return table.to_dict("records") if hasattr(table, "to_dict") else table


def _missing(value: object) -> bool:
    """Whether a cell says nothing: None, or a frame's missing value."""
    return value is None or str(value) in {"nan", "NaT", "<NA>"}


def _fact(name: str, number: int, row: Mapping[Any, object], ledger: Ledger, lang: Lang) -> Fact:
    unknown = sorted(str(column) for column in row if column not in TABLES[name].columns)
    if unknown:
        raise BadValue("further_column", table=name, value=", ".join(unknown), known=", ".join(TABLES[name].columns))
    texts = {str(column): None if _missing(value) else str(value) for column, value in row.items()}
    try:
        return to_fact(name, texts, ledger.identity_hash)
    except BadRow as wrong:
        raise BadValue("further_row", table=name, row=number, reason=wrong.text(lang)) from None
