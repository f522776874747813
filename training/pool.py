"""The scenes that a network learns from, made up once and kept under runs/<name>/scenes."""

import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from multiprocessing import get_context
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from node.features import decibels
from node.spectra import Floats
from training.datasets.clip import Clip
from training.recipe import Mixing, Picture
from training.scenes import Scenery
from training.teacher import Teacher
from training.whole import written

SHARD = 2000
"""Scenes in a file: a minute's work is lost at most when a run is stopped."""
TYPICAL_SCENES = 4096
LEAST_STEPS = 2.0
"""Added to each deviation, in steps of YAMNet's int8: a number that hardly moves weighs little."""

log = logging.getLogger(__name__)


class Order(msgspec.Struct, frozen=True):
    """What is to be made up; another order does not take the files of this one."""

    labels: tuple[str, ...]
    weights: Mapping[str, float]
    mixing: Mixing
    picture: Picture
    seed: int
    is_taught: bool

    def key(self, clips: Sequence[Clip]) -> str:
        """Name the scenes that come of these clips."""
        made_from = [self, [[clip.name, clip.sound, clip.fold] for clip in clips]]
        return f"{zlib.crc32(msgspec.json.encode(made_from)):08x}"


@dataclass(frozen=True)
class Pool:
    """Scenes of some folds, as a network sees them.

    Attributes:
        pictures: dB, shape (scenes, frames, bands), float16.
        targets: 0..1, shape (scenes, labels), float16.
        taught: YAMNet's embedding of each, shape (scenes, 1024), uint8; (scenes, 0) without.
        folds: Of whose clips each is made, shape (scenes,), uint8.
    """

    pictures: NDArray[np.float16]
    targets: NDArray[np.float16]
    taught: NDArray[np.uint8]
    folds: NDArray[np.uint8]

    @cached_property
    def said(self) -> tuple[Floats, Floats]:
        """Return mean and deviation of what the teacher says, each of shape (1024,) or (0,)."""
        some = self.taught[:: max(1, len(self.taught) // TYPICAL_SCENES)].astype(np.float32)
        return some.mean(axis=0), some.std(axis=0) + np.float32(LEAST_STEPS)


def gather(
    order: Order,
    clips: Sequence[Clip],
    folds: Sequence[int],
    folder: Path,
    teacher: Path | None,
    *,
    workers: int,
) -> Pool:
    """Return the scenes of some folds, making up what is not there yet.

    Args:
        order: What to make.
        clips: Only what may be learned from; a scene never mixes clips of two folds.
        folds: Which folds.
        folder: Where they are kept, a file each 2000; what is there is not made again.
        teacher: YAMNet's file, or None.
        workers: How many processes.
    """
    parts: dict[Path, int] = {}
    for fold in folds:
        here = [clip for clip in clips if clip.fold == fold]
        place = folder / f"{order.key(here)}-{fold}"
        place.mkdir(parents=True, exist_ok=True)
        numbers = range(-(-order.mixing.scenes // SHARD))
        missing = [number for number in numbers if not _path(place, number).is_file()]
        if missing:
            log.info("scenes: fold %d, %d of %d files to make", fold, len(missing), len(numbers))
            _make(_Work(order, here, fold, place, teacher), missing, workers)
        parts |= {_path(place, number): fold for number in numbers}
    return _read(parts)


@dataclass(frozen=True, slots=True)
class _Work:
    order: Order
    clips: Sequence[Clip]
    fold: int
    place: Path
    teacher: Path | None


class _Maker:
    """One process's own decoded clips and teacher."""

    def __init__(self, work: _Work) -> None:
        order = work.order
        self._work = work
        self._scenery = Scenery(
            work.clips, order.labels, order.weights, order.mixing, order.picture.window_s
        )
        self._log_mel = order.picture.input().log_mel
        self._teacher = Teacher(work.teacher) if work.teacher else None

    def shard(self, number: int) -> int:
        """Make one file; it appears under its name only when it is whole."""
        order, path = self._work.order, _path(self._work.place, number)
        count = min(SHARD, order.mixing.scenes - number * SHARD)
        random = np.random.default_rng((order.seed, self._work.fold, number))
        scenes = list(self._scenes(count, random))
        with written(path) as file:
            np.savez(
                file,
                pictures=np.stack([picture for picture, _, _ in scenes]).astype(np.float16),
                targets=np.stack([targets for _, targets, _ in scenes]).astype(np.float16),
                taught=np.stack([taught for _, _, taught in scenes]),
            )
        return number

    def _scenes(
        self, count: int, random: np.random.Generator
    ) -> Iterator[tuple[Floats, Floats, NDArray[np.uint8]]]:
        nothing = np.zeros(0, np.uint8)
        for _ in range(count):
            scene = self._scenery.scene(random)
            power = self._log_mel.power(scene.samples)
            taught = self._teacher.embedding(scene.samples) if self._teacher else nothing
            yield decibels(power, self._work.order.picture.floor_db), scene.targets, taught


_works: list[_Work] = []
"""What this process is here for."""


def _begin(work: _Work) -> None:
    _works[:] = [work]


@cache
def _maker() -> _Maker:
    """Decode the clips once a process, not once a file; a fault here reaches who asked."""
    return _Maker(_works[0])


def _shard(number: int) -> int:
    return _maker().shard(number)


def _make(work: _Work, missing: Sequence[int], workers: int) -> None:
    with ProcessPoolExecutor(
        max_workers=min(workers, len(missing)),
        mp_context=get_context("spawn"),
        initializer=_begin,
        initargs=(work,),
    ) as processes:
        for number in processes.map(_shard, missing):
            log.info("scenes: fold %d, file %d is there", work.fold, number)


def _path(place: Path, number: int) -> Path:
    return place / f"{number:04}.npz"


def _read(parts: Mapping[Path, int]) -> Pool:
    """Read files, each of scenes of a fold."""
    pictures, targets, taught, folds = [], [], [], []
    for path, fold in parts.items():
        with np.load(path) as shard:
            pictures.append(shard["pictures"])
            targets.append(shard["targets"])
            taught.append(shard["taught"])
            folds.append(np.full(len(targets[-1]), fold, np.uint8))
    return Pool(*(np.concatenate(part) for part in (pictures, targets, taught, folds)))
