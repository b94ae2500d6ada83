"""Opens object storage through Arrow's own clients, with credentials and endpoint from the environment alone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pyarrow.fs as pf

from features.config.server_address import HIDDEN
from features.engine.full_disk import is_full
from features.errors import BadInput
from features.places.address import Address

READ_BY_CLIENTS = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST")  # beginnings of names
WAIT = 10  # seconds for a connection, and a few times that for an answer
SECRET = ("KEY", "SECRET", "TOKEN", "PASSWORD", "CREDENTIAL")  # parts of the names of variables that hold one
# What an error says, whoever said it → what it means. The first that fits counts.
NO_BUCKET = ("NO_SUCH_BUCKET", "NoSuchBucket", "ContainerNotFound", "bucket does not exist", "container does not exist")
REFUSED = ("ACCESS_DENIED", "AccessDenied", "INVALID_ACCESS_KEY_ID", "InvalidAccessKeyId", "SIGNATURE_DOES_NOT_MATCH",
           "SignatureDoesNotMatch", "INVALID_CLIENT_TOKEN_ID", "EXPIRED_TOKEN", "ExpiredToken", "HTTP status 403",
           "HTTP status 401", "PERMISSION_DENIED", "UNAUTHENTICATED", "AuthenticationFailed", "AuthorizationFailure",
           "403 Forbidden", "401 Unauthorized", "redential", "access token", "IMDS", "OAuth2", "refresh")  # fmt: skip
ELSEWHERE = ("HTTP status 301", "PermanentRedirect", "AuthorizationHeaderMalformed", "INVALID_REGION", "301 Moved")
UNREACHED = ("NETWORK_CONNECTION", "Could not connect", "Could not resolve", "Connection refused", "timed out",
             "REQUEST_TIMEOUT", "error sending request", "dns error", "SERVICE_UNAVAILABLE")  # fmt: skip
CREDENTIALS = {
    "s3": ("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE", ("AWS_ACCESS_KEY_ID", "AWS_PROFILE")),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS to the file of a service account", ("GOOGLE_APPLICATION_CREDENTIALS",)),
    "abfss": (
        "AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and "
        "AZURE_CLIENT_SECRET",
        ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_CLIENT_ID"),
    ),
}
WHERE = {"s3": "AWS_ENDPOINT_URL", "gs": "STORAGE_EMULATOR_HOST", "abfss": "the account's name"}


def located(address: Address) -> pf.FileSystem:
    """The client for an address. Raises OSError where none can be made."""
    said = tuple(sorted(item for item in os.environ.items() if item[0].startswith(READ_BY_CLIENTS)))
    return _client(address.scheme, address.bucket, address.account, said)


def s3_endpoint() -> str | None:
    """Where S3 is spoken, if not at Amazon."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def s3_region() -> str | None:
    """The region as the environment says it; with an endpoint of one's own any will do."""
    told = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return told or ("us-east-1" if s3_endpoint() else None)


def s3_virtual() -> bool:
    """Whether the bucket stands in the host's name even at an endpoint of one's own."""
    return os.environ.get("AWS_S3_ADDRESSING_STYLE", "").lower() == "virtual"


@lru_cache(maxsize=16)
def _client(scheme: str, bucket: str, account: str, said: tuple[tuple[str, str], ...]) -> pf.FileSystem:
    if scheme == "s3":
        return pf.S3FileSystem(
            region=s3_region() or pf.resolve_s3_region(bucket),
            endpoint_override=s3_endpoint(),
            anonymous=os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("1", "true"),
            force_virtual_addressing=s3_virtual(),
            connect_timeout=WAIT,
            request_timeout=6 * WAIT,
            retry_strategy=pf.AwsStandardS3RetryStrategy(max_attempts=3),
        )
    if scheme == "gs":
        given: dict[str, Any] = {"retry_time_limit": timedelta(seconds=2 * WAIT)}
        if emulator := os.environ.get("STORAGE_EMULATOR_HOST"):
            kind, _, host = emulator.rpartition("://")
            given |= {"endpoint_override": host.strip("/"), "scheme": kind or "http", "anonymous": True}
        return pf.GcsFileSystem(**given)
    return pf.AzureFileSystem(
        account,
        account_key=os.environ.get("AZURE_STORAGE_ACCOUNT_KEY") or None,
        sas_token=os.environ.get("AZURE_STORAGE_SAS_TOKEN") or None,
    )


@contextmanager
def told(address: Address, shown: str) -> Iterator[None]:
    """Turn a failure of a client into BadInput: one line with what was asked for (``shown``), the cause and the cure,
    and without anything that the environment keeps secret."""
    try:
        yield
    except BadInput:
        raise
    except FileNotFoundError:
        raise BadInput(f"'{shown}': no file there; correct the path") from None
    except Exception as error:
        if is_full(error):
            raise
        raise BadInput(f"'{shown}': {meaning(address, str(error))}") from None


def meaning(address: Address, error: str) -> str:
    """What an error of a client means, and the cure."""

    def says(words: tuple[str, ...]) -> bool:
        return any(word in error for word in words)

    if says(NO_BUCKET):
        return f"there is no bucket '{address.bucket}'; correct the path, or {WHERE[address.scheme]}"
    if says(ELSEWHERE):
        return "the bucket lies in another region; set AWS_REGION"
    if says(UNREACHED):
        return f"cannot be reached; look at the network and at {WHERE[address.scheme]}"
    if says(REFUSED):
        names, any_of = CREDENTIALS[address.scheme]
        if not any(os.environ.get(name) for name in any_of):
            return f"there are no credentials in the environment, or they are not enough; set {names}"
        return f"the credentials of the environment may not read it; let them list and read, or set others ({names})"
    return f"cannot be read: {without_secrets(' '.join(error.split()))[:300]}; look at the path and the credentials"


def without_secrets(text: str) -> str:
    """A text without what the environment keeps secret, should a client have repeated it."""
    for name, value in os.environ.items():
        if name.startswith(READ_BY_CLIENTS) and any(part in name for part in SECRET) and len(value) > 3:
            text = text.replace(value, HIDDEN)
    return text
