"""The simplest rival on ESC-50: a straight line through YAMNet's embeddings of whole clips."""

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from node.spectra import Floats
from training.datasets.clip import FOLDS, SAMPLE_RATE_HZ
from training.folds import clips
from training.teacher import FILE, WINDOW_SAMPLES, Teacher

HOP_SAMPLES = SAMPLE_RATE_HZ // 4
INVERSE_PENALTY = 0.003
"""Of ten values from 0.0003 to 1 about the best on these folds: the rival gets its best."""


def accuracies(data: Path) -> list[float]:
    """Return the share of clips that it names rightly, one number a fold.

    Args:
        data: Holds esc50/ and yamnet/.
    """
    found = clips(data)
    teacher = Teacher(data / FILE)
    heard = np.stack([_described(teacher, clip.samples()) for clip in found])
    named = np.array([clip.sound for clip in found])
    folds = np.array([clip.fold for clip in found])
    line = make_pipeline(StandardScaler(), LogisticRegression(C=INVERSE_PENALTY, max_iter=300))
    return [
        float(
            line.fit(heard[folds != fold], named[folds != fold]).score(
                heard[folds == fold], named[folds == fold]
            )
        )
        for fold in range(1, FOLDS + 1)
    ]


def _described(teacher: Teacher, samples: Floats) -> Floats:
    """Mean and highest of the embeddings over the clip, shape (2048,)."""
    padded = np.pad(samples, (0, max(0, WINDOW_SAMPLES - len(samples))))
    starts = range(0, len(padded) - WINDOW_SAMPLES + 1, HOP_SAMPLES)
    windows = np.stack(
        [teacher.embedding(padded[start : start + WINDOW_SAMPLES]) for start in starts]
    ).astype(np.float32)
    return np.concatenate((windows.mean(axis=0), windows.max(axis=0)))
