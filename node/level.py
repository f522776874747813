"""How loud it is, and how loud the room is when nothing happens."""

from collections import deque

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

SILENCE_DB = -120.0
"""Below the last bit of any 16-bit or 20-bit microphone."""
PIECE_SAMPLES = SAMPLE_RATE_HZ // 10
FLOOR_SHARE = 0.1
"""The room's floor is the level that it exceeds nine tenths of the time."""


def level_db(samples: Floats) -> float:
    """Return the RMS of some samples in dBFS, at least `SILENCE_DB`."""
    return _db(float(samples @ samples) / max(1, len(samples)))


def loudest_db(samples: Floats) -> float:
    """Return the RMS of the loudest 0.1 s in dBFS; of all where there is less than 0.1 s."""
    if len(samples) < PIECE_SAMPLES:
        return level_db(samples)
    pieces = samples[: len(samples) // PIECE_SAMPLES * PIECE_SAMPLES].reshape(-1, PIECE_SAMPLES)
    return _db(float(np.einsum("ij,ij->i", pieces, pieces).max()) / PIECE_SAMPLES)


class Loudness:
    """The loudest 0.1 s of the last window, of which only the new part is measured."""

    def __init__(self, pieces: int) -> None:
        """Begin in silence.

        Args:
            pieces: How many new parts make a window.
        """
        self._pieces_db = deque([SILENCE_DB], pieces)
        self._rest = np.empty(0, np.float32)

    def push(self, news: Floats) -> float:
        """Hear the new part of a window and return the loudest 0.1 s of the whole in dBFS."""
        heard = np.concatenate((self._rest, news))
        whole = max(len(heard) // PIECE_SAMPLES, 1) * PIECE_SAMPLES
        self._rest = heard[whole:]
        self._pieces_db.append(loudest_db(heard[:whole]))
        return max(self._pieces_db)


class NoiseFloor:
    """The slow tenth quantile of the level: an alarm of some minutes does not lift it."""

    def __init__(self, memory: int) -> None:
        """Begin with no level known.

        Args:
            memory: How many levels to look back on.
        """
        self._levels_db = np.full(memory, np.inf, np.float32)
        self._seen = 0

    def push(self, level_db: float) -> float:
        """Hear one more level and return the floor in dBFS."""
        self._levels_db[self._seen % len(self._levels_db)] = level_db
        self._seen += 1
        rank = int(FLOOR_SHARE * min(self._seen, len(self._levels_db)))
        return float(np.partition(self._levels_db, rank)[rank])


def _db(power: float) -> float:
    return max(SILENCE_DB, 10.0 * float(np.log10(power))) if power > 0.0 else SILENCE_DB
