"""One entry of the table of routes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

# The scope that a key needs. VIEW: numbers, never a user's id; PEOPLE: single users; READ: both; OPERATE: drafts and
# exports campaigns; APPROVE: approves those of others; ANY: every key will do.
VIEW, PEOPLE, READ, PREDICT = "view", "people", "read", "predict"
OPERATE, APPROVE, ADMIN, ANY = "operate", "approve", "admin", ""
OPEN = None  # no key needed: for monitoring, signing in, style sheets; such a route says nothing about users
WITHIN: Mapping[str, str] = {VIEW: READ, PEOPLE: READ}  # a scope → the wider one that holds it
GET, POST = ("GET", "HEAD"), ("POST",)


@dataclass(frozen=True, eq=False)
class Route:
    """One route of the API.

    name: its path, which quotes no user, so that it may stand in logs and metrics. methods: of HTTP. scope: that a key
    needs. does: in a sentence. handler: what answers; None: the guard itself or BentoML does. takes, gives: the models
    of the body (None: there is none) and of the answer. parameters: as OpenAPI has them. refuses: statuses beside those
    that every route may answer. sample: a path to call as an example; "": name. body: an example of a body,
    made from the names of a model's features. client: the method of serving.client.Client that asks; "": none does.
    html: it is a page for people. menu: the entry of the pages' menu that it is, or with "-" before, belongs to.
    streams: it answers with a file that may be long: once it has begun, the time of a request does not end it.
    """

    name: str
    methods: tuple[str, ...]
    scope: str | None
    does: str
    handler: Callable[..., Any] | None = None
    takes: type[BaseModel] | None = None
    gives: type[BaseModel] | None = None
    parameters: tuple[Mapping[str, Any], ...] = ()
    refuses: tuple[int, ...] = ()
    sample: str = ""
    body: Callable[[Sequence[str]], Mapping[str, Any]] | None = None
    client: str = ""
    html: bool = False
    menu: str = ""
    streams: bool = False

    @property
    def verb(self) -> str:
        """The method that a caller uses, the first of those it takes."""
        return self.methods[0]

    @property
    def described(self) -> bool:
        """Whether it is one of the API's own routes, which OpenAPI describes."""
        return self.handler is not None and not self.html

    @property
    def example(self) -> str:
        """A path to call, as an example."""
        return self.sample or self.name


def is_page(path: str) -> bool:
    """Whether a path belongs to the pages: people are answered there by pages, whatever happens."""
    return path == "/ui" or path.startswith("/ui/")


def enough(scope: str) -> tuple[str, ...]:
    """The scopes of which a key needs one, for a route of this scope: it, and the wider one that holds it."""
    return tuple(filter(None, (scope, WITHIN.get(scope))))


def may(scopes: Collection[str], scope: str) -> bool:
    """Whether a key of these scopes opens a route of this scope."""
    return scope == ANY or any(one in scopes for one in enough(scope))
