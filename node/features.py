"""The log-mel picture of a sound: the one front end that training and every node share."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from node.spectra import Floats, SpectrumStream, pieces, power_spectra

SLANEY_LINEAR_HZ = 200.0 / 3.0
SLANEY_KNEE_HZ = 1000.0
SLANEY_LOG_STEP = np.log(6.4) / 27.0
"""Slaney's Auditory Toolbox mel scale, librosa's default: linear to 1 kHz, logarithmic above."""


@dataclass(frozen=True)
class LogMel:
    """Turns samples into mel power in dB; every number that decides the picture is a field."""

    sample_rate_hz: int
    fft_size: int
    hop_size: int
    bands: int
    low_hz: float
    high_hz: float
    floor_db: float

    def __call__(self, samples: Floats) -> Floats:
        """Compute the picture of some samples, equal to librosa's within 1e-3 dB.

        Args:
            samples: Mono samples in -1..1, shape (samples,), at least `fft_size` of them.

        Returns:
            Power per mel band in dB, not below `floor_db`, shape (frames, bands), where frames is
            1 + (samples - fft_size) // hop_size. Equal to `librosa.power_to_db` of
            `librosa.feature.melspectrogram(center=False)` with a Hann window.
        """
        return decibels(self.power(samples), self.floor_db)

    def power(self, samples: Floats) -> Floats:
        """Compute the same picture as linear power, in which sounds add up, without a floor."""
        return self.mel(power_spectra(samples, self.fft_size, self.hop_size))

    def mel(self, power: Floats) -> Floats:
        """Sum power spectra, shape (frames, bins), into bands, shape (frames, bands)."""
        mel: Floats = power @ self._weights
        return mel

    def frames(self, samples: int) -> int:
        """Return how many frames so many samples make."""
        return pieces(samples, self.fft_size, self.hop_size)

    @cached_property
    def _weights(self) -> Floats:
        """Triangles on the mel scale, each of area 1 in Hz, shape (fft_size // 2 + 1, bands)."""
        bin_hz = np.linspace(0.0, self.sample_rate_hz / 2.0, self.fft_size // 2 + 1)
        low, high = _mel(np.array([self.low_hz, self.high_hz]))
        edges_hz = _hz(np.linspace(low, high, self.bands + 2))
        widths_hz = np.diff(edges_hz)
        rising = (bin_hz[:, None] - edges_hz[:-2]) / widths_hz[:-1]
        falling = (edges_hz[2:] - bin_hz[:, None]) / widths_hz[1:]
        triangles = np.maximum(0.0, np.minimum(rising, falling))
        return (triangles * 2.0 / (edges_hz[2:] - edges_hz[:-2])).astype(np.float32)


def decibels(power: Floats, floor_db: float) -> Floats:
    """Return power in dB, any shape, exactly `floor_db` where there is less.

    Processors round the logarithm of the floor itself differently: it is cut off below.
    """
    below = np.float32(0.5 * 10.0 ** (floor_db / 10.0))
    power_db = np.float32(10.0) * np.log10(np.maximum(power, below))
    return np.maximum(power_db, np.float32(floor_db))


class LogMelStream:
    """The picture of the latest sound; each push computes only the frames that are new."""

    def __init__(self, log_mel: LogMel, frames: int) -> None:
        self._log_mel = log_mel
        self._spectra = SpectrumStream(log_mel.fft_size, log_mel.hop_size)
        self._picture = np.empty((frames, log_mel.bands), np.float32)
        self._known = 0
        self.reset()

    @property
    def complete(self) -> bool:
        """Whether every frame of the picture has been heard since the last reset."""
        return self._known >= len(self._picture)

    def push(self, samples: Floats) -> Floats:
        """Hear further samples, mono in -1..1, shape (n,), any n.

        Returns:
            The power spectra of the frames that are new, shape (new, bins).
        """
        power = self._spectra.push(samples)
        if len(power):
            fresh = decibels(self._log_mel.mel(power), self._log_mel.floor_db)
            self._picture = np.concatenate((self._picture, fresh))[-len(self._picture) :]
            self._known += len(power)
        return power

    def picture(self) -> Floats:
        """Return the latest frames in dB, shape (frames, bands); unheard ones at the floor."""
        return self._picture

    def reset(self) -> None:
        """Forget everything: what comes next does not follow what came before."""
        self._spectra.reset()
        self._picture = np.full_like(self._picture, self._log_mel.floor_db)
        self._known = 0


def _mel(hz: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = SLANEY_KNEE_HZ / SLANEY_LINEAR_HZ
    above = knee + np.log(np.maximum(hz, SLANEY_KNEE_HZ) / SLANEY_KNEE_HZ) / SLANEY_LOG_STEP
    return np.where(hz < SLANEY_KNEE_HZ, hz / SLANEY_LINEAR_HZ, above)


def _hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    knee = SLANEY_KNEE_HZ / SLANEY_LINEAR_HZ
    above = SLANEY_KNEE_HZ * np.exp(SLANEY_LOG_STEP * (np.maximum(mel, knee) - knee))
    return np.where(mel < knee, mel * SLANEY_LINEAR_HZ, above)
