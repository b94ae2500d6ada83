"""Signing in and out: the guard answers these pages itself, so that a key is seen by nothing else."""

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from urllib.parse import parse_qs, quote, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from features.config import ApiKey
from serving.api.guard import logs
from serving.api.guard.keys import ended, owner, presented
from serving.api.guard.rules import Rules
from serving.api.pages.plain import plain as plain_page
from serving.api.pages.view import language_of
from serving.api.sign_in.attempts import PAUSE, Attempts
from serving.api.sign_in.oidc import COOKIE as ON_THE_WAY
from serving.api.sign_in.oidc import START, Refused
from serving.api.sign_in.origin import local, plain
from serving.api.sign_in.sessions import COOKIE, HOURS, Sessions

Headers = Mapping[str, Sequence[str]]
Form = Callable[..., Response]  # the form again: the page wanted, what is wrong, the status
HOME, LOGIN, LOGOUT = "/ui", "/ui/login", "/ui/logout"
OURS = re.compile(r"/ui(/[!-~]*|\?[!-~]*)?")  # printable ASCII, as an address is written
LONGEST = 2000  # characters of an address to go back to


class SignIn:
    """``sessions``: asked for when they are first needed, for their secret lies in the store."""

    def __init__(self, sessions: Callable[[], Sessions]):
        self._sessions, self._attempts = sessions, Attempts()

    def owner(self, known: Sequence[ApiKey], scope: Scope) -> ApiKey | None:
        """Whose cookie a request brings; None: nobody's that counts."""
        cookie = Request(scope).cookies.get(COOKIE)
        return self._sessions().owner(known, cookie) if cookie else None

    async def answer(self, scope: Scope, headers: Headers, body: bytes, rules: Rules) -> tuple[Response, str]:
        """The answer to /ui/login and what is below, and to /ui/logout; and the name of who signed in or out, if
        anybody. Without keys in the rules nobody is asked for one."""
        request, known = Request(scope), rules.keys
        if scope["path"] == LOGOUT:
            who = self.owner(known or (), scope)
            gone = redirect(LOGIN if known is not None else HOME)
            gone.delete_cookie(COOKIE, path=HOME, secure=not local(headers), httponly=True, samesite="lax")
            return gone, who.name if who else ""
        if known is None:
            return redirect(HOME), ""
        form = partial(_form, request, oidc=rules.oidc is not None)
        back = safe(request.query_params.get("next", ""))
        if scope["path"] != LOGIN:
            return (redirect(LOGIN), "") if rules.oidc is None else await self._account(request, headers, rules, form)
        if scope["method"] != "POST":
            return form(back), ""
        return await self._enter(request, headers, body, known, form)

    async def _enter(
        self, request: Request, headers: Headers, body: bytes, known: Sequence[ApiKey], form: Form
    ) -> tuple[Response, str]:
        given = _fields(body)
        back = safe(given.get("next", ""))
        if plain(headers) and not local(headers):
            return form(back, "http", 403), ""
        if late := self._late(request, back, form):
            return late, ""
        key = presented({"x-api-key": [given.get("key", "").strip()]})
        who = owner(known, key) if key else None
        if who is None or ended(who):
            await self._failed(request, "ended_key" if who else "wrong_key")
            return form(back, "ended" if who else "wrong", 401), ""
        return self._entered(who, back, headers), who.name

    async def _account(self, request: Request, headers: Headers, rules: Rules, form: Form) -> tuple[Response, str]:
        """To the company's own sign-in, and back from it."""
        assert rules.oidc and rules.keys is not None
        there = local(headers)
        here = f"{'http' if there else 'https'}://{headers.get('host', [''])[0]}"
        back = safe(request.query_params.get("next", ""))
        if late := self._late(request, back, form):
            return late, ""
        try:
            if request.url.path == START:
                return await self._sessions().accounts.go(rules.oidc, here, back, not there), ""
            who, back = await self._sessions().accounts.came(rules.oidc, request, here, rules.keys)
        except Refused as error:
            await self._failed(request, error.why)
            return form(back, error.why, error.status), ""
        entered = self._entered(who, safe(back), headers)
        entered.delete_cookie(ON_THE_WAY, path=START, secure=not there, httponly=True, samesite="lax")
        return entered, who.name

    def _late(self, request: Request, back: str, form: Form) -> Response | None:
        """The answer to an address that failed too often."""
        if not (seconds := self._attempts.wait(_address(request))):
            return None
        late = form(back, "often", 429)
        late.headers["retry-after"] = str(seconds)
        return late

    async def _failed(self, request: Request, why: str) -> None:
        self._attempts.failed(_address(request))
        logs.event("a sign-in failed", why=why)
        await asyncio.sleep(PAUSE)

    def _entered(self, who: ApiKey, back: str, headers: Headers) -> Response:
        entered = redirect(back)
        entered.set_cookie(
            COOKIE,
            self._sessions().issue(who),
            max_age=HOURS * 3600,
            path=HOME,
            secure=not local(headers),
            httponly=True,
            samesite="lax",
        )
        return entered


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def to_sign_in(scope: Scope) -> Response:
    """Sends a reader without a cookie to the form, and from there back to the page."""
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = safe(quote(scope["path"]) + (f"?{query}" if query else ""))
    return redirect(LOGIN if wanted == HOME else f"{LOGIN}?{urlencode({'next': wanted})}")


def safe(address: str) -> str:
    """An address to go back to, where it is one of our pages; else the first page. It may come from anybody."""
    path = address.partition("?")[0]
    fine = len(address) <= LONGEST and OURS.fullmatch(address) and "\\" not in address and "//" not in path
    return address if fine and ".." not in path and not path.startswith(LOGIN) and path != LOGOUT else HOME


def _fields(body: bytes) -> dict[str, str]:
    try:
        return {name: values[0] for name, values in parse_qs(body.decode("ascii"), max_num_fields=10).items()}
    except ValueError:
        return {}


def _form(request: Request, back: str, wrong: str = "", status: int = 200, oidc: bool = False) -> Response:
    other = "en" if language_of(request) == "zh" else "zh"
    address = f"{LOGIN}?{urlencode({'lang': other, 'next': back})}"
    account = f"{START}?{urlencode({'next': back})}" if oidc else ""
    more = {"next": back, "other": address, "wrong": wrong, "hours": HOURS, "account": account}
    return plain_page(request, "login.html", status, **more)


def redirect(address: str) -> Response:
    """To another page, by GET."""
    return RedirectResponse(address, 303)
