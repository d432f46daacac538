"""The OpenAPI document against the service: no error of ours, no answer outside its schema, whatever is asked.

GRAPH_SERVICE_FUZZ_EXAMPLES says how many requests of each kind (default 8).
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from tests.api.world import Town

EXAMPLES = int(os.environ.get("GRAPH_SERVICE_FUZZ_EXAMPLES", "8"))
CHECKS: list[Any] = [status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.mark.parametrize("who", ["admin", "analyst", ""])
def test_nothing_that_is_asked_is_answered_outside_the_document(own_town: Town, who: str) -> None:
    headers = own_town.headers(who)
    own_town.service.strangers.take = lambda _: 0.0  # type: ignore[method-assign, assignment]  # here strangers may knock often
    base = str(own_town.client.base_url).rstrip("/")
    schema: Any = schemathesis.openapi.from_dict(own_town.client.get("/openapi.json").json())

    def ask(case: Any) -> None:
        answer = case.call(base_url=base, headers=headers)
        assert answer.status_code < 500
        case.validate_response(answer, checks=CHECKS)

    operations = [one.ok() for one in schema.get_all_operations()]
    assert len(operations) >= 14
    for operation in operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            strategy = operation.as_strategy(generation_mode=mode)
            rules = settings(
                max_examples=EXAMPLES if who == "admin" else max(2, EXAMPLES // 4),
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.generate],
            )
            # An operation without parameters has nothing to get wrong.
            given_cases: Any = given(strategy)
            with suppress(Unsatisfiable):
                rules(given_cases(ask))()
