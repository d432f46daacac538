"""What the addresses of casework share: who acts and when, whose a case is, what is done once, and who is named.

* the day is that of China: terms run in its days, and casework takes moments in its time;
* a record's case, with all in it, is an officer's own as in `graph_service.api.own`; a task is also theirs if their department is
  the one that carries it out, in their region;
* something of others and something that is not there look alike;
* what is done is written in one transaction with its line of the log and with the answer that is kept under the idempotency key.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

import orjson
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.masking import PERSON, without_numbers
from graph_service.access.roles import Caller, Sight
from graph_service.api.asking import Asked, Service
from graph_service.api.parameters import printable
from graph_service.api.problems import Problem, problem_of
from graph_service.api.writes import KEPT
from graph_service.casework.history import Act
from graph_service.casework.office import Office
from graph_service.engine.answers import id_parts
from graph_service.messages import BadValue, GraphServiceError
from graph_service.model.facts import SubjectKind
from graph_service.model.identifiers import is_uscc
from graph_service.model.interval import parse_day
from graph_service.policy.choosing import choose_packs

ZONE = ZoneInfo("Asia/Shanghai")
_NAMES_SOMEBODY = ("subject", "person", "other", "one")
_MEANS = {"thing_unknown": 404, "case_unknown": 404, "record_unknown": 404} | dict.fromkeys(
    ("thing_there", "fact_differs", "repair_too_early", "case_waits", "objection_not_extended"), 409
)
"""What a refusal of casework is over HTTP; 422 where it is not here."""

Work = Callable[[sqlite3.Connection], Mapping[str, object]]


def now() -> datetime:
    """The moment, in China's time."""
    return datetime.now(ZONE)


def act_of(caller: Caller) -> Act:
    """A caller doing something now."""
    return Act(caller.id, now())


def seen_as(caller: Caller) -> str:
    """All of a caller that decides what they see; the claims of a token may change from one day to the next."""
    return orjson.dumps([str(caller.sight), caller.regions, caller.departments]).decode()


def day_asked(at: str | None, field: str = "at") -> int:
    """The day of a question; today in China where none is given.  Raises `Problem`."""
    if not at:
        return now().date().toordinal()
    try:
        return parse_day(at)
    except GraphServiceError as error:
        raise problem_of(field, error) from None


def office_of(service: Service) -> Office:
    """The office of a service, with all the law that is shipped: nobody asks without some of it."""
    return Office(service.ledger, service.desk, choose_packs(()))


def own_things(service: Service, caller: Caller, bodies: Iterable[Mapping[str, object]]) -> list[bool]:
    """Which of some things (by what they hold of ``record``, ``region``, ``initiator``, ``implementer``) are the caller's own."""
    given = list(bodies)
    if caller.sight is Sight.CLEAR:
        return [True] * len(given)
    with service.ledger.read() as reader:
        found = {one.fact.id: one.fact for one in reader.records({str(body.get("record", "")) for body in given} - {""})}
        subjects = {record.subject for record in found.values()} | {str(body.get("subject", "")) for body in given}
        regions = {one.fact.id: one.fact.region for one in reader.subjects(sorted(subjects - {""}))}
    mine = []
    for body in given:
        record = found.get(str(body.get("record", "")))
        region = str(body.get("region") or "") or (record.region if record else "")
        region = region or regions.get(record.subject if record else str(body.get("subject", "")), "")
        departments = {str(body.get("initiator") or ""), record.authority if record else ""}
        implementer = body.get("implementer")
        departments |= set(map(str, implementer.values())) if isinstance(implementer, Mapping) else {str(implementer or "")}
        answers = not caller.departments or any(caller.answers_for(one) for one in departments - {""})
        mine.append(caller.within(region) and answers)
    return mine


def named_in(service: Service, shape: object) -> list[str]:
    """The persons whose keys stand in an answer, for the log."""
    told: set[str] = set()
    explicit: set[str] = set()
    _gather(shape, told, explicit)
    with service.ledger.read() as reader:
        kinds = {one.fact.id: one.fact.kind for one in reader.subjects(sorted(told | explicit))}
    persons = {key for key, kind in kinds.items() if kind is not SubjectKind.ENTERPRISE}
    return sorted(persons | {key for key in explicit - kinds.keys() if not is_uscc(key) and not key.startswith(PERSON)})


def _gather(value: object, told: set[str], explicit: set[str], name: str = "") -> None:
    if isinstance(value, Mapping):
        for key, one in value.items():
            _gather(one, told, explicit, str(key))
    elif isinstance(value, list | tuple):
        for one in value:
            _gather(one, told, explicit, name)
    elif isinstance(value, str) and value and len(value) <= 2048:
        told.add(value)
        told.update(value.replace("#", ":").split(":"))
        if name in _NAMES_SOMEBODY:
            explicit.add(without_numbers(value))
        parts = id_parts(value)
        if name == "consequence" and parts:
            explicit.update(parts[4:])


