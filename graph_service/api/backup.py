"""Backup and restore of a SQLite ledger and its desk, both of one moment, while the service goes on.

The moment is taken under the desk's write lock: every write and every answer ends with a commit of the desk, so nothing is
acknowledged between the ledger's state and the desk's.  The lock is let go at once; the copies are then made from the two
snapshots (write-ahead log).  So in a backup no change that was acknowledged is missing, the log holds every answer that was
given, and no cursor of a webhook is ahead of the ledger.

The folder holds the keys too (mode 0700): without them pseudonyms change, and identity hashes cannot be compared.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

from graph_service.access.log import verify
from graph_service.access.sealing import key_place
from graph_service.api.app import AREAS
from graph_service.desk.base import Desk
from graph_service.desk.place import desk_of
from graph_service.ledger.open import open_ledger
from graph_service.messages import BadValue, GraphServiceError, InputError

LEDGER, DESK, MANIFEST = "ledger.db", "desk.db", "manifest.json"
_SQLITE = "sqlite:///"
_PAGES = 1024


def back_up(store: str, desk: Path | None, folder: Path) -> dict[str, Any]:
    """Copy a store and its desk into a new folder; gives the manifest.  Raises `BadValue`, `LedgerError`."""
    ledger_path = _ledger_path(store)
    desk_path = desk if desk is not None else desk_of(store)
    if not desk_path.exists():
        raise BadValue("desk_missing", path=desk_path)
    open_ledger(store, create=False).close()
    if folder.exists():
        raise BadValue("backup_there", path=folder)
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700, parents=True)
    with closing(_reading(ledger_path)) as facts, closing(_reading(desk_path)) as books:
        opened = Desk.open(desk_path, AREAS)
        try:
            with opened.write():
                _begin(facts)
                _begin(books)
        finally:
            opened.close()
        _copy(facts, draft / LEDGER)
        _copy(books, draft / DESK)
    for source, name in ((key_place(ledger_path), f"{LEDGER}.key"), (key_place(desk_path), f"{DESK}.key")):
        if source.exists():
            shutil.copy2(source, draft / name)
    manifest = _measured(draft)
    manifest["files"] = {one.name: _digest(one) for one in sorted(draft.iterdir())}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2), "utf-8")
    for one in draft.iterdir():
        _sync(one)
    draft.rename(folder)
    return manifest


def restore(folder: Path, store: str, desk: Path | None) -> dict[str, Any]:
    """Put a backup where nothing is yet; gives its manifest.

    Raises `BadValue` where something is there, `InputError` for a backup that is not whole; then nothing was changed.
    """
    ledger_path = _ledger_path(store)
    desk_path = desk if desk is not None else desk_of(store)
    places = {
        LEDGER: ledger_path,
        DESK: desk_path,
        f"{LEDGER}.key": key_place(ledger_path),
        f"{DESK}.key": key_place(desk_path),
    }
    for path in places.values():
        if path.exists():
            raise BadValue("backup_there", path=path)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        files: dict[str, str] = manifest["files"]
        wrong = [name for name, digest in files.items() if name not in places or _digest(folder / name) != digest]
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise InputError("backup_broken", folder=folder, reason=type(error).__name__) from None
    if wrong or not {LEDGER, DESK} <= set(files):
        raise InputError("backup_broken", folder=folder, reason=", ".join(wrong) or MANIFEST)
    made: list[Path] = []
    try:
        # Keys first: a store that is there has its key.
        for name in sorted(files, key=lambda one: not one.endswith(".key")):
            made.append(places[name])
            places[name].parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, places[name])
            os.chmod(places[name], 0o600)  # noqa: PTH101 (as the keys were made)
            _sync(places[name])
        found = _measured_at(ledger_path, desk_path)
    except (OSError, GraphServiceError, sqlite3.Error) as error:
        for path in made:
            path.unlink(missing_ok=True)
        raise InputError("backup_broken", folder=folder, reason=str(error)) from None
    if any(found[name] != manifest.get(name) for name in found):
        for path in made:
            path.unlink(missing_ok=True)
        raise InputError("backup_broken", folder=folder, reason=MANIFEST)
    return manifest


def _ledger_path(store: str) -> Path:
    if not store.startswith(_SQLITE):
        raise BadValue("backup_only_sqlite")
    return Path(store[len(_SQLITE) :])


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=30, isolation_level=None)


def _begin(connection: sqlite3.Connection) -> None:
    """From here on the connection sees this moment."""
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()


def _copy(source: sqlite3.Connection, place: Path) -> None:
    with closing(sqlite3.connect(place)) as target:
        source.backup(target, pages=_PAGES)
    os.chmod(place, 0o600)  # noqa: PTH101 (a file that others can read)


def _measured(folder: Path) -> dict[str, Any]:
    return _measured_at(folder / LEDGER, folder / DESK)


def _measured_at(ledger_path: Path, desk_path: Path) -> dict[str, Any]:
    """Positions and heads of two copies, after checking them whole."""
    for path in (ledger_path, desk_path):
        with closing(sqlite3.connect(path)) as connection:
            if connection.execute("PRAGMA quick_check").fetchone()[0] != "ok":
                raise InputError("backup_broken", folder=path.parent, reason=path.name)
    ledger = open_ledger(f"{_SQLITE}{ledger_path}", create=False)
    try:
        last = ledger.last()
    finally:
        ledger.close()
    desk = Desk.open(desk_path, AREAS)
    try:
        found = verify(desk)
    finally:
        desk.close()
    if found.fault is not None:
        raise InputError("backup_broken", folder=desk_path.parent, reason=f"{found.fault} {found.seq}")
    _merged(ledger_path)
    _merged(desk_path)
    return {"position": last.number, "recorded_at": last.recorded_at, "entries": found.entries, "head": str(found.head)}


def _merged(path: Path) -> None:
    """Everything in the one file, none in the log beside it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        made = sha256()
        while block := file.read(1 << 20):
            made.update(block)
    return made.hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
