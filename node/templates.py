"""How the loudness of a tone would run through an alarm's beeps, in rooms of little and much echo.

A group of beeps is known by its correlation with templates of the same group slower or faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from node.blocks import SAMPLE_RATE_HZ
from node.rhythms import Rhythm, Run
from node.spectra import Floats, hann

ECHOES_S = (0.0, 0.5, 1.2)
"""RT60: a microphone beside the alarm, a living room, a bare stairwell."""
DIRECT_SHARE = 0.35
"""Of the power in a room with echo; it comes at once, the rest builds up and fades."""
DEPTH_DB = 15.0
"""What is so far below the beeps is as good as silent: noise is about there."""
BEEP_QUANTILE = 0.8
"""The level of the beeps is what this share of the moments in which a tone stands out is below."""
FINE = 10
"""Steps a spectrum in which templates are drawn."""
FLAT, FLAT_BEEPS = 0.15, 0.07
"""Standard deviation below which loudness, 0..1, is no rhythm but noise; echo fills T4's pauses."""
SPARSE = 0.6
"""A run that holds less than this share of any template's loudness is none."""
HALF = 0.5
"""Loudness that parts beeps from pauses in a template."""
EASIER = 0.05
"""Noise and echo spoil beeps more than the quiet around them; 0.2 let three words an hour pass."""


