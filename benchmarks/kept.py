"""A register in memory, kept on disk between the processes of a run: each of them reads it in seconds and holds nothing else.

What a loader leaves behind in the memory of its process would otherwise count as the memory of whoever answers next.
"""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from graph_service.ledger.protocol import Position
from graph_service.snapshot.held import COLD, HeldColumns, InMemory

_NOTED = "columns.json"


def keep(folder: Path, columns: HeldColumns) -> None:
    """Write the columns of a register folder, hot and cold, into a folder; it is whole when its note is there."""
    folder.mkdir(parents=True, exist_ok=True)
    assert isinstance(columns.cold, InMemory)
    for part, frames in (("hot", columns.frames), ("cold", columns.cold.frames)):
        for name, frame in frames.items():
            whole = frame.rechunk()
            whole.write_ipc(folder / f"{part}-{name}.arrow", record_batch_size=max(1, whole.height))
    noted = {"number": columns.position.number, "recorded_at": columns.position.recorded_at, "sources": columns.sources}
    (folder / _NOTED).write_text(json.dumps(noted))


def is_kept(folder: Path) -> bool:
    """Whether columns were written there."""
    return (folder / _NOTED).exists()


def kept(folder: Path) -> HeldColumns:
    """What `keep` wrote: the hot frames in memory, the cold ones in their files, as a store has them."""
    noted = json.loads((folder / _NOTED).read_text())
    hot, cold = (
        {path.stem.partition("-")[2]: pl.read_ipc(path, memory_map=mapped) for path in sorted(folder.glob(f"{part}-*.arrow"))}
        for part, mapped in (("hot", False), ("cold", True))
    )
    assert cold.keys() == COLD.keys()
    position = Position(noted["number"], noted["recorded_at"])
    return HeldColumns(position, hot, InMemory(cold), tuple(noted["sources"]))
