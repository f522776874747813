"""The benchmark: five networks of one recipe, each judged by the fold of ESC-50 it never saw."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import msgspec
import numpy as np
from msgspec import Struct

from contract.errors import InputError
from node.bundle import Bundle, Manifest, Threshold, sha256
from node.classifier import Classifier
from node.spectra import Floats
from training.convert import Kind, convert
from training.datasets import esc50
from training.datasets.clip import FOLDS, Clip
from training.manifest import write
from training.pool import Order, gather
from training.recipe import Recipe
from training.teacher import FILE
from training.train import NETWORK, NORMAL, Normal, accuracy, train
from training.windows import windows

ESC50 = "esc50"
RESULT = "result.json"
REPRESENTATIVE_SCENES = 500
JUDGED: tuple[Kind, ...] = ("float32", "int8")
ANY_THRESHOLD = Threshold(on=0.5, off=0.3, hold_s=1.0)
"""A manifest must have one; nothing is detected here."""

Windows = Sequence[tuple[Floats, int]]
"""Of each clip its windows in dB, shape (n, frames, bands), and its label."""

log = logging.getLogger(__name__)


class Result(Struct, frozen=True):
    """What one fold showed; accuracies are shares of clips, by the mean of their windows."""

    fold: int
    clips: int
    accuracy: dict[str, float]
    frame_accuracy: dict[str, float]
    file_bytes: dict[str, int]
    weights: int
    mega_macs: float
    steps: int


def judge_fold(recipe: Recipe, data: Path, folder: Path, fold: int, *, workers: int) -> Result:
    """Train without one fold, and judge by it; what was done before is not done again.

    Args:
        recipe: Of the network; its outputs are ESC-50's own labels.
        data: Holds esc50/, and yamnet/ where the recipe wants a teacher.
        folder: Of the run.
        fold: 1-5.
        workers: Processes that make scenes.

    Raises:
        InputError: The data is not there.
    """
    here = folder / f"fold-{fold}"
    if (here / RESULT).is_file():
        return msgspec.json.decode((here / RESULT).read_bytes(), type=Result)
    found = clips(data)
    labels = tuple(sorted({clip.sound for clip in found}))
    teacher = data / FILE if recipe.run.is_taught else None
    order = Order(labels, {}, recipe.mixing, recipe.picture, recipe.run.seed, teacher is not None)
    others = [one for one in range(1, FOLDS + 1) if one != fold]
    pool = gather(order, found, others, folder / "scenes", teacher, workers=workers)
    asked = [
        (_windows(recipe, clip), labels.index(clip.sound)) for clip in found if clip.fold == fold
    ]
    train(
        recipe,
        pool,
        labels,
        labels,
        here,
        lambda network, normal: accuracy(network, normal, asked),
    )
    some = pool.pictures[:: max(1, len(pool.pictures) // REPRESENTATIVE_SCENES)]
    result = _judged(recipe, labels, here, some.astype(np.float32), asked, fold)
    (here / RESULT).write_bytes(msgspec.json.encode(result))
    log.info("folds: %s", result)
    return result


def clips(data: Path) -> list[Clip]:
    """All of ESC-50 under its own labels: benchmark networks are never passed on."""
    if not (data / ESC50).is_dir():
        raise InputError(f"--data {data}: {ESC50} is not there; docs/training.md says where from")
    found = esc50.clips(data / ESC50, {})
    return [replace(clip, sound=clip.label.partition("/")[2]) for clip in found]


def _windows(recipe: Recipe, clip: Clip) -> Floats:
    pictures, heard = windows(recipe.picture.input().log_mel.power(clip.samples()), recipe.picture)
    chosen: Floats = pictures[heard]
    return chosen


def _judged(
    recipe: Recipe,
    labels: Sequence[str],
    folder: Path,
    representative: Floats,
    asked: Windows,
    fold: int,
) -> Result:
    network = keras.models.load_model(folder / NETWORK, compile=False)
    normal = msgspec.json.decode((folder / NORMAL).read_bytes(), type=Normal)
    clip_share: dict[str, float] = {}
    frame_share: dict[str, float] = {}
    sizes: dict[str, int] = {}
    for kind in JUDGED:
        place = folder / kind
        place.mkdir(exist_ok=True)
        file = place / "model.tflite"
        file.write_bytes(convert(network, kind, normal(representative)[..., None]))
        manifest = Manifest(
            schema=1,
            name=recipe.name,
            version=recipe.version,
            model=file.name,
            files={file.name: sha256(file)},
            labels=tuple(labels),
            input=recipe.picture.input(mean_db=normal.mean_db, std_db=normal.std_db),
            output=recipe.output,
            quantization=kind,
            default_threshold=ANY_THRESHOLD,
        )
        write(place, manifest)
        clip_share[kind], frame_share[kind] = _shares(Bundle(place, manifest, file), asked)
        sizes[kind] = file.stat().st_size
    return Result(
        fold=fold,
        clips=len(asked),
        accuracy=clip_share,
        frame_accuracy=frame_share,
        file_bytes=sizes,
        weights=network.count_params(),
        mega_macs=mega_macs(network),
        steps=recipe.run.steps,
    )


def _shares(bundle: Bundle, asked: Windows) -> tuple[float, float]:
    """Share of clips and of windows that the node's classifier names rightly."""
    classifier = Classifier(bundle)
    clips, frames = [], []
    for pictures, label in asked:
        scores = np.stack([classifier.scores(picture) for picture in pictures])
        clips.append(int(scores.mean(axis=0).argmax()) == label)
        frames.extend(scores.argmax(axis=1) == label)
    return float(np.mean(clips)), float(np.mean(frames))


def mega_macs(network: keras.Model) -> float:
    """Count the multiplications of convolutions and dense layers for one picture, in millions."""
    total = 0
    for layer in network.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += int(np.prod(layer.output.shape[1:]) * np.prod(layer.kernel.shape[:-1]))
        elif isinstance(layer, keras.layers.Dense):
            total += int(np.prod(layer.kernel.shape))
    return total / 1e6
