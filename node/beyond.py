"""Sounds that a network does not name: alarms by their rhythm alone, and what is loud and unknown.

They stand beside the network's scores, so that one detector follows them all.
"""

from collections.abc import Sequence

import numpy as np

from node import chirps
from node.bundle import Manifest, Threshold
from node.rhythms import T3, T4
from node.spectra import Floats

LOUD_UNKNOWN = "loud_unknown"
LOUD_DB, LOUDER_DB = -45.0, 15.0
"""dBFS of a loud voice two metres from a microphone, and so much more is as loud as can be: chosen,
not measured, as what is unknown is a mere notice."""
STANDS_OUT_DB = 25.0
"""Over the room's floor: a door that slams, a shelf that falls, no talk in a room with a fan."""
RULES = {
    LOUD_UNKNOWN: Threshold(on=0.6, off=0.3, hold_s=3.0, shortest_s=1.0),
    T3.sound: Threshold(on=1.0, off=1.0, hold_s=0.0),
    T4.sound: Threshold(on=1.0, off=1.0, hold_s=0.0),
    chirps.SOUND: Threshold(on=1.0, off=1.0, hold_s=0.0),
}
"""A sound of which the network has heard but the beginning is unknown: it waits for the whole."""


class Beyond:
    """Scores of what one network does not name.

    Attributes:
        sounds: Their ids.
    """

    def __init__(self, named: Sequence[str]) -> None:
        """Take what the network names.

        Args:
            named: Its sounds, "background" too.
        """
        self.sounds = tuple(sound for sound in RULES if sound not in named)
        self._is_unknown = np.array([sound == LOUD_UNKNOWN for sound in self.sounds])

    def scores(self, scores: Floats, loudest_db: float, floor_db: float) -> Floats:
        """Add theirs to a network's scores, shape (sounds of both,).

        Args:
            scores: In 0..1, shape (sounds of the network,).
            loudest_db: RMS of the window's loudest 0.1 s, dBFS.
            floor_db: The room's noise floor, dBFS.
        """
        over_db = min(loudest_db - LOUD_DB, loudest_db - floor_db - STANDS_OUT_DB)
        loud = min(1.0, max(0.0, over_db / LOUDER_DB))
        unknown = loud * (1.0 - float(scores.max(initial=0.0)))
        theirs = np.where(self._is_unknown, unknown, 0.0).astype(np.float32)
        return np.concatenate((scores, theirs))


def rule(manifest: Manifest, sound: str) -> Threshold:
    """Return when a sound counts as heard, unless the household says otherwise."""
    if sound in RULES and sound not in map(manifest.sound_of, manifest.labels):
        return RULES[sound]
    return manifest.threshold(sound)
