"""What every statement of law of a pack says of itself, checked: its instrument, article, dates, source, and the words it uses.

What a statement does not say it inherits from the pack's header: instrument, dates, confidence.  It is in force where its own
dates (or the pack's) and those of its instrument meet.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph_service.model.interval import FIRST, LAST, day_text, parse_day
from graph_service.policy.document import Document, Loc, PackProblem
from graph_service.policy.schema import Citation, PackFile, Span, Stated, TextModel
from graph_service.policy.table import Basis, Confidence, Text


def text_of(model: TextModel) -> Text:
    """Words in both languages, compiled."""
    return Text(model.en, model.zh)


def _days(span: Span | None) -> tuple[int, int]:
    if span is None:
        return FIRST, LAST
    return (parse_day(span.from_) if span.from_ else FIRST, parse_day(span.to) if span.to else LAST)


class Statements:
    """The words and instruments of one pack, and the file of which a problem would be said (``_at``)."""

    def __init__(self, head: Document, file: PackFile) -> None:
        self._at = head
        self._file = file
        self._head = file.pack

    def _problem(self, loc: Loc, code: str, /, **values: object) -> PackProblem:
        return self._at.problem(loc, code, **values)

    def _stated(self, item: Stated, loc: Loc) -> tuple[Basis, str]:
        """The basis of a statement, what it does not say inherited, and where it was read."""
        instrument = item.instrument or self._head.instrument
        valid_from, valid_to = self._in_force(item.in_force or self._head.in_force, instrument, loc)
        reference = self._reference(item.reference, (*loc, "reference"))
        confidence = item.confidence or self._head.confidence
        return self._basis(instrument, item.article, valid_from, valid_to, confidence), reference

    def _citation(self, cited: Citation, loc: Loc) -> Basis:
        self._reference(cited.reference, (*loc, "reference"))
        valid_from, valid_to = self._in_force(cited.in_force, cited.instrument, loc)
        return self._basis(cited.instrument, cited.article, valid_from, valid_to, cited.confidence)

    def _basis(self, instrument: str, article: TextModel, valid_from: int, valid_to: int, confidence: Confidence) -> Basis:
        model = self._file.instruments[instrument]
        name = text_of(model.name)
        if model.number:
            name = Text(f"{name.en} ({model.number})", f"{name.zh}（{model.number}）")
        return Basis(name, text_of(article), valid_from, valid_to, confidence)

    def _in_force(self, span: Span | None, instrument: str, loc: Loc) -> tuple[int, int]:
        """Where the dates of a statement and of its instrument meet."""
        model = self._file.instruments.get(instrument)
        if model is None:
            known = ", ".join(self._file.instruments)
            raise self._problem((*loc, "instrument"), "pack_unknown_instrument", value=instrument, known=known)
        own, whole = _days(span), _days(model.in_force)
        start, end = max(own[0], whole[0]), min(own[1], whole[1])
        if start >= end:
            raise self._problem(
                (*loc, "in_force"),
                "pack_never_in_force",
                value=instrument,
                start=day_text(whole[0]) or "...",
                end=day_text(whole[1]) or "...",
            )
        return start, end

    def _reference(self, key: str, loc: Loc) -> str:
        source = self._file.sources.get(key)
        if source is None:
            raise self._problem(loc, "pack_unknown_reference", value=key, known=", ".join(self._file.sources))
        return f"{source.title} [{key}]: {source.where}"

    def _code(self, code: str, loc: Loc) -> None:
        if code not in self._file.codes:
            raise self._problem(loc, "pack_unknown_code", value=code)

    def _roles(self, roles: Iterable[str], loc: Loc) -> None:
        for role in roles:
            if role not in self._file.roles:
                raise self._problem(loc, "pack_unknown_role_name", value=role)

    def _families(self, families: Iterable[str], loc: Loc) -> None:
        for family in families:
            if family not in self._file.families:
                raise self._problem(loc, "pack_unknown_family", value=family, known=", ".join(self._file.families))
