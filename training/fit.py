"""Fits a network to frames: epochs, early stop, and the same result after any interruption."""

import json
import logging
import math
import os
import platform
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol

import keras
import msgspec
import numpy as np
import tensorflow as tf
from msgspec import Struct
from numpy.typing import NDArray

from contract.errors import InputError
from node.spectra import Floats
from training.balance import Indices, Split, class_weights, undersample
from training.experiment import Experiment
from training.networks import resnet50, small
from training.optimizer import adamw
from training.train import NETWORK, NORMAL, Normal
from training.whole import written

WITH_OPTIMIZER = "network-with-optimizer.h5"
CLASSES = "classes.json"
HISTORY = "history.csv"
MADE_FROM = "made_from.json"
STATE = "state.npz"
BEST = "best.npz"
NORMALISING_FRAMES = 1024
LIBRARIES = ("soribit", "numpy", "keras", "tensorflow", "tensorflow-cpu", "librosa", "scikit-learn")
BAR = 30

log = logging.getLogger(__name__)


class Pictures(Protocol):
    """Frames to learn from; `training.shards.Shards` is one."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""

    @property
    def labels(self) -> NDArray[np.int32]:
        """Class of each frame, shape (frames,)."""

    def pictures(self, indices: Indices) -> Floats:
        """Read some frames in dB, shape (n, frames of a picture, bands)."""


class Epoch(Struct, frozen=True):
    """How one pass over the frames went."""

    epoch: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


class Progress(Struct, frozen=True):
    """Where a run stands; the weights stand beside it."""

    fingerprint: str
    epochs: tuple[Epoch, ...] = ()

    @property
    def best(self) -> int:
        """The epoch with the lowest validation loss, 0 before the first."""
        losses = [epoch.validation_loss for epoch in self.epochs]
        return 1 + losses.index(min(losses)) if losses else 0


def build(experiment: Experiment, classes: int) -> keras.Model:
    """Build the experiment's network; it ends in logits."""
    wanted, network = experiment.picture.input(), experiment.network
    shape = (wanted.frames, wanted.bands)
    if network.kind == "resnet50":
        return resnet50.build(shape, classes)
    return small.build(
        shape,
        classes,
        stem=network.stem,
        widths=network.widths,
        embedding=network.embedding,
        dropout=network.dropout,
    )


