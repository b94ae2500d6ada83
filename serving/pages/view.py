"""What a page has to work with: who asks, in which language, and what is live, taken once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from features.config import Config
from features.config.api_section import SCOPES
from features.groups import lifecycle
from serving.api.guard.deadline import in_thread
from serving.api.live import Current
from serving.api.routes.route import may
from serving.api.routes.snapshot_rows import snapshot_of
from serving.batch.snapshot import Snapshot
from serving.boards.read import read
from serving.pages import numbers
from serving.pages.catalogue import text

LANGUAGES = ("en", "zh")
COOKIE = "holdfast_lang"
PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True)
class Who:
    """Who asks: the name of their key, "" where no keys are configured, and its scopes."""

    name: str = ""
    scopes: tuple[str, ...] = SCOPES


@dataclass(frozen=True)
class View:
    """One request for a page. ``current`` is what was live when it came."""

    request: Request
    language: str
    who: Who
    current: Current

    @property
    def config(self) -> Config:
        return self.current.predictor.config

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot; raises Refused where there is none yet."""
        return snapshot_of(self.current)

    def board(self, name: str) -> pa.Table | None:
        """A board of the snapshot; None where it was not made, see ``why_not``."""
        return read(self.snapshot.folder, self.snapshot.manifest.get("boards", {}), name)

    def why_not(self, name: str) -> str:
        """Why a board is not there."""
        return str(self.snapshot.manifest.get("boards", {}).get("missing", {}).get(name, "was not made"))

    def may(self, scope: str) -> bool:
        """Whether who asks has a scope."""
        return may(self.who.scopes, scope)

    def t(self, key: str, **values: Any) -> str:
        """The text of a key in the language of the page."""
        return text(self.language, key, **values)

    def query(self, name: str, default: str = "") -> str:
        """A value of the address."""
        return self.request.query_params.get(name, default)

    def link(self, path: str, **query: Any) -> str:
        """The address of a page, with the language; a value of None or "" is left out."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return f"/ui{path}{'?' if given else ''}{urlencode(given)}"

    def stage(self, name: str | None) -> str:
        """What a stage is called."""
        names: Mapping[str, tuple[str, str]] = lifecycle.names(self.config)
        if name in (None, lifecycle.ABSENT):
            return self.t("common.not_known_yet")
        return names.get(str(name), (str(name), str(name)))[self.language == "zh"]

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page of a template. It knows ``view``, ``t``, the forms of numbers, and what is given."""
        shapes = ("count", "short", "money", "share", "number", "change", "change_points", "day", "moment")
        forms = {name: _in(getattr(numbers, name), self.language) for name in shapes}
        page = PAGES.get_template(template).render(view=self, t=self.t, lang=self.language, **forms, **context)
        answer = HTMLResponse(page, status)
        if self.request.query_params.get("lang") in LANGUAGES:
            answer.set_cookie(COOKIE, self.language, max_age=365 * 86_400, httponly=True, samesite="lax", path="/ui")
        return answer


Handler = Callable[[View], Response]


def language_of(request: Request) -> str:
    """The language that the address asks for, or was asked for before, or the browser's."""
    for given in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if given in LANGUAGES:
            return given
    return "zh" if request.headers.get("accept-language", "").lower().lstrip().startswith("zh") else "en"


def view_of(request: Request) -> View:
    """The view of a request; who asks stands in its scope, where the guard has put it."""
    return View(request, language_of(request), request.scope.get("holdfast.who", Who()), request.app.state.live.current())


def page(handler: Handler) -> Callable[[Request], Any]:
    """The endpoint of a page: made in a thread beside the loop, within the limit of work at once."""

    async def endpoint(request: Request) -> Response:
        view = view_of(request)
        return await in_thread(lambda: handler(view), request.app.state.limiter)

    endpoint.__name__, endpoint.__doc__ = handler.__name__, handler.__doc__
    return endpoint


def _in(shape: Callable[..., str], language: str) -> Callable[..., str]:
    return lambda value, *more: shape(value, language, *more)
