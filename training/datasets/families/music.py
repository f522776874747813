"""Music of many instruments, which holds the long pure tones and even beats that alarms are of."""

from collections.abc import Callable, Sequence

import numpy as np

from contract.catalogue import BACKGROUND
from training.datasets.clip import SAMPLE_RATE_HZ
from training.datasets.families.family import Family
from training.datasets.waves import (
    CLIP_S,
    HIGHEST_HZ,
    Draw,
    Samples,
    harmonics,
    overlay,
    struck,
    times,
    tone,
)

MODES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 3, 5, 7, 10), (0, 2, 4, 7, 9))
"""Major, minor and both pentatonic scales, in semitones."""
LOWEST_HZ = 110.0
HIGHEST_NOTE_HZ = 4200.0
"""A piano's highest key."""
VIBRATO_HZ = (4.5, 7.0)
"""Of singers and strings."""

Play = Callable[[float, float], Samples]
"""Plays a note of some Hz for some seconds."""


def bowed(draw: Draw) -> Play:
    """Strings, winds, an organ: as long as they are held, with or without vibrato."""
    odd, even = draw.between(0.0, 1.0), draw.between(0.0, 0.8)
    attack_s, depth = draw.between(0.01, 0.25), draw.between(0.0, 0.012) * draw.chance(0.6)
    rate_hz = draw.between(*VIBRATO_HZ)

    def play(hz: float, seconds: float) -> Samples:
        t = times(seconds)
        swing = depth / (2.0 * np.pi * rate_hz) * np.sin(2.0 * np.pi * rate_hz * t)
        edges = np.minimum(1.0, np.minimum(t, seconds - t) / min(attack_s, seconds / 2.0))
        return edges * harmonics(hz * (t + swing), hz, odd=odd, even=even)

    return play


def plucked(draw: Draw) -> Play:
    """A piano, a guitar, a synthesiser: loud at once, then dying away."""
    odd, even = draw.between(0.2, 1.0), draw.between(0.2, 1.0)
    decay_s = draw.between(0.1, 1.8)

    def play(hz: float, seconds: float) -> Samples:
        note = tone(hz, seconds, odd=odd, even=even)
        return note * np.exp(-times(seconds)[: len(note)] / decay_s)

    return play


def chimed(draw: Draw) -> Play:
    """A glockenspiel, a music box, a xylophone: bars of wood or metal."""
    decay_s = draw.between(0.08, 0.9)
    return lambda hz, seconds: struck(draw, hz, min(decay_s, seconds))


def song(draw: Draw) -> Samples:
    """A tune over chords, with drums or without, at 55 to 175 beats a minute."""
    beat_s, root_hz = 60.0 / draw.between(55.0, 175.0), draw.between(LOWEST_HZ, 2.0 * LOWEST_HZ)
    mode = MODES[draw.whole(0, len(MODES) - 1)]
    tune, chords = (_instrument(draw)(draw) for _ in range(2))
    played, octave, place = np.zeros(0), draw.whole(1, 4), draw.whole(0, len(mode) - 1)
    at_s = 0.0
    while at_s < CLIP_S:
        length_s = beat_s * float(draw.random.choice((0.25, 0.5, 0.5, 1.0, 1.0, 2.0, 4.0)))
        place = int(np.clip(place + draw.whole(-2, 2), 0, 2 * len(mode)))
        hz = min(HIGHEST_NOTE_HZ, _hz(root_hz, mode, place, octave))
        if draw.chance(0.85):
            played = _add(played, tune(hz, length_s), at_s)
        at_s += length_s
    loud, bar_s = draw.between(0.0, 1.0), 4.0 * beat_s
    for bar in range(int(CLIP_S / bar_s) + 1):
        step = draw.whole(0, len(mode) - 1)
        for third in (0, 2, 4):
            hz = _hz(root_hz, mode, step + third, draw.whole(0, 1))
            played = _add(played, loud * chords(hz, bar_s), bar * bar_s)
    return played + draw.between(0.0, 1.0) * _drums(draw, beat_s, len(played))


def held(draw: Draw) -> Samples:
    """One to three long notes, high ones too: an organ, a flute, a synthesiser's pad."""
    play, played, at_s = bowed(draw), np.zeros(0), 0.0
    while at_s < CLIP_S:
        length_s = draw.between(0.8, 5.0)
        for _ in range(draw.whole(1, 3)):
            hz = LOWEST_HZ * 2.0 ** draw.between(0.0, 5.2)
            played = _add(played, draw.between(0.3, 1.0) * play(hz, length_s), at_s)
        at_s += length_s + draw.between(0.0, 0.6)
    return played


def _instrument(draw: Draw) -> Callable[[Draw], Play]:
    return (bowed, plucked, plucked, chimed)[draw.whole(0, 3)]


def _drums(draw: Draw, beat_s: float, length: int) -> Samples:
    """A bass drum on the beat, a snare between, hi-hats in eighths."""
    played, t = np.zeros(length), times(0.2)
    skin = np.sin(2 * np.pi * draw.between(45.0, 80.0) * t) * np.exp(-t / 0.07)
    for half in range(int(CLIP_S / beat_s * 2)):
        hit = 0.3 * draw.random.normal(size=len(t)) * np.exp(-t / (0.08 if half % 4 == 2 else 0.02))  # noqa: PLR2004 - the snare's place
        played = _add(played, skin if half % 4 == 0 else hit, half * beat_s / 2.0)[:length]
    return played


def _hz(root_hz: float, mode: Sequence[int], place: int, octave: int) -> float:
    up, step = divmod(place, len(mode))
    return float(min(HIGHEST_HZ, root_hz * 2.0 ** (octave + up + mode[step] / 12.0)))


def _add(played: Samples, note: Samples, at_s: float) -> Samples:
    return overlay(played, note, int(at_s * SAMPLE_RATE_HZ))[: int(CLIP_S * SAMPLE_RATE_HZ)]


FAMILIES = {"song": Family(BACKGROUND, 60, song), "held": Family(BACKGROUND, 25, held)}
