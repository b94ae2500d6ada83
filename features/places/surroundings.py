"""What the environment says of object storage: the only place that credentials and endpoints come from."""

import os

from features.config.server_address import HIDDEN

OF_CLIENTS = ("AWS_", "AZURE_", "GOOGLE_", "STORAGE_")  # how the names begin that any client may read by itself
SECRET = ("key", "secret", "token", "password", "credential")  # parts of the names of what is told to nobody
ANY_OF = {
    "s3": ("AWS_ACCESS_KEY_ID", "AWS_PROFILE"),
    "gs": ("GOOGLE_APPLICATION_CREDENTIALS",),
    "abfss": ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_CLIENT_ID"),
}


def s3_endpoint() -> str | None:
    """Where S3 is spoken, if not at Amazon."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def s3_region() -> str | None:
    """The region as the environment says it; with an endpoint of one's own any will do."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return region or ("us-east-1" if s3_endpoint() else None)


def s3_virtual() -> bool:
    """Whether the bucket stands in the host's name even at an endpoint of one's own."""
    return os.environ.get("AWS_S3_ADDRESSING_STYLE", "").lower() == "virtual"


def s3_anonymous() -> bool:
    """Whether nothing is signed, as public buckets allow."""
    return os.environ.get("AWS_SKIP_SIGNATURE", "").lower() in ("1", "true")


def google_emulator() -> str | None:
    """A server that stands in for Google's."""
    return os.environ.get("STORAGE_EMULATOR_HOST") or None


def azure_key() -> str | None:
    """The key of the storage account."""
    return os.environ.get("AZURE_STORAGE_ACCOUNT_KEY") or None


def azure_token() -> str | None:
    """A shared access signature."""
    return os.environ.get("AZURE_STORAGE_SAS_TOKEN") or None


def has_credentials(scheme: str) -> bool:
    """Whether the environment names any for a scheme; a role of the machine is none of it."""
    return any(os.environ.get(name) for name in ANY_OF[scheme])


def all_said() -> tuple[tuple[str, str], ...]:
    """All that a client may read, to tell whether one that was made before still fits. It holds secrets."""
    return tuple(sorted(item for item in os.environ.items() if item[0].startswith(OF_CLIENTS)))


def without_secrets(text: str) -> str:
    """A text without what the environment keeps secret, should a client have repeated it."""
    for name, value in all_said():
        if any(part in name.lower() for part in SECRET) and len(value) > 3:
            text = text.replace(value, HIDDEN)
    return text
