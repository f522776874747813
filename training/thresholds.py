"""When a sound counts as heard, chosen on fold 4: by how often an hour it may be told wrongly."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np

from contract.catalogue import BACKGROUND, catalogue
from node.bundle import Threshold, load
from node.classifier import Classifier
from training.datasets.clip import Clip
from training.examples import THRESHOLD_FOLD
from training.manifest import write
from training.quiet import PIECE_S, Piece, false_alerts, pieces
from training.recipe import Choice, Recipe, Rule

OFF_SHARE = 0.6
"""A sound may end below this share of its threshold."""
STEPS = 32
"""Thresholds that are tried, evenly spaced as log odds."""
QUIET_RULE = Rule()
"""Of background, which is never told."""

log = logging.getLogger(__name__)


def set_thresholds(recipe: Recipe, clips: Sequence[Clip], out: Path) -> None:
    """Choose each sound's threshold on fold 4 and write them into the manifest.

    The rule: the lowest with which a node's detector, while the fold's clips are played without its
    emergencies, tells the sound no more often where it is not than its urgency allows.

    Args:
        recipe: Its sounds, as the bundle's, and its choice.
        clips: Their `sound` as the recipe means it.
        out: The bundle.
    """
    bundle = load(out)
    classifier, choice = Classifier(bundle), recipe.choice
    asked = [clip for clip in clips if clip.fold == THRESHOLD_FOLD]
    heard = list(pieces(classifier, asked, hours=choice.hours, seed=recipe.run.seed))
    tried = _tried(choice)
    false = [_false(heard, classifier.sounds, _rules(recipe, on)) for on in tried]
    thresholds = {}
    for sound in recipe.sounds:
        hours = len(heard) * PIECE_S / 3600.0
        may = choice.false_an_hour[catalogue().get(sound).urgency] * hours
        on = lowest(tried, [counts[sound] for counts in false], may)
        thresholds[sound] = _rules(recipe, on)[sound]
        log.info("thresholds: %s %.3f", sound, on)
    write(out, msgspec.structs.replace(bundle.manifest, thresholds=thresholds))


def lowest(tried: Sequence[float], false: Sequence[int], may: float) -> float:
    """Return the lowest threshold from which on so few are false, else the highest.

    Args:
        tried: Thresholds, rising.
        false: What each lets pass.
        may: So many at most.
    """
    fitting = [max(false[place:]) <= may for place in range(len(tried))]
    return tried[fitting.index(True)] if any(fitting) else tried[-1]


def _tried(choice: Choice) -> list[float]:
    least, most = (np.log(on / (1.0 - on)) for on in (choice.lowest_on, choice.highest_on))
    odds = np.linspace(least, most, STEPS)
    return [round(float(on), 3) for on in 1.0 / (1.0 + np.exp(-odds))]


def _rules(recipe: Recipe, on: float) -> dict[str, Threshold]:
    """The same threshold for every sound."""
    rules = {**recipe.sounds, BACKGROUND: QUIET_RULE}
    return {
        sound: Threshold(
            on=on,
            off=round(OFF_SHARE * on, 3),
            hold_s=rule.hold_s,
            shortest_s=rule.shortest_s,
            again_s=rule.again_s,
        )
        for sound, rule in rules.items()
    }


def _false(
    heard: Sequence[Piece], sounds: Sequence[str], rules: Mapping[str, Threshold]
) -> Counter[str]:
    return sum((false_alerts(piece, sounds, rules) for piece in heard), start=Counter())
