"""What requests may say, each parameter once: read strictly, and refused by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Header, Path, Query
from starlette.requests import Request

from graph_service.api.answers import LONGEST_PAGE
from graph_service.api.problems import MEDIA, Problem, problem_of
from graph_service.api.schemas import ProblemDocument
from graph_service.messages import BadValue, GraphServiceError, Lang
from graph_service.model.interval import day_text
from graph_service.policy.loader import shipped_packs
from graph_service.questions.clocks import day_of, moment_of

KEY_LIMIT = 256
Id = Annotated[str, Path(description="The subject's key: a USCC or any other.", min_length=1, max_length=KEY_LIMIT)]
PersonId = Annotated[
    str, Path(description="A person's key, or the pseudonym that a masked answer shows.", min_length=1, max_length=KEY_LIMIT)
]
ConsequenceId = Annotated[str, Path(description="The consequence's id, percent-encoded.", min_length=1, max_length=2048)]
At = Annotated[str | None, Query(description="The day asked: what held in the world. Default: today.", examples=["2019-12-31"])]
Known = Annotated[str | None, Query(description="What the ledger held then: a day or a moment. Default: all that is recorded.")]
PackIds = Annotated[
    list[str] | None, Query(alias="pack", description="A policy pack; repeat for several.", examples=[["cn-yunnan-2016"]])
]
Limit = Annotated[int, Query(description="Rows of a page.", ge=1, le=LONGEST_PAGE)]
Cursor = Annotated[str | None, Query(description="`page.next` of the page before.", max_length=512)]
Purpose = Annotated[
    str | None, Header(alias="X-Purpose", description="What for: required where persons can be seen in clear; kept in the log.")
]
IfNoneMatch = Annotated[str | None, Header(alias="If-None-Match", description="Entity tags of answers that the caller has.")]
Idempotency = Annotated[
    str | None, Header(alias="Idempotency-Key", description="The same key and body get the same answer, once.", max_length=128)
]
PAGE = 100


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks and the law of a question, checked."""

    at: str
    known: str | None
    packs: tuple[str, ...]


def clocks(at: str | None, known: str | None, packs: list[str] | None = None) -> Clocks:
    """Check them.  Raises `Problem` that names the parameter."""
    given = tuple(dict.fromkeys(packs or ()))
    shipped = shipped_packs() if given else {}
    for pack in given:
        # The command line takes folders too; over the network only what was shipped may be named.
        if pack not in shipped:
            raise problem_of("pack", BadValue("unknown_pack", value=pack[:64], known=", ".join(sorted(shipped))))
    try:
        day = day_text(day_of(at))
    except GraphServiceError as error:
        raise problem_of("at", error) from None
    try:
        if known:
            moment_of(known)
    except (GraphServiceError, OverflowError) as error:
        bad = error if isinstance(error, GraphServiceError) else BadValue("bad_moment", value=known)
        raise problem_of("known", bad) from None
    return Clocks(day, known or None, given)


def lang_of(request: Request) -> Lang:
    """The language of a request."""
    lang: Lang = request.state.lang
    return lang


def printable(**texts: str) -> None:
    """Raises `Problem` for a text with characters that no key has."""
    for name, text in texts.items():
        if not text.isprintable() or not text.strip():
            raise Problem(422, "bad_value", fields=[(name, BadValue("bad_key_text"))])


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problem documents that an endpoint may answer with."""
    return {
        status: {"model": ProblemDocument, "content": {MEDIA: {}}, "description": "A problem document (RFC 9457)."}
        for status in statuses
    }
