"""Writing a page to a file: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

from graph_service.messages import InputError


def save(path: Path, text: str) -> Path:
    """Write a page, in the place of one that was there; gives its path.  Raises `InputError` if the place cannot be written."""
    stage = path.with_name(f".{path.name or 'report'}-{os.getpid()}")
    try:
        stage.write_text(text, encoding="utf-8")
        stage.replace(path)
    except (OSError, ValueError) as error:  # ValueError: a path that no file system takes
        stage.unlink(missing_ok=True)
        cause = getattr(error, "strerror", None) or type(error).__name__
        raise InputError("report_unwritable", path=path, cause=cause) from None
    return path
