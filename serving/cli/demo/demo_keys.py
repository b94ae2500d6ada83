"""The demo's pages: served with two new keys, so that one person drafts a campaign and another approves it."""

import os
from pathlib import Path

from features.config import load
from serving.api.guard.keys import VARIABLE, digest, new
from serving.api.start import start
from serving.terminal import console

KEYS = {"operator": "read+operate", "approver": "read+approve"}  # name → scopes


def serve(folder: Path, port: int) -> None:
    """Become the server of the demo in ``folder``. Its keys are shown once and live as long as it: their hashes go
    into HOLDFAST_API_KEYS, beside what stands there.

    Raises BadInput as ``holdfast serve`` does.
    """
    made = {name: new() for name in KEYS}
    console.say("")
    console.say("Sign in with one of these keys, made for this run and shown this once:")
    for name, key in made.items():
        console.say(f"  {name}  {key}  # {KEYS[name].replace('+', ', ')}")
    entries = [f"{name}:{digest(key)}:{KEYS[name]}" for name, key in made.items()]
    os.environ[VARIABLE] = ",".join(filter(None, [os.environ.get(VARIABLE, ""), *entries]))
    start(load(folder / "holdfast.toml"), "127.0.0.1", port)
