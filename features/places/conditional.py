"""Bytes by key on object storage, and puts that only succeed where nobody was faster: the remote of a store.

Arrow's clients cannot put on a condition, so these are obstore's, which goes the same way to S3, Google and Azure.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pyarrow.fs as pf

from features.errors import BadInput
from features.places import surroundings
from features.places.address import Address, parse
from features.places.filesystems import NO_BUCKET, WAIT, meaning

T = TypeVar("T")
PROBE = "conditions"  # a key that shows whether the place minds conditions
PIECE = 8 << 20  # bytes that are in memory at a time, for each file that is on its way
RIGHTS = "use it; let them list, read, write and delete"


class Missing(Exception):
    """No such key."""


class Lost(Exception):
    """Somebody else was faster."""


@dataclass(frozen=True)
class Version:
    """Which bytes a key held: what a put or a get may be conditional on."""

    e_tag: str | None
    version: str | None


class Place:
    """The objects of one remote. Every failure is BadInput in one line, without what the environment keeps secret."""

    def __init__(self, uri: str):
        """Raises BadInput where obstore is not installed, or the address is none."""
        self.uri = uri.rstrip("/")
        self.address = parse(uri)
        self._client = _client(self.address)

    def get(self, key: str, unless: Version | None = None) -> tuple[bytes, Version] | None:
        """The bytes of a key; None where they are still the ones of ``unless``. Raises Missing."""
        import obstore
        from obstore.exceptions import NotModifiedError

        options: Any = {"if_none_match": unless.e_tag} if unless and unless.e_tag else None

        def ask() -> tuple[bytes, Version] | None:
            try:
                got = obstore.get(self._client, key, options=options)
            except NotModifiedError:
                return None
            return bytes(got.bytes()), Version(got.meta["e_tag"], got.meta["version"])

        return self._ask(ask)

    def pieces(self, key: str) -> Iterator[bytes]:
        """The bytes of a key, a piece at a time. Raises Missing."""
        import obstore

        stream = iter(self._ask(lambda: obstore.get(self._client, key)).stream(PIECE))
        while True:
            piece = self._ask(lambda: next(stream, None))
            if piece is None:
                return
            yield bytes(piece)

    def put_new(self, key: str, content: bytes) -> bool:
        """Put bytes where there are none; False where there are some."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        def ask() -> bool:
            try:
                obstore.put(self._client, key, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
            return True

        return self._ask(ask)

    def put(self, key: str, content: bytes | Iterator[bytes]) -> None:
        """Put bytes whatever is there: whole, or not at all. An error of the iterator passes through."""
        import obstore

        self._ask(
            lambda: obstore.put(
                self._client, key, content, use_multipart=not isinstance(content, bytes), chunk_size=PIECE,
                max_concurrency=2,
            )
        )  # fmt: skip

    def swap(self, key: str, content: bytes, before: Version | None) -> Version:
        """Put bytes in the place of those of ``before``, or where there are none. Raises Lost where others are."""
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = {key: value for key, value in asdict(before).items() if value} if before else "create"

        def ask() -> Version:
            try:
                done = obstore.put(self._client, key, content, mode=mode, use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                raise Lost from None
            except FileNotFoundError as error:  # what was to be replaced is gone
                if before is None or any(word in str(error) for word in NO_BUCKET):
                    raise
                raise Lost from None
            return Version(done["e_tag"], done["version"])

        return self._ask(ask)

    def size(self, key: str) -> int | None:
        """The bytes of a key; None where it is not there."""
        import obstore

        try:
            return self._ask(lambda: obstore.head(self._client, key))["size"]
        except Missing:
            return None

    def changed(self, key: str) -> datetime:
        """When a key was put, by the place's own clock. Raises Missing."""
        import obstore

        return self._ask(lambda: obstore.head(self._client, key))["last_modified"]

    def remove(self, keys: Sequence[str]) -> None:
        """Remove keys; one that is not there is no failure."""
        import obstore

        try:
            self._ask(lambda: obstore.delete(self._client, list(keys)))
        except Missing:
            for key in keys if len(keys) > 1 else ():
                self.remove([key])

    def listed(self, below: str) -> Iterator[tuple[str, datetime]]:
        """Every key that begins so and when it was put. Only who sweeps lists: what counts is never found by it."""
        import obstore

        stream = iter(obstore.list(self._client, below))
        while (found := self._ask(lambda: next(stream, None))) is not None:
            yield from ((one["path"], one["last_modified"]) for one in found)

    def check_conditions(self) -> None:
        """Raise BadInput where the place ignores the conditions of a put: two machines would overwrite each other."""
        self.put_new(PROBE, b"{}")
        try:
            if self.put_new(PROBE, b"{}"):
                raise BadInput(self._ignored())
            self.swap(PROBE, b"{}", Version('"0"', "0"))
        except Lost:
            return
        raise BadInput(self._ignored())

    def _ignored(self) -> str:
        return (
            f"store.remote '{self.uri}': the place ignores the conditions of a put (If-None-Match, If-Match), so that "
            "two machines would overwrite each other; take one that minds them"
        )

    def _ask(self, call: Callable[[], T]) -> T:
        """All that is asked of the place goes through here."""
        from obstore.exceptions import BaseError

        try:
            return call()
        except (BaseError, PermissionError, FileNotFoundError) as error:
            text = str(error)
            if isinstance(error, FileNotFoundError) and not any(word in text for word in NO_BUCKET):
                raise Missing from None
            means = meaning(self.address, text.partition("Debug source")[0], RIGHTS)
            raise BadInput(f"store.remote '{self.uri}': {means}") from None


def _client(address: Address) -> Any:
    try:
        from obstore import store
    except ImportError:
        raise BadInput("store.remote needs obstore; pip install 'holdfast[remote]'") from None
    endpoint = surroundings.s3_endpoint() if address.scheme == "s3" else surroundings.google_emulator()
    given: dict[str, Any] = {
        "prefix": address.key or None,
        "client_options": {
            "connect_timeout": timedelta(seconds=WAIT),
            "timeout": timedelta(seconds=30 * WAIT),  # for a whole piece, however slow the line
            "allow_http": bool(endpoint) and str(endpoint).startswith("http:"),
        },
        "retry_config": {
            "max_retries": 3,
            "retry_timeout": timedelta(seconds=2 * WAIT),
            "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
        },
    }
    try:
        if address.scheme == "s3":
            return store.S3Store(address.bucket, **given, **_s3(address.bucket, endpoint))
        if address.scheme == "gs":
            if endpoint:
                given |= {"base_url": endpoint if "://" in endpoint else f"http://{endpoint}", "skip_signature": True}
                given["client_options"]["allow_http"] = given["base_url"].startswith("http:")
            return store.GCSStore(address.bucket, **given)
        return store.AzureStore(address.bucket, account_name=address.account, **given)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"store.remote '{address.of('')}': {meaning(address, str(error), RIGHTS)}") from None


def _s3(bucket: str, endpoint: str | None) -> dict[str, Any]:
    """What the environment says of S3 in the words of obstore, which takes the keys from there itself."""
    region = surroundings.s3_region() or pf.resolve_s3_region(bucket)
    given: dict[str, Any] = {"region": region, "skip_signature": surroundings.s3_anonymous()}
    if endpoint:
        virtual, (kind, _, host) = surroundings.s3_virtual(), endpoint.rstrip("/").partition("://")
        given["endpoint"] = f"{kind}://{bucket}.{host}" if virtual else endpoint.rstrip("/")
        given["virtual_hosted_style_request"] = virtual
    if os.environ.get("AWS_PROFILE") and not os.environ.get("AWS_ACCESS_KEY_ID"):
        try:
            from obstore.auth.boto3 import Boto3CredentialProvider
        except ImportError:
            raise BadInput(
                "store.remote: AWS_PROFILE is read by boto3; pip install boto3, or set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY"
            ) from None
        given["credential_provider"] = Boto3CredentialProvider()
    return given
