"""Pure tones: which of them stood out in the last seconds, and how loud they were."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

LOWEST_HZ, HIGHEST_HZ = 400.0, 4600.0
"""From the 520 Hz of NFPA 72 to the piezos above 4 kHz."""
NEAR_HZ, FAR_HZ = 80.0, 240.0
"""A tone's neighbours: beyond the Hann window's main lobe, nearer than speech's next harmonic."""
STANDS_OUT = 4.0
"""Power over the quieter neighbours' that makes a tone of a part."""
PART_S = 0.05
"""How long a tone is watched at once while tones are looked for: half a beep of a CO alarm."""
CLEAR = 100.0
"""What stands out more is no clearer."""
POOLED = 2
"""Spectrum lines from one watched tone to the next; each takes in its neighbours, for it wavers."""
APART = 3
"""Spectrum lines between two tones."""
MEMORY_S = 8.5
"""A slow T4 period, and its opening."""
LEAST_POWER = 1e-12
"""Of digital silence, whose logarithm must be finite."""
FADING = 0.003
"""Share of a tone's power, as loud as it lately was, that is but its echo: in a silent room a loud
alarm's stands out of nothing for seconds, and its beeps would run together. At 0.01 fading notes of
music became beeps, once in 15 hours."""
FADING_DB_S = 10.0
"""So fast is forgotten how loud it was; a stairwell's echo, RT60 1.2 s, fades by 50 dB a second."""
ROOM = 2
"""Times what is remembered: it moves each time that so much less one has come."""


class Tones:
    """The last seconds' spectra, and which tones stood out of their neighbours when.

    Attributes:
        hop_s: From one spectrum to the next.
        part_s: So long each tone is watched at once.
        lines: Places of the watched tones in a spectrum, shape (lines,).
        hz: The same, in Hz.
    """

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
        self.hop_s, self.part_s = hop_s, self._part * hop_s
        self.lines = self._lines[1:-1:POOLED]
        self.hz = self.lines * line_hz
        self._kept = np.float32(10.0 ** (-FADING_DB_S / 10.0 * self.part_s))
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        width = int(self._lines[-1]) + self._far + 1
        self._power = Recent(self._frames, np.full(width, LEAST_POWER, np.float32))
        self._stood = Recent(self._frames // self._part, np.zeros(len(self.lines), np.float32))
        self._unwatched = 0
        self._loudest: Floats = np.zeros(len(self._lines), np.float32)

    @property
    def standing(self) -> Floats:
        """Nepers by which each of `lines` stood out, shape (parts, lines)."""
        return self._stood.rows

    def crowd(self, nepers: float) -> float:
        """Return the share of all tones and remembered time in which one stood out so far."""
        return float(np.mean(self.standing > nepers))

    def push(self, power: Floats) -> int:
        """Hear further spectra, shape (new, all lines); returns how many parts are new."""
        self._power.push(power[:, : self._power.rows.shape[1]])
        self._unwatched += len(power)
        parts, rest = divmod(self._unwatched, self._part)
        self._unwatched = rest
        if parts:
            rows = self._power.rows
            end = len(rows) - rest
            watched = rows[end - parts * self._part : end].reshape(parts, self._part, -1)
            means = watched.sum(axis=1) / np.float32(self._part)
            self._stood.push(self._standing_out(means))
        return parts

    def around(self, lines: Sequence[int], frames: int) -> tuple[Floats, Floats]:
        """Return how loud tones were, and what they stood out of: a neighbour, or their own echo.

        Args:
            lines: Places of the tones in a spectrum.
            frames: So many of the last spectra, or as many as are remembered.

        Returns:
            Power, each of shape (frames, tones).
        """
        at, power = np.array(lines), self._power.rows[-frames:]
        tone = np.maximum(np.maximum(power[:, at - 1], power[:, at]), power[:, at + 1])
        beside = np.arange(self._near, self._far + 1)[:, None]
        sides = (power[:, at + one].sum(axis=1) for one in (-beside, beside))
        below, above = (side / np.float32(len(beside)) for side in sides)
        age = 10.0 ** (FADING_DB_S / 10.0 * self.hop_s * np.arange(len(power)))[:, None]
        echo: Floats = (FADING * np.maximum.accumulate(tone * age) / age).astype(np.float32)
        return tone, np.maximum(np.minimum(below, above), echo)

    def _standing_out(self, power: Floats) -> Floats:
        """By how many nepers tones stand out, a line only where its neighbours do no more.

        Args:
            power: Shape (parts, all lines).

        Returns:
            Shape (parts, watched lines).
        """
        near, far, width = self._near, self._far, self._far - self._near + 1
        sums = np.zeros((len(power), power.shape[1] + 1))
        np.cumsum(power, axis=1, out=sums[:, 1:])
        first, last = int(self._lines[0]), int(self._lines[-1]) + 1
        means = ((sums[:, width:] - sums[:, :-width]) / width).astype(np.float32)
        below, above = means[:, first - far : last - far], means[:, first + near : last + near]
        here, before, after = (power[:, first + one : last + one] for one in (0, -1, 1))
        floor = np.maximum(np.minimum(below, above), self._echo(here))
        stands = (here > STANDS_OUT * floor) & (here >= before) & (here > after)
        clear = np.where(stands, here / floor, np.float32(1.0))
        count = clear.shape[1] - 2
        lower, middle, upper = (clear[:, one : one + count : POOLED] for one in range(3))
        pooled = np.maximum(np.maximum(lower, middle), upper)
        nepers: Floats = np.log(np.minimum(pooled, np.float32(CLEAR)))
        return nepers

    def _echo(self, power: Floats) -> Floats:
        """What is left in each part of how loud each tone lately was; as `power`."""
        age = self._kept ** np.arange(len(power) + 1, dtype=np.float32)[:, None]
        heard = np.concatenate((self._loudest[None], power)) / age
        for before, row in pairwise(heard):
            np.maximum(row, before, out=row)  # a third of what accumulate takes
        lately = heard * age
        self._loudest = lately[-1]
        echo: Floats = np.maximum(lately[1:] * np.float32(FADING), np.float32(LEAST_POWER))
        return echo


class Recent:
    """The last rows of what comes, moved seldom."""

    def __init__(self, count: int, before: Floats) -> None:
        """Begin full of the same row, shape (width,)."""
        self._count, self._end = count, count
        self._held = np.tile(before, (ROOM * count, 1))

    @property
    def rows(self) -> Floats:
        """The last rows, oldest first, shape (count, width)."""
        return self._held[self._end - self._count : self._end]

    def push(self, rows: Floats) -> None:
        """Add rows, shape (n, width)."""
        rows = rows[-self._count :]
        if self._end + len(rows) > len(self._held):
            self._held[: self._count] = self.rows.copy()
            self._end = self._count
        self._held[self._end : self._end + len(rows)] = rows
        self._end += len(rows)
