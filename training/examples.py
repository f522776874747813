"""Every clip as mel power, computed once and kept under runs/<name>/examples: what judges."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from node.features import LogMel
from node.spectra import Floats
from training.datasets.clip import Clip
from training.recipe import Recipe

TRAIN_FOLDS = (1, 2, 3)
THRESHOLD_FOLD = 4
TEST_FOLD = 5
ACTIVE_BELOW_PEAK_DB = 35.0
"""A frame so far below its clip's loudest belongs to the silence around the sound."""
SAY_EVERY = 500

log = logging.getLogger(__name__)


class Row(Struct, frozen=True):
    """One clip, and where its frames lie."""

    name: str
    label: str
    sound: str
    fold: int
    real: bool
    may_train: bool
    licence: str
    author: str
    first: int
    frames: int


@dataclass(frozen=True, slots=True)
class Examples:
    """All clips of a run.

    Attributes:
        rows: One a clip.
        power: Mel power of all clips one after the other, shape (frames, bands).
    """

    rows: tuple[Row, ...]
    power: Floats

    def of(self, row: Row) -> Floats:
        """Return the mel power of one clip, shape (row.frames, bands)."""
        return self.power[row.first : row.first + row.frames]

    def training(self) -> list[Row]:
        """Return what may be trained on: its folds, and only where the licence allows it."""
        return [row for row in self.rows if row.fold in TRAIN_FOLDS and row.may_train]

    def fold(self, fold: int) -> list[Row]:
        """Return the clips of one fold."""
        return [row for row in self.rows if row.fold == fold]


def gather(recipe: Recipe, clips: Sequence[Clip], folder: Path) -> Examples:
    """Return the examples of a recipe, computing them unless they are there already.

    Args:
        recipe: Its pictures decide.
        clips: What to compute; clips of sounds that the recipe does not name are background.
        folder: Where they are kept.
    """
    folder.mkdir(parents=True, exist_ok=True)
    made_from = msgspec.json.encode(
        [recipe.picture, sorted(recipe.sounds), [clip.name for clip in clips]]
    )
    table, power, key = folder / "rows.json", folder / "power.f32", folder / "made_from.json"
    if not key.is_file() or key.read_bytes() != made_from:
        key.unlink(missing_ok=True)
        rows = _compute(recipe, clips, power)
        table.write_bytes(msgspec.json.encode(rows))
        key.write_bytes(made_from)
    rows = msgspec.json.decode(table.read_bytes(), type=list[Row])
    flat = np.memmap(power, np.float32, mode="r")
    return Examples(tuple(rows), flat.reshape(-1, recipe.picture.bands))


def active(power: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Tell which frames of a clip hold its sound, shape (frames,)."""
    loudness = power.sum(axis=1)
    mask: np.ndarray[tuple[int], np.dtype[np.bool_]] = loudness > max(
        1e-9, float(loudness.max()) * 10.0 ** (-ACTIVE_BELOW_PEAK_DB / 10.0)
    )
    return mask


def _compute(recipe: Recipe, clips: Sequence[Clip], path: Path) -> list[Row]:
    log_mel = recipe.picture.input().log_mel
    rows: list[Row] = []
    first = 0
    with path.open("wb") as file:
        for number, clip in enumerate(clips):
            if number % SAY_EVERY == 0:
                log.info("examples: %d of %d clips", number, len(clips))
            power = _power(log_mel, clip.samples())
            power.tofile(file)
            rows.append(_row(recipe, clip, first, len(power)))
            first += len(power)
    return rows


def _power(log_mel: LogMel, samples: Floats) -> Floats:
    missing = max(0, log_mel.fft_size - len(samples))
    return log_mel.power(np.pad(samples, (0, missing)))


def _row(recipe: Recipe, clip: Clip, first: int, frames: int) -> Row:
    return Row(
        name=clip.name,
        label=clip.label,
        sound=recipe.meaning(clip.sound),
        fold=clip.fold,
        real=clip.real,
        may_train=clip.may_train,
        licence=clip.licence,
        author=clip.author,
        first=first,
        frames=frames,
    )
