"""The thread that the browser lives in: what touches it has to run there."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from functools import wraps

THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser")


def in_thread(function):
    """A fixture that is made in the browser's thread, and ended there."""
    if inspect.isgeneratorfunction(function):

        @wraps(function)
        def made(*given, **named):
            running = function(*given, **named)
            yield THREAD.submit(next, running).result()
            THREAD.submit(next, running, None).result()
    else:

        @wraps(function)
        def made(*given, **named):
            return THREAD.submit(function, *given, **named).result()

    return made
