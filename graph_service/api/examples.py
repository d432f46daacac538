"""Examples for the OpenAPI document: answers about the sample register, each cut to its first rows."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

EXAMPLES: dict[str, Any] = json.loads(resources.files(__package__).joinpath("examples.json").read_text("utf-8"))
