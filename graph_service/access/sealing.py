"""The service's one secret, and what is derived from it: pseudonyms, cursors, the signatures of what is pushed.

It comes from ``GRAPH_SERVICE_KEY``, or from a file beside the desk that is made on first use and that only its owner can read.
With another secret every pseudonym is another; nothing else depends on it.  It is never stored in the desk and is in no message.
"""

from __future__ import annotations

import hmac
import os
import secrets
from contextlib import suppress
from hashlib import sha256, sha512
from pathlib import Path

from graph_service.messages import LedgerError

VARIABLE = "GRAPH_SERVICE_KEY"
SHORTEST = 32


def service_key(desk: Path) -> bytes:
    """The secret of the service whose desk lies at a path.  Raises `LedgerError`."""
    text = os.environ.get(VARIABLE)
    if text:
        if len(text) < SHORTEST:
            raise LedgerError("service_key_short", variable=VARIABLE, shortest=SHORTEST)
        return text.encode("utf-8", "surrogateescape")
    path = key_place(desk)
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes().strip()
    except OSError as error:
        raise LedgerError("service_key_unusable", path=path, reason=error.strerror) from None
    if len(key) < SHORTEST:
        raise LedgerError("service_key_unusable", path=path, reason="too short")
    return key


def key_place(desk: Path) -> Path:
    """Where the secret of a desk lies."""
    return desk.with_name(f"{desk.name}.key")


def derived(key: bytes, what: str) -> bytes:
    """32 bytes for one use of the secret."""
    return hmac.new(key, what.encode(), sha256).digest()


def derived_long(key: bytes, what: str) -> bytes:
    """64 bytes for one use of the secret."""
    return hmac.new(key, what.encode(), sha512).digest()


def _make(path: Path) -> None:
    """The file is written under another name and linked to its place, so that nobody reads half a key or replaces one."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # another process was first: its key counts
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
