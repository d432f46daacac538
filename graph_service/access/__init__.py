"""Who may see what: callers and their roles, what is masked for them, and the log of who asked what about whom.

Knows no web framework and no engine.  What lies in the desk's database is an area of its own here; `AREAS` lists them.
"""

from __future__ import annotations

from graph_service.access.keys import KEYS
from graph_service.access.log import LOG

AREAS = (KEYS, LOG)
"""The areas of the desk that this room brings."""
