"""Runs verbs of the command line in forks of a process that has imported everything: for hundreds of them, in seconds.

The parent must open no DuckDB and train nothing before: threads do not survive a fork.
"""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# What verbs import where they use it.
import mlflow  # noqa: F401
import sqlalchemy  # noqa: F401

import holdfast
import training.job  # noqa: F401
from serving.cli import command


def start(folder: Path, work: Callable[[], int]) -> int:
    """Begin work in a fork that stands in the folder and says nothing; its process id."""
    pid = os.fork()
    if pid:
        return pid
    code = 99
    try:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_RDWR)
        for one in (0, 1, 2):
            os.dup2(quiet, one)
        sys.stdout, sys.stderr = (os.fdopen(one, "w", closefd=False) for one in (1, 2))
        code = work()
    finally:
        os._exit(code)


def verb(folder: Path, words: Sequence[str]) -> int:
    """Begin a verb of the command line; its process id."""
    return start(folder, lambda: command.run(holdfast.app, words))


def wait(pid: int, after: float | None = None) -> tuple[int | None, float]:
    """Wait for a fork, and kill it after so many seconds; its exit code, None where it was killed, and its CPU time."""
    end = None if after is None else time.monotonic() + after
    while end is not None:
        done, status, used = os.wait4(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status), _seconds(used)
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            break
        time.sleep(0.01)
    _, status, used = os.wait4(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    return None if code == -signal.SIGKILL else code, _seconds(used)


def _seconds(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime
