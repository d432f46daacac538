"""Answers as bytes: pages, cursors, entity tags, and the answers that are kept.

* a page is cut from the lists of an answer, one after the other; what is left out of it stands in ``page``: how many rows there
  are in all, and the cursor of the next page (null on the last), so that nothing is cut silently;
* a cursor is opaque and signed, and holds the moment of the ledger at which the first page was asked: all pages are of one
  answer, whatever is recorded meanwhile;
* an entity tag is the decision id with a digest of how it is shown (role, language, page): it is weak, because the same decision
  at a later position of the ledger counts as the same answer;
* an answer is kept for the position that it was worked out at, and so never stale.
"""

from __future__ import annotations

import hmac
import threading
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson

from graph_service.api.problems import Problem
from graph_service.messages import BadValue

LONGEST_PAGE = 1000
_SIGNATURE = 12


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of an answer is asked for: how many rows, after how many, and as known when (empty: now)."""

    limit: int
    offset: int = 0
    known: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer on its way out: its bytes, entity tag and decision id, where its ledger stood, and who is in it in clear."""

    body: bytes
    etag: str
    decision: str
    position: int
    persons: tuple[str, ...] = ()
    empty: bool = False
    """Whether the ledger, as the caller sees it, knows nothing of whom was asked about."""


class Cursors:
    """Opaque cursors, signed so that nobody reads from where no page led."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, question: Sequence[object], page: Page) -> str:
        """The cursor of a page of a question."""
        said = orjson.dumps([page.offset, page.known, _digest(question)])
        return urlsafe_b64encode(self._sign(said) + said).rstrip(b"=").decode()

    def read(self, question: Sequence[object], cursor: str, limit: int) -> Page:
        """The page that a cursor stands for.  Raises `Problem` for one that is not ours, or of another question."""
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            signature, said = raw[:_SIGNATURE], raw[_SIGNATURE:]
            if not hmac.compare_digest(signature, self._sign(said)):
                raise ValueError
            offset, known, of = orjson.loads(said)
            if of != _digest(question):
                raise ValueError
        except ValueError:
            raise Problem(422, "bad_value", fields=[("cursor", BadValue("bad_cursor"))]) from None
        return Page(limit, offset, known)

    def _sign(self, said: bytes) -> bytes:
        return hmac.new(self._key, said, sha256).digest()[:_SIGNATURE]


def _digest(question: Sequence[object]) -> str:
    return sha256("\x1f".join(map(str, question)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def cut(shape: dict[str, Any], lists: Sequence[str], page: Page) -> tuple[dict[str, Any], int, int | None]:
    """A page of an answer: the shape with its lists cut, how many rows there are in all, the next page's offset.

    >>> cut({"a": [1, 2], "b": [3], "n": 0}, ["a", "b"], Page(2, 1))
    ({'a': [2], 'b': [3], 'n': 0}, 3, None)
    """
    made, before = dict(shape), 0
    first, after = page.offset, page.offset + page.limit
    for name in lists:
        rows = shape[name]
        made[name] = rows[max(first - before, 0) : max(after - before, 0)]
        before += len(rows)
    return made, before, after if after < before else None


def etag_of(decision: str, *shown: object) -> str:
    """The entity tag of a decision as it is shown."""
    return f'W/"{decision}.{_digest(shown)}"'


def matches(etag: str, header: str | None) -> bool:
    """Whether an ``If-None-Match`` header names an entity tag.

    >>> matches('W/"a"', 'W/"b", W/"a"'), matches('W/"a"', '"a"'), matches('W/"a"', "*"), matches('W/"a"', None)
    (True, True, True, False)
    """
    if not header:
        return False
    tags = {one.strip().removeprefix("W/") for one in header.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


class Kept:
    """Answers that were given lately, up to so many bytes; the one that was used longest ago goes first."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._held: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Answer | None:
        """The answer kept under a key."""
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
            return found

    def put(self, key: Hashable, answer: Answer) -> None:
        """Keep an answer."""
        with self._lock:
            old = self._held.pop(key, None)
            self._size += len(answer.body) - (len(old.body) if old else 0)
            self._held[key] = answer
            while self._size > self._most:
                self._size -= len(self._held.popitem(last=False)[1].body)
