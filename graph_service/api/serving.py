"""Running the service: stores opened, rules of safe listening kept, until somebody asks it to stop."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn

from graph_service.access.keys import any_keys
from graph_service.api.app import AREAS, make_app
from graph_service.api.asking import Service
from graph_service.api.settings import Settings, is_loopback
from graph_service.api.workers import run_workers
from graph_service.desk.base import Desk
from graph_service.ledger.open import open_ledger
from graph_service.messages import BadValue, InputError

GRACE = 20
"""Seconds that requests under way have to end."""


HOW: dict[str, Any] = {
    "log_config": None,
    "access_log": False,
    "server_header": False,
    "proxy_headers": False,
    "lifespan": "on",
    "ws": "none",
    "timeout_graceful_shutdown": GRACE,
    "h11_max_incomplete_event_size": 32 * 1024,
}
"""How every server of ours runs."""


@contextmanager
def opened(settings: Settings) -> Iterator[Service]:
    """The service of some settings, its stores open.  Raises `LedgerError`."""
    ledger = open_ledger(settings.store, create=False)
    try:
        desk = Desk.open(settings.desk_path, AREAS)
        try:
            service = Service(settings, ledger, desk)
            try:
                yield service
            finally:
                service.close()
        finally:
            desk.close()
    finally:
        ledger.close()


def guarded(service: Service) -> bool:
    """Whether nobody asks without a key or token."""
    return service.tokens is not None or any_keys(service.desk)


def serve(settings: Settings, told: Callable[[str, int, bool], None]) -> None:
    """Serve until SIGINT or SIGTERM.  ``told`` learns where, and whether keys are asked for.

    Raises `BadValue` for a host that others can reach while nobody needs a key, `InputError` for one that cannot be listened on.
    """
    with _listen(settings) as listening:
        with opened(settings) as service:
            safe = guarded(service)
            if not safe and not is_loopback(settings.host):
                raise BadValue("serve_needs_key", host=settings.host)
            listening.listen(512)
            told(settings.host, listening.getsockname()[1], safe)
            if settings.workers == 1:
                patient()
                uvicorn.Server(uvicorn.Config(make_app(service), **HOW)).run(sockets=[listening])
                return
        run_workers(settings, listening, GRACE)


def patient() -> None:
    """Let threads take turns quickly: whoever receives and sends must not wait for a question that is worked out meanwhile."""
    sys.setswitchinterval(0.0005)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP, asyncio turns Nagle's algorithm off: else each body waits 40 ms for the other side to acknowledge its head.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((settings.host.strip("[]"), settings.port))
    except OSError as error:
        made.close()
        reason = error.strerror or type(error).__name__
        raise InputError("serve_cannot_listen", host=settings.host, port=settings.port, reason=reason) from None
    return made
