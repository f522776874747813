"""The windows of a whole clip, as a node would judge them one after the other."""

import numpy as np
from numpy.typing import NDArray

from node.features import decibels
from node.spectra import Floats
from training.examples import active
from training.recipe import Picture

HOP_S = 0.5
"""A node's usual hop."""
LEAST_ACTIVE_S = 0.25


def windows(power: Floats, picture: Picture) -> tuple[Floats, NDArray[np.bool_]]:
    """Cut a clip into windows.

    Args:
        power: Mel power, shape (frames, bands), any number of frames.
        picture: What a window is.

    Returns:
        The windows in dB, shape (n, window frames, bands), and which of them hold the clip's
        sound, shape (n,): ESC-50 pads with zeros, and silence is no evidence for any sound. Of a
        clip that is all silence every window counts.
    """
    wanted = picture.input()
    hop = round(HOP_S * wanted.sample_rate_hz / wanted.hop_size)
    short = max(0, wanted.frames - len(power))
    padded = np.pad(power, ((0, short), (0, 0)))
    starts = np.arange(0, len(padded) - wanted.frames + 1, hop)
    inside = starts[:, None] + np.arange(wanted.frames)
    heard = active(padded)[inside].sum(axis=1)
    needed = min(LEAST_ACTIVE_S * wanted.sample_rate_hz / wanted.hop_size, heard.max())
    return decibels(padded[inside], picture.floor_db), heard >= needed
