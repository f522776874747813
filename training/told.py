"""What a node with a bundle would tell of clips: how many it finds, and what it tells wrongly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from contract.catalogue import BACKGROUND, Urgency, catalogue
from contract.messages import Phase
from node.blocks import SAMPLE_RATE_HZ, AudioBlock
from node.bundle import Threshold
from node.classifier import Classifier
from node.ear import Ear
from node.spectra import Floats
from training.datasets.clip import Clip
from training.hearing import between_quiet

HOUR_S = 3600.0
RECORDED = ("esc50/", "folder/", "own/")
"""Data sets whose clips are whole recordings of one sound."""

Figure = float | dict[str, float]


@dataclass(frozen=True, slots=True)
class Told:
    """What a node would have said to one clip: the sounds that began, and for how long it ran."""

    clip: Clip
    began: tuple[str, ...]
    seconds: float


def listen(classifier: Classifier, clip: Clip) -> Told:
    """Play a clip to a node's ear; one too short to hold what its sound must do again, twice."""
    samples = between_quiet(clip.samples())
    if clip.sound in classifier.sounds:
        samples = _again(samples, classifier.bundle.manifest.threshold(clip.sound))
    detections = Ear(classifier).hear(AudioBlock(samples, started_s=0.0))
    began = tuple(d.sound for d in detections if d.phase is Phase.BEGAN)
    return Told(clip, began, len(samples) / SAMPLE_RATE_HZ)


def _again(samples: Floats, rule: Threshold) -> Floats:
    """A sound as often as its rule asks for it: shape (n,), or more of it."""
    least_s, most_s = rule.again_s or (0.0, 0.0)
    if len(samples) >= least_s * SAMPLE_RATE_HZ:
        return samples
    pause = np.zeros(int((least_s + most_s) / 2.0 * SAMPLE_RATE_HZ) - len(samples), np.float32)
    return np.concatenate((samples, pause, samples))


def node_figures(told: Sequence[Told]) -> dict[str, Figure]:
    """Count what a node tells: the sounds it finds, by recordings and computed clips, and the rest.

    Returns:
        Figures by name; `told_as_<emergency>` has, by the data set's label, the share of clips that
        are taken for that emergency and are none of it.
    """
    recorded = [one for one in told if one.clip.name.startswith(RECORDED)]
    computed = [one for one in told if one.clip.name.startswith("synthetic/")]
    quiet = [one for one in told if one.clip.sound == BACKGROUND]
    hours = sum(one.seconds for one in quiet) / HOUR_S
    claimed = sorted({one.clip.sound for one in told} - {BACKGROUND})
    taken = {f"told_as_{one}": _taken_for(one, told) for one in claimed if is_emergency(one)}
    return {
        "background_hours": hours,
        "background_false_events_per_hour": (
            sum(len(one.began) for one in quiet) / hours if quiet else 0.0
        ),
        "recorded_recall": _recalls(recorded),
        "computed_recall": _recalls(computed),
        "false_events": {
            sound: float(sum(sound in t.began and t.clip.sound != sound for t in told))
            for sound in claimed
        },
        "false_events_of_background": {
            sound: float(sum(sound in one.began for one in quiet)) for sound in claimed
        },
        **taken,
    }


def is_emergency(sound: str) -> bool:
    """Tell whether a label is a sound for which the whole home is roused."""
    return sound != BACKGROUND and catalogue().get(sound).urgency is Urgency.EMERGENCY


def share_of(answers: Iterable[bool]) -> float:
    """How many of some answers are yes; 0 where there are none."""
    every = list(answers)
    return sum(every) / max(1, len(every))


def _recalls(told: Sequence[Told]) -> dict[str, float]:
    """Of the clips of each sound, the share in which a node tells it."""
    found: dict[str, list[bool]] = {}
    for one in told:
        if one.clip.sound != BACKGROUND:
            found.setdefault(one.clip.sound, []).append(one.clip.sound in one.began)
    return {sound: share_of(hits) for sound, hits in sorted(found.items())}


def _taken_for(emergency: str, told: Sequence[Told]) -> dict[str, float]:
    """Of the clips of each label that are something else, the share told as an emergency."""
    found: dict[str, list[bool]] = {}
    for one in told:
        if one.clip.sound != emergency:
            found.setdefault(one.clip.label, []).append(emergency in one.began)
    return {label: share_of(hits) for label, hits in sorted(found.items()) if any(hits)}
