"""A backup as one zip file: what may be in it, written whole, read as hostile."""

import os
import re
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from contract.errors import InputError, UnavailableError
from hub import placing

MANIFEST, HUB, NODE, DATABASE = "manifest.json", "hub.toml", "node.toml", "hub.sqlite"
STATE = re.compile(r"state/(secrets(/[A-Za-z0-9][A-Za-z0-9._-]{0,63}){1,2}|page/key)")
"""Secrets keep their place below the state folder; nothing else there is ever written. Of the
page only its key: a one-time code must not come back to life."""
MEMBERS = 1000
TEXT_BYTES = 1_000_000
DATABASE_BYTES = 16 << 30
DENSEST = 200
"""Deflate makes a row of SQLite 3 to 20 times smaller, an empty page 200 times."""
SPARE_BYTES = 64_000_000
"""So much of the disk stays free for the hub itself."""
CHUNK_BYTES = 1 << 20

_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError),
    *(RuntimeError, ValueError, OverflowError, LookupError),
)


Content = Path | str | bytes
"""A file, or what shall stand in one."""
Word = Annotated[str, Meta(pattern=r"^[0-9A-Za-z.:+-]{0,40}\Z")]
"""It is printed: nothing that moves a terminal's cursor."""


class Manifest(Struct, frozen=True, kw_only=True):
    """What an archive says of itself."""

    format: Literal[1] = 1
    soribit: Word
    schema: Word
    """Of the database; "" where there is none."""
    made_at: Word
    secrets: bool


def write(target: Path, manifest: Manifest, members: Mapping[str, Content]) -> None:
    """Write an archive that we alone may read; whole, or not at all.

    Args:
        target: Where to; what is there is replaced.
        manifest: What it says of itself.
        members: What it holds, by the name that it gets.

    Raises:
        UnavailableError: It cannot be written, or a file cannot be read.
    """
    begun = target.with_name(f"{target.name}.part")
    try:
        begun.unlink(missing_ok=True)
        begun.touch(mode=0o600, exist_ok=False)
        with zipfile.ZipFile(begun, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            archive.writestr(MANIFEST, msgspec.json.encode(manifest))
            for name, content in members.items():
                if isinstance(content, Path):
                    archive.write(content, name)
                else:
                    archive.writestr(name, content)
        placing.to_disk(begun)
        begun.replace(target)
        placing.names_to_disk(target.parent)
    except OSError as error:
        if error.filename and Path(error.filename) in members.values():
            raise UnavailableError(
                f"{error.filename}: cannot be read ({error.strerror})"
            ) from error
        raise UnavailableError(f"{target}: cannot be written ({error.strerror})") from error
    finally:
        begun.unlink(missing_ok=True)


class Archive:
    """An archive whose manifest, names and sizes are in order.

    Attributes:
        manifest: What it says of itself.
        names: What is in it besides.
    """

    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        """Check it.

        Raises:
            InputError: It is no backup of Soribit, or of a newer one.
        """
        self._path, self._zip = path, opened
        infos = opened.infolist()
        self._infos = {info.filename: info for info in infos}
        if len(infos) > MEMBERS or len(self._infos) != len(infos):
            raise ValueError("too many members, or one twice")
        for info in infos:
            _refuse_odd(info)
        try:
            self.manifest = msgspec.json.decode(self._bytes(MANIFEST), type=Manifest)
        except msgspec.DecodeError as error:
            raise InputError(
                f"{path}: its manifest is not of this version ({error}); "
                "restore it with the Soribit that made it"
            ) from error
        self.names = [name for name in self._infos if name != MANIFEST]

    def text(self, name: str) -> str:
        """Return a settings file; "" where the archive has none."""
        with _told(self._path):
            return self._bytes(name).decode() if name in self._infos else ""

    def extract(self, name: str, target: Path) -> None:
        """Write a member to a new file that we alone may read.

        Raises:
            InputError: It is damaged.
            UnavailableError: There is no room for it.
            OSError: The file cannot be made.
        """
        info = self._infos[name]
        free_bytes = shutil.disk_usage(target.parent).free
        if info.file_size + SPARE_BYTES > free_bytes:
            raise UnavailableError(f"{target.parent}: no room for {name}; free some space")
        new = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with _told(self._path), os.fdopen(new, "wb") as file, self._zip.open(info) as source:
            shutil.copyfileobj(source, file, CHUNK_BYTES)
            file.flush()
            os.fsync(new)

    def _bytes(self, name: str) -> bytes:
        return self._zip.read(self._infos[name])


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open an archive that may be anything.

    Raises:
        InputError: It cannot be read, or is no backup of Soribit.
    """
    with _told(path):
        archive = zipfile.ZipFile(path)
    with archive:
        with _told(path):
            checked = Archive(path, archive)
        yield checked


def _refuse_odd(info: zipfile.ZipInfo) -> None:
    name = info.filename
    is_ours = name in (MANIFEST, HUB, NODE, DATABASE) or STATE.fullmatch(name)
    if not is_ours or ".." in name:
        raise ValueError(f"it holds {name[:40]!r}, which no backup has")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is encrypted or packed in another way")
    if info.file_size > (DATABASE_BYTES if name == DATABASE else TEXT_BYTES):
        raise ValueError(f"{name} is too large")
    if info.file_size > TEXT_BYTES and info.file_size > DENSEST * info.compress_size:
        raise ValueError(f"{name} is packed too densely to be true")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say in one sentence what is wrong with an archive."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from error
    except _BROKEN as error:
        raise InputError(f"{path}: is no backup of Soribit, or damaged: {error}") from error
