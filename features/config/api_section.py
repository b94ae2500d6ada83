"""The section of holdfast.toml for the HTTP API: who may ask it, and how much it takes on."""

from datetime import date
from typing import Literal, get_args

from pydantic import Field

from features.config.sections import Section

Scope = Literal["view", "people", "read", "predict", "operate", "approve", "admin"]
SCOPES: tuple[str, ...] = get_args(Scope)


class ApiKey(Section):
    name: str = Field(pattern=r"^[\w.-]{1,64}$", description="Whose it is; stands in the log beside each request.")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$", description="Hash of the key: `holdfast serve --new-key NAME`.")
    scopes: list[Scope] = Field(
        min_length=1,
        description="view: numbers, no user ids; people: single users and lists; read: both; predict: new scores; "
        "operate: draft, export and cancel campaigns on the pages; approve: approve those of others; admin: metrics.",
    )
    until: date | None = Field(None, description="The key's last day, in UTC. Default: it has none.")


class Oidc(Section):
    """Signing in to the pages with an account of the company, by OpenID Connect."""

    issuer: str = Field(
        pattern=r"^(https://[^\s?#]+[^\s?#/]|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*[^\s?#/])?)$",
        description="Who vouches for people: its https address as it names itself, without a / at the end.",
    )
    client_id: str = Field(
        min_length=1,
        max_length=256,
        description="What the pages are called there. Its secret stands in HOLDFAST_OIDC_SECRET, where it has one.",
    )
    claim: str = Field(
        "preferred_username",
        pattern=r"^[\w.:/-]{1,64}$",
        description="What it says of a person that is the name of a key in [api] keys, whose scopes they get.",
    )


class Api(Section):
    keys: list[ApiKey] = Field(
        default=[],
        description="Who may ask. HOLDFAST_API_KEYS (name:sha256:read+predict, …) adds to them. None: loopback only. A "
        "running service reads them again when the file changes.",
    )
    oidc: Oidc | None = Field(
        None,
        description="People may sign in to the pages with an account of the company too (needs holdfast[oidc]).",
    )
    hosts: list[str] | None = Field(
        None,
        description="Host headers answered beside localhost and 127.0.0.1. Default: any; without keys only those two.",
    )
    workers: int = Field(1, ge=1, description="Processes that serve.")
    threads: int | None = Field(None, ge=1, description="Requests a worker works on at once. Default: cores / workers.")
    waiting: int = Field(64, ge=1, description="Requests a worker takes on before it answers 429.")
    seconds: float = Field(10, gt=0, le=600, description="A request takes so long at most; then its work is stopped.")
    body_mb: float = Field(16, gt=0, le=1024, description="Size of a request's body at most, in MB of 1,000,000 bytes.")
    connections: int = Field(
        10_000,
        ge=1,
        description="Connections that a worker keeps open at most; fewer where the system allows fewer open files.",
    )
    idle_seconds: float = Field(
        10, gt=0, le=600, description="A connection that brings no whole request within so long is closed."
    )
    watch_seconds: float = Field(
        5, ge=0.1, le=3600, description="How often a new champion and a new snapshot are looked for."
    )
