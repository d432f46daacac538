"""What tests of the command line share."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

FOOD, RECORD, DAY = "91530000MATEXT01X1", "S1-RECORD", "2019-12-31"
Ask = Callable[..., tuple[int, str, str]]


def shape(ask: Ask, *arguments: str, **where: Any) -> dict[str, Any]:
    """The JSON answer of a command that must go well and complain of nothing."""
    code, out, err = ask(*arguments, "--format", "json", **where)
    assert (code, err) == (0, "")
    answer: dict[str, Any] = json.loads(out)
    return answer


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(text)))


def folder(place: Path, **tables: str) -> str:
    """A register folder with some tables, each given as its lines joined by blanks."""
    place.mkdir(exist_ok=True)
    for name, text in tables.items():
        (place / f"{name}.csv").write_text("\n".join(text.split()) + "\n", "utf-8")
    return str(place)
