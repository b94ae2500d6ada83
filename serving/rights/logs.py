"""Takes people out of what was logged: jobs' logs by line, and who looked at whom in the audit, in its place."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

from features import whole_files
from serving.api.pages.audit import LOGS, subject
from serving.jobs.jobs import FOLDER
from serving.rights.people import People

GONE = "0" * 64  # stands for the hash of an erased user's id


def erase_from_logs(store: Path, people: People) -> int:
    """Take lines that name them out of the logs of jobs and of Spark; how many went."""
    words = _words([*people.ids, *people.texts])
    files = [*sorted((store / FOLDER).glob("*.log")), *sorted(store.glob("*.log"))]
    lines = sum(_without_lines(file, words) for file in files)
    for file in sorted((store / FOLDER).glob("*.done.json")):
        told = whole_files.read_sealed(file)
        if words.search(str(told.get("said", "")).encode()):
            whole_files.write_sealed(file, told | {"said": ""})
            lines += 1
    return lines


def erase_from_audit(store: Path, people: People) -> int:
    """Put GONE where the audit says that one of them was looked at: who looked, and when, stays. How many lines.

    Bytes are overwritten where they stand, because services append to the file meanwhile.
    """
    wanted = [subject(one).encode() for one in people.ids]
    return sum(_overwrite(file, wanted) for file in sorted(store.glob(LOGS)))


def _overwrite(file: Path, wanted: Sequence[bytes]) -> int:
    found = 0
    with file.open("r+b") as opened:
        for line in iter(opened.readline, b""):
            begin = opened.tell() - len(line)
            for one in wanted:
                at = line.find(one)
                if at >= 0:
                    found += 1
                    after = opened.tell()
                    opened.seek(begin + at)
                    opened.write(GONE.encode())
                    opened.seek(after)
        opened.flush()
        os.fsync(opened.fileno())
    return found


def _words(names: Sequence[str]) -> re.Pattern[bytes]:
    """What finds one of the names as a word of its own."""
    told = b"|".join(re.escape(one.encode()) for one in sorted(names, key=len, reverse=True))
    return re.compile(rb"(?<![\w.-])(?:" + told + rb")(?![\w-])")


def _without_lines(file: Path, words: re.Pattern[bytes]) -> int:
    lines = file.read_bytes().splitlines(keepends=True)
    kept = [one for one in lines if not words.search(one)]
    if len(kept) < len(lines):
        whole_files.write(file, lambda part: part.write_bytes(b"".join(kept)))
    return len(lines) - len(kept)
