"""Columns in files: one folder a state of the columns (a *generation*), written whole and never changed.

* The folder beside the database holds ``manifest.json``, which names the generation that counts, and the generations.  A new one
  is there with the replacing of the manifest, in one step; before that it is nobody's.
* Hot frames are an uncompressed Arrow file each, which is not read but mapped into memory: processes share it, and what nobody
  asks for is never copied.  ``ranks`` are the places of ties in their pairs.
* Cold columns are Parquet files of up to `COLD_ROWS` facts in the order of positions, so that later facts are further files.
* Whoever reads a generation holds a shared lock on it, and it is removed only under an exclusive one: no reader loses its files,
  and what a killed writer left goes with the next writing.
* Files and folders have the database file's permissions.  Nothing is here that is not in the ledger.

Invariant: what cannot be read exactly as it was written (another format, a missing, shorter or altered file) is not taken: hot
files are held to their sizes and checksums when they are opened, cold ones to their sizes then and to their checksums when they
are first read.  A file is never changed once its generation counts, so that what is mapped stays what it was.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.messages import LedgerError
from graph_service.snapshot.assemble import FACT_FRAMES
from graph_service.snapshot.columns import SCHEMAS
from graph_service.snapshot.held import COLD, HeldColumns, gathered
from graph_service.snapshot.ranks import TieRanks

try:
    import fcntl
except ImportError:  # a platform without file locks keeps no files
    fcntl = None  # type: ignore[assignment]

FORMAT = 3
"""The format of the files; others are not read."""
COLD_ROWS = 1_000_000
_GROUP = 32_768
_SPARSE = 8  # a look-up that touches less than this part of a file reads only the row groups that it touches
_ABANDONED = 3600.0  # seconds after which a folder without a lock is somebody's who died
_RANKS = "ranks"
_HOT = (*SCHEMAS, _RANKS)


@dataclass(frozen=True, slots=True)
class ColdFile:
    """A file of cold columns: facts from ``first`` to ``last`` position, its size in bytes and its CRC-32."""

    name: str
    first: int
    last: int
    rows: int
    size: int
    crc: int


class Lock:
    """A lock on a generation, held as long as the object lives.  Raises ``OSError`` where another's lock forbids it."""

    def __init__(self, folder: Path, *, shared: bool) -> None:
        if fcntl is None:
            raise OSError("no file locks on this platform")
        flags = os.O_RDONLY if shared else os.O_CREAT | os.O_RDWR
        self._descriptor = os.open(folder / "lock", flags, 0o600)
        weakref.finalize(self, os.close, self._descriptor)
        self._set(fcntl.LOCK_SH if shared else fcntl.LOCK_EX)

    def share(self) -> None:
        """Let others read."""
        self._set(fcntl.LOCK_SH)

    def _set(self, how: int) -> None:
        fcntl.flock(self._descriptor, how | fcntl.LOCK_NB)


