"""Register rows being collected, and written as a folder.

Every row has every column of its file; the texts are those of the interchange format (`graph_service.model.rows.TABLES`).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from graph_service.model.interval import day_text
from graph_service.model.rows import TABLES

Tables = dict[str, list[dict[str, str]]]
"""Rows by the name of their file."""

iso = lru_cache(maxsize=65536)(day_text)
"""The text of a day; the same few thousand days come again and again."""


class Register:
    """The rows of a register being made.  Days are ordinals; None is an open bound and gives an empty cell."""

    def __init__(self) -> None:
        self.tables: Tables = {name: [] for name in TABLES}
        self._people = 0
        self._ties = 0

    def add(self, table: str, **cells: str) -> None:
        """A row given by its cells; the others are empty.  For what is written by hand."""
        self.tables[table].append({column: cells.pop(column, "") for column in TABLES[table].columns})
        if cells:
            raise ValueError(f"{table} has no column {', '.join(cells)}")

    def enterprise(
        self, key: str, name: str, kind: str, region: str, industry: str, opened: int | None, closed: int | None = None,
        *, status: str = "active", state_owned: bool = False,
    ) -> str:  # fmt: skip
        """An enterprise; its key."""
        self.tables["enterprises"].append(
            {
                "id": key, "name": name, "kind": kind, "status": status, "region": region, "industry": industry,
                "opened_on": "" if opened is None else iso(opened), "closed_on": "" if closed is None else iso(closed),
                "state_owned": "true" if state_owned else "",
            }
        )  # fmt: skip
        return key

    def person(self, name: str, born: str = "", died: str = "") -> str:
        """A person under the next key; the key.  Nobody here has an identity number."""
        self._people += 1
        key = f"P{self._people:07d}"
        self.tables["persons"].append({"id": key, "name": name, "id_type": "", "id_number": "", "born_on": born, "died_on": died})
        return key

    def tie(
        self, kind: str, holder: str, enterprise: str, valid_from: str = "", valid_to: str = "", share: str = "", title: str = "",
        credential: str = "",
    ) -> None:  # fmt: skip
        """A tie under the next id; the bounds are cells, for they may be gaps."""
        self._ties += 1
        self.tables["ties"].append(
            {
                "id": f"T{self._ties:07d}", "kind": kind, "holder": holder, "enterprise": enterprise, "valid_from": valid_from,
                "valid_to": valid_to, "share": share, "title": title, "credential": credential, "source": "sample register",
            }
        )  # fmt: skip


def write(folder: Path | str, tables: Mapping[str, Sequence[Mapping[str, str]]]) -> Path:
    """Write the tables as UTF-8 CSV files with a header, making the folder; returns the folder.

    Files that stand there under the same names are replaced.  Costs some three seconds for a million rows.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = TABLES[name].columns
        with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(columns)
            out.writerows([row.get(column, "") for column in columns] for row in rows)
    return place
