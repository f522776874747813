"""Sound without the constant offset (DC) that cheap sound cards add; pure."""

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

MEMORY = 10 * SAMPLE_RATE_HZ
"""Slow enough that no sound is taken for an offset: 20 Hz has gone round 200 times."""
LEAST = 3e-4
"""-70 dBFS, below a quiet room: a smaller offset is left, and so is every sample as it came."""


class Centre:
    """Follows the mean of one continuous sound and takes it away."""

    def __init__(self) -> None:
        self._mean, self._heard = 0.0, 0

    def push(self, sound: Floats) -> Floats:
        """Take the next piece and return it around zero, shape (n,)."""
        if not len(sound):
            return sound
        first = not self._heard
        self._heard = min(self._heard + len(sound), max(MEMORY, len(sound)))
        step = float(sound.mean(dtype=np.float64)) - self._mean
        after = self._mean + step * len(sound) / self._heard
        before, self._mean = after if first else self._mean, after
        if max(abs(before), abs(after)) < LEAST:
            return sound
        return sound - np.linspace(before, after, len(sound), dtype=np.float32)