@dataclass(frozen=True, slots=True)
class Files:
    """The cold columns of a generation, as a `graph_service.snapshot.held.Cold`."""

    folder: Path
    tables: Mapping[str, tuple[ColdFile, ...]]
    lock: Lock
    _positions: dict[str, npt.NDArray[np.int64]] = field(default_factory=dict)

    def take(self, table: str, names: Sequence[str], positions: pl.Series) -> pl.DataFrame:
        """See `Cold.take`.  Costs the row groups that hold the facts.  Raises `LedgerError` where a file was altered."""
        wanted = positions.to_numpy()
        firsts = np.array([file.first for file in self.tables[table]], dtype=np.int64)
        owner = np.searchsorted(firsts, wanted, side="right") - 1
        nowhere = wanted < 0
        parts = [pl.DataFrame(schema={name: _COLD_SCHEMAS[table][name] for name in names})]
        rows = [np.empty(0, dtype=np.int64)]
        for number in np.unique(owner[~nowhere]):
            mine = np.flatnonzero((owner == number) & ~nowhere)
            if number < 0:
                raise KeyError("a position without a fact")
            parts.append(self._from(self.tables[table][number], names, positions.gather(pl.Series(mine))))
            rows.append(mine)
        found, at = pl.concat(parts), np.concatenate(rows)
        if len(at) == len(wanted) and bool((np.diff(at) > 0).all()):
            return found
        place = np.full(len(wanted), -1, dtype=np.int64)
        place[at] = np.arange(len(at))
        back = pl.Series(place)
        return found.select(pl.all().gather(back.set(back < 0, None))) if found.height else found.clear(len(wanted))

    def find(self, table: str, name: str, values: pl.Series) -> pl.Series:
        """See `Cold.find`."""
        parts = [pl.Series("position", [], pl.Int64)]
        for file in self.tables[table]:
            self._held(file)
            frame = pl.read_parquet(self.folder / file.name, columns=["position", name])
            parts.append(frame.filter(pl.col(name).is_in(values.implode()))["position"])
        return pl.concat(parts)

    def _from(self, file: ColdFile, names: Sequence[str], positions: pl.Series) -> pl.DataFrame:
        held = self._held(file)
        path = self.folder / file.name
        groups = np.unique(np.searchsorted(held, positions.to_numpy()) // _GROUP)
        if len(groups) * _GROUP * _SPARSE > file.rows:
            return gathered(pl.read_parquet(path, columns=list(names)), pl.Series(held), positions)
        scan = pl.scan_parquet(path).select(list(names))
        frame = pl.concat([scan.slice(int(group) * _GROUP, _GROUP).collect() for group in groups])
        some = np.concatenate([held[int(group) * _GROUP : (int(group) + 1) * _GROUP] for group in groups])
        return gathered(frame, pl.Series(some), positions)

    def _held(self, file: ColdFile) -> npt.NDArray[np.int64]:
        """The positions of a file, which is held to its checksum before it is read for the first time."""
        if file.name not in self._positions:
            path = self.folder / file.name
            if _crc(path) != file.crc:
                raise LedgerError("snapshot_altered", path=path.parent.parent)
            self._positions[file.name] = pl.read_parquet(path, columns=["position"])["position"].to_numpy()
        return self._positions[file.name]


class Generation:
    """A generation in the making: cold columns first (`link`, `put`), then `finish`; `drop` where it comes to nothing.

    Raises ``OSError`` where nothing can be written.
    """

    def __init__(self, database: Path) -> None:
        self._base = folder_of(database)
        self._mode = database.stat().st_mode & 0o666
        self._base.mkdir(mode=0o700, exist_ok=True)
        self._base.chmod(_folder_mode(self._mode))
        self._folder = self._base / f"g{secrets.token_hex(8)}"
        self._folder.mkdir(mode=0o700)
        self._lock = Lock(self._folder, shared=False)
        self._waiting: dict[str, list[pl.DataFrame]] = {table: [] for table in COLD}
        self._tables: dict[str, list[ColdFile]] = {table: [] for table in COLD}

    def link(self, files: Files) -> None:
        """Take over the cold files of another generation, before anything is put."""
        for table, some in files.tables.items():
            for file in some:
                name = f"{table}-{len(self._tables[table])}.parquet"
                os.link(files.folder / file.name, self._folder / name)
                self._tables[table].append(replace(file, name=name))

    def put(self, table: str, part: pl.DataFrame) -> None:
        """Take cold columns of further facts, with ``position``, later than all before."""
        self._waiting[table].append(part)
        if sum(one.height for one in self._waiting[table]) >= COLD_ROWS:
            self._write(table)

    def _write(self, table: str) -> None:
        waiting, self._waiting[table] = self._waiting[table], []
        frame = pl.concat(waiting) if waiting else pl.DataFrame()
        if frame.height:
            name = f"{table}-{len(self._tables[table])}.parquet"
            size = self._save(name, frame)
            first, last = int(frame["position"][0]), int(frame["position"][-1])
            self._tables[table].append(ColdFile(name, first, last, frame.height, size, _crc(self._folder / name)))

    def cold(self) -> Files:
        """The cold columns, all of which must have been put."""
        for table in COLD:
            self._write(table)
        return Files(self._folder, {table: tuple(files) for table, files in self._tables.items()}, self._lock)

    def finish(self, columns: HeldColumns, mark: str, before: Kept | None = None) -> None:
        """Write the hot frames and make this the generation that counts; ``mark`` tells the ledger's history.

        What is the same object as in the columns ``before`` is the same file.
        """
        cold, hot = self.cold(), dict[str, list[int]]()
        ranks = columns.tie_ranks(pl.int_range(columns.frames["ties"].height, eager=True))
        for table, frame in {**columns.frames, _RANKS: ranks.to_frame()}.items():
            path = self._folder / _hot_name(table)
            if before is not None and _is_same(table, columns, before.columns):
                os.link(before.files.folder / path.name, path)
                hot[table] = before.hot[table]
                continue
            _write_hot(path, frame)
            path.chmod(self._mode)
            hot[table] = [frame.height, path.stat().st_size, _crc(path)]
        manifest = {
            "format": FORMAT,
            "folder": self._folder.name,
            "mark": mark,
            "position": [columns.position.number, columns.position.recorded_at],
            "sources": columns.sources,
            "hot": hot,
            "cold": {table: [astuple(file) for file in files] for table, files in cold.tables.items()},
        }
        new = self._folder / "manifest.json"
        new.write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
        for path in (new, self._folder / "lock"):
            path.chmod(self._mode)
        self._folder.chmod(_folder_mode(self._mode))
        self._lock.share()
        new.replace(self._base / "manifest.json")
        _sweep(self._base, self._folder.name)

    def drop(self) -> None:
        """Remove what was written."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _save(self, name: str, frame: pl.DataFrame) -> int:
        path = self._folder / name
        frame.write_parquet(path, compression="zstd", compression_level=1, row_group_size=_GROUP if "-" in name else None)
        path.chmod(self._mode)
        return path.stat().st_size


@dataclass(frozen=True, slots=True)
class Kept:
    """What was found in files: the columns, where their cold columns are, and the mark of the ledger's history.

    ``hot`` are height, size and checksum of each hot file.
    """

    columns: HeldColumns
    files: Files
    mark: str
    hot: Mapping[str, list[int]]


def folder_of(database: Path) -> Path:
    """The folder of the columns of a database file."""
    return database.with_name(f"{database.name}.snapshot")


def kept_position(database: Path) -> tuple[int, str] | None:
    """The position of the columns in files, and the mark of their ledger's history; None where there are none to be read."""
    try:
        manifest = _manifest(folder_of(database))
        return int(manifest["position"][0]), str(manifest["mark"])
    except _UNREADABLE:
        return None


def load(database: Path) -> Kept | None:
    """The columns in files beside a database; None where there are none, or where they are not as they were written."""
    base = folder_of(database)
    for _ in range(_TRIES):
        try:
            manifest = _manifest(base)
            folder = base / str(manifest["folder"])
            lock = Lock(folder, shared=True)
        except FileNotFoundError:
            continue  # another process has just put a new generation in its place, or there is none
        except _UNREADABLE:
            return None
        try:
            return _load(folder, manifest, lock)
        except _UNREADABLE:
            return None
    return None


_TRIES = 3
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, pl.exceptions.PolarsError)
_COLD_SCHEMAS = {
    table: {name: FACT_FRAMES[table]["record" if name == "record_id" else name] for name in names}
    for table, names in COLD.items()
}


