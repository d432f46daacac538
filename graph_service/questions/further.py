"""Further facts for a question that is only asked: register tables at hand, a folder, or facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graph_service.ledger.protocol import Ledger
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import FACT_TYPES, Fact
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
        if not isinstance(facts, Sequence) or not all(isinstance(fact, FACT_TYPES) for fact in facts):
            raise BadValue("further_kind", value=facts)
        return [fact for fact in facts if not isinstance(fact, str)]
    unknown = sorted(set(facts) - set(TABLES))
    if unknown:
        raise BadValue("further_table", value=", ".join(map(str, unknown)), known=", ".join(TABLES))
    return [
        _fact(name, number, row, ledger, lang)
        for name in TABLES
        if name in facts
        for number, row in enumerate(_rows(facts[name]), 1)
    ]


def _rows(table: pd.DataFrame | Iterable[Mapping[str, object]]) -> list[Mapping[Any, object]]:
    found: Any = table.to_dict("records") if hasattr(table, "to_dict") else table
    rows = list(found) if isinstance(found, Iterable) and not isinstance(found, str) else None
    if rows is None or not all(isinstance(row, Mapping) for row in rows):
        raise BadValue("further_kind", value=table)
    return rows


def _text(value: object) -> str | None:
    """A cell as a register has it: nothing for None or a frame's missing value, the day alone of a moment at midnight."""
    if value is None or str(value) in {"nan", "NaT", "<NA>"}:
        return None
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return str(value)


def _fact(name: str, number: int, row: Mapping[Any, object], ledger: Ledger, lang: Lang) -> Fact:
    unknown = sorted(str(column) for column in row if column not in TABLES[name].columns)
    if unknown:
        raise BadValue("further_column", table=name, value=", ".join(unknown), known=", ".join(TABLES[name].columns))
    texts = {str(column): _text(value) for column, value in row.items()}
    try:
        return to_fact(name, texts, ledger.identity_hash)
    except BadRow as wrong:
        raise BadValue("further_row", table=name, row=number, reason=wrong.text(lang)) from None
