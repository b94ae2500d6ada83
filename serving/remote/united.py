"""Files that two machines may both have added to: what each added is in the result."""

import os
from pathlib import Path

from features import suppressed, whole_files
from features.errors import BadInput
from serving.remote.shared import SUPPRESSED, is_audit

GONE = b"0" * 64  # what an erasure writes over the hash of an id, see serving/rights/logs.py
SAME_NAME = "two machines call themselves the same; remove .remote/machine in the store of one"


def is_united(path: str) -> bool:
    """Whether both machines' changes of a file are kept."""
    return path == SUPPRESSED or is_audit(path)


def unite(path: str, ours: Path, theirs: Path) -> None:
    """Bring into our file what theirs has beyond it. Raises BadInput where that cannot be told."""
    if path == SUPPRESSED:
        _suppressed(ours, theirs)
    else:
        _lines(ours, theirs)


def _suppressed(ours: Path, theirs: Path) -> None:
    here, there = whole_files.read_sealed(ours), whole_files.read_sealed(theirs)
    if here["salt"] != there["salt"]:
        raise BadInput("people were erased on two machines that did not know of each other")
    hashes = sorted({*here["hashes"], *there["hashes"]})
    if hashes != here["hashes"]:
        content = {"version": suppressed.VERSION, "salt": here["salt"], "hashes": hashes}
        whole_files.write_sealed(ours, content)


def _lines(ours: Path, theirs: Path) -> None:
    """Write where it stands, because a service appends to it meanwhile: erasures keep the length of a line."""
    with ours.open("r+b") as here:
        for line in theirs.read_bytes().splitlines(keepends=True):
            at = here.tell()
            mine = here.readline()
            if not mine:
                _append(ours, line)
                here.seek(0, os.SEEK_END)
            elif mine != line:
                if len(mine) != len(line) or (GONE not in mine and GONE not in line):
                    raise BadInput(SAME_NAME)
                if GONE in line:
                    here.seek(at)
                    here.write(line)
        here.flush()
        os.fsync(here.fileno())


def _append(file: Path, line: bytes) -> None:
    """One write, at the end wherever that is by then."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(handle, line)
    finally:
        os.close(handle)
