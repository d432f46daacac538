"""Webhooks: changes of the ledger are pushed to addresses, signed, each until it is taken.

* the outbox is filled by following the ledger from a cursor; a message and the cursor behind it are written in one transaction of
  the desk, so that every change is in exactly one message of each webhook, whatever dies when;
* a message is the body of ``GET /v1/changes``, persons always masked: the address may be anybody's;
* it is sent until a 2xx answers, each time later (up to an hour), the messages of one webhook in their order; one that was taken
  just before we died is sent again, under the same delivery id;
* it is signed: ``X-Signature: t=<seconds>,v1=<HMAC-SHA-256 of "<t>.<body>" in hexadecimal>`` under a secret of the webhook's own,
  which is derived from the service's and stored nowhere.
"""

from __future__ import annotations

import fcntl
import hmac
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import orjson

from graph_service.access.sealing import derived
from graph_service.api.changes import changes_shape
from graph_service.api.settings import is_loopback
from graph_service.api.veiled import Veil
from graph_service.desk.base import Area, Desk
from graph_service.messages import BadValue

if TYPE_CHECKING:
    from graph_service.api.asking import Service

OUTBOX = Area(
    "outbox",
    (
        """
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    made_at TEXT NOT NULL,
    position INTEGER NOT NULL,
    removed_at TEXT
);
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL REFERENCES webhooks (id),
    after_position INTEGER NOT NULL,
    to_position INTEGER NOT NULL,
    body BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0,
    sent_at TEXT
);
CREATE UNIQUE INDEX outbox_of ON outbox (webhook, after_position);
CREATE INDEX outbox_waiting ON outbox (webhook, seq) WHERE sent_at IS NULL;
""",
    ),
)
AT_ONCE = 200
"""Changes of one message."""
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 3600.0
POLL = 0.5


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that changes are pushed to, and the position up to which they lie in the outbox."""

    id: str
    url: str
    made_at: str
    position: int
    removed_at: str | None


def add_webhook(desk: Desk, url: str, position: int) -> Webhook:
    """Push the changes after a position to an address.  Raises `BadValue` for one that is neither https nor on this machine."""
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not safe or not parts.hostname or parts.username is not None or not url.isprintable():
        raise BadValue("bad_webhook", value=url if parts.username is None else "")
    made = Webhook(f"w{secrets.token_hex(6)}", url, datetime.now(UTC).isoformat(timespec="seconds"), position, None)
    with desk.write() as db:
        db.execute("INSERT INTO webhooks VALUES (?, ?, ?, ?, NULL)", (made.id, url, made.made_at, position))
    return made


def list_webhooks(desk: Desk) -> list[Webhook]:
    """Every webhook that was ever made, the oldest first."""
    with desk.read() as db:
        return [Webhook(*row) for row in db.execute("SELECT * FROM webhooks ORDER BY made_at, id")]


def remove_webhook(desk: Desk, identity: str) -> None:
    """Push nothing more to a webhook.  Raises `BadValue` for an id that none has."""
    with desk.write() as db:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        if not db.execute("UPDATE webhooks SET removed_at = coalesce(removed_at, ?) WHERE id = ?", (now, identity)).rowcount:
            raise BadValue("unknown_webhook", value=identity)


def secret_of(push_secret: bytes, webhook: str) -> str:
    """The secret under which the messages of a webhook are signed."""
    return derived(push_secret, f"webhook {webhook}").hex()


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of ``X-Signature``.

    >>> signature("s", 1, b"{}")[:15]
    't=1,v1=b253639b'
    """
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.'.encode() + body, sha256).hexdigest()}"


@contextmanager
def alone(desk: Path, stopping: threading.Event) -> Iterator[bool]:
    """Wait to be the one process that pushes; False where we are to stop before that.  The lock ends with the process."""
    with desk.with_name(f"{desk.name}.push").open("a") as file:
        while not stopping.is_set():
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                stopping.wait(POLL)
            else:
                yield True
                return
        yield False


