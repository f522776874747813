"""What the exported bundle hears on fold 5, through the node's own classifier and ear."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from contract.catalogue import BACKGROUND
from node.bundle import Manifest, load
from node.classifier import Classifier
from node.spectra import Floats
from training.card import card
from training.datasets.clip import Clip
from training.datasets.synthetic import emergency_clips
from training.examples import TEST_FOLD, Examples, Row
from training.figures import wilson
from training.hearing import (
    Heard,
    background_frames,
    between_quiet,
    hear,
    reached,
    scores_of,
    truth,
)
from training.manifest import write
from training.recipe import Picture, Recipe
from training.told import RECORDED, Figure, is_emergency, listen, node_figures, share_of
from training.windows import windows

RESAMPLES = 500
"""Of the clips, for the 95 % interval of a mean F1 (B. Efron 1979: the bootstrap)."""
SPEECH = "speech/word"
SPEECH_BELOW_DB = (0.0, 10.0)
"""How far speech lies below the sound that must be heard in spite of it."""
EMERGENCY_CLIPS = 500

Bits = NDArray[np.bool_]

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
    heard: Bits

    def best(self) -> int:
        """Return the sound with the highest mean score over the windows that hold something."""
        return int(self.scores[self.heard].mean(axis=0).argmax())


def evaluate(recipe: Recipe, examples: Examples, clips: Sequence[Clip], out: Path) -> None:
    """Measure the bundle on fold 5 and write the figures into its manifest and card.md.

    Args:
        recipe: Of the run.
        examples: Pictures of the same clips.
        clips: Their `sound` as the recipe means it.
        out: The bundle.
    """
    bundle = load(out)
    classifier = Classifier(bundle)
    asked = [clip for clip in clips if clip.fold == TEST_FOLD]
    heard = hear(classifier, asked)
    limits = thresholds(bundle.manifest, classifier.sounds)
    count = max(1, round(EMERGENCY_CLIPS * recipe.computed_share))
    emergencies = hear(
        classifier,
        [
            clip
            for clip in emergency_clips(recipe.run.seed, TEST_FOLD, count=count)
            if clip.sound in recipe.sounds
        ],
    )
    told = [listen(classifier, clip) for clip in asked]
    measured = (
        _accuracies(_judge(classifier, recipe.picture, examples), classifier.sounds)
        | _f1(heard, classifier.sounds, limits)
        | _emergencies(emergencies, classifier.sounds, limits)
        | _background(heard, classifier.sounds, limits)
        | _during_speech(classifier, asked, limits)
        | node_figures(told)
    )
    metrics = {
        name: figure
        for name, figure in bundle.manifest.metrics.items()
        if name.startswith(("int8_", "macro_f1_at_"))
    } | {name: _rounded(one) for name, one in measured.items()}
    proven = {clip.sound for clip in asked if clip.real}
    unproven = tuple(sound for sound in recipe.sounds if sound not in proven)
    manifest = msgspec.structs.replace(bundle.manifest, metrics=metrics, unproven=unproven)
    write(out, manifest)
    (out / "card.md").write_text(card(manifest), encoding="utf-8")
    for name, figure in metrics.items():
        log.info("evaluate: %s %s", name, figure)


def thresholds(manifest: Manifest, sounds: Sequence[str]) -> Floats:
    """Return each sound's threshold, shape (sounds,); background has none that can be reached."""
    return np.array(
        [2.0 if sound == BACKGROUND else manifest.threshold(sound).on for sound in sounds],
        np.float32,
    )


def mean_f1(said: Bits, holds: Bits) -> float:
    """Return the mean F1 of the sounds that some clip holds.

    Args:
        said: Which sounds reached their thresholds, shape (clips, sounds).
        holds: Which sounds are there, shape (clips, sounds).
    """
    there = holds.any(axis=0)
    hits, both = (said & holds).sum(axis=0), said.sum(axis=0) + holds.sum(axis=0)
    return float(np.mean((2.0 * hits / np.maximum(1, both))[there])) if there.any() else 0.0


def _rounded(figure: Figure) -> Figure:
    """More digits would claim more than so few clips can tell."""
    if isinstance(figure, dict):
        return {name: round(value, 4) for name, value in figure.items()}
    return round(figure, 4)


def _judge(classifier: Classifier, picture: Picture, examples: Examples) -> list[Judged]:
    """Let a bundle judge every window of every clip of the fold that tests."""
    judged = []
    for row in examples.fold(TEST_FOLD):
        pictures, heard = windows(examples.of(row), picture)
        scores = np.stack([classifier.scores(picture) for picture in pictures])
        judged.append(Judged(row, scores, heard))
    return judged


def _accuracies(judged: Sequence[Judged], sounds: Sequence[str]) -> dict[str, Figure]:
    """How often the best sound is the right one, recordings and computed clips apart."""
    recorded = [one for one in judged if one.row.name.startswith(RECORDED)]
    claimed = [one for one in recorded if one.row.sound != BACKGROUND]
    computed = [one for one in judged if one.row.name.startswith("synthetic/")]
    return {
        "recorded_clip_accuracy": _accuracy(claimed, sounds),
        "recorded_clips": float(len(claimed)),
        "recorded_clip_accuracy_with_background": _accuracy(recorded, sounds),
        "computed_clip_accuracy": _accuracy(computed, sounds),
        "computed_clips": float(len(computed)),
    }


