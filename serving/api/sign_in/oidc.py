"""Signing in with an account of the company: its provider says who somebody is, the key of that name what they may.

OpenID Connect Core 1.0, the code flow, with PKCE (RFC 7636). Between going and coming back a signed cookie of ten
minutes holds what only this browser may bring back; nothing of it is kept here.
"""

import hashlib
import os
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from itsdangerous import BadData, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import RedirectResponse

from features.config import ApiKey, Oidc
from features.errors import BadInput
from serving.api.guard.keys import ended

SECRET = "HOLDFAST_OIDC_SECRET"
START, BACK = "/ui/login/oidc", "/ui/login/oidc/back"
COOKIE, MINUTES = "holdfast_oidc", 10
WAIT = 5.0  # seconds for an answer of the provider
KEPT = 3600.0  # seconds that its description and keys are believed
_SIGNED = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512"
SIGNED = _SIGNED.split(" ")  # what may sign a token: never none, nor a secret
LONGEST = 4096  # characters of what comes back


class Refused(Exception):
    """Why nobody is let in: a key of words/login.toml. status: of the answer."""

    def __init__(self, why: str, status: int):
        super().__init__(why)
        self.why, self.status = why, status


AWAY, AGAIN, NOBODY = ("oidc_away", 502), ("oidc_again", 400), ("oidc_nobody", 403)


def check_installed(oidc: Oidc | None) -> None:
    """Raises BadInput where people are to sign in so and what reads the provider's word is not installed."""
    if oidc is None:
        return
    try:
        import jwt  # noqa: F401
    except ImportError:
        raise BadInput("api.oidc: needs PyJWT; pip install 'holdfast[oidc]'") from None


