"""Questions about what is around a subject: its neighbourhood, and how two are connected."""

from __future__ import annotations

from graph_service.analysis.neighbourhood import path, related
from graph_service.analysis.shapes import path_shape, related_shape
from graph_service.engine.sentences import mentioned
from graph_service.engine.shapes import Shape
from graph_service.engine.trace import names
from graph_service.messages import Lang
from graph_service.model.identifiers import subject_key
from graph_service.questions.clocks import Day, Moment
from graph_service.questions.session import Session


class AroundQuestions(Session):
    """What is around a subject."""

    def related(
        self,
        subject: str,
        *,
        hops: int = 1,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> Shape:
        """What is within some hops of a subject."""
        with self.asked(at, known, None) as (view, asked):
            found = related(view, subject_key(subject), asked.at, hops, through_state=through_state)
            met = [found.subject, *(key for one in found.neighbours for key in mentioned(one.tie.fact))]
            shape = related_shape(found, names(view, met), lang)
            return self.told(shape, view, asked, lang, found.subject, question=("related", found.subject, hops, through_state))

    def path(
        self,
        start: str,
        goal: str,
        *,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> Shape:
        """How two subjects are connected."""
        with self.asked(at, known, None) as (view, asked):
            found = path(view, subject_key(start), subject_key(goal), asked.at, through_state=through_state)
            met = [*found.ends, *(key for tie in found.chain or () for key in mentioned(tie.fact))]
            shape = path_shape(found, names(view, met), lang)
            return self.told(shape, view, asked, lang, *found.ends, question=("path", *found.ends, through_state))
