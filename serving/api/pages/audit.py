"""Who looked at whom, and who did what to which run: a line each, in the service's log and in the store."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import orjson

from serving.api.contract.errors import Problem, Refused
from serving.api.guard import logs
from serving.api.pages.view import Noted, View

FILE = Path("serving", "audit.jsonl")  # in the store
LOGS = "serving/audit*.jsonl"  # it, and older ones that were put aside
What = Literal[
    "list opened", "list downloaded", "user opened", "run drafted", "run approved", "run exported", "run cancelled"
]
Value = str | int | float | bool | None | Sequence[str] | Mapping[str, str]
LONGEST = 200  # characters of a value
FORBIDDEN = {"user", "user_id", "users", "q", "id", "time", "key", "what", "count"}


def audit(view: View, what: What, count: int, **about: Value) -> None:
    """Note that who asks did this, before it is answered.

    count: users concerned. about: which: ``filter=whom.query``, ``run=name``, ``target=…``; never what names a user,
    but by ``subject=subject(user_id)``. Raises Refused (503) where it cannot be noted, so that nothing is seen unnoted.
    """
    if what not in get_args(What) or FORBIDDEN & about.keys():
        raise ValueError(f"audit: {what!r} with {sorted(about)} is not among what is noted")
    line: dict[str, Any] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "key": view.who.name,
        "what": what,
    }
    line |= {"count": count, **{name: _cut(value) for name, value in about.items()}}
    logs.event("audit", **{name: value for name, value in line.items() if name != "time"})
    file = view.config.store_path / FILE
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _append(file, orjson.dumps(line | {"request_id": logs.REQUEST.get()}) + b"\n")
    except OSError as error:
        logs.OURS.error("%s: %s; what is looked at cannot be noted", file, error.strerror)
        raise Refused(Problem(503, "no_audit", "what is looked at has to be noted, and cannot be")) from None
    view.noted.append(Noted(what, count, about))


def subject(user_id: object) -> str:
    """A user as the audit names them: the sha256 of the id as text. Whoever asks who looked at a user works it out
    again; whoever reads the file learns no id."""
    return hashlib.sha256(str(user_id).encode()).hexdigest()


def _cut(value: Value) -> Value:
    """A filter is what an address says, which may be anything: of a text as much as any name of ours has."""
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, Mapping):
        return {str(_cut(name)): str(_cut(one)) for name, one in value.items()}
    return [str(_cut(one)) for one in value] if isinstance(value, Sequence) else value


def _append(file: Path, line: bytes) -> None:
    """One write, at the end wherever that is by then: lines of several workers never mix."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)  # less what [store] mode takes away
    try:
        if os.write(handle, line) != len(line):
            raise OSError(0, "the disk is full")
    finally:
        os.close(handle)
