"""Adding what an authority decided: records, findings, events.

The way of a write, each step on the disk before the next: the log says who is about to write which fact; the ledger takes it; the
log says what came of it, in one transaction with the answer that is kept under the idempotency key; the answer leaves.  A write
that was cut off in between can be repeated: the ledger takes each fact once.

* officers write records of their own region and department, and findings and events of such records; a record that is not theirs
  and one that is not there look alike;
* under one idempotency key a body is written once: repeated it gets the answer that it got, another body is refused;
* the key of a person may be a pseudonym.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.roles import Caller, Scope, Sight
from graph_service.api import schemas
from graph_service.api.asking import Asked, Service
from graph_service.api.examples import EXAMPLES
from graph_service.api.own import own_record
from graph_service.api.parameters import Id, Idempotency, Purpose, printable, problems
from graph_service.api.problems import Problem
from graph_service.desk.base import Area
from graph_service.ledger.protocol import Outcome
from graph_service.messages import BadValue
from graph_service.model.facts import Event, Fact, Finding, Record, fact_id
from graph_service.model.rows import BadRow, to_fact

WRITES = Area(
    "writes",
    (
        """
CREATE TABLE writes (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER NOT NULL,
    answer BLOB NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE INDEX writes_at ON writes (at);
""",
    ),
)
KEPT = timedelta(days=7)
"""How long an answer is kept under its idempotency key."""
_STATUS = {Outcome.ADDED: 201, Outcome.CORRECTED: 200, Outcome.UNCHANGED: 200}


def writes(service: Service) -> APIRouter:
    """The routes that write."""
    router = APIRouter(prefix="/v1/records")
    one_by_one = threading.Lock()
    bad = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)

    def route(path: str, summary: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        example: dict[str, Any] = {"model": schemas.Written, "content": {"application/json": {"example": EXAMPLES["Written"]}}}
        return router.post(
            path, summary=summary, status_code=201, responses={200: example, 201: example, **bad}, response_class=Response
        )

    def written(
        request: Request, table: str, row: Mapping[str, str], key: str | None, place: Callable[[Caller, Fact], None]
    ) -> Response:
        asked = service.admitted(request, Scope.WRITE, f"write-{table}", {"record": row.get("record", row.get("id", ""))})
        with service.refusing(asked, "body"):
            _check_origin(request)
            if key is not None:
                printable(**{"Idempotency-Key": key})
            fact = _fact(service, table, row)
            body = sha256(orjson.dumps([table, dict(row)], option=orjson.OPT_SORT_KEYS)).hexdigest()
            with one_by_one:
                found = _before(service, asked.caller, key, body)
                if found is None:
                    place(asked.caller, fact)
                    found = _write(service, asked, fact, key, body)
                else:
                    service.log.append({**asked.said, "answer": {"status": found[0], "repeated": True}, "fact": fact_id(fact)})
        return Response(found[1], found[0], media_type="application/json")

    @route("", "Add a record")
    def add_record(
        request: Request, body: schemas.RecordRow, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """A record that is there already under its id is corrected; the same content changes nothing."""

        def place(caller: Caller, fact: Fact) -> None:
            if caller.sight is Sight.CLEAR or not isinstance(fact, Record):
                return
            with service.ledger.read() as reader:
                held = reader.records([fact.id])
                if held and not own_record(reader, caller, held[0].fact):
                    raise Problem(404, "bad_value", fields=[("body.id", BadValue("record_not_yours"))])
            if not caller.within(fact.region):
                raise Problem(403, "forbidden", fields=[("body.region", BadValue("region_not_yours"))], role=caller.role)
            if not caller.answers_for(fact.authority):
                raise Problem(403, "forbidden", fields=[("body.authority", BadValue("authority_not_yours"))], role=caller.role)

        return written(request, "records", body.model_dump(), idempotency_key, place)

    def of_own_record(caller: Caller, fact: Fact) -> None:
        if not isinstance(fact, Finding | Event):
            return
        with service.ledger.read() as reader:
            held = reader.records([fact.record])
            if not held or not (caller.sight is Sight.CLEAR or own_record(reader, caller, held[0].fact)):
                raise Problem(404, "bad_value", fields=[("id", BadValue("record_not_yours"))])

    @route("/{id}/findings", "Add a finding to a record")
    def add_finding(
        request: Request,
        id: Id,
        body: schemas.FindingRow,
        idempotency_key: Idempotency = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """An authority says that this person answers for the record."""
        return written(request, "findings", {"record": id, **body.model_dump()}, idempotency_key, of_own_record)

    @route("/{id}/events", "Add an event to a record")
    def add_event(
        request: Request,
        id: Id,
        body: schemas.EventRow,
        idempotency_key: Idempotency = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """An objection, a repair, an appeal: for everybody, or for one person."""
        return written(request, "events", {"record": id, **body.model_dump()}, idempotency_key, of_own_record)

    return router


def _check_origin(request: Request) -> None:
    """A page of another site cannot send JSON without being asked first, so nothing but JSON is taken."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Problem(422, "bad_value", fields=[("Content-Type", BadValue("only_json"))])


def _fact(service: Service, table: str, row: Mapping[str, str]) -> Fact:
    cells = dict(row)
    if cells.get("person"):
        cells["person"] = service.masks.key_of(cells["person"].strip()) or cells["person"]
    try:
        fact = to_fact(table, cells)
    except BadRow as error:
        name = "id" if error.field == "record" else f"body.{error.field}"
        raise Problem(422, "bad_value", fields=[(name, BadValue(error.code, **error.values))]) from None
    for name, cell in cells.items():
        try:
            cell.encode("utf-8")
        except UnicodeEncodeError:
            raise Problem(422, "bad_value", fields=[(f"body.{name}", BadValue("bad_key_text"))]) from None
    return fact


def _before(service: Service, caller: Caller, key: str | None, body: str) -> tuple[int, bytes] | None:
    if key is None:
        return None
    with service.desk.read() as db:
        row = db.execute("SELECT body, status, answer FROM writes WHERE caller = ? AND key = ?", (caller.id, key)).fetchone()
    if row is None:
        return None
    if row["body"] != body:
        raise _another_body()
    # A write that was cut off has no answer yet: it is done again, and the ledger takes each fact once.
    return (row["status"], row["answer"]) if row["status"] else None


def _another_body() -> Problem:
    return Problem(422, "bad_value", fields=[("Idempotency-Key", BadValue("key_of_another_body"))])


def _write(service: Service, asked: Asked, fact: Fact, key: str | None, body: str) -> tuple[int, bytes]:
    said: dict[str, object] = {**asked.said, "fact": fact_id(fact)}
    persons = [fact.person] if isinstance(fact, Finding | Event) and fact.person else []

    def reserve(db: sqlite3.Connection) -> None:
        if key is None:
            return
        now = datetime.now(UTC)
        db.execute("DELETE FROM writes WHERE at < ?", ((now - KEPT).isoformat(),))
        db.execute("INSERT OR IGNORE INTO writes VALUES (?, ?, ?, 0, '', ?)", (asked.caller.id, key, body, now.isoformat()))
        row = db.execute("SELECT body FROM writes WHERE caller = ? AND key = ?", (asked.caller.id, key)).fetchone()
        if row["body"] != body:  # another process was first
            raise _another_body()

    service.log.append({**said, "answer": {"status": 0, "begun": True}}, persons, reserve)
    receipt = service.ledger.append([fact])
    outcome = receipt.outcomes[0]
    status = _STATUS[outcome]
    shape = {"fact": said["fact"], "outcome": outcome.value, "position": receipt.position, "complete": True, "left_out": []}
    answer = orjson.dumps(shape)

    def keep(db: sqlite3.Connection) -> None:
        if key is not None:
            sql = "UPDATE writes SET status = ?, answer = ? WHERE caller = ? AND key = ?"
            db.execute(sql, (status, answer, asked.caller.id, key))

    told = {"status": status, "outcome": outcome.value, "position": receipt.position}
    service.log.append({**said, "answer": told}, persons, keep)
    return status, answer
