"""What a request for a page has to show beside a key: that a form was sent from our own pages, and that it is one."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from serving.api.guard import refusals
from serving.api.guard.refusals import Rejected

Headers = Mapping[str, Sequence[str]]
FORM = "application/x-www-form-urlencoded"
MOST = 64_000  # bytes of a form
LOCAL = ("localhost", "127.0.0.1", "::1")


def check_origin(headers: Headers) -> None:
    """Refuse what another site's page sends with our reader's cookie. A browser that says in Sec-Fetch-Site where a
    request comes from is believed; over plain http it does not, then Origin has to name our own host."""
    sites, origins, hosts = (headers.get(name, []) for name in ("sec-fetch-site", "origin", "host"))
    if sites:
        fine = list(sites) == ["same-origin"]
    else:
        fine = len(origins) == len(hosts) == 1 and _host(origins[0]) == hosts[0].lower()
    if not fine:
        raise Rejected(refusals.FOREIGN)


def check_form(headers: Headers, method: str) -> int | None:
    """The Content-Length, of a body that is a form; a GET comes without a kind."""
    kinds, coded = headers.get("content-type", []), headers.get("content-encoding", [])
    forms = [kind.partition(";")[0].strip().lower() == FORM for kind in kinds]
    if not all(forms) or len(forms) > 1 or (method == "POST" and not forms) or any(c != "identity" for c in coded):
        raise Rejected(refusals.NOT_FORM)
    length = headers.get("content-length", [""])[0]
    return int(length) if length.isdecimal() else None


def local(headers: Headers) -> bool:
    """Whether the browser asks its own machine, by the name that it uses: there plain http will do."""
    host = headers.get("host", [""])[0].lower()
    try:
        return urlsplit(f"//{host}").hostname in LOCAL
    except ValueError:
        return False


def plain(headers: Headers) -> bool:
    """Whether a form came over plain http, by its Origin."""
    return any(one.lower().startswith("http://") for one in headers.get("origin", []))


def _host(origin: str) -> str | None:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return None
    return parts.netloc.lower() if parts.scheme in ("http", "https") and parts.netloc else None
