"""How a load tells how far it is.  The command line draws it; a load never depends on it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called about once a megabyte or a batch; never with anything that a row says."""

    def begin(self, what: str, total: int) -> None:
        """A file (or step) named ``what`` begins; ``total`` is its size in bytes (or rows), 0 if that is not known."""
        ...

    def advance(self, amount: int) -> None:
        """So many more bytes (or rows) of it are done."""
        ...

    def end(self) -> None:
        """It is done."""
        ...


class Silent:
    """Progress that nobody watches."""

    def begin(self, what: str, total: int) -> None:
        """Nothing is shown."""

    def advance(self, amount: int) -> None:
        """Nothing is shown."""

    def end(self) -> None:
        """Nothing is shown."""
