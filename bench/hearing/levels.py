"""How loud sounds are: as a whole, at their loudest, in a third of an octave, and when at all."""

import numpy as np
from numpy.typing import NDArray

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

FRAME = SAMPLE_RATE_HZ // 50
ONSET_SHARE = 0.1
"""A sound lasts from its first to its last 20 ms that reach this share of its loudest 20 ms."""
LOUD_S = 0.5
"""A sound is as loud as its loudest half second: a knock in a clip of 5 s is no quiet sound."""
LOWEST_HZ, HIGHEST_HZ = 200.0, 7000.0
"""Where the loudest third of an octave of an alarm is looked for."""
STEPS_PER_OCTAVE = 24
SIXTH = 2.0 ** (1.0 / 6.0)
FULL_SCALE = 0.99
QUIETEST = 1e-9


def rms(samples: Floats) -> float:
    """Return the RMS of samples."""
    return max(QUIETEST, float(np.sqrt(np.mean(np.square(samples), dtype=np.float64))))


def loud_rms(samples: Floats) -> float:
    """Return the RMS of the loudest `LOUD_S` of a sound."""
    power = np.square(_frames_rms(samples))
    size = min(len(power), int(LOUD_S * SAMPLE_RATE_HZ) // FRAME)
    return max(QUIETEST, float(np.sqrt(np.convolve(power, np.ones(size) / size, "valid").max())))


def at_level(samples: Floats, level_db: float, measured: float) -> Floats:
    """Return samples, whose RMS was measured, at a level in dBFS."""
    return samples * np.float32(10.0 ** (level_db / 20.0) / measured)


def recorded(samples: Floats) -> Floats:
    """Return samples as a microphone gives them: cut off at full scale."""
    return np.clip(samples, -FULL_SCALE, FULL_SCALE)


def lasts(samples: Floats) -> tuple[float, float]:
    """Return when a sound begins and ends, in s from the first sample."""
    loud = np.flatnonzero(_sounding(samples))
    return float(loud[0] * FRAME / SAMPLE_RATE_HZ), float((loud[-1] + 1) * FRAME / SAMPLE_RATE_HZ)


def sounding_share(samples: Floats) -> float:
    """Return in what share of its 20 ms a sound is there: of beeps their share of the time."""
    return float(np.mean(_sounding(samples)))


def loudest_band_hz(samples: Floats) -> float:
    """Return the middle of the third of an octave that holds most of a sound's power."""
    octaves = np.log2(HIGHEST_HZ / LOWEST_HZ)
    middles = LOWEST_HZ * 2.0 ** np.linspace(0.0, octaves, int(octaves * STEPS_PER_OCTAVE))
    below = np.cumsum(np.square(np.abs(np.fft.rfft(samples))))
    per_hz = len(samples) / SAMPLE_RATE_HZ
    high = np.minimum((middles * SIXTH * per_hz).astype(int), len(below) - 1)
    return float(middles[np.argmax(below[high] - below[(middles / SIXTH * per_hz).astype(int)])])


def band_power(samples: Floats, middle_hz: float) -> float:
    """Return the mean power of samples in the third of an octave around a frequency."""
    spectrum = np.fft.rfft(samples)
    per_hz = len(samples) / SAMPLE_RATE_HZ
    band = spectrum[int(middle_hz / SIXTH * per_hz) : int(middle_hz * SIXTH * per_hz) + 1]
    return max(QUIETEST**2, float(2.0 * np.square(np.abs(band)).sum() / len(samples) ** 2))


def _sounding(samples: Floats) -> NDArray[np.bool_]:
    loudness = _frames_rms(samples)
    return np.asarray(loudness > ONSET_SHARE * loudness.max())


def _frames_rms(samples: Floats) -> Floats:
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    rms_of: Floats = np.sqrt(np.mean(np.square(frames), axis=1))
    return rms_of
