"""Sound as microphones and pipes deliver it: interleaved 16-bit samples; pure."""

import numpy as np
from numpy.typing import NDArray

from node.spectra import Floats

SAMPLE_BYTES = 2
FULL_SCALE = 32768.0
CLIPPED = 32_735
"""At full scale, or the last few steps below it."""


def samples_of(pcm: bytes) -> NDArray[np.int16]:
    """Return the samples, shape (n,)."""
    return np.frombuffer(pcm, "<i2")


def floats_of(pcm: bytes) -> Floats:
    """Return the samples in -1..1, shape (n,)."""
    return samples_of(pcm).astype(np.float32) / np.float32(FULL_SCALE)


def pcm_of(sound: Floats, channels: int) -> bytes:
    """Return mono samples in -1..1 as interleaved s16, the same in each channel."""
    steps = np.clip(np.round(sound * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1.0)
    return np.repeat(steps.astype("<i2"), channels).tobytes()


def clipped(pcm: bytes) -> int:
    """Return how many samples are at full scale."""
    samples = samples_of(pcm)
    return int(np.count_nonzero((samples >= CLIPPED) | (samples <= -CLIPPED)))
