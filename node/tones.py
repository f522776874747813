"""Pure tones: which of them stood out in the last seconds, and how loud they were."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

LOWEST_HZ, HIGHEST_HZ = 400.0, 4600.0
"""From the 520 Hz of NFPA 72 to the piezos above 4 kHz."""
NEAR_HZ, FAR_HZ = 80.0, 240.0
"""A tone's neighbours: beyond the Hann window's main lobe, nearer than speech's next harmonic."""
STANDS_OUT = 4.0
"""Power over the quieter neighbours' that makes a tone of a part."""
PART_S = 0.125
"""How long a tone is watched at once while tones are looked for."""
CLEAR = 100.0
"""What stands out more is no clearer."""
ENOUGH = 3.0
"""Nepers by which a tone stood out in all, in the last seconds, to be looked at."""
TONES = 6
"""At most so many at once: two alarms with overtones, and what else sounds."""
APART = 3
"""Spectrum lines between two tones."""
MEMORY_S = 8.5
"""A slow T4 period, and its opening."""
LEAST_POWER = 1e-12
"""Of digital silence, whose logarithm must be finite."""


class Tones:
    """The last seconds' spectra, and which lines stood out of their neighbours when."""

    def __init__(self, fft_size: int, hop_s: float) -> None:
        """Begin in silence.

        Args:
            fft_size: Of the spectra that will come, in samples.
            hop_s: From one to the next.
        """
        line_hz = SAMPLE_RATE_HZ / fft_size
        self._near, self._far = round(NEAR_HZ / line_hz), round(FAR_HZ / line_hz)
        self._lines = np.arange(round(LOWEST_HZ / line_hz), round(HIGHEST_HZ / line_hz) + 1)
        self._frames, self._part = round(MEMORY_S / hop_s), max(1, round(PART_S / hop_s))
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        width = self._lines[-1] + self._far + 1
        self._power = np.full((self._frames, width), LEAST_POWER, np.float32)
        self._unwatched = 0
        self._stood = np.zeros((self._frames // self._part, len(self._lines)), np.float32)

    def push(self, power: Floats) -> None:
        """Hear further spectra, shape (new, lines), at most half of `MEMORY_S` of them."""
        fresh = power[-self._frames :, : self._power.shape[1]]
        self._power = np.concatenate((self._power[len(fresh) :], fresh))
        self._unwatched += len(fresh)
        parts = self._unwatched // self._part
        if not parts:
            return
        end = len(self._power) - self._unwatched % self._part
        watched = self._power[end - parts * self._part : end].reshape(parts, self._part, -1)
        stood = self._standing_out(watched.mean(axis=1))
        self._stood = np.concatenate((self._stood, stood))[-len(self._stood) :]
        self._unwatched %= self._part

    def clearest(self) -> list[int]:
        """Return the lines that stood out most in the last seconds, at most `TONES`."""
        nepers = self._stood.sum(axis=0)
        nepers[1:-1] = nepers[1:-1] + nepers[:-2] + nepers[2:]  # a tone between two lines wavers
        found: list[int] = []
        while len(found) < TONES and nepers.max() >= ENOUGH:
            best = int(np.argmax(nepers))
            found.append(int(self._lines[best]))
            nepers[max(0, best - APART) : best + APART + 1] = 0.0
        return found

    def around(self, lines: Sequence[int]) -> tuple[Floats, Floats]:
        """Return how loud tones were, and the quieter of each one's neighbours.

        Returns:
            Power, each of shape (frames, tones).
        """
        at, sides = np.array(lines), np.arange(self._near, self._far + 1)
        tone = np.max([self._power[:, at + one] for one in (-1, 0, 1)], axis=0)
        below = self._power[:, at[:, None] - sides].mean(axis=2)
        above = self._power[:, at[:, None] + sides].mean(axis=2)
        return tone, np.minimum(below, above)

    def _standing_out(self, power: Floats) -> Floats:
        """By how many nepers each line stands out, 0 where its neighbour does more.

        Args:
            power: Shape (parts, all lines).

        Returns:
            Shape (parts, lines).
        """
        sums = np.zeros((len(power), power.shape[1] + 1))
        np.cumsum(power, axis=1, out=sums[:, 1:])
        first, last, near, far = self._lines[0], self._lines[-1] + 1, self._near, self._far

        def ahead(lines: int) -> NDArray[np.float64]:
            return sums[:, first + lines : last + lines]

        below, above = ahead(1 - near) - ahead(-far), ahead(far + 1) - ahead(near)
        floor = np.maximum(np.minimum(below, above) / (far - near + 1), LEAST_POWER)
        here, before, after = (power[:, first + one : last + one] for one in (0, -1, 1))
        stands = (here > STANDS_OUT * floor) & (here >= before) & (here > after)
        nepers: Floats = np.zeros(here.shape, np.float32)
        nepers[stands] = np.log(np.minimum(here[stands] / floor[stands], CLEAR))
        return nepers
