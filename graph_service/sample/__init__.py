"""An invented province: the project's own sample register, seeded, with everything in it that a real one holds.

    generate(enterprises=300, seed=1, dirty=True)    the rows of every register file
    write(folder, tables)                            the same as a folder of CSV files

The same arguments give the same rows on every platform and Python version.  Nothing in it is real: people and companies are
put together from lists of words, every organisation code begins with letters that are not assigned
(`graph_service.sample.codes`), every company name says that it is a sample, and nobody has an identity number.

Beside the seeded part stand the hand-made stories (`graph_service.sample.stories`), the same for every seed, whose answers are
known; and with ``dirty`` the rows that an ingest must reject (`graph_service.sample.dirty`).
"""

from __future__ import annotations

from graph_service.sample.generator import generate
from graph_service.sample.register import Tables, write
from graph_service.sample.stories import STORIES, Story

__all__ = ["STORIES", "Story", "Tables", "generate", "write"]
