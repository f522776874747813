"""Whether a sound was heard for long enough, or again after its own pause, to be believed; pure."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from node.bundle import Threshold
from node.spectra import Floats

CLEAR = 4.5
"""Nepers of odds over a sound's `off` that count fully: 0.95 where `off` is 0.2. Less counts less,
so that a faint alarm is told as well, but later. Of 96 fire alarms in noise 5 s of this found 53 by
6.4 s, and one false one in 7.5 hours; 8 s with four fifths of it above `on` 51 by 9 s, and 3."""
FALL = 0.5
"""As much of a hop is taken back at most: noise and pauses, which an alarm has, last a moment."""
GAP_HOPS = 2.5
"""One window may be too late to be judged."""
LEAST = 0.001
"""An int8 score is 0 or at least four times this."""
FORGET_S = 120.0
"""Longer than any period: older beginnings prove nothing."""

Chosen = NDArray[np.bool_]


class Evidence:
    """Remembers when each sound reached its threshold; knows no clock but what it is told."""

    def __init__(self, rules: Sequence[Threshold], hop_s: float) -> None:
        """Begin without any.

        Args:
            rules: Of each sound, in the order of its scores.
            hop_s: Time from one window to the next; more is a gap, which proves nothing.
        """
        self._hop_s, self._gap_s = hop_s, GAP_HOPS * hop_s
        self._on = np.array([rule.on for rule in rules], np.float32)
        self._off = np.array([rule.off for rule in rules], np.float32)
        self._shortest_s = np.array([rule.shortest_s for rule in rules])
        self._lasting = np.flatnonzero(self._shortest_s)
        self._off_odds = _odds(self._off[self._lasting])
        self._lasted_s = np.zeros(len(rules))
        self._pushed_s = -np.inf
        self._again = {i: rule.again_s for i, rule in enumerate(rules) if rule.again_s}
        self._rises_s: dict[int, deque[float]] = {i: deque() for i in self._again}
        self._is_up = np.zeros(len(rules), np.bool_)

    def push(self, smooth: Floats, at_s: float) -> Chosen:
        """Take the next window's smoothed scores.

        Args:
            smooth: In 0..1, shape (sounds,).
            at_s: End of the window.

        Returns:
            Whether each sound's rule is met, shape (sounds,).
        """
        above = smooth >= self._on
        if at_s - self._pushed_s > self._gap_s:
            self._lasted_s.fill(0.0)
        self._pushed_s = at_s
        self._last(smooth)
        enough: Chosen = above & (self._lasted_s >= self._shortest_s)
        for index in self._again:
            self._note(index, smooth, at_s)
            enough[index] = enough[index] and self._is_again(index)
        return enough

    def _last(self, smooth: Floats) -> None:
        """Add up how long each sound that must last has been clear, at most as long as it must."""
        clear = (_odds(smooth[self._lasting]) - self._off_odds) / CLEAR
        more_s = self._hop_s * np.maximum(np.minimum(clear, 1.0), -FALL)
        lasted_s = np.maximum(self._lasted_s[self._lasting] + more_s, 0.0)
        self._lasted_s[self._lasting] = np.minimum(lasted_s, self._shortest_s[self._lasting])

    def _note(self, index: int, smooth: Floats, at_s: float) -> None:
        """Remember when a sound rose, once until it falls."""
        if smooth[index] < self._off[index]:
            self._is_up[index] = False
        elif smooth[index] >= self._on[index] and not self._is_up[index]:
            self._is_up[index] = True
            self._rises_s[index].append(at_s)
        while self._rises_s[index] and self._rises_s[index][0] < at_s - FORGET_S:
            self._rises_s[index].popleft()

    def _is_again(self, index: int) -> bool:
        """Whether it rose before, as long before as its rule says."""
        (least_s, most_s), rises_s = self._again[index], self._rises_s[index]
        last_s = rises_s[-1] if rises_s else -np.inf  # it has been up for longer than is remembered
        return any(least_s <= last_s - before_s <= most_s for before_s in rises_s)


def _odds(scores: Floats) -> NDArray[np.float64]:
    """Logarithm of the odds, finite for scores of 0 and 1 too; as `scores`."""
    inside = np.minimum(np.maximum(scores.astype(np.float64), LEAST), 1.0 - LEAST)
    odds: NDArray[np.float64] = np.log(inside / (1.0 - inside))
    return odds
