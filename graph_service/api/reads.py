"""The questions over HTTP: who answers for an enterprise, what follows, what is around it; a person's record; why, and why
not."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as StarletteScope

from graph_service.access.roles import Scope
from graph_service.api import schemas
from graph_service.api.answers import matches
from graph_service.api.asking import Question, Service
from graph_service.api.examples import EXAMPLES
from graph_service.api.parameters import (
    PAGE,
    At,
    Clocks,
    ConsequenceId,
    Cursor,
    Id,
    IfNoneMatch,
    Known,
    Limit,
    PackIds,
    PersonId,
    Purpose,
    clocks,
    lang_of,
    printable,
    problems,
)
from graph_service.api.problems import Problem
from graph_service.engine.shapes import Shape
from graph_service.messages import Lang
from graph_service.questions.ask import Questions

HOPS = 4
_PROBLEMS = problems(400, 401, 403, 404, 422, 429, 503)


class Evened(Response):
    """A response that leaves after some seconds, and keeps no thread waiting meanwhile."""

    def __init__(self, *content: Any, wait: float, **more: Any) -> None:
        super().__init__(*content, **more)
        self._wait = wait

    async def __call__(self, scope: StarletteScope, receive: Receive, send: Send) -> None:
        """Wait, and send."""
        if self._wait:
            await anyio.sleep(self._wait)
        await super().__call__(scope, receive, send)


def reads(service: Service) -> APIRouter:
    """The routes of the questions."""
    router = APIRouter(prefix="/v1")

    def answered(
        request: Request,
        scope: Scope,
        name: str,
        about: dict[str, str],
        how: Callable[[Questions, Mapping[str, str], str | None, Clocks], Shape],
        lists: tuple[str, ...],
        checked: Callable[[], Clocks],
        paging: tuple[int, str | None, str | None],
        of_person: bool = False,
        rest: tuple[object, ...] = (),
    ) -> Response:
        begun = time.monotonic()
        asked = service.admitted(request, scope, name, about)
        limit, cursor, tags = paging
        try:
            with service.refusing(asked, "id" if len(about) == 1 else "person"):
                printable(**({"id": next(iter(about.values()))} if len(about) == 1 else about))
                when = checked()
                question = Question(
                    name=name,
                    about=about,
                    ask=lambda questions, inner, known: how(questions, inner, known or when.known, when),
                    lists=lists,
                    lang=lang_of(request),
                    limit=limit,
                    cursor=cursor,
                    known=when.known,
                    of_person=of_person,
                    rest=(when.at, *when.packs, *rest),
                )
                found = service.answer(asked, question)
        except Problem:
            if of_person:
                service.even_out(asked, begun)
            raise
        same = bool(found.etag) and matches(found.etag, tags)
        service.logged(asked, question, found, 304 if same else 200)
        wait = service.until_even(asked, begun) if of_person or found.empty else 0.0
        headers = {"Vary": "Authorization, Accept-Language, X-Purpose"}
        if found.etag:
            headers["ETag"] = found.etag
        if same:
            return Evened(None, 304, headers, wait=wait)
        return Evened(found.body, 200, headers, media_type="application/json", wait=wait)

    def route(path: str, model: type[Any], summary: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        good: dict[int | str, dict[str, Any]] = {
            200: {"model": model, "content": {"application/json": {"example": EXAMPLES[model.__name__]}}}
        }
        unchanged: dict[int | str, dict[str, Any]] = {304: {"description": "The caller has this answer already."}}
        return router.get(path, summary=summary, responses={**good, **unchanged, **_PROBLEMS}, response_class=Response)

    @route("/enterprises/{id}/liable-persons", schemas.LiablePersons, "Who answers for an enterprise's records")
    def liable_persons(
        request: Request,
        id: Id,
        at: At = None,
        known: Known = None,
        pack: PackIds = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Liable (under every admissible reading) and candidate (under some; `gap` says what would decide it)."""
        return answered(
            request,
            Scope.ENTERPRISES,
            "liable-persons",
            {"subject": id},
            lambda q, it, moment, when: _without(_trace(q, it, moment, when, lang_of(request)), "consequences"),
            ("persons", "subjects"),
            lambda: clocks(at, known, pack),
            (limit, cursor, if_none_match),
        )

    @route("/enterprises/{id}/consequences", schemas.Consequences, "What follows from an enterprise's records")
    def consequences(
        request: Request,
        id: Id,
        at: At = None,
        known: Known = None,
        pack: PackIds = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Every entry, measure, role block, flag, constraint and derived sanction, for whomever, with article and proof."""
        return answered(
            request,
            Scope.ENTERPRISES,
            "consequences",
            {"subject": id},
            lambda q, it, moment, when: _without(_trace(q, it, moment, when, lang_of(request)), "persons", "subjects"),
            ("consequences",),
            lambda: clocks(at, known, pack),
            (limit, cursor, if_none_match),
        )

    @route("/enterprises/{id}/related", schemas.Related, "What is around an enterprise")
    def related(
        request: Request,
        id: Id,
        hops: Annotated[int, Query(ge=1, le=HOPS, description="How many ties away.")] = 1,
        through_state: Annotated[bool, Query(description="Walk through bodies of the state, too.")] = False,
        at: At = None,
        known: Known = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Who is within some hops, each with the tie by which they were first met."""
        return answered(
            request,
            Scope.ENTERPRISES,
            "related",
            {"subject": id},
            lambda q, it, moment, when: q.related(
                it["subject"], hops=hops, through_state=through_state, at=when.at, known=moment, lang=lang_of(request)
            ),
            ("related",),
            lambda: clocks(at, known),
            (limit, cursor, if_none_match),
            rest=(hops, through_state),
        )

    @route("/persons/{id}/credit-record", schemas.CreditRecord, "A person's credit record")
    def credit_record(
        request: Request,
        id: PersonId,
        at: At = None,
        known: Known = None,
        pack: PackIds = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Entries, measures and role blocks with their reasons.  Somebody unknown and somebody not to be seen look alike."""
        return answered(
            request,
            Scope.PERSONS,
            "credit-record",
            {"person": id},
            lambda q, it, moment, when: q.person(it["person"], at=when.at, known=moment, packs=when.packs, lang=lang_of(request)),
            ("verdicts", "entries", "measures", "role_blocks"),
            lambda: clocks(at, known, pack),
            (limit, cursor, if_none_match),
            of_person=True,
        )

    @route("/consequences/{id:path}/why", schemas.Why, "The proof of a consequence")
    def why(
        request: Request,
        id: ConsequenceId,
        at: At = None,
        known: Known = None,
        pack: PackIds = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """The facts that it rests on, as sentences, and what the independent checker says of it."""
        return answered(
            request,
            Scope.ENTERPRISES,
            "why",
            {"consequence": id},
            lambda q, it, moment, when: q.why(
                it["consequence"], at=when.at, known=moment, packs=when.packs, lang=lang_of(request)
            ),
            ("proof",),
            lambda: clocks(at, known, pack),
            (limit, cursor, if_none_match),
            of_person=True,
        )

    @route("/why-not", schemas.WhyNot, "Why somebody does not answer for a record")
    def why_not(
        request: Request,
        person: Annotated[str, Query(description="A person's key or pseudonym.", min_length=1, max_length=256)],
        record: Annotated[str, Query(description="A record's id.", min_length=1, max_length=256)],
        at: At = None,
        known: Known = None,
        pack: PackIds = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Rule by rule, the closest first: the verdict, and the first test that fails."""
        return answered(
            request,
            Scope.PERSONS,
            "why-not",
            {"person": person, "record": record},
            lambda q, it, moment, when: q.why_not(
                it["person"], it["record"], at=when.at, known=moment, packs=when.packs, lang=lang_of(request)
            ),
            ("rules",),
            lambda: clocks(at, known, pack),
            (limit, cursor, if_none_match),
            of_person=True,
        )

    return router


def _trace(questions: Questions, about: Mapping[str, str], moment: str | None, when: Clocks, lang: Lang) -> Shape:
    return questions.trace(about["subject"], at=when.at, known=moment, packs=when.packs, lang=lang)


def _without(shape: Shape, *names: str) -> Shape:
    return {name: value for name, value in shape.items() if name not in names}
