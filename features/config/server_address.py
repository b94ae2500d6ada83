"""Addresses of servers: filled in from the environment, and never told with their password."""

import re
from urllib.parse import parse_qs, quote, unquote, urlsplit

VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")  # ${NAME} and ${NAME:-default}
PASSWORD = re.compile(r"://[^/@:]*:[^/@]+@|[?&]password=[^&]")


def without_password(uri: str) -> str:
    """The address as it stands in the file; raises ValueError where a password stands in it, too."""
    if PASSWORD.search(VARIABLE.sub(lambda match: match[2] or "", uri)):
        raise ValueError("a password stands in it; take it from the environment with ${NAME}, or from ~/.pgpass")
    return uri


def masked(text: str, address: str) -> str:
    """The text without the password that stands in the filled-in address."""
    try:
        parts = urlsplit(address)
        secrets = [parts.password or "", *parse_qs(parts.query).get("password", [])]
    except ValueError:
        secrets = []
    for secret in {one for given in secrets for one in (given, unquote(given), quote(given)) if one}:
        text = text.replace(secret, "***")
    return text
