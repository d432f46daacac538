"""Lists, the public view and the figures of casework over HTTP.

* a list names persons as its reader may see them: in clear those whose record is the reader's own, otherwise by pseudonym;
* the public view is the same for everybody: no person's key, and of a name its first character;
* figures count all tasks; the tasks that are overdue are named to those alone whose they are, and how many are left out is said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from graph_service.access.roles import Caller, Scope, Sight
from graph_service.api.answers import Answer
from graph_service.api.asking import Service
from graph_service.api.officers import day_asked, meaning, named_in, own_things
from graph_service.api.own import persons_of
from graph_service.api.parameters import PAGE, At, Cursor, IfNoneMatch, Limit, Purpose, lang_of, printable, problems
from graph_service.api.pinned import Paged, Pin
from graph_service.api.schemas_casework import CreditList, PublicView, Statistics, good
from graph_service.api.veiled import Veil, VeiledReader
from graph_service.casework.history import things
from graph_service.casework.lists import listed
from graph_service.casework.office import Office
from graph_service.casework.publication import public_view
from graph_service.casework.statistics import GROUPS, figures, overdue_list
from graph_service.engine.shapes import Shape
from graph_service.messages import Lang, say
from graph_service.model.facts import Subject, SubjectKind
from graph_service.model.identifiers import is_uscc

Colour = Annotated[Literal["black", "red", "reference"], Path(description="Which list; `reference`: those of third parties.")]
Found = tuple[Shape, Sequence[str]]


def lists(service: Service) -> APIRouter:
    """The routes of lists, of the public view and of figures."""
    router = APIRouter(prefix="/v1", tags=["casework"])
    bad = problems(400, 401, 403, 422, 429, 503) | {304: {"description": "The caller has this answer already."}}

    def answered(
        request: Request,
        name: str,
        about: dict[str, str],
        paged: Callable[[Lang], Paged],
        ask: Callable[[Caller, Office, Pin], Found],
        even: bool = False,
    ) -> Response:
        asked = service.admitted(request, Scope.ENTERPRISES, name, about)
        begun = time.monotonic()
        try:
            with service.refusing(asked, "at"), meaning(bad_word="by", other="at"):
                question = paged(lang_of(request))
                found: Answer = question.answer(service, asked, lambda office, pin: ask(asked.caller, office, pin))
            return question.given(service, asked, found)
        finally:
            if even:
                service.even_out(asked, begun)

    @router.get(
        "/lists/{colour}", summary="A list as of a day", responses={**good(CreditList, 200), **bad}, response_class=Response
    )
    def credit_list(
        request: Request,
        colour: Colour,
        at: At = None,
        history: Annotated[bool, Query(description="Also those who left, and why.")] = False,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """The black list follows from the records; the red one is written by the competent departments."""

        def ask(caller: Caller, office: Office, pin: Pin) -> Found:
            lang = lang_of(request)
            shape = listed(office, colour, day_asked(at), history=history, upto=pin.upto, lang=lang)
            return _masked(service, caller, office, shape)

        return answered(
            request,
            "list",
            {"list": colour, "at": at or ""},
            lambda lang: Paged(("list", colour, day_asked(at), history), ("entries",), lang, limit, cursor, if_none_match),
            ask,
        )

    @router.get(
        "/public/{uscc}",
        summary="What the public sees of an enterprise",
        responses={**good(PublicView, 200), **bad},
        response_class=Response,
    )
    def public(
        request: Request,
        uscc: Annotated[str, Path(description="Its Unified Social Credit Code.", min_length=1, max_length=256)],
        at: At = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """Its published records as long as they are shown, with persons as the first character of their names, for every role."""

        def paged(lang: Lang) -> Paged:
            printable(uscc=uscc)
            return Paged(("public", uscc, day_asked(at)), ("records",), lang, limit, cursor, if_none_match)

        def ask(_: Caller, office: Office, __: Pin) -> Found:
            return public_view(office, uscc, day_asked(at), lang_of(request)), ()

        return answered(request, "public", {"subject": uscc}, paged, ask, even=True)

    @router.get("/statistics", summary="Figures of casework", responses={**good(Statistics, 200), **bad}, response_class=Response)
    def statistics(
        request: Request,
        at: At = None,
        by: Annotated[list[str] | None, Query(description=f"By what: {', '.join(GROUPS)}; repeat for several.")] = None,
        limit: Limit = PAGE,
        cursor: Cursor = None,
        if_none_match: IfNoneMatch = None,
        x_purpose: Purpose = None,
    ) -> Response:
        """As of the end of a day; and which of the caller's own tasks are overdue, the longest first."""
        groups = tuple(dict.fromkeys(by)) if by is not None else tuple(GROUPS)

        def ask(caller: Caller, office: Office, pin: Pin) -> Found:
            return _statistics(service, caller, office, pin, day_asked(at), groups, lang_of(request))

        rows = ("overdue", "without_deadline")
        return answered(
            request,
            "statistics",
            {"at": at or ""},
            lambda lang: Paged(("statistics", day_asked(at), *groups), rows, lang, limit, cursor, if_none_match),
            ask,
        )

    return router


def _masked(service: Service, caller: Caller, office: Office, shape: Shape) -> Found:
    """A list as a caller may see it, in an order that tells nothing of those who are masked."""
    rows: Any = shape["entries"]
    keys = sorted({row["subject"] for row in rows})
    maybe = [key for key in keys if not is_uscc(key)]
    with office.ledger.read() as reader:
        if caller.sight is Sight.CLEAR:
            clear = None
        else:
            clear = persons_of(reader, caller, maybe) if caller.sight is Sight.OWN else frozenset()
        veil = Veil(service.masks, clear, named=caller.sight is not Sight.WITHHELD)
        described: dict[str, Subject] = {key: Subject(key, SubjectKind.UNSPECIFIED) for key in maybe}
        described |= {one.fact.id: one.fact for one in reader.subjects(maybe)}
        seen = VeiledReader(reader, veil).masked([described[key] for key in maybe])
    shown = {key: one for key, one in zip(maybe, seen, strict=True) if isinstance(one, Subject)}
    made = [_row(row, shown.get(row["subject"])) for row in rows]
    order = ("subject", "list", "record", "from")
    made.sort(key=lambda row: [str(row[name]) for name in order])
    return {**shape, "entries": made}, sorted(veil.shown)


def _row(row: Mapping[str, Any], seen: Subject | None) -> dict[str, Any]:
    if seen is None:
        return dict(row)
    if seen.id == row["subject"]:
        return {**row, "name": seen.name}
    # Why somebody is on a list is free text, which can name them.
    return {**row, "subject": seen.id, "name": seen.name, "reason": None}


def _statistics(service: Service, caller: Caller, office: Office, pin: Pin, day: int, groups: Sequence[str], lang: Lang) -> Found:
    shape = {**figures(office.desk, day, by=groups, upto=pin.upto, lang=lang)}
    late = overdue_list(office.desk, day, upto=pin.upto)
    with office.desk.read() as db:
        bodies = {one.id: one.body for one in things(db, day=day, upto=pin.upto)}
    left = 0
    for name in ("overdue", "without_deadline"):
        rows: Any = late[name]
        own = own_things(service, caller, [bodies[row["id"]] for row in rows])
        shape[name] = [row for row, mine in zip(rows, own, strict=True) if mine]
        left += own.count(False)
    if left:
        shape |= {"complete": False, "left_out": [{"code": "not_yours", "text": say("tasks_not_yours", lang, count=left)}]}
    return shape, named_in(service, [shape["overdue"], shape["without_deadline"]])
