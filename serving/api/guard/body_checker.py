"""The process that reads large bodies before the service does: what is wrong with one takes its time, not the others'.

Standard input: for each body a line, the name of what it ought to be and its bytes, then the body. Standard output: for
each a line of JSON, the problem, or null where it will do.
"""

import gc
import json
import os
import resource
import sys
from dataclasses import asdict
from typing import BinaryIO, TextIO

from serving.api.contract import bounds, requests
from serving.api.contract.errors import Problem, Refused

MEMORY = 3 << 30  # bytes of addresses; the worst body within the bounds takes a tenth of that
GENTLE = 5  # niceness: callers with small bodies go first


def problem(name: str, body: bytes) -> Problem | None:
    """What is wrong with a body of a request, by the name of its model."""
    try:
        getattr(requests, name).read(body)
    except Refused as refused:
        return refused.problem
    except MemoryError:
        return bounds.TOO_MANY
    return None


def answer(given: BinaryIO, out: TextIO) -> None:
    """Answer until there is no more to read."""
    for line in given:
        name, size = line.decode().split()
        body = given.read(int(size))
        found = problem(name, body)
        del body
        print(json.dumps(found and asdict(found)), file=out, flush=True)


def main() -> None:
    os.nice(GENTLE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    gc.disable()  # nothing here goes in circles, and a million new lists would be looked at again and again
    answer(sys.stdin.buffer, sys.stdout)


if __name__ == "__main__":
    main()
