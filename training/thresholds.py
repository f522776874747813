"""When a sound counts as heard, chosen on fold 4: almost never on background, else by F1."""

import logging
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from node.bundle import Threshold, load
from node.classifier import Classifier
from node.spectra import Floats
from training.datasets.clip import Clip
from training.datasets.synthetic import emergency_clips
from training.examples import THRESHOLD_FOLD
from training.hearing import Heard, background_frames, hear
from training.manifest import write
from training.recipe import Choice, Recipe
from training.told import is_emergency

OFF_SHARE = 0.6
"""A sound may end below this share of its threshold."""

EMERGENCY_RECALL_WEIGHT = 4.0
"""F2: a missed alarm is worse than a false one, but who hears of fire daily stops believing it."""

NEARLY = 0.01
"""So few clips cannot tell thresholds apart whose F differs by less; the lower one misses less."""

COMPUTED, MAY_MISS = 500, 0.012
"""Of so many computed emergencies at most this share stays below it, where background lets it:
two counts of 500 that miss about 2 % differ with a standard error of 0.9 %, so that another count
stays below the goal of 3 % in 19 of 20 cases."""

Bits = NDArray[np.bool_]

log = logging.getLogger(__name__)


def set_thresholds(recipe: Recipe, clips: Sequence[Clip], out: Path) -> None:
    """Choose each sound's threshold on fold 4 and write them into the manifest.

    The rule: the lowest that at most `false_frames` of the background's windows reach, and within
    `lowest_on` and `highest_on`. It may be higher: where the fold's clips are told apart best, by
    F1, or by F2 for an emergency, whose recall counts four times as much as its precision, and
    for which other emergencies are left out. But an emergency's is not above what nearly all of the
    computed ones reach whose numbers lie between and beyond those that taught.

    Args:
        recipe: Its sounds, as the bundle's, and its choice.
        clips: Their `sound` as the recipe means it.
        out: The bundle.
    """
    bundle = load(out)
    classifier = Classifier(bundle)
    heard = hear(classifier, [clip for clip in clips if clip.fold == THRESHOLD_FOLD])
    urgent = {sound for sound in recipe.sounds if is_emergency(sound)}
    beyond = hear(classifier, [clip for clip in _emergencies(recipe) if clip.sound in urgent])
    thresholds = {}
    for sound, rule in recipe.sounds.items():
        index = classifier.sounds.index(sound)
        if sound in urgent:
            others = urgent - {sound}  # one emergency that is called another is no false alarm
            asked = [one for one in heard if one.clip.sound not in others]
            on = emergency(asked, beyond, sound, index, recipe.choice)
        else:
            on = ordinary(heard, sound, index, recipe.choice)
        thresholds[sound] = Threshold(
            on=round(on, 3),
            off=round(OFF_SHARE * on, 3),
            hold_s=rule.hold_s,
            shortest_s=rule.shortest_s,
            again_s=rule.again_s,
        )
        log.info("thresholds: %s %.3f", sound, on)
    write(out, msgspec.structs.replace(bundle.manifest, thresholds=thresholds))


def ordinary(heard: Sequence[Heard], sound: str, index: int, choice: Choice) -> float:
    """Return the threshold of a sound of which a false alarm is as bad as a miss."""
    return _best(heard, sound, index, choice, recall_weight=1.0)


def emergency(
    heard: Sequence[Heard], beyond: Sequence[Heard], sound: str, index: int, choice: Choice
) -> float:
    """Return the threshold of an emergency.

    Args:
        heard: The fold's clips, without other emergencies.
        beyond: Computed emergencies out of wider ranges than any that taught.
        sound: Which.
        index: Its place among the outputs.
        choice: The rule's numbers.
    """
    on = _best(heard, sound, index, choice, recall_weight=EMERGENCY_RECALL_WEIGHT)
    least = lowest(heard, sound, index, choice)
    return max(least, min(on, reached_by_most(beyond, sound, index)))


def _best(
    heard: Sequence[Heard], sound: str, index: int, choice: Choice, *, recall_weight: float
) -> float:
    peaks = np.array([one.peaks[index] for one in heard])
    holds = np.array([one.clip.sound == sound for one in heard])
    least = lowest(heard, sound, index, choice)
    most = choice.highest_on
    return best(peaks, holds, least=least, most=most, recall_weight=recall_weight)


def _emergencies(recipe: Recipe) -> list[Clip]:
    """List the computed emergencies that tell how low a threshold must be."""
    return emergency_clips(
        recipe.run.seed, THRESHOLD_FOLD, count=max(1, round(COMPUTED * recipe.computed_share))
    )


def reached_by_most(heard: Sequence[Heard], sound: str, index: int) -> float:
    """Return the score that all but `MAY_MISS` of an emergency's clips reach; 1 without clips."""
    peaks = np.sort([one.peaks[index] for one in heard if one.clip.sound == sound])
    return float(peaks[int(MAY_MISS * len(peaks))]) if len(peaks) else 1.0


def lowest(heard: Sequence[Heard], sound: str, index: int, choice: Choice) -> float:
    """Return the lowest threshold that so few background windows reach."""
    scores = np.concatenate(
        [heard[one].scores[:, index] for one in background_frames(heard, sound)] or [np.zeros(1)]
    )
    may = int(choice.false_frames * len(scores))
    highest_wrong = float(np.sort(scores)[::-1][min(may, len(scores) - 1)])
    above = np.nextafter(np.float32(highest_wrong), np.float32(2.0)) + choice.least_step
    return float(min(max(above, choice.lowest_on), choice.highest_on))


def best(peaks: Floats, holds: Bits, *, least: float, most: float, recall_weight: float) -> float:
    """Return the lowest threshold in least..most whose F measure is nearly the best.

    Only the least and what lies midway between two clips' scores are asked: clips that are told
    apart are told apart with room to both sides.

    Args:
        peaks: A sound's highest score in each clip, shape (clips,).
        holds: Whether the clip holds it, shape (clips,).
        least: The lowest to try.
        most: The highest.
        recall_weight: How much recall counts beside precision, the square of F's beta.
    """
    within = peaks[(peaks > least) & (peaks < most)]
    edges = np.unique(np.concatenate(([least], within, [most])))
    tried = np.concatenate(([least], (edges[1:] + edges[:-1]) / 2.0))
    passes = peaks >= tried[:, None]
    hits, said = passes @ holds.astype(np.intp), passes.sum(axis=1)
    f = (1.0 + recall_weight) * hits / np.maximum(1.0, said + recall_weight * holds.sum())
    return float(tried[np.flatnonzero(f >= f.max() - NEARLY)[0]])
