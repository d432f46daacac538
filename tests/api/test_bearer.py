"""Tokens of a provider over HTTP: the same roles and masks as keys, and nobody without one."""

from __future__ import annotations

from pathlib import Path

import httpx

from tests.access.test_tokens import AUDIENCE, ISSUER, KEY, OTHER, jwks, token
from tests.api.test_access import EVERYBODY, unseen
from tests.api.world import ASK, MARKET, NAMES, PEOPLE_A, A, B, town


def test_an_officer_with_a_token_sees_their_own_and_masks_elsewhere(tmp_path: Path) -> None:
    keys = jwks(tmp_path / "jwks.json", one=KEY)
    with town(tmp_path, keys=False, oidc_issuer=ISSUER, oidc_audience=AUDIENCE, oidc_jwks=str(keys)) as made:

        def get(path: str, text: str) -> httpx.Response:
            headers = {"Authorization": f"Bearer {text}", "X-Purpose": "case 7"} if text else {}
            return made.client.get(path, params=ASK, headers=headers)

        path = f"/v1/enterprises/{A}/liable-persons"
        officer = token(graph_service_departments=MARKET.split("\n"))
        own = get(path, officer)
        assert {row["name"] for row in own.json()["persons"]} == {NAMES[key] for key in PEOPLE_A}
        elsewhere = get(f"/v1/enterprises/{B}/liable-persons", officer)
        assert unseen(elsewhere.content, {}, "", EVERYBODY) == []
        assert get(path, token(graph_service_role="reader", graph_service_regions=None)).status_code == 200
        for text in ("", token(OTHER), token(exp=1), token(graph_service_role="king"), "a.b.c"):
            assert get(path, text).status_code == 401
