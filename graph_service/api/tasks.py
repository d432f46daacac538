"""Tasks over HTTP: what an officer must do, and the steps of it.

* an officer has the tasks of their own region and department (that of the authority, or the one that carries the measure out),
  with persons in clear; an admin has all; nobody else any;
* a step is refused with those that are allowed; the case is brought up to the ledger first, as `graph_service.casework.tasks`
  says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.masking import without_numbers
from graph_service.access.roles import Caller, Scope
from graph_service.api.answers import Answer
from graph_service.api.asking import Asked, Service
from graph_service.api.officers import Once, act_of, alike, day_asked, meaning, named_in, office_of, own_things
from graph_service.api.parameters import PAGE, At, Cursor, Idempotency, IfNoneMatch, Limit, Purpose, lang_of, problems
from graph_service.api.pinned import Paged, Pin
from graph_service.api.problems import Problem
from graph_service.api.schemas_casework import StepBody, Task, Tasks, TaskStepBody, TaskTold, good
from graph_service.casework.asking import look_for, told
from graph_service.casework.history import Thing, find, things
from graph_service.casework.office import Office
from graph_service.casework.shapes import thing_shape
from graph_service.casework.tasks import BY_DEPARTMENTS, TASKS, UNDOING, brought_up, task_step_in
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue
from graph_service.model.interval import day_text
from graph_service.model.region import area_of

MACHINES = (*TASKS, UNDOING)
TaskId = Annotated[str, Path(description="The task's id, percent-encoded.", min_length=1, max_length=2048)]
_Filter = Annotated[str, Query(max_length=256)]


def tasks(service: Service) -> APIRouter:
    """The routes of tasks."""
    router = APIRouter(prefix="/v1/tasks", tags=["casework"])
    bad = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)
    unchanged: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has this answer already."}}

    @router.get(
        "", summary="The tasks of an officer", responses={**good(Tasks, 200), **unchanged, **bad}, response_class=Response
    )
    def own_tasks(
        request: Request,
        at: At = None,
        open: Annotated[bool, Query(description="Only those that wait for somebody.")] = False,
        overdue: Annotated[bool, Query(description="Only those that wait beyond their last day.")] = False,
        department: Annotated[str, Query(description="Who carries the measure out.", max_length=256)] = "",
        region: Annotated[str, Query(description="GB/T 2260; all within it.", max_length=6)] = "",
        record: _Filter = "",
        subject: _Filter = "",
        state: _Filter = "",
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """As of the end of a day, in the order in which they were opened; `next` says which steps may follow."""
        asked = service.admitted(request, Scope.WRITE, "tasks", {"at": at or "", "record": record, "subject": subject})
        lang = lang_of(request)
        wanted = {
            "record": record,
            "subject": service.masks.key_of(subject) or subject,
            "region": area_of(region) or region,  # what is no code lies nowhere, and finds nothing
        }

        def ask(_: Office, pin: Pin) -> tuple[Shape, list[str]]:
            rows = look_for(
                service.desk,
                MACHINES,
                day_asked(at),
                state=state,
                implementer=department,
                only_open=open,
                only_late=overdue,
                upto=pin.upto,
                lang=lang,
                **{name: value for name, value in wanted.items() if value},
            )
            with service.desk.read() as db:
                bodies = {one.id: one.body for one in things(db, *MACHINES, upto=pin.upto)}
            own = own_things(service, asked.caller, [bodies[str(row["id"])] for row in rows])
            mine = [_by_hand(row) for row, is_own in zip(rows, own, strict=True) if is_own]
            return {"at": day_text(day_asked(at)), "tasks": mine}, named_in(service, mine)

        with service.refusing(asked, "at"):
            asking = ("tasks", day_asked(at), open, overdue, department, region, record, subject, state)
            question = Paged(asking, ("tasks",), lang, limit, cursor, if_none_match)
            found: Answer = question.answer(service, asked, ask)
        return question.given(service, asked, found)

    @router.get(
        "/{id:path}",
        summary="A task with every step that it took",
        responses={**good(TaskTold, 200), **unchanged, **bad},
        response_class=Response,
    )
    def one_task(
        request: Request,
        id: TaskId,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Who did what when.  A task of others and one that is not there look alike."""
        asked = service.admitted(request, Scope.WRITE, "task", {"task": id})
        lang = lang_of(request)

        def ask(_: Office, pin: Pin) -> tuple[Shape, list[str]]:
            shape = {**told(service.desk, id, upto=pin.upto, lang=lang)}
            steps = shape.pop("steps")
            made = {"at": day_text(day_asked(None)), "task": _by_hand(shape), "steps": steps}
            return made, named_in(service, made)

        with service.refusing(asked, "id"):
            with alike(service, asked):
                _own_task(service, asked.caller, id, "id")
            question = Paged(("task", id), ("steps",), lang, limit, cursor, if_none_match)
            found = question.answer(service, asked, ask)
        return question.given(service, asked, found)

    @router.post("", summary="Take a step of a task", responses={**good(Task, 200), **bad}, response_class=Response)
    def step(request: Request, body: TaskStepBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None) -> Response:
        """As `/v1/tasks/{id}/steps`, with the task's id in the body, where it names nobody in an address."""
        return _step(service, request, body.task, "body.task", body, idempotency_key)

    @router.post(
        "/{id:path}/steps", summary="Take a step of a task", responses={**good(Task, 200), **bad}, response_class=Response
    )
    def step_of(
        request: Request, id: TaskId, body: StepBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """`push`, `acknowledge`, `execute`, `feed_back` (with a note) or `decline` (with a reason)."""
        return _step(service, request, id, "id", body, idempotency_key)

    return router


def _step(service: Service, request: Request, task: str, field: str, body: StepBody, key: str | None) -> Response:
    asked: Asked = service.admitted(request, Scope.WRITE, "task-step", {"task": task, "step": body.step})
    act, lang, office = act_of(asked.caller), lang_of(request), office_of(service)
    with service.refusing(asked, "body"):
        brought = {name: without_numbers(text) for name, text in (("note", body.note), ("reason", body.reason)) if text.strip()}
        once = Once.of(service, asked, request, key, brought)
        with alike(service, asked):
            found = _own_task(service, asked.caller, task, field)
        earlier = once.earlier()
        if earlier is not None:
            return earlier
        brought_up(office, act, found.id)

        def work(db: sqlite3.Connection) -> Shape:
            now = find(db, found.id)
            allowed = _by_hand(thing_shape(now, lang))["next"] if now else []
            if now is not None and body.step not in allowed:
                values = {"step": body.step[:64], "state": now.state, "allowed": ", ".join(allowed) or "-"}
                raise Problem(409, "step_forbidden", fields=[("body.step", BadValue("step_forbidden", **values))])
            with meaning(thing_unknown=field, other="body.step"):
                return _by_hand(thing_shape(task_step_in(office, db, act, found, body.step, brought), lang))

        return once.do(work, persons=named_in(service, thing_shape(found, lang)))


def _own_task(service: Service, caller: Caller, task: str, field: str) -> Thing:
    """A task of the caller's own.  Raises `Problem`, the same for one of others and one that is not there."""
    with service.desk.read() as db:
        found = find(db, task)
    if found is None or found.machine not in MACHINES or own_things(service, caller, [found.body]) != [True]:
        raise Problem(404, "bad_value", fields=[(field, BadValue("task_not_yours"))])
    return found


def _by_hand(shape: Mapping[str, Any]) -> dict[str, Any]:
    """A task that says as ``next`` only what a department may do; the rest follows from the engine."""
    return {**shape, "next": [step for step in shape["next"] if step in BY_DEPARTMENTS]}
