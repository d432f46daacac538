"""Questions about what is around a subject: its neighbourhood, and how two are connected."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import cast

from graph_service.analysis.connections import WALKED, ties_among, ways
from graph_service.analysis.exposure import exposure
from graph_service.analysis.neighbourhood import PATH_HOPS_LIMIT, path, related
from graph_service.analysis.network import network_shape, ties_network
from graph_service.analysis.shapes import path_shape, related_shape
from graph_service.analysis.shapes_around import exposure_shape, records_shape, ways_shape
from graph_service.engine.sentences import mentioned
from graph_service.engine.shapes import Shape
from graph_service.engine.trace import names
from graph_service.messages import BadValue, Lang
from graph_service.model.facts import Record, Stored
from graph_service.model.identifiers import subject_key
from graph_service.model.interval import parse_day
from graph_service.model.words import TIE_KINDS
from graph_service.questions import given
from graph_service.questions.clocks import Day, Moment
from graph_service.questions.session import Session, decision_id_of

HOPS_LIMIT = 8
"""How far around a subject one may look."""


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
        subject, hops, lang = given.key(subject, "subject"), given.whole(hops, "hops", 1, HOPS_LIMIT), given.language(lang)
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
        start, goal, lang = given.key(start, "start"), given.key(goal, "goal"), given.language(lang)
        with self.asked(at, known, None) as (view, asked):
            found = path(view, subject_key(start), subject_key(goal), asked.at, through_state=through_state)
            met = [*found.ends, *(key for tie in found.chain or () for key in mentioned(tie.fact))]
            shape = path_shape(found, names(view, met), lang)
            return self.told(shape, view, asked, lang, *found.ends, question=("path", *found.ends, through_state))

    def paths(
        self,
        start: str,
        goal: str,
        *,
        kinds: Collection[str] = WALKED,
        hops: int = 6,
        limit: int = 10,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> Shape:
        """Several ways between two subjects through offices, holdings and control, the shortest first."""
        start, goal, lang = given.key(start, "start"), given.key(goal, "goal"), given.language(lang)
        hops, limit = given.whole(hops, "hops", 1, PATH_HOPS_LIMIT), given.whole(limit, "limit", 1, 1000)
        kinds = given.texts(kinds, "kinds")
        unknown = sorted(set(kinds) - set(TIE_KINDS))
        if unknown:
            raise BadValue("unknown_tie_kinds", value=", ".join(unknown), known=", ".join(TIE_KINDS))
        ends = subject_key(start), subject_key(goal)
        with self.asked(at, known, None) as (view, asked):
            found = ways(view, *ends, asked.at, kinds=kinds, hops=hops, limit=limit, through_state=through_state)
            met = [*ends, *(key for way in found.ways for step in way for tie in step for key in mentioned(tie.fact))]
            shape = ways_shape(found, names(view, met), lang)
            asking = ("paths", *ends, *sorted(kinds), hops, limit, through_state)
            return self.told(shape, view, asked, lang, *ends, question=asking)

    def records(self, subject: str | None = None, *, known: Moment = None, lang: Lang = "en") -> Shape:
        """The records of the ledger, or of one subject, by their ids.  Costs a pass over the records.

        The day of the answer is the one on which the last fact was recorded: nothing here hangs on the day asked.
        """
        lang = given.language(lang)
        subject = None if subject is None else given.key(subject, "subject")
        with self.asked(None, known, None) as (view, today):
            asked = replace(today, at=parse_day(today.position.recorded_at[:10])) if today.position.number else today
            if subject is None:
                found = [one for one in view.reader.scan(Record) if isinstance(one.fact, Record)]
            else:
                found = list(view.records_of([subject_key(subject)]))
            held = sorted(cast("list[Stored[Record]]", found), key=lambda one: one.fact.id)
            shape = records_shape(held, names(view, [one.fact.subject for one in held]), lang)
            about = [subject_key(subject)] if subject else []
            shape["decision_id"] = decision_id_of(shape, replace(asked, at=0), ("records", *about))
            return self.told(shape, view, asked, lang, *about)

    def exposure(
        self, subject: str, *, at: Day = None, known: Moment = None, packs: Sequence[str] = (), lang: Lang = "en"
    ) -> Shape:
        """Everything that reaches a subject, ranked by how directly: by how many ties the proof needs."""
        subject, lang = given.key(subject, "subject"), given.language(lang)
        with self.asked(at, known, packs) as (view, asked):
            found = exposure(view, subject_key(subject), asked.packs, asked.at)
            met = [found.subject, *found.traced, *(owner for one in found.possible for owner, _ in one.owners)]
            shape = exposure_shape(found, {pack.id: pack for pack in asked.packs}, names(view, met), lang)
            return self.told(shape, view, asked, lang, found.subject, question=("exposure", found.subject))

    def surroundings(
        self,
        subject: str,
        *,
        hops: int = 1,
        through_state: bool = False,
        at: Day = None,
        known: Moment = None,
        lang: Lang = "en",
    ) -> Shape:
        """The network within some hops of a subject: everybody there and all the ties among them on the day."""
        subject, hops, lang = given.key(subject, "subject"), given.whole(hops, "hops", 1, HOPS_LIMIT), given.language(lang)
        with self.asked(at, known, None) as (view, asked):
            found = related(view, subject_key(subject), asked.at, hops, through_state=through_state)
            ties = ties_among(view, [found.subject, *(one.subject for one in found.neighbours)], asked.at)
            shape = network_shape(view, ties_network(view, found.subject, ties, found.left_out), asked.at, lang)
            shape["not_walked_through"] = list(found.stopped_at)
            asking = ("surroundings", found.subject, hops, through_state)
            return self.told(shape, view, asked, lang, found.subject, question=asking)
