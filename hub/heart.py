"""Whether the hub's loop has earned its sign of life. Pure."""

from contract.pulse import Pulse


class Heart:
    """Beats for a loop that works: one that only turns must be started again.

    A whole turn must have gone well, its tick included. Of the messages taken in since the last
    beat one must have been handled: a node that sends what the hub cannot handle does not get
    the hub restarted while others are heard.
    """

    def __init__(self, pulse: Pulse) -> None:
        self._pulse = pulse
        self._taken = self._handled = False

    def taken(self) -> None:
        """Note that a message came in."""
        self._taken = True

    def handled(self) -> None:
        """Note that a message was handled."""
        self._handled = True

    def ticked(self, now_s: float, status: str) -> None:
        """Note that a whole turn with its tick went well, and beat if that is enough.

        Args:
            now_s: Monotonic.
            status: A few words for `systemctl status`.
        """
        if self._taken and not self._handled:
            return
        if self._pulse.beat(now_s, status):
            self._taken = self._handled = False
