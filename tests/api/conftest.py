"""One world that tests only read, and one for each test that changes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.world import Town, town


@pytest.fixture(scope="module")
def shared_town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A service that tests of a module only ask."""
    with town(tmp_path_factory.mktemp("town")) as made:
        yield made


@pytest.fixture
def own_town(tmp_path: Path) -> Iterator[Town]:
    """A service of one test."""
    with town(tmp_path) as made:
        yield made
