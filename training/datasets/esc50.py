"""ESC-50: 2000 clips of 5 s in 50 classes and five published folds, in either of two layouts."""

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
        recording=f"esc50/{path.stem.split('-')[1]}",  # fold-recording-take-target
    )


def published(folder: Path) -> list[Clip]:
    """List the clips of the published archive, under its own labels.

    The archive names no licence a clip; its collection is CC BY-NC 3.0, of which ESC-10 is CC BY
    3.0: that part alone may teach what is passed on.

    Args:
        folder: Holds meta/esc50.csv and audio/.
    """
    with (folder / "meta" / "esc50.csv").open(encoding="utf-8", newline="") as file:
        return [_published(folder, row) for row in csv.DictReader(file)]


def _published(folder: Path, row: dict[str, str]) -> Clip:
    is_free = row["esc10"] == "True"
    return Clip(
        name=f"esc50/{row['filename']}",
        label=f"esc50/{row['category']}",
        sound=row["category"],
        fold=int(row["fold"]),
        real=True,
        may_train=is_free,
        licence="CC BY 3.0" if is_free else "CC BY-NC 3.0",
        samples=partial(read, folder / "audio" / row["filename"]),
        recording=f"esc50/{row['src_file']}",
    )
