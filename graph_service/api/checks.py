"""The must-check before an approval over HTTP: asked, kept with its line of the log, and what was then decided on it.

* a check is answered as its asker may see it, and kept as it was answered; who may not see a person finds what a key that nobody
  has would find;
* it is read and decided by its asker, as long as they may see what they saw, and by admins; to everybody else it is not there.
"""

from __future__ import annotations

import json
import sqlite3
import time
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.masking import PERSON, withheld, without_numbers
from graph_service.access.roles import Caller, Role, Scope, Sight
from graph_service.api.answers import etag_of, matches
from graph_service.api.asking import Asked, Question, Service
from graph_service.api.officers import Once, act_of, alike, day_asked, meaning, named_in, seen_as
from graph_service.api.parameters import Idempotency, IfNoneMatch, Purpose, lang_of, printable, problems
from graph_service.api.problems import Problem
from graph_service.api.schemas_casework import Check, CheckBody, DecisionBody, KeptCheck, good
from graph_service.api.veiled import VeiledLedger
from graph_service.casework.history import Thing, find
from graph_service.casework.kept import decide_check_in, keep_check_in
from graph_service.casework.shapes import thing_shape
from graph_service.engine.shapes import Shape
from graph_service.messages import BadValue, Lang
from graph_service.model.interval import day_text
from graph_service.questions.ask import Questions

CheckId = Annotated[str, Path(description="The check's id.", min_length=1, max_length=64)]
_FIELDS = {
    "unknown_procedure": "body.procedure",
    "procedure_without_bidders": "body.bidders",
    "procedure_without_consortium": "body.members",
    "bad_word": "body.decision",
    "step_forbidden": "body.decision",
    "thing_unknown": "id",
}


def checks(service: Service) -> APIRouter:
    """The routes of the must-check."""
    router = APIRouter(prefix="/v1/checks", tags=["casework"])
    bad = problems(400, 401, 403, 404, 409, 413, 422, 429, 503)

    @router.post(
        "",
        summary="Must-check before an approval",
        status_code=201,
        responses={**good(Check, 201), **bad},
        response_class=Response,
    )
    def check(request: Request, body: CheckBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None) -> Response:
        """Allow, refuse or review, under all the law that is shipped, and why.  It is kept, with who asked and for what."""
        about = {"subject": body.subject, "procedure": body.procedure, "at": body.at or ""}
        asked = service.admitted(request, Scope.ENTERPRISES, "check", about)
        begun = time.monotonic()
        try:
            with service.refusing(asked, "body"):
                once = Once.of(service, asked, request, idempotency_key, body.model_dump())
                return once.earlier() or _kept(service, asked, once, body, lang_of(request))
        finally:
            service.even_out(asked, begun)

    @router.get(
        "/{id}",
        summary="A kept check",
        responses={**good(KeptCheck, 200), 304: {"description": "Unchanged."}, **bad},
        response_class=Response,
    )
    def kept_check(request: Request, id: CheckId, if_none_match: IfNoneMatch = None, x_purpose: Purpose = None) -> Response:
        """As it was answered, and what was then decided on it."""
        asked = service.admitted(request, Scope.ENTERPRISES, "kept-check", {"check": id})
        lang = lang_of(request)
        with service.refusing(asked, "id"), alike(service, asked), service.desk.read() as db:
            shape = _kept_shape(_own(db, asked.caller, id), lang)
        etag = etag_of(str(shape["decision_id"]), shape["state"], lang)
        status = 304 if matches(etag, if_none_match) else 200
        persons = named_in(service, shape)
        told = {"status": status, "decision": shape["decision_id"]}
        service.log.append({**asked.said, "answer": told, "persons": persons}, persons)
        headers = {"ETag": etag, "Vary": "Authorization, Accept-Language, X-Purpose"}
        if status == 304:
            return Response(status_code=304, headers=headers)
        return Response(orjson.dumps(shape), headers=headers, media_type="application/json")

    @router.post(
        "/{id}/decision",
        summary="Say what was decided on a check",
        responses={**good(KeptCheck, 200), **bad},
        response_class=Response,
    )
    def decide(
        request: Request, id: CheckId, body: DecisionBody, idempotency_key: Idempotency = None, x_purpose: Purpose = None
    ) -> Response:
        """`approved`, `refused` or `deferred`, with the reason, once; also against the answer."""
        asked = service.admitted(request, Scope.ENTERPRISES, "decide-check", {"check": id})
        act, lang = act_of(asked.caller), lang_of(request)
        with service.refusing(asked, "body"):
            once = Once.of(service, asked, request, idempotency_key, body.model_dump())
            with alike(service, asked), service.desk.read() as db:
                shown = _kept_shape(_own(db, asked.caller, id), lang)

            def work(db: sqlite3.Connection) -> Shape:
                with meaning(**_FIELDS):
                    return _kept_shape(decide_check_in(db, act, id, body.decision, without_numbers(body.reason)), lang)

            return once.do(work, said={"decision": body.decision}, persons=named_in(service, shown))

    return router


