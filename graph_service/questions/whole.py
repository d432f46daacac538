"""Questions about the register as a whole, asked of a run that was made of it."""

from __future__ import annotations

from pathlib import Path

from graph_service.engine.shapes import Shape
from graph_service.engine.trace import names
from graph_service.ledger.protocol import Position
from graph_service.messages import InputError, Lang
from graph_service.model.interval import parse_day
from graph_service.policy.loader import shipped_packs
from graph_service.questions.clocks import Asked
from graph_service.questions.session import Session
from graph_service.snapshot.view import View


class WholeQuestions(Session):
    """What a run says, in figures."""

    def overview(self, run: str | Path, *, lang: Lang = "en") -> Shape:
        """A run of this ledger in figures: by family, region, role and measure; groups touched, faults, what waits for a finding.

        Raises `InputError` where there is no run, or one of another ledger.
        """
        from graph_service.analysis import overview  # polars loads when it is used
        from graph_service.analysis.run_between import mark_of

        folder = Path(run)
        manifest = overview.run_of(folder)
        position = Position(int(manifest["position"]), str(manifest["known"]))
        if position.number > self.ledger.last().number or manifest["ledger"] != mark_of(self.ledger, position.number):
            raise InputError("overview_other_ledger", folder=folder)
        with self.ledger.read(position) as reader:
            view = View(reader)
            shape = overview.overview(folder, manifest, self.columns(reader), lang)
            told = names(view, overview.controllers(shape))
            shape = overview.worded(shape, told, _titles(lang))
            asked = Asked(parse_day(str(manifest["at"])), position, ())
            return self.told(shape, view, asked, lang, question=("overview", manifest["run_id"]))


def _titles(lang: Lang) -> dict[tuple[str, str], str]:
    """What the codes of the shipped packs are called."""
    return {(pack.id, code): text[lang] for pack in shipped_packs().values() for code, text in pack.names.items()}
