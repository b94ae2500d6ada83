"""A process beside the service that watches for a new champion and a new snapshot, and tries them before they serve:
what crashes or hangs here costs no request.

``watcher_client.py`` starts it, writes what already serves to its standard input as one line of JSON, and reads a line
of JSON for each finding. It ends when that input is closed.
"""

import json
import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lightgbm

from features.config import Config, load
from features.errors import BadInput
from serving.api.reload import golden_rows, model_cache
from serving.batch.snapshot import MANIFEST, newest
from serving.batch.verify import verify
from serving.remote.follow import follow
from training.tracking import Unreachable, fetch_card, uri
from training.tracking.registry import CHAMPION, entry, fetch

AGAIN = 60.0  # seconds after which a refused candidate is tried again: the file may have been repaired
SETTLED = 2.0  # seconds after which a file that changes has another time, also on coarse file systems
PATH = re.compile(r"(?:/[^/\s:]+)*/([^/\s:]+)")
MODEL, SNAPSHOT, REMOTE = "model", "snapshot", "remote"
STATE = "#"  # behind a candidate's name: in which state of it
Tell = Callable[[dict[str, Any]], None]
Look = Callable[[], str]
Trial = Callable[[str], dict[str, Any]]


def champion_of(config: Config) -> str:
    """Which version is champion, as 'v3-abc'. Raises Unreachable where the registry is gone or silent."""
    where = uri(config)
    if where.startswith("sqlite:///") and not Path(where.removeprefix("sqlite:///")).exists():
        raise Unreachable("the registry's file is gone")  # MLflow would make an empty one
    return entry(config, CHAMPION).name


def settled(config: Config, look: Look) -> Look:
    """``look``, which is asked again only where the registry's file has changed since: with MLflow, a look costs more
    than all else that a service without requests does. A registry behind a server is asked each time."""
    where = uri(config)
    if not where.startswith("sqlite:///"):
        return look
    file, seen = Path(where.removeprefix("sqlite:///")), {"state": "", "found": ""}

    def cheaper() -> str:
        states = [one.stat() for one in (file, file.with_name(f"{file.name}-wal")) if one.exists()]
        state = str([(one.st_ino, one.st_mtime_ns, one.st_size) for one in states])
        fresh = any(time.time() - one.st_mtime < SETTLED for one in states)  # another change may have the same time
        if fresh or not states or state != seen["state"]:
            seen["state"] = ""  # a look that fails is none
            seen.update(found=look(), state="" if fresh else state)
        return seen["found"]

    return cheaper


def try_model(config: Config, name: str) -> dict[str, Any]:
    """Fetch a version whole, load it and let it score golden rows; raises BadInput where one fails."""
    version, cards = fetch(config, name), config.store_path / "cards"
    if not (cards / f"{version.name}.md").exists():
        with suppress(BadInput, OSError):  # a model serves without its card too
            fetch_card(config, version, cards)
    return {**asdict(model_cache.keep(config.store_path, version)), "golden": golden_rows.outcome(version.bundle)}


def newest_of(config: Config) -> str:
    """The folder of the newest snapshot and, behind STATE, when its manifest was written: somebody may have been erased
    from it since. Raises BadInput where there is none, or the pointer leads elsewhere."""
    folder = newest(config.store_path)
    try:
        return f"{folder}{STATE}{(folder / MANIFEST).stat().st_mtime_ns}"
    except OSError:
        return str(folder)


def try_snapshot(found: str) -> dict[str, Any]:
    """Read a snapshot from end to end; raises BadInput where any of its files is damaged."""
    return {"folder": str(verify(Path(found.partition(STATE)[0])).folder)}


def watch(kind: str, given: Mapping[str, Any], look: Look, trial: Trial, every: float, tell: Tell) -> None:
    """Look for ever for a candidate other than the one that serves, and try it.

    given: what serves, by kind, and under 'crashed' what crashed the watcher before: that is not tried again at once.
    Sends ``trying`` before a trial, so that the service knows the candidate if this process dies of it; then the
    trial's result or ``refused``; and after each look ``looked``, with ``trouble`` where it failed.
    """
    serving, refused, since = given[kind], given["crashed"].get(kind, ""), time.monotonic()
    while True:
        trouble = ""
        try:
            found = look()
            if found != serving and (found != refused or time.monotonic() > since + AGAIN):
                tell({"kind": kind, "trying": found})
                try:
                    tell({"kind": kind, "found": found, **trial(found)})
                    serving, refused = found, ""
                except Unreachable:
                    raise
                except Exception as error:  # whatever is wrong with it, it is not to be served
                    refused, since = found, time.monotonic()
                    tell({"kind": kind, "found": found, "refused": _why(error)})
        except Exception as error:
            trouble = _why(error)
        tell({"kind": kind, "looked": time.time(), "trouble": trouble})
        time.sleep(every)


def _why(error: Exception) -> str:
    """The reason in a line, with only the last part of a path: /readyz answers anybody."""
    text = " ".join(str(error).split()) if isinstance(error, BadInput) else type(error).__name__
    return PATH.sub(r"\1", text)


def main() -> None:
    """Watch until standard input is closed."""
    given = json.loads(sys.stdin.readline())
    config, lock = load(given["config"]), threading.Lock()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # libraries print to standard output
    lightgbm.register_logger(logging.getLogger("lightgbm"))  # a broken model makes it say much, part of the model too
    logging.getLogger("lightgbm").setLevel(logging.CRITICAL)
    os.nice(5)

    def tell(line: dict[str, Any]) -> None:
        with lock:
            try:
                print(json.dumps(line), file=out, flush=True)
            except BrokenPipeError:
                os._exit(0)  # the service is gone

    every = config.api.watch_seconds
    jobs: tuple[tuple[str, Look, Trial], ...] = (
        (MODEL, settled(config, lambda: champion_of(config)), lambda name: try_model(config, name)),
        (SNAPSHOT, lambda: newest_of(config), try_snapshot),
    )
    for kind, look, trial in jobs:
        threading.Thread(target=watch, args=(kind, given, look, trial, every, tell), daemon=True).start()
    if config.store_remote:

        def looked(trouble: str) -> None:
            tell({"kind": REMOTE, "looked": time.time(), "trouble": PATH.sub(r"\1", trouble)})

        threading.Thread(target=follow, args=(config, every, looked), daemon=True).start()
    sys.stdin.read()
    os._exit(0)  # a trial that hangs would keep it


if __name__ == "__main__":
    main()
