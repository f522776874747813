"""The sign of life of one loop, for systemd's watchdog."""

from collections.abc import Callable
from math import inf

from contract.process import notify

SHARE = 0.25
"""Four signs in the time that systemd waits for one: a late one harms nothing."""


class Pulse:
    """Beats only when its loop calls it: from a loop that hangs there comes no sign."""

    def __init__(self, wait_s: float, tell: Callable[[str], object] = notify) -> None:
        """Begin in silence.

        Args:
            wait_s: How long systemd waits for a sign; 0.0: for ever.
            tell: Sends a sign.
        """
        self._every_s = wait_s * SHARE or inf
        self._tell = tell
        self._due_s = -inf

    def beat(self, now_s: float, status: str) -> bool:
        """Give a sign of life if one is due; the first one says that we are ready.

        Args:
            now_s: Monotonic.
            status: A few words for `systemctl status`.

        Returns:
            Whether one was due.
        """
        if now_s < self._due_s:
            return False
        sign = "READY=1" if self._due_s == -inf else "WATCHDOG=1"
        self._due_s = now_s + self._every_s
        self._tell(f"{sign}\nSTATUS={status}")
        return True
