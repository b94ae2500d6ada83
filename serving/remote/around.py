"""What a verb does before and after its work where the store has a remote: fetch, push, and tell what rules decided."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from features.config import Config
from serving.remote.sweep import sweep_erased
from serving.remote.sync import Synced, fetch, push


def before(config: Config) -> None:
    """Fetch what is new; nothing where the store is this machine's alone. Raises BadInput: a verb that cannot see what
    others did does nothing."""
    if uri := config.store_remote:
        tell(fetch(config.store_path, uri))


def after(config: Config) -> None:
    """Push what the verb changed, also where it failed: what it left is whole. Raises BadInput; the work stays here,
    and the next verb pushes it."""
    if uri := config.store_remote:
        tell(push(config.store_path, uri))
        sweep_erased(config.store_path, uri)


@contextmanager
def shared(config: Config) -> Iterator[None]:
    """Push what is done within."""
    try:
        yield
    finally:
        after(config)


def tell(done: Synced) -> None:
    """Print what rules decided, a line each, beside what the verb itself prints."""
    for line in done.told:
        print(f"store.remote: {line}", file=sys.stderr)
