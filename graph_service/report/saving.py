"""Writing a page to a file: whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from graph_service.messages import InputError


def save(path: Path, text: str) -> Path:
    """Write a page, in the place of one that was there; gives its path.  Raises `InputError` if the place cannot be written."""
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}-", delete=False) as stage:
            stage.write(text)
        whole = Path(stage.name)
        whole.chmod(0o644)
        whole.replace(path)
    except OSError as error:
        raise InputError("report_unwritable", path=path, cause=error.strerror or type(error).__name__) from None
    return path
