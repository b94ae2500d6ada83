"""Erases people from a store that several machines share: here, then at the remote, with the bytes that were there."""

from collections.abc import Sequence
from datetime import datetime

from features.config import Config
from features.errors import BadInput
from features.progress import Progress, silent
from serving.remote.around import tell
from serving.remote.merge import ErasedElsewhere
from serving.remote.sweep import erased, sweep_erased
from serving.remote.sync import fetch, push
from serving.rights import journal
from serving.rights.erase import Erased
from serving.rights.erase import erase as erase_here

TRIES = 5  # of an erasure while others write to the same users


def erase(config: Config, users: Sequence[str], now: datetime, progress: Progress = silent) -> Erased:
    """What ``rights.erase`` does, and the same at the store's remote, where it has one.

    Where another machine was faster with what may hold them, that is fetched, and they are erased again. Raises
    BadInput as that does, and where the remote cannot be written: the same again goes on.
    """
    store, uri = config.store_path, config.store_remote
    if uri is None:
        return erase_here(config, users, now, progress)
    before = journal.pending(store)
    everybody = [*users, *(before.users if before else ())]
    done = erase_here(config, users, now, progress)
    for _ in range(TRIES):
        erased(store, uri)
        try:
            tell(push(store, uri, progress))
            sweep_erased(store, uri)
            return done
        except ErasedElsewhere:
            tell(fetch(store, uri, theirs=True, progress=progress))
            done = erase_here(config, everybody, now, progress)
    raise BadInput(f"store.remote '{uri}': other machines kept writing; erase them again when those rest")
