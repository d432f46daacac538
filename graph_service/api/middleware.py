"""What stands around every request: its id, the limit of its body, headers that keep browsers safe, figures, and one line of log.

The line has no path, no query and no header of the request, only the route's template: no person can be in it.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from graph_service.api.metrics import Metrics
from graph_service.api.problems import Problem, problem_response
from graph_service.messages import Lang

SAFE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cache-Control": "private, no-cache",
}
Tell = Callable[[dict[str, object]], None]


def tell_to(stream: TextIO) -> Tell:
    """Write log lines to a stream, each a JSON object."""

    def tell(said: dict[str, object]) -> None:
        line = json.dumps({"at": datetime.now(UTC).isoformat(timespec="milliseconds"), **said}, ensure_ascii=False)
        stream.write(line + "\n")
        stream.flush()

    return tell


def language(scope: Scope) -> Lang:
    """The language of a request: ``lang`` in its query, otherwise the first that it accepts and we speak."""
    query = scope.get("query_string", b"").decode("latin-1").split("&")
    for one in query:
        if one in ("lang=en", "lang=zh"):
            return "zh" if one == "lang=zh" else "en"
    best, lang = 0.0, "en"
    for one in Headers(scope=scope).get("accept-language", "").split(","):
        tag, _, weight = one.strip().partition(";q=")
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            continue
        if value > best and (spoken := tag[:2].lower()) in ("en", "zh"):
            best, lang = value, spoken
    return "zh" if lang == "zh" else "en"


class Around:
    """An application with all that around it."""

    def __init__(self, app: ASGIApp, *, body_limit: int, metrics: Metrics, tell: Tell | None = None) -> None:
        self._app, self._limit, self._metrics = app, body_limit, metrics
        self._tell = tell or tell_to(sys.stderr)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status, sent = time.perf_counter(), 500, False
        state = scope.setdefault("state", {})
        state["id"], state["lang"] = secrets.token_hex(8), language(scope)
        read = 0

        async def receiving() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise Problem(413, "too_large", limit=self._limit)
            return message

        async def sending(message: Message) -> None:
            if read <= self._limit:
                await emit(message)
            elif not sent:  # the framework would call it a body that cannot be read
                problem = Problem(413, "too_large", limit=self._limit)
                await problem_response(problem, state["lang"])(scope, receive, emit)

        async def emit(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status, sent = message["status"], True
                headers = MutableHeaders(scope=message)
                for name, value in SAFE.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = state["id"]
                headers.setdefault("Content-Language", state["lang"])
            await send(message)

        failure = ""
        try:
            if int(Headers(scope=scope).get("content-length") or 0) > self._limit:
                raise Problem(413, "too_large", limit=self._limit)
            await self._app(scope, receiving, sending)
        except Problem as problem:
            await problem_response(problem, state["lang"])(scope, receive, sending)
        except Exception as error:  # noqa: BLE001 (nothing of an error may leave: its text can name a person)
            failure = f"{type(error).__name__} in {_place(error)}"
            if not sent:
                await problem_response(Problem(500, "failed"), state["lang"])(scope, receive, sending)
        finally:
            route = getattr(scope.get("route"), "path", "") or "none"
            seconds = time.perf_counter() - begun
            self._metrics.seen(route, scope["method"], status, seconds)
            said: dict[str, object] = {
                "request": state["id"],
                "method": scope["method"] if scope["method"].isalpha() else "?",
                "route": route,
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
            self._tell(said | ({"failure": failure} if failure else {}))


def _place(error: BaseException) -> str:
    """Where an error was raised: module and line, nothing of its values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "?" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
