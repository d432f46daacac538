"""The HTTP service under load: who answers for an enterprise, with keys, masking and log, over loopback.

    python -m benchmarks.service --store sqlite:///store.db --ids enterprises.csv [--workers 2] [--connections 2] [--seconds 20]

Needs wrk.  It starts the service on the store with a desk of its own in a temporary folder, asks ``liable-persons`` of
enterprises drawn from the first column of ``--ids`` as an analyst (persons masked, every answer logged), and prints requests a
second and how long answers took.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from graph_service.access.keys import add_key
from graph_service.access.log import verify
from graph_service.api.app import AREAS
from graph_service.desk.base import Desk

SCRIPT = """
local ids = {}
for line in io.lines(os.getenv("BENCH_IDS")) do ids[#ids + 1] = line end
local headers = {["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY"), ["X-Purpose"] = "benchmark"}
function init(args) math.randomseed(tonumber(os.getenv("BENCH_SEED"))) end
function request()
  local path = "/v1/enterprises/" .. ids[math.random(#ids)] .. "/liable-persons?at=" .. os.getenv("BENCH_AT")
  return wrk.format("GET", path, headers)
end
function done(summary, latency, requests)
  local it = summary.errors
  local wrong = it.status + it.connect + it.read + it.write + it.timeout
  io.write(string.format("%d %d %d %.3f %.3f %.3f %.3f\\n", summary.requests, wrong, summary.duration,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
"""


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--store", required=True)
    read.add_argument("--ids", required=True, type=Path)
    read.add_argument("--at", default="2024-06-01")
    read.add_argument("--role", default="analyst", choices=["reader", "analyst", "admin"])
    read.add_argument("--workers", type=int, default=2)
    read.add_argument("--connections", type=int, default=2)
    read.add_argument("--seconds", type=int, default=20)
    given = read.parse_args()
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk is not installed")
    with tempfile.TemporaryDirectory() as folder:
        ids = Path(folder) / "ids"
        lines = given.ids.read_text("utf-8").splitlines()
        ids.write_text("\n".join(sorted({line.split(",")[0] for line in lines[1:]})) + "\n", "utf-8")
        script = Path(folder) / "load.lua"
        script.write_text(SCRIPT, "utf-8")
        desk = Desk.open(Path(folder) / "desk.db", AREAS)
        _, key = add_key(desk, "benchmark", given.role)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        where = ("--port", str(port), "--workers", str(given.workers))
        rates = {"GRAPH_SERVICE_RATE": "1000000", "GRAPH_SERVICE_BURST": "1000000"}
        service = subprocess.Popen(
            [sys.executable, "-m", "graph_service", "serve", "--store", given.store, "--desk", str(desk.path), *where],
            env={**os.environ, **rates},
            stderr=subprocess.DEVNULL,
        )
        try:
            _until_ready(port)
            load = {"BENCH_IDS": str(ids), "BENCH_KEY": key, "BENCH_AT": given.at}
            for turn in ("warm", "measured"):
                seconds = 5 if turn == "warm" else given.seconds
                done = subprocess.run(
                    [wrk, "-t1", f"-c{given.connections}", f"-d{seconds}s", "-s", str(script), f"http://127.0.0.1:{port}"],
                    env={**os.environ, **load, "BENCH_SEED": "1" if turn == "warm" else "2"},
                    capture_output=True,
                    text=True,
                    check=True,
                )
            requests, wrong, micros, *latency = done.stdout.splitlines()[-1].split()
        finally:
            service.terminate()
            service.wait()
        checked = verify(desk)
        desk.close()
    rate = int(requests) / (int(micros) / 1e6)
    print(f"{given.role}, {given.workers} processes, {given.connections} connections, load {os.getloadavg()[0]:.1f}:")
    print(f"  {rate:.0f} requests/s, {wrong} failed; ms: p50 {latency[0]}, p95 {latency[1]}, p99 {latency[2]}, max {latency[3]}")
    print(f"  the log holds {checked.entries} entries and is {checked.fault or 'whole'}")


def _until_ready(port: int) -> None:
    for _ in range(600):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    sys.exit("the service does not answer")


if __name__ == "__main__":
    main()
