"""Which tones may just have beeped as a rhythm does: a coarse look at all of them, which is cheap.

Most sounds are no alarm. What passes is compared with care by `node.templates`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from node.rhythms import Run
from node.spectra import Floats

FLAT = 0.2
"""Standard deviation of loudness, 0..1, below which it is noise: at 0.2 white noise reaches a
correlation of 0.5 in 1 look of 100, at 0.15 in 14; computed alarms lose nothing by it."""
BEEP_PARTS = 0.25
"""Parts are as long as this share of the shortest beep, where that is longer than they come."""
SCALES = 4
"""Speeds between the fastest and the slowest that are tried: beeps are known by halves here."""


class Sieve:
    """Coarse templates of a run of beeps, compared with all tones at once."""

    def __init__(
        self,
        run: Sequence[Run],
        *,
        scales: Sequence[float],
        clear: float,
        least: float,
        part_s: float,
        pace_s: float,
    ) -> None:
        """Draw them.

        Args:
            run: Beeps and pauses.
            scales: How much slower it may be, from the least to the most.
            clear: Nepers above which a tone stands out no better.
            least: The correlation that passes.
            part_s: Length of a part.
            pace_s: The run may have ended so long ago.
        """
        shortest_s = min(length_s for on, length_s in run if on)
        self._pooled = max(1, int(BEEP_PARTS * shortest_s / part_s))
        part_s, late = part_s * self._pooled, round(pace_s / part_s / self._pooled)
        speeds = np.linspace(scales[0], scales[-1], SCALES)
        drawn = [_drawn(run, float(speed), part_s) for speed in speeds]
        self._parts = max(len(row) for row in drawn) + late
        places = [(row, self._parts - ago - len(row), ago) for row in drawn for ago in range(late)]
        rows = np.array([np.pad(row, (first, ago)) for row, first, ago in places])
        inside = np.array([np.pad(np.ones_like(row), (first, ago)) for row, first, ago in places])
        sizes = inside.sum(axis=1, keepdims=True)
        self._clear, self._least = np.float32(clear), np.float32(least)
        self._flat = np.float32(FLAT * clear * self._pooled)
        self._rows, self._inside = rows / (self._flat * np.sqrt(sizes)), inside / sizes

    def passing(self, standing: Floats, possible: NDArray[np.bool_]) -> Floats:
        """Compare the end of all tones.

        Args:
            standing: Nepers by which each stood out, shape (parts, tones).
            possible: Which of them may be an alarm's, shape (tones,).

        Returns:
            The best correlation of each tone, 0 where it does not pass, shape (tones,).
        """
        run = np.minimum(standing[-self._parts * self._pooled :], self._clear)
        if self._pooled > 1:
            run = run.reshape(self._parts, self._pooled, -1).sum(axis=1)
        best: Floats = np.zeros(run.shape[1], np.float32)
        alike = self._rows @ run  # or less, where a tone varies more than noise
        maybe = np.flatnonzero((alike.max(axis=0) >= self._least) & possible)
        if len(maybe):
            alike, run = alike[:, maybe], run[:, maybe]
            mean, square = self._inside @ run, self._inside @ (run * run)
            alike /= np.sqrt(np.maximum((square - mean * mean) / self._flat**2, 1.0))
            best[maybe] = alike.max(axis=0)
            best[best < self._least] = 0.0
        return best


def _drawn(run: Sequence[Run], scale: float, part_s: float) -> Floats:
    """A run in parts, without its mean and of length 1, shape (parts,)."""
    fine = 50  # steps a part
    loud = np.concatenate(
        [np.full(round(length_s * scale * fine / part_s), on) for on, length_s in run]
    )
    parts = loud[len(loud) % fine :].reshape(-1, fine).mean(axis=1)
    parts -= parts.mean()
    drawn: Floats = (parts / np.linalg.norm(parts)).astype(np.float32)
    return drawn
