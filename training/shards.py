"""Frames on disk: files of pictures in half precision, and what each frame was cut from."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from contract.errors import InputError
from node.spectra import Floats
from training.datasets.faults import Fault

INDEX = "index.json"


class Paths(NamedTuple):
    """The two files of one run of clips."""

    pictures: Path
    part: Path


class Cut(Struct, frozen=True, array_like=True):
    """Where the frames of one clip lie in their file."""

    clip: int
    first: int
    frames: int


class Part(Struct, frozen=True):
    """What is in one file, and which recordings could not be read."""

    cuts: tuple[Cut, ...]
    faults: tuple[Fault, ...]


class Index(Struct, frozen=True):
    """What was cut; the lists have one entry a clip."""

    classes: tuple[str, ...]
    labels: tuple[str, ...]
    folds: tuple[int, ...]
    sources: tuple[str, ...]
    clip_names: tuple[str, ...]
    files: int


def paths(place: Path, number: int) -> Paths:
    """Return where one run of clips is kept."""
    return Paths(place / f"{number:06}.npy", place / f"{number:06}.json")


@dataclass(frozen=True, slots=True)
class Shards:
    """All frames of an experiment, left on disk until they are asked for.

    Attributes:
        classes: Their names, sorted.
        labels: Of each frame its class, shape (frames,).
        folds: Of each frame its fold, shape (frames,).
        clips: Of each frame the clip that it was cut from, shape (frames,).
        sources: Of each clip the recording that it was cut from.
        clip_names: Of each clip its name.
        faults: Recordings that could not be read, and why.
    """

    classes: tuple[str, ...]
    labels: NDArray[np.int32]
    folds: NDArray[np.int8]
    clips: NDArray[np.int32]
    sources: tuple[str, ...]
    clip_names: tuple[str, ...]
    faults: tuple[Fault, ...]
    _files: tuple[NDArray[np.float16], ...]
    _firsts: NDArray[np.int64]

    @classmethod
    def open(cls, place: Path) -> "Shards":
        """Open the files of a finished run.

        Raises:
            InputError: They are not all there.
        """
        try:
            index = msgspec.json.decode((place / INDEX).read_bytes(), type=Index)
            parts = [
                msgspec.json.decode(paths(place, number).part.read_bytes(), type=Part)
                for number in range(index.files)
            ]
            files = tuple(
                np.load(paths(place, number).pictures, mmap_mode="r")
                for number in range(index.files)
            )
        except (OSError, ValueError, msgspec.DecodeError) as error:
            raise InputError(f"{place}: frames are not whole: {error}; make them anew") from error
        cuts = [one for part in parts for one in part.cuts]
        clips = np.repeat([one.clip for one in cuts], [one.frames for one in cuts]).astype(np.int32)
        class_of = {name: number for number, name in enumerate(index.classes)}
        labels = np.array([class_of[label] for label in index.labels], np.int32)
        return cls(
            classes=index.classes,
            labels=labels[clips],
            folds=np.array(index.folds, np.int8)[clips],
            clips=clips,
            sources=index.sources,
            clip_names=index.clip_names,
            faults=tuple(fault for part in parts for fault in part.faults),
            _files=files,
            _firsts=np.cumsum([0, *(len(file) for file in files)]),
        )

    def pictures(self, indices: NDArray[np.int64]) -> Floats:
        """Read some frames.

        Args:
            indices: Which, shape (n,).

        Returns:
            Mel power in dB, shape (n, frames of a picture, bands).
        """
        held = np.searchsorted(self._firsts, indices, side="right") - 1
        read = [
            self._files[file][index - self._firsts[file]]
            for file, index in zip(held, indices, strict=True)
        ]
        return np.stack(read).astype(np.float32)
