"""How well thresholds from half of fold 4 serve its other half, by the blur of its clips."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np
from msgspec.structs import replace

from bench.table import Table
from node.bundle import load
from node.classifier import Classifier
from training.evaluate import mean_f1
from training.examples import THRESHOLD_FOLD
from training.hearing import Heard, hear, reached, truth
from training.recipe import Choice
from training.run import Run
from training.thresholds import ordinary

BUNDLE = Path(__file__).parent.parent / "models" / "household"
BLURS = (0.01, 0.125, 0.25, 0.5, 1.0)
"""Of a clip's logit; the first is none but in name."""
SPLITS = 16


def measure() -> Table:
    """Choose on one half of the recordings, judge by the other, and the other way round."""
    run = Run("household", Path(os.environ["SORIBIT_DATA"]), runs=Path(), out=BUNDLE, workers=1)
    classifier = Classifier(load(BUNDLE))
    asked = [clip for clip in run.clips if clip.real and clip.fold == THRESHOLD_FOLD]
    halves = list(_halves(hear(classifier, asked)))
    found = {
        blur: [
            _f1(*half, classifier.sounds, replace(run.recipe.choice, blur=blur)) for half in halves
        ]
        for blur in BLURS
    }
    return Table(
        title="Thresholds from few recordings",
        command="SORIBIT_DATA=... make bench ARGS=thresholds",
        columns=("blur", "median macro F1 of the other half", "lowest", "better than unblurred"),
        rows=tuple(_row(blur, scores, found[BLURS[0]]) for blur, scores in found.items()),
        notes=(
            f"{len(halves)} choices on halves of fold 4's {len(asked)} clips, parted by recording;"
            " the shipped network, every sound's threshold by F1. Fold 5 has no part in it.",
            "Half of so small a fold decides little: differences below 0.02 are chance.",
        ),
    )


def _halves(heard: Sequence[Heard]) -> Iterator[tuple[list[Heard], list[Heard]]]:
    """Part the recordings at random, and take each half to choose by."""
    sources = sorted({one.clip.source for one in heard})
    for seed in range(SPLITS):
        mixed = np.random.default_rng(seed).permutation(sources)
        first = set(mixed[: len(mixed) // 2])
        parts = [[one for one in heard if (one.clip.source in first) is it] for it in (True, False)]
        yield parts[0], parts[1]
        yield parts[1], parts[0]


def _f1(
    chosen: Sequence[Heard], judged: Sequence[Heard], sounds: Sequence[str], choice: Choice
) -> float:
    limits = [ordinary(chosen, sound, index, choice) for index, sound in enumerate(sounds)]
    return mean_f1(reached(judged, np.array(limits, np.float32)), truth(judged, sounds))


def _row(blur: float, scores: Sequence[float], unblurred: Sequence[float]) -> tuple[str, ...]:
    better = sum(one > other for one, other in zip(scores, unblurred, strict=True))
    return f"{blur:g}", f"{median(scores):.3f}", f"{min(scores):.3f}", f"{better} of {len(scores)}"
