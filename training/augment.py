"""Varies pictures while a network learns, so that it never sees the same one twice."""

import numpy as np

from node.spectra import Floats
from training.recipe import Varying

EQUALIZER_POINTS = 6


def vary(
    pictures_db: Floats, varying: Varying, *, floor_db: float, random: np.random.Generator
) -> Floats:
    """Hear pictures through other microphones, at other levels, with something hidden.

    Args:
        pictures_db: Mel power in dB, shape (n, frames, bands).
        varying: How far.
        floor_db: Anything quieter counts as this.
        random: Decides.

    Returns:
        Other pictures of the same shape, in dB; what they hold stays the same.
    """
    count, frames, bands = pictures_db.shape
    bends_db = random.normal(0.0, varying.equalizer_db / 2.0, (count, EQUALIZER_POINTS))
    bends_db += random.uniform(-varying.gain_db, varying.gain_db, (count, 1))
    bent_db = pictures_db + _between(bends_db.astype(np.float32), bands)[:, None, :]
    varied: Floats = np.maximum(bent_db, np.float32(floor_db))
    for picture in varied:  # hide a few bands and frames, so that no single one decides
        high = random.integers(varying.masked_bands + 1)
        low = random.integers(bands - high + 1)
        picture[:, low : low + high] = floor_db
        length = random.integers(varying.masked_frames + 1)
        first = random.integers(frames - length + 1)
        picture[first : first + length] = floor_db
    return varied


def _between(points: Floats, bands: int) -> Floats:
    """Draw straight lines through points, shape (n, points) to (n, bands)."""
    places = np.linspace(0.0, points.shape[1] - 1.0, bands)
    left = np.minimum(places.astype(int), points.shape[1] - 2)
    share = (places - left).astype(np.float32)
    lines: Floats = (points[:, left] * (1.0 - share) + points[:, left + 1] * share).astype(
        np.float32
    )
    return lines
