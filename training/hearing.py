"""What a bundle hears in whole clips: the highest score of each sound, as a node would reach it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from node.bundle import LogMelInput
from node.classifier import Classifier
from node.spectra import Floats
from training.datasets.clip import SAMPLE_RATE_HZ, Clip

LEAD_IN_S = 2.5
"""Quiet before each clip, as in a room where nothing has happened yet; as long after it."""
QUIET_DBFS = -70.0
HOP_S = 0.25
"""Decisions fall anywhere within a sound: twice as close as a node's own."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the network said while a clip entered the window, filled it and left it.

    Attributes:
        clip: Which.
        scores: Shape (windows, sounds).
    """

    clip: Clip
    scores: Floats

    @property
    def peaks(self) -> Floats:
        """Each sound's highest score, shape (sounds,)."""
        highest: Floats = self.scores.max(axis=0)
        return highest


def hear(classifier: Classifier, clips: Sequence[Clip]) -> list[Heard]:
    """Play clips, each between quiet, to a network.

    Args:
        classifier: Of a log-mel bundle.
        clips: What to play.
    """
    return [Heard(clip, scores_of(classifier, between_quiet(clip.samples()))) for clip in clips]


def scores_of(classifier: Classifier, samples: Floats, hop_s: float = HOP_S) -> Floats:
    """Judge samples in windows each `hop_s`, shape (windows, sounds)."""
    wanted = classifier.bundle.manifest.input
    if not isinstance(wanted, LogMelInput):
        raise TypeError(wanted)
    picture = wanted.log_mel(samples)
    hop = round(hop_s * SAMPLE_RATE_HZ / wanted.hop_size)
    starts = range(0, len(picture) - wanted.frames + 1, hop)
    return np.stack([classifier.scores(picture[at : at + wanted.frames]) for at in starts])


def between_quiet(samples: Floats) -> Floats:
    """A clip as a room hears it: before and after some quiet."""
    noise = np.random.default_rng(0).standard_normal(int(LEAD_IN_S * SAMPLE_RATE_HZ), np.float32)
    quiet = np.float32(10.0 ** (QUIET_DBFS / 20.0)) * noise
    return np.concatenate((quiet, samples, quiet))


def reached(heard: Sequence[Heard], thresholds: Floats) -> NDArray[np.bool_]:
    """Tell which sounds reached their thresholds in which clips, shape (clips, sounds)."""
    return np.stack([one.peaks for one in heard]) >= thresholds


def truth(heard: Sequence[Heard], sounds: Sequence[str]) -> NDArray[np.bool_]:
    """Tell which sound each clip holds, shape (clips, sounds); background holds none."""
    return np.array([[one.clip.sound == sound for sound in sounds] for one in heard])


def background_frames(heard: Sequence[Heard], sound: str) -> NDArray[np.intp]:
    """Return which clips are background to a sound: no sound at all, or rain where it is not it."""
    quiet = {BACKGROUND, "rain"} - {sound}
    return np.flatnonzero([one.clip.sound in quiet for one in heard])
