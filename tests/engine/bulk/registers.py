"""Registers that several tests of the bulk run look at."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from graph_service.ledger.memory import MemoryLedger
from graph_service.register import register_ledger
from graph_service.sample import generate, write


@lru_cache(maxsize=4)
def sample_ledger(enterprises: int = 300, seed: int = 1) -> MemoryLedger:
    """The sample register in memory, without its dirty rows."""
    with TemporaryDirectory() as folder:
        write(folder, generate(enterprises, seed, dirty=False))
        ledger, report = register_ledger([Path(folder)], None)
    assert report.total.rejected == 0
    return ledger
