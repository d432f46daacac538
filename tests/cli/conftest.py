"""A small sample register, the store it was loaded into, and the command line to ask them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.cli.app import main
from graph_service.sample import generate, write
from tests.cli.helpers import Ask


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample register as a folder."""
    folder = tmp_path_factory.mktemp("register")
    write(folder, generate(20, seed=3, dirty=False))
    return folder


@pytest.fixture(scope="session")
def store(register: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a store with the sample register."""
    url = f"sqlite:///{tmp_path_factory.mktemp('store') / 'facts.db'}"
    assert main(["ingest", str(register), "--store", url]) == 0
    return url


@pytest.fixture
def ask(store: str, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command on the store (or on another, or on none): its exit code, output and complaints."""

    def run(*arguments: str, on: str | None = store) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*arguments, *(["--store", on] if on else [])])
        out, err = capsys.readouterr()
        return code, out, err

    return run


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables as wide as on a wide terminal, whatever runs the tests."""
    monkeypatch.setenv("COLUMNS", "160")
