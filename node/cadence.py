"""Alarms by their rhythm: tones that come in groups of beeps, whatever the network thinks of them.

A tone stands out of its neighbours in frequency; how loud it was in the last seconds is compared
with the templates of each rhythm, and a group counts when the next one begins where it should.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from node.blocks import SAMPLE_RATE_HZ
from node.chirps import Chirps
from node.groups import Pattern, Tone
from node.repeats import PACE_S, Repeats
from node.rhythms import T3, T4, Rhythm
from node.spectra import Floats
from node.templates import BEEP_QUANTILE, depth
from node.tones import APART, LEAST_POWER, MEMORY_S, Tones

TURNS = 2
"""Half of the rhythms are looked for at a time: it costs half, and a quarter of a second."""
TONES = 4
"""At most so many at once: two alarms with overtones, and what else sounds."""


class Cadence:
    """Listens for alarms' rhythms; pure, knows no clock but what it is told."""

    def __init__(self, fft_size: int, hop_size: int, rhythms: Sequence[Rhythm] = (T3, T4)) -> None:
        """Begin in silence.

        Args:
            fft_size: Of the spectra that will come, in samples.
            hop_size: From one to the next.
            rhythms: What to listen for.
        """
        self._hop_s, self._line_hz = hop_size / SAMPLE_RATE_HZ, SAMPLE_RATE_HZ / fft_size
        self._tones = Tones(fft_size, self._hop_s)
        self._rhythms = [Repeats(rhythm, fft_size, self._tones) for rhythm in rhythms]
        self._chirps, self._parts = Chirps(self._tones), 0
        self._remembered = round(MEMORY_S / self._hop_s)
        self._turn, self._fresh = 0, [0] * len(rhythms)

    def reset(self) -> None:
        """Forget all but lonely chirps: what comes next does not follow what came before."""
        self._tones.reset()
        self._parts, self._fresh = 0, [0] * len(self._rhythms)
        for one in self._rhythms:
            one.reset()

    def push(self, power: Floats, ended_s: float) -> list[Pattern]:
        """Hear further spectra.

        Args:
            power: Shape (new, lines).
            ended_s: The clock at the end of the last.

        Returns:
            What was recognised now, for each tone.
        """
        at_once = round(PACE_S / TURNS / self._hop_s)
        found = []
        for first in range(0, len(power), at_once):
            part = power[first : first + at_once]
            found += self._hear(part, ended_s - (len(power) - first - len(part)) * self._hop_s)
        return found

    def _hear(self, power: Floats, ended_s: float) -> list[Pattern]:
        self._parts += self._tones.push(power)
        standing, found = self._tones.standing, []
        self._turn = (self._turn + 1) % TURNS
        if not self._turn:
            found += self._chirps.hear(ended_s, self._parts)
            self._parts = 0
        self._fresh = [fresh + len(power) for fresh in self._fresh]
        for place, each in enumerate(self._rhythms):
            waiting = each.lines(ended_s)
            if place % TURNS != self._turn and not waiting:
                continue  # where a group was heard its next one is not to wait
            fresh, self._fresh[place] = self._fresh[place], 0
            lines = sorted(waiting.union(self._clearest(each.candidates(standing))))
            if not lines:
                continue
            frames = self._remembered if waiting else each.frames(fresh)
            loudness, ratio = _loudness(*self._tones.around(lines, frames), each.rhythm)
            tones = [
                Tone(line, line * self._line_hz, run, clear, ended_s, self._hop_s)
                for line, run, clear in zip(lines, loudness.T, ratio.T, strict=True)
            ]
            found += each.hear(tones, loudness, fresh)
        return found

    def _clearest(self, likeness: Floats) -> list[int]:
        """The lines of the likeliest tones, at most `TONES`, apart from each other."""
        found: list[int] = []
        for one in np.argsort(-likeness)[: np.count_nonzero(likeness)]:
            line = int(self._tones.lines[one])
            if all(abs(line - other) > APART for other in found):
                found.append(line)
            if len(found) == TONES:
                break
        return found


def _loudness(tone: Floats, floor: Floats, rhythm: Rhythm) -> tuple[Floats, NDArray[np.float64]]:
    """How loud each tone was, 0..1 of its beeps or 0, and how many times as loud as its neighbours.

    Args:
        tone: Power, shape (frames, tones).
        floor: Of the quieter neighbours.
        rhythm: What to look for.

    Returns:
        Each of shape (frames, tones).
    """
    level, around = (_smoothed(one, rhythm.smooth) for one in (tone, floor))
    stands = level > rhythm.stands_out * around
    ranked = np.sort(np.where(stands, level, np.inf), axis=0)
    count = stands.sum(axis=0)
    rank = (BEEP_QUANTILE * np.maximum(0, count - 1)).astype(np.intp)
    beeps = ranked[rank, np.arange(len(count))]
    loud: Floats = (stands * depth(level / np.maximum(beeps, LEAST_POWER))).astype(np.float32)
    return loud, level / np.maximum(around, LEAST_POWER)


def _smoothed(power: Floats, frames: int) -> NDArray[np.float64]:
    """The mean of each frame and the `frames - 1` before it, as far as there are; as `power`."""
    sums = np.cumsum(power, axis=0, dtype=np.float64)
    sums[frames:] -= sums[:-frames].copy()
    count = np.minimum(np.arange(1, len(power) + 1), frames)
    mean: NDArray[np.float64] = sums / count[:, None]
    return mean
