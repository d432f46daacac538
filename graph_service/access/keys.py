"""API keys: made once, shown once, kept as a hash, ended by their day or by hand.

A key reads ``gs_<id>_<secret>``.  The id finds its row; of the secret, 256 random bits, only the SHA-256 is kept, which nobody
can turn back.  A key that is unknown, wrong, revoked or expired gets the same answer after the same work.
"""

from __future__ import annotations

import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from graph_service.access.roles import GRANTS, Caller, Role, Scope
from graph_service.desk.base import Area, Desk
from graph_service.messages import BadValue

KEYS = Area(
    "keys",
    (
        """
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    role TEXT NOT NULL,
    regions TEXT NOT NULL,
    departments TEXT NOT NULL,
    scopes TEXT NOT NULL,
    made_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
);
""",
    ),
)
LONGEST = 400
"""Days that a key may live."""
_NOBODY = sha256(b"no key has this secret").hexdigest()


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is kept: everything but its secret."""

    id: str
    name: str
    role: Role
    regions: tuple[str, ...]
    departments: tuple[str, ...]
    scopes: frozenset[Scope]
    made_at: str
    expires_at: str
    revoked_at: str | None

    def live(self, now: datetime) -> bool:
        """Whether it is neither expired nor revoked."""
        return self.revoked_at is None and now < datetime.fromisoformat(self.expires_at)


def add_key(
    desk: Desk,
    name: str,
    role: str,
    *,
    regions: Iterable[str] = (),
    departments: Iterable[str] = (),
    scopes: Iterable[str] = (),
    days: int = 90,
    now: datetime | None = None,
) -> tuple[Key, str]:
    """Make a key: what is kept of it, and its text, which nothing can show again.  Raises `BadValue`.

    ``regions`` (GB/T 2260) and ``departments`` are an officer's own; ``scopes`` narrows what the role grants (default: all of
    it).
    """
    made = now or datetime.now(UTC)
    if role not in set(Role):
        raise BadValue("unknown_role", value=role, known=", ".join(Role))
    if not name.strip() or not name.isprintable():
        raise BadValue("key_needs_name")
    if not 1 <= days <= LONGEST:
        raise BadValue("key_days", value=days, longest=LONGEST)
    theirs = tuple(dict.fromkeys(one.strip() for one in regions))
    for region in theirs:
        if not (region.isascii() and region.isdigit() and len(region) in (2, 4, 6)):
            raise BadValue("bad_region", value=region)
    if (role == Role.OFFICER) != bool(theirs):
        raise BadValue("officer_needs_region" if role == Role.OFFICER else "region_needs_officer", role=role)
    granted = GRANTS[Role(role)]
    asked = frozenset(scopes) or frozenset(map(str, granted))
    if not asked <= granted:
        raise BadValue("unknown_scope", value=", ".join(sorted(asked - granted)), known=", ".join(sorted(granted)), role=role)
    identity, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = Key(
        id=identity,
        name=name.strip(),
        role=Role(role),
        regions=theirs,
        departments=tuple(dict.fromkeys(one.strip() for one in departments)),
        scopes=frozenset(map(Scope, asked)),
        made_at=_text(made),
        expires_at=_text(made + timedelta(days=days)),
        revoked_at=None,
    )
    with desk.write() as db:
        db.execute(
            "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
            (
                key.id,
                key.name,
                _hash(secret),
                key.role,
                _list(key.regions),
                _list(key.departments),
                _list(sorted(key.scopes)),
                key.made_at,
                key.expires_at,
            ),
        )
    return key, f"gs_{identity}_{secret}"


def list_keys(desk: Desk) -> list[Key]:
    """Every key that was ever made, the oldest first."""
    with desk.read() as db:
        return [_key(row) for row in db.execute("SELECT * FROM keys ORDER BY made_at, id")]


def any_keys(desk: Desk) -> bool:
    """Whether a key was ever made, also one that ended: from then on nobody asks without one."""
    with desk.read() as db:
        return db.execute("SELECT 1 FROM keys LIMIT 1").fetchone() is not None


def revoke_key(desk: Desk, identity: str, now: datetime | None = None) -> Key:
    """End a key at once; one that is revoked stays so.  Raises `BadValue` for an id that no key has."""
    with desk.write() as db:
        db.execute(
            "UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", (_text(now or datetime.now(UTC)), identity)
        )
        row = db.execute("SELECT * FROM keys WHERE id = ?", (identity,)).fetchone()
    if row is None:
        raise BadValue("unknown_key", value=identity)
    return _key(row)


def caller_of(desk: Desk, text: str, now: datetime | None = None) -> Caller | None:
    """Who a key belongs to; None for a text that is no live key, whatever the reason."""
    parts = text.split("_", 2)
    identity, secret = (parts[1], parts[2]) if len(parts) == 3 and parts[0] == "gs" else ("", text)
    with desk.read() as db:
        row = db.execute("SELECT * FROM keys WHERE id = ?", (identity,)).fetchone()
    same = hmac.compare_digest(_hash(secret), row["hash"] if row else _NOBODY)
    if row is None or not same:
        return None
    key = _key(row)
    if not key.live(now or datetime.now(UTC)):
        return None
    return Caller(key.id, key.name, key.role, "key", key.regions, key.departments, key.scopes)


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _list(values: Iterable[str]) -> str:
    return json.dumps(list(map(str, values)), ensure_ascii=False)


def _key(row: sqlite3.Row) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        regions=tuple(json.loads(row["regions"])),
        departments=tuple(json.loads(row["departments"])),
        scopes=frozenset(map(Scope, json.loads(row["scopes"]))),
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )
