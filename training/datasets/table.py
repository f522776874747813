"""A CSV that names recordings: file, label, and if known fold, licence, recording, span."""

import csv
from functools import partial
from pathlib import Path

from contract.errors import InputError
from training.datasets.clip import FOLDS, Clip, fold_of, read
from training.datasets.faults import Faults

NAME = "manifest.csv"
NEEDED = ("file", "label")


def clips(folder: Path, faults: Faults) -> list[Clip]:
    """List the clips of `<folder>/manifest.csv`.

    Columns: file (relative to the folder), label; and, each as one likes, fold (1-5, else by the
    recording), licence, recording (what it was cut from, else the file), start_s and end_s.

    Raises:
        InputError: It has no columns file and label.
    """
    path = folder / NAME
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            raise InputError(f"{path}: has no column {' and '.join(missing)} in its first line")
        found = [_clip(folder, row, f"{path}:{rows.line_num}", faults) for row in rows]
    return [clip for clip in found if clip is not None]


def _clip(folder: Path, row: dict[str, str | None], where: str, faults: Faults) -> Clip | None:
    name, label = row["file"] or "", (row["label"] or "").strip()
    recording = f"{folder.name}/{row.get('recording') or name}"
    try:
        start_s = float(row.get("start_s") or 0.0)
        end_s = float(row.get("end_s") or 0.0) or None
        fold = int(row.get("fold") or fold_of(recording))
    except ValueError as error:
        faults.add(where, f"a number is none: {error}")
        return None
    if not label or not 1 <= fold <= FOLDS:
        faults.add(where, "label is empty" if not label else f"fold: {fold} is not 1 to {FOLDS}")
        return None
    return Clip(
        name=f"{folder.name}/{name}" + (f"#{start_s:g}" if start_s else ""),
        label=f"{folder.name}/{label}",
        sound=label,
        fold=fold,
        real=True,
        may_train=False,
        licence=row.get("licence") or "not stated",
        samples=partial(read, folder / name, start_s, end_s),
        recording=recording,
    )
