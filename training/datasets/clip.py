"""One recording or computed sound, what it is, and which fold it belongs to."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from contract.errors import AudioError
from node.spectra import Floats

SAMPLE_RATE_HZ = 16_000
FOLDS = 5
BLOCK = 1 << 20
"""Sample frames decoded at once: an hour in stereo never lies in memory at its own rate."""
LEAVE_OUT = "leave_out"
"""In labels.toml: clips with this label serve nothing."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip of one sound. Folds 1-3 train, 4 sets thresholds, 5 tests."""

    name: str
    """data set/file, unique."""
    label: str
    """data set/label, as the data set calls it."""
    sound: str
    """What it means: an id of the catalogue or "background"."""
    fold: int
    real: bool
    """A recording; False: computed."""
    may_train: bool
    """Its licence lets networks trained on it be passed on."""
    licence: str
    samples: Callable[[], Floats]
    """Decode or compute it: mono in -1..1 at 16 kHz, shape (n,)."""
    author: str = ""
    recording: str = ""
    """What it was cut from: clips of one recording never part between teaching and judging.
    Empty: a recording of its own."""

    @property
    def source(self) -> str:
        """What it was cut from, by a name that is never empty."""
        return self.recording or self.name


def read(path: Path, start_s: float = 0.0, end_s: float | None = None) -> Floats:
    """Read any audio file, or a piece of it, as mono at 16 kHz.

    Args:
        path: The file.
        start_s: Where the piece begins.
        end_s: Where it ends; None or beyond the file: at the file's end.

    Returns:
        Samples in -1..1, shape (n,), at least one.

    Raises:
        AudioError: It cannot be read, or has nothing there.
    """
    parts = []
    try:
        with soundfile.SoundFile(path) as file:
            rate_hz, first = file.samplerate, round(start_s * file.samplerate)
            last = file.frames if end_s is None else round(end_s * rate_hz)
            file.seek(min(first, file.frames))
            resampler = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
            for block in file.blocks(
                BLOCK, frames=max(0, last - first), dtype="float32", always_2d=True
            ):
                mono = block.mean(axis=1, dtype=np.float32)
                is_same = rate_hz == SAMPLE_RATE_HZ
                parts.append(mono if is_same else resampler.resample_chunk(mono))
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioError(f"{path}: cannot read this recording: {error}") from error
    if not parts:
        raise AudioError(f"{path}: has no sound at {start_s:g} s")
    if rate_hz != SAMPLE_RATE_HZ:
        parts.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    samples: Floats = np.concatenate(parts)
    if not np.isfinite(samples).all():
        raise AudioError(f"{path}: holds numbers that are none (NaN or infinite)")
    return samples


def fold_of(key: str) -> int:
    """Return the fold of everything that shares a key (a speaker, a file), 1-5, always the same."""
    return 1 + zlib.crc32(key.encode()) % FOLDS
