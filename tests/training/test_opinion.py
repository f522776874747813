"""The teacher's opinion is of what can be heard, and of nobody who saw the scene before."""

import numpy as np
import pytest
from numpy.typing import NDArray

from training.opinion import opinions
from training.pool import Pool

SCENES, NUMBERS, STEPS = 600, 24, 300
HEARD, OTHER, ONLY_IN_3 = 0, 1, 2


def made(labels: NDArray[np.intp], folds: NDArray[np.uint8]) -> Pool:
    """Scenes whose embeddings show their labels plainly."""
    random = np.random.default_rng(1)
    taught = random.integers(0, 40, (len(labels), NUMBERS)).astype(np.uint8)
    taught[np.arange(len(labels)), labels] = 200
    targets = np.eye(3, dtype=np.float16)[labels]
    return Pool(np.zeros((len(labels), 1, 1), np.float16), targets, taught, folds)


@pytest.fixture(scope="module")
def folds() -> NDArray[np.uint8]:
    return np.repeat(np.array([1, 2, 3], np.uint8), SCENES // 3)


@pytest.mark.parametrize("is_exclusive", [True, False])
def test_a_label_that_the_teacher_cannot_hear_is_doubted(
    folds: NDArray[np.uint8], is_exclusive: bool
) -> None:
    pool = made(np.arange(SCENES) % 2, folds)
    lied = np.arange(0, SCENES, 20)
    pool.targets[lied] = [0.0, 1.0, 0.0]  # they sound like the first all the same
    said = opinions(pool, is_exclusive=is_exclusive, seed=1, steps=STEPS)
    assert said.shape == pool.targets.shape
    honest = np.setdiff1d(np.arange(SCENES), lied)
    assert (said[honest].argmax(axis=1) == honest % 2).mean() > 0.97
    assert (said[lied, HEARD] > 0.5).mean() > 0.9
    assert (said[lied, OTHER] < 0.5).mean() > 0.9
    if is_exclusive:
        assert said.sum(axis=1) == pytest.approx(1.0, abs=0.01)


def test_opinion_comes_of_other_folds_alone(folds: NDArray[np.uint8]) -> None:
    labels = np.where(folds == 3, ONLY_IN_3, np.arange(SCENES) % 2)
    said = opinions(made(labels, folds), is_exclusive=False, seed=1, steps=STEPS)
    assert (said[folds == 3, ONLY_IN_3] < 0.1).all()


def test_same_seed_gives_the_same_opinions(folds: NDArray[np.uint8]) -> None:
    pool = made(np.arange(SCENES) % 2, folds)
    first, second = (opinions(pool, is_exclusive=False, seed=4, steps=STEPS) for _ in range(2))
    assert (first == second).all()
