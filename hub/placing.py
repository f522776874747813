"""Puts files in the place of others, all or none; what was there stays beside."""

import os
import stat
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from functools import partial
from pathlib import Path
from typing import TypeAlias

from msgspec import Struct

from contract.errors import UnavailableError

Rights: TypeAlias = Callable[[Path], AbstractContextManager[None]]
"""Gives the rights with which something is done at a place."""

_Undo: TypeAlias = list[tuple[Path, Callable[[], object]]]
"""Steps back, each with the place that it is about."""


class Placed(Struct, frozen=True):
    """A file that is ready to take its place."""

    begun: Path
    """Beside its place, so that it only has to be renamed."""
    place: Path
    mode: int
    """Its permissions where no file is there whose own it can take."""


def beside(place: Path) -> Path:
    """Return where a file is made ready; its folder is made where it is missing."""
    _make_folder(place.parent)
    return place.with_name(f".{place.name}.restoring")


def put(files: Sequence[Placed], stamp: str, rights: Rights) -> list[Path]:
    """Put files in their places.

    Args:
        files: The files.
        stamp: A time, for the names of those that were there.
        rights: With whose rights each place is changed.

    Returns:
        What was there, under its new name.

    Raises:
        UnavailableError: Something cannot be renamed; all is as it was.
    """
    undo: _Undo = []
    kept: list[Path] = []
    try:
        for file in files:
            with rights(file.place):
                _dress(file)
        for file in files:
            with rights(file.place):
                kept += _set_aside(file.place, stamp, undo)
                file.begun.rename(file.place)
            undo.append((file.place, file.place.unlink))
    except OSError as error:
        for place, back in reversed(undo):
            with suppress(OSError), rights(place):
                back()
        raise UnavailableError(f"{error.filename}: {error.strerror}; nothing changed") from error
    for file in files:
        with rights(file.place):
            names_to_disk(file.place.parent)
    return kept


def names_to_disk(folder: Path) -> None:
    """Bring a folder's new names to the disk; a stick's file system may not know how."""
    with suppress(OSError):
        to_disk(folder)


def to_disk(path: Path) -> None:
    """Wait until a file, or a folder's names, are on the disk.

    Raises:
        OSError: They cannot be.
    """
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700)
        _own_as(folder, folder.parent.stat())


def _set_aside(place: Path, stamp: str, undo: _Undo) -> list[Path]:
    """Rename a file, and what SQLite keeps beside a database."""
    kept = []
    for suffix in ("", "-wal", "-shm"):
        part = place.with_name(f"{place.name}{suffix}")
        if part.exists():
            aside = place.with_name(f"{place.name}.before-restore-{stamp}{suffix}")
            part.rename(aside)
            undo.append((place, partial(aside.rename, part)))
            kept.append(aside)
    return kept[:1]


def _dress(file: Placed) -> None:
    """Give a file the owner and mode of the one it replaces, else its folder's owner."""
    if file.place.exists():
        former = file.place.stat()
        file.begun.chmod(stat.S_IMODE(former.st_mode))
    else:
        former = file.place.parent.stat()
        file.begun.chmod(file.mode)
    _own_as(file.begun, former)


def _own_as(path: Path, like: os.stat_result) -> None:
    if os.geteuid() == 0:
        os.chown(path, like.st_uid, like.st_gid, follow_symlinks=False)
