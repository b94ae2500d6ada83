"""Failures of Spark in one line that tells their root: what was thrown first, on whichever machine."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from features.errors import BadInput

MOST = 400  # characters of a cause that are told
OURS = re.compile(r"features\.errors\.(?:BadInput|GateFailed): (?P<what>.+)")  # raised by our own code on an executor
# A line that tells what was thrown: Java's class and words, as also in "Caused by: …" and behind "(host executor 1): ".
THROWN = re.compile(r"(?:^|Caused by: |executor \w+\): )(?P<kind>(?:[a-z]\w*\.)+[A-Z][\w$]*)(?:: (?P<what>.*))?$")
PYTHON = re.compile(r"^(?P<kind>(?:\w+\.)*[A-Z]\w*): (?P<what>.*)$")  # the last line of a Python traceback
WRAPPED = ("Job aborted", "Task failed while", "An error occurred while calling", "An exception was thrown from")
NAMELESS = {"SparkException", "Exception", "RuntimeException", "SparkRuntimeException", "UnknownException"}


@contextmanager
def reporting_errors() -> Iterator[None]:
    """Turn a failure of Spark into BadInput in one line, without Java's stack in the log."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.logger import PySparkLogger

    loggers = [PySparkLogger.getLogger(f"{kind}QueryContextLogger") for kind in ("SQL", "DataFrame")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel("CRITICAL")
        yield
    except (PySparkException, Py4JError) as error:
        raise BadInput(told(_text(error))) from None
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def told(text: str) -> str:
    """The line for a person: our own words where our code raised an error on an executor, else Spark's root cause."""
    if ours := OURS.search(text):
        return ours["what"].strip()
    return f"engine.kind: Spark failed: {root(text)}"


def root(text: str) -> str:
    """What was thrown first, of all that a failure's text tells: the innermost cause, in one line.

    Traces tell it last: the last "Caused by" of a Java stack, the last line of a Python traceback within it.
    """
    lines = [line.rstrip() for line in text.splitlines()]
    found = ""
    for place, line in enumerate(lines):
        if (python := PYTHON.match(line)) and _in_traceback(lines, place):
            found = f"{python['kind'].rpartition('.')[2]}: {python['what']}"
        elif (java := THROWN.search(line)) and not (java["what"] or "").startswith(WRAPPED):
            kind = java["kind"].rpartition(".")[2]
            if kind != "PythonException":  # its traceback follows
                found = java["what"] or kind if kind in NAMELESS and java["what"] else _named(kind, java["what"])
    if not found:
        plain = [line.strip() for line in lines if line.strip()]
        found = plain[0] if plain else "it told no cause"
    return found if len(found) <= MOST else f"{found[:MOST]} …"


def _in_traceback(lines: list[str], place: int) -> bool:
    """Whether a line follows the frames of a Python traceback."""
    return place > 0 and lines[place - 1].startswith("  ") and any('File "' in one for one in lines[:place])


def _named(kind: str, what: str | None) -> str:
    return f"{kind}: {what}" if what else kind


def _text(error: Exception) -> str:
    """All that an error tells, with Java's whole trace."""
    trace = getattr(error, "_stackTrace", None)  # of those that pyspark made of Java's; others tell it themselves
    return f"{error}\n{trace}" if isinstance(trace, str) else str(error)
