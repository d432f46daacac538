"""Settings: typed, from the environment, refused by the name of the variable."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph_service.api.settings import Settings, settings_from
from graph_service.messages import BadValue


def test_what_is_given_counts_more_than_the_environment_and_that_more_than_defaults() -> None:
    environment = {"GRAPH_SERVICE_PORT": "9000", "GRAPH_SERVICE_HOST": "::1", "GRAPH_SERVICE_CORS_ORIGINS": "https://a https://b"}
    made = settings_from(environment, port=9001, desk=None)
    assert (made.port, made.host, made.rate) == (9001, "::1", 50.0)
    assert made.cors_origins == ("https://a", "https://b")


@pytest.mark.parametrize(
    "name,value",
    [
        ("PORT", "many"),
        ("PORT", "70000"),
        ("THREADS", "0"),
        ("RATE", "-1"),
        ("METRICS_OPEN", "maybe"),
        ("CORS_ORIGINS", "*"),
        ("OIDC_ISSUER", "https://id.example.org"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(BadValue, match=r"GRAPH_SERVICE|belong together"):
        settings_from({f"GRAPH_SERVICE_{name}": value})


def test_keys_of_a_provider_are_not_fetched_in_the_open() -> None:
    given = {"OIDC_ISSUER": "https://i", "OIDC_AUDIENCE": "a", "OIDC_JWKS": "http://id.example.org/jwks"}
    with pytest.raises(BadValue, match="https"):
        settings_from({f"GRAPH_SERVICE_{name}": value for name, value in given.items()})
    local = settings_from(
        {f"GRAPH_SERVICE_{name}": value for name, value in (given | {"OIDC_JWKS": "http://127.0.0.1/j"}).items()}
    )
    assert local.provider is not None


def test_the_desk_lies_beside_the_store_unless_said() -> None:
    assert Settings(store="sqlite:///a/b.db").desk_path == Path("a/b.desk.db")
    assert Settings(desk=Path("x.db")).desk_path == Path("x.db")
