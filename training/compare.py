"""The paper's Table 2 for our networks: size, time and macro F1 of each kind, in one run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import keras
import numpy as np
from numpy.typing import NDArray

from contract.errors import AudioError
from node.bundle import Bundle, LogMelInput, load
from node.classifier import Classifier
from node.spectra import Floats
from training.convert import KINDS
from training.data import class_of
from training.datasets.clip import Clip
from training.experiment import Experiment
from training.figures import macro_f1
from training.frames import heard
from training.kinds import FOLDER
from training.report import opened
from training.train import NETWORK, Normal

TIMED = 40
"""Frames by which time is taken; each network judges each in turn, so that all share the noise."""
PAPER = {
    "HDF5": (285.34, 1.1509, 0.879),
    "float32": (94.75, 0.5975, None),
    "int8-float-io": (24.59, 0.6287, 0.2831),
    "int8": (24.59, 0.6303, 0.0001),
    "float16": (47.42, 0.5851, None),
    "dynamic": (24.40, 0.6308, None),
}
"""The paper's Table 2, its figures as they are known to us: MB, seconds, F1."""

Judge = Callable[[Floats], Floats]
"""From the 2 s of samples of one frame to one number a class."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Frames that judge: the samples of each, shape (window,), and its class."""

    samples: Sequence[Floats]
    labels: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Line:
    """One network in one kind."""

    network: str
    kind: str
    file_bytes: int
    median_ms: float
    f1: float
    agreement: float | None
    """Share of frames named as the HDF5 names them; of another network there is none."""


def frames_of(experiment: Experiment, clips: Sequence[Clip], classes: Sequence[str]) -> Heard:
    """Cut the recordings of the folds that judge; those that cannot be read are left out."""
    samples, labels = [], []
    for clip in clips:
        if clip.fold not in experiment.data.test:
            continue
        try:
            frames = heard(clip.samples(), experiment.picture.window_s, experiment.frames.stride_s)
        except AudioError:
            continue
        samples += frames
        labels += [list(classes).index(class_of(clip))] * len(frames)
    return Heard(samples, np.array(labels, np.int32))


def compare(
    folder: Path, classes: Sequence[str], frames: Heard, others: Sequence[Path]
) -> list[Line]:
    """Measure the HDF5 and the five kinds of a run, and other bundles with the same classes.

    Args:
        folder: Of the run.
        classes: Its classes.
        frames: What judges.
        others: Folders of bundles whose labels are these classes.
    """
    network, normal = opened(folder, classes)
    places = [folder / FOLDER / kind for kind in KINDS]
    bundles = [load(place) for place in [*places, *others]]
    judges = [_keras(network, normal, bundles[0]), *(_bundle(one) for one in bundles)]
    paths = [folder / NETWORK, *(one.model_path for one in bundles)]
    names = [("HDF5", folder.name), *((_kind(one), one.manifest.name) for one in bundles)]
    times = _times(judges, frames.samples[:TIMED])
    named = [_named(judge, frames.samples) for judge in judges]
    return [
        Line(
            network=name,
            kind=kind,
            file_bytes=path.stat().st_size,
            median_ms=ms,
            f1=macro_f1(frames.labels, one),
            agreement=float(np.mean(one == named[0])) if name == folder.name else None,
        )
        for (kind, name), path, ms, one in zip(names, paths, times, named, strict=True)
    ]


def _kind(bundle: Bundle) -> str:
    return bundle.manifest.quantization


def _bundle(bundle: Bundle) -> Judge:
    """A bundle through the node's own classifier; its picture is part of what is timed."""
    classifier = Classifier(bundle)
    wanted = bundle.manifest.input
    if isinstance(wanted, LogMelInput):
        return lambda samples: classifier.outputs(wanted.log_mel(samples))
    return classifier.outputs


def _keras(network: keras.Model, normal: Normal, alike: Bundle) -> Judge:
    wanted = alike.manifest.input
    if not isinstance(wanted, LogMelInput):
        raise TypeError(wanted)
    log_mel = wanted.log_mel

    def judge(samples: Floats) -> Floats:
        picture = normal(log_mel(samples))[None, ..., None]
        logits: Floats = network.predict_on_batch(picture)[0]
        return logits

    return judge


def _times(judges: Sequence[Judge], samples: Sequence[Floats]) -> list[float]:
    """Return each judge's median time a frame, in ms; the first frame only warms up."""
    taken: list[list[float]] = [[] for _ in judges]
    for one in samples:
        for judge, times in zip(judges, taken, strict=True):
            started_s = time.perf_counter()
            judge(one)
            times.append(1000.0 * (time.perf_counter() - started_s))
    return [median(times[1:] or times) for times in taken]


def _named(judge: Judge, samples: Sequence[Floats]) -> NDArray[np.int32]:
    return np.array([int(judge(one).argmax()) for one in samples], np.int32)
