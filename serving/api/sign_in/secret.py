"""The secret that signs the cookies of a store's pages: made once, the same for all workers."""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from features.errors import BadInput

NAME, LENGTH = "pages.secret", 64  # characters: 256 random bits as hexadecimal


def secret(store: Path) -> bytes:
    """The secret of a store, made where there is none yet. Whoever can read it can sign in as anybody: mode 600.

    Workers that start at once agree: the first to give its own the name wins, the others take that. Raises BadInput
    where the file is damaged or cannot be read or made.
    """
    file = store / "serving" / NAME
    try:
        if not file.exists():
            _make(file)
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}; let the service read and write there") from None
    try:
        if len(text) != LENGTH:
            raise ValueError
        return bytes.fromhex(text)
    except ValueError:
        raise BadInput(f"{file}: damaged; remove it, then everybody has to sign in once more") from None


def _make(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{NAME}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(LENGTH // 2))
            opened.flush()
            os.fsync(handle)
        with suppress(FileExistsError):
            os.link(part, file)  # unlike a rename it replaces none
    finally:
        part.unlink(missing_ok=True)
