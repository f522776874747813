"""The paper's 363-class network, built for its sizes alone: HDF5 with and without, five kinds."""

import logging
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np

from training.convert import KINDS, convert
from training.networks import resnet50
from training.optimizer import adamw

CLASSES = 363
SHAPE = (63, 128)
FRAMES = 4
"""Random calibration is enough where only the size counts."""
WITHIN = 0.05
PAPER_MB = {
    "HDF5 with the optimizer": 285.34,
    "float32": 94.75,
    "float16": 47.42,
    "dynamic": 24.40,
    "int8-float-io": 24.59,
    "int8": 24.59,
}
"""The paper's Table 2."""

log = logging.getLogger(__name__)


def sizes(classes: int = CLASSES) -> dict[str, float]:
    """Return the size of each file of a network with random weights, in MB of 1,000,000 bytes.

    Args:
        classes: How many it tells apart; the paper has 363.
    """
    network = resnet50.build(SHAPE, classes)
    noise = np.random.default_rng(0).standard_normal((FRAMES, *SHAPE, 1)).astype(np.float32)
    with TemporaryDirectory() as folder:
        found = {"HDF5 without the optimizer": _saved(network, Path(folder) / "without.h5")}
        network.compile(adamw(network, steps=1, learning_rate=1e-3, weight_decay=0.0))
        found["HDF5 with the optimizer"] = _saved(network, Path(folder) / "with.h5")
    for kind in KINDS:
        found[kind] = len(convert(network, kind, noise)) / 1e6
        log.info("sizes: %s %.2f MB", kind, found[kind])
    return found


def _saved(network: keras.Model, path: Path) -> float:
    network.save(path)
    return path.stat().st_size / 1e6
