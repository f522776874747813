"""What is no sound to tell of: hums, noises, music, voices, beeps from television and street."""

from functools import partial

import numpy as np

from contract.catalogue import BACKGROUND
from training.datasets.clip import SAMPLE_RATE_HZ
from training.datasets.families.family import Family
from training.datasets.waves import (
    CLIP_S,
    Draw,
    Samples,
    coloured,
    fill,
    overlay,
    rhythm,
    tone,
    voice,
    with_pause,
)

DTMF_HZ = ((697.0, 770.0, 852.0, 941.0), (1209.0, 1336.0, 1477.0, 1633.0))
"""Rows and columns of a telephone's keys (ITU-T Q.23)."""


def hum(draw: Draw) -> Samples:
    """Mains and motors: a low steady tone with overtones."""
    overtones, strength = draw.between(0.0, 0.7), draw.between(0.0, 0.4)
    low = tone(draw.between(45.0, 480.0), CLIP_S, odd=overtones, even=overtones)
    return low + strength * coloured(draw)


def noise(draw: Draw) -> Samples:
    """White to brown noise, steady: fans, hiss, a microphone's own; it is no rain."""
    return coloured(draw)


def silence(draw: Draw) -> Samples:
    """What a microphone hears of an empty room: its own noise, or digital zeros."""
    return coloured(draw) if draw.chance(0.7) else np.zeros(int(CLIP_S * SAMPLE_RATE_HZ))


def music(draw: Draw) -> Samples:
    """Chords and a tune, with soft attacks and overtones, at 60 to 160 beats a minute."""
    played, beat_s = np.zeros(0), 60.0 / draw.between(60.0, 160.0)
    root_hz = draw.between(80.0, 330.0)
    minor_or_major = np.array([0, 3, 5, 7, 10, 12] if draw.chance(0.5) else [0, 2, 4, 7, 9, 12])
    for beat in range(int(CLIP_S / beat_s)):
        for octave in (0, 12, 24)[: draw.whole(1, 3)]:
            hz = root_hz * 2.0 ** ((draw.random.choice(minor_or_major) + octave) / 12.0)
            note = tone(hz, beat_s * draw.between(0.5, 2.0), odd=0.5, even=draw.between(0.1, 0.6))
            swell = np.sin(np.linspace(0.0, np.pi, len(note))) ** draw.between(0.2, 1.0)
            played = overlay(played, note * swell, int(beat * beat_s * SAMPLE_RATE_HZ))
    return played


def babble(draw: Draw) -> Samples:
    """One to four voices."""
    spoken = [voice(draw, CLIP_S) * draw.between(0.3, 1.0) for _ in range(draw.whole(1, 4))]
    return np.asarray(np.sum(spoken, axis=0))


def reversing(draw: Draw) -> Samples:
    """A lorry in reverse: half a second of tone, half a second none, near 1.2 kHz, far away."""
    on_s = draw.between(0.35, 0.6)
    beep = partial(tone, draw.between(900.0, 1700.0), odd=draw.between(0.3, 0.9))
    return rhythm([(on_s, on_s)], beep) + draw.between(0.1, 0.5) * coloured(draw)


def keys(draw: Draw) -> Samples:
    """A number dialled."""
    low, high = DTMF_HZ
    on_s, off_s = draw.between(0.05, 0.2), draw.between(0.04, 0.2)

    def pair(seconds: float) -> Samples:
        return tone(float(draw.random.choice(low)), seconds) + tone(
            float(draw.random.choice(high)), seconds
        )

    return fill(np.concatenate([with_pause(pair, on_s, off_s) for _ in range(11)]))


FAMILIES = {
    "hum": Family(BACKGROUND, 15, hum, is_roomy=False),
    "noise": Family(BACKGROUND, 20, noise, is_roomy=False),
    "silence": Family(BACKGROUND, 10, silence, is_roomy=False),
    "music": Family(BACKGROUND, 30, music),
    "babble": Family(BACKGROUND, 20, babble),
    "reversing": Family(BACKGROUND, 8, reversing),
    "keys": Family(BACKGROUND, 8, keys),
}
