"""The folder of a run: how a run takes the place of the last one, whole.

* a run is written into a folder of its own beside the files (`STAGE`); when all of it is there and on the disk, a mark is set
  (`READY`) and its files take their places one by one, the manifest last;
* whoever comes next finishes what has the mark and drops what has none, so that a crash at any moment leaves a whole run: the
  last one before the mark, the new one after it;
* one run at a time: the folder is locked while one goes on;
* files that are no run's are left alone, and a folder with tables that no manifest speaks of is refused.

Invariants: an error leaves the last run as it was; no table of another run stays beside the manifest.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

from graph_service.messages import InputError

FORMAT = 1
"""The version of the files and the manifest."""
MANIFEST = "manifest.json"
STAGE, READY, LOCK = ".next", "ready", ".lock"
TABLES = ("consequences", "verdicts", "caught", "data_faults", "left_out", "changes", "verdict_changes")
FORMS = ("parquet", "csv")
RESULTS = TABLES[:5]
"""The tables that a run consists of; the others compare it with the last."""
Manifest = dict[str, Any]


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """What the system refuses becomes an `InputError` that names the folder."""
    try:
        yield
    except OSError as error:
        raise InputError("run_unwritable", folder=folder, cause=error.strerror or type(error).__name__) from None


@contextmanager
def run_folder(out: Path) -> Iterator[Path]:
    """The stage of a run into a folder, which is made if it is not there; the run is put in place by `publish`.

    Raises `InputError` if the folder cannot be written or another run goes on in it.  Whatever fails leaves it as it was.
    """
    if out.exists() and not out.is_dir():
        raise InputError("run_no_folder", folder=out)
    made = not out.exists()
    with _told(out):
        out.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(out):
            with _told(out):
                recover(out)
                stage = out / STAGE
                stage.mkdir()
            try:
                yield stage
            finally:
                if not (stage / READY).exists():
                    shutil.rmtree(stage, ignore_errors=True)
    finally:
        if made and not any(one.name != LOCK for one in out.iterdir()):
            shutil.rmtree(out, ignore_errors=True)


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Hold the folder's lock; where the system knows no locks, nothing is held."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - not on this system
        yield
        return
    with _told(out):
        handle = (out / LOCK).open("w")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError("run_goes_on", folder=out) from None
        yield


def publish(out: Path, manifest: Manifest) -> None:
    """Put the staged run in the place of the last.  From the mark on it counts, whatever happens."""
    stage = out / STAGE
    with _told(out):
        (stage / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")
        for file in stage.iterdir():
            _to_disk(file)
        (stage / READY).touch()
        _to_disk(stage)
        recover(out)


def recover(out: Path) -> None:
    """Finish a run that was whole when it was cut off, and drop one that was not."""
    stage = out / STAGE
    if not stage.exists():
        return
    if (stage / READY).exists():
        staged = {file.name for file in stage.iterdir()} - {READY, MANIFEST}
        new = json.loads((stage / MANIFEST).read_text("utf-8")) if (stage / MANIFEST).exists() else None
        for name in sorted(staged):
            (stage / name).replace(out / name)
        if new is not None:
            kept = {one["file"] for one in new["files"]}
            for name in [f"{table}.{form}" for table in TABLES for form in FORMS]:
                if name not in kept:
                    (out / name).unlink(missing_ok=True)
            (stage / MANIFEST).replace(out / MANIFEST)
        _to_disk(out)
    shutil.rmtree(stage)


def _to_disk(place: Path) -> None:
    with suppress(PermissionError):  # a folder cannot be opened on every system
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def last_run(out: Path) -> Manifest | None:
    """The manifest of the run in a folder; None where there is none.  Raises `InputError` for one that cannot be used."""
    place = out / MANIFEST
    try:
        text = place.read_text("utf-8")
    except FileNotFoundError:
        strange = [f"{table}.{form}" for table in TABLES for form in FORMS if (out / f"{table}.{form}").exists()]
        if strange:
            raise InputError("run_foreign", folder=out, file=strange[0]) from None
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("run_broken", file=place, cause=getattr(error, "strerror", None) or type(error).__name__) from None
    try:
        found = json.loads(text)
    except ValueError:
        raise InputError("run_broken", file=place, cause="JSON") from None
    if not isinstance(found, dict) or found.get("kind") != "graph-service run" or not isinstance(found.get("format"), int):
        raise InputError("run_not_ours", file=place)
    if found["format"] > FORMAT:
        raise InputError("run_newer", file=place, format=found["format"], known=FORMAT)
    _is_whole(out, found)
    return found


_NEEDED = ("run_id", "at", "known", "position", "ledger", "lang", "form", "packs", "files")


def _is_whole(out: Path, found: Manifest) -> None:
    missing = [key for key in _NEEDED if key not in found]
    if missing:
        raise InputError("run_broken", file=out / MANIFEST, cause=missing[0])
    for one in found["files"]:
        place = out / str(one["file"])
        if not place.is_file() or place.stat().st_size != one["bytes"]:
            raise InputError("run_incomplete", file=place, manifest=out / MANIFEST)


def file_digest(place: Path) -> str:
    """The digest of a file's bytes."""
    made = blake2b(digest_size=16)
    with place.open("rb") as content:
        while part := content.read(1 << 20):
            made.update(part)
    return made.hexdigest()
