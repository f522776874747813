"""Fetches a data set: names address, hash and licence, downloads, checks, and puts it in place."""

import csv
import hashlib
import logging
import shutil
import tomllib
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

import msgspec
from msgspec import Struct

from contract.errors import InputError

SOURCES = Path(__file__).parent / "sources.toml"
CHUNK = 1 << 20
TIMEOUT_S = 60.0
SAY_EVERY_MB = 50

log = logging.getLogger(__name__)


class Source(Struct, frozen=True, kw_only=True):
    """Where a data set comes from, and what must be in it."""

    address: str = ""
    licence: str = ""
    sha256: str = ""
    """Of the archive; empty where its bytes may change from one download to the next."""
    folder: str = ""
    """In the archive."""
    list: str = ""
    """In the folder: a CSV with a line a recording, the file's name in its first column."""
    recordings: str = ""
    """In the folder."""
    count: int = 0
    by_hand: str = ""
    """What to do where no program may download it."""


def sources() -> dict[str, Source]:
    """Return the data sets that can be fetched, by name."""
    text = SOURCES.read_text(encoding="utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Source])


def fetch(name: str, source: Source, data: Path) -> Path:
    """Download a data set, check it, and put it into the data folder.

    Args:
        name: Of the data set; its folder below `data`.
        source: Where it comes from.
        data: Gets it whole, or not at all.

    Returns:
        Its folder.

    Raises:
        InputError: It is there already, must be fetched by hand, cannot be reached, or is not what
            it should be.
    """
    place = data / name
    if source.by_hand:
        raise InputError(source.by_hand)
    if place.exists():
        raise InputError(f"{place}: is there already; move it away to fetch it again")
    log.info("fetch: %s from %s; licence: %s", name, source.address, source.licence)
    data.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=data, prefix=f".{name}-") as aside:
        archive = Path(aside) / "archive.zip"
        found = _download(source.address, archive)
        log.info("fetch: SHA-256 %s", found)
        if source.sha256 and found != source.sha256:
            raise InputError(f"{source.address}: has SHA-256 {found}, not {source.sha256}")
        _unpack(archive, Path(aside), source.address)
        _check(Path(aside) / source.folder, source)
        shutil.move(Path(aside) / source.folder, place)
    return place


def _download(address: str, path: Path) -> str:
    """Write what lies at an address into a file; return its SHA-256."""
    digest, had = hashlib.sha256(), 0
    try:
        with (
            urlopen(address, timeout=TIMEOUT_S) as answer,  # noqa: S310 # nosec B310
            path.open("wb") as file,
        ):
            while chunk := answer.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
                had += len(chunk)
                if had % (SAY_EVERY_MB * CHUNK) == 0:
                    log.info("fetch: %d MB", had // CHUNK)
    except (URLError, OSError) as error:
        raise InputError(
            f"{address}: cannot be fetched: {getattr(error, 'reason', error)}; download it yourself"
            " and unpack it into the data folder"
        ) from error
    return digest.hexdigest()


def _unpack(archive: Path, folder: Path, address: str) -> None:
    try:
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)  # names that lead out of the folder lose their dots
    except (zipfile.BadZipFile, EOFError) as error:
        raise InputError(f"{address}: is no whole zip archive: {error}; fetch it again") from error


def _check(folder: Path, source: Source) -> None:
    """Compare the list with what is there."""
    listed = folder / source.list
    if not listed.is_file():
        raise InputError(f"{source.address}: has no {source.folder}/{source.list}")
    with listed.open(encoding="utf-8-sig", newline="") as file:
        names = [row[0] for row in csv.reader(file)][1:]
    missing = [name for name in names if not (folder / source.recordings / name).is_file()]
    if len(names) != source.count or missing:
        raise InputError(
            f"{source.address}: lists {len(names)} recordings of {source.count},"
            f" {len(missing)} of them are not there {missing[:3]}; fetch it again"
        )
