"""What the exported bundle hears, through the node's own ear: fold 4 sets, fold 5 tests."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from contract.messages import Phase
from node.blocks import SAMPLE_RATE_HZ, AudioBlock
from node.bundle import Threshold, load
from node.classifier import Classifier
from node.ear import Ear
from node.features import Floats
from training.card import card
from training.datasets.clip import Clip
from training.examples import TEST_FOLD, THRESHOLD_FOLD, Examples, Row
from training.manifest import write
from training.recipe import Picture, Recipe
from training.windows import windows

OFF_SHARE = 0.6
"""A sound may end below this share of its threshold."""
PEAK_HOP_FRAMES = 10
"""A quarter of a second: a node's decisions fall anywhere within a sound."""
LEAD_IN_S = 2.5
"""Quiet before each clip, as in a room where nothing has happened yet; as long after it."""
QUIET_DBFS = -70.0
HOUR_S = 3600.0
RECORDED = ("esc50/", "folder/")
"""Data sets whose clips are whole recordings of one sound."""

Figure = float | dict[str, float]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What the network says to the windows of one clip.

    Attributes:
        row: The clip.
        scores: Shape (windows, sounds).
        heard: Which windows hold the clip's sound, shape (windows,).
    """

    row: Row
    scores: Floats
    heard: NDArray[np.bool_]

    def best(self) -> int:
        """Return the sound with the highest mean score over the windows that hold something."""
        return int(self.scores[self.heard].mean(axis=0).argmax())


@dataclass(frozen=True, slots=True)
class Told:
    """What a node would have said to one clip: the sounds that began, and for how long it ran."""

    clip: Clip
    began: tuple[str, ...]
    seconds: float


def set_thresholds(recipe: Recipe, clips: Sequence[Clip], out: Path) -> None:
    """Choose each sound's threshold on fold 4 and write them into the manifest.

    The rule: so high that at most `false_share` of the clips of all other sounds, background among
    them, ever reach it, however little of the clip has entered the window yet; within `lowest_on`
    and `highest_on`.
    """
    bundle = load(out)
    classifier = Classifier(bundle)
    asked = [clip for clip in clips if clip.fold == THRESHOLD_FOLD and clip.may_train]
    peaks = np.stack([_peaks(classifier, recipe.picture, clip) for clip in asked])
    thresholds = {}
    for sound, rule in recipe.sounds.items():
        others = [recipe.meaning(clip.sound) != sound for clip in asked]
        reached = peaks[others, classifier.sounds.index(sound)]
        highest = float(np.quantile(reached, 1.0 - recipe.choice.false_share, method="higher"))
        on = round(min(max(highest, recipe.choice.lowest_on), recipe.choice.highest_on), 3)
        off = round(OFF_SHARE * on, 3)
        thresholds[sound] = Threshold(
            on=on, off=off, hold_s=rule.hold_s, shortest_s=rule.shortest_s
        )
        log.info("thresholds: %s %.3f", sound, on)
    write(out, msgspec.structs.replace(bundle.manifest, thresholds=thresholds))


def _peaks(classifier: Classifier, picture: Picture, clip: Clip) -> Floats:
    """Each sound's highest score while a clip enters the window and leaves it, shape (sounds,)."""
    wanted = picture.input()
    heard = wanted.log_mel(_between_quiet(clip))
    starts = range(0, len(heard) - wanted.frames + 1, PEAK_HOP_FRAMES)
    scores = [classifier.scores(heard[start : start + wanted.frames]) for start in starts]
    peaks: Floats = np.max(scores, axis=0)
    return peaks


def evaluate(recipe: Recipe, examples: Examples, clips: Sequence[Clip], out: Path) -> None:
    """Measure the bundle on fold 5 and write the figures into its manifest and card.md."""
    bundle = load(out)
    classifier = Classifier(bundle)
    judged = _judge(classifier, recipe, examples, TEST_FOLD)
    sounds = {row.name: row.sound for row in examples.fold(TEST_FOLD)}
    told = [_listen(classifier, clip) for clip in clips if clip.name in sounds]
    measured = _network_figures(judged, classifier.sounds) | _node_figures(told, sounds)
    metrics = bundle.manifest.metrics | {name: _rounded(one) for name, one in measured.items()}
    manifest = msgspec.structs.replace(bundle.manifest, metrics=metrics)
    write(out, manifest)
    (out / "card.md").write_text(card(manifest), encoding="utf-8")
    for name, figure in metrics.items():
        log.info("evaluate: %s %s", name, figure)


