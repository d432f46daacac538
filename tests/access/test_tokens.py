"""Bearer tokens of a provider whose keys are made here: what counts, and everything that does not."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from graph_service.access.roles import Role
from graph_service.access.tokens import PAUSE, Provider, Tokens

ISSUER, AUDIENCE = "https://id.example.org", "graph-service"
KEY, OTHER = (rsa.generate_private_key(65537, 2048) for _ in range(2))
CURVE = ec.generate_private_key(ec.SECP256R1())


def jwks(path: Path, **keys: Any) -> Path:
    made = []
    for kid, key in keys.items():
        algorithm = jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
        made.append({**algorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"})
    path.write_text(json.dumps({"keys": made}))
    return path


def token(key: Any = KEY, kid: str = "one", algorithm: str = "RS256", **claims: Any) -> str:
    now = int(time.time())
    said = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "u1",
        "iat": now,
        "exp": now + 300,
        "name": "Ann",
        "graph_service_role": "officer",
        "graph_service_regions": ["530000"],
        "graph_service_departments": ["Market Office"],
    } | claims
    return jwt.encode({name: value for name, value in said.items() if value is not None}, key, algorithm, headers={"kid": kid})


@pytest.fixture
def tokens(tmp_path: Path) -> Tokens:
    return Tokens(Provider(ISSUER, AUDIENCE, str(jwks(tmp_path / "jwks.json", one=KEY, curve=CURVE))))


def test_a_good_token_speaks_for_its_officer(tokens: Tokens) -> None:
    caller = tokens.caller_of(token())
    assert caller is not None
    assert (caller.name, caller.role, caller.how) == ("Ann", Role.OFFICER, "token")
    assert (caller.id, caller.regions, caller.departments) == (f"{ISSUER}#u1", ("530000",), ("Market Office",))
    assert tokens.caller_of(token(CURVE, "curve", "ES256")) is not None


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://elsewhere.example.org"},
        {"aud": "another"},
        {"exp": int(time.time()) - 3600},
        {"nbf": int(time.time()) + 3600},
        {"exp": None},
        {"sub": None},
        {"aud": None},
        {"graph_service_role": "king"},
        {"graph_service_role": ["admin"]},
        {"graph_service_role": None},
        {"graph_service_regions": []},
        {"graph_service_regions": None},
    ],
)
def test_a_token_that_says_something_else_does_not_count(tokens: Tokens, claims: dict[str, Any]) -> None:
    assert tokens.caller_of(token(**claims)) is None


def test_a_token_that_the_provider_did_not_sign_does_not_count(tokens: Tokens, tmp_path: Path) -> None:
    good = token()
    head, body, signature = good.split(".")
    nothing: Any = None
    said = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u", "exp": time.time() + 99}
    unsigned = jwt.encode(said, nothing, "none", headers={"kid": "one"})
    public = (tmp_path / "jwks.json").read_bytes()
    confused = jwt.encode({"sub": "u"}, public[:64], "HS256", headers={"kid": "one"})
    for text in (
        token(OTHER),
        token(kid="two"),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        unsigned,
        confused,
        "a.b.c",
        "",
    ):
        assert tokens.caller_of(text) is None


def test_a_new_key_of_the_provider_is_found_and_forged_ids_do_not_make_us_ask_often(tmp_path: Path) -> None:
    now = [0.0]
    place = jwks(tmp_path / "jwks.json", one=KEY)
    tokens = Tokens(Provider(ISSUER, AUDIENCE, str(place)), clock=lambda: now[0])
    assert tokens.caller_of(token()) is not None
    jwks(place, one=KEY, two=OTHER)
    assert tokens.caller_of(token(OTHER, "two")) is None
    now[0] = PAUSE + 1
    assert tokens.caller_of(token(OTHER, "two")) is not None
    place.unlink()
    now[0] = 10_000
    assert tokens.caller_of(token()) is not None  # the keys that are known stay
