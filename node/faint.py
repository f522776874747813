"""Whether a microphone has grown faint: far below what it usually hears, and hardly a bit moves."""

from collections import deque
from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from node.level import FLOOR_SHARE, level_db
from node.pcm import FULL_SCALE, SAMPLE_BYTES, samples_of
from node.spectra import Floats

MINUTE_S = 60.0
LEARN_MINUTES = 30
MEMORY_MINUTES = 24 * 60
"""The usual floor is that of a day and its night, as a day alone would make every night faint."""
BELOW_DB = 20.0
"""Rooms fall quiet by less: 45 dBA with a fan or a television, 25 dBA in a bedroom at night."""
STEPS = 2.5
"""In 16-bit steps. By their data sheets MEMS microphones (INMP441, SPH0645) hiss with 1 or ..."""
MOVED_SHARE = 0.01
"""... more RMS, so pass 2.5 in over 1 % of the samples; dither alone, 0.5 RMS, never does."""
FAINT_SHARE = 0.95
"""Of a minute's pieces: the plug of a dying microphone crackles."""
FAINT_MINUTES = 10
FAINT = "is far fainter than it was, hardly a bit moves; look at its gain, plug and cover"


class Faint:
    """Learns how loud a microphone is when nothing happens, and doubts it when that is gone.

    Loudness alone would doubt a silent night; but a microphone that works hisses even then.

    Attributes:
        doubt: What to do; empty while there is none.
    """

    def __init__(self) -> None:
        self.doubt = ""
        self._usual_db: deque[float] = deque(maxlen=MEMORY_MINUTES)
        self._minutes = 0

    def begin(self, rate_hz: int, channels: int) -> None:
        """Follow a microphone that was opened anew; what was learned of it stays."""
        self._channels = channels
        self._minute = round(MINUTE_S * rate_hz * channels)
        self._forget_pieces()

    def hear(self, pcm: bytes) -> None:
        """Listen to the next piece, about half a second of interleaved s16."""
        samples = samples_of(pcm).reshape(-1, self._channels).astype(np.float32)
        if not len(samples):
            return
        moved: Floats = samples - samples.mean(axis=0)
        self._levels_db.append(level_db(moved.ravel() / np.float32(FULL_SCALE)))
        self._bare.append(float(np.mean(np.abs(moved) > STEPS)) < MOVED_SHARE)
        self._samples += len(pcm) // SAMPLE_BYTES
        if self._samples >= self._minute:
            self._judge(np.array(self._levels_db), np.array(self._bare))
            self._forget_pieces()

    def _judge(self, levels_db: NDArray[np.float64], bare: NDArray[np.bool_]) -> None:
        known = len(self._usual_db) >= LEARN_MINUTES
        usual_db = _middle(self._usual_db) if known else -np.inf
        faint = bare & (levels_db <= usual_db - BELOW_DB)
        self._minutes = self._minutes + 1 if faint.mean() >= FAINT_SHARE else 0
        self.doubt = FAINT if self._minutes >= FAINT_MINUTES else ""
        if not bare.any():  # what is dead must not become usual, however long it lasts
            rank = int(FLOOR_SHARE * len(levels_db))
            self._usual_db.append(float(np.partition(levels_db, rank)[rank]))

    def _forget_pieces(self) -> None:
        self._levels_db: list[float] = []
        self._bare: list[bool] = []
        self._samples = 0


def _middle(levels_db: Collection[float]) -> float:
    """The median, without the megabyte of memory that numpy's takes."""
    return sorted(levels_db)[len(levels_db) // 2]
