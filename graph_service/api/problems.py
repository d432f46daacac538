"""What a caller is told when a request cannot be answered: RFC 9457 problem documents that name the field.

Invariants: a problem repeats nothing but what the caller sent, and never an identity number; for something unknown and for
something forbidden it is the same; its words are the catalogue's, in the language asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson
from starlette.responses import Response

from graph_service.messages import GraphServiceError, Lang, say

MEDIA = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Wrong:
    """What was wrong with one field: a parameter, a header, or a place of the body as ``body.name``."""

    field: str
    detail: str


class Problem(Exception):
    """A request that is answered with a problem document.  ``code`` is a message ``problem_<code>`` of the catalogue."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        fields: Sequence[tuple[str, GraphServiceError | str]] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.fields, self.headers, self.values = status, code, fields, headers or {}, values


def problem_of(field: str, error: GraphServiceError) -> Problem:
    """The problem of a value that does not mean what it should."""
    return Problem(422, "bad_value", fields=[(field, error)])


def problem_response(problem: Problem, lang: Lang) -> Response:
    """The document of a problem."""
    title = say(f"problem_{problem.code}", lang, **problem.values)
    wrong = [Wrong(name, one.text(lang) if isinstance(one, GraphServiceError) else one) for name, one in problem.fields]
    body: dict[str, object] = {
        "type": f"urn:graph-service:problem:{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": "; ".join(f"{one.field}: {one.detail}" for one in wrong) or title,
    }
    if wrong:
        body["errors"] = [{"field": one.field, "detail": one.detail} for one in wrong]
    return Response(_bytes(body), problem.status, dict(problem.headers), media_type=MEDIA)


def _bytes(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except TypeError:  # an unpaired surrogate that a caller sent
        return orjson.dumps(str(body).encode("utf-8", "replace").decode())
