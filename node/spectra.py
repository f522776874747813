"""Power spectra of sound as it comes: what the picture of a sound and its tones are made of."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def power_spectra(samples: Floats, fft_size: int, hop_size: int) -> Floats:
    """Compute the power of short pieces of sound under a Hann window.

    Args:
        samples: Mono samples in -1..1, shape (samples,).
        fft_size: Length of a piece.
        hop_size: From one piece's start to the next one's.

    Returns:
        Shape (pieces, fft_size // 2 + 1), for as many pieces as fit.
    """
    samples = np.ascontiguousarray(samples)
    # sliding_window_view does the same, but its checks cost as much as the FFT.
    frames = np.lib.stride_tricks.as_strided(
        samples,
        (pieces(len(samples), fft_size, hop_size), fft_size),
        (hop_size * samples.itemsize, samples.itemsize),
        writeable=False,
    )
    spectra = np.fft.rfft(frames * hann(fft_size))
    power = spectra.real**2 + spectra.imag**2
    return power.astype(np.float32, copy=False)


def pieces(samples: int, fft_size: int, hop_size: int) -> int:
    """Return how many pieces so many samples make."""
    return max(0, 1 + (samples - fft_size) // hop_size)


@lru_cache
def hann(fft_size: int) -> Floats:
    """The periodic Hann window, shape (fft_size,)."""
    phase = 2.0 * np.pi * np.arange(fft_size) / fft_size
    return (0.5 - 0.5 * np.cos(phase)).astype(np.float32)


class SpectrumStream:
    """The spectra of sound that comes in parts; each is computed once."""

    def __init__(self, fft_size: int, hop_size: int) -> None:
        """Begin without any sound.

        Args:
            fft_size: Length of a piece.
            hop_size: From one piece's start to the next one's.
        """
        self._fft_size, self._hop_size = fft_size, hop_size
        self._rest = np.empty(0, np.float32)

    def push(self, samples: Floats) -> Floats:
        """Hear further samples, any number, and return the new spectra, shape (new, bins)."""
        rest = np.concatenate((self._rest, samples))
        power = power_spectra(rest, self._fft_size, self._hop_size)
        self._rest = rest[len(power) * self._hop_size :]
        return power

    def reset(self) -> None:
        """Forget everything: what comes next does not follow what came before."""
        self._rest = np.empty(0, np.float32)
