"""A ledger with the law beside it, and what every answer says of itself: clocks, law, whether it is complete, decision id."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from graph_service.engine.answers import LeftOut
from graph_service.engine.shapes import Shape, clocks, left_out_shape, packs_shape
from graph_service.ledger.protocol import Ledger, Reader
from graph_service.messages import Lang
from graph_service.model.facts import digest
from graph_service.model.interval import day_text
from graph_service.policy.choosing import choose_packs
from graph_service.questions import given
from graph_service.questions.clocks import Asked, Day, Moment, day_of, moment_of
from graph_service.snapshot.view import View, in_ledger

if TYPE_CHECKING:
    from graph_service.snapshot.held import HeldColumns

_WORDS = frozenset(
    {
        "text",
        "title",
        "note",
        "instrument",
        "article",
        "basis",
        "own_basis",
        "gate",
        "implementer",
        "why",
        "position",
        "recorded_at",
    }
)
"""What differs between two languages, or two ledgers with the same facts, and so does not count for a decision id."""


class Session:
    """What all questions share: a ledger, opened views at a position, and what an answer says of itself.

    Use it as a context manager or `close` it.  ``rejected``: how many rows of a register folder were not taken.
    """

    def __init__(self, ledger: Ledger, *, rejected: int = 0) -> None:
        self.ledger = ledger
        self.rejected = rejected

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the ledger."""
        self.ledger.close()

    @contextmanager
    def asked(self, at: Day, known: Moment, packs: Sequence[str] | None) -> Iterator[tuple[View, Asked]]:
        """A view and the question's clocks and law; ``packs`` None for a question that no law answers."""
        law = None if packs is None else choose_packs(given.texts(packs, "packs"))
        day = day_of(at)
        position = self.ledger.last() if known is None else self.ledger.position_at(moment_of(known))
        with self.ledger.read(position) as reader:
            yield View(reader), Asked(day, position, law or ())

    def told(self, shape: Shape, view: View, asked: Asked, lang: Lang, *subjects: str, question: Sequence[object] = ()) -> Shape:
        """An answer with its clocks, and with what whoever reads it must know of the ledger behind it.

        A load that is not over leaves it incomplete; of ``subjects`` those are named of which the ledger holds nothing.
        ``question``: its name and arguments, for the decision id of an answer that has none yet.
        """
        given.language(lang)
        if "decision_id" not in shape:
            shape["decision_id"] = decision_id_of(shape, asked, question)
        loads = self.ledger.unfinished_loads()
        if loads:
            shape["complete"] = False
            unfinished = left_out_shape(LeftOut("unfinished_load", "", {"loads": loads}), lang)
            shape["left_out"] = [*as_list(shape.get("left_out")), unfinished]
        unknown = [LeftOut("not_in_ledger", key) for key in subjects if not in_ledger(view, key)]
        if self.rejected:
            unknown.append(LeftOut("rejected_rows", "", {"count": self.rejected}))
        if unknown:
            shape["notices"] = [*as_list(shape.get("notices")), *(left_out_shape(one, lang) for one in unknown)]
        if asked.packs:
            shape["packs"] = packs_shape(asked.packs)
        shape.setdefault("complete", True)
        return shape | clocks(asked.at, asked.position.recorded_at, asked.position.number)

    def columns(self, reader: Reader) -> HeldColumns:
        """The columns of what a reader of the ledger sees."""
        from graph_service.snapshot.cache import open_columns
        from graph_service.snapshot.register import ColumnarLedger

        if isinstance(self.ledger, ColumnarLedger) and reader.position == self.ledger.last():
            return self.ledger.columns
        return open_columns(self.ledger, reader.position)


def decision_id_of(shape: Shape, asked: Asked, question: Sequence[object]) -> str:
    """A digest of a question and of what was decided: the same in both languages and on every ledger with the same facts."""
    law = [f"{pack.id}@{pack.version}#{pack.digest}" for pack in asked.packs]
    told = json.dumps(_wordless(shape), ensure_ascii=False, separators=(",", ":"))
    return f"d-{digest(*map(str, question), day_text(asked.at), *law, told, size=16)}"


def _wordless(value: object) -> object:
    if isinstance(value, dict):
        return {key: _wordless(one) for key, one in value.items() if key not in _WORDS}
    return [_wordless(one) for one in value] if isinstance(value, list) else value


def as_list(value: object) -> list[object]:
    """A list of a shape; an empty one where there is none."""
    return value if isinstance(value, list) else []
