"""API keys: only their hashes are kept, and a key gives the rights that its scopes name."""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from pydantic import ValidationError

from features.config import Api, ApiKey
from features.config.api_section import SCOPES
from features.errors import BadInput

VARIABLE = "HOLDFAST_API_KEYS"
KNOWN = ", ".join(SCOPES)
LONGEST = 512  # characters of a key that are looked at


def keys(api: Api) -> tuple[ApiKey, ...]:
    """The keys of the configuration and of HOLDFAST_API_KEYS; raises BadInput for an entry that is not a key.

    Several may have one name and be valid at once: so a key is replaced without a moment in which none is valid.
    """
    found = list(api.keys)
    for number, entry in enumerate(filter(None, re.split(r"[,\s]+", os.environ.get(VARIABLE, ""))), 1):
        name, _, rest = entry.partition(":")
        sha256, _, rest = rest.partition(":")
        scopes, _, until = rest.partition(":")
        given: dict[str, Any] = {"name": name, "sha256": sha256, "scopes": scopes.split("+")}
        try:
            given |= {"until": date.fromisoformat(until)} if until else {}
            found.append(ApiKey.model_validate(given))
        except ValueError:  # which would quote the entry: somebody may have put the key itself there
            raise BadInput(
                f"{VARIABLE}: entry {number} is not name:sha256:scope+scope with scopes of {KNOWN}, and "
                "where it is to end :2026-12-31 behind them; "
                "make one with 'holdfast serve --new-key NAME'"
            ) from None
    return tuple(found)


def digest(key: str) -> str:
    """What is kept of a key. It is random and long, so a plain hash cannot be guessed backwards."""
    return hashlib.sha256(key.encode()).hexdigest()


def new() -> str:
    """A new key: 43 characters, 256 random bits."""
    return secrets.token_urlsafe(32)


def issue(name: str, scopes: str) -> str:
    """A new key for somebody, and what to put into holdfast.toml or HOLDFAST_API_KEYS, where its hash alone is kept.

    scopes: 'read,predict'. Raises BadInput where name or scopes are not valid.
    """
    key = new()
    try:
        made = ApiKey.model_validate(
            {"name": name, "sha256": digest(key), "scopes": re.split(r"[,+\s]+", scopes.strip())}
        )
    except ValidationError as error:
        wrong = "--scopes" if error.errors()[0]["loc"][0] == "scopes" else "--new-key"
        given = scopes if wrong == "--scopes" else name
        cure = f"name some of {KNOWN}" if wrong == "--scopes" else "use letters, digits, '.', '_' and '-'"
        raise BadInput(f"{wrong}: '{given}' will not do; {cure}") from None
    return f"""\
# The key, shown this once, for {name} to send as 'Authorization: Bearer KEY':
#   {key}
# For holdfast.toml:
[[api.keys]]
name = "{name}"
sha256 = "{made.sha256}"
scopes = {json.dumps(made.scopes)}
# Or for the environment:
#   {VARIABLE}={name}:{made.sha256}:{"+".join(made.scopes)}"""


def owner(known: Sequence[ApiKey], key: str) -> ApiKey | None:
    """The owner of the key, or None. Every hash is compared, in a time that does not depend on where they differ."""
    given, found = digest(key), None
    for one in known:
        if hmac.compare_digest(one.sha256, given):
            found = one
    return found


def ended(key: ApiKey) -> bool:
    """Whether the key's last day is over, by UTC."""
    return key.until is not None and datetime.now(UTC).date() > key.until


def presented(headers: Mapping[str, Sequence[str]]) -> str | None:
    """The key in ``Authorization: Bearer …`` or ``X-API-Key: …``, of headers by lower-case name; None where there is
    none, or not exactly one that is well formed."""
    given = [*headers.get("x-api-key", ())]
    for line in headers.get("authorization", ()):
        scheme, _, key = line.partition(" ")
        given.append(key.strip() if scheme.lower() == "bearer" else "")
    fine = len(given) == 1 and 0 < len(given[0]) <= LONGEST and given[0].isascii() and " " not in given[0]
    return given[0] if fine else None
