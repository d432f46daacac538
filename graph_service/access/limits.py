"""Rate limits: a bucket of tokens for each caller, in memory, filled at a steady rate."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable


class Limits:
    """``rate`` requests a second for each name, and ``burst`` at once after a pause.  Safe for several threads.

    At most ``names`` buckets are kept; the one that was used longest ago is forgotten first, which only ever gives it a full
    bucket again.
    """

    def __init__(self, rate: float, burst: int, *, names: int = 10_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._names, self._clock = rate, burst, names, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, name: str) -> float:
        """Take a token: 0 where there was one, otherwise the seconds until there is.

        >>> now = [0.0]
        >>> limits = Limits(2, 1, clock=lambda: now[0])
        >>> limits.take("a"), limits.take("a"), limits.take("b")
        (0.0, 0.5, 0.0)
        """
        with self._lock:
            now = self._clock()
            tokens, last = self._buckets.pop(name, (float(self._burst), now))
            tokens = min(self._burst, tokens + (now - last) * self._rate)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
            self._buckets[name] = (tokens if wait else tokens - 1, now)
            while len(self._buckets) > self._names:
                self._buckets.popitem(last=False)
            return wait
