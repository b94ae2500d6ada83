"""Addresses of servers: filled in from the environment, and never told with their password.

A password stands before the @, in a query (``?sslpassword=``) or in libpq's ``host=... password='...'``; as it is,
percent-encoded or quoted. Whoever cannot read an address repeats it, or a piece of it, in any of these forms.
"""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, unquote_plus

from features.errors import BadInput

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")  # ${NAME} and ${NAME:-default}
HIDDEN = "***"
STORES = ("s3", "gs", "abfss")  # object storage that is read, by the scheme of its URIs
CREDENTIALS = "credentials stand in it; take them out and set them in the environment, such as AWS_ACCESS_KEY_ID"
OTHERS = {"s3a": "s3://", "s3n": "s3://", "gcs": "gs://", "abfs": "abfss://", "wasbs": "abfss://", "wasb": "abfss://"}
_USER = re.compile(r"(://[^/@:?#\s\"']*:)(?!\d*[/?#])([^@\s\"']+)(?=@)")  # what begins like a port is not a password
_LOOSE = re.compile(r"(://[^/@:?#]*:)(.*)(?=@)", re.DOTALL)  # @, / or a space in it, as it should not be written
_KEY = r"((?<![\w%])[\w.-]*(?:password|passwd|passphrase|pwd|secret|secret_key|token)\s*=\s*)"
_QUERY = re.compile(_KEY + r"([^&;#\s\"']+)", re.IGNORECASE)
_QUOTED = re.compile(_KEY + r"('(?:\\.|[^'\\])*'?|(?:\\.|[^\s'&;#\"\\])+)", re.IGNORECASE | re.DOTALL)


def without_password(uri: str) -> str:
    """The address as it stands in the file; raises ValueError where a password stands in it, too."""
    plain = VARIABLE.sub(lambda match: match[2] or "", uri)
    if _USER.search(plain) or any(form.search(text) for text in (plain, unquote(plain)) for form in (_QUERY, _QUOTED)):
        raise ValueError("a password stands in it; take it from the environment with ${NAME}, or from ~/.pgpass")
    return uri


def scheme_of(path: str) -> str:
    """What stands before :// of a path, in lower case; empty where nothing does."""
    scheme, mark, _ = path.partition("://")
    return scheme.lower() if mark and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme) else ""


def known_place(path: str) -> str:
    """A path of files as it stands in the file, or filled in; raises ValueError, which repeats no secret, where it is a
    URI that nothing here reads, or credentials stand in it."""
    scheme = scheme_of(path)
    if not scheme:
        return path
    if scheme not in (*STORES, "file"):
        cure = (
            f"write {OTHERS[scheme]}" if scheme in OTHERS else "write s3://, gs://, abfss://, file:// or a plain path"
        )
        raise ValueError(f"{scheme}:// is not read; {cure}")
    host = path.partition("://")[2].partition("/")[0]
    if "@" in (host if scheme != "abfss" else host.partition("@")[2]) or ":" in VARIABLE.sub("", host):
        raise ValueError(CREDENTIALS)
    try:
        without_password(path)
    except ValueError:
        raise ValueError(CREDENTIALS) from None
    if re.search(r"[?&](sig|sv|X-Amz-[\w-]+)=", path, re.IGNORECASE):
        raise ValueError(CREDENTIALS)
    return path


def remote_place(uri: str) -> str:
    """The same of what has to lie on object storage."""
    if scheme_of(VARIABLE.sub(lambda match: match[2] or "", uri)) not in STORES and not uri.startswith("${"):
        raise ValueError("is no object storage; write s3://bucket/folder, gs:// or abfss://")
    return known_place(uri)


def masked(text: str, address: str) -> str:
    """The text without the passwords that stand in the filled-in address, however it repeats them."""
    forms = {form for secret in _secrets(address) for form in _forms(secret)}
    longest_first = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    return re.sub(longest_first, HIDDEN, text) if forms else text


def scrubbed(text: str) -> str:
    """Any text, such as a configuration, without what looks like a password; ``${NAME}`` stays."""
    for pattern in (_USER, _QUOTED):
        text = pattern.sub(lambda match: match[0] if VARIABLE.fullmatch(match[2]) else match[1] + HIDDEN, text)
    return text


def _secrets(address: str) -> Iterator[str]:
    for text in (address, unquote(address)):
        for pattern in (_USER, _LOOSE, _QUERY, _QUOTED):
            for match in pattern.finditer(text):
                yield match[2]
        for pair in re.split("[?&]", text):  # the name of a key may be encoded as well
            key, sign, value = pair.partition("=")
            if re.fullmatch(_KEY, unquote(key) + sign, re.IGNORECASE):
                yield value


def _forms(secret: str) -> Iterator[str]:
    """A password as somebody may write it: as it came, without its quotes, decoded, and encoded in every way."""
    bare = secret.removeprefix("'").removesuffix("'") if secret.startswith("'") else secret
    for raw in {secret, bare, re.sub(r"\\(.)", r"\1", bare, flags=re.DOTALL)}:
        for one in {raw, unquote(raw), unquote_plus(raw)}:
            ways = (one, quote(one), quote(one, safe=""), quote_plus(one), repr(one)[1:-1], json.dumps(one)[1:-1])
            yield from (way for way in ways if way)


def expand(text: str, file: Path, key: str = "") -> str:
    """Fill ``${NAME}`` and ``${NAME:-default}`` from the environment; raises BadInput for a name without a value."""

    def fill(match: re.Match[str]) -> str:
        value = os.environ.get(match[1]) or match[2]  # :- also stands in for an empty value, as in a shell
        if value is None:
            where = f"{file.name}: {key}: " if key else f"{file.name}: "
            raise BadInput(f"{where}'{match[0]}' has no value; set {match[1]} or write ${{{match[1]}:-default}}")
        return value

    return VARIABLE.sub(fill, text)