def _f1(heard: Sequence[Heard], sounds: Sequence[str], limits: Floats) -> dict[str, Figure]:
    """Macro F1 and recalls of recordings and computed clips, each beside all background clips."""
    figures: dict[str, Figure] = {}
    for name, is_real in (("recorded", True), ("computed", False)):
        asked = [h for h in heard if h.clip.sound == BACKGROUND or h.clip.real == is_real]
        said, holds = reached(asked, limits), truth(asked, sounds)
        figures[f"{name}_macro_f1"] = mean_f1(said, holds)
        low, high = _interval(said, holds)
        figures |= {f"{name}_macro_f1_low": low, f"{name}_macro_f1_high": high}
        claimed = [i for i, sound in enumerate(sounds) if sound != BACKGROUND and holds[:, i].any()]
        hits = {i: int((said & holds)[:, i].sum()) for i in claimed}
        counts = {i: int(holds[:, i].sum()) for i in claimed}
        figures[f"{name}_f1"] = {
            sounds[i]: 2.0 * hits[i] / max(1, int(said[:, i].sum()) + counts[i]) for i in claimed
        }
        figures[f"{name}_clips_of"] = {sounds[i]: float(counts[i]) for i in claimed}
        figures[f"{name}_reached"] = {sounds[i]: hits[i] / counts[i] for i in claimed}
    return figures


def _emergencies(
    heard: Sequence[Heard], sounds: Sequence[str], limits: Floats
) -> dict[str, Figure]:
    """Of emergencies computed out of other ranges, how many are heard: share and 95 % interval."""
    said, holds = reached(heard, limits), truth(heard, sounds)
    recall: dict[str, float] = {}
    low: dict[str, float] = {}
    for index, sound in enumerate(sounds):
        if holds[:, index].any():
            hits, of = int((said & holds)[:, index].sum()), int(holds[:, index].sum())
            recall[sound], low[sound] = hits / of, wilson(hits, of)[0]
    return {"emergency_recall_of_500": recall, "emergency_recall_of_500_low": low}


def _background(heard: Sequence[Heard], sounds: Sequence[str], limits: Floats) -> dict[str, Figure]:
    """Share of background windows that reach a threshold, by sound and by kind of background."""
    shares: dict[str, float] = {}
    for index, sound in enumerate(sounds):
        if sound != BACKGROUND:
            quiet = background_frames(heard, sound)
            scores = np.concatenate([heard[one].scores[:, index] for one in quiet])
            shares[sound] = float(np.mean(scores >= limits[index]))
    quiet_clips = [one for one in heard if one.clip.sound == BACKGROUND]
    urgent = [i for i, s in enumerate(sounds) if is_emergency(s)]
    kinds = sorted({one.clip.label for one in quiet_clips})
    by_kind = {
        kind: float(
            np.mean(
                np.concatenate(
                    [
                        (one.scores[:, urgent] >= limits[urgent]).any(axis=1)
                        for one in quiet_clips
                        if one.clip.label == kind
                    ]
                )
            )
        )
        for kind in kinds
    }
    return {
        "background_windows": float(sum(len(one.scores) for one in quiet_clips)),
        "false_windows": shares,
        "false_emergency_windows_by_kind": {
            kind: share for kind, share in by_kind.items() if share
        },
    }


def _during_speech(
    classifier: Classifier, asked: Sequence[Clip], limits: Floats
) -> dict[str, Figure]:
    """Share of recordings that are still heard while somebody speaks, 0 to 10 dB below them."""
    words = [clip for clip in asked if clip.label == SPEECH]
    claimed = [clip for clip in asked if clip.real and clip.sound != BACKGROUND]
    if not words or not claimed:
        return {}
    random, hits = np.random.default_rng(0), []
    for clip in claimed:
        sound = clip.samples()
        spoken = np.resize(words[int(random.integers(len(words)))].samples(), len(sound))
        below_db = random.uniform(*SPEECH_BELOW_DB)
        mixed = sound + gain_to(spoken, sound, -below_db) * spoken
        peaks = scores_of(classifier, between_quiet(mixed)).max(axis=0)
        index = classifier.sounds.index(clip.sound)
        hits.append(bool(peaks[index] >= limits[index]))
    return {"recorded_reached_during_speech": share_of(hits)}


def gain_to(noise: Floats, sound: Floats, db: float) -> np.float32:
    """Return what brings a noise to so many dB of a sound, by the RMS of what is not silent."""
    return np.float32(10.0 ** (db / 20.0) * _rms(sound) / max(1e-9, _rms(noise)))


def _rms(samples: Floats) -> float:
    loud = samples[np.abs(samples) > 1e-4 * max(1e-9, float(np.abs(samples).max()))]
    return float(np.sqrt(np.mean(np.square(loud, dtype=np.float64)))) if len(loud) else 0.0


def _interval(said: Bits, holds: Bits) -> tuple[float, float]:
    """The middle 95 % of the mean F1 over clips drawn again and again."""
    random, count = np.random.default_rng(0), len(said)
    drawn = [random.integers(count, size=count) for _ in range(RESAMPLES)]
    low, high = np.quantile([mean_f1(said[some], holds[some]) for some in drawn], (0.025, 0.975))
    return float(low), float(high)


def _accuracy(judged: Sequence[Judged], sounds: Sequence[str]) -> float:
    return share_of(sounds[one.best()] == one.row.sound for one in judged)
