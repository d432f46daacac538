"""Bearer tokens of an OpenID Connect provider: checked against its keys, and turned into a caller.

A token counts if one of the provider's keys signed it with an asymmetric algorithm, it was issued by the configured issuer for
the configured audience, it has not expired, and it names a role.  The keys come from an address or a file (JWKS); an unknown key
id makes them be read again, at most every `PAUSE` seconds, so that forged tokens cannot make us knock at the provider's door.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt

from graph_service.access.roles import Caller, Role, Scope

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
KEEP, PAUSE = 300.0, 30.0
LEEWAY = 30
"""Seconds by which clocks may differ."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider, and the claims in which it says who somebody is."""

    issuer: str
    audience: str
    jwks: str
    """An ``https`` address, or the path of a file."""
    role_claim: str = "graph_service_role"
    regions_claim: str = "graph_service_regions"
    departments_claim: str = "graph_service_departments"


class Tokens:
    """The tokens of one provider.  Safe for several threads."""

    def __init__(self, provider: Provider, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._provider, self._clock = provider, clock
        self._lock = threading.Lock()
        self._keys: dict[str, jwt.PyJWK] = {}
        self._read_at = float("-inf")

    def caller_of(self, token: str) -> Caller | None:
        """Who a token speaks for; None for one that does not count, whatever the reason."""
        provider = self._provider
        try:
            kid = jwt.get_unverified_header(token).get("kid", "")
            key = self._key(str(kid))
            if key is None or key.algorithm_name not in ALGORITHMS:
                return None
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[key.algorithm_name],
                audience=provider.audience,
                issuer=provider.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError):
            return None
        return _caller(provider, claims)

    def _key(self, kid: str) -> jwt.PyJWK | None:
        with self._lock:
            age = self._clock() - self._read_at
            if age > KEEP or (kid not in self._keys and age > PAUSE):
                self._read_at = self._clock()
                found = _read(self._provider.jwks)
                if found is not None:
                    self._keys = found
            return self._keys.get(kid)


def _read(place: str) -> dict[str, jwt.PyJWK] | None:
    """The provider's keys by their id; None where they cannot be read: then those that are known stay."""
    try:
        if place.startswith(("https://", "http://")):
            answer = httpx.get(place, timeout=5, follow_redirects=False)
            answer.raise_for_status()
            said = answer.json()
        else:
            said = json.loads(Path(place).read_text("utf-8"))
        keys = jwt.PyJWKSet.from_dict(said).keys
    except (httpx.HTTPError, OSError, ValueError, jwt.PyJWTError, AttributeError):
        return None
    return {key.key_id or "": key for key in keys if key.public_key_use in (None, "sig")}


def _caller(provider: Provider, claims: Mapping[str, Any]) -> Caller | None:
    role, regions = claims.get(provider.role_claim), _texts(claims.get(provider.regions_claim))
    if not isinstance(role, str) or role not in set(Role):
        return None
    if role == Role.OFFICER and not regions:
        return None  # an officer of nowhere is none
    name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
    return Caller(
        f"{provider.issuer}#{claims['sub']}",
        str(name),
        Role(role),
        "token",
        tuple(one for one in regions if one.isascii() and one.isdigit()),
        _texts(claims.get(provider.departments_claim)),
        frozenset(Scope),
    )


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(value.split())
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
