"""One thing that a node has to say of a sound, and the moment at which it shows."""

from dataclasses import dataclass

import numpy as np

from contract.messages import HeardBy, Phase, RunnerUp
from node.spectra import Floats

OTHERS = 3
LEAST_OTHER = 0.01


@dataclass(frozen=True, slots=True)
class Detection:
    """One thing that the detector has to say.

    Attributes:
        sound: What was heard.
        phase: Whether it began, ended or may have been.
        score: Smoothed, in 0..1; of an end: the highest while it sounded.
        at_s: End of the window that showed it, of an end: of the last that did.
        level_db: RMS of its loudest 0.1 s, dBFS.
        over_floor_db: The same, over the room's noise floor.
        key: Same for a beginning and its end, else unique.
        heard_by: The network, the rhythm of its tone, or by its end both.
        duration_s: From beginning to end, 0 before the end.
        others: Sounds that were less likely at that moment, best first.
    """

    sound: str
    phase: Phase
    score: float
    at_s: float
    level_db: float
    over_floor_db: float
    key: int
    heard_by: HeardBy = HeardBy.NETWORK
    duration_s: float = 0.0
    others: tuple[RunnerUp, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """All that one step knows; `smooth` has shape (sounds,), `top` is the likeliest sound."""

    sounds: tuple[str, ...]
    smooth: Floats
    top: int
    at_s: float
    level_db: float
    over_floor_db: float

    def detection(
        self, index: int, phase: Phase, key: int, heard_by: HeardBy, score: float
    ) -> Detection:
        """What to say about one of the sounds at this moment."""
        return Detection(
            sound=self.sounds[index],
            phase=phase,
            score=score,
            at_s=self.at_s,
            level_db=self.level_db,
            over_floor_db=self.over_floor_db,
            key=key,
            heard_by=heard_by,
            others=self._others(index),
        )

    def _others(self, index: int) -> tuple[RunnerUp, ...]:
        likely = np.argsort(-self.smooth, kind="stable")[: OTHERS + 1].tolist()
        return tuple(
            RunnerUp(self.sounds[other], float(self.smooth[other]))
            for other in likely
            if other != index and self.smooth[other] >= LEAST_OTHER
        )[:OTHERS]