def depth(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return loudness 0..1 of power as a share of the beeps', any shape: 0 at `DEPTH_DB` below."""
    level_db = 10.0 * np.log10(np.maximum(power, 1e-9))
    return np.clip(level_db / DEPTH_DB + 1.0, 0.0, 1.0)


Correlations = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Match:
    """What correlates best with a tone's loudness.

    Attributes:
        tone: Its place among those that were compared.
        score: Correlation, at most 1.
        level: How loud its beeps are, 0..1, as all that was heard of the tone.
        ago_s: Since its end.
        length_s: From its first beep to its end.
    """

    tone: int
    score: float
    level: float
    ago_s: float
    length_s: float


class Templates:
    """Forms of one run of beeps at all speeds and in all rooms, ready to be compared.

    Attributes:
        rhythm: What they belong to.
        frames: Spectra that the longest of them takes.
    """

    def __init__(
        self, rhythm: Rhythm, runs: Sequence[Sequence[Run]], fft_size: int, hop_s: float
    ) -> None:
        """Draw them.

        Args:
            rhythm: What they belong to.
            runs: The forms.
            fft_size: Of the spectra, in samples of 16 kHz.
            hop_s: From one spectrum to the next.
        """
        self.rhythm, self._hop_s = rhythm, hop_s
        made = [
            (self._drawn(run, scale, echo_s, fft_size), scale)
            for scale, echo_s, run in product(rhythm.scales, ECHOES_S, runs)
        ]
        rows = [row for row, _ in made]
        self._frames = max(map(len, rows))
        self.frames = self._frames * rhythm.step
        self._least_sum = SPARSE * min(float(row.sum()) for row in rows)
        self._beeping = [
            np.concatenate((np.zeros(self._frames - len(row), np.bool_), row > HALF))
            for row in rows
        ]
        self._lengths_s = [
            len(row) * rhythm.step * hop_s - rhythm.lead_s * scale for row, scale in made
        ]
        self._whole = _Part(rows, [(0, len(row)) for row in rows], self._frames)
        beeps = [round(rhythm.on_s * scale / hop_s / rhythm.step) for _, scale in made]
        inner = [_loud(row, beep) for row, beep in zip(rows, beeps, strict=True)]
        self._beeps = _Part(rows, inner, self._frames)

    def best(self, loudness: Floats, fresh: int, least: float) -> list[Match]:
        """Find what correlates best with the end of each tone's loudness.

        A template must fit as a whole, and its beeps among themselves: one long beep before and
        after quiet is no group.

        Args:
            loudness: Of each spectrum, in 0..1, shape (n, tones).
            fresh: So many of the spectra are new.
            least: What correlates less is none.

        Returns:
            At most one a tone.
        """
        step = self.rhythm.step
        moments = max(1, fresh // step)
        run = loudness[::-step][::-1][-(self._frames + moments - 1) :].T
        if run.shape[1] < self._frames + moments - 1:
            return []
        tones = np.flatnonzero(run.sum(axis=1) >= self._least_sum)
        if not len(tones):
            return []
        run = run[tones]
        # matmul is slow on overlapping memory
        windows = np.ascontiguousarray(sliding_window_view(run, self._frames, axis=1))
        sums = np.zeros((2, len(run), run.shape[1] + 1))
        np.cumsum((run, run * run), axis=2, out=sums[:, :, 1:])
        compared = self._whole.compare(windows, sums, FLAT)
        if compared.max() < least:
            return []
        likely = np.flatnonzero(compared.max(axis=(1, 2)) >= least)
        tones, windows, compared = tones[likely], windows[likely], compared[likely]
        beeps = self._beeps.compare(windows, sums[:, likely], FLAT_BEEPS)
        compared = np.minimum(compared, beeps + EASIER)
        found = []
        for tone, window, mine in zip(tones.tolist(), windows, compared, strict=True):
            moment, which = divmod(int(mine.argmax()), mine.shape[1])
            if mine[moment, which] < least:
                continue
            found.append(
                Match(
                    tone=tone,
                    score=float(mine[moment, which]),
                    level=float(window[moment, self._beeping[which]].mean()),
                    ago_s=(moments - 1 - moment) * step * self._hop_s,
                    length_s=self._lengths_s[which],
                )
            )
        return found

    def _drawn(
        self, run: Sequence[Run], scale: float, echo_s: float, fft_size: int
    ) -> NDArray[np.float64]:
        """Loudness of a tone that runs so, as `loudness` would find it, shape (frames,)."""
        rate = FINE / self._hop_s
        power = np.concatenate([np.full(round(length * scale * rate), on) for on, length in run])
        if echo_s:
            fade = 10.0 ** (-6.0 / (echo_s * rate))
            late = np.convolve(power, (1.0 - fade) * fade ** np.arange(len(power)))[: len(power)]
            power = DIRECT_SHARE * power + (1.0 - DIRECT_SHARE) * late
        window = hann(max(2, round(fft_size / SAMPLE_RATE_HZ * rate))).astype(np.float64) ** 2
        for shape in (window, np.ones(self.rhythm.smooth * FINE)):
            power = np.convolve(power, shape / shape.sum(), "same")
        frames = power[: len(power) // FINE * FINE].reshape(-1, FINE).mean(axis=1)
        beeps = np.sort(frames[frames > 0.25 * frames.max()])  # np.quantile costs a node 1 MB
        level = beeps[int(BEEP_QUANTILE * (len(beeps) - 1))]
        shown: NDArray[np.float64] = depth(frames / level)
        return shown[::-1][:: self.rhythm.step][::-1]


class _Part:
    """One part of each template; its correlation with the same part of runs of loudness."""

    def __init__(
        self, rows: Sequence[NDArray[np.float64]], parts: Sequence[tuple[int, int]], frames: int
    ) -> None:
        self._weights = np.zeros((frames, len(rows)), np.float32)
        for column, (row, (first, last)) in enumerate(zip(rows, parts, strict=True)):
            part = row[first:last] - row[first:last].mean()
            at = frames - len(row)
            self._weights[at + first : at + last, column] = part / np.linalg.norm(part)
        spans = [
            (len(r) - first, len(r) - last) for r, (first, last) in zip(rows, parts, strict=True)
        ]
        alike = sorted(set(spans))  # echoes and missing beeps of one speed
        self._which = np.array([alike.index(span) for span in spans])
        self._begins, self._ends = np.array(alike).T

    def compare(self, windows: Floats, sums: NDArray[np.float64], flat: float) -> Correlations:
        """Correlate, shape (tones, moments, templates).

        Args:
            windows: Loudness before each moment, shape (tones, moments, frames).
            sums: Of loudness and of its square up to each spectrum, shape (2, tones, spectra + 1).
            flat: What varies less is no rhythm.
        """
        now = np.arange(windows.shape[1])[:, None] + windows.shape[2]
        total, squares = sums[:, :, now - self._ends] - sums[:, :, now - self._begins]
        sizes = self._begins - self._ends
        spread = squares - total**2 / sizes
        norm = np.sqrt(np.maximum(spread, flat**2 * sizes))
        compared: Correlations = (windows @ self._weights) / norm[:, :, self._which]
        return compared


def _loud(row: NDArray[np.float64], beep: int) -> tuple[int, int]:
    """From the middle of the first beep to that of the last, as indices: what is one, has edges."""
    loud = np.flatnonzero(row > HALF)
    first, last = int(loud[0]), int(loud[-1]) + 1
    trim = beep // 2 if last - first > 4 * beep else 0
    return first + trim, last - trim
