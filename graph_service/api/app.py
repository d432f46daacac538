"""The application: all routes, what goes wrong as problem documents, and what begins and ends with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp

from graph_service.access import AREAS as ACCESS
from graph_service.access import log
from graph_service.api import schemas
from graph_service.api.asking import Service
from graph_service.api.cases import cases
from graph_service.api.changes import changes
from graph_service.api.checks import checks
from graph_service.api.leads import leads
from graph_service.api.lists import lists
from graph_service.api.metrics import Metrics
from graph_service.api.middleware import Around, Tell
from graph_service.api.page import STYLE, docs_page
from graph_service.api.parameters import lang_of, problems
from graph_service.api.problems import Problem, problem_response
from graph_service.api.reads import reads
from graph_service.api.tasks import tasks
from graph_service.api.webhooks import OUTBOX, Outbox
from graph_service.api.writes import WRITES, writes
from graph_service.casework.history import AREA as CASEWORK
from graph_service.messages import BadValue, GraphServiceError, LedgerError

AREAS = (*ACCESS, WRITES, OUTBOX, CASEWORK)
"""The areas of the desk that the service needs."""
_HTTP = {404: "not_found", 405: "bad_method"}


def make_app(service: Service, *, tell: Tell | None = None, push: bool = True) -> ASGIApp:
    """The application of a service.

    ``tell`` takes log lines (default: standard error); ``push``: send webhooks while it runs.
    """
    metrics = Metrics()
    outbox = Outbox(service)

    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = service.settings.threads
        if push:
            outbox.start()
        try:
            yield
        finally:
            await anyio.to_thread.run_sync(outbox.stop)

    app = FastAPI(
        title="graph-service",
        summary="Who answers for a company's serious dishonesty, why, under which article, since when and until when.",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=running,
        separate_input_output_schemas=False,
    )
    app.include_router(reads(service))
    app.include_router(writes(service))
    app.include_router(changes(service))
    app.include_router(checks(service))
    app.include_router(cases(service))
    app.include_router(leads(service))
    app.include_router(lists(service))
    app.include_router(tasks(service))
    _operating(app, service, metrics)
    _documents(app)
    _problems(app)
    metrics.gauge("ledger_position", "The ledger's last position.", lambda: service.ledger.last().number)
    metrics.gauge("log_entries", "Entries of the log.", lambda: log.head(service.desk).seq)
    metrics.gauge("outbox_waiting", "Messages that no webhook has taken yet.", outbox.waiting)
    made: ASGIApp = app
    if service.settings.cors_origins:
        made = CORSMiddleware(
            made,
            allow_origins=service.settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Purpose"],
            expose_headers=["ETag", "Retry-After", "X-Request-Id"],
        )
    return Around(made, body_limit=service.settings.body_limit, metrics=metrics, tell=tell)


def _operating(app: FastAPI, service: Service, metrics: Metrics) -> None:
    @app.get("/health", response_model=schemas.State, summary="Whether the process runs", tags=["operating"])
    def health() -> Response:
        """Says nothing of the stores."""
        return JSONResponse({"status": "ok"})

    @app.get(
        "/ready",
        response_model=schemas.State,
        summary="Whether it can answer",
        tags=["operating"],
        responses={503: {"model": schemas.State}},
    )
    def ready() -> Response:
        """Whether ledger and desk can be read and the log can be written."""
        try:
            service.ledger.last()
            log.head(service.desk)
            good = service.log.alive
        except (LedgerError, OSError):
            good = False
        return JSONResponse({"status": "ok" if good else "not ready"}, 200 if good else 503)

    @app.get(
        "/metrics",
        summary="Figures for Prometheus",
        tags=["operating"],
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **problems(401, 429)},
    )
    def figures(request: Request) -> Response:
        """Needs a key of any role, unless the settings open it."""
        if not service.settings.metrics_open:
            service.caller(request)
        return Response(metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _documents(app: FastAPI) -> None:
    @app.get("/docs", include_in_schema=False)
    def docs(request: Request) -> Response:
        return HTMLResponse(docs_page(app.openapi(), lang_of(request)))

    @app.get("/docs.css", include_in_schema=False)
    def style() -> Response:
        return Response(STYLE, media_type="text/css")


def _problems(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def told(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        return problem_response(problem, lang_of(request))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        fields = [(_field(one["loc"]), _words(one)) for one in error.errors()]
        return problem_response(Problem(422, "bad_value", fields=fields), lang_of(request))

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        known = _HTTP.get(error.status_code)
        problem = Problem(error.status_code if known else 400, known or "bad_request", headers=error.headers)
        return problem_response(problem, lang_of(request))

    @app.exception_handler(LedgerError)
    async def unavailable(request: Request, _: Exception) -> Response:
        return problem_response(Problem(503, "unavailable"), lang_of(request))


def _field(place: Sequence[Any]) -> str:
    """A field by its place: a parameter's name, or ``body.name``."""
    where, *names = map(str, place)
    return ".".join([where, *names]) if where == "body" else ".".join(names) or where


_SAID = {
    "missing": "field_missing",
    "extra_forbidden": "field_unknown",
    "json_invalid": "field_no_json",
    "string_too_long": "field_too_long",
    "string_too_short": "field_missing",
    "greater_than_equal": "field_range",
    "less_than_equal": "field_range",
}


def _words(one: Mapping[str, Any]) -> GraphServiceError:
    """What was wrong with a field, without the value."""
    code = _SAID.get(one["type"], "field_bad")
    limits = ", ".join(f"{name} {value}" for name, value in (one.get("ctx") or {}).items() if isinstance(value, int | float))
    return BadValue(code, limits=limits)
