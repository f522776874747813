"""A folder of one's own recordings: one sub-folder a sound, any audio files in it."""

from functools import partial
from pathlib import Path

from training.datasets.clip import Clip, fold_of, read

SUFFIXES = (".flac", ".ogg", ".wav")


def clips(folder: Path, licence: str = "own recording", called: str = "folder") -> list[Clip]:
    """List the clips of `<folder>/<class>/<file>`; the fold comes by the file's name.

    Args:
        folder: One sub-folder a class: a sound's id or "background" for the household's recipe.
        licence: Of all of them.
        called: The set's name in front of the clips' names.
    """
    return [
        Clip(
            name=f"{called}/{path.parent.name}/{path.name}",
            label=f"{called}/{path.parent.name}",
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
