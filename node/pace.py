"""Whether a node keeps up with the sound that it is to judge; pure."""

from math import inf

LEFT_OUT_S = 30.0
"""As long as the hub tells that windows were left out (DESIGN 1.1)."""
MINUTE_S = 60.0


class Pace:
    """Compares the time that judging takes with the length of the sound."""

    def __init__(self) -> None:
        self._dropped, self._dropped_s = 0, -inf
        self._sound_s = self._took_s = 0.0
        self._slow = ""

    def judged(self, sound_s: float, *, took_s: float) -> None:
        """Count so much sound, and how long it took to judge it."""
        self._sound_s += sound_s
        self._took_s += took_s
        if self._sound_s < MINUTE_S:
            return
        ratio = self._took_s / self._sound_s
        self._slow = f"takes {ratio:.1f} s to judge a second of sound" if ratio > 1.0 else ""
        self._sound_s = self._took_s = 0.0

    def doubt(self, dropped: int, now_s: float) -> str:
        """Tell why it does not keep up; empty while it does.

        Args:
            dropped: How many windows were ever left out.
            now_s: The monotonic clock.
        """
        if dropped > self._dropped:
            self._dropped_s = now_s
        self._dropped = dropped
        left_out = now_s - self._dropped_s < LEFT_OUT_S
        return "leaves sound out; it is too slow" if left_out else self._slow
