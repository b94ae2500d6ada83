"""Tells another program of an alarm: a POST to a URL, or a command that gets the alarm on its standard input.

It gets the verdict and its reasons, which name tables, columns and figures, and no user.
"""

import json
import shlex
import subprocess
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from features.errors import BadInput

TRIES, SECONDS, WAIT = 3, 10.0, 1.0  # WAIT doubles
KEPT = ("verdict", "advice", "now", "run", "as_of", "model")


def alarm(told: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent of a report, see ``as_json``: the verdict and the findings."""
    return {name: told[name] for name in KEPT} | {"findings": told["findings"]}


def send(hook: str, told: Mapping[str, Any], wait: float = WAIT) -> None:
    """Send the alarm, up to three times, ten seconds each at most.

    hook: an http or https URL, or a command, which is run without a shell. Raises BadInput where none of the tries
    succeeded; a URL is named without its query and user.
    """
    body = json.dumps(alarm(told), ensure_ascii=False).encode()
    what, why = _named(hook), ""
    for number in range(TRIES):
        if number:
            time.sleep(wait * 2 ** (number - 1))
        why = _post(hook, body) if _is_url(hook) else _run(hook, body)
        if not why:
            return
    raise BadInput(f"--hook {what}: {TRIES} tries failed, the last: {why}; the report itself is written")


def _is_url(hook: str) -> bool:
    return hook.startswith(("http://", "https://"))


def _post(url: str, body: bytes) -> str:
    try:
        answer = httpx.post(url, content=body, headers={"content-type": "application/json"}, timeout=SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return type(error).__name__
    return "" if answer.is_success else f"answered {answer.status_code}"


def _run(command: str, body: bytes) -> str:
    try:
        done = subprocess.run(shlex.split(command), input=body, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired) as error:  # IndexError: no word at all
        return type(error).__name__
    return "" if done.returncode == 0 else f"exit code {done.returncode}"


def _named(hook: str) -> str:
    """The hook without what may be a secret: a URL's user, query and path, a command's arguments."""
    if not _is_url(hook):
        return hook.split(maxsplit=1)[0] if hook.split() else "''"
    parts = urlsplit(hook)
    return f"{parts.scheme}://{parts.hostname}"
