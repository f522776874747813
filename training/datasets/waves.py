"""What computed sounds are put together from: tones, bells, noise, rhythms, and fair chance."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from training.datasets.clip import FOLDS, SAMPLE_RATE_HZ

CLIP_S = 6.0
"""Longer than a T4 period of 5.7 s."""
SLICES_PER_FOLD = 4
RAMP_S = 0.004
"""A tone that starts at once would click."""
HIGHEST_HZ = 7600.0
HIGHEST_FORMANT_HZ = 4500.0
INAUDIBLE = 0.02
HALF = 0.5

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draw:
    """Chance within the slices that one fold owns."""

    random: np.random.Generator
    fold: int
    beyond: float = 0.0
    """Half of the draws lie outside a range, by up to this share of its width: for tests alone."""

    def between(self, low: float, high: float) -> float:
        """Draw from low..high, from the slices of this fold."""
        if self.beyond and self.chance(HALF):
            past = (high - low) * self.beyond * self.random.random()
            return max(low - past, HALF * low) if self.chance(HALF) else high + past
        slices = SLICES_PER_FOLD * FOLDS
        chosen = self.random.integers(SLICES_PER_FOLD) * FOLDS + self.fold - 1
        return low + (high - low) * (chosen + self.random.random()) / slices

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number from low..high, both possible in every fold."""
        return int(self.random.integers(low, high + 1))

    def chance(self, share: float) -> bool:
        """Return True so often."""
        return bool(self.random.random() < share)


def piezo(draw: Draw) -> Callable[[float], Samples]:
    """A detector's sounder: near 3.1 kHz and near-pure, or one of the rarer ones of 2-4 kHz."""
    hz = draw.between(2900.0, 3400.0) if draw.chance(0.75) else draw.between(2000.0, 4100.0)
    buzz = draw.between(0.0, 0.5) if draw.chance(0.5) else 0.0
    return partial(tone, hz, odd=buzz, even=draw.between(0.02, 0.3))


def tone(hz: float, seconds: float, *, odd: float = 0.0, even: float = 0.0) -> Samples:
    """A tone with soft edges; `odd` and `even` weigh its overtones, odd=1 is a square wave."""
    t = times(seconds)
    edges = np.minimum(1.0, np.minimum(t, seconds - t) / RAMP_S)
    return edges * harmonics(hz * t, hz, odd=odd, even=even)


def harmonics(turns: Samples, highest_hz: float, *, odd: float = 0.0, even: float = 0.0) -> Samples:
    """A fundamental that has made so many turns, with its overtones up to what we can hear."""
    wave = np.sin(2 * np.pi * turns)
    for overtone in range(2, 1 + int(HIGHEST_HZ / highest_hz)):
        strength = (even if overtone % 2 == 0 else odd) / overtone
        if strength > 0.0:
            wave = wave + strength * np.sin(2 * np.pi * overtone * turns)
    return wave


def struck(draw: Draw, hz: float, decay_s: float) -> Samples:
    """One bar or bell, struck once; upper partials are not harmonic and fade sooner."""
    t = times(4.0 * decay_s)
    partials = [
        (1.0, 1.0),
        (2.0, 0.3),
        (draw.between(2.6, 3.1), 0.3),
        (draw.between(4.9, 5.6), 0.15),
    ]
    wave = sum(
        (strength * np.exp(-t * ratio / decay_s) * np.sin(2 * np.pi * hz * ratio * t))
        for ratio, strength in partials
        if hz * ratio < HIGHEST_HZ
    )
    return np.asarray(wave) * np.minimum(1.0, t / RAMP_S)


def struck_fast(draw: Draw, hz: float, strikes_hz: float, seconds: float) -> Samples:
    """A bell under a hammer that never rests."""
    strike = struck(draw, hz, draw.between(0.1, 0.4))
    ringing = np.zeros(int(seconds * SAMPLE_RATE_HZ))
    for hit in range(int(seconds * strikes_hz)):
        first = int((hit + 0.05 * draw.random.random()) / strikes_hz * SAMPLE_RATE_HZ)
        ringing[first : first + len(strike)] += strike[: len(ringing) - first]
    return ringing


def voice(draw: Draw, seconds: float) -> Samples:
    """A voice that says nothing: voiced syllables with moving formants, hissed consonants.

    The harmonics of a glottal pulse are weighed by three formants (Peterson and Barney 1952 give
    their ranges for men, women and children).
    """
    pitch_hz, spoken = draw.between(95.0, 290.0), np.zeros(0)
    while len(spoken) < seconds * SAMPLE_RATE_HZ:
        t = times(draw.between(0.09, 0.3))
        fall = np.linspace(1.0, draw.between(0.8, 1.15), len(t))
        turns = np.cumsum(pitch_hz * fall) / SAMPLE_RATE_HZ
        formants = (
            (draw.between(270.0, 900.0), 90.0, 1.0),
            (draw.between(850.0, 2700.0), 120.0, 0.5),
            (draw.between(2200.0, 3400.0), 180.0, 0.2),
        )
        syllable = np.zeros(len(t))
        for overtone in range(1, int(HIGHEST_FORMANT_HZ / pitch_hz)):
            strength = sum(
                loud / (1.0 + ((overtone * pitch_hz - hz) / width_hz) ** 2)
                for hz, width_hz, loud in formants
            )
            if strength > INAUDIBLE:
                syllable += strength * np.sin(2 * np.pi * overtone * turns)
        hiss = draw.random.normal(size=int(draw.between(0.02, 0.1) * SAMPLE_RATE_HZ))
        swell = np.sin(np.linspace(0.0, np.pi, len(t))) ** 0.5
        pause = np.zeros(int(draw.between(0.0, 0.06) * SAMPLE_RATE_HZ))
        spoken = np.concatenate(
            (spoken, 0.15 * np.diff(hiss, prepend=0.0), swell * syllable, pause)
        )
    return spoken[: int(seconds * SAMPLE_RATE_HZ)]


def coloured(draw: Draw) -> Samples:
    """Noise whose level falls by 0 to 9 dB an octave: hiss, rain-like, rumble."""
    spectrum = np.fft.rfft(draw.random.normal(size=int(CLIP_S * SAMPLE_RATE_HZ)))
    fall = np.maximum(1.0, np.arange(len(spectrum)) / CLIP_S / 40.0) ** -draw.between(0.0, 1.5)
    return np.fft.irfft(spectrum * fall)


def rhythm(beats: Sequence[tuple[float, float]], beep: Callable[[float], Samples]) -> Samples:
    """Repeat beeps and pauses, in seconds, for the length of a clip."""
    return fill(np.concatenate([with_pause(beep, on_s, off_s) for on_s, off_s in beats]))


def with_pause(beep: Callable[[float], Samples], on_s: float, off_s: float) -> Samples:
    """Return a beep and the pause after it."""
    return np.concatenate((beep(on_s), np.zeros(int(off_s * SAMPLE_RATE_HZ))))


def fill(once: Samples) -> Samples:
    """Repeat a sound for the length of a clip."""
    return np.resize(once, int(CLIP_S * SAMPLE_RATE_HZ))


def overlay(first: Samples, second: Samples, at: int) -> Samples:
    """Add a second sound to a first one from a sample on."""
    both = np.zeros(max(len(first), at + len(second)))
    both[: len(first)] += first
    both[at : at + len(second)] += second
    return both


def times(seconds: float) -> Samples:
    """Return when each sample of so many seconds is, in seconds."""
    return np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
