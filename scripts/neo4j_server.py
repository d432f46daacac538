"""A Neo4j server of one's own, on loopback, for tests and for looking around: no Docker, no root, nothing installed.

    python scripts/neo4j_server.py            start one with an empty database; Ctrl-C stops it and removes what it held
    python scripts/neo4j_server.py --keep     the same, but its database is kept in .neo4j/kept for the next time

Needs Java 17 or later and Maven, which brings Neo4j Community's artifacts (`neo4j-pom.xml`) once into ``.neo4j/lib-VERSION``.
Every server gets a home of its own under ``.neo4j``, a free port and a random password; the password is in the file ``password``
of the home, readable by its owner alone, and in no output.  The server runs as a process of its own and ends with the one that
started it.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
POM = ROOT / "scripts" / "neo4j-pom.xml"
PLACE = ROOT / ".neo4j"
PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
JAVA = 17
HEAP = "1g"
USER = "neo4j"
START_SECONDS = 120
STOP_SECONDS = 60

_CONF = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.http.enabled=false
dbms.usage_report.enabled=false
server.memory.pagecache.size=256m
db.tx_log.rotation.retention_policy=1 files
"""


class Missing(Exception):
    """What the server needs is not on this machine; says in one line what."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address, credentials, home and process."""

    uri: str
    user: str
    password: str
    home: Path
    process: subprocess.Popen[bytes]


def version() -> str:
    """The version of the server, as the pom says."""
    found = re.search(r"<artifactId>neo4j</artifactId>\s*<version>([^<]+)</version>", POM.read_text("utf-8"))
    assert found is not None
    return found[1]


def libraries() -> Path:
    """The folder of the server's libraries, fetched by Maven where they are not there yet.  Raises `Missing`."""
    _need_java()
    folder = PLACE / f"lib-{version()}"
    if not folder.is_dir():
        maven = shutil.which("mvn")
        if maven is None:
            raise Missing("no Maven (mvn) here to fetch Neo4j with")
        PLACE.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=PLACE, prefix="lib-") as scratch:
            command = [maven, "-B", "-q", "-f", str(POM), PLUGIN, "-DincludeScope=runtime", f"-DoutputDirectory={scratch}/lib"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                reason = next((line for line in done.stdout.splitlines() if "ERROR" in line), "it says nothing")
                reason = re.sub(r"https?://[^ ]*", "(the repository)", reason)
                raise Missing(f"Maven could not fetch Neo4j {version()}: {reason[:300]}")
            with suppress(OSError):  # another process was first
                Path(scratch, "lib").rename(folder)
    return folder


def _need_java() -> None:
    java = shutil.which("java")
    if java is None:
        raise Missing("no Java here to run Neo4j with")
    told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', told)
    if found is None or int(found[1]) < JAVA:
        raise Missing(f"Neo4j needs Java {JAVA} or later")


@contextmanager
def server(home: Path | None = None) -> Iterator[Server]:
    """A running server; it is stopped in order at the end, and its home removed unless one was given.  Raises `Missing`."""
    lib = libraries()
    place = home or Path(tempfile.mkdtemp(dir=PLACE, prefix="run-"))
    try:
        made = start(lib, place)
        try:
            yield made
        finally:
            stop(made)
    finally:
        if home is None:
            shutil.rmtree(place, ignore_errors=True)


def start(lib: Path, home: Path, settings: str = "", *, heap: str = HEAP) -> Server:
    """Start a server in a home, which is made where there is none, and wait until it answers.  Raises `Missing`.

    ``settings`` are further lines of its configuration, ``heap`` the memory that it computes in.
    """
    port = _free_port()
    conf = home / "conf"
    conf.mkdir(parents=True, exist_ok=True)
    (conf / "neo4j.conf").write_text(_CONF.format(port=port) + settings, "utf-8")
    environment = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(conf)}
    kept = home / "password"
    if not kept.exists():
        with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(18))
        setting = ["java", "-Xmx256m", "-cp", f"{lib}/*", "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", "--"]
        told = subprocess.run([*setting, kept.read_text("utf-8")], env=environment, capture_output=True, text=True, check=False)
        if told.returncode:
            raise Missing(f"Neo4j could not be set up: {told.stderr.strip().splitlines()[-1:]}")
    # Where there is setpriv, a killed test run leaves no server behind.
    bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    # Appends hold much for short: the parallel collector takes a third of the time that the default one takes for them.
    command = [
        *bound,
        "java",
        f"-Xms{heap}",
        f"-Xmx{heap}",
        "-XX:+UseParallelGC",
        "-cp",
        f"{lib}/*",
        "org.neo4j.server.CommunityEntryPoint",
    ]
    with (home / "console.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, f"--home-dir={home}", f"--config-dir={conf}"],
            env=environment,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for us, who stop it in order
        )
    made = Server(f"bolt://127.0.0.1:{port}", USER, kept.read_text("utf-8"), home, process)
    try:
        _wait(made, port)
    except BaseException:
        stop(made)
        raise
    return made


def stop(made: Server) -> None:
    """Stop a server in order; after a minute, hard."""
    if made.process.poll() is None:
        made.process.terminate()
        try:
            made.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            made.process.kill()
            made.process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(made: Server, port: int) -> None:
    """Wait until the database answers, not only the port."""
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    deadline = time.monotonic() + START_SECONDS
    while made.process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
    while made.process.poll() is None and time.monotonic() < deadline:
        with suppress(DriverError, Neo4jError), GraphDatabase.driver(made.uri, auth=(made.user, made.password)) as driver:
            driver.execute_query("RETURN 1")
            return
        time.sleep(0.2)
    last = (made.home / "console.log").read_text("utf-8", errors="replace").strip().splitlines()[-1:]
    raise Missing(f"Neo4j did not start: {' '.join(last)[:300]}")


def main() -> None:
    """Run a server until Ctrl-C."""
    parser = argparse.ArgumentParser(description="Run a Neo4j server on loopback until Ctrl-C.")
    parser.add_argument("--keep", action="store_true", help="keep its database in .neo4j/kept for the next time")
    home = PLACE / "kept" if parser.parse_args().keep else None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        with server(home) as made:
            print(f"Neo4j {version()} answers.  In another terminal:")
            print(f"  export NEO4J_USER={made.user} NEO4J_PASSWORD=$(cat {made.home / 'password'})")
            print(f"  graph-service ingest demo/register --store {made.uri}    (or with NEO4J_URI={made.uri}: make test)")
            print("Ctrl-C stops it.", flush=True)
            with suppress(KeyboardInterrupt):
                made.process.wait()
    except Missing as missing:
        sys.exit(str(missing))


if __name__ == "__main__":
    main()
