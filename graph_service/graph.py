"""The library as a notebook uses it (being built on `graph_service.questions`)."""

from __future__ import annotations

from graph_service.questions.ask import Questions as Graph
from graph_service.questions.opening import open_store as open
from graph_service.questions.opening import read_register

__all__ = ["Graph", "open", "read_register"]
