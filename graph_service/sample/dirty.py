"""Rows that an ingest must not take as they are, the same for every seed.

`REJECTED` cannot be taken: each must end among the rejects with its reason.  `FAULTY` can be taken, but an answer that meets
them must say so: holdings over the whole, a tie to a subject that no row describes, an office before the person was born.
"""

from __future__ import annotations

from graph_service.sample.codes import uscc
from graph_service.sample.register import Register

_COMPANY = uscc("91", "530102", "MATEXT91")
_WRONG_CHECK = uscc("91", "530102", "MATEXT92")[:-1] + ("1" if uscc("91", "530102", "MATEXT92")[-1] == "0" else "0")

REJECTED: tuple[tuple[str, dict[str, str]], ...] = (
    ("enterprises", {"id": _WRONG_CHECK, "name": "校验码错误的样例公司"}),
    ("enterprises", {"id": "", "name": "没有编号的样例公司"}),
    ("enterprises", {"id": "D-OPEN", "name": "日期错误的样例公司", "opened_on": "2024-13-45"}),
    ("enterprises", {"id": "D-BACK", "name": "是非错误的样例公司", "state_owned": "maybe"}),
    ("persons", {"id": "", "name": "无编号"}),
    ("persons", {"id": "D-BORN", "name": "样例人", "born_on": "1980年"}),
    ("ties", {"id": "D-T1", "kind": "shareholder", "holder": "D-P1", "enterprise": _COMPANY, "share": "101"}),
    ("ties", {"id": "D-T2", "kind": "director", "holder": "", "enterprise": _COMPANY}),
    ("ties", {"id": "D-T3", "kind": "boss", "holder": "D-P1", "enterprise": _COMPANY}),
    (
        "ties",
        {
            "id": "D-T4", "kind": "director", "holder": "D-P1", "enterprise": _COMPANY, "valid_from": "2020-06-01",
            "valid_to": "2019-06-01",
        },
    ),
    ("ties", {"id": "D-T5", "kind": "shareholder", "holder": "D-P1", "enterprise": _COMPANY, "share": "one half"}),
    ("records", {"id": "D-R1", "subject": _COMPANY, "family": "bad_manners", "decided_on": "2019-01-01"}),
    ("records", {"id": "D-R2", "subject": _COMPANY, "severity": "dreadful"}),
    ("records", {"id": "D-R3", "subject": ""}),
    ("findings", {"record": "D-R1", "person": "D-P1", "finding": "guilty"}),
    ("events", {"record": "D-R1", "kind": "objection_lodged", "on": ""}),
    ("listings", {"subject": _COMPANY, "regime": ""}),
)  # fmt: skip

FAULTY: tuple[tuple[str, dict[str, str]], ...] = (
    ("enterprises", {"id": _COMPANY, "name": "昆明样例矛盾有限公司", "kind": "company", "region": "530102"}),
    ("persons", {"id": "D-P1", "name": "施澜芷", "born_on": "2001-04-05"}),
    ("ties", {"id": "D-T6", "kind": "shareholder", "holder": "D-P1", "enterprise": _COMPANY, "share": "70"}),
    ("ties", {"id": "D-T7", "kind": "shareholder", "holder": "D-NOBODY", "enterprise": _COMPANY, "share": "40"}),
    (
        "ties",
        {"id": "D-T8", "kind": "director", "holder": "D-P1", "enterprise": _COMPANY, "valid_from": "1999-01-01"},
    ),
)  # fmt: skip


def add_dirty(register: Register) -> None:
    """Put the dirty rows after all others."""
    for table, cells in (*FAULTY, *REJECTED):
        register.add(table, **cells)
