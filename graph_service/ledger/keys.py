"""The key of identity hashes: from the environment, or from a file beside the database that is made on first use.

Identity numbers are few enough to be tried one by one, so their hashes protect people only as long as the key is secret:
it is in no message, it is never stored in the ledger (only a fingerprint is), and its file is readable by its owner alone.
"""

from __future__ import annotations

import hmac
import os
import secrets
from hashlib import sha256
from pathlib import Path

from graph_service.messages import LedgerError

VARIABLE = "GRAPH_SERVICE_IDENTITY_KEY"
SHORTEST = 16
_FILE_KEY = 32


def key_from_environment() -> bytes | None:
    """The key that the environment gives; None where it gives none.  Raises `LedgerError` for one that is too short."""
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    if len(text) < SHORTEST:
        raise LedgerError("identity_key_short", variable=VARIABLE, shortest=SHORTEST)
    return text.encode("utf-8", "surrogateescape")


def new_key() -> bytes:
    """A new random key."""
    return secrets.token_hex(_FILE_KEY).encode()


def fingerprint(key: bytes) -> str:
    """What a ledger keeps of its key, to know it again."""
    return hmac.new(key, b"graph-service identity key", sha256).hexdigest()[:32]


def key_file(database: Path) -> Path:
    """Where the key of a database lies."""
    return database.with_name(f"{database.name}.key")


def read_key_file(path: Path) -> bytes | None:
    """The key in a file; None where there is no file.  Raises `LedgerError` for a file that cannot be read or holds no key."""
    try:
        key = path.read_bytes().strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError("identity_key_unreadable", path=path, reason=error.strerror) from None
    if len(key) < SHORTEST:
        raise LedgerError("identity_key_broken", path=path)
    return key


def make_key_file(path: Path) -> bytes:
    """Make the key file, whole or not at all; where another process was first, its key counts.  Raises `LedgerError`.

    The key is written under another name and linked to its place: nobody can read half a key, and a link never
    replaces a file that is there.
    """
    draft = path.with_name(f"{path.name}.{secrets.token_hex(6)}.new")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(new_key() + b"\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            else:
                _sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise LedgerError("identity_key_unwritable", path=path, reason=error.strerror) from None
    key = read_key_file(path)
    if key is None:
        raise LedgerError("identity_key_broken", path=path)
    return key


def _sync_folder(folder: Path) -> None:
    """Make the new name durable where folders can be synced (not on Windows)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