@contextmanager
def meaning(**fields: str) -> Iterator[None]:
    """Turn a refusal of casework into a problem that names the field: ``fields`` by the code, ``other`` for the rest."""
    try:
        yield
    except GraphServiceError as error:
        status = _MEANS.get(error.code, 422)
        field = fields.get(error.code, fields.get("other", "body"))
        if error.code == "step_needs":
            field = f"body.{error.values['need']}"
        if error.code in ("step_forbidden", "step_not_yours"):
            raise Problem(409, "step_forbidden", fields=[(field, error)]) from None
        raise Problem(status, "bad_value", fields=[(field, error)]) from None


@contextmanager
def alike(service: Service, asked: Asked) -> Iterator[None]:
    """Look whose something is: that it is of others takes as long to tell as that it is not there."""
    begun = time.monotonic()
    try:
        yield
    except Problem:
        service.even_out(asked, begun)
        raise


def only_json(request: Request) -> None:
    """A page of another site cannot send JSON without being asked first, so nothing but JSON is taken."""
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Problem(422, "bad_value", fields=[("Content-Type", BadValue("only_json"))])


@dataclass(frozen=True, slots=True)
class Once:
    """A request that writes, under its idempotency key: the same key and body get the same answer, another body is refused."""

    service: Service
    asked: Asked
    key: str | None
    body: str

    @classmethod
    def of(cls, service: Service, asked: Asked, request: Request, key: str | None, said: Mapping[str, object]) -> Once:
        """A request to write what is said.  Raises `Problem` for one that is not JSON, or a key that cannot be one."""
        only_json(request)
        if key is not None:
            printable(**{"Idempotency-Key": key})
        text = orjson.dumps(
            [asked.said["question"], asked.said["about"], dict(said), seen_as(asked.caller)], option=orjson.OPT_SORT_KEYS
        )
        return cls(service, asked, key, sha256(text).hexdigest())

    def earlier(self) -> Response | None:
        """The answer that was given already, logged once more; None the first time."""
        if self.key is None:
            return None
        with self.service.desk.read() as db:
            found = self._found(db)
        return None if found is None else self._again(found)

    def do(
        self,
        work: Work,
        *,
        status: int = 200,
        said: Mapping[str, object] | None = None,
        persons: Iterable[str] = (),
        files: bool = False,
    ) -> Response:
        """Do some work inside the transaction of its log line, and answer with what it gives.  It may be tried more than once.

        ``said`` is added to the line; ``persons`` are those who are named; ``files``: the work puts a fact into the ledger, which
        no transaction of the desk can take back, and so has a line of its own before it begins.  Raises what the work raises;
        then nothing was done on the desk.
        """
        made: list[bytes] = []
        listed = sorted(set(persons))
        line = {**self.asked.said, **(said or {}), "persons": listed}
        if files:
            self.service.log.append({**line, "answer": {"status": 0, "begun": True}}, listed)

        def also(db: sqlite3.Connection) -> None:
            made.clear()
            found = self._found(db)
            if found is not None:
                raise _Repeated(found)
            made.append(orjson.dumps(work(db)))
            if self.key is not None:
                moment = datetime.now(UTC)
                db.execute("DELETE FROM writes WHERE at < ?", ((moment - KEPT).isoformat(),))
                row = (self.asked.caller.id, self.key, self.body, status, made[0], moment.isoformat())
                db.execute("INSERT INTO writes VALUES (?, ?, ?, ?, ?, ?)", row)

        try:
            self.service.log.append({**line, "answer": {"status": status}, "sight": str(self.asked.caller.sight)}, listed, also)
        except _Repeated as repeated:
            return self._again(repeated.found)
        return Response(made[0], status, media_type="application/json")

    def _found(self, db: sqlite3.Connection) -> tuple[int, bytes] | None:
        if self.key is None:
            return None
        sql = "SELECT body, status, answer FROM writes WHERE caller = ? AND key = ?"
        row = db.execute(sql, (self.asked.caller.id, self.key)).fetchone()
        if row is None:
            return None
        if row["body"] != self.body:
            raise Problem(422, "bad_value", fields=[("Idempotency-Key", BadValue("key_of_another_body"))])
        return row["status"], row["answer"]

    def _again(self, found: tuple[int, bytes]) -> Response:
        status, body = found
        persons = named_in(self.service, orjson.loads(body))
        line = {**self.asked.said, "answer": {"status": status, "repeated": True}, "persons": persons}
        self.service.log.append(line, persons)
        return Response(body, status, media_type="application/json")


class _Repeated(Exception):
    """Somebody else, or the same again, did this under this key already."""

    def __init__(self, found: tuple[int, bytes]) -> None:
        super().__init__()
        self.found = found
