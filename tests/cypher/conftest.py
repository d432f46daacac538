"""The sample register in the server, for a module of tests that only read it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cypher.province import Province, province
from tests.neo4j_fixtures import Neo4j


@pytest.fixture(scope="module")
def sample(neo4j_server: Neo4j, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    with province(neo4j_server, tmp_path_factory.mktemp("register")) as made:
        yield made
