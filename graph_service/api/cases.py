"""Cases over HTTP: opened, read with their history, and the remedies and other steps in them.

* an officer has the cases of records of their own region and department, with persons in clear; an admin has all, nobody else
  any;
* what is filed goes to the ledger with its instrument number, once however often it is filed; it has a line of the log before;
* a step that is not allowed is refused with those that are.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.masking import without_numbers
from graph_service.access.roles import Caller, Scope, Sight
from graph_service.api import schemas_casework as schemas
from graph_service.api.asking import Service
from graph_service.api.officers import Once, act_of, alike, day_asked, meaning, named_in, office_of
from graph_service.api.own import own_record
from graph_service.api.parameters import PAGE, At, Cursor, Idempotency, IfNoneMatch, Limit, Purpose, lang_of, problems
from graph_service.api.pinned import Paged, Pin
from graph_service.api.problems import Problem
from graph_service.api.schemas_casework import good
from graph_service.casework import cases as casework
from graph_service.casework import publication, remedies
from graph_service.casework.asking import look_for, told
from graph_service.casework.history import Act, Thing, find, things
from graph_service.casework.office import Office, case_of
from graph_service.casework.shapes import thing_shape
from graph_service.casework.tasks import BY_DEPARTMENTS, TASKS, UNDOING
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue, Lang
from graph_service.model.interval import day_text

RecordId = Annotated[str, Path(description="The record's id, percent-encoded.", min_length=1, max_length=256)]
BY_HAND: Mapping[str, frozenset[str]] = {
    "case": frozenset({"close"}),
    "objection": frozenset({"mark", "check", "extend", "uphold", "reject"}),
    "repair": frozenset({"grant", "refuse"}),
    "appeal": frozenset({"stay", "allow", "dismiss"}),
    "publication": frozenset({"publish", "withdraw"}),
}
"""The steps of a case that are taken here; those of tasks are taken there, all others follow from what the engine says."""
_FIELDS = {
    "record_unknown": "id",
    "record_is_lead": "id",
    "case_unknown": "id",
    "case_not_serious": "body.record",
    "instrument_missing": "body.instrument_no",
    "fact_differs": "body.instrument_no",
    "event_to_come": "body.on",
    "bad_date": "body.on",
    "thing_there": "body",
    "thing_unknown": "body.thing",
    "repair_too_early": "body.step",
    "case_waits": "body.step",
    "objection_not_extended": "body.step",
}
Filing = Callable[[Office, sqlite3.Connection, Act, Lang], Shape]


def cases(service: Service) -> APIRouter:
    """The routes of cases."""
    router = APIRouter(prefix="/v1/cases", tags=["casework"])
    _reading(router, service)
    _filing(router, service)
    _stepping(router, service)
    return router


def _reading(router: APIRouter, service: Service) -> None:
    bad = problems(400, 401, 403, 404, 422, 429, 503)
    unchanged: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has this answer already."}}

    @router.get(
        "", summary="The cases of an officer", responses={**good(schemas.Cases, 200), **unchanged, **bad}, response_class=Response
    )
    def own_cases(
        request: Request,
        at: At = None,
        open: Annotated[bool, Query(description="Only those in which something waits.")] = False,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """As of the end of a day, in the order in which they were opened."""
        asked = service.admitted(request, Scope.WRITE, "cases", {"at": at or ""})
        lang = lang_of(request)

        def ask(_: Office, pin: Pin) -> tuple[Shape, list[str]]:
            rows = look_for(service.desk, ["case"], day_asked(at), only_open=open, upto=pin.upto, lang=lang)
            own = _owned(service, asked.caller, [str(row["record"]) for row in rows])
            mine = [by_hand(row) for row in rows if row["record"] in own]
            return {"at": day_text(day_asked(at)), "cases": mine}, named_in(service, mine)

        with service.refusing(asked, "at"):
            question = Paged(("cases", day_asked(at), open), ("cases",), lang, limit, cursor, if_none_match)
            found = question.answer(service, asked, ask)
        return question.given(service, asked, found)

    @router.get(
        "/{id:path}", summary="A case", responses={**good(schemas.CaseTold, 200), **unchanged, **bad}, response_class=Response
    )
    def one_case(
        request: Request,
        id: RecordId,
        at: At = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """With every step that it took, and its tasks, objections, repairs, appeals and publication, as of the end of a day."""
        asked = service.admitted(request, Scope.WRITE, "case", {"record": id, "at": at or ""})
        lang = lang_of(request)

        def ask(_: Office, pin: Pin) -> tuple[Shape, list[str]]:
            day = day_asked(at)
            shape = {**told(service.desk, case_of(id), day=day, upto=pin.upto, lang=lang)}
            steps = shape.pop("steps")
            with service.desk.read() as db:
                inside = [by_hand(thing_shape(one, lang)) for one in things(db, parent=case_of(id), day=day, upto=pin.upto)]
            made = {"at": day_text(day), "case": by_hand(shape), "steps": steps, "things": inside}
            return made, named_in(service, made)

        with service.refusing(asked, "at"):
            day_asked(at)
            with alike(service, asked):
                _own(service, asked.caller, id, "id")
            question = Paged(("case", id, day_asked(at)), ("steps", "things"), lang, limit, cursor, if_none_match)
            try:
                found = question.answer(service, asked, ask)
            except BadValue as error:
                if error.code != "thing_unknown":
                    raise
                raise _nothing("id") from None
        return question.given(service, asked, found)


def _filing(router: APIRouter, service: Service) -> None:
    @_route(router, "", schemas.Case, "Open the case of a record")
    def open_case(
        request: Request, body: schemas.CaseBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """Of a severity that the law names, with its tasks; a case that is there is followed."""

        def filing(office: Office, db: sqlite3.Connection, act: Act, lang: Lang) -> Shape:
            return by_hand(thing_shape(casework.open_case_in(office, db, act, body.record), lang))

        return _filed(service, request, "open-case", body.record, body, idempotency_key, filing)

    @_route(router, "/{id:path}/objections", schemas.Moving, "Lodge an objection")
    def lodge_objection(
        request: Request,
        id: RecordId,
        body: schemas.ObjectionBody,
        idempotency_key: Idempotency = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """It suspends at once what the record's law says; the same objection twice is the same one."""

        def filing(office: Office, db: sqlite3.Connection, act: Act, lang: Lang) -> Shape:
            person = _person(service, body.person)
            made = remedies.lodge_objection_in(office, db, act, id, body.instrument_no, person=person, on=body.on)
            return by_hand(thing_shape(made, lang))

        return _filed(service, request, "objection", id, body, idempotency_key, filing)

    @_route(router, "/{id:path}/repairs", schemas.Moving, "Apply for repair")
    def apply_for_repair(
        request: Request, id: RecordId, body: schemas.RepairBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """Of the whole record, or of one person's part in it."""

        def filing(office: Office, db: sqlite3.Connection, act: Act, lang: Lang) -> Shape:
            person, note = _person(service, body.person), without_numbers(body.note)
            return by_hand(thing_shape(remedies.apply_for_repair_in(office, db, act, id, person=person, note=note), lang))

        return _filed(service, request, "repair", id, body, idempotency_key, filing)

    @_route(router, "/{id:path}/appeals", schemas.Moving, "Take note of an appeal")
    def lodge_appeal(
        request: Request, id: RecordId, body: schemas.AppealBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """It suspends nothing until execution is stayed."""

        def filing(office: Office, db: sqlite3.Connection, act: Act, lang: Lang) -> Shape:
            return by_hand(
                thing_shape(remedies.lodge_appeal_in(office, db, act, id, body.instrument_no, before=body.before), lang)
            )

        return _filed(service, request, "appeal", id, body, idempotency_key, filing)

    @_route(router, "/{id:path}/annulments", schemas.Annulled, "File an annulment")
    def annul(
        request: Request,
        id: RecordId,
        body: schemas.AnnulmentBody,
        idempotency_key: Idempotency = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """All that the record supports ends, and what had been carried out is undone."""

        def filing(office: Office, db: sqlite3.Connection, act: Act, lang: Lang) -> Shape:
            fact = remedies.annul_in(office, db, act, id, body.instrument_no, on=body.on, person=_person(service, body.person))
            found = find(db, case_of(id))
            return {"fact": fact, "record": id, "case": by_hand(thing_shape(found, lang)) if found else None}

        return _filed(service, request, "annulment", id, body, idempotency_key, filing)


def _stepping(router: APIRouter, service: Service) -> None:
    @_route(router, "/{id:path}/steps", schemas.Moving, "Take a step in a case", 200)
    def step(
        request: Request, id: RecordId, body: schemas.CaseStepBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """Of an objection (`mark`, `check`, `extend`, `uphold`, `reject`), repair, appeal, publication, or the case (`close`)."""

        def filing(office: Office, db: sqlite3.Connection, act: Act, lang: Lang) -> Shape:
            found = find(db, body.thing)
            if found is None or case_of(id) not in (found.id, found.parent) or found.machine not in BY_HAND:
                raise _nothing("body.thing")
            allowed = by_hand(thing_shape(found, lang))["next"]
            if body.step not in allowed:
                values = {"step": body.step, "state": found.state, "allowed": ", ".join(allowed) or "-"}
                raise Problem(409, "step_forbidden", fields=[("body.step", BadValue("step_forbidden", **values))])
            return by_hand(thing_shape(_taken(office, db, act, id, found, body), lang))

        return _filed(service, request, "case-step", id, body, idempotency_key, filing, status=200)


def _route(router: APIRouter, path: str, model: type[BaseModel], summary: str, status: int = 201) -> Callable[..., Any]:
    bad = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
    answers = {**good(model, status), **bad}
    return router.post(path, summary=summary, status_code=status, responses=answers, response_class=Response)


def _filed(
    service: Service,
    request: Request,
    name: str,
    record: str,
    body: BaseModel,
    key: str | None,
    filing: Filing,
    *,
    status: int = 201,
) -> Response:
    """File something about a record of the caller's own, or take a step in its case, once."""
    said = body.model_dump()
    asked = service.admitted(request, Scope.WRITE, name, {"record": record, "thing": said.get("thing", "")})
    lang, act, office = lang_of(request), act_of(asked.caller), office_of(service)
    with service.refusing(asked, "body"):
        once = Once.of(service, asked, request, key, said)
        with alike(service, asked):
            _own(service, asked.caller, record, "body.record" if name == "open-case" else "id")
        earlier = once.earlier()
        if earlier is not None:
            return earlier

        def work(db: sqlite3.Connection) -> Shape:
            fields = _FIELDS | ({"record_unknown": "body.record", "record_is_lead": "body.record"} if name == "open-case" else {})
            with meaning(**fields):
                return filing(office, db, act, lang)

        persons = named_in(service, {"person": said.get("person", ""), "thing": said.get("thing", "")})
        return once.do(work, status=status, said={"step": said.get("step", "")}, persons=persons, files=name != "open-case")


def _person(service: Service, text: str) -> str:
    return service.masks.key_of(text.strip()) or text.strip()


def _taken(office: Office, db: sqlite3.Connection, act: Act, record: str, found: Thing, body: schemas.CaseStepBody) -> Thing:
    """A step that is allowed.  Raises `BadValue` where it does not bring what it needs."""
    step, number, reason = body.step, body.instrument_no.strip(), without_numbers(body.reason.strip())
    match found.machine, step:
        case "case", _:
            return casework.close_case_in(office, db, act, record)
        case "publication", "publish":
            return publication.publish_in(office, db, act, record)
        case "publication", _:
            return publication.withdraw_in(office, db, act, record, reason)
        case "appeal", _:
            return remedies.appeal_step_in(office, db, act, found.id, step, number)
        case "repair", "grant":
            if not number:  # without a number it would be refused
                raise BadValue("step_needs", step=step, need="instrument_no")
            return remedies.decide_repair_in(office, db, act, found.id, instrument_no=number)
        case "repair", _:
            return remedies.decide_repair_in(office, db, act, found.id, reason=reason)
        case _, "extend":
            return remedies.extend_objection_in(office, db, act, found.id, reason)
        case _, "uphold" | "reject":
            return remedies.decide_objection_in(office, db, act, found.id, number, upheld=step == "uphold")
        case _:
            return remedies.objection_step_in(office, db, act, found.id, step)


def by_hand(shape: Mapping[str, Any]) -> dict[str, Any]:
    """A thing that says as ``next`` only what somebody may do here; the rest follows from the engine."""
    machine = shape["machine"]
    allowed = BY_DEPARTMENTS if machine in (*TASKS, UNDOING) else BY_HAND.get(machine, frozenset())
    return {**shape, "next": [step for step in shape["next"] if step in allowed]}


def _owned(service: Service, caller: Caller, records: list[str]) -> set[str]:
    """Which of some records are the caller's own."""
    if caller.sight is Sight.CLEAR:
        return set(records)
    with service.ledger.read() as reader:
        return {one.fact.id for one in reader.records(sorted(set(records))) if own_record(reader, caller, one.fact)}


def _own(service: Service, caller: Caller, record: str, field: str) -> None:
    """Raises `Problem` for a record that is not the caller's own, the same as for one that is not there."""
    with service.ledger.read() as reader:
        found = reader.records([record])
        mine = caller.sight is Sight.CLEAR or any(own_record(reader, caller, one.fact) for one in found)
        if caller.sight is Sight.CLEAR and not found:  # a case stays where its record was taken back
            with service.desk.read() as db:
                mine = find(db, case_of(record)) is not None
    if not mine:
        raise _nothing(field)


def _nothing(field: str) -> Problem:
    return Problem(404, "bad_value", fields=[(field, BadValue("thing_not_yours"))])