def _manifest(base: Path) -> dict[str, Any]:
    manifest = json.loads((base / "manifest.json").read_text("utf-8"))
    if manifest["format"] != FORMAT or not str(manifest["folder"]).isalnum():
        raise ValueError("another format")
    return dict(manifest)


def _load(folder: Path, manifest: dict[str, Any], lock: Lock) -> Kept:
    tables = {table: tuple(ColdFile(*file) for file in manifest["cold"][table]) for table in COLD}
    for file in (file for files in tables.values() for file in files):
        if (folder / file.name).stat().st_size != file.size:
            raise ValueError(file.name)
    with ThreadPoolExecutor() as readers:
        hot = dict(
            zip(_HOT, readers.map(lambda table: _read_hot(folder / _hot_name(table), *manifest["hot"][table]), _HOT), strict=True)
        )
    ranks = TieRanks(hot.pop(_RANKS)["rank"].to_numpy())
    for table, frame in hot.items():
        if dict(frame.schema) != dict(SCHEMAS[table]):
            raise ValueError(table)
    number, recorded_at = manifest["position"]
    files = Files(folder, tables, lock)
    position, sources = Position(int(number), str(recorded_at)), tuple(map(str, manifest["sources"]))
    columns = HeldColumns(position, hot, files, sources, ranks=ranks)
    return Kept(columns, files, str(manifest["mark"]), manifest["hot"])


def _is_same(table: str, one: HeldColumns, other: HeldColumns) -> bool:
    """Whether hot columns of two are the same object."""
    if table == _RANKS:
        return one.ranks.known is other.ranks.known
    return one.frames[table] is other.frames[table]


def _hot_name(table: str) -> str:
    return f"{table}.arrow"


def _write_hot(path: Path, frame: pl.DataFrame) -> None:
    """Write a frame so that each of its columns is one piece when it is mapped."""
    whole = frame.rechunk()
    try:
        whole.write_ipc(path, compression="uncompressed", record_batch_size=max(1, frame.height))
    except TypeError:  # a version that does not let us choose
        whole.write_ipc(path, compression="uncompressed")


def _read_hot(path: Path, height: int, size: int, crc: int) -> pl.DataFrame:
    """The frame of a file that is as it was written.  Costs a third of a second a gigabyte: nothing but its checksum."""
    if path.stat().st_size != size or _crc(path) != crc:
        raise ValueError(path.name)
    frame = pl.read_ipc(path, memory_map=True).rechunk()
    if frame.height != height:
        raise ValueError(path.name)
    return frame


def _crc(path: Path) -> int:
    found, block = 0, memoryview(bytearray(1 << 18))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            found = crc32(block[:size], found)
    return found


def _folder_mode(mode: int) -> int:
    """The permissions of a folder whose files have these: whoever may read them may look into it."""
    return mode | (mode & 0o444) >> 2 | 0o300


def _sweep(base: Path, current: str) -> None:
    """Remove the generations that nobody reads or writes any more."""
    for folder in base.glob("g*"):
        if folder.name != current:
            try:
                if not (folder / "lock").exists() and time.time() - folder.stat().st_mtime < _ABANDONED:
                    continue  # just being made
                lock = Lock(folder, shared=False)
                shutil.rmtree(folder, ignore_errors=True)
                del lock
            except OSError:
                continue
