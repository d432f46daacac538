"""The settings of the service: one typed object, from the environment (``GRAPH_SERVICE_<NAME>``) and from the command line.

No secret is a setting: the service's own is found by `graph_service.access.sealing`, Neo4j's credentials by its driver.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from graph_service.access.tokens import Provider
from graph_service.desk.place import desk_of
from graph_service.messages import BadValue

PREFIX = "GRAPH_SERVICE_"


class Settings(BaseModel):
    """Everything that can be set.  Unknown names are refused, so that a typing mistake is not a silent default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    store: str = "sqlite:///graph-service.db"
    """Where the facts are."""
    desk: Path | None = None
    """The service's own database; default: beside the store."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Processes; one answers some hundred questions a second, and more of them use more cores."""
    threads: Annotated[int, Field(ge=1, le=256)] = 4
    """How many questions a process works out at once."""
    rate: Annotated[float, Field(gt=0)] = 50.0
    """Requests a second for each caller; shared out evenly where there are several processes."""
    burst: Annotated[int, Field(ge=1)] = 100
    """Requests at once after a pause."""
    body_limit: Annotated[int, Field(ge=1024)] = 64 * 1024
    """Bytes of a request's body."""
    cache_bytes: Annotated[int, Field(ge=0)] = 64 << 20
    """Bytes of answers that are kept; an answer is kept for one ledger position and so never stale."""
    metrics_open: bool = False
    """Whether /metrics answers without a key."""
    cors_origins: tuple[str, ...] = ()
    """Web origins whose pages may call the service; none unless set (separated by blanks in the environment)."""
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks: str = ""
    oidc_role_claim: str = "graph_service_role"
    oidc_regions_claim: str = "graph_service_regions"
    oidc_departments_claim: str = "graph_service_departments"

    @model_validator(mode="after")
    def _whole(self) -> Settings:
        given = [bool(one) for one in (self.oidc_issuer, self.oidc_audience, self.oidc_jwks)]
        if any(given) and not all(given):
            raise ValueError("OIDC_ISSUER, OIDC_AUDIENCE and OIDC_JWKS belong together")
        if "*" in self.cors_origins:
            raise ValueError("CORS_ORIGINS names origins; * would let every page in")
        if self.oidc_jwks.startswith("http://") and not is_loopback(self.oidc_jwks.split("/")[2].split(":")[0]):
            raise ValueError("OIDC_JWKS must be https, a loopback address or a file")
        return self

    @property
    def desk_path(self) -> Path:
        """Where the desk is."""
        return self.desk if self.desk is not None else desk_of(self.store)

    @property
    def provider(self) -> Provider | None:
        """The OpenID Connect provider, if one is set."""
        if not self.oidc_issuer:
            return None
        return Provider(
            self.oidc_issuer,
            self.oidc_audience,
            self.oidc_jwks,
            self.oidc_role_claim,
            self.oidc_regions_claim,
            self.oidc_departments_claim,
        )


def settings_from(environment: Mapping[str, str], **given: object) -> Settings:
    """The settings of an environment; what is ``given`` (and not None) counts more.  Raises `BadValue` that names the variable.

    >>> settings_from({"GRAPH_SERVICE_PORT": "9000", "GRAPH_SERVICE_LANG": "zh"}, host=None).port
    9000
    """
    values: dict[str, object] = {}
    for name in Settings.model_fields:
        text = environment.get(f"{PREFIX}{name.upper()}")
        if text:
            values[name] = tuple(text.split()) if name == "cors_origins" else text
    values.update({name: value for name, value in given.items() if value is not None})
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = f"{PREFIX}{str(first['loc'][0]).upper()}" if first["loc"] else PREFIX.rstrip("_")
        raise BadValue("bad_setting", name=name, reason=first["msg"]) from None


def is_loopback(host: str) -> bool:
    """Whether a host can be reached from this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0"), is_loopback("example.org")
    (True, True, True, False, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
