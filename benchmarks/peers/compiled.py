"""How the kernel's functions are compiled, with types kept, and how its work is spread over threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any, TypeVar, cast

import numba
import numpy as np
import polars as pl
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Scratch = TypeVar("Scratch")
Result = TypeVar("Result")
# Elements are plain numbers and truths to the compiled functions, not values of the array library.
Int8s = NDArray[Any]
Int32s = NDArray[Any]
Int64s = NDArray[Any]
Flags = NDArray[Any]
THREADS = 2
"""As many as the joins use on the machine of the benchmark."""


def compiled(function: F) -> F:
    """A function as machine code that lets other threads run beside it."""
    return cast(F, numba.njit(nogil=True, error_model="numpy")(function))


@compiled
def grown(rows: Int32s, needed: int) -> Int32s:
    """Room for at least ``needed`` columns of a table held as one row of memory a column, its content kept."""
    if needed <= rows.shape[1]:
        return rows
    larger = np.empty((rows.shape[0], max(needed, 2 * rows.shape[1])), dtype=np.int32)
    larger[:, : rows.shape[1]] = rows
    return larger


def as_array(column: pl.Series) -> NDArray[Any]:
    """A column without nulls as an array, not copied where it need not be; read only, so that all are of one type."""
    return read_only(column.to_numpy())


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """An array that cannot be written to."""
    found = array.view()
    found.flags.writeable = False
    return found


def in_blocks(
    size: int, scratch: Callable[[], Scratch], work: Callable[[int, int, Scratch], Result], blocks: int = 32
) -> list[Result]:
    """The results of ``work(first, after, scratch)`` over blocks of a range, in order; a thread has room of its own."""
    step = max(1, -(-size // blocks))
    todo: Iterator[int] = iter(range(0, size, step))
    turn = Lock()
    done: dict[int, Result] = {}

    def run() -> None:
        own = scratch()
        while True:
            with turn:
                first = next(todo, None)
            if first is None:
                return
            done[first] = work(first, min(first + step, size), own)

    with ThreadPoolExecutor(THREADS) as pool:
        for future in [pool.submit(run) for _ in range(THREADS)]:
            future.result()
    return [done[first] for first in sorted(done)]
