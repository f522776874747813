"""ESC-50: 2000 clips of 5 s in 50 classes and five published folds."""

import csv
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from contract.catalogue import BACKGROUND
from training.datasets.clip import Clip, read


def clips(folder: Path, sounds: Mapping[str, str]) -> list[Clip]:
    """List the clips; a label without a line in labels.toml is background.

    Args:
        folder: Holds index.csv, ATTRIBUTION.csv and one folder a label.
        sounds: What each label means.
    """
    with (folder / "ATTRIBUTION.csv").open(encoding="utf-8", newline="") as file:
        authors = {Path(row["clip"]).stem: row["attribution"] for row in csv.DictReader(file)}
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        return [_clip(folder, row, sounds, authors) for row in csv.DictReader(file)]


def _clip(
    folder: Path, row: dict[str, str], sounds: Mapping[str, str], authors: Mapping[str, str]
) -> Clip:
    path = folder / row["file"]
    return Clip(
        name=f"esc50/{row['file']}",
        label=f"esc50/{row['label']}",
        sound=sounds.get(row["label"], BACKGROUND),
        fold=int(row["fold"]),
        real=True,
        may_train=row["redistributable"] == "yes",
        licence=row["licence"],
        samples=partial(read, path),
        author=authors.get(path.stem, ""),
    )
