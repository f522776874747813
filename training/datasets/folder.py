"""A folder of one's own recordings: one sub-folder a sound, any audio files in it."""

from functools import partial
from pathlib import Path

from training.datasets.clip import Clip, fold_of, read

SUFFIXES = (".flac", ".ogg", ".wav")


def clips(folder: Path, licence: str = "own recording") -> list[Clip]:
    """List the clips of `<folder>/<sound id or "background">/<file>`; the fold comes by file."""
    return [
        Clip(
            name=f"folder/{path.parent.name}/{path.name}",
            label=f"folder/{path.parent.name}",
            sound=path.parent.name,
            fold=fold_of(path.name),
            real=True,
            may_train=True,
            licence=licence,
            samples=partial(read, path),
        )
        for path in sorted(folder.glob("*/*"))
        if path.suffix in SUFFIXES
    ]
