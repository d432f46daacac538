"""The message catalogue: every text that a user sees, in English and Chinese, by a short code.

It is the lowest room of the house: everything may look here and it looks at nothing.  Errors carry a code and the values that
were wrong; the words are made where they are shown (`say`), so that one error reads well in both languages.

    GraphServiceError                 anything the user can put right: one clear line, exit 2, nothing changed
    ├── BadValue                      a cell or an argument that does not mean what it should
    ├── InputError                    a file, folder or sheet that cannot be read as what it should be
    ├── LedgerError                   the store cannot be opened, read or written
    └── PackError                     a policy pack that must not load
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from typing import Any, Literal

import yaml

Lang = Literal["en", "zh"]
LANGS: tuple[Lang, ...] = ("en", "zh")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, dict[str, str]]:
    """Every message: code -> language -> text with ``{named}`` places.

    Each file of this folder is one area; a code that two files define is a mistake and raises ``ValueError``.
    """
    found: dict[str, dict[str, str]] = {}
    folder = resources.files(__package__)
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".yaml"):
            for code, texts in yaml.load(entry.read_text("utf-8"), Loader=_LOADER).items():  # noqa: S506 (the C safe loader)
                if code in found:
                    raise ValueError(f"message {code} is defined twice")
                found[code] = texts
    return found


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def say(code: str, lang: Lang = "en", /, **values: object) -> str:
    """The text of a code in a language, its places filled.

    >>> say("bad_date", "zh", value="2024-13-45")
    '“2024-13-45”不是日期；请写成 YYYY-MM-DD，例如 2024-03-01'
    """
    return catalogue()[code][lang].format_map(values)


class GraphServiceError(Exception):
    """Something the user can put right.  ``code`` and ``values`` make the words; ``str()`` gives them in English."""

    def __init__(self, code: str, /, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

    def text(self, lang: Lang = "en") -> str:
        """What was wrong and what would be right."""
        return say(self.code, lang, **self.values)

    def __str__(self) -> str:
        return self.text()


class BadValue(GraphServiceError, ValueError):
    """A cell or an argument that does not mean what it should."""


class InputError(GraphServiceError):
    """A file, folder or sheet that cannot be read as what it should be."""


class LedgerError(GraphServiceError):
    """The store cannot be opened, read or written."""


class PackError(GraphServiceError):
    """A policy pack that must not load."""