class Accounts:
    """The way to a provider and back. secret: signs the cookie; client: talks to the provider, another in tests."""

    def __init__(self, secret: bytes, client: Callable[[], httpx.AsyncClient] | None = None):
        settings = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._signer = URLSafeTimedSerializer(secret, salt="holdfast.oidc.1", signer_kwargs=settings)
        self._client = client or (lambda: httpx.AsyncClient(timeout=WAIT))
        self._known: dict[str, tuple[float, dict[str, Any]]] = {}

    async def go(self, oidc: Oidc, here: str, back: str, secure: bool) -> RedirectResponse:
        """To the provider. here: scheme and host of ours; back: the page wanted. Raises Refused where it is away."""
        about = await self._about(oidc)
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "scope": "openid profile email",
            "client_id": oidc.client_id,
            "redirect_uri": here + BACK,
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = _safe(about.get("authorization_endpoint"), oidc)
        gone = RedirectResponse(f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", 303)
        value = str(self._signer.dumps([state, nonce, verifier, back]))
        gone.set_cookie(COOKIE, value, max_age=60 * MINUTES, path=START, secure=secure, httponly=True, samesite="lax")
        return gone

    async def came(self, oidc: Oidc, request: Request, here: str, known: Sequence[ApiKey]) -> tuple[ApiKey, str]:
        """Whose key somebody who comes back has, and the page they wanted. Raises Refused where nobody is let in."""
        state, nonce, verifier, back = self._kept(request)
        given = request.query_params
        if not secrets.compare_digest(given.get("state", "").encode(), state.encode()):
            raise Refused(*AGAIN)
        code = given.get("code", "")
        if not code or len(code) > LONGEST:  # refused or given up there: the error it names may hold anything
            raise Refused(*AGAIN)
        token = await self._token(oidc, code, verifier, here)
        claims = await self._claims(oidc, token, nonce)
        name = claims.get(oidc.claim)
        if oidc.claim == "email" and claims.get("email_verified") is not True:
            name = None
        mine = [one for one in known if isinstance(name, str) and one.name == name]
        if not mine:
            raise Refused(*NOBODY)
        valid = [one for one in mine if not ended(one)]
        if not valid:
            raise Refused("ended", 401)
        return valid[0], back

    def _kept(self, request: Request) -> list[str]:
        cookie = request.cookies.get(COOKIE, "")
        try:
            said = self._signer.loads(cookie, max_age=60 * MINUTES) if len(cookie) <= LONGEST else None
        except BadData:
            said = None
        if not (isinstance(said, list) and len(said) == 4 and all(isinstance(one, str) for one in said)):
            raise Refused(*AGAIN)
        return said

    async def _token(self, oidc: Oidc, code: str, verifier: str, here: str) -> str:
        about = await self._about(oidc)
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": here + BACK,
            "client_id": oidc.client_id,
            "code_verifier": verifier,
        }
        secret = os.environ.get(SECRET)
        ways = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        auth = httpx.BasicAuth(oidc.client_id, secret) if secret and "client_secret_basic" in ways else None
        if secret and auth is None:
            fields["client_secret"] = secret
        found = await self._asked(_safe(about.get("token_endpoint"), oidc), fields, auth)
        token = found.get("id_token")
        if not isinstance(token, str):
            raise Refused(*AWAY)
        return token

    async def _claims(self, oidc: Oidc, token: str, nonce: str) -> dict[str, Any]:
        import jwt

        about = await self._about(oidc)
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = _key(await self._keys(about, oidc), kid) or _key(await self._keys(about, oidc, again=True), kid)
            if key is None:
                raise Refused(*AWAY)
            claims = jwt.decode(
                token,
                key,
                algorithms=SIGNED,
                audience=oidc.client_id,
                issuer=oidc.issuer,
                leeway=60,
                options={"require": ["exp", "iat", "iss", "aud", "sub"]},
            )
        except jwt.PyJWTError:
            raise Refused(*AWAY) from None
        other = claims.get("azp", oidc.client_id) != oidc.client_id
        if other or not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
            raise Refused(*AGAIN)
        return dict(claims)

    async def _about(self, oidc: Oidc) -> dict[str, Any]:
        found = await self._lately(f"{oidc.issuer}/.well-known/openid-configuration")
        if found.get("issuer") != oidc.issuer:
            raise Refused(*AWAY)
        return found

    async def _keys(self, about: dict[str, Any], oidc: Oidc, again: bool = False) -> dict[str, Any]:
        return await self._lately(_safe(about.get("jwks_uri"), oidc), again)

    async def _lately(self, address: str, again: bool = False) -> dict[str, Any]:
        """What lies there, asked for once an hour; again: a key was changed since, looked up once a minute at most."""
        at, found = self._known.get(address, (-KEPT, {}))
        age = time.monotonic() - at
        if not found or age > (60.0 if again else KEPT):
            found = await self._asked(address)
            self._known[address] = time.monotonic(), found
        return found

    async def _asked(self, address: str, fields: dict[str, str] | None = None, auth: Any = None) -> dict[str, Any]:
        try:
            async with self._client() as client:
                answer = await (client.post(address, data=fields, auth=auth) if fields else client.get(address))
            found = answer.json() if answer.status_code == 200 else None
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            found = None
        if not isinstance(found, dict):
            raise Refused(*AWAY)
        return found


def _safe(address: Any, oidc: Oidc) -> str:
    """An address that the provider gives: over https, or where the provider itself is on this machine."""
    text = address if isinstance(address, str) else ""
    same = urlsplit(text)[:2] == urlsplit(oidc.issuer)[:2]
    if not (text.startswith("https://") or same):
        raise Refused(*AWAY)
    return text


def _key(found: dict[str, Any], kid: str | None) -> Any:
    """The provider's key of that name; the only one where none is named."""
    import jwt

    try:
        there = jwt.PyJWKSet.from_dict(found).keys
    except (jwt.PyJWTError, AttributeError, TypeError):
        return None
    fit = [one for one in there if one.key_id == kid] if kid else there
    return fit[0] if len(fit) == 1 else None
