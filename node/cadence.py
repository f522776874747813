"""Alarms by their rhythm: tones that come in groups of beeps, whatever the network thinks of them.

A tone stands out of its neighbours in frequency; how loud it was in the last seconds is compared
with the templates of each rhythm, and a group counts when the next one begins where it should.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from node.rhythms import BEEP_QUANTILE, T3, T4, Match, Rhythm, Templates, depth
from node.spectra import Floats

SAMPLE_RATE_HZ = 16_000
LOWEST_HZ, HIGHEST_HZ = 400.0, 4600.0
"""From the 520 Hz of NFPA 72 to the piezos above 4 kHz."""
NEAR_HZ, FAR_HZ = 80.0, 240.0
"""A tone's neighbours: beyond the Hann window's main lobe, nearer than speech's next harmonic."""
STANDS_OUT = 4.0
"""Power over the quieter neighbours' that makes a tone of a part."""
CLEAR = 100.0
"""What stands out more is no clearer."""
PART_S = 0.125
"""How long a tone is watched at once while tones are looked for."""
ENOUGH = 3.0
"""Nepers by which a tone stood out in all, in the last seconds, to be looked at."""
TONES = 6
"""At most so many at once: two alarms with overtones, and what else sounds."""
APART = 3
"""Spectrum lines between two tones."""
MEMORY_S = 8.5
"""A slow T4 period, and its opening."""
LEAST_GROUP, LEAST_OPENING = 0.77, 0.72
"""Correlations; in 20 minutes of speech and household noise no pair came above 0.78 and 0.75."""
QUIET_SHARE = 0.25
"""Loudness between two groups, 0..1 of the beeps'."""
EDGE_S = 0.1
"""A beep smears so far ahead of its beginning."""
LEAST_POWER = 1e-12
"""Of digital silence, whose logarithm must be finite."""


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
    scale: float
    is_whole: bool

    @classmethod
    def of(cls, match: Match, tone: _Tone) -> "_Group":
        ended_s = tone.ended_s - match.ago_s
        began_s = ended_s - match.length_s
        return cls(tone.line, began_s, ended_s, match.score, match.scale, match.is_whole)


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
        self._near, self._far = round(NEAR_HZ / self._line_hz), round(FAR_HZ / self._line_hz)
        low, high = round(LOWEST_HZ / self._line_hz), round(HIGHEST_HZ / self._line_hz)
        self._lines = np.arange(low, high + 1)
        self._part = max(1, round(PART_S / self._hop_s))
        self._groups_of = [Templates(r, r.groups(), fft_size, self._hop_s) for r in rhythms]
        self._openings_of = [Templates(r, [r.opening()], fft_size, self._hop_s) for r in rhythms]
        self.reset()

    def reset(self) -> None:
        """Forget everything: what comes next does not follow what came before."""
        frames = round(MEMORY_S / self._hop_s)
        self._power = np.full((frames, self._lines[-1] + self._far + 1), LEAST_POWER, np.float32)
        self._stood = np.zeros((frames // self._part, len(self._lines)), np.float32)
        self._heard: list[list[_Group]] = [[] for _ in self._groups_of]

    def push(self, power: Floats, ended_s: float) -> list[Pattern]:
        """Hear further spectra.

        Args:
            power: Shape (new, lines).
            ended_s: The clock at the end of the last.

        Returns:
            Each rhythm that was recognised now, once.
        """
        fresh = power[-len(self._power) :, : self._power.shape[1]]
        if not len(fresh):
            return []
        self._power = np.concatenate((self._power[len(fresh) :], fresh))
        lines = self._tones(fresh)
        if not len(lines):
            return []
        around = self._around(lines)
        found = []
        for groups, openings, heard in zip(
            self._groups_of, self._openings_of, self._heard, strict=True
        ):
            heard[:] = [one for one in heard if ended_s - one.began_s < 2.0 * MEMORY_S]
            loudness = _loudness(*around, groups.rhythm)
            for line, run in zip(lines.tolist(), loudness.T, strict=True):
                tone = _Tone(line, run, ended_s, self._hop_s)
                if match := groups.best(run, len(fresh), LEAST_GROUP):
                    heard.append(_Group.of(match, tone))
                mine = [one for one in heard if abs(one.line - line) < APART and one.is_whole]
                if mine and (match := openings.best(run, len(fresh), LEAST_OPENING)):
                    opening = _Group.of(match, tone)
                    found += [
                        Pattern(
                            groups.rhythm.sound, one.score, opening.ended_s, line * self._line_hz
                        )
                        for one in mine
                        if _goes_on(groups.rhythm, one, opening, tone)
                    ][:1]
        return found

    def _tones(self, fresh: Floats) -> NDArray[np.intp]:
        """Return the lines that stood out most in the last seconds, shape (at most `TONES`,)."""
        for first in range(0, len(fresh), self._part):
            stood = self._standing_out(fresh[first : first + self._part].mean(axis=0))
            self._stood = np.concatenate((self._stood[1:], stood[None]))
        nepers = self._stood.sum(axis=0)
        nepers[1:-1] = nepers[1:-1] + nepers[:-2] + nepers[2:]
        found: list[int] = []
        while len(found) < TONES and nepers.max() >= ENOUGH:
            best = int(np.argmax(nepers))
            found.append(best)
            nepers[max(0, best - APART) : best + APART + 1] = 0.0
        return self._lines[found]

    def _standing_out(self, power: Floats) -> Floats:
        """By how many nepers each line stands out, 0 where its neighbour does more."""
        sums = np.concatenate(([0.0], np.cumsum(power, dtype=np.float64)))
        at, near, far = self._lines, self._near, self._far
        below, above = sums[at - near + 1] - sums[at - far], sums[at + far + 1] - sums[at + near]
        ratio = power[at] * (far - near + 1) / np.maximum(np.minimum(below, above), LEAST_POWER)
        is_peak = (power[at] >= power[at - 1]) & (power[at] > power[at + 1])
        nepers = np.log(np.clip(ratio, 1.0, CLEAR))
        stands: Floats = np.where(is_peak & (ratio >= STANDS_OUT), nepers, 0.0).astype(np.float32)
        return stands

    def _around(self, lines: NDArray[np.intp]) -> tuple[Floats, Floats, Floats]:
        """Power of each tone, and of its neighbours below and above, shape (frames, tones)."""
        near, far = self._near, self._far
        sides = np.arange(near, far + 1)
        tone = np.max([self._power[:, lines + one] for one in (-1, 0, 1)], axis=0)
        below = self._power[:, lines[:, None] - sides].mean(axis=2)
        above = self._power[:, lines[:, None] + sides].mean(axis=2)
        return tone, below, above


def _goes_on(rhythm: Rhythm, group: _Group, opening: _Group, tone: _Tone) -> bool:
    """Whether a group's rhythm goes on with this opening of another."""
    least_s, most_s = rhythm.period_s
    return (
        least_s <= opening.began_s - group.began_s <= most_s
        and tone.mean(group.ended_s, opening.began_s - EDGE_S) <= QUIET_SHARE
    )


def _loudness(tone: Floats, below: Floats, above: Floats, rhythm: Rhythm) -> Floats:
    """How loud each tone was, 0..1 of its beeps and 0 where none stands out, shape (frames, tones).

    Args:
        tone: Power, shape (frames, tones).
        below: Of its neighbours below.
        above: Of those above.
        rhythm: What to look for.
    """
    level, *sides = (_smoothed(one, rhythm.smooth) for one in (tone, below, above))
    stands = level > rhythm.stands_out * np.minimum(*sides)
    ranked = np.sort(np.where(stands, level, np.inf), axis=0)
    count = stands.sum(axis=0)
    rank = (BEEP_QUANTILE * np.maximum(0, count - 1)).astype(np.intp)
    beeps = ranked[rank, np.arange(len(count))]
    loud: Floats = (stands * depth(level / np.maximum(beeps, LEAST_POWER))).astype(np.float32)
    return loud


def _smoothed(power: Floats, frames: int) -> NDArray[np.float64]:
    """The mean of each frame and those before it, shape as `power`."""
    sums = np.cumsum(np.concatenate((np.zeros((1, power.shape[1])), power)), axis=0)
    mean: NDArray[np.float64] = np.concatenate(
        (sums[1:frames], sums[frames:] - sums[:-frames])
    ) / float(frames)
    return mean
