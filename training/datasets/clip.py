"""One recording or computed sound, what it is, and which fold it belongs to."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr

from contract.errors import AudioError
from node.features import Floats

SAMPLE_RATE_HZ = 16_000
FOLDS = 5
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


def read(path: Path) -> Floats:
    """Read any audio file as mono at 16 kHz.

    Raises:
        AudioError: It cannot be read.
    """
    try:
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as error:
        raise AudioError(f"{path}: cannot read this recording: {error}") from error
    mono: Floats = samples.mean(axis=1, dtype=np.float32)
    if rate_hz != SAMPLE_RATE_HZ:
        mono = soxr.resample(mono, rate_hz, SAMPLE_RATE_HZ).astype(np.float32)
    return mono


def fold_of(key: str) -> int:
    """Return the fold of everything that shares a key (a speaker, a file), 1-5, always the same."""
    return 1 + zlib.crc32(key.encode()) % FOLDS
