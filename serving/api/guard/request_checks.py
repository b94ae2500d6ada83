"""What a request has to show before it is let in: a host that is served, a body of one reading, and a key."""

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from features.config import ApiKey
from serving.api.guard import refusals
from serving.api.guard.keys import ended, owner, presented
from serving.api.guard.refusals import Rejected
from serving.api.guard.request_body import Message
from serving.api.guard.rules import Rules
from serving.api.routes.route import OPEN, Route, may

Headers = dict[str, list[str]]

HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?", re.IGNORECASE | re.ASCII)


def is_here(client: Any) -> bool:
    """Whether a caller is on this machine; None: it came over a Unix socket."""
    try:
        return client is None or ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False


def check_host(headers: Headers, rules: Rules) -> None:
    """Refuse a Host that is malformed or not served: callers choose it, and addresses may be built from it."""
    given = headers.get("host", [])
    names = [HOST.fullmatch(one) for one in given]
    fine = all(name and (rules.hosts is None or name[1].lower() in rules.hosts) for name in names)
    if not fine or len(given) > 1 or not (given or rules.hosts is None):
        raise Rejected(refusals.WRONG_HOST)


def check_length(scope: Message, headers: Headers) -> None:
    """Where a body's end could be read in two ways, somebody before this may have read it in the other."""
    if "transfer-encoding" in headers and ("content-length" in headers or scope.get("http_version") == "1.0"):
        raise Rejected(refusals.TWO_LENGTHS)


def check_method(scope: Message, route: Route) -> None:
    if scope["method"] not in route.methods:
        raise Rejected(refusals.wrong_method(route.methods))


def may_know(headers: Headers, known: Rules, client: Any) -> bool:
    """Whether a caller may see the names of model and snapshot: with any key or, where none is asked for, from here."""
    if known.keys is None:
        return is_here(client)
    key = presented(headers)
    who = owner(known.keys, key) if key is not None else None
    return who is not None and not ended(who)


def check_key(headers: Headers, known: Sequence[ApiKey], route: Route) -> ApiKey:
    """The key that a request brings, which may use the route."""
    key = presented(headers)
    if key is None:
        raise Rejected(refusals.NO_KEY)
    who = owner(known, key)
    if who is None:
        raise Rejected(refusals.WRONG_KEY)
    if ended(who):
        raise Rejected(refusals.ENDED_KEY)
    return check_scope(who, route)


def check_scope(who: ApiKey, route: Route) -> ApiKey:
    if route.scope is not OPEN and not may(who.scopes, route.scope):
        raise Rejected(refusals.wrong_scope(route.scope))
    return who


def check_kind(headers: Headers, method: str) -> int | None:
    """The Content-Length, of a body whose kind is JSON; a GET may come without a kind."""
    kinds, coded = headers.get("content-type", []), headers.get("content-encoding", [])
    json_only = all(kind.partition(";")[0].strip().lower() == "application/json" for kind in kinds)
    if not json_only or len(kinds) > 1 or (method == "POST" and not kinds) or any(c != "identity" for c in coded):
        raise Rejected(refusals.NOT_JSON)
    length = headers.get("content-length", [""])[0]
    return int(length) if length.isdecimal() else None


def headers_of(scope: Message) -> Headers:
    found: Headers = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found