class Outbox:
    """Fills and empties the outbox of a service, in a thread of its own from `start` until `stop`."""

    def __init__(self, service: Service, *, clock: Callable[[], float] = time.time, poll: float = POLL) -> None:
        self._service, self._clock, self._poll = service, clock, poll
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to push; of several processes one does, and another when that one is gone."""
        self._thread = threading.Thread(target=self._work, name="outbox", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop after the message that is under way; what was not sent is sent when somebody starts again."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def waiting(self) -> int:
        """How many messages no webhook has taken yet."""
        with self._service.desk.read() as db:
            sql = "SELECT count(*) FROM outbox JOIN webhooks w ON w.id = webhook WHERE sent_at IS NULL AND removed_at IS NULL"
            return int(db.execute(sql).fetchone()[0])

    def fill(self) -> int:
        """Put every change that is not in the outbox yet into it; how many messages that made."""
        made = 0
        for webhook in list_webhooks(self._service.desk):
            position = webhook.position
            while webhook.removed_at is None and not self._stopping.is_set():
                veil = Veil(self._service.masks, frozenset())
                shape = changes_shape(self._service.ledger, veil, position, AT_ONCE)
                if not shape["changes"]:
                    break
                with self._service.desk.write() as db:
                    there = db.execute(
                        "UPDATE webhooks SET position = ? WHERE id = ? AND position = ?", (shape["next"], webhook.id, position)
                    ).rowcount
                    if not there:
                        break  # another process was first
                    db.execute(
                        "INSERT INTO outbox (webhook, after_position, to_position, body) VALUES (?, ?, ?, ?)",
                        (webhook.id, position, shape["next"], orjson.dumps(shape)),
                    )
                made, position = made + 1, shape["next"]
        return made

    def send(self, client: httpx.Client) -> int:
        """Send the first waiting message of each webhook whose time has come; how many were taken."""
        with self._service.desk.read() as db:
            rows = db.execute(
                "SELECT o.*, w.url FROM outbox o JOIN webhooks w ON w.id = o.webhook WHERE w.removed_at IS NULL AND o.seq IN "
                "(SELECT min(seq) FROM outbox WHERE sent_at IS NULL GROUP BY webhook) AND o.next_at <= ?",
                (self._clock(),),
            ).fetchall()
        taken = 0
        for row in rows:
            if self._stopping.is_set():
                break
            good = self._sent(client, row["url"], row["webhook"], row["seq"], row["body"])
            with self._service.desk.write() as db:
                if good:
                    taken += 1
                    now = datetime.now(UTC).isoformat(timespec="seconds")
                    db.execute("UPDATE outbox SET sent_at = ?, body = NULL WHERE seq = ?", (now, row["seq"]))
                else:
                    pause = min(FIRST_PAUSE * 2 ** min(row["attempts"], 12), LONGEST_PAUSE) * random.uniform(0.5, 1)  # noqa: S311
                    db.execute(
                        "UPDATE outbox SET attempts = attempts + 1, next_at = ? WHERE seq = ?",
                        (self._clock() + pause, row["seq"]),
                    )
        return taken

    def _sent(self, client: httpx.Client, url: str, webhook: str, seq: int, body: bytes) -> bool:
        headers = {
            "Content-Type": "application/json",
            "X-Delivery": f"{webhook}-{seq}",
            "X-Signature": signature(secret_of(self._service.push_secret, webhook), int(self._clock()), body),
        }
        try:
            return client.post(url, content=body, headers=headers).is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False

    def _work(self) -> None:
        client = httpx.Client(timeout=10, follow_redirects=False, trust_env=False)
        with client, alone(self._service.desk.path, self._stopping) as first:
            while first and not self._stopping.is_set():
                busy = 0
                # A store that does not answer is asked again: nothing that was committed is lost meanwhile.
                with suppress(Exception):
                    busy = self.fill() + self.send(client)
                if not busy:
                    self._stopping.wait(self._poll)
