"""What choosing each sound's threshold on few recordings is worth on other recordings."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

import numpy as np

from bench.table import Table
from node.bundle import load
from node.classifier import Classifier
from training.evaluate import mean_f1
from training.examples import THRESHOLD_FOLD
from training.hearing import Heard, hear, reached, truth
from training.run import Run
from training.thresholds import ordinary

BUNDLE = Path(__file__).parent.parent / "models" / "household"
COMMON = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
SPLITS = 16


def measure() -> Table:
    """Choose on one half of the recordings, judge by the other, and the other way round."""
    run = Run("household", Path(os.environ["SORIBIT_DATA"]), runs=Path(), out=BUNDLE, workers=1)
    classifier, choice = Classifier(load(BUNDLE)), run.recipe.choice
    asked = [clip for clip in run.clips if clip.real and clip.fold == THRESHOLD_FOLD]
    halves = list(_halves(hear(classifier, asked)))
    sounds = classifier.sounds

    def f1(judged: Sequence[Heard], thresholds: Sequence[float]) -> float:
        said = reached(judged, np.array(thresholds, np.float32))
        return mean_f1(said, truth(judged, sounds))

    own = [
        f1(judged, [ordinary(chosen, sound, at, choice) for at, sound in enumerate(sounds)])
        for chosen, judged in halves
    ]
    same = {limit: [f1(judged, [limit] * len(sounds)) for _, judged in halves] for limit in COMMON}
    return Table(
        title="Thresholds from few recordings",
        command="SORIBIT_DATA=... make bench ARGS=thresholds",
        columns=("threshold", "median macro F1 of the other half", "lowest", "better than its own"),
        rows=(
            ("each sound its own", f"{median(own):.3f}", f"{min(own):.3f}", ""),
            *(_row(limit, scores, own) for limit, scores in same.items()),
        ),
        notes=(
            f"{len(halves)} choices on halves of fold 4's {len(asked)} clips, parted by recording;"
            " the shipped network, every sound's threshold by F1. Fold 5 has no part in it.",
            f"Half of so small a fold decides little: the middle half of the first row's {len(own)}"
            f" figures spans {np.quantile(own, 0.75) - np.quantile(own, 0.25):.3f}.",
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


def _row(limit: float, scores: Sequence[float], own: Sequence[float]) -> tuple[str, ...]:
    better = sum(one > other for one, other in zip(scores, own, strict=True))
    told = f"{better} of {len(own)}"
    return f"{limit:g} for all", f"{median(scores):.3f}", f"{min(scores):.3f}", told
