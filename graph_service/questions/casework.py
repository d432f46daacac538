"""What officers ask: the must-check before an approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graph_service.casework.checks import check
from graph_service.casework.shapes import check_shape
from graph_service.engine.shapes import Shape
from graph_service.messages import Lang
from graph_service.model.identifiers import subject_key
from graph_service.questions.clocks import Day, Moment
from graph_service.questions.session import Session


class CaseworkQuestions(Session):
    """What officers ask."""

    def check(
        self,
        subject: str,
        procedure: str,
        *,
        bidders: Sequence[str] = (),
        members: Sequence[str] = (),
        at: Day = None,
        known: Moment = None,
        packs: Sequence[str] = (),
        lang: Lang = "en",
    ) -> Shape:
        """Allow, refuse or review, and why.

        ``bidders``: the whole set, where the procedure has them; ``members``: of the subject's consortium.

        ``check_id`` is that of the question and its answer; whoever keeps the check (`graph_service.casework.kept`) gives it
        one of its own.
        """
        with self.asked(at, known, packs) as (view, asked):
            keys, partners = (sorted({subject_key(one) for one in given}) for given in (bidders, members))
            loads = self.ledger.unfinished_loads()
            found = check(
                view,
                subject_key(subject),
                procedure,
                asked.packs,
                asked.at,
                bidders=keys,
                members=partners,
                unfinished=loads,
            )
            law = [pack.desk_digest for pack in found.packs]
            asking = ("check", found.subject, found.procedure, *found.bidders, "with", *found.members, *law)
            shape = self.told(
                check_shape(found, lang), view, replace(asked, packs=found.packs), lang, found.subject, question=asking
            )
            return shape | {"check_id": str(shape["decision_id"]).replace("d-", "k-", 1)}
