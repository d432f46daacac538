"""Several processes that listen on one socket: started, watched, and stopped together.

Each opens stores of its own, for a connection does not survive a fork; log, writes and outbox are kept in order by the desk.  A
process that dies is started again, after a pause where it died young.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import uvicorn

from graph_service.api.app import make_app
from graph_service.api.metrics import SHARED
from graph_service.api.settings import Settings

SETTINGS, SOCKET = "GRAPH_SERVICE_WORKER_SETTINGS", "GRAPH_SERVICE_WORKER_SOCKET"
YOUNG = 5.0
_ENDING = (signal.SIGTERM, signal.SIGINT)


def run_workers(settings: Settings, listening: socket.socket, grace: int) -> None:
    """Run the processes until SIGINT or SIGTERM, and then let each end what it does."""
    with tempfile.TemporaryDirectory() as figures:
        environment = {**os.environ, SETTINGS: settings.model_dump_json(), SOCKET: str(listening.fileno()), SHARED: figures}
        _watch(settings.workers, listening, environment, grace)


def _watch(workers: int, listening: socket.socket, environment: dict[str, str], grace: int) -> None:
    ending: list[int] = []
    before = {one: signal.signal(one, lambda number, _: ending.append(number)) for one in _ENDING}
    started: dict[subprocess.Popen[bytes], float] = {}

    def start() -> None:
        made = subprocess.Popen(  # noqa: S603 (ourselves)
            [sys.executable, "-m", __name__], env=environment, pass_fds=[listening.fileno()], start_new_session=True
        )
        started[made] = time.monotonic()

    try:
        for _ in range(workers):
            start()
        while not ending:
            time.sleep(0.2)
            for one in [it for it in started if it.poll() is not None]:
                if time.monotonic() - started.pop(one) < YOUNG:
                    time.sleep(1)
                start()
    finally:
        for one in started:
            one.terminate()
        for one in started:
            try:
                one.wait(grace + 5)
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()
        for number, how in before.items():
            signal.signal(number, how)


def main() -> None:
    """One of the processes.  It ends when the one that started it is gone."""
    from graph_service.api.serving import HOW, opened, patient

    settings = Settings.model_validate_json(os.environ[SETTINGS])
    with socket.socket(fileno=int(os.environ[SOCKET])) as listening, opened(settings) as service:
        patient()
        server = uvicorn.Server(uvicorn.Config(make_app(service), **HOW))
        parent = os.getppid()

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(0.5)
            server.should_exit = True

        threading.Thread(target=watch, daemon=True).start()
        server.run(sockets=[listening])


if __name__ == "__main__":
    main()
