"""Google Speech Commands: single words of 300 speakers, and minutes of household noise."""

import csv
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from contract.catalogue import BACKGROUND
from node.spectra import Floats
from training.datasets.clip import FOLDS, LEAVE_OUT, SAMPLE_RATE_HZ, Clip, fold_of, read

NOISE_FOLDER = "_background_noise_"
PIECE_S = 5
PIECES = 10
"""Of a minute of noise: six pieces in a row train, two set thresholds, two test."""
FOLD_OF_PIECE = (1, 1, 2, 2, 3, 3, 4, 4, FOLDS, FOLDS)


def clips(folder: Path, sounds: Mapping[str, str]) -> list[Clip]:
    """List the words by speaker, and the noises cut into pieces of 5 s."""
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [clip for row in rows for clip in _clips(folder, row, sounds)]


def _clips(folder: Path, row: dict[str, str], sounds: Mapping[str, str]) -> Iterator[Clip]:
    path = folder / row["file"]
    is_noise = path.parent.name == NOISE_FOLDER
    sound = sounds.get(path.stem if is_noise else "word", BACKGROUND)
    if sound == LEAVE_OUT:
        return
    speaker = path.stem.partition("_")[0]
    folds = FOLD_OF_PIECE if is_noise else (fold_of(speaker),)
    for piece, fold in enumerate(folds):
        yield Clip(
            name=f"speech/{row['file']}" + (f"#{piece}" if is_noise else ""),
            label=f"speech/{path.stem if is_noise else 'word'}",
            sound=sound,
            fold=fold,
            real=True,
            may_train=True,
            licence=row["licence"],
            samples=partial(_piece, path, piece) if is_noise else partial(read, path),
            author=row["source"],
        )


def _piece(path: Path, piece: int) -> Floats:
    first = piece * PIECE_S * SAMPLE_RATE_HZ
    return read(path)[first : first + PIECE_S * SAMPLE_RATE_HZ]
