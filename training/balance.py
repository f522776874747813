"""Who teaches, who judges, and how a frequent class is kept from drowning a rare one."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contract.errors import InputError
from node.spectra import Floats
from training.experiment import Data
from training.shards import Shards

Indices = NDArray[np.int64]
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Split:
    """Frames by what they serve; no recording serves two. Each of shape (n,)."""

    train: Indices
    validation: Indices
    test: Indices


def split(shards: Shards, data: Data) -> Split:
    """Part the frames by folds, and the teaching folds' recordings once more for validation.

    Raises:
        InputError: A class has no frame to learn from, or none to be judged by.
    """
    teaches, judges = np.isin(shards.folds, data.train), np.isin(shards.folds, data.test)
    held_out = np.array([_share(source) < data.validation_share for source in shards.sources])
    validates = teaches & held_out[shards.clips]
    parts = Split(*(np.flatnonzero(part) for part in (teaches & ~validates, validates, judges)))
    _every_class(shards, parts.train, f"folds {data.train} that teach")
    _every_class(shards, parts.test, f"folds {data.test} that judge")
    if not len(parts.validation):
        raise InputError(
            f"no recording is left to end the training by: validation_share {data.validation_share}"
            f" of {len(set(shards.sources))} recordings is none; take a larger share"
        )
    return parts


def split_by_frame(shards: Shards, data: Data, random: np.random.Generator) -> Split:
    """Part the frames one by one, as nobody should: frames of one recording teach and judge.

    It is here to show how much better such figures look. The parts are as large as `split`'s.
    """
    fair = split(shards, data)
    mixed = random.permutation(np.concatenate((fair.train, fair.validation, fair.test)))
    ends = np.cumsum([len(fair.train), len(fair.validation)])
    return Split(*np.split(mixed, ends))


def undersample(labels: NDArray[np.int32], most: int, random: np.random.Generator) -> Indices:
    """Choose frames so that no class has more than so many times the rarest.

    Args:
        labels: Of each frame its class, shape (n,).
        most: How many times; 0 keeps all.
        random: Chooses.

    Returns:
        Which frames are kept, rising.
    """
    if most == 0:
        return np.arange(len(labels))
    limit = most * int(np.bincount(labels)[np.unique(labels)].min())
    kept = []
    for one in np.unique(labels):
        frames = np.flatnonzero(labels == one)
        kept.append(random.permutation(frames)[:limit])
    return np.sort(np.concatenate(kept))


def class_weights(labels: NDArray[np.int32], classes: int) -> Floats:
    """Weigh classes by how rare they are, so that the mean weight of a frame is 1.

    Returns:
        Frames over classes times frames of the class, shape (classes,); 0 for an empty one.
    """
    counts = np.bincount(labels, minlength=classes)
    filled = np.count_nonzero(counts)
    weights = len(labels) / (filled * np.maximum(counts, 1))
    return np.where(counts > 0, weights, 0.0).astype(np.float32)


def _share(source: str) -> float:
    """A number 0..1 for each recording, always the same."""
    return zlib.crc32(source.encode()) / 2**32


def _every_class(shards: Shards, frames: Indices, where: str) -> None:
    there = set(shards.labels[frames].tolist())
    missing = [name for number, name in enumerate(shards.classes) if number not in there]
    if missing:
        raise InputError(
            f"{len(missing)} of {len(shards.classes)} classes have no frame in the {where}:"
            f" {_some(missing)}; add recordings, or leave these classes out"
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
