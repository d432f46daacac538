"""Figures of the service for Prometheus: requests by route, how long they took, what waits to be pushed.  No person in a label.

Where several processes answer, their counts lie in files of a folder (``PROMETHEUS_MULTIPROC_DIR``, set for them before they
start), and whichever is asked adds them up.  Figures of the stores are the same for all and are read when they are asked for.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

SHARED = "PROMETHEUS_MULTIPROC_DIR"
_BOUNDS = (0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Metrics:
    """The figures of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        names = ["route", "method", "status"]
        self._requests = Counter("graph_service_requests", "Requests answered.", names, registry=self._registry)
        self._seconds = Histogram(
            "graph_service_request_seconds", "How long answers took.", ["route"], buckets=_BOUNDS, registry=self._registry
        )
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A figure of the stores, read when it is asked for."""
        self._gauges.append((f"graph_service_{name}", text, read))

    def seen(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        method = method if method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE") else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        registry = self._registry
        if os.environ.get(SHARED):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        gauges = [f"# HELP {name} {text}\n# TYPE {name} gauge\n{name} {read()}\n" for name, text, read in self._gauges]
        return generate_latest(registry) + "".join(gauges).encode()
