"""The figures by which a network is judged."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from node.spectra import Floats

Classes = NDArray[np.int32]
Z95 = 1.959964
"""The normal deviate with 2.5 % of the mass above it."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Precision, recall and F1 of one class, or a mean of all."""

    precision: float
    recall: float
    f1: float
    count: int


@dataclass(frozen=True, slots=True)
class Figures:
    """How well classes were told apart.

    Attributes:
        accuracy: Share that was named rightly.
        macro: Each class counts alike.
        weighted: Each class counts by its frames.
        classes: One a class.
        confusion: Rows are what it was, columns what was named, shape (classes, classes).
    """

    accuracy: float
    macro: Scores
    weighted: Scores
    classes: tuple[Scores, ...]
    confusion: NDArray[np.int64]


def figures(truth: Classes, named: Classes, classes: int) -> Figures:
    """Compare what was named with what it was; a class that is in neither counts nowhere.

    Args:
        truth: Shape (n,).
        named: Shape (n,).
        classes: How many there are.
    """
    every = np.arange(classes)
    there = np.union1d(truth, named)
    precision, recall, f1, count = precision_recall_fscore_support(
        truth, named, labels=every, zero_division=0.0
    )
    rows = tuple(
        Scores(float(p), float(r), float(f), int(n))
        for p, r, f, n in zip(precision, recall, f1, count, strict=True)
    )
    return Figures(
        accuracy=float(accuracy_score(truth, named)),
        macro=_mean(rows, np.isin(every, there).astype(np.float32)),
        weighted=_mean(rows, np.asarray(count, np.float32)),
        classes=rows,
        confusion=np.asarray(confusion_matrix(truth, named, labels=every), np.int64),
    )


def macro_f1(truth: Classes, named: Classes) -> float:
    """Return the mean F1 of the classes that are there."""
    return figures(truth, named, 1 + int(max(truth.max(), named.max()))).macro.f1


def by_clip(scores: Floats, clips: Classes, labels: Classes) -> tuple[Classes, Classes]:
    """Return what each clip is, and what the mean of its frames' scores names.

    Args:
        scores: Shape (frames, classes).
        clips: Which clip a frame is of, shape (frames,).
        labels: Class of each frame, shape (frames,).
    """
    every, first = np.unique(clips, return_index=True)
    named = [int(scores[clips == one].mean(axis=0).argmax()) for one in every]
    return labels[first], np.array(named, np.int32)


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (E. B. Wilson 1927): it holds for few cases, too.

    Args:
        hits: How often it came out well.
        of: Out of how many; of none all is possible.

    Returns:
        The lowest and the highest share, 0..1.
    """
    if of == 0:
        return 0.0, 1.0
    share, square = hits / of, Z95**2 / of
    middle = (share + square / 2.0) / (1.0 + square)
    reach = Z95 / (1.0 + square) * float(np.sqrt(share * (1.0 - share) / of + square / (4.0 * of)))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _mean(rows: Sequence[Scores], weights: Floats) -> Scores:
    def mean(values: list[float]) -> float:
        return float(np.average(values, weights=weights))

    return Scores(
        mean([row.precision for row in rows]),
        mean([row.recall for row in rows]),
        mean([row.f1 for row in rows]),
        sum(row.count for row in rows),
    )
