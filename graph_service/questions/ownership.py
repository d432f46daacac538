"""Questions about holdings: who controls whom, and whom an ownership cascade catches."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from graph_service.analysis.shapes import control_shape, screen_shape
from graph_service.analysis.shapes_around import circles_shape, groups_shape, shared_shape
from graph_service.engine.cascade import in_force, joint_ties, screen
from graph_service.engine.closure import TiesOfView, majority
from graph_service.engine.control import HALF, JOINT, Pair, control_pairs, controlled_by, upstream
from graph_service.engine.control import ultimate as ultimate_controllers
from graph_service.engine.sentences import mentioned
from graph_service.engine.shapes import Shape
from graph_service.engine.trace import names
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import is_tie
from graph_service.model.identifiers import subject_key
from graph_service.questions import given
from graph_service.questions.clocks import Day, Moment
from graph_service.questions.session import Session


class OwnershipQuestions(Session):
    """Who controls whom, and whom a cascade catches."""

    def control(
        self,
        subject: str | None = None,
        *,
        threshold: Fraction = HALF,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> Shape:
        """Control pairs: of the whole register, or those with one subject on either side."""
        threshold, lang = given.part(threshold), given.language(lang)
        subject = None if subject is None else given.key(subject, "subject")
        with self.asked(at, known, None) as (view, asked):
            kinds = majority(threshold).kinds | {JOINT}
            if subject is None:
                from graph_service.engine.bulk.pairs import pairs_of  # polars loads when it is used

                pairs = pairs_of(self.columns(view.reader), asked.at, threshold)
                shape = control_shape(pairs, None, names(view, _ends(pairs)), (), lang)
            else:
                key = subject_key(subject)
                held, left_out = upstream(view, key, majority(threshold).kinds)
                # Whoever acts jointly with somebody upstream need not hold anything there.
                joint = joint_ties(view, {key, *(tie.fact.holder for tie in held)})
                above = control_pairs([*held, *joint], asked.at, threshold)
                below = controlled_by(TiesOfView(view, kinds), joint, key, asked.at, threshold)
                pairs = sorted([*(pair for pair in above if pair.controlled == key), *below], key=_pair_order)
                tops = ultimate_controllers(above, key)
                shape = control_shape(pairs, tops, names(view, _ends(pairs)), left_out, lang)
            about = [subject_key(subject)] if subject else []
            return self.told(shape, view, asked, lang, *about, question=("control", *about, threshold))

    def screen(self, pack: str, *, at: Day = None, known: Moment = None, lang: Lang = "en") -> Shape:
        """Every subject that the ownership cascades of a pack catch."""
        pack, lang = given.key(pack, "pack"), given.language(lang)
        with self.asked(at, known, (pack,)) as (view, asked):
            law = asked.packs[0]
            cascades = in_force(law.cascades, asked.at)
            if not law.cascades:
                raise BadValue("no_cascade", pack=law.id)
            caught = [one for cascade in cascades for one in screen(view, cascade, asked.at)]
            told = names(view, [key for one in caught for key in (one.subject, *(owner for owner, _ in one.owners))])
            shape = screen_shape(law, cascades, caught, asked.at, told, lang)
            return self.told(shape, view, asked, lang, question=("screen",))

    def circles(self, *, at: Day = None, known: Moment = None, lang: Lang = "en") -> Shape:
        """Enterprises that hold each other in circles: the strongly connected components of all holdings."""
        lang = given.language(lang)
        from graph_service.analysis import structure  # polars loads when it is used

        with self.asked(at, known, None) as (view, asked):
            columns = self.columns(view.reader)
            found = structure.circles(columns, asked.at)
            rows = [row for circle in found for row in circle.ties]
            ties = {row: tie for row, tie in zip(rows, columns.facts("ties", rows), strict=True) if is_tie(tie)}
            told = names(view, [key for tie in ties.values() for key in mentioned(tie.fact)])
            return self.told(circles_shape(found, ties, told, lang), view, asked, lang, question=("circles",))

    def groups(self, *, threshold: Fraction = HALF, at: Day = None, known: Moment = None, lang: Lang = "en") -> Shape:
        """Ultimate controllers of the whole register, and all that each controls."""
        threshold, lang = given.part(threshold), given.language(lang)
        from graph_service.analysis import structure
        from graph_service.engine.bulk.pairs import pairs_of

        with self.asked(at, known, None) as (view, asked):
            pairs = pairs_of(self.columns(view.reader), asked.at, threshold)
            shape = groups_shape(structure.groups(pairs), names(view, _ends(pairs)))
            return self.told(shape, view, asked, lang, question=("groups", threshold))

    def shared_officers(self, *, least: int = 1, at: Day = None, known: Moment = None, lang: Lang = "en") -> Shape:
        """Every two enterprises of the register with at least so many office holders in common, certain or possible."""
        least, lang = given.whole(least, "least", 1, 1_000_000), given.language(lang)
        from graph_service.analysis import structure

        with self.asked(at, known, None) as (view, asked):
            columns = self.columns(view.reader)
            found, left_out = structure.shared_officers(columns, asked.at, least)
            keys = columns.frames["subjects"]["key"].to_list()
            told = names(view, [keys[number] for one in found for number in (one.one, one.other)])
            shape = shared_shape(found, keys, told, left_out, lang)
            return self.told(shape, view, asked, lang, question=("shared-officers", least))


def _pair_order(pair: Pair) -> tuple[str, str]:
    return pair.controller, pair.controlled


def _ends(pairs: Sequence[Pair]) -> list[str]:
    return [key for pair in pairs for key in (pair.controller, pair.controlled)]
