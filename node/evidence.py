"""Whether a sound was heard for long enough, or again after its own pause, to be believed; pure."""

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from node.bundle import Threshold
from node.spectra import Floats

SHARE = 0.8
"""Of the windows in the time that a sound must last: noise and pauses take the others."""
GAP_HOPS = 2.5
"""One window may be too late to be judged."""
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
        self._gap_s = GAP_HOPS * hop_s
        self._on = np.array([rule.on for rule in rules], np.float32)
        self._off = np.array([rule.off for rule in rules], np.float32)
        self._lasting = {i: rule.shortest_s for i, rule in enumerate(rules) if rule.shortest_s}
        self._again = {i: rule.again_s for i, rule in enumerate(rules) if rule.again_s}
        self._memory_s = max(self._lasting.values(), default=0.0)
        self._above: deque[tuple[float, Chosen]] = deque()
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
        if self._above and at_s - self._above[-1][0] > self._gap_s:
            self._above.clear()
        self._above.append((at_s, above))
        while len(self._above) > 1 and self._above[1][0] <= at_s - self._memory_s:
            self._above.popleft()
        enough = above.copy()
        for index in self._again:
            self._note(index, smooth, at_s)
        for index in np.flatnonzero(above).tolist():
            enough[index] = self._lasts(index, at_s) and self._is_again(index)
        return enough

    def _note(self, index: int, smooth: Floats, at_s: float) -> None:
        """Remember when a sound rose, once until it falls."""
        if smooth[index] < self._off[index]:
            self._is_up[index] = False
        elif smooth[index] >= self._on[index] and not self._is_up[index]:
            self._is_up[index] = True
            self._rises_s[index].append(at_s)
        while self._rises_s[index] and self._rises_s[index][0] < at_s - FORGET_S:
            self._rises_s[index].popleft()

    def _lasts(self, index: int, at_s: float) -> bool:
        shortest_s = self._lasting.get(index, 0.0)
        if not shortest_s:
            return True
        inside = [above[index] for when_s, above in self._above if when_s >= at_s - shortest_s]
        whole = self._above[0][0] <= at_s - shortest_s
        return whole and sum(inside) >= SHARE * len(inside)

    def _is_again(self, index: int) -> bool:
        """Whether it rose before, as long before as its rule says."""
        if index not in self._again:
            return True
        (least_s, most_s), rises_s = self._again[index], self._rises_s[index]
        return any(least_s <= rises_s[-1] - before_s <= most_s for before_s in rises_s)
