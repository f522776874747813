"""When a microphone whose sound is in doubt is opened anew: at once, then ever more rarely."""

from math import inf

FIRST_S, LONGEST_S = 60.0, 600.0
"""A doubt comes back after 50 s at the earliest; each opening costs a second or two of sound."""


class Reopening:
    """Counts the attempts to mend a doubt; pure."""

    def __init__(self) -> None:
        self._due_s, self._pause_s = -inf, FIRST_S

    def is_due(self, now_s: float, *, doubted: bool) -> bool:
        """Tell whether to open it anew now; the caller then does so."""
        if not doubted:
            self._due_s, self._pause_s = -inf, FIRST_S
        if not doubted or now_s < self._due_s:
            return False
        self._due_s = now_s + self._pause_s
        self._pause_s = min(2.0 * self._pause_s, LONGEST_S)
        return True
