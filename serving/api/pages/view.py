"""What a page has to work with: who asks, in which language, and what is live, taken once."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from features.config import Config
from features.config.api_section import SCOPES
from features.errors import BadInput
from features.groups import lifecycle
from serving.api.contract.errors import Problem, Refused, unreadable
from serving.api.guard.deadline import in_thread
from serving.api.live import Current
from serving.api.pages import numbers
from serving.api.pages.catalogue import catalogue, text
from serving.api.pages.forms import EMPTY, Form
from serving.api.pages.forms import read as read_form
from serving.api.routes.route import enough, may
from serving.api.routes.snapshot_rows import snapshot_of
from serving.batch.snapshot import Snapshot
from serving.boards.read import read
from serving.monitoring.stale import stale

LANGUAGES = ("en", "zh")
COOKIE = "holdfast_lang"
NAMED = re.compile(r"\[{1,2}[\w.]+\]{1,2}")  # tables and settings in the reason of a board that was not made
WHO = "holdfast.who"  # in the ASGI scope: who asks, where the guard has put it
FROM_BELOW = ("no_snapshot", "unreadable", "no_audit", "bad_request", "too_large")  # raised without a reader's language
GROUPS = ("none", "low", "mid", "medium", "high")  # names of bands and tiers that have words
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
class Noted:
    """What was noted of a request, see ``audit``."""

    what: Any
    count: int
    about: Mapping[str, Any]


@dataclass(frozen=True)
class View:
    """One request for a page. ``current`` is what was live when it came."""

    request: Request
    language: str
    who: Who
    current: Current
    here: str = ""  # the entry of the menu that the page belongs to
    address: str = ""  # of the page that shows what a form came to; "": that which was asked for
    form: Form = EMPTY  # what was sent; empty of a page that is only looked at
    noted: list[Noted] = field(default_factory=list, compare=False)  # grows while the page is made

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
        """Why a board is not there: in Chinese by the tables and settings that it needs."""
        told = str(self.snapshot.manifest.get("boards", {}).get("missing", {}).get(name, "was not made"))
        if self.language != "zh":
            return told
        if named := NAMED.findall(told):
            return self.t("common.needs", what="、".join(named))
        return self.t("common.needs_snapshot" if "snapshot" in told else "common.was_not_made")

    @property
    def stale(self) -> list[str]:
        """What of the snapshot is too old by the clock, in sentences."""
        if self.current.snapshot is None:
            return []
        now = datetime.now(UTC).replace(tzinfo=None)
        return [one[self.language] for one in stale(self.config, self.snapshot.manifest, now).values()]

    @property
    def menu(self) -> list[tuple[str, str]]:
        """The entries of the menu that who asks may open: name and path below /ui."""
        pages = [one for one in self.request.app.state.pages if one.menu and not one.menu.startswith("-")]
        return [(one.menu, one.name.removeprefix("/ui")) for one in pages if self.may(one.scope or "")]

    @property
    def other_language(self) -> str:
        """The address of this page in the other language."""
        query = dict(self.request.query_params) | {"lang": "en" if self.language == "zh" else "zh"}
        return f"{quote(self.address or self.request.url.path)}?{urlencode(query)}"

    def may(self, scope: str) -> bool:
        """Whether who asks has a scope."""
        return may(self.who.scopes, scope)

    def needs(self, scope: str) -> None:
        """Raise Refused, a 403 page that says which right is needed, where who asks has not the scope. For what only
        some readers of a page may do; the guard checks the scope of the page's own route."""
        if not self.may(scope):
            said = self.t("errors.wrong_scope", scopes=scope_names(scope))
            raise Refused(Problem(403, "wrong_scope", said))

    def t(self, key: str, **values: Any) -> str:
        """The text of a key in the language of the page."""
        return text(self.language, key, **values)

    def query(self, name: str, default: str = "") -> str:
        """A value of the address."""
        return self.request.query_params.get(name, default)

    def link(self, path: str, **query: Any) -> str:
        """The address of a page below /ui; a value of None or "" is left out."""
        given = {name: value for name, value in query.items() if value not in (None, "")}
        return f"/ui{quote(path)}{'?' if given else ''}{urlencode(given)}"

    def list_link(self, **query: Any) -> str | None:
        """The address of a list of users; None for who may see numbers alone: a link would lead to a refusal."""
        return self.link("/list", **query) if self.may("people") else None

    def stage(self, name: str | None) -> str:
        """What a stage is called."""
        names: Mapping[str, tuple[str, str]] = lifecycle.names(self.config)
        if name in (None, lifecycle.ABSENT):
            return self.t("common.not_known_yet")
        return names.get(str(name), (str(name), str(name)))[self.language == "zh"]

    def group(self, name: str | None) -> str:
        """What a risk band or value tier is called: ours in both languages, a team's as it wrote it."""
        return numbers.NONE if name is None else self.t(f"groups.{name}") if name in GROUPS else name

    def level(self, name: str | None) -> str | None:
        """What a member level is called; None for a user who has none."""
        return called(self.config.level, name, self.language) if name else None

    def tag(self, name: str) -> str:
        """What a tag is called: by its own setting or, in Chinese where that says nothing, by its segment's."""
        found = called(self.config.tag, name, self.language)
        segment = next((one.segment for one in self.config.tag if one.name == name), "")
        of_segment = called(self.config.segment, segment, self.language)
        return of_segment if self.language == "zh" and found == name and of_segment != segment else found

    @property
    def stages(self) -> list[str]:
        """The ids of the stages, in the order of their rules."""
        return [*lifecycle.names(self.config)]

    def n(self, value: float | None) -> str:
        """A whole number as the language writes it."""
        return numbers.count(value, self.language)

    def says(self, what: str, users: float) -> str:
        """What a mark of a chart stands for: its name and users."""
        return self.t("common.users_of", what=what, users=self.n(users))

    def render(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page of a template. It knows ``view``, ``t``, the forms of numbers, and what is given."""
        shapes = ("count", "short", "money", "share", "number", "change", "change_points", "day", "moment", "shown")
        forms = {name: _in(getattr(numbers, name), self.language) for name in shapes}
        page = PAGES.get_template(template).render(view=self, t=self.t, lang=self.language, **forms, **context)
        answer = HTMLResponse(page, status)
        return remembered(answer, self.request)


Handler = Callable[[View], Response]


def called(settings: Sequence[Any], name: str, language: str) -> str:
    """What people call a segment, tag, day or level of the settings: in Chinese its ``zh``, where it has one."""
    zh = next((one.zh for one in settings if one.name == name), "")
    return zh if zh and language == "zh" else name


def language_of(request: Request) -> str:
    """The language that the address asks for, or was asked for before, or the browser's."""
    for given in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if given in LANGUAGES:
            return given
    return "zh" if request.headers.get("accept-language", "").lower().lstrip().startswith("zh") else "en"


def remembered(answer: Response, request: Request) -> Response:
    """The answer, which makes the browser remember the language where the address chose one."""
    if (chosen := request.query_params.get("lang")) in LANGUAGES:
        answer.set_cookie(COOKIE, chosen, max_age=365 * 86_400, httponly=True, samesite="lax", path="/ui")
    return answer


def view_of(request: Request, here: str = "") -> View:
    """The view of a request; who asks stands in its scope, where the guard has put it."""
    who = request.scope.get(WHO, Who())
    return View(request, language_of(request), who, request.app.state.live.current(), here)


def scope_names(scope: str) -> str:
    """The scopes of which one is needed, as a page names them."""
    return " / ".join(enough(scope))


def why(language: str, problem: Problem, **values: str) -> str:
    """What went wrong in words for people: those of its code or, where there are none, its own message."""
    key = f"errors.{problem.code}"
    return text(language, key, **values) if key in catalogue() else problem.message


def page(handler: Handler, here: str) -> Callable[[Request], Any]:
    """The endpoint of a page: made in a thread beside the loop, within the limit of work at once. Errors are pages.

    here: the entry of the menu that it belongs to. A handler that keeps pages, see kept.py, answers them on the loop.
    """
    again: Callable[[View], Response | None] = getattr(handler, "again", lambda view: None)

    async def endpoint(request: Request) -> Response:
        view = view_of(request, here)
        try:
            view = replace(view, form=await read_form(request)) if request.method == "POST" else view
        except Refused as refused:
            problem = refused.problem
            return view.render("problem.html", problem.status, why=why(view.language, problem))

        def made(answer: Callable[[View], Response | None] = handler) -> Response | None:
            try:
                return answer(view)
            except Refused as refused:
                problem = refused.problem
            except BadInput as error:
                problem = unreadable(error)
            told = why(view.language, problem) if problem.code in FROM_BELOW else problem.message
            return view.render("problem.html", problem.status, why=told)

        return made(again) or await in_thread(made, request.app.state.limiter)  # type: ignore[return-value]

    return endpoint


def _in(shape: Callable[..., str], language: str) -> Callable[..., str]:
    if shape is numbers.shown:
        return lambda kind, value: shape(kind, value, language)
    return lambda value, *more: shape(value, language, *more)
