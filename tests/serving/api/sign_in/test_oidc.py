"""Signing in with a company's account: only what the provider signed, for us, for this browser, and now, lets in."""

import json
import sys
import time
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from features.config import Oidc
from features.errors import BadInput
from serving.api.sign_in import oidc, sign_in
from serving.api.sign_in.oidc import BACK, START, Accounts
from tests.serving.api.doors import ask, make

ISSUER, CLIENT = "https://sso.shop.example/realm", "holdfast"
KEY, OTHER = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
SETTING = {"issuer": ISSUER, "client_id": CLIENT}


class Provider:
    """What an identity provider answers. claims, key, headers: of the token that it will give; about: its description;
    asked: the forms that it got."""

    def __init__(self):
        self.claims, self.key, self.alg, self.kid, self.nonce = {}, KEY, "RS256", "k1", None
        self.about = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "jwks_uri": f"{ISSUER}/keys",
        }
        self.asked, self.status, self.keys = [], 200, {"k1": KEY}

    def __call__(self, request):
        path = str(request.url).removeprefix(ISSUER)
        if path == "/.well-known/openid-configuration":
            return httpx.Response(self.status, json=self.about)
        if path == "/keys":
            keys = [
                json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())) | {"kid": kid, "use": "sig"}
                for kid, key in self.keys.items()
            ]
            return httpx.Response(200, json={"keys": keys})
        assert path == "/token"
        self.asked.append((dict(request.headers), parse_qs(request.content.decode())))
        now = int(time.time())
        claims = {"iss": ISSUER, "aud": CLIENT, "sub": "4711", "iat": now, "exp": now + 60, "nonce": self.nonce}
        claims |= {"preferred_username": "ann"} | self.claims
        key = self.key if self.alg == "RS256" else "s" * 64 if self.alg == "HS256" else None
        token = jwt.encode({k: v for k, v in claims.items() if v is not None}, key, self.alg, {"kid": self.kid})
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(sign_in, "PAUSE", 0)


@pytest.fixture
def provider():
    return Provider()


@pytest.fixture
def shop(provider, keys):
    """A door whose people may sign in with the provider's accounts."""
    accounts = Accounts(b"a secret", lambda: httpx.AsyncClient(transport=httpx.MockTransport(provider)))
    return make(keys=keys, accounts=accounts, oidc=Oidc(**SETTING))


def went(door, provider, path=START):
    """Somebody goes to the provider: what they are to ask it, and their browser's cookie."""
    answer = ask(door, path)
    assert answer.status == 303, answer.body
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    provider.nonce = asked["nonce"]
    return asked, [("cookie", answer.headers["set-cookie"].partition(";")[0])]


def back(door, asked, cookie, **more):
    given = {"state": asked["state"], "code": "c0de"} | more
    return ask(door, f"{BACK}?{httpx.QueryParams(given)}", headers=cookie)


def test_who_the_provider_knows_gets_the_scopes_of_the_key_of_that_name(shop, provider, monkeypatch):
    monkeypatch.setenv(oidc.SECRET, "s3cret")
    asked, cookie = went(shop, provider, f"{START}?next=/ui/flow")
    assert asked["redirect_uri"] == f"http://localhost{BACK}" and asked["response_type"] == "code"
    answer = back(shop, asked, cookie)
    assert (answer.status, answer.headers["location"]) == (303, "/ui/flow")
    headers, form = provider.asked[0]
    assert headers["authorization"].startswith("Basic ") and form["code"] == ["c0de"] and "client_secret" not in form
    ours, gone = answer.cookies
    assert gone.startswith('holdfast_oidc=""') and "HttpOnly" in ours and "SameSite=lax" in ours
    session = [("cookie", ours.partition(";")[0])]
    assert ask(shop, "/ui", headers=session).status == 200  # ann's key has view
    assert ask(shop, "/ui/users", headers=session).status == 403  # and not people


def test_the_code_can_only_be_changed_by_this_browser(shop, provider):
    asked, cookie = went(shop, provider)
    assert back(shop, asked, []).status == 400  # another browser
    assert back(shop, asked, cookie, state="x").status == 400  # another's way back
    assert back(shop, asked, [("cookie", cookie[0][1][:-2])]).status == 400  # a changed cookie
    assert back(shop, asked, cookie, code="").status == 400  # refused there
    assert not provider.asked
    back(shop, asked, cookie)
    verifier = provider.asked[0][1]["code_verifier"][0]
    assert urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode() == asked["code_challenge"]


