"""How much better figures look where frames of one recording teach and judge."""

import logging
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from training.balance import Split, split, split_by_frame
from training.experiment import Experiment, Network
from training.figures import figures
from training.fit import fit, said
from training.report import BATCH, opened
from training.shards import Shards

SMALL = Network(kind="small")
"""Quick to teach; the leak is the data's, not the network's."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Leak:
    """Shares of test frames named rightly by two networks that differ in their split alone."""

    by_recording: float
    by_frame: float
    frames: int


def leak(experiment: Experiment, frames: Shards, folder: Path) -> Leak:
    """Teach the same small network twice, as long, and judge it by as many frames.

    Args:
        experiment: Its data, balance and learning.
        frames: All frames.
        folder: Gets both runs; what is done is not done again.
    """
    wanted = msgspec.structs.replace(experiment, network=SMALL)
    random = np.random.default_rng(experiment.learning.seed)
    fair = split(frames, experiment.data)
    mixed = split_by_frame(frames, experiment.data, random)
    return Leak(
        _accuracy(wanted, frames, fair, folder / "by-recording"),
        _accuracy(wanted, frames, mixed, folder / "by-frame"),
        len(fair.test),
    )


def _accuracy(experiment: Experiment, frames: Shards, parts: Split, folder: Path) -> float:
    fit(experiment, frames, parts, folder)
    network, normal = opened(folder, frames.classes)
    named = said(network, normal, frames, parts.test, BATCH).argmax(axis=1).astype(np.int32)
    found = figures(frames.labels[parts.test], named, len(frames.classes)).accuracy
    log.info("leak: %s %.4f", folder.name, found)
    return found
