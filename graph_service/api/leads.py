"""Leads (线索) over HTTP: a report, where it went, and who told, for whoever may know that.

* an officer has the leads that they filed, and, as leads have no department, those on subjects of their region if they name none
  either; an admin has all; nobody else any;
* a confidential source is told to the officer who filed it and to admins; it is in no log, and in no answer to a write.
"""

from __future__ import annotations

import sqlite3
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.masking import without_numbers
from graph_service.access.roles import Caller, Role, Scope
from graph_service.api.asking import Service
from graph_service.api.officers import Once, act_of, alike, meaning, named_in, own_things
from graph_service.api.parameters import PAGE, Cursor, Idempotency, IfNoneMatch, Limit, Purpose, lang_of, printable, problems
from graph_service.api.pinned import Paged, Pin
from graph_service.api.problems import Problem
from graph_service.api.schemas_casework import Lead, LeadBody, Leads, LeadStepBody, good
from graph_service.casework.history import Thing, find
from graph_service.casework.leads import file_lead_in, lead_step_in, read_leads
from graph_service.casework.office import Office
from graph_service.casework.shapes import thing_shape
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue
from graph_service.model.identifiers import subject_key

LeadId = Annotated[str, Path(description="The lead's id.", min_length=1, max_length=64)]


def leads(service: Service) -> APIRouter:
    """The routes of leads."""
    router = APIRouter(prefix="/v1/leads", tags=["casework"])
    bad = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
    unchanged: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has this answer already."}}

    @router.get("", summary="Leads", responses={**good(Leads, 200), **unchanged, **bad}, response_class=Response)
    def own_leads(
        request: Request,
        subject: Annotated[str, Query(max_length=256)] = "",
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """In the order in which they were filed; of a confidential source `source_withheld` says that there is one."""
        asked = service.admitted(request, Scope.WRITE, "leads", {"subject": subject})
        caller, lang = asked.caller, lang_of(request)

        def ask(_: Office, pin: Pin) -> tuple[Shape, list[str]]:
            wanted = _key(service, subject) if subject.strip() else None
            above = caller.role is Role.ADMIN
            rows = read_leads(service.desk, caller.id, subject=wanted, above=above, upto=pin.upto, lang=lang)
            own = own_things(service, caller, rows)
            mine = [row for row, is_own in zip(rows, own, strict=True) if is_own or row["by"] == caller.id]
            return {"leads": mine}, named_in(service, mine)

        with service.refusing(asked, "subject"):
            question = Paged(("leads", subject, caller.id), ("leads",), lang, limit, cursor, if_none_match)
            found = question.answer(service, asked, ask)
        return question.given(service, asked, found)

    @router.post("", summary="File a lead", status_code=201, responses={**good(Lead, 201), **bad}, response_class=Response)
    def file_lead(request: Request, body: LeadBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None) -> Response:
        """It is no record, it is in no ledger, and it triggers nothing."""
        asked = service.admitted(request, Scope.WRITE, "file-lead", {"subject": body.subject})
        act, lang = act_of(asked.caller), lang_of(request)
        with service.refusing(asked, "body"):
            printable(**{"body.subject": body.subject})
            once = Once.of(service, asked, request, idempotency_key, body.model_dump())
            subject = _key(service, body.subject)

            def work(db: sqlite3.Connection) -> Shape:
                text, source = without_numbers(body.text), without_numbers(body.source)
                with meaning(lead_empty="body.text"):
                    return thing_shape(file_lead_in(db, act, subject, text, source, confidential=body.confidential), lang)

            return once.do(work, status=201, persons=named_in(service, {"subject": subject}))

    @router.post(
        "/{id}/steps", summary="Pass a lead on, or drop it", responses={**good(Lead, 200), **bad}, response_class=Response
    )
    def step(
        request: Request, id: LeadId, body: LeadStepBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """Only what the authority then decides, by an instrument of its own, becomes a record."""
        asked = service.admitted(request, Scope.WRITE, "lead-step", {"lead": id, "step": body.step})
        act, lang = act_of(asked.caller), lang_of(request)
        with service.refusing(asked, "body"):
            once = Once.of(service, asked, request, idempotency_key, body.model_dump())
            with alike(service, asked):
                found = _own(service, asked.caller, id)
            to, reason = body.to.strip(), without_numbers(body.reason.strip())

            def work(db: sqlite3.Connection) -> Shape:
                now = find(db, found.id) or found
                allowed = thing_shape(now, lang)["next"]
                assert isinstance(allowed, list)
                if body.step not in allowed:
                    values = {"step": body.step, "state": now.state, "allowed": ", ".join(allowed) or "-"}
                    raise Problem(409, "step_forbidden", fields=[("body.step", BadValue("step_forbidden", **values))])
                with meaning(other="body.step"):
                    if body.step == "pass_on" and not to:  # without an authority it would be dropped
                        raise BadValue("step_needs", step=body.step, need="to")
                    passed_to = to if body.step == "pass_on" else ""
                    return thing_shape(lead_step_in(db, act, found.id, passed_to=passed_to, reason=reason), lang)

            return once.do(work, persons=named_in(service, {"subject": found.body["subject"]}))

    return router


def _key(service: Service, subject: str) -> str:
    return subject_key(service.masks.key_of(subject.strip()) or subject)


def _own(service: Service, caller: Caller, lead: str) -> Thing:
    """A lead of the caller's own.  Raises `Problem`, the same for one of others and one that is not there."""
    with service.desk.read() as db:
        found = find(db, lead)
    if found is None or found.machine != "lead" or not (found.actor == caller.id or own_things(service, caller, [found.body])[0]):
        raise Problem(404, "bad_value", fields=[("id", BadValue("lead_not_yours"))])
    return found
