"""From any rate and any number of channels to the 16 kHz mono of a node."""

from typing import TYPE_CHECKING

import numpy as np

from node.blocks import SAMPLE_RATE_HZ
from node.spectra import Floats

if TYPE_CHECKING:
    from soxr import ResampleStream

LOWEST_HZ, HIGHEST_HZ = 1_000, 768_000
"""From telephone dictation to the fastest converters sold; a header outside is damaged."""


class Resampler:
    """Resamples one continuous sound; its filter spans the pieces, so there are no seams."""

    def __init__(self, rate_hz: int) -> None:
        """Begin with a sound of this rate; at 16 kHz nothing is changed."""
        self._soxr = None if rate_hz == SAMPLE_RATE_HZ else _stream(rate_hz)

    def push(self, frames: Floats, *, last: bool = False) -> Floats:
        """Take the next piece.

        Args:
            frames: Samples, shape (n, channels); what is no number or beyond -1..1 is limited.
            last: Whether no more is to come, which also gives out what the filter still holds.

        Returns:
            16 kHz mono in -1..1, shape (m,); after the last piece as long as all that came in.
        """
        limited: Floats = np.clip(frames, np.float32(-1.0), np.float32(1.0))
        mono = limited[:, 0] if limited.shape[1] == 1 else limited.mean(axis=1, dtype=np.float32)
        if not np.isfinite(mono.sum()):
            mono = np.nan_to_num(mono, nan=0.0)
        if self._soxr is None:
            return mono
        resampled: Floats = self._soxr.resample_chunk(mono, last=last)
        return resampled


def _stream(rate_hz: int) -> "ResampleStream":
    from soxr import ResampleStream  # noqa: PLC0415 - a node whose source has 16 kHz never needs it

    return ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
