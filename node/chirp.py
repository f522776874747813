"""A chirp for a loudspeaker, and how well a microphone heard it; pure."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

LOWEST_HZ, HIGHEST_HZ = 500.0, 6000.0
"""What small loudspeakers can play, and what the sounds of a home are told apart by."""
SECONDS = 1.0
AMPLITUDE = 0.25
"""-12 dBFS: as loud as music, and no cheap amplifier distorts it."""
FADE_S = 0.02
MATCH = 0.1
"""Noise matches by 1 / sqrt(2 * 5500 Hz * 1 s) = 0.01 RMS; a chirp 10 dB below it by 0.3, and one
of which the room adds ten times as much in echoes by 0.3 too."""
BANDS_HZ = (500, 1000, 2000, 3000, 4000, 6000)
"""Smoke alarms are between the fourth and the fifth, knocks and voices in the first two."""
MISSING_DB = 6.0
"""A band that is less over the noise is not heard: the noise itself changes by half of that."""
STEP_DB = -101.0
"""The noise of 16-bit numbers themselves; no room is quieter."""


@dataclass(frozen=True, slots=True)
class Echo:
    """A chirp as a microphone heard it.

    Attributes:
        at: Its first sample in the recording.
        match: Likeness to what was played, 0..1.
        noise_db: The room before it from `LOWEST_HZ` to `HIGHEST_HZ`, dBFS.
        over_noise_db: How far it stands out of that.
        missing_hz: Bands that do not stand out of theirs.
    """

    at: int
    match: float
    noise_db: float
    over_noise_db: float
    missing_hz: tuple[tuple[int, int], ...]

    @property
    def is_heard(self) -> bool:
        """Whether it was the chirp at all."""
        return self.match >= MATCH


def chirp(rate_hz: int) -> Floats:
    """Return a sweep that stays as long in each octave, shape (rate_hz * SECONDS,)."""
    time_s = np.arange(round(SECONDS * rate_hz)) / rate_hz
    octaves = np.log(HIGHEST_HZ / LOWEST_HZ)
    phase = 2.0 * np.pi * LOWEST_HZ * SECONDS / octaves * np.exp(time_s / SECONDS * octaves)
    fade = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) / FADE_S)
    sweep: Floats = (AMPLITUDE * fade * np.sin(phase)).astype(np.float32)
    return sweep


def find(recording: Floats, before: int) -> Echo:
    """Look for a chirp by a matched filter.

    Args:
        recording: 16 kHz mono in -1..1, at least as long as both parts together, shape (n,).
        before: So many samples were recorded before it was played.
    """
    wanted = chirp(SAMPLE_RATE_HZ)
    match = _match(recording[before:], wanted)
    at = before + int(np.argmax(match))
    noise, heard = _powers(recording[:before]), _powers(recording[at : at + len(wanted)])
    over_db = _db(np.maximum(heard - noise, 0.0)) - _db(noise)
    bands = zip(pairwise(BANDS_HZ), over_db, strict=True)
    noise_db = float(_db(noise.sum()))
    return Echo(
        at=at,
        match=float(match.max()),
        noise_db=noise_db,
        over_noise_db=float(_db(max(0.0, heard.sum() - noise.sum()))) - noise_db,
        missing_hz=tuple(band for band, db in bands if db < MISSING_DB),
    )


def _match(sound: Floats, wanted: Floats) -> NDArray[np.float64]:
    """Normalised cross-correlation for each place, 0..1, shape (len(sound) - len(wanted) + 1,)."""
    places = len(sound) - len(wanted) + 1
    size = 1 << (len(sound) + len(wanted)).bit_length()
    spectrum = np.fft.rfft(sound, size) * np.conj(np.fft.rfft(wanted, size))
    energies = np.cumsum(np.concatenate(([0.0], sound.astype(np.float64) ** 2)))
    around = energies[len(wanted) :] - energies[:places]
    loudest = np.abs(np.fft.irfft(spectrum, size)[:places])  # turned about, it is the same chirp
    norm = np.sqrt(np.maximum(around, 1e-9) * float(wanted @ wanted))
    likeness: NDArray[np.float64] = np.minimum(1.0, loudest / norm)
    return likeness


def _powers(sound: Floats) -> NDArray[np.float64]:
    """Power in each band, not below that of 16-bit numbers, shape (len(BANDS_HZ) - 1,)."""
    spectrum = 2.0 * np.abs(np.fft.rfft(sound - sound.mean()) / len(sound)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(len(sound), 1.0 / SAMPLE_RATE_HZ), BANDS_HZ)
    sums = np.array([spectrum[start:end].sum() for start, end in pairwise(edges)])
    least = 10.0 ** (STEP_DB / 10.0) * np.diff(BANDS_HZ) / (SAMPLE_RATE_HZ / 2)
    powers: NDArray[np.float64] = np.maximum(sums, least)
    return powers


def _db(power: NDArray[np.float64] | np.float64 | float) -> NDArray[np.float64]:
    return 10.0 * np.log10(np.maximum(power, 1e-14))
