"""Which packs a question is asked under: ids of shipped ones, folders of one's own, or all that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graph_service.messages import BadValue
from graph_service.policy.loader import load_pack, shipped_packs
from graph_service.policy.table import Pack


def choose_packs(wanted: Sequence[str]) -> tuple[Pack, ...]:
    """The packs of some ids or folders, in order; all shipped ones if none is named.  Raises `BadValue` or `PackError`."""
    shipped = shipped_packs()
    if not wanted:
        return tuple(shipped[key] for key in sorted(shipped))
    chosen = {}
    for one in wanted:
        if one in shipped:
            chosen[one] = shipped[one]
        elif _is_folder(one):
            pack = load_pack(Path(one))
            chosen[pack.id] = pack
        else:
            raise BadValue("no_such_pack", pack=one, known=", ".join(sorted(shipped)))
    return tuple(chosen[key] for key in sorted(chosen))


def _is_folder(text: str) -> bool:
    try:
        return Path(text).is_dir()
    except (OSError, ValueError):  # no name that a folder can have
        return False
