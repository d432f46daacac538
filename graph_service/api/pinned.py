"""Pages of answers that are made of ledger and desk together: all pages are of the moment at which the first was asked.

* a cursor holds the position of the ledger and the last step of the desk's history; what is recorded or done meanwhile shows in
  no later page;
* a cursor is of one question and of one sight: it leads nowhere for somebody who sees other rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.responses import Response

from graph_service.access.masking import withheld
from graph_service.access.roles import Caller, Sight
from graph_service.api.answers import Answer, Page, cut, etag_of, matches
from graph_service.api.asking import Asked, Service
from graph_service.api.veiled import Veil, VeiledLedger
from graph_service.casework.history import last_number
from graph_service.casework.office import Office
from graph_service.engine.answers import LeftOut
from graph_service.engine.shapes import Shape, left_out_shape
from graph_service.ledger.protocol import Ledger, Position, Reader
from graph_service.messages import Lang
from graph_service.model.facts import digest
from graph_service.policy.choosing import choose_packs


class PinnedLedger(VeiledLedger):
    """A ledger as it was at a position, for reading; nobody in it is masked."""

    def __init__(self, ledger: Ledger, veil: Veil, position: int) -> None:
        super().__init__(ledger, veil)
        self._inner, self._position = ledger, Position(position, "")

    @contextmanager
    def read(self, at: Position | None = None) -> Iterator[Reader]:
        """See `Ledger.read`."""
        with self._inner.read(at or self._position) as reader:
            yield reader


@dataclass(frozen=True, slots=True)
class Pin:
    """Which page is asked for, and of which moment: a position of the ledger and a step of the desk's history."""

    page: Page
    position: int
    upto: int


@dataclass(frozen=True, slots=True)
class Paged:
    """A question whose answer comes in pages: its name and arguments, the lists that are cut, and the page asked for."""

    asking: tuple[object, ...]
    lists: tuple[str, ...]
    lang: Lang
    limit: int
    cursor: str | None
    tags: str | None

    def answer(self, service: Service, asked: Asked, ask: Callable[[Office, Pin], tuple[Shape, Sequence[str]]]) -> Answer:
        """The answer: ``ask`` gives it whole, with the persons in clear in it.  Raises what that raises, and `Problem`."""
        caller = asked.caller
        asking = (*self.asking, self.lang, *sight_of(caller))
        pin = self._pin(service, asking)
        loading = len(service.ledger.unfinished_loads())
        kept_as = (*asking, pin, loading)
        found = service.kept.get(kept_as)
        if found is None:
            veil = Veil(service.masks, None)
            office = Office(PinnedLedger(service.ledger, veil, pin.position), service.desk, choose_packs(()))
            given, persons = ask(office, pin)
            shape: dict[str, Any] = {"complete": True, "left_out": [], **given}
            if loading:
                loads = [f"#{number}" for number in range(1, loading + 1)]
                told = left_out_shape(LeftOut("unfinished_load", "", {"loads": loads}), self.lang)
                shape |= {"complete": False, "left_out": [*shape["left_out"], told]}
            found = self._made(service, caller, asking, pin, shape, persons)
            service.kept.put(kept_as, found)
        return found

    def given(self, service: Service, asked: Asked, found: Answer) -> Response:
        """The answer as it leaves, after its line of the log."""
        status = 304 if matches(found.etag, self.tags) else 200
        told = {"status": status, "decision": found.decision, "position": found.position}
        listed = sorted(found.persons)
        service.log.append({**asked.said, "answer": told, "persons": listed, "sight": str(asked.caller.sight)}, listed)
        headers = {"ETag": found.etag, "Vary": "Authorization, Accept-Language, X-Purpose"}
        if status == 304:
            return Response(status_code=304, headers=headers)
        return Response(found.body, headers=headers, media_type="application/json")

    def _pin(self, service: Service, asking: tuple[object, ...]) -> Pin:
        if self.cursor:
            page = service.cursors.read(asking, self.cursor, self.limit)
            position, _, upto = page.known.partition(".")
            return Pin(page, int(position), int(upto))
        with service.desk.read() as db:
            upto_now = last_number(db)
        return Pin(Page(self.limit), service.ledger.last().number, upto_now)

    def _made(
        self,
        service: Service,
        caller: Caller,
        asking: tuple[object, ...],
        pin: Pin,
        shape: dict[str, Any],
        persons: Sequence[str],
    ) -> Answer:
        text = orjson.dumps(shape, option=orjson.OPT_SORT_KEYS).decode()
        decision = f"d-{digest(*map(str, self.asking), text, size=16)}"
        made, total, following = cut({**shape, "decision_id": decision}, self.lists, pin.page)
        cursor = None
        if following is not None:
            cursor = service.cursors.make(asking, Page(pin.page.limit, following, f"{pin.position}.{pin.upto}"))
        made["page"] = {"limit": pin.page.limit, "total": total, "next": cursor}
        body = orjson.dumps(made)
        if caller.sight is Sight.WITHHELD:
            body = withheld(body)
        etag = etag_of(decision, caller.sight, self.lang, pin.page.limit, pin.page.offset, total)
        return Answer(body, etag, decision, pin.position, tuple(persons))


def sight_of(caller: Caller) -> tuple[object, ...]:
    """All of a caller that decides what they see."""
    if caller.sight is not Sight.OWN:
        return (caller.sight,)
    return caller.sight, caller.regions, caller.departments
