"""Ringtones, alarm-clock tones and chimes as devices play them: dry, without a room."""

import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from contract.catalogue import BACKGROUND
from node.spectra import Floats
from training.datasets.clip import FOLDS, Clip, fold_of, read
from training.datasets.room import in_a_room


def clips(folder: Path, sounds: Mapping[str, str]) -> list[Clip]:
    """List the clips, each in a room of its own; those that may not train are for testing."""
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        return [_clip(folder, row, sounds) for row in csv.DictReader(file)]


def _clip(folder: Path, row: dict[str, str], sounds: Mapping[str, str]) -> Clip:
    may_train = row["train"] == "yes"
    return Clip(
        name=f"tones/{row['file']}",
        label=f"tones/{row['label']}",
        sound=sounds.get(row["label"], BACKGROUND),
        fold=fold_of(row["file"]) if may_train else FOLDS,
        real=False,
        may_train=may_train,
        licence=row["licence"],
        samples=partial(_played, folder / row["file"]),
        author=row["source"],
    )


def _played(path: Path) -> Floats:
    return in_a_room(read(path), path.name)
