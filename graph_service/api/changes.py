"""The feed of the ledger's changes, and the log for auditors."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access import log
from graph_service.access.masking import Masks
from graph_service.access.roles import Scope, Sight
from graph_service.api import schemas
from graph_service.api.asking import Service
from graph_service.api.examples import EXAMPLES
from graph_service.api.parameters import Limit, Purpose, problems
from graph_service.api.problems import Problem
from graph_service.api.veiled import Veil, VeiledLedger
from graph_service.ledger.protocol import Change, Ledger
from graph_service.messages import BadValue
from graph_service.model.rows import to_row

LAST = 2**63 - 1
Since = Annotated[int, Query(ge=0, le=LAST, description="The position up to which the caller knows the ledger.")]


def changes(service: Service) -> APIRouter:
    """The routes of the feed and of the log."""
    router = APIRouter(prefix="/v1")
    bad = problems(400, 401, 403, 422, 429, 503)

    @router.get(
        "/changes",
        summary="What changed in the ledger since a position",
        responses={200: {"model": schemas.Changes, "content": {"application/json": {"example": EXAMPLES["Changes"]}}}, **bad},
        response_class=Response,
    )
    def changes(request: Request, since: Since = 0, limit: Limit = 100, x_purpose: Purpose = None) -> Response:
        """Facts added and retracted, in their order.  Persons are in clear for admin alone; ask again with `next` as `since`."""
        asked = service.admitted(request, Scope.CHANGES, "changes", {"since": str(since)})
        with service.refusing(asked, "since"):
            last = service.ledger.last().number
            if since > last:
                raise Problem(422, "bad_value", fields=[("since", BadValue("run_bad_position", value=since, last=last))])
            clear = asked.caller.sight is Sight.CLEAR
            veil = Veil(service.masks, None if clear else frozenset())
            shape = changes_shape(service.ledger, veil, since, limit)
        persons = sorted(veil.shown)
        said = {**asked.said, "answer": {"status": 200, "position": shape["next"]}, "persons": persons}
        service.log.append(said, persons)
        return Response(orjson.dumps(shape), media_type="application/json")

    @router.get(
        "/log",
        summary="Who asked what about whom",
        responses={200: {"model": schemas.LogPage, "content": {"application/json": {"example": EXAMPLES["LogPage"]}}}, **bad},
        response_class=Response,
    )
    def read_log(
        request: Request,
        after: Since = 0,
        limit: Limit = 100,
        person: Annotated[str | None, Query(description="Only entries about this person.", max_length=256)] = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Entries in their order, each with its hash.  Reading the log is logged, too."""
        asked = service.admitted(request, Scope.LOG, "log", {"person": person or ""})
        with service.refusing(asked, "person"):
            found = _entries(service, after, limit + 1, person)
        more, found = len(found) > limit, found[:limit]
        shape = {
            "next": found[-1].seq if found else after,
            "more": more,
            "entries": [{"seq": one.seq, "hash": one.hash, "entry": one.said} for one in found],
            "complete": True,
            "left_out": [],
        }
        persons = [_key(service.masks, person)] if person else []
        service.log.append({**asked.said, "answer": {"status": 200, "entries": len(found)}, "persons": persons}, persons)
        return Response(orjson.dumps(shape), media_type="application/json")

    return router


def _entries(service: Service, after: int, limit: int, person: str | None) -> list[log.Entry]:
    if person:
        return log.looked_at(service.desk, _key(service.masks, person), after, limit)
    return log.entries(service.desk, after, limit)


def _key(masks: Masks, person: str) -> str:
    return masks.key_of(person.strip()) or person.strip()


def changes_shape(ledger: Ledger, veil: Veil, since: int, limit: int) -> dict[str, Any]:
    """The changes after a position as one caller may see them, at most so many; what is left is said."""
    last = ledger.last().number
    found = [_shape(change) for change in VeiledLedger(ledger, veil).since(since, min(limit, last - since))]
    following = found[-1]["position"] if found else since
    return {
        "since": since,
        "next": following,
        "last": last,
        "more": following < last,
        "changes": found,
        "complete": True,
        "left_out": [],
    }


def _shape(change: Change) -> dict[str, Any]:
    table, row = to_row(change.fact)
    return {
        "position": change.position,
        "recorded_at": change.recorded_at,
        "change": "added" if change.added else "retracted",
        "fact": change.fact_id,
        "table": table,
        "row": row,
    }
