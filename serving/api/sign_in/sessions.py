"""The cookie of who signed in: signed, it names a key and holds none, and ends with it or after eight hours."""

import hashlib
import hmac
from collections.abc import Sequence

from itsdangerous import BadData, URLSafeTimedSerializer

from features.config import ApiKey
from serving.api.guard.keys import ended
from serving.api.sign_in.oidc import Accounts

COOKIE = "holdfast_session"
HOURS = 8
PIECE = 16  # characters of the key's hash: tells two keys of one name apart, and is of no use without the signature
LONGEST = 1024  # characters of a cookie that are looked at


class Sessions:
    """Makes and reads cookies that ``secret`` signs. accounts: with which people may sign in beside their keys."""

    def __init__(self, secret: bytes, accounts: Accounts | None = None):
        self.accounts = accounts or Accounts(secret)
        settings = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        self._signer = URLSafeTimedSerializer(secret, salt="holdfast.pages.1", signer_kwargs=settings)

    def issue(self, key: ApiKey) -> str:
        """The value of a cookie that stands for the key from now on."""
        return str(self._signer.dumps([key.name, key.sha256[:PIECE]]))

    def owner(self, known: Sequence[ApiKey], cookie: str) -> ApiKey | None:
        """The key that a cookie stands for; None where it is forged or over, or the key has gone or ended."""
        if len(cookie) > LONGEST:
            return None
        try:
            said = self._signer.loads(cookie, max_age=HOURS * 3600)
        except BadData:
            return None
        if not (isinstance(said, list) and len(said) == 2 and all(isinstance(one, str) for one in said)):
            return None
        name, piece = said
        for key in known:
            if key.name == name and hmac.compare_digest(key.sha256[:PIECE].encode(), piece.encode()):
                return None if ended(key) else key
        return None
