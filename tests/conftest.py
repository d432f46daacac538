"""What all tests share: hypothesis without deadlines (a loaded machine is no failure), and the folder of shared material."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.neo4j_fixtures import GROUP, Neo4j, missing, running

settings.register_profile("unhurried", deadline=None, print_blob=True)
# A gate tries the same examples every time; whoever works here tries others on every run.
settings.register_profile("gate", deadline=None, print_blob=True, derandomize=True)
settings.load_profile("gate" if os.environ.get("CI") else "unhurried")

SHARED = Path(__file__).parents[1].parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of worked answers and real data beside the project; tests that need it skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("needs the folder ../shared with vectors and real data, which is not part of the project")
    return SHARED


@pytest.hookimpl
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Side by side, tests of one group stay in one process: those of the one Neo4j server."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "loadgroup"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the tests that need a Neo4j server where there can be none: from here, so that it is one line for all of them."""
    if any(mark.args == GROUP.args for mark in item.iter_markers("xdist_group")):
        reason = missing()
        if reason:
            pytest.skip(f"Neo4j: {reason}; with NEO4J_URI these tests use a server that runs already")


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4j]:
    """The Neo4j server of this run."""
    with running() as made:
        yield made


@pytest.fixture
def neo4j(neo4j_server: Neo4j) -> Iterator[Neo4j]:
    """The server with nothing of ours in it."""
    neo4j_server.empty()
    yield neo4j_server
    neo4j_server.empty()
