"""The published JSON Schema of every file of a pack: ``pack.schema.json``, for editors and other tools."""

from __future__ import annotations

import json

from pydantic.json_schema import models_json_schema

from graph_service.policy.desk_schema import LawFile
from graph_service.policy.scenarios import ScenarioFile
from graph_service.policy.schema import PackFile


def published_schema() -> str:
    """The JSON Schema of all files of a pack, as the text of ``pack.schema.json``."""
    refs, schema = models_json_schema(
        [(PackFile, "validation"), (LawFile, "validation"), (ScenarioFile, "validation")],
        title="A file of a policy pack",
        description="pack.yaml, a file of rules, or a file of scenarios",
        ref_template="#/$defs/{model}",
    )
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "anyOf": [refs[(model, "validation")] for model in (PackFile, LawFile, ScenarioFile)],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
