"""Alarms by their rhythm: tones that come in groups of beeps, whatever the network thinks of them.

A tone stands out of its neighbours in frequency; how loud it was in the last seconds is compared
with the templates of each rhythm, and a group counts when the next one begins where it should.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from node.blocks import SAMPLE_RATE_HZ
from node.rhythms import BEEP_QUANTILE, T3, T4, Match, Rhythm, Templates, depth
from node.spectra import Floats
from node.tones import APART, LEAST_POWER, MEMORY_S, Tones

LEAST_GROUP, LEAST_OPENING = 0.77, 0.72
"""Correlations that computed alarms reach in noise as loud as they are, in their third octave."""
LEAST_LEVEL = 0.72
"""An alarm's beeps are as loud as each other: 0.84 and more for T3, 0.71 and more for T4 in that
noise; in half an hour of speech and household noise no rhythm so alike came above 0.69."""
AT_ONCE_S = 0.5
"""A node's own pace; templates look no further back."""
QUIET_SHARE = 0.25
"""Loudness between two groups, 0..1 of the beeps'."""
EDGE_S = 0.1
"""A beep smears so far ahead of its beginning."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rhythm that was recognised.

    Attributes:
        sound: What sounds so.
        score: How well its group fits, 0..1.
        at_s: When it was certain, on the clock of what was pushed.
        hz: Its tone.
    """

    sound: str
    score: float
    at_s: float
    hz: float


@dataclass(frozen=True, slots=True)
class _Tone:
    """How loud a tone was, each spectrum, up to a moment; `loudness` has shape (frames,)."""

    line: int
    loudness: Floats
    ended_s: float
    hop_s: float

    def mean(self, first_s: float, last_s: float) -> float:
        """The mean between two moments, 0 where there is nothing between them."""
        ends = (round((self.ended_s - one) / self.hop_s) for one in (first_s, last_s))
        first, last = (max(0, len(self.loudness) - end) for end in ends)
        return float(self.loudness[first:last].mean()) if first < last else 0.0


@dataclass(frozen=True, slots=True)
class _Group:
    """A group of beeps, or its opening, at a time."""

    line: int
    began_s: float
    ended_s: float
    score: float

    @classmethod
    def of(cls, match: Match, tone: _Tone) -> "_Group":
        ended_s = tone.ended_s - match.ago_s
        return cls(tone.line, ended_s - match.length_s, ended_s, match.score)


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
        self._groups_of = [Templates(r, r.groups(), fft_size, self._hop_s) for r in rhythms]
        self._openings_of = [Templates(r, [r.opening()], fft_size, self._hop_s) for r in rhythms]
        self._heard: list[list[_Group]] = [[] for _ in rhythms]

    def reset(self) -> None:
        """Forget everything: what comes next does not follow what came before."""
        self._tones.reset()
        for heard in self._heard:
            heard.clear()

    def push(self, power: Floats, ended_s: float) -> list[Pattern]:
        """Hear further spectra.

        Args:
            power: Shape (new, lines).
            ended_s: The clock at the end of the last.

        Returns:
            What was recognised now, for each tone.
        """
        at_once = round(AT_ONCE_S / self._hop_s)
        found = []
        for first in range(0, len(power), at_once):
            part = power[first : first + at_once]
            found += self._hear(part, ended_s - (len(power) - first - len(part)) * self._hop_s)
        return found

    def _hear(self, power: Floats, ended_s: float) -> list[Pattern]:
        self._tones.push(power)
        lines = sorted({one.line for one in chain(*self._heard)}.union(self._tones.clearest()))
        if not lines:
            return []
        around, found = self._tones.around(lines), []
        for groups, openings, heard in zip(
            self._groups_of, self._openings_of, self._heard, strict=True
        ):
            rhythm, loudness = groups.rhythm, _loudness(*around, groups.rhythm)
            tones = [
                _Tone(line, run, ended_s, self._hop_s)
                for line, run in zip(lines, loudness.T, strict=True)
            ]
            heard[:] = [one for one in heard if ended_s - one.began_s < MEMORY_S]
            matches = _even(groups.best(loudness, len(power), LEAST_GROUP))
            heard += [_Group.of(one, tones[one.tone]) for one in matches if one.is_whole]
            if not heard:
                continue
            for match in _even(openings.best(loudness, len(power), LEAST_OPENING)):
                tone = tones[match.tone]
                opening = _Group.of(match, tone)
                before = [one.score for one in heard if _goes_on(rhythm, one, opening, tone)]
                if before:
                    hz = tone.line * self._line_hz
                    found.append(Pattern(rhythm.sound, max(before), opening.ended_s, hz))
        return found


def _even(matches: Sequence[Match]) -> list[Match]:
    """Those whose beeps are about as loud as each other."""
    return [match for match in matches if match.level >= LEAST_LEVEL]


def _goes_on(rhythm: Rhythm, group: _Group, opening: _Group, tone: _Tone) -> bool:
    """Whether a group's rhythm goes on with this opening of another."""
    least_s, most_s = rhythm.period_s
    return (
        abs(group.line - opening.line) < APART
        and least_s <= opening.began_s - group.began_s <= most_s
        and tone.mean(group.ended_s, opening.began_s - EDGE_S) <= QUIET_SHARE
    )


def _loudness(tone: Floats, floor: Floats, rhythm: Rhythm) -> Floats:
    """How loud each tone was, 0..1 of its beeps and 0 where none stands out, shape (frames, tones).

    Args:
        tone: Power, shape (frames, tones).
        floor: Of the quieter neighbours.
        rhythm: What to look for.
    """
    level, around = (_smoothed(one, rhythm.smooth) for one in (tone, floor))
    stands = level > rhythm.stands_out * around
    ranked = np.sort(np.where(stands, level, np.inf), axis=0)
    count = stands.sum(axis=0)
    rank = (BEEP_QUANTILE * np.maximum(0, count - 1)).astype(np.intp)
    beeps = ranked[rank, np.arange(len(count))]
    loud: Floats = (stands * depth(level / np.maximum(beeps, LEAST_POWER))).astype(np.float32)
    return loud


def _smoothed(power: Floats, frames: int) -> NDArray[np.float64]:
    """The mean of each frame and the `frames - 1` before it, as far as there are; as `power`."""
    sums = np.cumsum(power, axis=0, dtype=np.float64)
    sums[frames:] -= sums[:-frames].copy()
    count = np.minimum(np.arange(1, len(power) + 1), frames)
    mean: NDArray[np.float64] = sums / count[:, None]
    return mean
