"""Opens object storage through Arrow's own clients, with credentials and endpoint from the environment alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Any

import pyarrow.fs as pf

from features.engine.full_disk import is_full
from features.errors import BadInput
from features.places import surroundings
from features.places.address import Address, is_remote, parse

WAIT = 10  # seconds for a connection, and a few times that for an answer
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
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS to the file of a service account",
    "abfss": "AZURE_STORAGE_ACCOUNT_KEY, AZURE_STORAGE_SAS_TOKEN, or AZURE_TENANT_ID, AZURE_CLIENT_ID and "
    "AZURE_CLIENT_SECRET",
}
WHERE = {"s3": "AWS_ENDPOINT_URL", "gs": "STORAGE_EMULATOR_HOST", "abfss": "the account's name"}


def located(address: Address) -> pf.FileSystem:
    """The client for an address. Raises OSError where none can be made."""
    return _client(address.scheme, address.bucket, address.account, surroundings.all_said())


@lru_cache(maxsize=16)
def _client(scheme: str, bucket: str, account: str, said: tuple[tuple[str, str], ...]) -> pf.FileSystem:
    if scheme == "s3":
        return pf.S3FileSystem(
            region=surroundings.s3_region() or pf.resolve_s3_region(bucket),
            endpoint_override=surroundings.s3_endpoint(),
            anonymous=surroundings.s3_anonymous(),
            force_virtual_addressing=surroundings.s3_virtual(),
            connect_timeout=WAIT,
            request_timeout=6 * WAIT,
            retry_strategy=pf.AwsStandardS3RetryStrategy(max_attempts=3),
        )
    if scheme == "gs":
        given: dict[str, Any] = {"retry_time_limit": timedelta(seconds=2 * WAIT)}
        if emulator := surroundings.google_emulator():
            kind, _, host = emulator.rpartition("://")
            given |= {"endpoint_override": host.strip("/"), "scheme": kind or "http", "anonymous": True}
        return pf.GcsFileSystem(**given)
    return pf.AzureFileSystem(
        account,
        account_key=surroundings.azure_key(),
        sas_token=surroundings.azure_token(),
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


@contextmanager
def lake_told(uri: str, known: Callable[[Exception, str], str | None], cure: str) -> Iterator[None]:
    """Turn a failure to read a Delta or Iceberg table, also halfway through its rows, into BadInput in one line.

    known: what an error and its text mean, None where it is not of the format itself. cure: of the other, local ones.
    """
    try:
        yield
    except BadInput:
        raise
    except Exception as error:
        if is_full(error):
            raise
        text = " ".join(str(error).split())
        means = known(error, text) or (meaning(parse(uri), text) if is_remote(uri) else None)
        means = means or f"cannot be read: {surroundings.without_secrets(text)[:300]}; {cure}"
        raise BadInput(f"'{uri}': {means}") from None


def meaning(address: Address, error: str, rights: str = "read it; let them list and read") -> str:
    """What an error of a client means, and the cure. rights: what the credentials may not do, and should."""

    def says(words: tuple[str, ...]) -> bool:
        return any(word in error for word in words)

    if says(NO_BUCKET):
        return f"there is no bucket '{address.bucket}'; correct the path, or {WHERE[address.scheme]}"
    if says(ELSEWHERE):
        return "the bucket lies in another region; set AWS_REGION"
    if says(UNREACHED):
        return f"cannot be reached; look at the network and at {WHERE[address.scheme]}"
    if says(REFUSED):
        names = CREDENTIALS[address.scheme]
        if not surroundings.has_credentials(address.scheme):
            return f"there are no credentials in the environment, or they are not enough; set {names}"
        return f"the credentials of the environment may not {rights}, or set others ({names})"
    cause = surroundings.without_secrets(" ".join(error.split()))[:300]
    return f"cannot be read: {cause}; look at the path and the credentials"
