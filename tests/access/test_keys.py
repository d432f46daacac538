"""API keys: shown once, kept as a hash, ended by their day or by hand, refused alike whatever is wrong with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from graph_service.access.keys import KEYS, add_key, any_keys, caller_of, list_keys, revoke_key
from graph_service.access.limits import Limits
from graph_service.access.roles import GRANTS, Role, Scope, Sight
from graph_service.desk.base import Desk
from graph_service.messages import BadValue


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.open(tmp_path / "desk.db", [KEYS])
    yield made
    made.close()


def test_a_key_finds_its_caller_and_its_secret_is_nowhere_in_the_desk(desk: Desk) -> None:
    assert not any_keys(desk)
    key, text = add_key(desk, "Ann", "officer", regions=["530100"], departments=["Market Office"])
    caller = caller_of(desk, text)
    assert caller is not None
    assert (caller.id, caller.name, caller.role) == (key.id, "Ann", Role.OFFICER)
    assert (caller.regions, caller.departments, caller.sight) == (("530100",), ("Market Office",), Sight.OWN)
    secret = text.split("_", 2)[2]
    assert secret.encode() not in desk.path.read_bytes() + desk.path.with_name("desk.db-wal").read_bytes()
    assert any_keys(desk)


def test_a_key_ends_on_its_day_and_when_it_is_revoked_and_stays_on_the_list(desk: Desk) -> None:
    now = datetime.now(UTC)
    key, text = add_key(desk, "Ann", "reader", days=1)
    assert caller_of(desk, text, now + timedelta(hours=23)) is not None
    assert caller_of(desk, text, now + timedelta(hours=25)) is None
    revoked = revoke_key(desk, key.id)
    assert caller_of(desk, text) is None
    assert revoke_key(desk, key.id) == revoked
    assert [one.id for one in list_keys(desk)] == [key.id]
    with pytest.raises(BadValue, match="no key"):
        revoke_key(desk, "nobody")


@pytest.mark.parametrize("wrong", ["", "gs", "gs__", "gs_x_y", "{}x", "x{}", "{}\ud800", "'; DROP TABLE keys"])
def test_a_text_that_is_no_key_finds_nobody(desk: Desk, wrong: str) -> None:
    _, text = add_key(desk, "Ann", "reader")
    assert caller_of(desk, wrong.format(text)) is None
    assert caller_of(desk, text) is not None


def test_scopes_narrow_what_a_role_grants_and_never_widen_it(desk: Desk) -> None:
    _, text = add_key(desk, "Ann", "analyst", scopes=["enterprises"])
    caller = caller_of(desk, text)
    assert caller is not None
    assert [scope for scope in Scope if caller.may(scope)] == [Scope.ENTERPRISES]
    with pytest.raises(BadValue, match="does not grant: log"):
        add_key(desk, "Ann", "analyst", scopes=["log"])


@pytest.mark.parametrize(
    "what",
    [
        {"role": "king"},
        {"role": "officer"},
        {"role": "reader", "regions": ["53"]},
        {"role": "officer", "regions": ["5x"]},
        {"role": "officer", "regions": ["53010"]},
        {"role": "officer", "regions": [""]},
        {"role": "reader", "days": 0},
        {"role": "reader", "days": 4000},
        {"role": "reader", "name": " "},
        {"role": "reader", "name": "a\x00"},
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(desk: Desk, what: dict[str, Any]) -> None:
    with pytest.raises(BadValue):
        add_key(desk, **{"name": "Ann", **what})
    assert not any_keys(desk)


def test_no_role_but_admin_grants_everything_and_the_auditor_asks_nothing() -> None:
    assert [role for role in Role if GRANTS[role] == set(Scope)] == [Role.ADMIN]
    assert GRANTS[Role.AUDITOR] == {Scope.LOG}
    assert Scope.PERSONS not in GRANTS[Role.READER]


def test_a_bucket_fills_at_its_rate_and_no_further_than_its_size() -> None:
    now = [0.0]
    limits = Limits(10, 3, names=2, clock=lambda: now[0])
    assert [limits.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]
    now[0] = 100.0
    assert [limits.take("a") == 0 for _ in range(4)] == [True, True, True, False]
    limits.take("b"), limits.take("c")  # the third name makes the first forgotten
    assert limits.take("a") == 0