def _kept(service: Service, asked: Asked, once: Once, body: CheckBody, lang: Lang) -> Response:
    """Answer a check for its asker and keep it."""
    act = act_of(asked.caller)
    keys = {"subject": [body.subject], "bidders": body.bidders, "members": body.members}
    for name, given in keys.items():
        for key in given:
            printable(**{f"body.{name}": key})
            if key.strip().startswith(PERSON) and not asked.caller.may(Scope.PERSONS):
                raise Problem(
                    403, "forbidden", fields=[(f"body.{name}", BadValue("pseudonym_not_yours"))], role=asked.caller.role
                )
    printable(**{"body.procedure": body.procedure})
    day = day_asked(body.at, "body.at")
    # Also for a person: whose records are theirs, and whose ties lead into what is the caller's own.
    about = {"subject": body.subject, "person": body.subject}
    question = Question("check", about, lambda *_: {}, (), lang, 1, None, None, of_person=True)
    veil, inner = service.veil(asked.caller, question, None)
    with meaning(**_FIELDS):
        shape = Questions(VeiledLedger(service.ledger, veil)).check(
            inner["subject"],
            body.procedure,
            bidders=[veil.inner(one.strip()) for one in body.bidders],
            members=[veil.inner(one.strip()) for one in body.members],
            at=day_text(day),
            lang=lang,
        )
    if asked.caller.sight is Sight.WITHHELD:
        shape = orjson.loads(withheld(orjson.dumps(shape)))

    def work(db: sqlite3.Connection) -> dict[str, Any]:
        return {
            **shape,
            "check_id": keep_check_in(db, act, shape, str(asked.said["purpose"]), seen_as(asked.caller)),
            "kept": True,
        }

    said = {"decided": shape["decision"], "decision": shape["decision_id"]}
    return once.do(work, status=201, said=said, persons=named_in(service, shape))


def _own(db: sqlite3.Connection, caller: Caller, check_id: str) -> Thing:
    """A kept check of the caller's own; for admins any."""
    found = find(db, f"check:{check_id}")
    asker = found is not None and found.actor == caller.id and found.body.get("seen_as") == seen_as(caller)
    if found is None or found.machine != "check" or not (caller.role is Role.ADMIN or asker):
        raise Problem(404, "bad_value", fields=[("id", BadValue("check_not_yours"))])
    return found


def _kept_shape(found: Thing, lang: Lang) -> Shape:
    answer: dict[str, Any] = json.loads(found.body["answer"])
    told = thing_shape(found, lang)
    decided = None
    if "decide" in found.days:
        on = day_text(found.days["decide"])
        decided = {"decision": found.body["decision"], "reason": found.body["reason"], "on": on}
    kept = {name: told[name] for name in ("state", "state_text", "open", "next", "by", "purpose")}
    return {**answer, **kept, "check_id": found.id.removeprefix("check:"), "kept": True, "decided": decided}
