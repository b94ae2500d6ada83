"""Reads URIs of object storage: s3://bucket/key, gs://bucket/key, abfss://container@account.dfs.core.windows.net/key."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from features.config.server_address import STORES, known_place, scheme_of
from features.errors import BadInput

ACCOUNT = re.compile(r"[\w-]+@[a-z0-9]+(\.[\w.-]+)?")
BUCKET = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Address:
    """scheme: one of STORES. host: the bucket, or container@account. key: what follows, without a first slash."""

    scheme: str
    host: str
    key: str

    @property
    def bucket(self) -> str:
        """The bucket or container, which is where Arrow's paths begin."""
        return self.host.partition("@")[0]

    @property
    def account(self) -> str:
        """The account of an Azure address; empty in others."""
        return self.host.partition("@")[2].partition(".")[0]

    @property
    def path(self) -> str:
        """The same as a path for Arrow."""
        return f"{self.bucket}/{self.key}".rstrip("/")

    def of(self, path: str) -> str:
        """The URI of a path of Arrow's in the same bucket."""
        return f"{self.scheme}://{self.host}/{path.removeprefix(self.bucket).lstrip('/')}"


def is_remote(path: str) -> bool:
    """Whether a path lies on object storage."""
    return scheme_of(path) in STORES


def local(path: str) -> str:
    """A file:// URI as a plain path; what is none stays as it is. Raises ValueError where it names another machine."""
    if scheme_of(path) != "file":
        return path
    rest = path.partition("://")[2]
    host, slash, below = rest.partition("/")
    if host not in ("", "localhost"):
        raise ValueError("names another machine; write file:///path")
    return unquote(slash + below)


def parse(uri: str) -> Address:
    """Raises BadInput, which repeats nothing of it, where it is no address of object storage."""
    try:
        known_place(uri)
    except ValueError as error:
        raise BadInput(str(error)) from None
    scheme, host = scheme_of(uri), uri.partition("://")[2].partition("/")[0]
    if scheme == "abfss":
        if not ACCOUNT.fullmatch(host):
            raise BadInput("is no address; write abfss://container@account.dfs.core.windows.net/folder")
    elif not BUCKET.fullmatch(host):
        raise BadInput(f"names no bucket; write {scheme}://bucket/folder")
    return Address(scheme, host, uri.partition("://")[2].partition("/")[2].strip("/"))
