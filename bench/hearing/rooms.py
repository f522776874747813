"""What lies between a sound and the microphone: a room, and perhaps a closed door."""

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

HOME_RT60_S = (0.2, 0.8)
"""Furnished rooms lie around 0.3-0.6 s, kitchens and halls above."""
BARE_RT60_S = (0.2, 1.2)
"""As far as a tiled bathroom or an empty stairwell."""
DIRECT_TO_LATE_DB = (-3.0, 12.0)
"""From across the room to beside the microphone."""
REFLECTIONS = 6
FIRST_REFLECTIONS_S = 0.03
DOOR_DB = ((500.0, 18.0), (4000.0, 23.0))
"""What a closed bedroom door takes, by frequency. 18-23 dB was measured in Korean apartments (Lee
and Kim, Indoor and Built Environment 27(5), 2018), 17 dBA of a smoke alarm by UL FSRI (2017). That
the low end of the range lies at low frequencies is the mass law's direction, not a measurement."""


def response(random: np.random.Generator, rt60_s: float) -> Floats:
    """Return a room's response: the direct sound, reflections, and a tail that dies away.

    Args:
        random: Decides where walls and microphone are.
        rt60_s: How long the tail takes to fall by 60 dB.

    Returns:
        Direct sound 1.0 at the first sample, shape (n,).
    """
    t = np.arange(int(rt60_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = random.normal(size=len(t)) * 10.0 ** (-3.0 * t / rt60_s)
    tail = np.convolve(tail, (0.5, 0.5))[: len(t)]  # walls swallow the highest tones first
    tail *= 10.0 ** (-random.uniform(*DIRECT_TO_LATE_DB) / 20.0) / np.linalg.norm(tail)
    early = random.integers(16, int(FIRST_REFLECTIONS_S * SAMPLE_RATE_HZ), REFLECTIONS)
    tail[early] += random.uniform(-0.5, 0.5, REFLECTIONS)
    tail[0] = 1.0
    return tail.astype(np.float32)


def in_room(dry: Floats, room: Floats) -> Floats:
    """Return a sound as a room passes it on, with its echo, shape (n + len(room) - 1,)."""
    length = len(dry) + len(room) - 1
    size = 1 << (length - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(room, size), size)[:length]
    return wet.astype(np.float32)


def behind_door(samples: Floats) -> Floats:
    """Return a sound as it comes through a closed door."""
    hz = np.fft.rfftfreq(len(samples), 1.0 / SAMPLE_RATE_HZ)
    (low_hz, low_db), (high_hz, high_db) = DOOR_DB
    octaves = np.log2(np.clip(hz, low_hz, high_hz) / low_hz) / np.log2(high_hz / low_hz)
    loss_db = low_db + (high_db - low_db) * octaves
    passed = np.fft.irfft(np.fft.rfft(samples) * 10.0 ** (-loss_db / 20.0), len(samples))
    return passed.astype(np.float32)
