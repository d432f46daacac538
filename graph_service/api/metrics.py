"""Figures of the service for Prometheus: requests by route, how long they took, and what waits to be pushed.  No person in a
label."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

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

    def gauge(self, name: str, text: str, read: Callable[[], float]) -> None:
        """A figure that is read when it is asked for."""
        Gauge(f"graph_service_{name}", text, registry=self._registry).set_function(read)

    def seen(self, route: str, method: str, status: int, seconds: float) -> None:
        """A request was answered."""
        method = method if method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE") else "other"
        self._requests.labels(route, method, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """All figures, as Prometheus reads them."""
        return generate_latest(self._registry)
