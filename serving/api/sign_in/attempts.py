"""How often somebody may try to sign in: failures are counted by address, in this process."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST, SECONDS = 10, 60.0  # failures that an address may have within so long
PEOPLE = 1000  # addresses that are remembered; of more the one that failed longest ago is forgotten
PAUSE = 0.5  # seconds that the answer to a wrong key takes


class Attempts:
    """The failures of late. Keys are too long to be guessed: this bounds what trying costs us."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock, self._failed = clock, OrderedDict[str, deque[float]]()

    def wait(self, who: str) -> int:
        """Whole seconds until this address may try again; 0: now."""
        times = self._failed.get(who)
        if times is None or len(times) < MOST:
            return 0
        left = times[0] + SECONDS - self._clock()
        return int(left) + 1 if left > 0 else 0

    def failed(self, who: str) -> None:
        """Note a failure."""
        times = self._failed.setdefault(who, deque(maxlen=MOST))
        times.append(self._clock())
        self._failed.move_to_end(who)
        if len(self._failed) > PEOPLE:
            self._failed.popitem(last=False)