def fit(  # noqa: PLR0915 - one straight line, read from top to bottom
    experiment: Experiment, frames: Pictures, parts: Split, folder: Path, *, anew: bool = False
) -> Progress:
    """Fit and save the network, and all that it depends on.

    Killed at any moment and started again it goes on from the last finished epoch, and ends with
    the same weights as if it had never stopped.

    Args:
        experiment: All numbers.
        frames: What to learn from.
        parts: Which frames teach and which end the training.
        folder: Gets network.h5 (and one with the optimizer's state), normal.json, classes.json,
            history.csv, made_from.json and, while running, its state.
        anew: Whether to forget a run that is there.

    Raises:
        InputError: The folder holds a run of another experiment or of other frames.
    """
    run = experiment.learning
    keras.utils.set_random_seed(run.seed)
    tf.config.experimental.enable_op_determinism()
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(run.seed)
    kept = undersample(frames.labels[parts.train], experiment.balance.undersample, random)
    teaching = parts.train[kept]
    weights = (
        class_weights(frames.labels[teaching], len(frames.classes))
        if experiment.balance.class_weights
        else np.ones(len(frames.classes), np.float32)
    )
    some = random.permutation(teaching)[:NORMALISING_FRAMES]
    shown = frames.pictures(some)
    normal = Normal(float(shown.mean()), max(1e-3, float(shown.std())))

    network = build(experiment, len(frames.classes))
    steps = math.ceil(len(teaching) / run.batch)
    optimizer = adamw(
        network,
        steps=steps * run.epochs,
        learning_rate=run.learning_rate,
        weight_decay=run.weight_decay,
    )

    @tf.function  # type: ignore[untyped-decorator]
    def learn(pictures: tf.Tensor, labels: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            logits = network(pictures, training=True)
            wrong = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(wrong * weight)
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss, tf.argmax(logits, axis=1, output_type=tf.int32) == labels

    made_from = _made_from(experiment, frames, teaching, parts.validation)
    progress = _resumed(folder, made_from, network, optimizer, anew=anew)
    for epoch in range(len(progress.epochs) + 1, run.epochs + 1):
        if epoch - progress.best > run.patience:
            log.info("fit: no better validation loss for %d epochs: done", run.patience)
            break
        started_s, losses, right = time.monotonic(), [], []
        order = np.random.default_rng((run.seed, epoch)).permutation(teaching)
        for step, chosen in enumerate(_batches(order, run.batch), start=1):
            labels = frames.labels[chosen]
            pictures = normal(frames.pictures(chosen))[..., None]
            loss, hits = learn(pictures, labels, weights[labels])
            losses.append(float(loss))
            right.extend(hits.numpy())
            left = steps - step + steps * (run.epochs - epoch)
            _bar(epoch, run.epochs, step / steps, (time.monotonic() - started_s) / step * left)
        validation = _judged(network, frames, normal, parts.validation, run.batch)
        done = Epoch(
            epoch,
            float(np.mean(losses)),
            float(np.mean(right)),
            *validation,
            time.monotonic() - started_s,
        )
        progress = Progress(progress.fingerprint, (*progress.epochs, done))
        if progress.best == epoch:
            _save(folder / BEST, network.variables, progress)
        _save(folder / STATE, [*network.variables, *optimizer.variables], progress)
        _history(folder / HISTORY, progress)
        log.info("fit: %s", done)

    _save_networks(folder, network, optimizer)
    (folder / NORMAL).write_bytes(msgspec.json.encode(normal))
    (folder / CLASSES).write_bytes(msgspec.json.encode(frames.classes))
    text = json.dumps(made_from | {"epochs": len(progress.epochs), "best": progress.best}, indent=2)
    (folder / MADE_FROM).write_text(text + "\n", encoding="utf-8")
    return progress


def said(
    network: keras.Model, normal: Normal, frames: Pictures, chosen: Indices, size: int
) -> Floats:
    """Return what a network says to some frames, shape (n, classes), so many at a time."""
    parts = [
        network(normal(frames.pictures(part))[..., None], training=False).numpy()
        for part in _batches(chosen, size)
    ]
    return np.concatenate(parts)[: len(chosen)].astype(np.float32)


def _batches(order: Indices, size: int) -> Iterator[Indices]:
    """Yield batches of one size, the last filled up from the beginning.

    TensorFlow 2.21 on a CPU (oneDNN) corrupts its memory where a function sees two sizes in turn.
    """
    count = math.ceil(len(order) / size)
    yield from np.resize(order, count * size).reshape(count, size)


def _judged(
    network: keras.Model, frames: Pictures, normal: Normal, judged: Indices, size: int
) -> tuple[float, float]:
    """Return the mean cross-entropy of some frames and the share that is named rightly."""
    logits, labels = said(network, normal, frames, judged, size), frames.labels[judged]
    highest = logits.max(axis=1, keepdims=True)
    total = highest[:, 0] + np.log(np.exp(logits - highest).sum(axis=1))
    losses = total - logits[np.arange(len(labels)), labels]
    return float(losses.mean()), float(np.mean(logits.argmax(axis=1) == labels))


def _made_from(
    experiment: Experiment, frames: Pictures, teaching: Indices, validation: Indices
) -> dict[str, object]:
    """Name everything that a run depends on."""
    numbers = zlib.crc32(teaching.tobytes() + validation.tobytes() + frames.labels.tobytes())
    return {
        "experiment": msgspec.to_builtins(experiment),
        "frames": f"{numbers:08x}",
        "classes": len(frames.classes),
        "teaching": len(teaching),
        "python": sys.version.split()[0],
        "machine": platform.machine(),
        "processors": os.cpu_count(),
    } | {name: _version(name) for name in LIBRARIES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not there"


def _resumed(
    folder: Path,
    made_from: dict[str, object],
    network: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    *,
    anew: bool,
) -> Progress:
    """Take up what is there, if it is of this experiment; `patience` alone may have changed."""
    asked = {key: made_from[key] for key in ("experiment", "frames", "classes")}
    text = json.dumps(asked, sort_keys=True)
    fingerprint = f"{zlib.crc32(text.encode()):08x}"
    path = folder / STATE
    if anew or not path.is_file():
        return Progress(fingerprint)
    try:
        with np.load(path) as state:
            progress = msgspec.json.decode(state["progress"].tobytes(), type=Progress)
            arrays = [state[f"v{number}"] for number in range(len(state.files) - 1)]
    except (OSError, ValueError, KeyError, msgspec.DecodeError) as error:
        raise InputError(f"{path}: is no state of a run: {error}; --anew starts again") from error
    if progress.fingerprint != fingerprint:
        raise InputError(
            f"{path}: belongs to another recipe or other frames ({progress.fingerprint}, this is"
            f" {fingerprint}); --anew forgets it, --runs keeps both"
        )
    _assign([*network.variables, *optimizer.variables], arrays)
    log.info("fit: going on after epoch %d", len(progress.epochs))
    return progress


def _assign(variables: Sequence[keras.Variable], arrays: Sequence[NDArray[np.generic]]) -> None:
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _save(path: Path, variables: Sequence[keras.Variable], progress: Progress) -> None:
    arrays = {f"v{number}": np.asarray(one) for number, one in enumerate(variables)}
    arrays["progress"] = np.frombuffer(msgspec.json.encode(progress), np.uint8)
    with written(path) as file:
        np.savez(file, allow_pickle=False, **arrays)


def _save_networks(
    folder: Path, network: keras.Model, optimizer: keras.optimizers.Optimizer
) -> None:
    """Save the best epoch's weights, alone and with what the optimizer remembers."""
    with np.load(folder / BEST) as best:
        _assign(network.variables, [best[f"v{n}"] for n in range(len(best.files) - 1)])
    network.save(folder / NETWORK)
    network.compile(optimizer)
    network.save(folder / WITH_OPTIMIZER)


def _history(path: Path, progress: Progress) -> None:
    lines = [",".join(Epoch.__struct_fields__)]
    lines += [",".join(str(value) for value in msgspec.structs.astuple(e)) for e in progress.epochs]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _bar(epoch: int, epochs: int, share: float, left_s: float) -> None:
    """Draw progress, where somebody looks."""
    if sys.stderr.isatty():
        drawn = "#" * round(BAR * share)
        end = "\n" if share == 1.0 else ""
        minutes = f"{left_s / 60.0:.1f} min left at most"
        sys.stderr.write(f"\repoch {epoch}/{epochs} [{drawn:{BAR}}] {minutes}  {end}")
        sys.stderr.flush()
