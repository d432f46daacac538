"""The compose file: valid, no password by default, nothing open to the network, data kept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FILE = ROOT / "docker-compose.yml"


def _compose() -> list[str]:
    """The command that reads compose files; skips where there is none."""
    if shutil.which("docker"):
        told = subprocess.run(["docker", "compose", "version"], capture_output=True, check=False)
        if told.returncode == 0:
            return ["docker", "compose"]
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    pytest.skip("neither docker compose nor docker-compose is here to read the file")


def _config(**given: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NEO4J_")}
    return subprocess.run(
        [*_compose(), "-f", str(FILE), "config"], capture_output=True, text=True, check=False, cwd=ROOT, env={**kept, **given}
    )


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    return dict(yaml.safe_load(FILE.read_text("utf-8"))["services"])


def test_it_is_valid() -> None:
    told = _config(NEO4J_PASSWORD="long-enough")
    assert told.returncode == 0, told.stderr


def test_without_a_password_it_says_so_and_does_not_start() -> None:
    told = _config()
    assert told.returncode != 0
    assert "NEO4J_PASSWORD" in told.stderr


def test_no_password_has_a_default(services: dict[str, Any]) -> None:
    settings = [str(value) for one in services.values() for value in one["environment"].values()]
    named = [text for text in settings if "PASSWORD" in text]
    assert len(named) == len(services)
    assert all(re.search(r"\$\{NEO4J_PASSWORD:\?[^}]+\}", text) for text in named)


def test_ports_are_on_this_machine_only(services: dict[str, Any]) -> None:
    ports = [port for one in services.values() for port in one.get("ports", ())]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_database_is_watched_and_its_data_outlives_it(services: dict[str, Any]) -> None:
    neo4j = services["neo4j"]
    assert neo4j["healthcheck"]["test"]
    assert services["graph-service"]["depends_on"]["neo4j"]["condition"] == "service_healthy"
    assert services["service"]["healthcheck"]["test"]
    kept = {volume.partition(":")[0] for one in services.values() for volume in one["volumes"]} - {"."}
    assert kept == set(yaml.safe_load(FILE.read_text("utf-8"))["volumes"])


def test_the_image_is_made_of_what_is_there() -> None:
    text = (ROOT / "scripts" / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (.+) \S+$", text, re.M):
        assert all((ROOT / name).exists() for name in line.split())
