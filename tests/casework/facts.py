"""A few facts to work on: an enterprise with a serious record, its head, others beside it.  People are invented."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from graph_service.casework.checks import Checked, check
from graph_service.casework.history import Act
from graph_service.ledger.memory import MemoryLedger
from graph_service.model.facts import Fact
from graph_service.model.interval import parse_day
from graph_service.model.rows import to_fact
from graph_service.policy.loader import load_pack
from graph_service.policy.table import Pack
from graph_service.snapshot.view import View

LAW = Path(__file__).parent / "law"
DAY = "2019-06-28"


@lru_cache(maxsize=1)
def law() -> Pack:
    """The invented law."""
    return load_pack(LAW)


def rows(**tables: list[dict[str, str]]) -> list[Fact]:
    """Facts from rows of a register folder."""
    return [to_fact(name, row) for name, table in tables.items() for row in table]


RECORD = {
    "id": "R1",
    "subject": "E1",
    "family": "market_order",
    "behaviour": "bribery",
    "severity": "serious",
    "act_from": "2018-03-01",
    "act_to": "2018-06-01",
    "decided_on": "2019-03-01",
    "instrument_no": "某罚〔2019〕1号",
    "authority": "某局",
    "region": "530102",
}


def enterprise(key: str, **cells: str) -> dict[str, str]:
    """A row of an enterprise."""
    return {"id": key, "name": f"企业{key}", **cells}


def head(person: str, of: str, since: str = "2015-01-01", to: str = "") -> dict[str, str]:
    """A row of a legal representative's office."""
    return {"kind": "legal_representative", "holder": person, "enterprise": of, "valid_from": since, "valid_to": to}


def world(*more: Fact, record: dict[str, str] | None = RECORD) -> list[Fact]:
    """E1 with a serious record and its head P1; E2 with the same head; E3 and its head P3, clean."""
    return [
        *rows(
            enterprises=[enterprise("E1"), enterprise("E2"), enterprise("E3")],
            persons=[{"id": "P1", "name": "张三"}, {"id": "P3", "name": "李四"}],
            ties=[head("P1", "E1"), head("P1", "E2"), head("P3", "E3")],
            records=[record] if record else [],
        ),
        *more,
    ]


def event(kind: str, on: str, person: str = "", record: str = "R1") -> Fact:
    """An event of the record."""
    return to_fact("events", {"record": record, "kind": kind, "on": on, "person": person, "instrument_no": "某复〔2019〕1号"})


@contextmanager
def view_of(facts: list[Fact]) -> Iterator[View]:
    """A view of some facts."""
    with MemoryLedger.of(facts).read() as reader:
        yield View(reader)


def checked(facts: list[Fact], subject: str, procedure: str, at: str = DAY, **more: Any) -> Checked:
    """A must-check under the invented law."""
    with view_of(facts) as view:
        return check(view, subject, procedure, [law()], parse_day(at), **more)


def act(on: str, actor: str = "ann", hour: int = 9) -> Act:
    """Who does something on a day."""
    return Act(actor, datetime.fromisoformat(f"{on}T{hour:02}:00:00").replace(tzinfo=UTC))