WRONG = {
    "of another provider": {"iss": "https://evil.example"},
    "for another service": {"aud": "other"},
    "for another of several": {"aud": [CLIENT, "other"], "azp": "other"},
    "over": {"exp": 1_700_000_000},
    "without an end": {"exp": None},
    "for another browser": {"nonce": "x"},
    "without a nonce": {"nonce": None},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG.keys())
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(shop, provider, claims):
    asked, cookie = went(shop, provider)
    provider.claims = claims
    answer = back(shop, asked, cookie)
    assert answer.status in (400, 502) and not any("holdfast_session" in one for one in answer.cookies)


@pytest.mark.parametrize("alg, key, kid", [("RS256", OTHER, "k1"), ("RS256", KEY, "k2"), ("HS256", KEY, "k1")])
def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(shop, provider, alg, key, kid):
    asked, cookie = went(shop, provider)
    provider.alg, provider.key, provider.kid = alg, key, kid
    assert back(shop, asked, cookie).status == 502


def test_a_token_without_a_signature_lets_nobody_in(shop, provider):
    asked, cookie = went(shop, provider)
    provider.alg = "none"
    assert back(shop, asked, cookie).status == 502


def test_a_new_key_of_the_provider_is_fetched(shop, provider, monkeypatch):
    asked, cookie = went(shop, provider)
    assert back(shop, asked, cookie).status == 303
    provider.keys, provider.key, provider.kid = {"k2": OTHER}, OTHER, "k2"
    asked, cookie = went(shop, provider)
    assert back(shop, asked, cookie).status == 502  # asked for a moment ago
    start = time.monotonic()
    monkeypatch.setattr(oidc.time, "monotonic", lambda: start + 61)
    asked, cookie = went(shop, provider)
    assert back(shop, asked, cookie).status == 303


@pytest.mark.parametrize(
    "claim, claims, status",
    [
        ("preferred_username", {"preferred_username": "zoe"}, 403),
        ("preferred_username", {"preferred_username": None}, 403),
        ("preferred_username", {"preferred_username": ["ann"]}, 403),
        ("email", {"email": "ann"}, 403),
        ("email", {"email": "ann", "email_verified": True}, 303),
    ],
)
def test_whom_no_key_is_named_after_is_told_so(provider, keys, claim, claims, status):
    accounts = Accounts(b"a secret", lambda: httpx.AsyncClient(transport=httpx.MockTransport(provider)))
    door = make(keys=keys, accounts=accounts, oidc=Oidc(**SETTING, claim=claim))
    asked, cookie = went(door, provider)
    provider.claims = claims
    answer = back(door, asked, cookie)
    assert answer.status == status and (status == 303 or b"no key of your name" in answer.body)


def test_a_provider_that_is_away_or_another_is_said_on_the_form(shop, provider):
    provider.status = 500
    answer = ask(shop, START)
    assert answer.status == 502 and b"did not answer as it should" in answer.body and b'name="key"' in answer.body
    provider.status, provider.about = 200, provider.about | {"issuer": "https://evil.example"}
    assert ask(shop, START).status == 502


def test_addresses_over_plain_http_are_not_followed(shop, provider):
    provider.about |= {"authorization_endpoint": "http://sso.shop.example/auth"}
    assert ask(shop, START).status == 502


def test_the_form_leads_there_where_it_is_set_and_nowhere_else(shop, keys):
    assert b'href="/ui/login/oidc?next=%2Fui"' in ask(shop, "/ui/login").body
    plain = make(keys=keys)
    assert b"/ui/login/oidc" not in ask(plain, "/ui/login").body
    assert ask(plain, START).headers["location"] == "/ui/login"


@pytest.mark.parametrize("issuer", ["http://sso.shop.example", "https://sso.shop.example/", "sso", "https://a?b"])
def test_an_issuer_over_plain_http_or_not_as_it_names_itself_is_no_setting(issuer):
    with pytest.raises(ValueError, match="issuer"):
        Oidc(issuer=issuer, client_id=CLIENT)


def test_what_is_missing_is_said_at_the_start(monkeypatch):
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(BadInput, match=r"pip install 'holdfast\[oidc\]'"):
        oidc.check_installed(Oidc(**SETTING))
    oidc.check_installed(None)
