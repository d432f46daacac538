"""The Cypher statements of the project, by name: ``read/ties_into`` is the file ``cypher/read/ties_into.cypher``.

Nothing is ever put into a statement: values are parameters.  A checkout has the folder ``cypher`` at its root, a wheel inside the
package.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2] / "cypher"


@cache
def statement(name: str) -> str:
    """The text of a statement, without the comment above it.  Raises ``FileNotFoundError`` for a name that there is not.

    >>> statement("write/begin_load")
    'MERGE (:GsLoad {name: $name})'
    """
    packaged = resources.files("graph_service").joinpath("cypher", f"{name}.cypher")
    text = packaged.read_text("utf-8") if packaged.is_file() else (_CHECKOUT / f"{name}.cypher").read_text("utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))


@cache
def names(folder: str) -> tuple[str, ...]:
    """The names of the statements in a folder, sorted.

    >>> "schema/subject_id" in names("schema")
    True
    """
    packaged = resources.files("graph_service").joinpath("cypher", folder)
    place = packaged if packaged.is_dir() else _CHECKOUT / folder
    files = (file.name for file in place.iterdir())
    return tuple(sorted(f"{folder}/{name.removesuffix('.cypher')}" for name in files if name.endswith(".cypher")))