def _rounded(figure: Figure) -> Figure:
    """More digits would claim more than so few clips can tell."""
    if isinstance(figure, dict):
        return {name: round(value, 4) for name, value in figure.items()}
    return round(figure, 4)


def _judge(classifier: Classifier, recipe: Recipe, examples: Examples, fold: int) -> list[Judged]:
    """Let a bundle judge every window of every clip of one fold."""
    judged = []
    for row in examples.fold(fold):
        pictures, heard = windows(examples.of(row), recipe.picture)
        scores = np.stack([classifier.scores(picture) for picture in pictures])
        judged.append(Judged(row, scores, heard))
    return judged


def _listen(classifier: Classifier, clip: Clip) -> Told:
    """Play a clip to a node's ear."""
    samples = _between_quiet(clip)
    detections = Ear(classifier).hear(AudioBlock(samples, started_s=0.0))
    began = tuple(d.sound for d in detections if d.phase is Phase.BEGAN)
    return Told(clip, began, len(samples) / SAMPLE_RATE_HZ)


def _between_quiet(clip: Clip) -> Floats:
    """A clip as a room hears it: after and before some quiet."""
    noise = np.random.default_rng(0).standard_normal(int(LEAD_IN_S * SAMPLE_RATE_HZ), np.float32)
    quiet = np.float32(10.0 ** (QUIET_DBFS / 20.0)) * noise
    return np.concatenate((quiet, clip.samples(), quiet))


def _network_figures(judged: Sequence[Judged], sounds: Sequence[str]) -> dict[str, Figure]:
    """How often the best sound is the right one, recordings and computed clips apart."""
    recorded = [one for one in judged if one.row.name.startswith(RECORDED)]
    claimed = [one for one in recorded if one.row.sound != BACKGROUND]
    free = [one for one in claimed if one.row.may_train]
    computed = [one for one in judged if one.row.name.startswith("synthetic/")]
    return {
        "recorded_clip_accuracy": _accuracy(claimed, sounds),
        "recorded_clips": float(len(claimed)),
        "recorded_clip_accuracy_redistributable": _accuracy(free, sounds),
        "recorded_clip_accuracy_with_background": _accuracy(recorded, sounds),
        "recorded_frame_accuracy": _share(
            sounds[best] == one.row.sound
            for one in claimed
            for best in one.scores[one.heard].argmax(axis=1)
        ),
        "computed_clip_accuracy": _accuracy(computed, sounds),
        "computed_clips": float(len(computed)),
    }


def _node_figures(told: Sequence[Told], sounds: dict[str, str]) -> dict[str, Figure]:
    """What a node tells: how many sounds it finds, and what it tells of background."""
    recorded = [one for one in told if one.clip.name.startswith(RECORDED)]
    computed = [one for one in told if one.clip.name.startswith("synthetic/")]
    quiet = [one for one in told if sounds[one.clip.name] == BACKGROUND]
    hours = sum(one.seconds for one in quiet) / HOUR_S
    claimed = sorted(set(sounds.values()) - {BACKGROUND})
    return {
        "background_hours": hours,
        "background_false_events_per_hour": (
            sum(len(one.began) for one in quiet) / hours if quiet else 0.0
        ),
        "recorded_recall": _recalls(recorded, sounds),
        "computed_recall": _recalls(computed, sounds),
        "false_events": {
            sound: float(sum(sound in t.began and sounds[t.clip.name] != sound for t in told))
            for sound in claimed
        },
        "false_events_of_background": {
            sound: float(sum(sound in one.began for one in quiet)) for sound in claimed
        },
    }


def _accuracy(judged: Sequence[Judged], sounds: Sequence[str]) -> float:
    return _share(sounds[one.best()] == one.row.sound for one in judged)


def _share(answers: Iterable[bool]) -> float:
    """How many of some answers are yes; 0 where there are none."""
    every = list(answers)
    return sum(every) / max(1, len(every))


def _recalls(told: Sequence[Told], sounds: dict[str, str]) -> dict[str, float]:
    """Of the clips of each sound, the share in which a node tells it."""
    found: dict[str, list[bool]] = {}
    for one in told:
        sound = sounds[one.clip.name]
        if sound != BACKGROUND:
            found.setdefault(sound, []).append(sound in one.began)
    return {sound: _share(hits) for sound, hits in sorted(found.items())}
