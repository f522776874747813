"""How long an address must wait after wrong codes; pure, and of bounded size."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

FREE_TRIES = 5
FIRST_WAIT_S = 15.0
LONGEST_WAIT_S = 900.0
"""Doubling up to a quarter of an hour and no further: nobody is locked out for good."""
DOUBLINGS = 6
"""After so many the longest wait is reached."""
FORGOTTEN_S = 3600.0
"""As long as a code lives."""
ADDRESSES = 256
"""More than a home has; who comes from more of them still meets the limit of the code itself."""


@dataclass(frozen=True, slots=True)
class _Tries:
    count: int
    last_s: float
    wait_s: float


class Patience:
    """The tries of each address, the latest ones; threads may ask at once."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._lock = threading.Lock()

    def wait_s(self, address: str, now_s: float) -> float:
        """Return how long an address must wait before its next try, 0 for not at all."""
        with self._lock:
            return self._wait_s(address, now_s)

    def begin(self, address: str, now_s: float) -> float:
        """Count a try before it is judged, unless the address must wait.

        Returns:
            How long it must wait; 0 where the try may be judged.
        """
        with self._lock:
            wait_s = self._wait_s(address, now_s)
            if not wait_s:
                self._count(address, now_s)
            return wait_s

    def forgive(self, address: str) -> None:
        """Forget the tries of an address that gave the right code."""
        with self._lock:
            self._tries.pop(address, None)

    def _wait_s(self, address: str, now_s: float) -> float:
        tries = self._tries.get(address)
        return max(0.0, tries.last_s + tries.wait_s - now_s) if tries else 0.0

    def _count(self, address: str, now_s: float) -> None:
        before = self._tries.pop(address, None)
        count = before.count + 1 if before and now_s - before.last_s < FORGOTTEN_S else 1
        self._tries[address] = _Tries(count, now_s, _wait_after(count))
        if len(self._tries) > ADDRESSES:
            self._tries.popitem(last=False)


def _wait_after(count: int) -> float:
    """How long to wait after so many wrong tries."""
    if count < FREE_TRIES:
        return 0.0
    return min(FIRST_WAIT_S * 2.0 ** min(count - FREE_TRIES, DOUBLINGS), LONGEST_WAIT_S)
