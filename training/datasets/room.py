"""The echo of a room, for sounds that were never in one."""

import zlib

import numpy as np

from node.spectra import Floats

SAMPLE_RATE_HZ = 16_000
RT60_S = (0.15, 0.8)
"""Furnished living rooms lie around 0.3-0.6 s; bare corridors and baths above."""
DIRECT_TO_LATE_DB = (-3.0, 12.0)
"""From across the room to right beside the microphone."""
REFLECTIONS = 6
FIRST_REFLECTIONS_S = 0.03
PEAK = 0.5


def in_a_room(dry: Floats, key: str) -> Floats:
    """Return a sound as a room passes it on, peak 0.5; the same key makes the same room.

    Args:
        dry: Mono samples at 16 kHz, shape (n,).
        key: Names the room.

    Returns:
        Shape (n + length of the echo,).
    """
    echo = room_response(np.random.default_rng(zlib.crc32(key.encode())))
    length = len(dry) + len(echo) - 1
    size = 1 << (length - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(echo, size), size)[:length]
    peak = float(np.abs(wet).max())
    scale = PEAK / peak if peak > 0.0 else 1.0
    return (wet * scale).astype(np.float32)


def room_response(random: np.random.Generator) -> Floats:
    """Return direct sound, a few early reflections and an exponentially decaying tail."""
    rt60_s = random.uniform(*RT60_S)
    t = np.arange(int(rt60_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = random.normal(size=len(t)) * 10.0 ** (-3.0 * t / rt60_s)
    tail = np.convolve(tail, (0.5, 0.5))[: len(t)]  # walls swallow the highest tones first
    tail *= 10.0 ** (-random.uniform(*DIRECT_TO_LATE_DB) / 20.0) / np.linalg.norm(tail)
    response = tail
    early = random.integers(16, int(FIRST_REFLECTIONS_S * SAMPLE_RATE_HZ), REFLECTIONS)
    response[early] += random.uniform(-0.6, 0.6, REFLECTIONS)
    response[0] += 1.0
    return response.astype(np.float32)
