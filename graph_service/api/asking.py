"""Asking on behalf of a caller: who it is, what they may see, the answer, and the log entry before the answer leaves.

The way of every request, in this order, each step before the next:

1. who asks (`Service.caller`), whether they ask too often, whether their role grants it, and for which purpose;
2. the question, put to a ledger that is veiled for them (`graph_service.api.veiled`), or the answer that was kept for this
position; 3. the log entry, on the disk;
4. the answer.

Refusals after 1 are logged too.  Invariant: no answer leaves before its log entry is committed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request

from graph_service.access import keys, log, sealing
from graph_service.access.limits import Limits
from graph_service.access.masking import Masks, withheld, without_numbers
from graph_service.access.roles import Caller, Role, Scope, Sight
from graph_service.access.tokens import Tokens
from graph_service.api.answers import Answer, Cursors, Kept, Page, cut, etag_of
from graph_service.api.own import persons_of, whether_own
from graph_service.api.problems import Problem, problem_of
from graph_service.api.settings import Settings, is_loopback
from graph_service.api.veiled import Veil, VeiledLedger
from graph_service.desk.base import Desk
from graph_service.engine.answers import consequence_id, id_parts
from graph_service.engine.shapes import Shape
from graph_service.ledger.protocol import Ledger
from graph_service.messages import GraphServiceError, Lang, LedgerError
from graph_service.questions.ask import Questions
from graph_service.questions.clocks import day_of, moment_of

LOCAL = Caller("local", "local", Role.ADMIN, "local")
LOCAL_PURPOSE = "local use, before any key was made"
FLOOR = 0.025
"""Answers about a person that show nothing leave at a multiple of so many seconds: how long the looking took tells nothing."""
PURPOSE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: its name, whom or what it is about (as the caller said), how to ask it, and what of it comes in pages.

    ``of_person``: the question is about one person; ``about``: its arguments for the log; ``ask`` gets the questions of the
    veiled ledger, the arguments as that ledger knows them, and the moment.
    """

    name: str
    about: Mapping[str, str]
    ask: Callable[[Questions, Mapping[str, str], str | None], Shape]
    lists: tuple[str, ...]
    lang: Lang
    limit: int
    cursor: str | None
    known: str | None
    of_person: bool = False
    rest: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request whose caller is known: who, for which purpose, and what the log says of it."""

    caller: Caller
    purpose: str
    said: dict[str, object] = field(default_factory=dict)


class Service:
    """A ledger, a desk, and the settings that they are served under.  Safe for several threads; `close` it."""

    def __init__(self, settings: Settings, ledger: Ledger, desk: Desk) -> None:
        secret = sealing.service_key(desk.path)
        self.settings, self.ledger, self.desk = settings, ledger, desk
        self.masks = Masks(secret)
        self.cursors = Cursors(sealing.derived(secret, "cursors"))
        self.push_secret = sealing.derived(secret, "webhooks")
        self.kept = Kept(settings.cache_bytes)
        self.limits = Limits(settings.rate / settings.workers, max(1, settings.burst // settings.workers))
        self.strangers = Limits(5, 20)
        self.log = log.Log(desk)
        self.tokens = Tokens(settings.provider) if settings.provider else None
        self._guarded = False

    def close(self) -> None:
        """Write what waits for the log.  Ledger and desk stay open: whoever opened them closes them."""
        self.log.close()

    def caller(self, request: Request) -> Caller:
        """Who asks.  Raises `Problem` (401, 429)."""
        header = request.headers.get("authorization", "")
        scheme, _, text = header.partition(" ")
        found: Caller | None = None
        if scheme.lower() == "bearer" and text:
            text = text.strip()
            found = keys.caller_of(self.desk, text)
            if found is None and self.tokens is not None and text.count(".") == 2:
                found = self.tokens.caller_of(text)
        elif not header and self._open_to(request):
            found = LOCAL
        if found is None:
            # Only strangers are counted by their address: behind a proxy everybody has the same one.
            self._hold_back(self.strangers, request.client.host if request.client else "")
            raise Problem(401, "unauthorized", headers={"WWW-Authenticate": "Bearer"})
        self._hold_back(self.limits, found.id)
        return found

    def _hold_back(self, limits: Limits, name: str) -> None:
        wait = limits.take(name)
        if wait:
            raise Problem(429, "too_many", headers={"Retry-After": str(int(wait) + 1)}, seconds=int(wait) + 1)

    def _open_to(self, request: Request) -> bool:
        """Whether nobody has a key yet and the request comes from this machine itself, not through a proxy or a foreign page."""
        if not self._guarded:
            # A provider's tokens or one key, ever: from then on nobody asks without one.
            self._guarded = self.tokens is not None or keys.any_keys(self.desk)
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip"))
        origin = request.headers.get("origin")
        here = request.client is not None and is_loopback(request.client.host)
        return (
            not self._guarded
            and here
            and is_loopback(self.settings.host)
            and is_loopback(host)
            and not forwarded
            and (origin is None or is_loopback(origin.split("//")[-1].rsplit(":", 1)[0]))
        )

    def admitted(self, request: Request, scope: Scope, name: str, about: Mapping[str, str]) -> Asked:
        """A request that its caller may make.  Raises `Problem` (401, 403, 429, 400 for a missing purpose)."""
        caller = self.caller(request)
        purpose = _purpose(request)
        if caller.how == "local":
            purpose = purpose or LOCAL_PURPOSE
        asked = Asked(
            caller,
            purpose,
            {
                "who": {"id": caller.id, "name": caller.name, "role": str(caller.role), "how": caller.how},
                "question": name,
                "about": {key: without_numbers(value) for key, value in about.items() if value},
                "purpose": without_numbers(purpose),
                "request": request.state.id,
            },
        )
        if not caller.may(scope):
            raise self.refused(asked, Problem(403, "forbidden", role=caller.role))
        if (caller.needs_purpose or scope is Scope.LOG) and not purpose:
            raise self.refused(asked, Problem(400, "no_purpose", fields=[("X-Purpose", _missing())]))
        return asked

    def refused(self, asked: Asked, problem: Problem) -> Problem:
        """A problem, once the log says that it was given."""
        self.log.append({**asked.said, "answer": {"status": problem.status, "problem": problem.code}})
        return problem

    @contextmanager
    def refusing(self, asked: Asked, field: str = "request") -> Iterator[None]:
        """Turn what is raised inside into a problem that the log knows of; ``field`` is what an error without a name is about."""
        try:
            yield
        except Problem as problem:
            raise self.refused(asked, problem) from None
        except LedgerError:
            raise self.refused(asked, Problem(503, "unavailable")) from None
        except GraphServiceError as error:
            raise self.refused(asked, problem_of(field, error)) from None

    def answer(self, asked: Asked, question: Question) -> Answer:
        """The answer to a question for a caller.  Raises `Problem` and `GraphServiceError` for arguments that mean nothing."""
        caller = asked.caller
        asking = (question.name, *question.about.values(), question.known or "", question.lang, *question.rest)
        page = Page(question.limit, 0, question.known or "")
        if question.cursor:
            page = self.cursors.read(asking, question.cursor, question.limit)
        sight: tuple[object, ...] = (caller.sight,)
        if caller.sight is Sight.OWN:
            sight = (caller.sight, caller.regions, caller.departments)
        position = self.ledger.last().number
        loading = len(self.ledger.unfinished_loads())
        kept_as = (*asking, page, sight, position, loading, day_of(None))
        found = self.kept.get(kept_as)
        if found is None:
            found = self._worked_out(caller, question, asking, page)
            self.kept.put(kept_as, found)
        return found

    def veil(self, caller: Caller, question: Question, known: str | None) -> tuple[Veil, Mapping[str, str]]:
        """What covers persons for a caller who asks this, and the arguments as the veiled ledger knows them."""
        named = caller.sight is not Sight.WITHHELD
        if caller.sight is Sight.CLEAR:
            veil = Veil(self.masks, None, named=named)
        elif caller.sight is Sight.OWN:
            veil = Veil(self.masks, self._own(caller, question, known), named=named)
        else:
            veil = Veil(self.masks, frozenset(), named=named)
        return veil, {name: _inner(veil, name, value) for name, value in question.about.items()}

    def _own(self, caller: Caller, question: Question, known: str | None) -> frozenset[str]:
        about = {name: value.strip() for name, value in question.about.items()}
        position = self.ledger.position_at(moment_of(known)) if known else None
        with self.ledger.read(position) as reader:
            clear: frozenset[str] = frozenset()
            if "person" in about:
                person = self.masks.key_of(about["person"]) or about["person"]
                if whether_own(reader, caller, person):
                    clear |= {person}
            asked = [about[name] for name in ("subject", "record") if name in about]
            parts = id_parts(about.get("consequence", ""))
            if parts:  # its record, and whom it is on: of a derived sanction that is all there is
                asked += parts[3:5]
            return clear | persons_of(reader, caller, asked)

    def _worked_out(self, caller: Caller, question: Question, asking: Sequence[object], page: Page) -> Answer:
        known = page.known or None
        veil, about = self.veil(caller, question, known)
        shape: dict[str, Any] = dict(question.ask(Questions(VeiledLedger(self.ledger, veil)), about, known))
        shape.setdefault("complete", True)
        shape.setdefault("left_out", [])
        shape.setdefault("decision_id", None)
        if "persons" in shape and question.name == "liable-persons":
            shape["counts"] = _counts(shape["persons"])
        made, total, following = cut(shape, question.lists, page)
        cursor = None
        if following is not None:
            known = page.known or str(shape.get("known", ""))
            cursor = self.cursors.make(asking, Page(page.limit, following, known))
        made["page"] = {"limit": page.limit, "total": total, "next": cursor}
        body = orjson.dumps(made)
        if caller.sight is Sight.WITHHELD:
            body = withheld(body)
        decision = str(made["decision_id"] or "")
        shown = [caller.sight, question.lang, page, total, made["complete"]]
        etag = etag_of(decision, *shown) if decision else ""
        empty = any(one["code"] == "not_in_ledger" for one in shape.get("notices", ()))
        return Answer(body, etag, decision, made.get("position", 0), _named(veil.shown, body), empty)

    def logged(self, asked: Asked, question: Question, found: Answer, status: int) -> None:
        """Write who asked this and what they got; returns when it is on the disk."""
        persons = set(found.persons)
        if question.of_person and "person" in question.about:
            told = question.about["person"].strip()
            persons.add(without_numbers(self.masks.key_of(told) or told))
        answer: dict[str, object] = {"status": status, "decision": found.decision, "position": found.position}
        listed = sorted(persons)
        said = {**asked.said, "answer": answer, "persons": listed, "sight": str(asked.caller.sight)}
        self.log.append(said, listed)

    def until_even(self, asked: Asked, begun: float) -> float:
        """How many seconds are left until the next even moment; none for callers who may see every person."""
        if asked.caller.sight is Sight.CLEAR:
            return 0.0
        return FLOOR - (time.monotonic() - begun) % FLOOR

    def even_out(self, asked: Asked, begun: float) -> None:
        """Wait until the next even moment, for callers who may not see every person."""
        time.sleep(self.until_even(asked, begun))


def _inner(veil: Veil, name: str, value: str) -> str:
    if name == "consequence":
        parts = id_parts(value)
        if parts is None:
            return value
        pack, rule, code, record, *people = parts
        return consequence_id(pack, rule, code, record, *(veil.inner(one) for one in people))
    return veil.inner(value.strip()) if name in ("subject", "person") else value.strip()


def _counts(persons: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many different persons are liable, and how many more only candidates."""
    liable = {row["person"] for row in persons if row["verdict"] == "liable"}
    return {"liable": len(liable), "candidate": len({row["person"] for row in persons} - liable)}


def _named(persons: Iterable[str], body: bytes) -> tuple[str, ...]:
    """Those persons whose key stands in an answer, in a field or in a sentence; one too many rather than one too few."""
    return tuple(sorted(key for key in persons if orjson.dumps(key)[1:-1] in body))


def _purpose(request: Request) -> str:
    text = request.headers.get("x-purpose") or request.query_params.get("purpose") or ""
    # Headers come as Latin-1; a purpose in Chinese is sent as UTF-8.
    with suppress(UnicodeEncodeError, UnicodeDecodeError):
        text = text.encode("latin-1").decode("utf-8")
    text = " ".join(text.split())
    if len(text) > PURPOSE_LIMIT or not text.isprintable():
        raise Problem(400, "bad_value", fields=[("X-Purpose", _long())])
    return text


def _missing() -> GraphServiceError:
    return GraphServiceError("purpose_missing")


def _long() -> GraphServiceError:
    return GraphServiceError("purpose_bad", limit=PURPOSE_LIMIT)
