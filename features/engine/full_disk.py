"""Tells a full disk from other failures, in the words of all that write: Python, Arrow, DuckDB."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from features.config import Config
from features.errors import BadInput

NUMBERS = (errno.ENOSPC, errno.EDQUOT)
# DuckDB writes no more to its temporary folder than there is room for, and says that by the last of these.
WORDS = ("no space left on device", "disk quota exceeded", "max_temp_directory_size")


def is_full(error: BaseException) -> bool:
    """Whether a failure is that of a disk without room."""
    if isinstance(error, OSError) and error.errno in NUMBERS:
        return True
    return isinstance(error, OSError | duckdb.Error) and any(words in str(error).lower() for words in WORDS)


@contextmanager
def room(config: Config, doing: str) -> Iterator[None]:
    """Raises BadInput, saying what was being done, which disk is full and what to do, where one is."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if not is_full(error):
            raise
        raise BadInput(
            f"{config.store_path}: the disk is full while {doing}; free some space, or name a folder on a larger disk "
            f"by [store] path ({' '.join(str(error).partition(chr(10))[0].split())})"
        ) from None
